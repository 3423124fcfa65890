"""The pytest plugin in projects of others: fixtures, pins, query files as tests, and updates."""

import subprocess
import sys

import pytest

from gbagraph.errors import EngineUnavailable
from gbagraph.features.testing.endpoints import Endpoint, reached
from gbagraph.testing import assert_solutions
from support import alive, children, eventually, processes
from support.projects import ASKED, NAMES, RIGHT, run

pytestmark = pytest.mark.slow


def test_query_files_are_tests_without_any_code(project):
    (project / "test_other.py").write_text("def test_other():\n    raise AssertionError\n")

    assert "1 passed" in run(project, *ASKED)


def test_a_query_file_that_calls_another_endpoint_is_no_test_of_the_data(project):
    """Unless somebody has written what is expected; then it is asked, and here nobody is called."""
    calls = "SELECT ?x { SERVICE <https://other.example/sparql> { ?x ?p ?o } }\n"
    (project / "queries" / "calls.rq").write_text(calls)
    said = run(project, *ASKED, "-rs")

    assert "1 passed, 1 skipped" in said
    assert "calls other endpoints with SERVICE" in said
    (project / "queries" / "expected" / "calls.csv").write_text("x\n")
    said = run(project, *ASKED, status=1)
    assert "--allow-service https://other.example/sparql" in " ".join(said.split())


def test_query_files_are_tests_beside_others_that_are_named(project):
    (project / "test_other.py").write_text("def test_other():\n    pass\n")

    said = run(project, "--sparql=queries", "--data=data.ttl", "test_other.py", "-v")
    assert "2 passed" in said
    assert "queries/names.rq::answer PASSED" in said


def test_a_conftest_that_looks_at_fixtures_is_not_surprised(project):
    (project / "conftest.py").write_text(
        "def pytest_collection_modifyitems(items):\n    assert [item.fixturenames for item in items]\n"
    )

    run(project, *ASKED)


def test_the_short_options_belong_to_others_without_query_files(project):
    (project / "conftest.py").write_text(
        "def pytest_addoption(parser):\n"
        "    parser.addoption('--endpoint')\n    parser.addoption('--data')\n"
    )
    (project / "test_other.py").write_text(
        "def test_other(request):\n    assert request.config.getoption('--endpoint') == 'mine'\n"
    )

    run(project, "--endpoint", "mine", "--data", "x")


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        (
            "expected/names.csv",
            RIGHT.replace("Bob", "Rob"),
            [
                '\nname of e:b: expected Rob, actual "Bob" (1 changed)\n',
                "(queries/expected/names.csv): 2 expected, 2 actual rows.",
                'names.rq::answer - name of e:b: expected Rob, actual "Bob"',
            ],
        ),
        ("names.expected.csv", RIGHT, ["has several expected answers"]),
        (
            "names.rq",
            "#+ summary: Who?\nSELECT ?x { ?x e:name ?y }",
            [
                "queries/names.rq: The query is not valid SPARQL: line 2, ",
                "The prefix e: is not declared",
            ],
        ),
        ("new.rq", NAMES, ["new.rq has no expected answer. Run with --update-answers"]),
    ],
    ids=["cell", "several answers", "faulty query", "no answer"],
)
def test_a_query_file_that_fails_is_one_readable_failure(project, file, text, expected):
    (project / "queries" / file).write_text(text)
    said = run(project, *ASKED, status=1)

    assert [part for part in expected if part not in said] == []
    assert "Traceback" not in said
    assert ".py" not in said.partition("FAILURES")[2]


def test_canned_queries_with_parameters_are_asked_with_their_defaults(project):
    (project / "queries" / "sized.rq").write_text(
        "#+ summary: Who has a size?\n#+ params:\n#+   - size: A size.\n#+ defaults:\n#+   - size: 2\n"
        "PREFIX e: <http://example.org/>\nSELECT ?x { ?x e:size ?_size_integer }\n"
    )
    (project / "queries" / "sized.expected.csv").write_text("x\ne:b\n")

    assert "2 passed" in run(project, *ASKED)


