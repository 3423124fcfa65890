"""Requests as long as a server reads them keep nobody else waiting, and take no minutes themselves."""

import time

import pytest

from support import get
from support.faults import Asking

FORM = "Content-Type: application/x-www-form-urlencoded"
SIZE = 1_000_000


def posted(path, body, *headers):
    return get(path, *headers, f"Content-Length: {len(body)}").replace(b"GET", b"POST", 1) + body


def repeated(text, size=SIZE):
    return text * (size // len(text))


LONG = {
    "variables": posted("/sparql", b"query=ASK{" + repeated(b"?a+") + b"}&$a=1", FORM),
    "fewer variables": posted(
        "/sparql", b"query=ASK{" + repeated(b"?a+", 150_000) + b"}&$a=1", FORM
    ),
    "lone percent signs": posted("/sparql", b"query=" + repeated(b"%"), FORM),
    "a page": posted("/sparql", b"query=ASK{" + repeated(b"?a+") + b"}", FORM, "Accept: text/html"),
    "values of properties": posted(
        "/reconcile",
        b'{"queries":{"q":{"properties":[' + repeated(b'{"pid":"p","v":1},') + b'{"pid":"p"}]}}}',
        "Content-Type: application/json",
    ),
    "words of the manual": get("/docs?q=" + repeated("ab+", 60_000)),
    "words": get("/search?q=" + repeated("ab+", 60_000)),
    "a cookie": get("/", "Cookie: a" + repeated("=", 60_000) + '"'),
    "languages": get("/sparql?query=ASK%7B%7D&labels=" + repeated("en,", 60_000)),
}


@pytest.mark.alone
@pytest.mark.parametrize("name", LONG)
def test_a_long_request_keeps_nobody_waiting(server, name):
    started = time.monotonic()
    one = Asking(server, "SELECT ?n { VALUES ?n { 1 } }", "n\r\n1\r\n", clients=1)
    with one, server.raw(LONG[name]) as client:
        client.socket.settimeout(60)
        assert client.status() in (200, 400, 413, 422, 504)
    assert not one.wrong
    assert one.longest < 0.5
    assert time.monotonic() - started < 40


def test_a_column_that_is_no_iri_has_no_values(server):
    asked = {"extend": {"ids": ["urn:x"], "properties": [{"id": "no iri"}]}}
    found = server.client.post("/reconcile", json=asked)
    assert found.json() == {
        "meta": [{"id": "no iri", "name": "no iri"}],
        "rows": {"urn:x": {"no iri": []}},
    }
