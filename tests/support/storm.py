"""A storm of runaway queries beside normal traffic of every kind."""

import re
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx

from support import ENDLESS, PATH, RUNAWAY, get, query_target
from support.leaving import KINDS, answered

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


def runaways(url, number, end, *, new=False):
    """How long each of a row of runaways took until it was ended, in any of the ways.

    Their texts are the same but for a comment, or each is another query if *new*.
    """
    taken = []
    with httpx.Client(base_url=url, timeout=60) as client:
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
        with httpx.Client(base_url=url, timeout=60) as own:
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

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(client, range(4)))
    return {"count": len(taken), "failed": failed, "p99": _p99(taken, start)}


_ASK = "ASK { ?s ?p ?o }"
_FORM = "Content-Type: application/sparql-query"
_POST = get("/sparql", _FORM).replace(b"GET", b"POST", 1)[:-2]
_H2C = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AA")
REQUESTS = {
    **{
        name: (kind.request, [kind.status])
        for name, kind in KINDS.items()
        if b"NUMBER" not in kind.request and name != "metrics"
    },
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
"""Of each kind one, and the statuses of its answers, which are the same each time."""
_OF_REQUEST = re.compile(
    rb"(?:date|x-request-id|server-timing): [^\r]*\r\n|HTTP/1\.1 100 Continue\r\n\r\n"
)


def every_kind(server, number, end):
    """Requests of every kind until the *end*, by client *number*: how many, refused, and which differed.

    The first answer to each is what all others are compared with. Refused is what the server says it
    cannot do just now, and what breaks off, as the client sees, because its worker is killed.
    """
    first, refused, differing = {}, 0, []
    turn = number
    while time.monotonic() < end:
        turn += 1
        asked = [*REQUESTS][turn % len(REQUESTS)]
        request, expected = REQUESTS[asked]
        found = _OF_REQUEST.sub(b"", answered(server, request))
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


def _p99(taken, start):
    """The 99th percentile of a usual window of time: what else the machine does comes and goes."""
    windows = {}
    for asked, seconds in taken:
        windows.setdefault((asked - start) // 3, []).append(seconds)
    return statistics.median(sorted(each)[len(each) * 99 // 100] for each in windows.values())
