"""A storm of runaway queries beside normal traffic of every kind, and what a process holds."""

import re
import socket
import statistics
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import httpx

from support import ENDLESS, PATH, RUNAWAY, get, query_target

DATA = "\n".join(
    f"<urn:s{n}> <urn:p> <urn:s{(n + 1) % 300}> ; <urn:q> {n % 7}, 'text {n}' ." for n in range(300)
)
"""Turtle of a circle, so that paths along it have no end of their own."""

_REGEX = """SELECT * {
  VALUES ?t { 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' } ?a ?b ?c . ?d ?e ?f . ?g ?h ?i
  FILTER (REGEX(CONCAT(?t, STR(?c), STR(?f), STR(?i)), '(a|aa)+$x'))
}"""
RUNAWAYS = [
    RUNAWAY,
    "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY STR(?c) STR(?f) STR(?i)",
    "SELECT (GROUP_CONCAT(?c) AS ?x) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    _REGEX,
    "SELECT (COUNT(*) AS ?n) { ?a (!<urn:x>)+ ?b . ?b (!<urn:x>)+ ?c . ?c (!<urn:x>)+ ?d }",
    ENDLESS,
]


def open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def runaways(url, number, end, *, new=False):
    """How long each of a row of runaways took until it was ended, in any of the ways.

    Their texts are the same but for a comment, or each is another query if *new*.
    """
    taken = []
    with httpx.Client(base_url=url, timeout=30) as client:
        while time.monotonic() < end:
            started = time.monotonic()
            query = f"{RUNAWAYS[number % len(RUNAWAYS)]} # {number} {started}"
            if new:
                query = query.replace("{", f"{{ BIND ('{number} {started}' AS ?sender) ", 1)
            try:
                response = client.post("/sparql", data={"query": query})
                assert response.status_code in (500, 503, 504), response.text[:200]
            except httpx.RemoteProtocolError:
                pass  # a stream that broke off at its limit
            taken.append(time.monotonic() - started)
            time.sleep(0.2)
    return taken


def circle(turn):
    """A question about the circle."""
    return f"SELECT ?o {{ <urn:s{turn % 300}> <urn:p> ?o }}", f"urn:s{(turn + 1) % 300}"


def path(turn):
    """A question about the built-in dataset."""
    return f"{PATH} LIMIT {1 + turn % 1000}", "apollo-rd-centre"


def normal_traffic(url, seconds, question=circle):
    """Small queries, each a new one, from four connections: counts, failures, 99th percentile.

    *question* makes of a number a query, and what its answer has.
    """
    taken, failed = [], []
    start = time.monotonic()

    def client(number):
        with httpx.Client(base_url=url, timeout=30) as own:
            turn = 0
            while (asked := time.monotonic()) < start + seconds:
                turn += 1
                query, expected = question(turn)
                try:
                    found = own.get("/sparql", params={"query": f"{query} # {number} {asked}"}).text
                except httpx.TransportError as problem:
                    found = repr(problem)
                taken.append((asked, time.monotonic() - asked))
                if expected not in found:
                    failed.append(f"{found} (asked after {asked - start:.0f} s)")
                time.sleep(0.01)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"count": len(taken), "failed": failed, "p99": _p99(taken, start)}


_RECONCILED = '{"q": {"query": "Baidu"}}'
REQUESTS = [
    ("GET", "/", {"Accept": "text/html"}),
    ("GET", "/", {"Accept": "text/turtle"}),
    ("GET", "/id/baidu", {}),
    ("GET", "/doc/id/baidu", {"Accept": "text/html", "Accept-Encoding": "gzip, br, zstd"}),
    ("GET", "/doc/id/knowledge-city", {"Accept": "text/html"}),
    ("GET", "/doc/id/baidu.ttl", {}),
    ("GET", "/doc/id/baidu.jsonld", {"Accept-Encoding": "zstd"}),
    ("GET", "/doc/id/baidu.ttl", {"If-None-Match": "*"}),
    ("GET", "/queries/builders", {"Accept": "text/csv"}),
    ("GET", "/queries/companies-to-zones?evidence=true", {"Accept": "application/json"}),
    ("GET", "/queries/timeline", {"Accept": "text/html"}),
    ("GET", "/dumps/gbagraph.nt", {"Accept-Encoding": "br"}),
    ("GET", "/dumps/gbagraph.trig", {"Range": "bytes=1000-2000"}),
    ("GET", "/search?q=baidu", {"Accept": "application/json"}),
    ("GET", "/lookup?iri=http://www.wikidata.org/entity/Q14772", {"Accept": "application/json"}),
    ("GET", f"/reconcile?queries={quote(_RECONCILED)}", {}),
    ("GET", query_target("ASK { SERVICE <http://no.example/> { ?s ?p ?o } }"), {}),
    ("GET", "/why?s=id:baidu&p=rdf:type&o=gba:Company", {"Accept": "application/json"}),
    ("GET", "/sparql/explain?query=ASK%20%7B%20%3Curn:x%3E%20%3Fp%20%3Fo%20%7D", {}),
    ("GET", "/docs/query.md", {}),
    ("GET", "/openapi.json", {}),
    ("HEAD", "/dumps/gbagraph.nt", {}),
    ("OPTIONS", "/sparql", {}),
    ("GET", "/sparql?query=SELECT", {}),
    ("GET", "/nothing/here", {}),
    ("GET", "/doc/id/baidu", {"Accept": "image/png"}),
    ("POST", "/sparql", {"Content-Type": "application/sparql-query"}),
    ("PUT", "/sparql", {}),
]
"""Of each kind one, whose answer is the same each time."""


