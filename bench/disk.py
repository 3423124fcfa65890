"""Graphs on disk: ``gbagraph load`` beside ``oxigraph load``, and a server of what was loaded."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final, Self

from bench import graphs
from bench.graphs import FOLDER
from bench.records import Record, median, values, where
from bench.servers import OURS, OXIGRAPH, OXIGRAPH_DISK, Ours, OxigraphOnDisk, program

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.graphs import Graph

SIZES: Final = ("1m", "10m")
_STORE: Final = FOLDER / "store"


class OnDisk(Ours):
    """``gbagraph serve --store``."""

    def command(self) -> list[str]:
        """With the store that was loaded before."""
        return [*_gbagraph("serve"), "--port", str(self.port), "--store", str(_STORE)]


class LoadedOxigraph(OxigraphOnDisk):
    """Oxigraph on the folder that was loaded before."""

    def __enter__(self) -> Self:
        """Start, without loading again."""
        return super(OxigraphOnDisk, self).__enter__()


def _gbagraph(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "gbagraph", *arguments]


def run(sizes: list[str], rounds: int, log: Callable[[str], None]) -> list[Record]:
    """Load each graph in turn by both programs, then serve it from both."""
    rows: list[Record] = []
    for size in (size for size in sizes if size in SIZES):
        graph = graphs.graph(size)
        graph.path.read_bytes()  # both find it in the system's cache
        for number in range(rounds):
            log(f"disk {size}, round {number + 1}")
            loads = [_load_ours, _load_oxigraph]
            rows += [load(graph) for load in (loads if number % 2 else loads[::-1])]
            rows += [_served(graph, kind) for kind in (OnDisk, LoadedOxigraph)]
            shutil.rmtree(_STORE)
    return rows


def _load_ours(graph: Graph) -> Record:
    shutil.rmtree(_STORE, ignore_errors=True)
    return _timed(graph, OURS, [*_gbagraph("load"), str(_STORE), str(graph.path)])


def _load_oxigraph(graph: Graph) -> Record:
    location = FOLDER / f"oxigraph-{graph.size}"
    shutil.rmtree(location, ignore_errors=True)
    arguments = ["load", "--location", str(location), "--file", str(graph.path)]
    return _timed(graph, OXIGRAPH, [program("oxigraph"), *arguments])


def _timed(graph: Graph, name: str, command: list[str]) -> Record:
    """Seconds on the clock and of the processor, and the most memory in megabytes."""
    started = time.monotonic()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet) as process:  # noqa: S603  programs of this benchmark
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return {
        "what": "load",
        "size": graph.size,
        "server": name,
        "seconds": time.monotonic() - started,
        "processor": used.ru_utime + used.ru_stime,
        "memory": used.ru_maxrss / 1024,
    }


def _served(graph: Graph, kind: type[OnDisk | LoadedOxigraph]) -> Record:
    with kind(graph) as server:
        return {
            "what": "serve",
            "size": graph.size,
            "server": kind.name,
            "seconds": server.start_seconds,
            "memory": server.settled_memory(),
        }


_HEAD: Final = (
    "| Graph | gbagraph load, s | oxigraph load, s | Ratio | of processor time | "
    "serve: start, s | memory, MB | Oxigraph: start, s | memory, MB |"
)


def report(rows: list[Record]) -> str:
    """Seconds, the ratio of each round, and memory."""
    if not rows:
        return ""
    return "\n".join(
        (
            "## Graphs on disk\n",
            "One file of N-Triples, loaded by each program in turn. The ratio is the time of",
            "`oxigraph load` by that of `gbagraph load`, which also hashes the file and counts what it",
            "has loaded. Then a server starts on each; its memory is that of all processes after the",
            "first answer.\n",
            _HEAD,
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
            *(_row(where(rows, size=size), size) for size in SIZES if where(rows, size=size)),
            "",
        )
    )


def _row(rows: list[Record], size: str) -> str:
    cells = [median(rows, "seconds", what="load", server=name) for name in (OURS, OXIGRAPH)]
    cells += [_ratio(rows, field) for field in ("seconds", "processor")]
    for name in (OURS, OXIGRAPH_DISK):
        cells += [median(rows, field, what="serve", server=name) for field in ("seconds", "memory")]
    return f"| {size} | {' | '.join(f'{cell or 0:.2f}' for cell in cells)} |"


def _ratio(rows: list[Record], field: str) -> float:
    ours, theirs = (values(rows, field, what="load", server=name) for name in (OURS, OXIGRAPH))
    return statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
