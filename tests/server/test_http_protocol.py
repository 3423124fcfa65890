"""Framing and limits: one response for each request, whatever the bytes, and none waits for ever."""

import contextlib
import json
import socket
import threading
import time
from types import SimpleNamespace

import pytest

from gbagraph.server.http_protocol import LimitedProtocol
from support import RUNAWAY, RunningServer, eventually, get, query_target

SMALL = query_target("ASK {}")
FORM = "application/x-www-form-urlencoded"


def problem_of(response):
    head, body = response
    found = json.loads(body)
    assert found["status"] == int(head.split()[1])
    return found["type"].rpartition("/")[2]


# --- One response for each request -------------------------------------------------------------


@pytest.mark.parametrize("coding", ["length", "chunked"])
def test_the_body_of_a_get_is_not_another_request(server, coding):
    """Sent in a segment of its own, three times: request smuggling."""
    inner = get("/queries/zones-by-area.rq")
    head = get("/queries/builders", "Accept: text/csv")[:-2]
    if coding == "length":
        head += b"Content-Length: %d\r\n\r\n" % len(inner)
        body = inner
    else:
        head += b"Transfer-Encoding: chunked\r\n\r\n"
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(inner), inner)
    for _ in range(3):
        with server.raw(head) as client:
            time.sleep(0.1)
            client.send(body)
            time.sleep(0.1)
            client.send(get(SMALL, "Connection: close"))
            answers = client.rest()
        assert answers.count(b"HTTP/1.1 200") == 2
        assert b"text/csv" in answers
        assert answers.endswith(b'"boolean":true}')


def test_many_requests_in_one_segment(server):
    requests = [
        get(query_target(f"SELECT ({number} AS ?n) {{}}"), *extra)
        for number in range(40)
        for extra in ([], ["X-More: y"])
    ]
    with server.raw(b"".join(requests)) as client:
        found = [json.loads(client.response()[1]) for _ in requests]
    values = [row["results"]["bindings"][0]["n"]["value"] for row in found]
    assert values == [str(number) for number in range(40) for _ in range(2)]


@pytest.mark.parametrize("offer", ["h2c", "websocket", "TLS/1.0", "h2c, other"])
@pytest.mark.parametrize("split", [None, 20, -3])
def test_an_upgrade_that_is_not_taken_loses_no_body(server, offer, split):
    body = b"ASK { FILTER (1 = 1) }"
    request = (
        get(
            "/sparql",
            "Connection: keep-alive, Upgrade, HTTP2-Settings",
            f"Content-Length: {len(body)}",
            "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
            f"Upgrade: {offer}",
            "Content-Type: application/sparql-query",
        ).replace(b"GET", b"POST")
        + body
    )
    with server.raw(request[:split]) as client:
        if split is not None:
            time.sleep(0.05)
            client.send(request[split:])
        assert client.response()[1].endswith(b'"boolean":true}')
        client.send(get(SMALL))
        assert client.status() == 200


# --- Heads that are too large, or no heads -----------------------------------------------------


@pytest.mark.parametrize(
    ("head", "status", "name"),
    [
        pytest.param(b"GET /" + b"x" * 70_000, 414, "uri-too-long", id="a long target"),
        pytest.param(b"GET /?" + b"x" * 10_000_000, 414, "uri-too-long", id="an endless target"),
        pytest.param(get("/", "X: " + "x" * 70_000), 431, "headers-too-large", id="a long field"),
        pytest.param(
            get("/")[:-2] + b"X: " + b"x" * 10_000_000,
            431,
            "headers-too-large",
            id="an endless field",
        ),
        pytest.param(
            get("/", *["X: y"] * 100_000), 431, "headers-too-large", id="a hundred thousand fields"
        ),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00", 400, "malformed-request", id="TLS"),
        pytest.param(b"SSH-2.0-OpenSSH_9.9\r\n", 400, "malformed-request", id="SSH"),
        pytest.param(b"hello\n", 400, "malformed-request", id="hello"),
        pytest.param(b"\x00" * 9, 400, "malformed-request", id="zeros"),
        *(
            pytest.param(head, 400, "malformed-request", id=id_)
            for id_, head in {
                "a version": b"GET / HTTP/9.1\r\n\r\n",
                "no version": get("/").replace(b" HTTP/1.1", b""),
                "an old version": get("/").replace(b"HTTP/1.1", b"HTTP/0.9"),
                "a new version": get("/").replace(b"HTTP/1.1", b"HTTP/2.0"),
                "a coding beside chunked": get("/", "Transfer-Encoding: gzip, chunked"),
                "a bare CR": b"\r" + get("/"),
                "a bare CR after an empty line": b"\r\n\r" + get("/"),
            }.items()
        ),
        pytest.param(
            b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 400, "malformed-request", id="CONNECT"
        ),
    ],
)
def test_heads_that_are_refused_at_once(server, head, status, name):
    with server.raw(b"") as client:
        # It may be refused while it is being sent; the answer is there all the same.
        with contextlib.suppress(ConnectionError):
            client.send(head)
        found = client.response()
        assert problem_of(found) == name
        assert int(found[0].split()[1]) == status
        assert client.rest() == b""
    assert server.ask("ASK {}").status_code == 200


