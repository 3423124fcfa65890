"""What an operator sees: the access log, ids of requests, health, metrics, and what is never logged."""

import contextlib
import json
import os
import re
import signal
import time

import pytest

from support import (
    ENDLESS,
    RUNAWAY,
    LoggedServer,
    RunningServer,
    eventually,
    get,
    kill,
    problem,
    query_target,
)

pytestmark = pytest.mark.processes

ASK = query_target("ASK { ?s ?p ?o }")


@pytest.fixture(scope="module")
def logging_server(tmp_path_factory, small_file):
    options = (
        *("--access-log", "--log-format", "json", "--slow-query", "0.5"),
        *("--query-timeout", "4", "--head-timeout", "1", "--data", small_file),
    )
    with LoggedServer(tmp_path_factory.mktemp("log") / "log", *options) as running:
        yield running


def asked(server, target, *headers, method="GET", body=b"", name):
    """Send a request that has an id, and read what comes."""
    length = [f"Content-Length: {len(body)}"] if body else []
    head = get(target, f"X-Request-Id: {name}", *headers, *length).replace(
        b"GET", method.encode(), 1
    )
    with server.raw(head + body) as client:
        return client.response()


# --- The access log --------------------------------------------------------------------------------


def test_each_way_to_an_answer_is_logged_once(logging_server):
    query = query_target("SELECT ?s { ?s ?p ?o } # ways")
    for number in range(2):
        asked(logging_server, query, name=f"way-{number}")
    asked(logging_server, query, "If-None-Match: *", name="way-304")
    logging_server.client.head(query, headers={"X-Request-Id": "way-head", "Accept-Encoding": ""})
    asked(logging_server, "/docs", "Accept: text/html", name="way-page")
    form = "Content-Type: application/x-www-form-urlencoded"
    asked(logging_server, "/sparql", form, method="POST", body=b"query=ASK{}", name="way-post")

    found = [
        logging_server.request(id=f"way-{name}") for name in (0, 1, 304, "head", "page", "post")
    ]
    assert [row["origin"] for row in found] == [
        *("evaluated", "response-cache", "page", "result-cache", "page", "evaluated"),
    ]
    assert [row["status"] for row in found] == [200, 200, 304, 200, 200, 200]
    assert [row["method"] for row in found] == ["GET"] * 3 + ["HEAD", "GET", "POST"]
    assert found[0]["bytes"] == found[1]["bytes"] > 100
    assert found[3]["bytes"] == 0
    assert found[0]["evaluated_ms"] > 0
    assert all(row["ending"] == "whole" and row["client"] == "127.0.0.1" for row in found)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", found[0]["time"])


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        (b"no request at all\r\n\r\n", "malformed-request"),
        (b"\x16\x03\x01\x02\x00", "malformed-request"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: late-head\r\nAccept: ", "request-too-slow"),
        (get("/" + "x" * 70_000), "uri-too-long"),
        (get("/", f"X: {'x' * 70_000}"), "headers-too-large"),
        (
            get("/", "X-Request-Id: large-head", *[f"X{n}: {n}" for n in range(9000)]),
            "headers-too-large",
        ),
    ],
    ids=["no request", "TLS", "slow", "long", "large", "many"],
)
def test_what_is_refused_before_it_is_read_has_an_id_a_line_and_a_count(logging_server, sent, name):
    def count():
        return logging_server.metrics().get(f'problems_total{{problem="{name}"}}', 0)

    before = count()
    with logging_server.raw(sent) as client:
        head, body = client.response()
        assert client.rest() == b""
    given = re.search(rb"x-request-id: (\S+)", head)[1].decode()
    row = logging_server.request(id=given)

    assert row["problem"] == name == json.loads(body)["type"].rpartition("/")[2]
    assert row["status"] == int(head.split()[1])
    assert row["client"] == "127.0.0.1"
    assert row["bytes"] == len(body)
    assert (row["ms"] > 500) == (name == "request-too-slow")
    assert count() == before + 1
    if b"-head" in sent:
        assert given.endswith("-head")


def test_it_is_counted_why_evaluations_ended_and_processes_were_lost(small_file):
    options = ("--query-timeout", 100, "--query-memory", 20, "--max-slow-queries", 5)
    with RunningServer("--data", small_file, *options) as server:

        def counted(name):
            return server.metrics().get(name, 0)

        assert counted('slots{class="slow"}') == 5
        with server.raw(get(query_target(RUNAWAY))):
            assert eventually(lambda: any(server.slots().values()))
        assert eventually(lambda: counted('endings_total{how="left"}') == 1)
        problem(server.ask(f"{ENDLESS} ORDER BY ?a"), 500, "memory-exceeded", "LIMIT")
        assert counted('stopped_total{reason="memory"}') == counted("crashed") == 1
        assert counted('stopped_total{reason="timeout"}') == 0
        assert {"queries_waiting", "fork_servers_lost"} <= server.metrics().keys()
        assert counted("queries_waiting") == counted("fork_servers_lost") == 0

        kill(server.fork_server())
        assert eventually(lambda: counted("fork_servers_lost") == 1)


def test_a_query_of_a_page_is_known_by_its_fingerprint_too(logging_server):
    text = "SELECT ?of { ?of ?a ?page }"
    asked(logging_server, query_target(text), "Accept: text/html", name="of-a-page")
    asked(logging_server, query_target(text), name="of-no-page")

    page, rows = (logging_server.request(id=f"of-{name}") for name in ("a-page", "no-page"))
    assert page["query"] == rows["query"]
    assert (page["origin"], rows["origin"]) == ("page", "evaluated")


