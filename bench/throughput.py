"""Requests for each second, by wrk, and the latency of each query alone."""

# ruff: noqa: S603  the commands are our own

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import secrets
import statistics
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from bench import CannotRunError, graphs, queries
from bench.graphs import FOLDER
from bench.queries import STAR, Query
from bench.servers import FLOOR, RDFLIB, Server, for_size, program
from bench.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.graphs import Graph
    from bench.records import Record

_SCRIPT: Final = Path(__file__).with_name("load.lua")
CONNECTIONS: Final = (1, 8, 64)
REPEATED, COLD = MODES = ("repeated", "cold")
PLAIN, GZIP = "", "gzip"
"""What a client accepts: browsers and Python's clients send gzip, load generators nothing."""
_LATENCY_BUDGET: Final = 0.15
_LATENCY_MOST: Final = 40
_PAUSE: Final = 2
"""Seconds after which a server is done with the large answers that the load has given up."""
Work = dict[str, list[Query]]


class Point:
    """One measurement by wrk: a server, a set of queries, a mode and a number of connections."""

    def __init__(self, server: Server, mode: str, coding: str, seconds: float) -> None:
        self.server, self.mode, self.coding, self.seconds = server, mode, coding, seconds

    def run(self, workload: list[Query], connections: int) -> Record:
        """Load the server; requests for each second, latencies in milliseconds, failures."""
        listed = FOLDER / "requests.txt"
        listed.write_text("".join(map(self._line, workload)))
        salt = secrets.token_hex(4) if self.mode == COLD else ""
        address = f"http://127.0.0.1:{self.server.port}"
        before = self.server.processor()
        done = subprocess.run(
            [
                *(program("wrk"), "-t1", f"-c{connections}", f"-d{max(1, round(self.seconds))}s"),
                *("--timeout", "30s", "-s", str(_SCRIPT), address, "--", str(listed), salt),
                self.coding,
            ],
            capture_output=True,
            check=True,
            text=True,
        )
        found = json.loads(done.stdout.rpartition("RESULT ")[2])
        # What is refused at once is no answer: it would make a server look fast.
        answered = max(0, found["requests"] - found["failed"])
        used = 1e6 * (self.server.processor() - before) / max(1, answered)
        return {**found, "rate": answered / found["microseconds"] * 1e6, "processor": used}

    def _line(self, query: Query) -> str:
        return f"{query.path(self.server.path)}\t{query.accept}\n"


def run(sizes: list[str], rounds: int, seconds: float, log: Callable[[str], None]) -> list[Record]:
    """Measure every server on graphs of these sizes."""
    rows: list[Record] = []
    for size in sizes:
        rows += _size(graphs.graph(size), rounds, seconds, log)
    return rows


def _size(graph: Graph, rounds: int, seconds: float, log: Callable[[str], None]) -> list[Record]:
    with contextlib.ExitStack() as stack:
        rows: list[Record] = []
        running = list(_started(graph, stack, rows, log))
        started = time.monotonic()
        store = graphs.in_process(graph)
        rows.append(_start(graph.size, FLOOR, time.monotonic() - started))
        for server in running:
            rows += _refused(server, graph.size, _work(server.name, graph.size))
        answered = {row.name: _answered(row.name, graph.size, rows) for row in running}
        for turn in range(rounds):
            log(f"{graph.size}: round {turn + 1} of {rounds}")
            rows += _round(graph.size, running, answered, seconds)
            rows += _latencies(graph.size, running, store, answered)
        rows += [
            {"what": "memory", "size": graph.size, "server": row.name, "after_load": row.memory()}
            for row in running
        ]
    return rows


def _start(size: str, server: str, seconds: float, load: float = 0.0) -> Record:
    return {"what": "start", "size": size, "server": server, "seconds": seconds, "load": load}


def _started(
    graph: Graph, stack: contextlib.ExitStack, rows: list[Record], log: Callable[[str], None]
) -> Iterator[Server]:
    for kind in for_size(graph.size):
        log(f"{graph.size}: starting {kind.name}")
        try:
            server = stack.enter_context(kind(graph))
        except CannotRunError as problem:
            row = {"size": graph.size, "server": kind.name, "why": str(problem)}
            rows.append({"what": "skipped", **row})
            continue
        rows.append(_start(graph.size, kind.name, server.start_seconds, server.load_seconds))
        rows.append(
            {
                "what": "memory",
                "size": graph.size,
                "server": kind.name,
                "loaded": server.settled_memory(),
            }
        )
        yield server


