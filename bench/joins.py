"""A join that ships its bindings here: ten thousand values in one query, in blocks, or a query each."""

from __future__ import annotations

import contextlib
import http.client
import re
import secrets
import time
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, cast
from urllib.parse import urlencode

import pyoxigraph as ox

from bench import generate, graphs, records
from bench.graphs import FOLDER, Graph
from bench.queries import Query
from bench.records import spread, values, where
from bench.servers import FLOOR, FORMER, OURS, OXIGRAPH, compared
from bench.throughput import COLD, GZIP, Point

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.records import Record
    from bench.servers import Server

BINDINGS: Final = 10_000
BLOCK: Final = 500
_TRIPLES: Final = 300_000
_TIMES: Final = 3
"""In a round, for what takes a tenth of a second: the first may have a worker that is new."""
_ACCEPT: Final = "application/sparql-results+json"
_JOIN: Final = (
    f"SELECT ?project ?zone {{ VALUES ?project {{ %s }} ?project <{generate.GBA}locatedIn> ?zone }}"
)
_ONE: Final = f"SELECT ?zone {{ %s <{generate.GBA}locatedIn> ?zone }}"
_DIRECT: Final = "application/sparql-query"
_FORM: Final = "application/x-www-form-urlencoded"

WHOLE, AS_FORM, BLOCKS = (
    "one query",
    "one query, as a form",
    f"{BINDINGS // BLOCK} queries of {BLOCK}",
)
SINGLE: Final = {connections: f"a query each, {connections} at once" for connections in (1, 8, 64)}
KINDS: Final = (WHOLE, AS_FORM, BLOCKS, *SINGLE.values())

_HEAD: Final = """## Joins that ship their bindings here

{bindings:,} values of one variable, a pattern, and a row for each, on {triples:,} triples: in one query
with VALUES (POST), in blocks of them one after the other, or by a query for each (GET, by wrk). Each
text is new, connections stay open, and the client takes gzip. Seconds for the whole join; the ratio says
how many times as fast as the Oxigraph server this one is. Processor time is of all processes of a
server; it depends less than seconds do on what else the machine does.

"""


class _Joined(NamedTuple):
    """How long a join of all bindings takes, and how many bindings were really joined."""

    seconds: float
    bindings: int = BINDINGS


def run(rounds: int, seconds: float, log: Callable[[str], None]) -> list[Record]:
    """Join by our server and by Oxigraph's in turn, and in process what is one query."""
    FOLDER.mkdir(exist_ok=True)
    graph = Graph("300k", generate.write(FOLDER / "300k.nt", _TRIPLES))
    things = _projects(graph)
    rows: list[Record] = []
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(kind(graph)) for kind in compared()]
        store, ways = graphs.in_process(graph), _ways(things, seconds)
        for turn in range(rounds):
            log(f"joins: round {turn + 1} of {rounds}")
            # Whoever comes first finds the machine warmed up or not: they take turns.
            servers.reverse()
            rows.append({"what": WHOLE, "server": FLOOR, "seconds": _in_process(store, things)})
            for what, join in ways.items():
                for _ in range(1 if what in SINGLE.values() else _TIMES):
                    rows += [_measured(what, server, join) for server in servers]
    return rows


def _measured(what: str, server: Server, join: Callable[[Server], _Joined]) -> Record:
    before = server.processor()
    taken = join(server)
    used = (server.processor() - before) * BINDINGS / taken.bindings
    return {"what": what, "server": server.name, "seconds": taken.seconds, "processor": used}


def _projects(graph: Graph) -> list[str]:
    found = re.findall(r"^<[^>]*/id/project-\d+>", graph.path.read_text(), re.MULTILINE)
    return list(dict.fromkeys(found))[:BINDINGS]


def _in_process(store: ox.Store, things: list[str]) -> float:
    started = time.perf_counter()
    results = cast("ox.QuerySolutions", store.query(_JOIN % " ".join(things)))
    results.serialize(format=ox.QueryResultsFormat.JSON)
    return time.perf_counter() - started


def _ways(things: list[str], seconds: float) -> dict[str, Callable[[Server], _Joined]]:
    """How each way to ship the bindings is measured."""
    whole = [_JOIN % " ".join(things)]
    starts = range(0, len(things), BLOCK)
    blocks = [_JOIN % " ".join(things[start : start + BLOCK]) for start in starts]
    return {
        WHOLE: partial(_posted, whole, _DIRECT),
        AS_FORM: partial(_posted, whole, _FORM),
        BLOCKS: partial(_posted, blocks, _DIRECT),
        **{what: partial(_one_by_one, things, n, seconds) for n, what in SINGLE.items()},
    }


def _posted(queries: list[str], kind: str, server: Server) -> _Joined:
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    with contextlib.closing(client):
        started = time.perf_counter()
        for query in queries:
            _post(client, server, f"{query} #{secrets.token_hex(8)}", kind)
        return _Joined(time.perf_counter() - started)


def _post(client: http.client.HTTPConnection, server: Server, query: str, kind: str) -> None:
    body = urlencode({"query": query}) if kind == _FORM else query
    headers = {"Accept": _ACCEPT, "Accept-Encoding": GZIP, "Content-Type": kind}
    client.request("POST", server.path, body, headers)
    answer = client.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{server.name} answers {answer.status}")


def _one_by_one(things: list[str], connections: int, seconds: float, server: Server) -> _Joined:
    """A query for each, as many as are answered in so many *seconds*."""
    workload = [Query("single", _ONE % thing, _ACCEPT) for thing in things]
    point = Point(server, COLD, GZIP, int(seconds)).run(workload, connections)
    if point["failed"]:
        raise RuntimeError(f"{server.name} failed to answer {point['failed']} requests")
    return _Joined(len(things) / point["rate"], point["requests"])


def ratios(rows: list[Record], what: str) -> list[float]:
    """How many times as fast as the Oxigraph server ours is, one measurement after the other."""
    return records.ratios(*(values(rows, "seconds", what=what, server=n) for n in (OXIGRAPH, OURS)))


def report(rows: list[Record]) -> str:
    """Seconds and processor time of each way to ship the bindings, and ratios."""
    if not rows:
        return ""
    servers = [name for name in (OURS, FORMER, OXIGRAPH) if where(rows, server=name)]
    cells = [FLOOR, *servers, "Ratio", *(f"Processor: {name}" for name in servers)]
    head = f"| The bindings come in | {' | '.join(cells)} |\n| --- |{' ---: |' * len(cells)}\n"
    text = _HEAD.format(bindings=BINDINGS, triples=_TRIPLES)
    return text + head + "".join(f"{_line(rows, what, servers)}\n" for what in KINDS)


def _line(rows: list[Record], what: str, servers: list[str]) -> str:
    same = where(rows, what=what)
    cells = [spread(values(same, "seconds", server=name), 2) for name in (FLOOR, *servers)]
    used = [spread(values(same, "processor", server=name), 2) for name in servers]
    return f"| {' | '.join([what, *cells, spread(ratios(rows, what), 2), *used])} |"
