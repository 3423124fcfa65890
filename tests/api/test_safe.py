"""A graph in processes of its own: the same answers, and no query harms the caller."""

import gc
import os
import sys
import threading

import pytest

import gbagraph
from gbagraph import errors
from support import ENDLESS, RUNAWAY, alive, children, eventually, file_with, processes

pytestmark = pytest.mark.processes

MIXED = """
PREFIX e: <http://example.org/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
e:a e:p 1, 2.5, "x", "y"@en, "2020"^^xsd:gYear, "2020-01"^^xsd:gYearMonth, "2020-01-01"^^xsd:date,
  e:b, "2019"^^xsd:gYear, "2018-05"^^xsd:gYearMonth, "2017-02-03"^^xsd:date, "z"@zh-hans, 7, "w",
  "2021"^^xsd:gYear, "2022-03"^^xsd:gYearMonth, "2016-02-03"^^xsd:date, "q"@de, 11, "v", -3 .
"""


@pytest.fixture(scope="module")
def safe():
    with gbagraph.open(safe=True, timeout=60) as found:
        yield found


@pytest.fixture
def small(small_file):
    with gbagraph.open(small_file, safe=True, timeout=3) as found:
        yield found


def test_a_query_that_crashes_the_engine_is_an_error_and_the_graph_lives(safe, tmp_path):
    with pytest.raises(errors.QueryTooDeep):
        safe.query("SELECT * {" + "{" * 5000 + "}" * 5000 + "}")
    assert safe.ask("ASK {}")

    path = file_with(
        tmp_path / "mixed.ttl", MIXED + MIXED.replace("e:a", "e:c").replace("20", "19")
    )
    with gbagraph.open(path, safe=True) as unsortable:
        with pytest.raises(errors.EngineCrash):
            unsortable.select("SELECT ?o { ?s ?p ?o } ORDER BY ?o")
        assert len(unsortable.select("SELECT ?o { ?s ?p ?o }")) == 41


@pytest.mark.parametrize("query", [RUNAWAY, ENDLESS])
def test_a_query_is_stopped_at_the_time_limit(small, query):
    with pytest.raises(errors.QueryTimeout) as caught:
        small.query(query)

    assert caught.value.details["limit"] == 3
    assert small.ask("ASK {}")


def test_closing_ends_its_processes(small_file):
    before = set(children(os.getpid()))
    graph = gbagraph.open(small_file, safe=True)
    (started,) = set(children(os.getpid())) - before
    graph.close()
    graph.close()

    assert not alive(started)


def test_a_program_that_ends_without_closing_ends_at_once(small_file):
    code = (
        "import gbagraph, os\n"
        f"graph = gbagraph.open({str(small_file)!r}, safe=True)\n"
        "print(bool(graph.ask('ASK {}')))\n"
        "if os.fork() == 0:\n"
        "    try: graph.ask('ASK {}')\n"
        "    except gbagraph.errors.EngineUnavailable as problem: print(problem)\n"
        "else: os.wait()\n"
    )
    done = processes.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )

    assert "True" in done.stdout
    assert "was opened in another process" in done.stdout
    assert done.stderr == ""


def test_a_file_that_does_not_load_is_an_error_and_leaves_nothing(tmp_path):
    path = file_with(tmp_path / "bad.ttl", "nonsense")
    threads = threading.active_count()
    with pytest.raises(errors.DatasetError, match=r"bad\.ttl"):
        gbagraph.open(path, safe=True)

    # A thread ends a moment after what it has done is known.
    assert eventually(lambda: threading.active_count() <= threads, 60)


def test_who_waits_when_the_graph_is_closed_is_told(small_file):
    found = []

    def ask():
        try:
            graph.query(RUNAWAY)
        except errors.EngineUnavailable as problem:
            found.append(problem.details["state"])

    with gbagraph.open(small_file, safe=True, timeout=60) as graph:
        asking = [threading.Thread(target=ask) for _ in range(3)]
        for thread in asking:
            thread.start()
        assert eventually(lambda: len(graph._engine.running) == 3, 60)
    for thread in asking:
        thread.join(60)

    assert found == ["closed"] * 3


def test_a_graph_may_be_collected_by_the_thread_of_its_own_loop(small_file):
    before = set(children(os.getpid()))
    graph = gbagraph.open(small_file, safe=True)
    (started,) = set(children(os.getpid())) - before
    thread, loop = graph._loop._thread, graph._loop._loop
    graph.itself = graph
    del graph

    loop.call_soon_threadsafe(gc.collect)
    thread.join(60)

    assert not thread.is_alive()
    assert eventually(lambda: not alive(started), 60)


def test_a_text_that_cannot_be_sent_holds_nothing(small):
    for _ in range(20):
        with pytest.raises(errors.RequestError, match=r"U\+D800 at character 10"):
            small.query('SELECT ("\ud800" AS ?x) {}')

    assert small.ask("ASK {}")