@pytest.mark.parametrize(
    "workers",
    [
        pytest.param((), id="alone"),
        pytest.param(("-n", "2"), id="xdist", marks=[pytest.mark.matrix, pytest.mark.processes]),
    ],
)
def test_answers_are_written_and_told_and_then_right(project, workers):
    queries, names = project / "queries", project / "queries" / "expected" / "names.csv"
    names.write_text("size,name,x\n1.0,Rob,e:a\n7,Eve,e:c\n")
    (queries / "new.rq").write_text("ASK { ?s ?p ?o }")
    (queries / "graph.rq").write_text("CONSTRUCT WHERE { ?s <http://example.org/name> ?o }")
    (queries / "expected" / "old.srj").write_text("{}")
    said = run(project, *ASKED, *workers, "--update-answers")
    lines = [
        "3 expected answers written",
        "queries/expected/names.csv: rows 1 changed, 1 removed, 1 added",
        "queries/expected/new.srj: new",
        "queries/expected/graph.ttl: new",
        "expected answers without a query",
        "queries/expected/old.srj",
    ]
    written = "size,name,x\n1.0,Ann,e:a\n2,Bob,e:b\n"

    assert [line for line in lines if line not in said] == []
    assert names.read_text() == written, "cells that agree stay as they were"
    assert "3 passed" in run(project, *ASKED)
    said = run(project, *ASKED, "--update-answers")
    assert "0 expected answers written" in said
    assert "are what they were" not in said
    assert names.read_text() == written


def test_a_test_of_ones_own_is_updated_too_and_two_that_differ_are_told(project):
    (project / "test_own.py").write_text(
        "from pathlib import Path\nimport pytest\nfrom gbagraph.testing import assert_solutions\n"
        "@pytest.mark.parametrize('value', [1, 2])\n"
        "def test_own(value):\n"
        "    assert_solutions([{'x': value}], Path(__file__).parent / 'own.csv')\n"
    )

    said = run(project, "test_own.py", "--update-answers")
    assert "own.csv: two tests wrote different answers" in said
    said = run(project, "test_own.py", status=1)
    assert "x: expected 2, actual 1" in said


def test_an_endpoint_is_asked_by_its_address(project, gbagraph_server):
    running = gbagraph_server(str(project / "data.ttl"))

    assert "1 passed" in run(project, "--sparql", "queries", "--endpoint", running.sparql)
    (project / "queries" / "own.rq").write_text("#+ test: {data: own.ttl}\nASK {}\n")
    (project / "queries" / "own.expected.csv").write_text("true\n")
    said = run(project, "--sparql", "queries", "--endpoint", running.url, status=1)
    assert "1 failed, 1 passed" in said, "its start page leads to it"
    assert "queries/own.rq has data of its own, which an endpoint is not given" in said
    (project / "queries" / "own.rq").write_text(
        "SELECT ?x { SERVICE <http://x.example/> { ?x ?y ?z } }"
    )
    said = run(project, "--sparql", "queries", "--endpoint", running.url, status=1)
    assert "/sparql answers with the status 403: Line 1, column 1" in said, "the detail alone"
    for url in (running.url, running.sparql):
        assert reached(url, timeout=60).url == running.url
    gone = run(project, "--sparql", "queries", "--endpoint", "http://127.0.0.1:1/x", status=1)
    assert "http://127.0.0.1:1/x gives no answer" in gone


FIXTURES = """
import httpx
import pytest
from gbagraph.testing import assert_solutions

ALL = "SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o }}"

def test_graph(gbagraph_graph):
    assert_solutions(gbagraph_graph.query(ALL), [(4,)])

def test_endpoint(gbagraph_endpoint):
    assert_solutions(gbagraph_endpoint.query(ALL), [(4,)])
    assert httpx.get(gbagraph_endpoint.url + "/sparql", params={{"query": ALL}}, timeout=60).is_success

@pytest.mark.gbagraph_data({other!r}, text="<urn:a> <urn:b> 1 .")
def test_marker(gbagraph_graph, gbagraph_endpoint):
    assert_solutions(gbagraph_graph.query(ALL), [(2,)])
    assert_solutions(gbagraph_endpoint.query(ALL), [(2,)])

def test_factory(gbagraph_server):
    first = gbagraph_server({other!r})
    assert first is gbagraph_server({other!r})
    assert_solutions(first.query(ALL), [(1,)])
"""


