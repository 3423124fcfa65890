"""The targets of the server, beside what was measured."""

from __future__ import annotations

import itertools
import statistics
from typing import TYPE_CHECKING, Final

from bench import joins, pages
from bench.graphs import OWN, SIZES
from bench.queries import STAR
from bench.records import median, ratios, spread, values, where
from bench.servers import FLOOR, FORMER, OURS, OXIGRAPH, RDFLIB
from bench.storm import LIMIT
from bench.throughput import COLD, CONNECTIONS, REPEATED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.records import Record

_WORKS: Final = ("canned", "ad-hoc")
Kept = dict[str, list["Record"]]
Line = tuple[str, str, bool | None]
"""A target, what was measured, and whether it is reached: None where there is no goal or no figure."""


def table(kept: Kept) -> str:
    """The table, with a word on each line that is not reached."""
    lines = [line for part in _PARTS for line in part(kept)]
    body = "\n".join(
        f"| {target} | {measured} | {_REACHED[good] if measured != '-' else 'not measured'} |"
        for target, measured, good in lines
    )
    return f"## Targets\n\n| Target | Measured | Reached |\n| --- | --- | --- |\n{body}\n"


_REACHED: Final = {True: "yes", False: "**no**", None: "no goal"}


def _points(
    kept: Kept,
    mode: str,
    *,
    field: str = "rate",
    peer: str = OXIGRAPH,
    works: tuple[str, ...] = _WORKS,
) -> dict[str, float]:
    """The median ratio of ours to a peer at each point that both have."""
    found = {}
    for size, work, count in itertools.product(SIZES, works, CONNECTIONS):
        wanted = {"what": "load", "size": size, "work": work, "mode": mode, "connections": count}
        same = where(kept["throughput"], **wanted)
        quotients = ratios(*(values(same, field, server=name) for name in (OURS, peer)))
        if quotients:
            found[f"{work}, {size}, {count}"] = statistics.median(quotients)
    return found


def _within(
    found: dict[str, float], *, least: float = 0, most: float = float("inf")
) -> tuple[str, bool | None]:
    """The range of the points, and whether all are within these."""
    if not found:
        return "-", None
    low, high = (f(found, key=found.__getitem__) for f in (min, max))
    reached = sum(least <= value <= most for value in found.values())
    text = f"{found[low]:.2f} ({low}) to {found[high]:.2f} ({high})"
    return f"{text}; {reached} of {len(found)} points", reached == len(found)


def _throughput(kept: Kept) -> Iterator[Line]:
    star = _points(kept, COLD, works=(STAR,))
    yield "First time, star query: at least 0.5 x Oxigraph server", *_within(star, least=0.5)
    used = _points(kept, COLD, field="processor", works=(STAR,))
    yield (
        "First time, star query: processor time at most 2 x Oxigraph server",
        *_within(used, most=2),
    )
    cold = _points(kept, COLD)
    yield "First time, others: at least 0.25 x Oxigraph server", *_within(cold, least=0.25)
    used = _points(kept, COLD, field="processor")
    yield "First time, others: processor time, x Oxigraph server", _within(used)[0], None
    again = _points(kept, REPEATED)
    for count, least in zip(CONNECTIONS, (3, 6, 6), strict=True):
        points = {name: value for name, value in again.items() if name.endswith(f", {count}")}
        yield (
            f"Repeated, {count} at once: at least {least} x Oxigraph server",
            *_within(points, least=least),
        )
    peer = _points(kept, REPEATED, peer=RDFLIB)
    yield "Repeated: at least 15 x rdflib-endpoint", *_within(peer, least=15)


def _latency(kept: Kept) -> Iterator[Line]:
    rows = where(kept["throughput"], what="latency")
    for work in _WORKS:
        added = dict(_added(where(rows, work=work)))
        target = f"First-time {work} query: median within 1 ms of in process"
        if not added:
            yield target, "-", None
            continue
        worst, within = (
            max(added, key=lambda name: added[name]),
            sum(v <= 1 for v in added.values()),
        )
        middle = statistics.median(added.values())
        measured = f"{middle:.2f} ms over it in the middle, {added[worst]:.2f} at most ({worst})"
        yield target, f"{measured}; {within} of {len(added)} queries", within == len(added)


