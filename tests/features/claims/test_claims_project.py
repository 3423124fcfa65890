"""``gbagraph new --from-text`` makes a project that works with any claims, without a line of code."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner
from typer.testing import CliRunner as TyperRunner

from gbagraph.cli import app
from support import RunningServer, file_with, processes

HERE = Path(__file__).parent
TEXT = HERE / "reservoir.md"
TERM = """
t:operates a owl:ObjectProperty ; rdfs:label "operates"@en , "运营"@zh-hans ;
  rdfs:comment "Keeps it working."@en .
"""


def new(folder, *options, text=TEXT):
    """What ``gbagraph new`` does with a text, in this process."""
    return TyperRunner().invoke(app, ["new", str(folder), "--from-text", str(text), *options])


def shell(command, folder, status=0, **variables):
    """What a step of a workflow prints, as the runner calls it."""
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = processes.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**environment, "PATH": path, **variables},
    )
    assert done.returncode == status, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project on the text, with claims on it, in git and built."""
    folder = tmp_path_factory.mktemp("claims") / "hollow-fell"
    assert new(folder, "--base", "https://fell.example/").exit_code == 0
    shutil.copy(HERE / "reservoir.claims", folder / "claims")
    with (folder / "data" / "ontology.ttl").open("a") as ontology:
        ontology.write(TERM)
    shell("gbagraph claims build && gbagraph queries check --update-answers", folder)
    (folder / "comment").mkdir()
    author = "-c user.name=A -c user.email=a@fell.example"
    shell(f"git init -qb main && git add . && git {author} commit -qm Made", folder)
    return folder


@pytest.fixture(scope="module")
def fell_server(project):
    """A server that is started in its folder without any option."""
    with RunningServer(prelude=f"import os; os.chdir({str(project)!r})") as running:
        yield running


PAGE = """<html lang="de"><title>Die
 Bahn</title><meta name="date" content="1904-05-04T10:00"><meta property="og:site_name"
content="Esk &amp; Co"><p>Text"""


@pytest.mark.parametrize(
    ("name", "text", "settings", "claims"),
    [
        ("a.txt", "The tram opened.", ("Made", "en"), ["label"]),
        ("a.txt", "港口电车于1904年5月通车。", ("Made", "zh"), ["label"]),
        ("a.md", "# Trams #\n\nText.", ("Trams", "en"), ["label", "dcterms:title"]),
        (
            "a.HTM",
            PAGE,
            ("Die Bahn", "de"),
            ["label", "dcterms:title", "published 1904-05-04 ", 'dc:publisher "Esk & Co"@de'],
        ),
        ("a.md", "---\nlang: not a tag\n: [\n---\nText", ("Made", "en"), ["label"]),
    ],
)
def test_a_text_tells_what_it_is(tmp_path, name, text, settings, claims):
    """Title and language in the settings; and in the claims, what its head says of the document."""
    done = new(tmp_path / "made", text=file_with(tmp_path / name, text))
    made = tomllib.loads((tmp_path / "made" / "gbagraph.toml").read_text())
    said = (tmp_path / "made" / "claims" / "article.claims").read_text()
    lines = [line.strip() for line in said.splitlines() if line.startswith("  ")]

    assert done.exit_code == 0, done.output
    assert (made["title"], made["language"]) == settings
    assert (tmp_path / "made" / made["claims_text"]).read_text() == text
    assert f"iso639-1/{made['language']}>" in lines.pop()
    assert len(lines) == len(claims)
    assert all(map(str.startswith, lines, claims)), lines


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        (None, (), "cannot be read: No such file"),
        (b" \n", (), "has no text"),
        (b"caf\xe9", (), "cannot be read"),
        (b"text", ("--language", "?"), "language is '?'"),
    ],
)
def test_what_is_no_text_makes_nothing(tmp_path, text, options, says):
    path = tmp_path / "a.txt"
    if text is not None:
        path.write_bytes(text)
    done = new(tmp_path / "made", *options, text=path)

    assert done.exit_code == 2
    assert says in done.stderr
    assert not (tmp_path / "made").exists()


def test_a_language_needs_a_text(tmp_path):
    done = TyperRunner().invoke(app, ["new", str(tmp_path / "made"), "--language", "zh"])

    assert done.exit_code == 2
    assert "--from-text" in done.stderr


