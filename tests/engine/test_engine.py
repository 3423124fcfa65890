"""Evaluation in processes that may die: what a query can do, and what the server does about it."""

import asyncio
import concurrent.futures
import contextlib
import socket
import threading

import pytest

import gbagraph
from gbagraph.engine import Engine, Query
from gbagraph.errors import QueryTooDeep, ServiceNotAllowed
from gbagraph.sparql import failures
from gbagraph.sparql.failures import crash
from support import (
    ENDLESS,
    RUNAWAY,
    RunningServer,
    eventually,
    file_with,
    get,
    problem,
    query_target,
)

pytestmark = pytest.mark.processes

JSON = {"boolean": "application/sparql-results+json"}


def test_a_runaway_query_is_stopped_at_the_limit(limited_server):
    found = problem(limited_server.ask(RUNAWAY), 504, "query-timeout")

    assert found["limit"] == 2


def test_a_client_can_lower_the_limit_but_not_raise_it(limited_server):
    assert limited_server.ask(RUNAWAY, timeout="0.2").json()["limit"] == 0.2
    assert limited_server.ask(RUNAWAY, timeout="100").json()["limit"] == 2


NESTED = {
    "braces": lambda n: "ASK " + "{" * n + "}" * n,
    "parentheses": lambda n: "ASK { FILTER (" + "(" * n + "1" + ")" * n + ") }",
    "not": lambda n: "ASK { FILTER (" + "!" * n + "true) }",
    "collections": lambda n: "ASK { ?s ?p " + "(" * n + ")" * n + " }",
    "optional": lambda n: "ASK { " + "OPTIONAL { " * n + "}" * n + " }",
    "union": lambda n: "ASK { " + " UNION ".join(["{}"] * n) + " }",
    "path": lambda n: "ASK { ?s " + "/".join(["<urn:p>"] * n) + " ?o }",
    "sum": lambda n: "ASK { FILTER (1" + " + 1" * n + " = 1) }",
}
FLAT = {
    "bind": lambda n: "SELECT * { " + " ".join(f"BIND ({i} AS ?v{i})" for i in range(n)) + " }",
    "triples": lambda n: "ASK { " + " ".join(f"?s ?p{i} ?o ." for i in range(n)) + " }",
    "columns": lambda n: "SELECT " + " ".join(f"({i} AS ?v{i})" for i in range(n)) + " {}",
    "list": lambda n: "ASK { ?s ?p (" + " ".join(map(str, range(n))) + ") }",
    "filters": lambda n: "ASK { " + " ".join(f"FILTER ({i} < 1)" for i in range(n)) + " }",
}


@pytest.mark.parametrize(
    ("query", "is_nested"),
    [
        *(pytest.param(make(5_000), True, id=f"{kind}, deep") for kind, make in NESTED.items()),
        *(pytest.param(make(60_000), True, id=f"{kind}, deeper") for kind, make in NESTED.items()),
        *(pytest.param(make(20_000), False, id=f"{kind}, long") for kind, make in FLAT.items()),
    ],
)
def test_a_deep_or_long_query_is_refused_or_answered_and_harms_nobody(
    small_server, query, is_nested
):
    """It is told from one that ends the engine by its sorting."""
    response = small_server.client.post("/sparql", data={"query": query, "timeout": "1"})

    if response.status_code == 400:
        found = problem(response, 400, "query-too-deep")
        assert "ORDER BY" not in found["detail"]
        assert not is_nested or found["levels"] > 150
    else:
        assert response.status_code in (200, 504)
    assert small_server.ask("ASK {}").json()["boolean"] is True


def test_braces_are_refused_with_their_depth(small_server):
    found = problem(small_server.ask(NESTED["braces"](3000)), 400, "query-too-deep")

    assert found["levels"] == 3000


def test_others_are_answered_while_a_crash_is_explained(small_file, monkeypatch):
    """To find out how deeply a long query nests takes a second: nobody else has to wait for it."""
    begun, answered = threading.Event(), threading.Event()

    def explained(text, *ending):
        begun.set()
        assert answered.wait(60)
        return crash(text, *ending)

    monkeypatch.setattr(failures, "crash", explained)

    async def asked():
        async with Engine([small_file]) as engine:
            deep = asyncio.create_task(engine.answer(Query(NESTED["not"](60_000), JSON)))
            assert await asyncio.to_thread(begun.wait, 60)
            body = (await engine.answer(Query("ASK {}", JSON))).body
            answered.set()
            with pytest.raises(QueryTooDeep):
                await deep
            return body

    assert b"true" in asyncio.run(asked())


def test_an_error_of_the_server_itself_is_named_and_not_to_be_tried_again():
    error = crash("ASK {}", 1, "Traceback (most recent call last):\n  …\nValueError: what\n")

    assert str(error) == (
        "This server has a defect: ValueError: what. Please report it, with the query."
    )


MIXED = """
PREFIX e: <http://example.org/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
e:a e:p 1, 2.5, "x", "y"@en, "2020"^^xsd:gYear, "2020-01"^^xsd:gYearMonth, "2020-01-01"^^xsd:date,
  e:b, "2019"^^xsd:gYear, "2018-05"^^xsd:gYearMonth, "2017-02-03"^^xsd:date, "z"@zh-hans, 7, "w",
  "2021"^^xsd:gYear, "2022-03"^^xsd:gYearMonth, "2016-02-03"^^xsd:date, "q"@de, 11, "v", -3 .
"""


