"""Damaged requests and damaged queries: each gets an answer that says so, and harms nobody.

``make soak`` tries many more of them.
"""

import re
import socket

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gbagraph.queries.catalog import all_queries
from gbagraph.sparql.tokens import tokens
from support import eventually, get, query_target
from support.soak import examples

FORM = b"query=ASK+%7B%7D"
QUERY = b"ASK { ?s ?p ?o }"


def posted(body, media_type, *headers):
    head = get("/sparql", f"Content-Type: {media_type}", *headers).replace(b"GET", b"POST", 1)
    return head + body


REQUESTS = [
    get(query_target("ASK {}")),
    get("/sparql", "Accept: text/turtle;q=0.5, application/n-triples"),
    get("/queries", "Accept: application/json", "Accept-Encoding: gzip, br;q=0"),
    get("/doc/id/baidu.ttl", 'If-None-Match: W/"x", "y"'),
    get("/", "Connection: Upgrade", "Upgrade: h2c", version="1.0"),
    posted(FORM, "application/x-www-form-urlencoded", f"Content-Length: {len(FORM)}"),
    posted(QUERY, "application/sparql-query", f"Content-Length: {len(QUERY)}"),
    posted(
        b"10\r\n%b\r\n0\r\n\r\n" % QUERY, "application/sparql-query", "Transfer-Encoding: chunked"
    ),
]
PIECES = [
    *(b"\r\n", b"\n", b"\r\n\r\n", b"\x00", b"\xff", b"\t", b" ", b":", b";", b",", b"%", b"%zz"),
    *(b"0", b"-1", b"99999999999999999999", b"chunked", b"Transfer-Encoding: chunked\r\n"),
    *(
        b"Content-Length: 3\r\n",
        b"Expect: 100-continue\r\n",
        b"HTTP/1.0",
        b"POST",
        b"QUERY",
        b"HEAD",
    ),
]


@st.composite
def damaged(draw, texts, pieces):
    """One or two of *texts*, with pieces left out, put in, or in another's place."""
    text = b"".join(draw(st.lists(st.sampled_from(texts), min_size=1, max_size=2)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = start + draw(st.sampled_from([0, 0, 1, 2, 10]))
        text = text[:start] + draw(st.sampled_from([b"", *pieces])) + text[end:]
    return text


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damaged(REQUESTS, PIECES))
def test_a_damaged_request_is_answered_or_refused(small_server, request_):
    with small_server.raw(request_) as client:
        client.socket.shutdown(socket.SHUT_WR)
        answers = client.rest()

    statuses = [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", answers)]
    assert not [status for status in statuses if status >= 500]
    assert answers == b"" or answers.startswith(b"HTTP/1.1 ")
    assert small_server.ask("ASK {}").status_code == 200


QUERIES = [query.text for query in all_queries().values()]


@st.composite
def damaged_queries(draw):
    """A canned query in which tokens are left out, doubled, or taken from another."""
    cut = [token.text for token in tokens(draw(st.sampled_from(QUERIES)))]
    others = [token.text for token in tokens(draw(st.sampled_from(QUERIES)))]
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(cut) - 1))
        cut[place] = draw(st.sampled_from(["", cut[place] * 2, draw(st.sampled_from(others))]))
    return "".join(cut)


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damaged_queries())
def test_a_damaged_query_is_answered_or_told_what_is_wrong(server, query):
    response = server.client.post("/sparql", data={"query": query, "timeout": "1"})

    if response.status_code != 200:
        found = response.json()
        assert response.status_code in (400, 403, 504), found
        assert found["detail"]
    assert eventually(lambda: set(server.slots().values()) == {0})
