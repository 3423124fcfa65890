"""What each mechanism is worth: the server with it switched off beside the whole one, in turn."""

from __future__ import annotations

import contextlib
import statistics
from typing import TYPE_CHECKING, Final

from bench import graphs, queries
from bench.records import Record, values, where
from bench.servers import OURS, Ours, Without
from bench.storm import LIMIT, storm
from bench.throughput import COLD, GZIP, PLAIN, REPEATED, Point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.servers import Server

_PRELUDES: Final = {
    "fast path": "import gbagraph.server.serving as s; s.with_fast_path = lambda protocol, *_: protocol",
    "response cache": (
        "import gbagraph.server.fast_path as f; f.ResponseCache.get = lambda *_: None"
    ),
    "result cache": "import gbagraph.lru as c; c.LruCache.put = lambda *_: None",
    "single flight": (
        "import gbagraph.endpoint.result_cache as r\n"
        "class Nothing(dict):\n"
        "    def setdefault(self, *_): pass\n"
        "made = r.ResultCache.__init__\n"
        "def make(self, *a): made(self, *a); self._running = Nothing()\n"
        "r.ResultCache.__init__ = make"
    ),
    "cost history": (
        "import gbagraph.engine.admission as h; h.CostHistory.is_expensive = lambda *_: False"
    ),
    "background slots": "import gbagraph.engine.admission as a; a.CHEAP = 1e9",
    "priorities": (
        "import gbagraph.engine.process as p; p.lower_priority = lambda *_: None; "
        "p.restore_priority = lambda _: True"
    ),
    "reserved slots": "import gbagraph.engine.admission as a; a._RESERVED = 0",
    "slow slots (all may be slow)": "import gbagraph.engine.admission as a; a.EXPENSIVE = 1e9",
    "spare workers": "import gbagraph.engine.pool as p; p.SPARE = 1",
    "retirement of workers": (
        "import gbagraph.engine.execution as e\n"
        "e.Execution._retires = property(lambda s: False, lambda s, v: None)"
    ),
}
"""Python code that switches a mechanism off, by what it is called."""

_POINTS: Final = {
    "repeated, 8": ("own", "ad-hoc", REPEATED, PLAIN, 8),
    "repeated, gzip, 8": ("own", "ad-hoc", REPEATED, GZIP, 8),
    "first-time, 8": ("own", "ad-hoc", COLD, PLAIN, 8),
    "first-time, gzip, 8": ("own", "ad-hoc", COLD, GZIP, 8),
    "first-time, 64": ("own", "ad-hoc", COLD, PLAIN, 64),
    "canned, first-time, 64": ("own", "canned", COLD, PLAIN, 64),
}
_STORM: Final = "99th percentile in a storm"


def run(rounds: int, seconds: float, log: Callable[[str], None]) -> list[Record]:
    """Each point with each mechanism off, and with all on right before it; then the storms."""
    rows: list[Record] = []
    for name, prelude in _PRELUDES.items():
        log(f"without {name}")
        rows += _one(name, prelude, rounds, int(seconds))
    return rows


def _one(name: str, prelude: str, rounds: int, seconds: int) -> Iterator[Record]:
    graph = graphs.graph("own")
    work = queries.workloads("own")
    with contextlib.ExitStack() as stack:
        servers = [
            stack.enter_context(server) for server in (Ours(graph), Without(graph, name, prelude))
        ]
        for _ in range(rounds):
            for point, (_, kind, mode, coding, connections) in _POINTS.items():
                for server in servers:
                    found = Point(server, mode, coding, seconds).run(work[kind], connections)
                    yield _row(name, server, point, found["rate"])
    small = graphs.graph("10k")
    for _ in range(rounds):
        for server in (Ours(small, timeout=LIMIT), Without(small, name, prelude, LIMIT)):
            with server:
                found = storm(server)
            yield {
                **_row(name, server, _STORM, found["during"]["p99"]),
                "failed": found["during"]["failed"],
            }


def _row(name: str, server: Server, point: str, value: float) -> Record:
    return {
        "mechanism": name,
        "server": OURS if server.name == OURS else "without",
        "point": point,
        "value": value,
    }


def report(rows: list[Record]) -> str:
    """The table: what a point is without a mechanism, over what it is with it."""
    if not rows:
        return ""
    points = [*_POINTS, _STORM]
    lines = [
        "## What each mechanism is worth",
        "",
        "The server without the mechanism over the whole one, each pair in turn: of the requests in a",
        "second for the first columns, of the latency of normal queries in a storm for the last (and",
        "how many of them failed without it). Medians of the ratios, pair by pair.",
        "",
        f"| Without | {' | '.join(points)} |",
        f"| --- |{' ---: |' * len(points)}",
    ]
    for name in dict.fromkeys(row["mechanism"] for row in rows):
        cells = [_cell(where(rows, mechanism=name, point=point)) for point in points]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _cell(rows: list[Record]) -> str:
    off, on = values(rows, "value", server="without"), values(rows, "value", server=OURS)
    ratios = [a / b for a, b in zip(off, on, strict=False) if b]
    if not ratios:
        return "-"
    failed = sum(values(rows, "failed", server="without"))
    return f"{statistics.median(ratios):.2f}" + (f", {failed} failed" if failed else "")
