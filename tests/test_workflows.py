"""The workflows are as their schema has them, call make alone, and give a job no more than it needs."""

import os
import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

from support import ROOT, processes

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.search(r"\.PHONY: (.*)", (ROOT / "Makefile").read_text())[1].split())
RELEASE = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())


def faults(*paths, schema="vendor.github-workflows"):
    """What the schema of workflows, as schemastore.org has it, says against these files."""
    command = ["--builtin-schema", schema, *map(str, paths)]
    done = CliRunner().invoke(check_jsonschema, command)
    return done.output if done.exit_code else ""


def test_workflows_are_as_their_schema_has_them(tmp_path):
    assert {path.stem for path in FILES} == {"release", "site", "tests"}
    assert faults(*FILES) == ""
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(FILES[0].read_text().replace("id-token: write", "id-token: publish"))
    assert "permissions" in faults(wrong)


ACTION = ROOT / ".github" / "actions" / "test" / "action.yml"


def test_the_action_is_as_its_schema_has_it_and_names_actions_by_their_commit():
    assert faults(ACTION, schema="vendor.github-actions") == ""
    text = ACTION.read_text()
    assert text.count("uses: ") == len(re.findall(r"uses: \S+@[0-9a-f]{40} # v\d", text))
    assert "[project]" in (ACTION.parents[3] / "pyproject.toml").read_text(), "which it installs"


@pytest.mark.processes
@pytest.mark.parametrize(("wanted", "code"), [("true", 0), ("false", 1)])
def test_the_action_runs_what_there_is(tmp_path, wanted, code):
    """Its last step, as the runner calls it; a test that fails is told, and fails the step."""
    queries = tmp_path / "my queries"
    (queries / "expected").mkdir(parents=True)
    (queries / "x.rq").write_text("ASK { ?s ?p ?o }")
    (queries / "expected" / "x.csv").write_text(f"{wanted}\n")
    (tmp_path / "my data.ttl").write_text("<urn:a> <urn:b> <urn:c> .")
    action = yaml.safe_load(ACTION.read_text())
    given = {"tests": "my?queries", "data": "my data.ttl", "report": "my report.xml"}
    inputs = {name: given.get(name, row["default"]) for name, row in action["inputs"].items()}
    step = action["runs"]["steps"][-1]
    variables = {
        name: re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda found: inputs[found[1]], value)
        for name, value in step["env"].items()
    }
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = processes.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=tmp_path,
        env={**os.environ, **variables, "PATH": path},
        capture_output=True,
        text=True,
    )

    report = (tmp_path / "my report.xml").read_text()
    assert done.returncode == code, done.stderr
    assert ET.fromstring(report).get("failures") == str(code)
    assert done.stdout == (report if code else "")


def steps(path):
    """The steps of all jobs of a workflow."""
    jobs = yaml.safe_load(path.read_text())["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_workflows_only_call_make(path):
    """So what passes there passes here; and no name of a branch or tag gets into a command."""
    commands = [step["run"] for step in steps(path) if "run" in step]
    called = [re.fullmatch(r"make ([a-z-]+)( [A-Z]+=\w+)*", command) for command in commands]

    assert len(called) == {"release": 4, "site": 1, "tests": 4}[path.stem]
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
