"""From the start of the process to the first answer, loading included, and the memory then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import CannotRunError, graphs
from bench.servers import SMALL, for_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.graphs import Graph
    from bench.records import Record
    from bench.servers import Server


def run(sizes: list[str], rounds: int, log: Callable[[str], None]) -> list[Record]:
    """Start servers again and again with small graphs; others are loaded once, for the throughput."""
    rows: list[Record] = []
    for size in (size for size in sizes if size in SMALL):
        graph = graphs.graph(size)
        for _ in range(rounds):
            rows += [_once(graph, kind, log) for kind in for_size(size)]
    return rows


def _once(graph: Graph, kind: type[Server], log: Callable[[str], None]) -> Record:
    log(f"start {graph.size}: {kind.name}")
    row: Record = {"size": graph.size, "server": kind.name}
    try:
        with kind(graph) as server:
            times = {"seconds": server.start_seconds, "load": server.load_seconds}
            return {**row, **times, "memory": server.settled_memory()}
    except CannotRunError as problem:
        return {**row, "why": str(problem)}