def test_a_client_that_leaves_is_no_fault_of_the_server(logging_server):
    before = logging_server.said.splitlines()
    with logging_server.raw(get(query_target(RUNAWAY + "# leaves"), "X-Request-Id: leaves")):
        assert eventually(lambda: any(logging_server.slots().values()))

    found = logging_server.request(id="leaves")
    assert (found["status"], found["ending"]) == (499, "left")
    since = map(json.loads, logging_server.said.splitlines()[len(before) :])
    assert {row["level"] for row in since if row["logger"] != "gbagraph.slow"} == {"info"}


def test_an_answer_that_breaks_off_is_logged_so(logging_server):
    with logging_server.raw(get(query_target(ENDLESS), "X-Request-Id: breaks")) as client:
        assert not client.rest().endswith(b"0\r\n\r\n"), "it looks whole"

    found = logging_server.request(id="breaks")
    assert (found["status"], found["ending"]) == (200, "truncated")
    assert found["bytes"] > 1_000_000


VALUES = "SELECT * { VALUES ?x { 1 2 3 } }"
LARGE = f"SELECT * {{ VALUES ?x {{ {' '.join(map(str, range(9000)))} }} VALUES ?y {{ 1 2 3 4 }} }}"


@pytest.mark.parametrize(
    ("query", "parameters", "rows"),
    [
        (VALUES, {}, 3),
        (VALUES, {"format": "csv"}, 3),
        (VALUES, {"format": "md"}, 3),
        ("SELECT ?x { VALUES ?x { } }", {}, 0),
        (LARGE, {}, 36_000),
        ("CONSTRUCT { <urn:a> <urn:b> ?x } { VALUES ?x { 1 2 } }", {}, 2),
        ("SELECT ?s { ?s ?p ?o } LIMIT 1", {"evidence": "true"}, 1),
        ("ASK {}", {}, None),
        ("SELECT", {}, None),
    ],
    ids=["JSON", "CSV", "Markdown", "none", "large", "graph", "evidence", "ASK", "error"],
)
def test_the_rows_of_an_answer_are_logged(logging_server, query, parameters, rows, request):
    name = f"rows-{request.node.callspec.id}"
    target = query_target(query, **parameters)
    with logging_server.raw(get(target, f"X-Request-Id: {name}", "Connection: close")) as client:
        client.rest()
    line = logging_server.request(id=name)
    assert line.get("rows") == rows
    assert line["status"] == (400 if query == "SELECT" else 200)
    assert line.get("problem") == ("query-syntax" if query == "SELECT" else None)


def test_the_rows_of_a_kept_result_are_logged(logging_server):
    for turn in range(2):
        target = query_target("SELECT * { VALUES ?x { 1 2 3 4 5 } }")
        asked(
            logging_server,
            target,
            f"Accept-Language: {turn}",
            "Connection: close",
            name=f"k-{turn}",
        )
    again = logging_server.request(id="k-1")
    assert (again["origin"], again["rows"]) == ("result-cache", 5)


# --- Ids -------------------------------------------------------------------------------------------


def test_where_the_time_went_is_said(logging_server):
    target = query_target("SELECT * { ?s ?p ?o } # timed")
    first, second = (logging_server.client.get(target) for _ in range(2))

    parts = dict(re.findall(r"(\w+);dur=([\d.]+)", first.headers["Server-Timing"]))
    assert parts.keys() == {"queue", "eval", "cpu"}
    assert second.headers["Server-Timing"] == "cache;desc=response-cache"


# --- Health ----------------------------------------------------------------------------------------


def test_a_server_is_ready_only_while_it_answers_queries(small_file):
    with RunningServer("--data", small_file) as running:
        found = running.client.get("/health/ready")
        assert (found.status_code, found.json()["status"]) == (200, "ready")
        assert found.headers["Cache-Control"] == "no-store"

        fork_server = running.fork_server()
        os.kill(fork_server, signal.SIGSTOP)
        stopped = running.descendants() - {fork_server}
        for worker in stopped:
            kill(worker, signal.SIGSTOP)
        try:
            found = running.client.get("/health/ready")
            assert (found.status_code, found.json()["status"]) == (503, "not ready")
            assert running.client.get("/health/live").status_code == 200
        finally:
            kill(fork_server)
            for worker in stopped:
                with contextlib.suppress(ProcessLookupError):  # it ended with the fork server
                    kill(worker)

        assert eventually(lambda: running.client.get("/health/ready").status_code == 200)


# --- Metrics ---------------------------------------------------------------------------------------


def test_every_request_is_counted_once_and_without_an_access_log_none_is_written(
    small_file, tmp_path
):
    with LoggedServer(tmp_path / "log", "--data", small_file) as running:
        asked = 0

        def counted(name):
            """How many requests there were, without those for the metrics."""
            nonlocal asked
            asked += 1
            rows = (
                value
                for row, value in running.metrics().items()
                if re.match(rf"{name}_(total|count)\b", row)
            )
            return sum(rows) - (asked - 1)

        before = counted("requests")
        for _ in range(3):
            running.client.get(ASK)
        running.client.post("/sparql", data={"query": "ASK {}"})
        running.client.get("/nothing")
        running.client.head(ASK)
        running.client.options("/sparql")
        with running.raw(b"\x00\r\n\r\n") as client:
            client.status()
        with running.raw(get(query_target(RUNAWAY))):
            time.sleep(0.1)

        assert eventually(lambda: counted("requests") == before + 9)
        time.sleep(0.3)
        for name in ("requests", "request_seconds", "endings"):
            assert counted(name) == before + 9
        assert "GET" not in running.said