def test_empty_lines_before_a_request_are_ignored(server):
    """RFC 9112, section 2.2."""
    with server.raw(b"\r\n\n" + get(SMALL) + b"\r\n" + get(SMALL)) as client:
        assert [client.status(), client.status()] == [200, 200]
        client.send(b"\r")
        time.sleep(0.05)
        assert client.send(b"\n" + get(SMALL)).status() == 200


HEAD = get("/robots.txt").replace(b"GET", b"HEAD")


@pytest.mark.parametrize(
    ("head", "status"),
    [(HEAD.replace(b"Host", b"H"), 400), (HEAD[:-2] + b"X: " + b"x" * 70_000 + b"\r\n\r\n", 431)],
)
def test_an_error_for_head_has_no_body(server, head, status):
    """RFC 9110, section 9.3.2."""
    with server.raw(head) as client:
        found, _, body = client.rest().partition(b"\r\n\r\n")
    assert int(found.split()[1]) == status
    assert body == b""


@pytest.mark.alone
def test_a_head_of_spaces_holds_up_nobody(server):
    with server.raw(get("/", "X: h2c", "Connection:" + " " * 60_000 + "x")) as client:
        started = time.monotonic()
        assert server.ask("ASK {} # beside spaces").status_code == 200
        assert client.status() == 200
        assert time.monotonic() - started < 5


# --- Bodies that are broken ---------------------------------------------------------------------


CHUNKED = get(
    "/sparql", "Content-Type: application/sparql-query", "Transfer-Encoding: chunked"
).replace(b"GET", b"POST")
BROKEN = [
    pytest.param(b"zz\r\n", id="no size"),
    pytest.param(b"6 \r\nASK {}\r\n0\r\n\r\n", id="a space behind the size"),
    pytest.param(b"6\r\nASK {}zz", id="no end of a chunk"),
    pytest.param(b"6\r\nASK {}\r\n0\r\nContent-Length: 9\r\n\r\n", id="a length as trailer"),
]


@pytest.mark.parametrize("half_closed", [False, True], ids=["open", "half closed"])
@pytest.mark.parametrize("body", BROKEN)
def test_a_body_that_is_broken_is_refused_at_once(server, body, half_closed):
    with server.raw(CHUNKED + body) as client:
        if half_closed:
            client.socket.shutdown(socket.SHUT_WR)
        # At its limit of time, it would be too slow.
        assert problem_of(client.response()) == "malformed-request"
        assert client.rest() == b""


@pytest.mark.parametrize(
    "wrong",
    [
        *(b"NONSENSE\r\n\r\n", b"\x00\x01", b"GET\r\n\r\n", b"GET / HTTP/2.0\r\n\r\n"),
        *(pytest.param(CHUNKED + row.values[0], id=row.id) for row in BROKEN),
    ],
)
def test_requests_before_one_that_is_wrong_get_their_answers(server, wrong):
    """Then it gets its own, and the connection ends."""
    targets = [query_target(f"SELECT ({n} AS ?n) {{}} # before") for n in range(2)]
    with server.raw(get(targets[0], "Connection: keep-alive") + get(targets[1]) + wrong) as client:
        assert [client.status() for _ in range(3)] == [200, 200, 400]
        assert client.rest() == b""