@pytest.mark.processes
def test_as_it_is_made_nothing_counts_as_checked(tmp_path):
    assert new(tmp_path).exit_code == 0

    assert "0 claims" in shell("gbagraph claims check", tmp_path, status=3)
    assert "article.md" not in shell("git init -q; git add .; git ls-files", tmp_path)


def workflow(project):
    """The workflow of a project."""
    return yaml.safe_load((project / ".github" / "workflows" / "check.yml").read_text())


def steps(project):
    """The commands of its job that checks, by the names of their steps; but for the installation."""
    rows = workflow(project)["jobs"]["check"]["steps"]
    return {row["name"]: row["run"] for row in rows if "name" in row}


def test_the_workflow_is_as_its_schema_has_it_and_comments_without_running_anything(tmp_path):
    assert new(tmp_path).exit_code == 0
    path = tmp_path / ".github" / "workflows" / "check.yml"
    done = CliRunner().invoke(
        check_jsonschema, ["--builtin-schema", "vendor.github-workflows", str(path)]
    )
    text, jobs = path.read_text(), workflow(tmp_path)["jobs"]

    assert done.exit_code == 0, done.output
    assert text.count("uses: ") == len(re.findall(r"uses: \S+@[0-9a-f]{40} # v\d", text))
    assert workflow(tmp_path)["permissions"] == {"contents": "read"}
    assert "permissions" not in jobs["check"]
    writing = jobs["comment"]["steps"]
    assert [row.get("run", "")[:13] for row in writing] == ["", "gh pr comment"]


@pytest.mark.processes
def test_the_steps_of_the_workflow_pass_and_fail_where_the_text_is_missing(project, tmp_path):
    folder = tmp_path / "clone"
    shell(f"git clone -q {project} {folder}", tmp_path)
    commands = steps(project)

    assert "SOURCE_TEXT" in shell(commands["The text"], folder, status=1, TEXT="")
    assert shell("gbagraph claims check --github", folder, status=3)
    claims = folder / "claims" / "reservoir.claims"
    claims.write_text(claims.read_text().replace("over 12 km2", "over 13 km2", 1))
    shell(commands["The text"], folder, TEXT=TEXT.read_text())
    assert "data/ is not" in shell(commands["The data are what the claims make"], folder, status=1)
    variables = {"GITHUB_BASE_REF": "main", "GITHUB_STEP_SUMMARY": "summary.md"}
    shell(commands["Which answers differ"], folder, **variables)
    assert "13" in (folder / "comment.md").read_text()
    assert "expected 12, actual 13" in shell(commands["The expected answers"], folder, status=1)
    shell("git checkout -q -- claims data", folder)
    said = [shell(commands[name], folder) for name in commands if name != "Which answers differ"]
    assert "passed" in said[-1]


def test_each_question_answers_with_its_passages(project, fell_server):
    names = {path.stem for path in (project / "queries").glob("*.rq")}
    for name in sorted(names):
        answer = fell_server.client.get(
            f"/queries/{name}", params={"format": "json", "evidence": "true"}
        )
        found = answer.json()["results"]

        assert found["bindings"], name
        assert all(row["paragraphs"] for row in found["evidence"]), name
    assert len(names) == 11


@pytest.mark.parametrize(
    ("name", "picture", "says"),
    [
        ("timeline", "timeline", "Completion of the dam"),
        ("places", "map", "Hollow Fell reservoir"),
        ("links", "network", "Brenna Works"),
        ("kinds", "chart", "project"),
        ("numbers", "chart", ""),
    ],
)
def test_its_pictures_are_drawn(fell_server, name, picture, says):
    page = fell_server.page(f"/queries/{name}", view=picture)

    assert f'class="picture {picture}' in page
    assert says in page


def test_pages_of_things_and_terms_are_told_in_both_languages(fell_server):
    assert "Paragraph 2" in fell_server.page("/reservoir")
    assert "面积" in fell_server.page("/reservoir", "zh-CN")
    assert "霍洛费尔水库" in fell_server.page("/reservoir", "zh-CN")
    assert "什么时候发生什么" in fell_server.page("/queries", "zh-CN")
    assert "operates" in fell_server.page("/ontology")
    found = json.loads(
        fell_server.client.get("/search", params={"q": "filter", "format": "json"}).text
    )
    assert found
