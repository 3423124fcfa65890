"""Every kind of request, and every way of leaving before its answer is read."""

import contextlib
import socket
import struct
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import Final

import httpx

from support import ENDLESS, RUNAWAY, RawClient, RunningServer, eventually, get, query_target

_numbers = count(1)
_AT_ONCE: Final = 8
_PATIENCE: Final = 0.5
"""Seconds that a client waits for more: the same answer may be some bytes shorter the next time."""
_ROWS = "SELECT * { ?a ?b ?c . ?d a ?e } LIMIT 8000"
_QUADS = "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }"
_LIMITED = {"timeout": 0.3}
_STREAMED = {"timeout": 1}
"""Time for the first megabyte: before there is that much, nothing is sent."""
PARTS: Final = (0, 1, 100, 65_536)
"""Bytes of an answer after which clients leave, besides all but the last."""


@dataclass(frozen=True)
class Kind:
    """A kind of request: its bytes, and the status of its answer.

    A *request* with ``NUMBER`` is another one each time, which has to be evaluated. If *is_busy*, all
    slots for slow queries are taken when clients ask it.
    """

    request: bytes
    status: int = 200
    is_busy: bool = False

    def new(self) -> bytes:
        """The bytes of the next request of this kind."""
        return self.request.replace(b"NUMBER", b"%06d" % next(_numbers))


def _ask(query: str, *headers: str, **parameters: object) -> bytes:
    return get(query_target(f"{query} #NUMBER", **parameters), *headers)


def _send(
    body: str, media_type: str = "", *headers: str, method: str = "POST", target: str = "/sparql"
) -> bytes:
    media_type = media_type or "application/x-www-form-urlencoded"
    head = get(target, f"Content-Type: {media_type}", *headers)
    length = b"" if "Transfer-Encoding: chunked" in headers else b"Content-Length: %d\r\n"
    head = head.replace(b"GET", method.encode(), 1)
    if length:
        head = head[:-2] + length % len(body) + b"\r\n"
    return head + body.encode()


def _form(query: str) -> str:
    return str(httpx.QueryParams({"query": f"{query} #NUMBER"}))


_DIRECT = "application/sparql-query"
_CHUNKED = "7\r\nASK {} \r\n7\r\n#NUMBER\r\n0\r\n\r\n"
HTML = "Accept: text/html"
DUMP = "/dumps/gbagraph.nt"
CANNED = "/queries/zones-by-area"

KINDS = {
    "start page": Kind(get("/", HTML)),
    "page of a thing": Kind(get("/doc/id/baidu", HTML)),
    "page of an answer": Kind(get(CANNED, HTML)),
    "page of a query": Kind(_ask("SELECT * { ?s ?p ?o } LIMIT 3", HTML)),
    "page of the manual": Kind(get("/docs/operate", HTML)),
    "static file": Kind(get("/favicon.ico")),
    "dump": Kind(get(DUMP)),
    "dump in gzip": Kind(get(DUMP, "Accept-Encoding: gzip")),
    "dump in br": Kind(get(DUMP, "Accept-Encoding: br")),
    "dump in zstd": Kind(get(DUMP, "Accept-Encoding: zstd")),
    "dump by HTTP/1.0": Kind(get(DUMP, version="1.0")),
    "HEAD of a dump": Kind(get(DUMP).replace(b"GET", b"HEAD", 1)),
    "part of a dump": Kind(get(DUMP, "Range: bytes=0-99")),
    "conditional": Kind(get(DUMP, "If-None-Match: *"), 304),
    "graph": Kind(get("/graph/article.ttl")),
    "thing as RDF": Kind(get("/doc/id/baidu.jsonld")),
    **{
        f"canned query as {form}": Kind(get(f"{CANNED}?format={form}"))
        for form in ("json", "xml", "csv", "tsv")
    },
    "OPTIONS": Kind(get("/sparql").replace(b"GET", b"OPTIONS", 1), 204),
    "SELECT": Kind(_ask("SELECT * { ?s ?p ?o } LIMIT 3")),
    "large SELECT": Kind(_ask(_ROWS)),
    "large SELECT by HTTP/1.0": Kind(_ask(_ROWS).replace(b"HTTP/1.1", b"HTTP/1.0")),
    "large SELECT in gzip": Kind(_ask(_ROWS, "Accept-Encoding: gzip")),
    "ASK": Kind(_ask("ASK {}")),
    "CONSTRUCT": Kind(_ask("CONSTRUCT WHERE { <id/baidu> ?p ?o }")),
    "large CONSTRUCT": Kind(_ask(_QUADS, "Accept: application/n-triples")),
    "DESCRIBE": Kind(_ask("DESCRIBE <id/baidu>")),
    "slow query": Kind(_ask(RUNAWAY, **_LIMITED), 504),
    "endless answer": Kind(_ask(ENDLESS, **_STREAMED), 200),
    "slow query, refused": Kind(_ask(RUNAWAY, timeout=1), 503, is_busy=True),
    "no SPARQL": Kind(_ask("SELECT * {"), 400),
    "no HTTP": Kind(b"GET / HTTP/1.1\r\nHo st: NUMBER\r\n\r\n", 400),
    "nothing there": Kind(get("/doc/id/NUMBER"), 404),
    "method not allowed": Kind(get("/search").replace(b"GET", b"DELETE", 1), 405),
    "no such format": Kind(_ask("ASK {}", "Accept: image/png"), 406),
    "parameter missing": Kind(get("/why"), 422),
    "SERVICE not allowed": Kind(
        _ask("SELECT * { SERVICE <http://no.example/> { ?s ?p ?o } }"), 403
    ),
    "POST of a form": Kind(_send(_form("ASK {}"))),
    "POST of a query": Kind(_send("ASK {} #NUMBER", _DIRECT)),
    "POST in chunks": Kind(_send(_CHUNKED, _DIRECT, "Transfer-Encoding: chunked")),
    "POST that waits": Kind(_send("ASK {} #NUMBER", _DIRECT, "Expect: 100-continue"), 100),
    "POST that offers HTTP/2": Kind(
        _send("ASK {} #NUMBER", _DIRECT, "Connection: Upgrade", "Upgrade: h2c")
    ),
    "QUERY": Kind(_send("ASK {} #NUMBER", _DIRECT, method="QUERY")),
    "search": Kind(get("/search?q=baiduNUMBER")),
    "index of names": Kind(get("/search/index.json")),
    "look-up": Kind(get("/lookup?iri=http://www.wikidata.org/entity/Q14772")),
    "reconciliation": Kind(_send('queries={"q0":{"query":"Baidu"}}', target="/reconcile")),
    "proof": Kind(get("/why?s=id:apollo-rd-centre&p=gba:locatedIn&o=id:huangpu")),
    "explanation": Kind(
        get(query_target("SELECT * { ?s gba:develop ?o }").replace("/sparql", "/sparql/explain"))
    ),
    "rows with evidence": Kind(_ask("SELECT * { <id/baidu> ?p ?o } LIMIT 3", evidence="true")),
    "service description": Kind(get("/service")),
    "metrics": Kind(get("/metrics")),
    "health": Kind(get("/health/ready")),
    "federated query": Kind(_ask("SELECT * { SERVICE <ENDPOINT> { ?s ?p ?o } }")),
    "two at once": Kind(
        _ask("ASK {}") + _ask("SELECT * { ?s ?p ?o } LIMIT 3"),
    ),
}
"""Each request is short enough that one can leave after each of its bytes."""