@pytest.mark.parametrize("last", [get(SMALL, "Connection: close"), get("/ HTTP/2.0")])
def test_what_comes_after_the_last_answer_is_dropped_for_a_while(server, last):
    """A reset could take the answer from a client that has not read it (RFC 9112, section 9.6)."""
    with server.raw(last) as client:
        client.response()
        for _ in range(3):
            client.send(get(SMALL))
            time.sleep(0.05)
        assert client.rest() == b""
        with contextlib.suppress(ConnectionError):
            for _ in range(1200):
                client.send(b"x")
                time.sleep(0.05)
            pytest.fail("it is kept open")


@pytest.mark.parametrize("part", [b"X: " + b"x" * 1000, b"X: y\r\n" * 100], ids=["one", "many"])
def test_trailers_without_end_are_refused(server, part):
    with server.raw(CHUNKED + b"6\r\nASK {}\r\n0\r\n") as client:
        # It may be refused while it is being sent; the answer is there all the same.
        with contextlib.suppress(ConnectionError):
            for _ in range(1000):
                client.send(part)
        assert problem_of(client.response()) == "headers-too-large"


def test_a_body_in_chunks_of_a_byte_is_read(server):
    body = b"ASK { }" + b" " * 30_000
    chunks = b"".join(b"1;an=extension\r\n%c\r\n" % byte for byte in body)
    with server.raw(CHUNKED + chunks + b"0\r\nX-Trailer: y\r\n\r\n") as client:
        assert client.response()[1].endswith(b'"boolean":true}')
        assert client.send(get(SMALL)).status() == 200


H2C = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AA")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /health/live HTTP/1.1\r\nAccept: */*\r\n\r\n", 400),
        (get("/health/live", "Host: localhost"), 400),
        (get("/health/live", "Host: other").replace(b"HTTP/1.1", b"HTTP/1.0"), 400),
        (get("/health/live").replace(b"localhost", b"a b"), 400),
        (get("/health/live").replace(b"localhost", b"a/b"), 400),
        (get("/health/live").replace(b"localhost", b"[::1]:x"), 400),
        (get("/health/live").replace(b"localhost", b""), 200),
        (get("/health/live").replace(b"localhost", b"localhost \t"), 200),
        (get("/health/live", *H2C).replace(b"localhost", b""), 200),
        (b"GET /health/live HTTP/1.0\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n", 200),
        (get("/health/live").replace(b"localhost", b"[::1]:8000"), 200),
        (get("/health/live").replace(b"localhost", b"sub_domain.example:"), 200),
        (b"GET /health/live HTTP/1.0\r\n\r\n", 200),
        (get("http://other.example:80/health/live"), 200),
        (get("HTTP://other.example?x", "Accept: text/html"), 200),
        (get("http://other.example/health/live", *H2C), 200),
        (get("http://other.example/health/live", "Host: other"), 400),
        (get("*").replace(b"GET", b"OPTIONS"), 204),
    ],
)
def test_a_request_names_its_host_once(server, request_, status):
    """RFC 9112, section 3.2."""
    with server.raw(request_) as client:
        if status != 400:
            assert client.status() == status
        else:
            head, body = client.response()
            assert problem_of((head, body)) == "malformed-request"
            assert b"Host" in body
            assert client.rest() == b""


# --- Clients that take their time ---------------------------------------------------------------


@pytest.mark.processes
def test_an_idle_connection_is_closed_and_not_a_head_in_two_parts(small_file):
    """The limit is five seconds between requests: it does not end a request that has begun."""
    request = get(SMALL)
    with (
        RunningServer("--data", small_file, "--head-timeout", 60) as server,
        server.raw(request) as client,
    ):
        assert client.status() == 200
        client.send(request[:30])
        with server.raw(request) as idle:  # younger than what has begun
            assert idle.status() == 200
            assert idle.rest() == b""
        client.send(request[30:])
        assert client.status() == 200


_NUMBERS = " ".join(f"VALUES ?{name} {{ {' '.join(map(str, range(300)))} }}" for name in "abcde")
SILENT = f"SELECT * {{ {_NUMBERS} FILTER(?a + ?b + ?c + ?d + ?e < 0) }}"
"""No row for as long as the query may take."""
STALLED = f"{SILENT.replace('{', '{ { SELECT * { ?s ?p ?o ; ?q ?r } LIMIT 50000 } UNION {', 1)} }}"
"""Some rows at once, and then none."""


