"""From the start of the process to the first answer, and loading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench import graphs
from bench.servers import ALL, CannotRunError, OxigraphOnDisk

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.graphs import Graph
    from bench.records import Record
    from bench.servers import Server

_ALL: Final = ("own", "10k")
_LARGEST: Final = "10m"


def run(sizes: list[str], rounds: int, log: Callable[[str], None]) -> list[Record]:
    """Start servers again and again; graphs that are not small only by Oxigraph's own loader."""
    rows: list[Record] = []
    for size in (size for size in sizes if size != _LARGEST):
        graph = graphs.graph(size)
        kinds = (*ALL, OxigraphOnDisk) if size in _ALL else (OxigraphOnDisk,)
        for _ in range(rounds if size in _ALL else 1):
            rows += [_once(graph, kind, log) for kind in kinds]
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
