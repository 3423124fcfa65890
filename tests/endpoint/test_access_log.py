"""The access log by itself: what is counted, what a line says, and what header fields say."""

import logging

import pytest

from gbagraph.endpoint.access_log import BUCKETS, AccessLog, own_fields
from gbagraph.endpoint.request import Addresses
from gbagraph.endpoint.response import Response
from gbagraph.engine import Query, Timing
from gbagraph.sparql.tokens import fingerprint

TEXT = "SELECT * { ?s ?p ?o }"


def request(target="/sparql?query=ASK", *, job=TEXT, agent="tester"):
    path, _, query = target.partition("?")
    headers = [(b"user-agent", agent.encode("latin-1"))]
    made = Addresses().request(
        "GET", path, query.encode(), headers, peer=("192.0.2.1", 1), local=None
    )
    made.job = Query(job, {}) if job else None
    return made


def logged(caplog, log, request, response, seconds=0.01):
    with caplog.at_level(logging.INFO):
        log.note(request, response, seconds, "whole")
    return [record.told for record in caplog.records if hasattr(record, "told")]


def test_a_line_says_who_asked_what_and_how_it_went(caplog):
    response = Response(200, origin="evaluated", timing=Timing(0.001, 0.002, 0.0015), sent=120)
    asked = request()

    (found,) = logged(caplog, AccessLog(writes=True), asked, response)

    assert found == {
        "id": asked.id,
        "client": "192.0.2.1",
        "method": "GET",
        "target": "/sparql?query=ASK",
        "status": 200,
        "bytes": 120,
        "ms": 10.0,
        "origin": "evaluated",
        "ending": "whole",
        "query": fingerprint(TEXT),
        "queued_ms": 1.0,
        "evaluated_ms": 2.0,
        "processor_ms": 1.5,
        "agent": "tester",
    }


def test_without_a_log_all_is_counted_and_nothing_written(caplog):
    log = AccessLog()
    for seconds in (0.0001, 0.01, 100):
        logged(caplog, log, request(), Response(404, problem="not-found"), seconds)
    log.count_kept(10)

    assert not caplog.records
    assert log.statuses == {("GET", 404): 3, ("GET", 200): 1}
    counts = list(log.histogram())
    assert counts[0] == (BUCKETS[0], 2)
    assert counts[-1] == (float("inf"), 4)
    assert [count for _, count in counts] == sorted(count for _, count in counts)
    assert log.bytes == 10


def test_what_a_client_calls_itself_is_one_line(caplog):
    asked = request(job="", agent="a\x85b\x1b[31m")
    (found,) = logged(caplog, AccessLog(writes=True), asked, Response(200))

    assert found["agent"].isprintable()


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("/a\nINFO: b", r"/a\nINFO: b"),
        ("/\x1b[31m", r"/\x1b[31m"),
        ("/" + "x" * 400, "/" + "x" * 299 + "…"),
        ("/é", "/é"),
    ],
)
def test_a_target_is_one_line_of_some_length(caplog, target, shown):
    (found,) = logged(caplog, AccessLog(writes=True), request(target, job=""), Response(200))

    assert found["target"] == shown


def test_only_slow_queries_are_logged_with_their_text(caplog):
    log = AccessLog(slow=1.0)
    logged(caplog, log, request(), Response(200), 0.9)
    logged(caplog, log, request(job=""), Response(200), 2)
    assert not caplog.records

    logged(caplog, log, request(job="ASK\n{}"), Response(504, problem="query-timeout"), 2)
    (found,) = caplog.records
    assert found.getMessage() == "slow query: 2.0 seconds, query-timeout: ASK {}"
    assert found.levelname == "WARNING"


def test_a_slow_query_has_the_fingerprint_that_its_line_has(caplog):
    """A comment ends with its line, which a text in one line no longer shows."""
    asked = request(job="SELECT * # all\n{ ?s ?p ?o }")

    found = logged(caplog, AccessLog(writes=True, slow=1.0), asked, Response(200), 2)

    assert {each["query"] for each in found} == {fingerprint("SELECT * { ?s ?p ?o }")}
    assert len(found) == 2


def test_a_fingerprint_is_of_the_query_and_not_of_how_it_is_written():
    assert fingerprint("ASK { }") == fingerprint("ASK{ } # why".replace("{", " {"))
    assert fingerprint("ASK {}") != fingerprint("ASK { }x")
    assert len(fingerprint("x" * 100_000)) == 12


@pytest.mark.parametrize(
    ("origin", "timing", "said"),
    [
        ("", None, None),
        ("shared", None, "cache;desc=shared"),
        ("evaluated", Timing(0.001, 0.02), "queue;dur=1.00, eval;dur=20.00"),
        ("evaluated", Timing(0, 0.02, 0.01), "queue;dur=0.00, eval;dur=20.00, cpu;dur=10.00"),
    ],
)
def test_a_response_says_its_id_and_where_the_time_went(origin, timing, said):
    asked = request()
    found = dict(own_fields(asked, Response(200, origin=origin, timing=timing)))

    assert found == {"x-request-id": asked.id, **({"server-timing": said} if said else {})}