def test_order_by_mixed_kinds_advises_str(tmp_path):
    path = file_with(
        tmp_path / "mixed.ttl", MIXED + MIXED.replace("e:a", "e:c").replace("20", "19")
    )
    with RunningServer("--data", path) as server:
        problem(server.ask("SELECT ?o { ?s ?p ?o } ORDER BY ?o"), 500, "engine-crash", "STR(?x)")
        assert len(server.rows("SELECT ?o { ?s ?p ?o } ORDER BY STR(?o)")) >= 20


def test_the_size_of_a_result_is_bounded(small_file):
    with RunningServer("--data", small_file, "--result-size", "1") as server:
        found = problem(server.ask(f"{ENDLESS} LIMIT 60000"), 500, "result-too-large")
        assert found["limit"] == 1024 * 1024


def test_newcomers_wait_for_a_slow_slot_until_their_limit(small_file):
    options = ("--data", small_file, "--query-timeout", "300", "--max-slow-queries", "2")
    with (
        RunningServer(*options) as server,
        server.raw(get(query_target(RUNAWAY))),
        concurrent.futures.ThreadPoolExecutor(5) as pool,
    ):
        assert eventually(lambda: server.slots()["slow"] == 1)
        answers = pool.map(lambda n: server.ask(f"{RUNAWAY} # {n}", timeout="0.5"), range(5))
        refused, *others = answers

    # One client holds at most three quarters of the slow slots: here one of two.
    assert {each.status_code for each in (refused, *others)} == {503}
    assert int(refused.headers["retry-after"]) > 0
    assert "slow" in refused.json()["detail"]


def test_a_query_that_was_expensive_is_not_tried_again_while_the_slow_slots_are_full(small_file):
    options = ("--data", small_file, "--query-timeout", "300", "--max-slow-queries", "2")
    with RunningServer(*options) as server, server.raw(get(query_target(RUNAWAY))):
        assert eventually(lambda: server.slots()["slow"] == 1)
        again = server.ask(f"# the same\n{RUNAWAY} # again", timeout="0.5")
        killed = server.metrics()['stopped_total{reason="refused"}']
        other = server.ask(f"{RUNAWAY} OFFSET 0", timeout="0.5")

    problem(again, 503, "server-busy")
    problem(other, 503, "server-busy")
    assert not killed, "a worker was killed over it"


@pytest.mark.alone
def test_a_runaway_that_is_known_gets_its_time_when_there_is_room(limited_server):
    for _ in range(2):
        found = problem(limited_server.ask(RUNAWAY), 504, "query-timeout")
        assert found["processor_seconds"] > 0.1
        assert found["memory_megabytes"] > 0
        assert found["written"] == 0


def test_canned_queries_and_pages_answer_while_the_slots_are_full(small_server):
    with contextlib.ExitStack() as stack:
        for number in range(64):
            asked = get(query_target(f"{RUNAWAY} # {number}"))
            stack.enter_context(small_server.raw(asked))
        assert eventually(lambda: small_server.slots()["queued"])
        assert small_server.client.get("/dumps/gbagraph.nq").status_code == 200
        for path in ("/queries/counts-by-class", "/doc/id/none", "/"):
            assert small_server.client.get(path).status_code in (200, 404)
        assert small_server.slots()["queued"], "something waited for its turn among them"


ENDPOINTS = [
    "<http://127.0.0.1:1/>",
    "<https://127.0.0.1:1/>",
    "<https://query.wikidata.org/sparql>",
    "<relative>",
    "e:x",
    "?endpoint",
]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_query_calls_nobody(small_server, endpoint):
    template = (
        "PREFIX e: <http://e/> SELECT * {{ VALUES ?endpoint {{ <https://e/> }} SERVICE {} {} }}"
    )
    loud = template.format(endpoint, "{ ?s ?p ?o }")
    silent = template.format(f"SILENT {endpoint}", "{ ?s ?p ?o }")

    found = problem(
        small_server.ask(loud), 403, "service-not-allowed", "gbagraph serve --allow-service"
    )

    assert (found["line"], found["column"]) == (1, loud.index("SERVICE") + 1)
    answer = small_server.ask(silent).json()
    assert set(answer["head"]["vars"]) == {"endpoint", "s", "p", "o"}
    assert [set(row) for row in answer["results"]["bindings"]] == [{"endpoint"}]


def test_service_in_this_process_calls_nobody():
    graph = gbagraph.open()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        address = f"<http://127.0.0.1:{listening.getsockname()[1]}/>"
        with pytest.raises(ServiceNotAllowed):
            graph.query(f"SELECT * {{ SERVICE {address} {{ ?s ?p ?o }} }}")
        rows = list(graph.query(f"SELECT * {{ SERVICE SILENT {address} {{ ?s ?p ?o }} }}"))
        with pytest.raises(BlockingIOError):
            listening.accept()
    assert len(rows) == 1


@pytest.mark.parametrize(
    ("query", "parameters", "name"),
    [
        ("ASK {}", {"default-graph-uri": "http://["}, "malformed-request"),
        ("ASK {}", {"named-graph-uri": "a://b:port"}, "malformed-request"),
        ("ASK {}", {"default-graph-uri": ["urn:a", "a:%zz"]}, "malformed-request"),
        ("ASK {}", {"default-graph-uri": "urn:\uffff"}, "malformed-request"),
        ("ASK FROM <http://[> {}", {}, "query-syntax"),
        ("SELECT (<http://e/f>(1) AS ?x) {}", {}, "unsupported-function"),
        ("ASK { FILTER (COALESCE(<http://e/f>(?a), true)) }", {}, "unsupported-function"),
    ],
)
def test_what_the_client_can_put_right_is_told_so(small_server, query, parameters, name):
    problem(small_server.ask(query, **parameters), 400, name)
