"""Joins that ship their bindings here: thousands of values in one query, or thousands of queries."""

import contextlib
import re
import select
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from gbagraph.settings import BODIES, MEGABYTE
from support import (
    RUNAWAY,
    RunningServer,
    eventually,
    get,
    ok,
    plain_rows,
    problem,
    query_target,
)
from support.faults import Asking
from support.federation import FIRST, MATCHES, ORDERS, PREFIXES, city_of, shop, write

JSON = "application/sparql-results+json"
GIVEN = [FIRST + number for number in range(ORDERS)]
ANSWERED = GIVEN[:MATCHES]
WIKIDATA = "http://www.wikidata.org/entity/Q"

ROWS = "\n".join(f"(<{WIKIDATA}{100_000_000 + n}> <{shop(n)}>)" for n in GIVEN)
JOIN = f"{PREFIXES}SELECT ?item ?city {{ VALUES (?item ?shop) {{ {ROWS} }} ?shop e:inCity ?city }}"
EXPECTED = {(f"{WIKIDATA}{100_000_000 + n}", city_of(n)) for n in ANSWERED}


@pytest.fixture(scope="module")
def shops(tmp_path_factory):
    return write(tmp_path_factory.mktemp("shops"))[0]


@pytest.fixture(scope="module")
def shops_server(shops):
    with RunningServer("--data", shops) as running:
        running.client.timeout = 60
        yield running


@pytest.fixture(scope="module")
def small_bodies_server(shops):
    with RunningServer("--data", shops, "--body-size", 1) as running:
        yield running


def posted(server, query, form, accept=JSON):
    headers = {"Accept": accept}
    if form == "form":
        return server.client.post("/sparql", data={"query": query}, headers=headers)
    headers["Content-Type"] = "application/sparql-query"
    return server.client.post("/sparql", content=query, headers=headers)


@pytest.mark.parametrize("form", ["form", "direct"])
def test_ten_thousand_rows_of_values_are_joined(shops_server, form):
    response = ok(posted(shops_server, JOIN, form))

    rows = plain_rows(response.text)
    assert len(rows) == MATCHES
    assert {(row["item"], row["city"]) for row in rows} == EXPECTED


@pytest.mark.parametrize("answers", ["small", "large"])
def test_many_at_once_wait_for_their_turn(shops_server, answers):
    """Engines send as many as they please, and lose their whole query if one is refused."""
    join, expected = JOIN, MATCHES
    if answers == "small":
        join, expected = JOIN.replace("?item ?city {", "(COUNT(*) AS ?n) {"), 1

    with ThreadPoolExecutor(16) as pool:
        texts = [f"{join} # {answers} {number}" for number in range(16)]
        responses = list(pool.map(lambda text: posted(shops_server, text, "direct"), texts))

    assert {len(plain_rows(ok(response).text)) for response in responses} == {expected}
    assert {ok(response).text for response in responses} == {responses[0].text}


def test_runaways_of_one_client_do_not_keep_the_joins_of_another_waiting(shops_server):
    with contextlib.ExitStack() as stack:
        for number in range(64):
            asked = get(query_target(f"{RUNAWAY} # {number}"))
            stack.enter_context(shops_server.raw(asked, address="127.0.0.2"))
        assert eventually(lambda: shops_server.slots()["slow"] == 6)
        texts = [f"{JOIN} # beside {number}" for number in range(8)]
        with ThreadPoolExecutor(8) as pool:
            responses = list(pool.map(lambda text: posted(shops_server, text, "direct"), texts))
        slots = shops_server.slots()

    assert {len(plain_rows(ok(response).text)) for response in responses} == {MATCHES}
    assert slots["slow"] == 6, "the runaways have ended meanwhile"
    assert eventually(lambda: set(shops_server.slots().values()) == {0})


def test_such_a_join_needs_larger_bodies_than_a_megabyte(small_bodies_server):
    found = problem(
        posted(small_bodies_server, JOIN, "form"), 413, "request-too-large", "several requests"
    )

    assert found["limit"] == MEGABYTE


def test_no_address_can_hold_them(shops_server):
    target = f"/sparql?{httpx.QueryParams(query=JOIN)}"
    with shops_server.raw(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()) as client:
        head, body = client.response()

    assert head.startswith(b"HTTP/1.1 414")
    assert b"POST" in body


@pytest.mark.alone
@pytest.mark.parametrize(
    ("query", "accept"),
    [
        pytest.param(JOIN, JSON, id="rows"),
        pytest.param(JOIN, "text/html", id="page"),
        pytest.param(JOIN.replace("e:inCity", "e:inTown"), "text/html", id="empty page"),
        pytest.param(JOIN[:-1], "text/html", id="wrong page"),
    ],
)
def test_nothing_else_waits_for_such_a_join(shops_server, query, accept):
    """What is ours costs little beside the evaluation, also on a page, or with an error."""
    one = Asking(shops_server, "SELECT ?n { VALUES ?n { 1 } }", "n\r\n1\r\n", clients=1)
    with one:
        posted(shops_server, query, "form", accept)

    assert not one.wrong
    assert one.longest < 0.9  # it was one to four seconds for the pages


def test_its_page_has_rows_and_no_links_that_the_server_would_refuse(shops_server):
    page = posted(shops_server, JOIN, "form", "text/html").text

    assert len(page) < 2 * len(JOIN)
    assert "9,000 rows" in page
    assert "too long for an address" in page
    assert max(map(len, re.findall(r'href="([^"]*)"', page))) < 2000


def test_a_page_with_fewer_values_has_its_links(shops_server):
    few = JOIN.replace(ROWS, "\n".join(ROWS.splitlines()[:200]))
    page = posted(shops_server, few, "form", "text/html").text

    assert "too long for an address" not in page
    assert "<summary>Download</summary>" in page


def test_bodies_that_are_held_at_once_have_a_bound(small_bodies_server):
    head = (
        "POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\n"
        f"Content-Length: {MEGABYTE}\r\n\r\n"
    )
    whole = "ASK {} #".ljust(MEGABYTE, "x")
    with contextlib.ExitStack() as stack:
        # None of them can be answered before its last byte comes.
        clients = [
            stack.enter_context(small_bodies_server.raw((head + whole[:-1]).encode()))
            for _ in range(BODIES + 8)
        ]
        # Those that are refused have their answer before.
        sockets = [client.socket for client in clients]
        assert eventually(lambda: len(select.select(sockets, [], [], 0)[0]) >= 8)
        ends = [last_byte(client) for client in clients]

    assert set(ends) == {200, 503}
    assert ends.count(503) >= 8
    assert posted(small_bodies_server, whole, "direct").status_code == 200


def last_byte(client) -> int:
    """The status after the last byte; a refused client may also find its connection closed."""
    try:
        return client.send(b"x").status()
    except (OSError, AssertionError):
        return 503
