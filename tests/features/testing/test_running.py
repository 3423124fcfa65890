"""Tests of queries without pytest: what becomes of them, in the formats that others read; manifests."""

import json
import re
import shutil
import sys
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest
from typer.testing import CliRunner

import gbagraph
from conformance import known, suite
from gbagraph import publication
from gbagraph.cli import app
from gbagraph.errors import DatasetError, QueryFileError
from gbagraph.features.canned.manifest import write
from gbagraph.features.testing.assertion import RUN
from gbagraph.features.testing.manifests import ManifestTest, read_manifest
from gbagraph.features.testing.query_files import query_files
from gbagraph.features.testing.running import FORMATS, counts, run
from gbagraph.queries.catalog import find
from support import processes

W3C = suite.root()
EARL = "http://www.w3.org/ns/earl#"
NAMES = "PREFIX e: <http://example.org/>\nSELECT ?x ?name { ?x e:name ?name }\n"
CALLS = "SELECT ?x { SERVICE <https://other.example/sparql> { ?x ?p ?o } }\n"


@pytest.fixture(autouse=True)
def _own_dataset():
    yield
    publication.use(publication.OWN)  # a command that is given data has left others
    RUN.is_wanted = False
    RUN.files.clear()


def invoked(*arguments):
    """What the command line does with these arguments, in this process."""
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture
def project(tmp_path):
    """Queries with the right answer, with a wrong one, that nobody here can answer, that are none."""
    (tmp_path / "expected").mkdir()
    (tmp_path / "data.ttl").write_text('PREFIX e: <http://example.org/> e:a e:name "A\\u0007<&" .')
    for name, text in {
        "right": "ASK {}",
        "wrong # 1": NAMES,
        "calls": CALLS,
        "broken": "ASK {",
    }.items():
        (tmp_path / f"{name}.rq").write_text(text)
    for name in ("right", "broken"):
        (tmp_path / "expected" / f"{name}.csv").write_text("true\n")
    (tmp_path / "expected" / "wrong # 1.csv").write_text("x,name\nhttp://example.org/a,Ann\n")
    return tmp_path


@pytest.fixture
def outcomes(project):
    graph = gbagraph.open(project / "data.ttl")
    return run(query_files([project]), lambda query: graph.query(query.text))


def test_a_test_passes_fails_or_says_nothing(outcomes):
    assert {each.name: each.status for each in outcomes} == {
        "right": "passed",
        "wrong # 1": "failed",
        "calls": "skipped",
        "broken": "errored",
    }
    assert counts(outcomes) == {"passed": 1, "failed": 1, "errored": 1, "skipped": 1}
    assert "expected Ann" in outcomes[-1].message


def test_text_says_what_failed_and_what_was_skipped_and_why(outcomes):
    said = FORMATS["text"](outcomes)

    assert re.search(r"^wrong # 1: .*expected Ann", said, re.MULTILINE | re.DOTALL)
    assert re.search(r"^Skipped: calls \(calls other endpoints .*\)\.$", said, re.MULTILINE)
    assert said.endswith("\n1 passed, 1 failed, 1 errored, 1 skipped")


def test_tap_has_a_line_for_each_test_and_the_message_as_yaml(outcomes):
    version, plan, *lines = FORMATS["tap"](outcomes).splitlines()

    assert (version, plan) == ("TAP version 14", "1..4")
    assert lines[0] == "not ok 1 - broken"
    lines = lines[4:]
    assert re.fullmatch(r"ok 2 - calls # SKIP calls other .*", lines[0])
    assert lines[1:4] == ["ok 3 - right", r"not ok 4 - wrong \# 1", "  ---"]
    assert json.loads(lines[4].removeprefix("  message: ")) == outcomes[-1].message
    assert lines[5:] == ["  ..."]


def test_junit_is_xml_whatever_a_message_holds(outcomes):
    root = ET.fromstring(FORMATS["junit"](outcomes))
    cases = {case.get("name"): case for case in root.iter("testcase")}

    for node in (root, root[0]):
        assert [node.get(name) for name in ("tests", "failures", "errors", "skipped")] == list(
            "4111"
        )
    assert [child.tag for child in cases["broken"]] == ["error"]
    assert [child.tag for child in cases["wrong # 1"]] == ["failure"]
    assert "expected Ann" in cases["wrong # 1"][0].text
    assert [child.tag for child in cases["calls"]] == ["skipped"]
    assert list(cases["right"]) == []
    assert cases["right"].get("file").endswith("right.rq")


def test_json_has_everything(outcomes):
    found = json.loads(FORMATS["json"](outcomes))

    assert (found["passed"], found["failed"], found["skipped"]) == (1, 1, 1)
    assert [each["message"] for each in found["tests"]] == [each.message for each in outcomes]


def test_earl_asserts_each_test(outcomes):
    store = ox.Store()
    store.load(FORMATS["earl"](outcomes).encode(), format=ox.RdfFormat.TURTLE)
    rows = store.query(
        f"PREFIX earl: <{EARL}> SELECT ?title ?outcome {{ ?assertion a earl:Assertion ; "
        "earl:assertedBy ?by ; earl:subject ?it ; earl:test/<http://purl.org/dc/terms/title> ?title ; "
        "earl:result [ a earl:TestResult ; earl:outcome ?outcome ] }"
    )

    assert {row["title"].value: row["outcome"].value.removeprefix(EARL) for row in rows} == {
        "right": "passed",
        "wrong # 1": "failed",
        "calls": "inapplicable",
        "broken": "cantTell",
    }