@pytest.mark.processes
def test_fixtures_give_the_graph_and_an_endpoint_for_any_data(project):
    (project / "other.ttl").write_text("<urn:a> <urn:b> <urn:c> .")
    (project / "pytest.ini").write_text("[pytest]\ngbagraph_data = data.ttl\n")
    (project / "test_own.py").write_text(FIXTURES.format(other=str(project / "other.ttl")))

    said = run(project, "-v")
    assert "4 passed" in said
    assert "test_marker[other.ttl+text" in said


def test_a_pin_that_does_not_hold_is_a_clear_failure(project):
    (project / "pytest.ini").write_text(
        "[pytest]\ngbagraph_data = data.ttl\ngbagraph_hash = sha256:feed\n"
    )
    (project / "test_own.py").write_text("def test_own(gbagraph_graph):\n    pass\n")

    for options in ((), ("--sparql", "queries")):
        said = run(project, *options, status=1)
        assert ", pinned sha256:feed: this is another dataset." in said


def test_a_marker_pins_the_version_of_one_test(project):
    (project / "test_own.py").write_text(
        "import pytest, gbagraph\n"
        "@pytest.mark.gbagraph_version(gbagraph.open().version)\n"
        "def test_right(gbagraph_graph):\n    pass\n"
        "@pytest.mark.gbagraph_version('0.0.1')\n"
        "def test_wrong(gbagraph_graph):\n    pass\n"
    )

    said = run(project, status=1)
    assert "1 failed, 1 passed" in said
    assert "test_wrong - version" in said
    assert ", pinned 0.0.1: this is another dataset." in said
    assert "gbagraph diff 0.0.1 --queries" in said


@pytest.mark.processes
def test_a_server_ends_with_the_tests_even_if_these_are_killed(project, tmp_path):
    (project / "test_own.py").write_text(
        "import os, signal, pathlib\n"
        "def test_own(gbagraph_server):\n"
        "    gbagraph_server('data.ttl')\n"
        f"    pathlib.Path({str(tmp_path / 'ready')!r}).touch()\n"
        "    signal.pause()\n"
    )
    process = processes.Popen(
        [sys.executable, "-m", "pytest", "-q"], cwd=project, stdout=subprocess.DEVNULL
    )
    assert eventually((tmp_path / "ready").exists)
    (server,) = children(process.pid)
    process.kill()
    process.wait()

    assert eventually(lambda: not alive(server), 60)


def test_a_server_that_cannot_start_says_why(gbagraph_server, tmp_path):
    with pytest.raises(EngineUnavailable, match=r"missing\.ttl"):
        gbagraph_server(tmp_path / "missing.ttl")


def test_an_endpoint_answers_as_a_graph_here_does(graph, server):
    endpoint = Endpoint(server.sparql, timeout=60)
    for query in (
        "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g",
        "CONSTRUCT WHERE { ?s <https://w3id.org/gbagraph/ontology#develops> ?o }",
        "ASK {}",
    ):
        assert_solutions(endpoint.query(query), graph.query(query))
    assert (endpoint.version, endpoint.hash) == (graph.version, graph.hash)


def test_a_pinned_answer_names_the_fact_that_moved_it_on_upgrade(project):
    (project / "queries" / "names.rq").write_text(
        "PREFIX gba: <https://w3id.org/gbagraph/ontology#>\n"
        "PREFIX id: <https://w3id.org/gbagraph/id/>\n"
        "SELECT ?who { ?who gba:builds id:nansha-science-city }"
    )
    (project / "queries" / "same.rq").write_text("ASK {}")
    (project / "queries" / "same.expected.csv").write_text("true\n")
    (project / "queries" / "expected" / "names.csv").write_text(
        "who\nguangzhou\nguangzhou-government\nchinese-academy-of-sciences\n"
    )
    (project / "pytest.ini").write_text("[pytest]\ngbagraph_version = 0.2.0\n")

    assert "2 passed" in run(project, "--sparql", "queries", "--data", "0.2.0")
    said = run(project, "--sparql", "queries", "--data", "0.3.0", status=1)
    assert "names, from 0.2.0 to 0.3.0: rows: 1 gone, 0 new." in said
    assert "This answer is the same as in 0.2.0." in said
    assert "- id:guangzhou gba:builds id:nansha-science-city  [stated in art:nansha-1]" in said