def _added(rows: list[Record]) -> Iterator[tuple[str, float]]:
    """What the server adds to each query, in milliseconds."""
    for size, kind in dict.fromkeys((row["size"], row["kind"]) for row in rows):
        ours = median(rows, "ms", size=size, kind=kind, server=OURS)
        floor = median(rows, "ms", size=size, kind=kind, server=FLOOR)
        if ours is not None and floor is not None:
            yield f"{kind}, {size}", ours - floor


def _joins(kept: Kept) -> Iterator[Line]:
    for what in joins.KINDS:
        found = joins.ratios(kept["joins"], what)
        is_single = what in joins.SINGLE.values()
        goal = 0.4 if is_single else 0.9
        target = f"Join of 10,000 bindings, {what}: at least {goal:g} x Oxigraph server"
        if not found:
            yield target, "-", None
            continue
        yield target, spread(found, 2), statistics.median(found) >= goal


def _scan(kept: Kept) -> Iterator[Line]:
    rows = kept["scan"]
    for kind in ("json", "tsv"):
        speed = ratios(
            values(rows, "seconds", format=kind, server=FLOOR),
            values(rows, "seconds", format=kind, server=OURS),
        )
        good = statistics.median(speed) >= 0.8 if speed else None
        yield f"A million rows as {kind}: at least 0.8 x in process", spread(speed, 2), good
    growth = values(rows, "growth", server=OURS)
    yield (
        "A million rows: the server grows by less than 64 MB",
        f"{max(growth):.0f} MB at most" if growth else "-",
        max(growth) < 64 if growth else None,
    )


def _storm(kept: Kept) -> Iterator[Line]:
    for row in where(kept["storm"], server=OURS):
        yield from _one_storm(row)


def _one_storm(row: Record) -> Iterator[Line]:
    last = max(end["last"] for end in row["runaways"])
    every = sum(end["count"] for end in row["runaways"])
    refused = sum(end["count"] for end in row["runaways"] if end["how"].startswith("503"))
    failed, count = row["during"]["failed"], row["during"]["count"]
    times = row["during"]["p99"] / row["quiet"]["p99"]
    grown = row["own_highest"] - row["own_before"]
    yield (
        "Storm: runaways end within 1 s of the limit",
        f"latest {last - LIMIT:+.2f} s; {refused:,} of {every:,} refused before (503)",
        last <= LIMIT + 1,
    )
    yield "Storm: no normal query fails", f"{failed} of {count:,}", failed == 0
    yield "Storm: their 99th percentile within 5 x of quiet", f"{times:.1f} x", times <= 5
    yield "Storm: the server's own memory is flat (within 64 MB)", f"{grown:+.0f} MB", grown < 64


def _start(kept: Kept) -> Iterator[Line]:
    seconds = values(kept["start"], "seconds", size=OWN, server=OURS)
    yield (
        "Start to first answer, this graph: under 1 s",
        _beside(kept, "seconds", 2, "s"),
        statistics.median(seconds) < 1 if seconds else None,
    )
    yield "Memory when idle, this graph", _beside(kept, "memory", 0, "MB"), None


def _beside(kept: Kept, field: str, digits: int, unit: str) -> str:
    now, then = (values(kept["start"], field, size=OWN, server=name) for name in (OURS, FORMER))
    former = f"; {FORMER}: {spread(then, digits)}" if then else ""
    return f"{spread(now, digits)} {unit}{former}" if now else "-"


def _pages(kept: Kept) -> Iterator[Line]:
    found = pages.times(kept["pages"])
    yield (
        "Small queries beside eight clients of pages: median within 5 x of quiet",
        f"{spread(found, 1)} x" if found else "-",
        statistics.median(found) < 5 if found else None,
    )


_PARTS: Final[tuple[Callable[[Kept], Iterator[Line]], ...]] = (
    _throughput,
    _latency,
    _joins,
    _scan,
    _storm,
    _start,
    _pages,
)