@pytest.mark.processes
def test_the_command_ends_with_1_if_a_test_fails_and_writes_what_is_wanted(project):
    command = ("test", project, "--data", project / "data.ttl")
    failed = invoked(*command, "-f", "junit")
    pinned = invoked(*command, "--update-answers", "--pin", "sha256:feed")
    assert (pinned.exit_code, pinned.stdout) == (2, "")
    assert ", pinned sha256:feed: this is another dataset" in pinned.stderr
    written = invoked(*command, "--update-answers")

    assert failed.exit_code == 1
    assert ET.fromstring(failed.stdout).get("failures") == "1"
    assert written.exit_code == 1  # one is no query
    assert "wrong # 1.csv: rows 1 changed" in written.stdout
    assert "a,A\x07" in (project / "expected" / "wrong # 1.csv").read_text()


@pytest.mark.processes
def test_the_command_asks_an_endpoint(project, gbagraph_server):
    address = gbagraph_server(project / "data.ttl").sparql
    command = ("test", project / "right.rq", "--endpoint", address)
    done, pinned = invoked(*command), invoked(*command, "--pin", "0.2.0")

    assert (done.exit_code, done.stdout) == (0, "1 passed\n")
    assert (pinned.exit_code, pinned.stdout) == (2, "")
    assert ", pinned 0.2.0: this is another dataset" in pinned.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("nowhere",), 2, "nowhere: there is no such file or folder."),
        (("FOLDER/expected",), 2, "There is no query file"),
        (("FOLDER", "-f", "xml"), 2, "There are: text, tap, junit, json, earl."),
        (("FOLDER/data.ttl",), 2, "is no manifest with tests"),
        (("--at", "0.2.0"), 2, "name a folder"),
        (("FOLDER", "--endpoint", "http://127.0.0.1:9/"), 3, "gives no answer"),
    ],
)
def test_what_cannot_be_tested_is_one_line(project, arguments, code, says):
    done = invoked("test", *(each.replace("FOLDER", str(project)) for each in arguments))

    assert done.exit_code == code
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def failing(path):
    """The IRIs of the tests of a manifest that fail, and how many pass."""
    found = run(read_manifest(path), ManifestTest.answer)
    return {each.iri for each in found if each.status in ("failed", "errored")}, counts(found)[
        "passed"
    ]


@pytest.mark.skipif(W3C is None, reason="the W3C's suites are not here")
@pytest.mark.parametrize(
    ("manifest", "least"), [("sparql10/manifest.ttl", 265), ("sparql11/manifest-all.ttl", 215)]
)
def test_the_suites_of_the_w3c_are_read_and_nothing_fails_that_is_not_known(manifest, least):
    failed, passed = failing(W3C / manifest)

    assert failed <= {iri for each in known.differences("gbagraph") for iri in each.tests}
    assert passed >= least


def test_a_manifest_that_is_written_is_read_and_passes(tmp_path):
    names = ("zones-by-area", "is-in", "evidence-of")
    write(tmp_path, map(find, names))

    assert failing(tmp_path / "manifest.ttl") == (set(), len(names))
    assert "seeAlso" not in (tmp_path / "manifest.ttl").read_text()
    shutil.copy(tmp_path / "results" / "is-in.srj", tmp_path / "results" / "zones-by-area.srj")
    failed, _ = failing(tmp_path / "manifest.ttl")
    assert {iri.rpartition("#")[2] for iri in failed} == {"zones-by-area"}


MANIFEST = """
PREFIX mf: <http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#>
PREFIX qt: <http://www.w3.org/2001/sw/DataAccess/tests/test-query#>
<> a mf:Manifest ; mf:entries ( <#t> ) .
<#t> a mf:QueryEvaluationTest ; mf:action [ qt:query QUERY ; qt:data <data.ttl> ] ; mf:result <r.srj> .
"""


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        (MANIFEST.replace("QUERY", "<https://other.example/q.rq>"), QueryFileError, "manifest.ttl"),
        (MANIFEST, DatasetError, "line 5"),
    ],
)
def test_a_manifest_that_cannot_be_read_says_where(tmp_path, text, error, says):
    (tmp_path / "manifest.ttl").write_text(text)

    with pytest.raises(error, match=says):
        read_manifest(tmp_path / "manifest.ttl")


def test_a_file_of_a_test_that_is_missing_fails_that_test(tmp_path):
    (tmp_path / "manifest.ttl").write_text(MANIFEST.replace("QUERY", "<q.rq>"))
    (tmp_path / "data.ttl").touch()
    (outcome,) = run(read_manifest(tmp_path / "manifest.ttl"), ManifestTest.answer)

    assert outcome.status == "failed"
    assert re.search(r"q\.rq.* cannot be read", outcome.message)


@pytest.mark.processes
def test_pytest_is_not_needed():
    code = "import sys; sys.modules['pytest'] = None; import gbagraph.features.testing.commands"
    processes.run([sys.executable, "-c", code], check=True)
