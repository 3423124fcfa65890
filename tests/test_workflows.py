"""The workflows are as their schema has them, call make alone, and give a job no more than it needs."""

import re

import pytest
import yaml
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

from support import ROOT

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.search(r"\.PHONY: (.*)", (ROOT / "Makefile").read_text())[1].split())
RELEASE = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())


def faults(*paths):
    """What the schema of workflows, as schemastore.org has it, says against these files."""
    command = ["--builtin-schema", "vendor.github-workflows", *map(str, paths)]
    done = CliRunner().invoke(check_jsonschema, command)
    return done.output if done.exit_code else ""


def test_workflows_are_as_their_schema_has_them(tmp_path):
    assert {path.stem for path in FILES} == {"release", "tests"}
    assert faults(*FILES) == ""
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(FILES[0].read_text().replace("id-token: write", "id-token: publish"))
    assert "permissions" in faults(wrong)


def steps(path):
    """The steps of all jobs of a workflow."""
    jobs = yaml.safe_load(path.read_text())["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_workflows_only_call_make(path):
    """So what passes there passes here; and no name of a branch or tag gets into a command."""
    commands = [step["run"] for step in steps(path) if "run" in step]
    called = [re.fullmatch(r"make ([a-z-]+)( [A-Z]+=\w+)*", command) for command in commands]

    assert len(called) >= 4
    assert all(called), commands
    assert {found[1] for found in called} <= TARGETS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_actions_are_named_by_their_commit_and_say_their_version(path):
    text = path.read_text()
    named = re.findall(r"uses: (\S+@[0-9a-f]{40}) # v\d+\.\d+\.\d+\n", text)

    assert len(named) == text.count("uses: ")
    assert {step["uses"] for step in steps(path) if "uses" in step} == set(named)


def test_a_job_that_may_sign_or_publish_runs_nothing_of_the_repository():
    """But for the command that uploads, which may not sign."""
    jobs = RELEASE["jobs"]
    assert RELEASE["permissions"] == {}
    assert {name: job["permissions"] for name, job in jobs.items()} == {
        "build": {"contents": "read"},
        "attest": {"id-token": "write", "attestations": "write"},
        "verify": {"contents": "read"},
        "pypi": {"id-token": "write"},
        "github": {"contents": "write"},
    }
    for name in ("attest", "pypi"):
        assert not [step for step in jobs[name]["steps"] if "run" in step]
    assert [step["run"] for step in jobs["github"]["steps"] if "run" in step] == ["make upload"]
    assert all(jobs[name]["environment"] for name in ("attest", "pypi", "github"))


def test_nothing_is_published_that_was_not_built_tested_signed_and_verified():
    jobs = RELEASE["jobs"]
    chain = {name: job.get("needs") for name, job in jobs.items()}

    assert chain == {
        "build": None,
        "attest": "build",
        "verify": "attest",
        "pypi": "verify",
        "github": "verify",
    }
    assert not [job for job in jobs.values() if "if" in job or "continue-on-error" in job]
    ran = {name: [step.get("run") for step in job["steps"]] for name, job in jobs.items()}
    assert [each for each in ran["build"] if each] == ["make release", "make dist"]
    assert ran["verify"][-1] == "make verify-dist"
    assert RELEASE[True] == {"push": {"tags": ["v*"]}}, "YAML 1.1 takes the word on for true"