def every_kind(url, number, end):
    """Requests of every kind until the *end*, by client *number*: how many, refused, and which differed.

    The first answer to each is what all others are compared with. Refused is what the server says it
    cannot do just now, and what breaks off, as the client sees, because its worker is killed.
    """
    first, refused, differing = {}, 0, []
    turn = number
    with httpx.Client(base_url=url, timeout=60) as client:
        while time.monotonic() < end:
            turn += 1
            asked = method, target, headers = REQUESTS[turn % len(REQUESTS)]
            body = {"content": "ASK { ?s ?p ?o }"} if method == "POST" else {}
            try:
                response = client.request(method, target, headers=headers, **body)
            except httpx.RemoteProtocolError:
                refused += 1
                continue
            found = response.status_code, response.content
            if response.status_code in (500, 503, 504):
                refused += 1
            elif first.setdefault(str(asked), found) != found:
                differing.append((asked, response.status_code, response.text[:300]))
            time.sleep(0.02)
    return turn - number, refused, differing


_ASK = "ASK { ?s ?p ?o }"
_FORM = "Content-Type: application/sparql-query"
_POST = get("/sparql", _FORM).replace(b"GET", b"POST", 1)[:-2]
_H2C = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AA")
ODD = {
    "HTTP/1.0": (get(query_target(_ASK)).replace(b"HTTP/1.1", b"HTTP/1.0"), [200]),
    "HTTP/2 is offered": (get(query_target(_ASK), *_H2C), [200]),
    "three at once": (
        get("/id/baidu") + get(query_target(_ASK)) + get("/doc/id/baidu.ttl"),
        [303, 200, 200],
    ),
    "in chunks": (
        _POST + b"Transfer-Encoding: chunked\r\n\r\n4\r\nASK \r\n3\r\n{ }\r\n0\r\n\r\n",
        [200],
    ),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)), [400]),
    "without a host": (b"GET / HTTP/1.1\r\n\r\n", [400]),
    "cut within the head": (get("/doc/id/baidu.ttl")[:-10], [400]),
    "cut within the body": (_POST + b"Content-Length: 9\r\n\r\nASK", [400]),
}
"""Requests that no HTTP library sends, and the statuses of their answers. Each is then half-closed."""

_OF_REQUEST = re.compile(
    rb"(?:date|x-request-id|server-timing): [^\r]*\r\n|HTTP/1\.1 100 Continue\r\n\r\n"
)


def odd_requests(server, number, end):
    """What comes to *ODD* until the *end*, as of :func:`every_kind`."""
    first, refused, differing = {}, 0, []
    turn = number
    while time.monotonic() < end:
        turn += 1
        asked = [*ODD][turn % len(ODD)]
        request, expected = ODD[asked]
        with server.raw(request) as client:
            client.socket.shutdown(socket.SHUT_WR)
            found = _OF_REQUEST.sub(b"", client.rest())
        statuses = [int(each) for each in re.findall(rb"HTTP/1\.1 (\d+)", found)]
        if not {500, 503, 504}.isdisjoint(statuses):
            refused += 1
        elif statuses != expected or first.setdefault(asked, found) != found:
            differing.append((asked, found[:300]))
        time.sleep(0.02)
    return turn - number, refused, differing


def silent_connections(server, end):
    """Connections on which nothing is sent, opened anew every second until the *end*."""
    while time.monotonic() < end:
        with ExitStack() as stack:
            for _ in range(20):
                stack.enter_context(server.raw(b""))
            time.sleep(1)


def _p99(taken, start, window=3.0):
    """The 99th percentile of a usual window of time: what else the machine does comes and goes."""
    windows = {}
    for asked, seconds in taken:
        windows.setdefault((asked - start) // window, []).append(seconds)
    return statistics.median(sorted(each)[len(each) * 99 // 100] for each in windows.values())
