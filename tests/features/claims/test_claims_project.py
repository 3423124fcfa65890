"""``gbagraph new --from-text`` makes a project that works with any claims, without a line of code."""

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
from gbagraph.cli.project import read
from gbagraph.features.claims.building import build
from gbagraph.features.claims.form import parse
from gbagraph.features.claims.names import Names
from gbagraph.features.claims.project import load
from gbagraph.settings import Settings
from gbagraph.testing import check_claims
from support import RunningServer, file_with, processes, said

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
    """A project on the text, with claims on it, built."""
    folder = tmp_path_factory.mktemp("claims") / "hollow-fell"
    assert new(folder, "--base", "https://fell.example/").exit_code == 0
    shutil.copy(HERE / "reservoir.claims", folder / "claims")
    with (folder / "data" / "ontology.ttl").open("a") as ontology:
        ontology.write(TERM)
    build(load(Settings.from_values(read(folder / "gbagraph.toml"))))
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
        ("a.html", '<div class="text"><p>港口电车通车。', ("Made", "zh"), ["label"]),
        ("a.md", "# Trams #\n\nText.", ("Trams", "en"), ["label"]),
        ("a.txt", "The tram\n\nIt opened.", ("The tram", "en"), ['label "The tram"@en']),
        ("a.txt", "Esk 3\n\n港口电车通车。", ("Esk 3", "zh"), ['label "Esk 3"@en']),
        (
            "a.html",
            "<title>Trams | Esk News</title><h1>Trams</h1>Text",
            ("Trams", "en"),
            ["label", 'dcterms:title "Trams"@en'],
        ),
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
    written = (tmp_path / "made" / "claims" / "article.claims").read_text()
    lines = [line.strip() for line in written.splitlines() if re.match("  [a-z]", line)]

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
        (b"caf\xe9", (), "is no text in UTF-8"),
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


def test_as_it_is_made_nothing_counts_as_checked(tmp_path):
    assert new(tmp_path).exit_code == 0
    with pytest.raises(AssertionError, match="0 checked by words"):
        check_claims(tmp_path / "gbagraph.toml")


def test_the_example_in_the_claims_is_in_the_form(tmp_path):
    assert new(tmp_path).exit_code == 0
    written = (tmp_path / "claims" / "article.claims").read_text()
    example = "\n".join(re.findall("^# (harbour-tram: .*|  .*)", written, re.MULTILINE))
    claims, faults = parse(example, "article.claims", Names("https://fell.example/"))

    assert not faults
    assert {str(claim.value) for claim in claims} > {
        '"Harbour tram"@en',
        '"4"^^<http://www.w3.org/2001/XMLSchema#integer>',
    }


@pytest.mark.processes
def test_git_leaves_out_the_text(tmp_path):
    assert new(tmp_path).exit_code == 0
    files = shell("git init -q; git add .; git ls-files", tmp_path)

    assert "source/.gitignore" in files
    assert "article.md" not in files


def test_every_claim_is_carried_by_its_words(project):
    assert str(check_claims(project / "gbagraph.toml")).endswith("; 0 findings.")


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
def test_without_the_text_the_workflow_fails(tmp_path):
    assert new(tmp_path).exit_code == 0
    text, step = tmp_path / "source" / "article.md", steps(tmp_path)["The text"]
    text.unlink()

    assert "SOURCE_TEXT" in shell(step, tmp_path, status=1, TEXT="")
    shell(step, tmp_path, TEXT=TEXT.read_text())
    assert text.read_text() == TEXT.read_text()


@pytest.fixture
def change(project, tmp_path):
    """A clone of the project in which a claim was taken away, and its data built anew."""
    made, folder = tmp_path / "made", tmp_path / "change"
    shutil.copytree(project, made)
    author = "-c user.name=A -c user.email=a@fell.example"
    commit = f"git init -qb main && git add . && git {author} commit -qm Made"
    shell(f"gbagraph queries check --update-answers && {commit}", made)
    shell(f"git clone -q {made} {folder}", tmp_path)
    claims = folder / "claims" / "reservoir.claims"
    claims.write_text(re.sub("  investment .*\n", "", claims.read_text()))
    shutil.copytree(made / "source", folder / "source", dirs_exist_ok=True)
    assert "not-as-built" in shell("gbagraph claims check --github", folder, status=1)
    shell("gbagraph claims build", folder)
    return folder


@pytest.mark.processes
@pytest.mark.matrix
def test_the_workflow_tells_which_answers_a_change_makes_differ(change):
    variables = {"GITHUB_BASE_REF": "main", "GITHUB_STEP_SUMMARY": "summary.md"}
    failing = {"The expected answers"}
    told = {
        name: shell(command, change, status=name in failing, TEXT="", **variables)
        for name, command in steps(change).items()
    }

    assert "0 findings" in told["The claims on the text, and data/ as they give it"]
    assert "investment" in (change / "summary.md").read_text()
    assert "numbers" in told["The expected answers"]
    assert "2 passed" in told["The tests"]


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
        ("kinds", "chart", "Government body"),
    ],
)
def test_its_pictures_are_drawn(fell_server, name, picture, says):
    page = fell_server.page(f"/queries/{name}", view=picture)

    assert f"drawing-{picture}" in page
    assert says in page


def test_pages_of_things_and_terms_are_told_in_both_languages(fell_server):
    thing, chinese = (fell_server.page("/doc/reservoir", tag) for tag in ("en", "zh-CN"))

    assert "more than 12 km" in said(thing)
    assert "about 80,000,000 GBP" in said(thing)
    assert "built by gba:builtBy Brenna Works" in said(thing)
    assert "超过 12 平方公里" in said(chinese)
    assert "霍洛费尔水库" in said(chinese)
    assert "什么时候发生什么" in fell_server.page("/queries", "zh-CN")
    assert "Keeps it working." in fell_server.page("/ontology")
    assert "named individual" not in fell_server.page("/")
    assert "Lowmere filter works" in said(fell_server.page("/search", q="filter"))


def test_the_page_of_a_passage_says_nothing_of_the_text_that_is_not_so(fell_server):
    page = said(fell_server.page("/doc/article/p1"))

    assert "The text itself is not shown here." in page
    assert "licence" not in page
    assert "not known" not in page


def test_words_that_became_a_date_are_told_in_the_language_of_the_page(fell_server):
    fact = {"s": "d:approval", "p": "gba:date", "o": '"2024-05"^^xsd:gYearMonth'}

    assert "据原文词语 last month" in said(fell_server.page("/why", "zh-CN", **fact))
