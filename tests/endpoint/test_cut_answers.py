"""A cut answer is never mistaken for a whole one: in any format, cut anywhere."""

import json

import httpx
import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support import RunningServer, get, problem, query_target
from support.soak import examples

VALUES = " ".join(map(str, range(400)))
ROWS = "SELECT * {{ VALUES ?a {{ {v} }} VALUES ?b {{ {v} }} VALUES ?c {{ {v} }} }} LIMIT {limit}"
TRIPLES = """CONSTRUCT {{ <urn:s> <urn:p> ?x }}
WHERE {{
  VALUES ?a {{ {v} }} VALUES ?b {{ {v} }}
  BIND (CONCAT(STR(?a), '-', STR(?b), 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx') AS ?x)
}} LIMIT {limit}"""
FORMATS = [
    ("application/sparql-results+json", ROWS),
    ("application/sparql-results+xml", ROWS),
    ("text/csv", ROWS),
    ("text/tab-separated-values", ROWS),
    ("text/turtle", TRIPLES),
    ("application/n-triples", TRIPLES),
    ("application/rdf+xml", TRIPLES),
    ("application/ld+json", TRIPLES),
]


@pytest.fixture(scope="module", params=[1, pytest.param(2, marks=pytest.mark.matrix)])
def cutting_server(request, small_file):
    """A server that cuts results at one or two megabytes, wherever that is in the text."""
    with RunningServer("--data", small_file, "--result-size", request.param) as running:
        yield running


@settings(max_examples=examples(10), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    chosen=st.sampled_from(FORMATS),
    rows=st.integers(20_000, 160_000),
    encoding=st.sampled_from(["identity", "gzip"]),
)
def test_a_cut_answer_is_an_error_for_its_client(cutting_server, chosen, rows, encoding):
    accept, template = chosen
    query = template.format(v=VALUES, limit=rows)
    headers = {"Accept": accept, "Accept-Encoding": encoding}
    whole = fits(cutting_server, query, accept)
    try:
        status = httpx.get(
            cutting_server.sparql, params={"query": query}, headers=headers, timeout=60
        ).status_code
    except httpx.RemoteProtocolError:
        status = None
    assert (status == 200) == whole


def fits(server, query, accept):
    """Whether the result is within the server's limit, told by the engine in this process."""
    found = ox.Store().query(query)
    if isinstance(found, ox.QuerySolutions):
        written = found.serialize(format=ox.QueryResultsFormat.from_media_type(accept))
    else:
        written = ox.serialize(found, format=ox.RdfFormat.from_media_type(accept))
    return len(written) <= int(server.options[-1]) * 1024 * 1024


@pytest.mark.parametrize("name", ["records", "ndjson", "csv-bom", "md", "html-table"])
def test_the_size_of_records_is_bounded(cutting_server, name):
    query = ROWS.format(v=VALUES, limit=10_000_000)
    problem(cutting_server.ask(query, "*/*", format=name), 500, "result-too-large")


def http_1_0(server, limit):
    """Status and body; HTTP/1.0 has no chunks, so the length must be told."""
    target = query_target(ROWS.format(v=VALUES, limit=limit))
    with server.raw(get(target, version="1.0")) as client:
        head, body = client.response()
        assert client.rest() == b""
    assert b"content-length" in head
    return int(head.split()[1]), json.loads(body)


def test_http_1_0_gets_a_large_answer_with_its_length(server):
    status, found = http_1_0(server, 60_000)

    assert status == 200
    assert len(found["results"]["bindings"]) == 60_000


def test_http_1_0_gets_an_error_for_an_answer_that_fails_late(cutting_server):
    status, found = http_1_0(cutting_server, 10_000_000)

    assert status == 500
    assert found["type"].endswith("/problem/result-too-large")
