"""What changed since the former release: its figures beside those of now, and the reasons."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench import former, joins
from bench.graphs import OWN
from bench.queries import STAR
from bench.records import ratios, values
from bench.servers import FORMER, OURS
from bench.throughput import COLD, CONNECTIONS, REPEATED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.records import Record

_REASONS: Final = Path(__file__).with_name("changes.md")
_WORKS: Final = ((OWN, STAR, COLD), ("10k", "ad-hoc", COLD), ("10k", "ad-hoc", REPEATED))
_WAYS: Final = (joins.BLOCKS, *joins.SINGLE.values())
_HEAD: Final = """## What changed since {0}

*own* is this repository's graph, *10k* ten thousand triples, where answers are small. The ratio is that
of now to {0}, round by round.

| | {0} | now | Ratio |
| --- | ---: | ---: | ---: |"""


def report(kept: dict[str, list[Record]]) -> str:
    """The table, and the reasons as they were written by hand; nothing where there are no figures."""
    lines = list(_lines(kept))
    if not lines:
        return ""
    return "\n".join((_HEAD.format(former.VERSION), *lines, "", _REASONS.read_text()))


def _lines(kept: dict[str, list[Record]]) -> Iterator[str]:
    for title, field in (("requests in a second", "rate"), ("µs of processor time", "processor")):
        for size, work, mode in _WORKS:
            for count in CONNECTIONS:
                name = f"{size}, {work}, {mode}, {count} at once: {title}"
                wanted = {"size": size, "work": work, "mode": mode, "connections": count}
                yield from _line(name, kept["throughput"], field, what="load", **wanted)
    yield from _line("own, start to first answer, s", kept["start"], "seconds", 2, size=OWN)
    yield from _line("own, memory when idle, MB", kept["start"], "memory", size=OWN)
    for what in _WAYS:
        yield from _line(f"join, {what}, s", kept["joins"], "seconds", 2, what=what)
    yield from _line("small query beside pages, ms", kept["pages"], "beside", 2)


def _line(
    name: str, rows: list[Record], field: str, digits: int = 0, /, **wanted: object
) -> Iterator[str]:
    found = [values(rows, field, server=server, **wanted) for server in (FORMER, OURS)]
    if times := ratios(found[1], found[0]):
        cells = [f"{statistics.median(each):,.{digits}f}" for each in found]
        yield f"| {name} | {' | '.join(cells)} | {statistics.median(times):.2f} |"