# --- Ways of leaving ---------------------------------------------------------------------------------


def close(client: socket.socket) -> None:
    """As a program that ends."""
    client.close()


def reset(client: socket.socket) -> None:
    """As a machine that knows nothing of the connection any more."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def close_half(client: socket.socket) -> None:
    """As ``nc -N``: nothing more is sent, and all is read that still comes."""
    with contextlib.suppress(OSError):  # the server was quicker
        client.shutdown(socket.SHUT_WR)
    client.settimeout(60)
    with contextlib.suppress(ConnectionError):
        while client.recv(1 << 16):
            pass
    client.close()


ENDS = (close, reset, close_half)


def leave_while_sending(server: RunningServer, request: bytes, sent: int, end) -> None:
    """Send so many bytes, and leave."""
    client = RawClient(server.port).socket
    client.sendall(request[:sent])
    end(client)


def leave_while_receiving(server: RunningServer, request: bytes, wanted: int, end) -> None:
    """Send the request, read so many bytes, or as many as come, and leave."""
    client = RawClient(server.port).socket
    client.sendall(request)
    client.settimeout(_PATIENCE)
    with contextlib.suppress(ConnectionError, TimeoutError):
        while wanted > 0 and (part := client.recv(min(wanted, 1 << 16))):
            wanted -= len(part)
    end(client)


def stop_reading(server: RunningServer, request: bytes) -> socket.socket:
    """Send the request, and read nothing at all; the connection is the caller's to close."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", server.port))
    client.sendall(request)
    return client


def answered(server: RunningServer, request: bytes) -> bytes:
    """All that comes on a connection on which there is no other request."""
    with RawClient(server.port).send(request) as client:
        if b"HTTP/1.0" not in request:  # that ends by itself
            client.socket.shutdown(socket.SHUT_WR)
        return client.rest()


def size_of_answers(server: RunningServer, kind: Kind) -> int:
    """Bytes of all answers to a request of this *kind*; asserts that one has its status."""
    found = b""

    def has_its_status() -> bool:
        nonlocal found
        found = answered(server, kind.new())
        return b"HTTP/1.1 %d " % kind.status in found

    # On a busy machine, a limit may be over before there is a worker, or a first megabyte.
    assert eventually(has_its_status), found[:1000]
    return len(found)


def leave(server: RunningServer, kind: Kind, points: Iterable[int], parts: Iterable[int]) -> int:
    """Leave in each way after each of these bytes sent and received; how many clients there were."""
    request = kind.new()
    ways = [
        *((leave_while_sending, point, end) for point in points for end in ENDS),
        *((leave_while_receiving, part, end) for part in parts for end in ENDS),
    ]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for each in [pool.submit(way, server, kind.new(), point, end) for way, point, end in ways]:
            each.result()
    assert len(request) >= max(points, default=0)
    return len(ways)


@contextlib.contextmanager
def slow_slots_taken(server: RunningServer, slots: int):
    """All slots for slow queries are taken, by several clients."""
    clients = [
        server.raw(get(query_target(f"{RUNAWAY} #{next(_numbers)}")), address=f"127.0.0.{number}")
        for number in range(2, 2 + 2 * slots)
    ]
    try:
        assert eventually(lambda: server.slots()["slow"] >= slots)
        yield
    finally:
        for each in clients:
            each.socket.close()