@pytest.mark.parametrize("more", [[], ["Connection: keep-alive, TE"]], ids=["plain", "by ASGI"])
def test_a_client_that_closes_its_half_gets_an_answer_to_each_request(server, more):
    """They were sent without waiting, and nobody has asked the like before."""
    texts = [f"ASK {{ ?s ?p {number} }} # {len(more)}" for number in range(3)]
    with server.raw(b"".join(get(query_target(text), *more) for text in texts)) as client:
        client.socket.shutdown(socket.SHUT_WR)
        assert client.rest().count(b"HTTP/1.1 200") == 3


POST = get("/sparql", "Content-Type: application/sparql-query", "Content-Length: 6").replace(
    b"GET", b"POST", 1
)


@pytest.mark.parametrize("before", [b"", POST + b"ASK {}"], ids=["alone", "after another way"])
def test_a_client_that_closes_its_half_may_wait_long_for_its_answer(server, before):
    """It gets interim responses, which say that the server is still there, and then a response."""
    with server.raw(before) as client:
        assert not before or client.status() == 200
        client.send(get(query_target(f"{SILENT} # half closed {len(before)}", timeout=3)))
        client.socket.shutdown(socket.SHUT_WR)
        *interim, head, _ = client.rest().split(b"\r\n\r\n")
    assert set(interim) == {b"HTTP/1.1 100 Continue"}
    assert len(interim) < 60
    assert head.startswith(b"HTTP/1.1 504 ")


@pytest.mark.alone
@pytest.mark.parametrize("more", [[], ["Connection: close"]], ids=["kept", "closed"])
def test_a_client_that_closes_its_half_gets_what_comes_in_parts(server, more):
    """For as long as there are parts, whatever their number: it reads slowly, longer than a second."""
    target = query_target("SELECT * { ?s ?p ?o ; ?q ?r } LIMIT 60000")
    with server.raw(get(target, "Accept: text/csv", *more)) as client:
        client.socket.shutdown(socket.SHUT_WR)
        for _ in range(15):
            time.sleep(0.1)
            client.left += client.socket.recv(1 << 16)
        found = client.rest()
    assert found.endswith(b"0\r\n\r\n")
    assert found.count(b"\r\n") > 60_000


def assert_left(server, before):
    """Soon all slots are free, and no more queries than *before* were stopped at their limit."""
    assert eventually(lambda: not any(server.slots().values()))
    assert server.metrics()[TIMEOUTS] == before, "they went on until their limit"


TIMEOUTS = 'stopped_total{reason="timeout"}'


@pytest.mark.parametrize("query", [SILENT, STALLED], ids=["before the answer", "within the answer"])
def test_a_client_that_leaves_ends_its_query(server, query):
    """The other half is closed, too: the query does not go on, though it had half a minute."""
    before = server.metrics()[TIMEOUTS]
    with server.raw(get(query_target(f"{query} # left"))) as client:
        assert eventually(lambda: any(server.slots().values()))
        client.socket.settimeout(1)
        with contextlib.suppress(TimeoutError):
            while client.socket.recv(1 << 16):
                pass  # what is not read would reset the connection at once
    assert_left(server, before)


def test_a_client_that_leaves_ends_all_that_it_has_asked_for(server):
    """Of requests that are sent one after another, the first is being answered, the last is known."""
    queries = [f"query={RUNAWAY}{' ' * n}".encode() for n in range(3)]
    requests = [
        get("/sparql", f"Content-Type: {FORM}", f"Content-Length: {len(query)}").replace(
            b"GET", b"POST", 1
        )
        + query
        for query in queries
    ]
    before = server.metrics()[TIMEOUTS]
    with server.raw(b"".join(requests)):
        assert eventually(lambda: any(server.slots().values()))
    assert_left(server, before)


def test_who_answers_is_told_before_a_connection_is_closed():
    """The loop raises an error where bytes are written to a connection that it has closed."""
    protocol, told = LimitedProtocol.__new__(LimitedProtocol), []
    first, last = (
        SimpleNamespace(
            response_complete=False, disconnected=False, message_event=threading.Event()
        )
        for _ in range(2)
    )
    protocol._running, protocol.cycle = first, last
    protocol.transport = SimpleNamespace(
        close=lambda: told.append((first.disconnected, last.disconnected))
    )

    protocol.let_go()

    assert told == [(True, True)]
    assert first.message_event.is_set()
    assert last.message_event.is_set()