def _refused(server: Server, size: str, work: Work) -> Iterator[Record]:
    """The queries that a server does not answer."""
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    for name, workload in work.items():
        for query in {query.text: query for query in workload}.values():
            status = _ask(client, server, query)
            if status != 200:
                row = {"server": server.name, "work": name, "query": query.text, "kind": query.kind}
                yield {"what": "failed", "size": size, "status": status, **row}
    client.close()


def _ask(client: http.client.HTTPConnection, server: Server, query: Query) -> int:
    client.request("GET", query.path(server.path), headers={"Accept": query.accept})
    answer = client.getresponse()
    answer.read()
    return answer.status


def _work(server: str, size: str) -> Work:
    """What a server is asked; some canned queries take rdflib-endpoint seconds, so it gets none."""
    work = queries.workloads(size)
    return {"ad-hoc": work["ad-hoc"]} if server == RDFLIB else work


def _answered(server: str, size: str, rows: list[Record]) -> Work:
    """The queries without those that the server refused."""
    refused = {row["query"] for row in rows if row["what"] == "failed" and row["server"] == server}
    return {
        name: [query for query in workload if query.text not in refused]
        for name, workload in _work(server, size).items()
    }


def _round(
    size: str, running: list[Server], answered: dict[str, Work], seconds: float
) -> Iterator[Record]:
    # What a ratio is made of is measured one right after the other: ours last, and then ours again.
    for name, connections, mode in itertools.product(queries.workloads(size), CONNECTIONS, MODES):
        if (name, mode) == (STAR, REPEATED):
            continue  # its answers are too large to be kept
        for server in reversed(running):
            workload = answered[server.name].get(name)
            if not workload or (server.name == RDFLIB and (size == graphs.OWN or connections != 8)):
                continue  # it is slow: measured once, and not where a star takes it seconds
            _settle(server)
            row: Record = {"what": "load", "size": size, "work": name, "server": server.name}
            row |= {"mode": mode, "connections": connections}
            yield {**row, **Point(server, mode, PLAIN, seconds).run(workload, connections)}


def _settle(server: Server) -> None:
    """Wait until the server is done with what the last measurement left behind."""
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    with contextlib.closing(client), contextlib.suppress(TimeoutError):
        _ask(client, server, Query("ask", "ASK {}", "application/sparql-results+json"))


def _latencies(
    size: str, running: list[Server], store: ox.Store, answered: dict[str, Work]
) -> Iterator[Record]:
    time.sleep(_PAUSE)
    for name, workload in queries.workloads(size).items():
        if name == STAR:
            continue  # it is among the others
        for kind in dict.fromkeys(query.kind for query in workload):
            row = {"what": "latency", "size": size, "work": name, "kind": kind}
            same = [query for query in workload if query.kind == kind]
            yield {**row, "server": FLOOR, "ms": _times(same, lambda query: _floor(store, query))}
            for server in running:
                known = [
                    query for query in answered[server.name].get(name, []) if query.kind == kind
                ]
                if known:
                    yield {**row, "server": server.name, "ms": _alone(server, known)}


def _alone(server: Server, workload: list[Query]) -> float:
    with contextlib.closing(Wire(server.port)) as client:
        return _times(workload, lambda query: client.seconds(query.path(server.path), query.accept))


def _times(workload: list[Query], time_of: Callable[[Query], float]) -> float:
    """The median in milliseconds of first-time requests, one after the other."""
    taken: list[float] = []
    end, salt = time.monotonic() + _LATENCY_BUDGET, secrets.token_hex(4)
    while len(taken) < _LATENCY_MOST and (time.monotonic() < end or len(taken) < 2):
        turn = len(taken)
        taken.append(time_of(workload[turn % len(workload)].cold(f"{salt}{turn}")))
    return statistics.median(taken) * 1000


def _floor(store: ox.Store, query: Query) -> float:
    started = time.perf_counter()
    results = store.query(query.text)
    if isinstance(results, ox.QueryTriples):
        results.serialize(format=ox.RdfFormat.TURTLE)
    else:
        results.serialize(format=ox.QueryResultsFormat.JSON)
    return time.perf_counter() - started
