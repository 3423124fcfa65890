"""A million rows: from the request to the last byte, and what the server's memory does meanwhile."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import quote

import pyoxigraph as ox

from bench import graphs, machine
from bench.servers import FLOOR, Ours, Oxigraph

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.records import Record
    from bench.servers import Server

QUERY: Final = "SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 1000000"
FORMATS: Final = {
    "json": ("application/sparql-results+json", ox.QueryResultsFormat.JSON),
    "tsv": ("text/tab-separated-values", ox.QueryResultsFormat.TSV),
}


def run(rounds: int, log: Callable[[str], None]) -> list[Record]:
    """Scan by each server and in process, in turn."""
    graph = graphs.graph("1m")
    rows: list[Record] = []
    with Ours(graph) as ours, Oxigraph(graph) as oxigraph:
        store = graphs.in_process(graph)
        for turn in range(rounds):
            log(f"scan: round {turn + 1} of {rounds}")
            for name in FORMATS:
                rows.append({"format": name, **_in_process(store, name)})
                rows += [{"format": name, **_served(row, name, turn)} for row in (ours, oxigraph)]
    return rows


def _in_process(store: ox.Store, name: str) -> Record:
    started = time.perf_counter()
    results = cast("ox.QuerySolutions", store.query(QUERY))
    body = results.serialize(format=FORMATS[name][1])
    taken = time.perf_counter() - started
    return {"server": FLOOR, "seconds": taken, "bytes": len(body or b"")}


def _served(server: Server, name: str, turn: int) -> Record:
    before = server.resident()
    with machine.watching(server.resident, every=0.02) as seen:
        taken, size, whole = _transfer(server, name, turn)
    return {
        "server": server.name,
        "seconds": taken,
        "bytes": size,
        "whole": whole,
        "growth": max(seen, default=before) - before,
        "highest": server.resident("VmHWM:"),
        "tree": server.memory(),
    }


def _transfer(server: Server, name: str, turn: int) -> tuple[float, int, bool]:
    """Seconds, bytes, and whether the body was ended by the last chunk."""
    target = f"{server.path}?query={quote(f'{QUERY} #{turn}{time.monotonic()}')}"
    headers = f"Host: x\r\nConnection: close\r\nAccept: {FORMATS[name][0]}\r\n\r\n"
    started, size, last = time.perf_counter(), 0, b""
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(f"GET {target} HTTP/1.1\r\n{headers}".encode())
        room = memoryview(bytearray(1 << 20))
        while got := client.recv_into(room):
            size += got
            last = (last + bytes(room[max(0, got - 5) : got]))[-5:]
    return time.perf_counter() - started, size, last == b"0\r\n\r\n"
