"""The targets of the server, beside what was measured."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Final

from bench import joins, pages
from bench.graphs import OWN, SIZES
from bench.records import median, values, where
from bench.servers import BEFORE, FLOOR, OURS, OXIGRAPH, RDFLIB
from bench.storm import LIMIT
from bench.throughput import COLD, CONNECTIONS, GZIP, PLAIN, REPEATED, REVALIDATED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.records import Record

_WORKS: Final = ("canned", "ad-hoc")
Kept = dict[str, list["Record"]]
Line = tuple[str, str, bool | None]


def ratios(above: list[float], below: list[float]) -> list[float]:
    """Quotients, round by round."""
    return [a / b for a, b in zip(above, below, strict=False) if b]


def table(kept: Kept) -> str:
    """The table, with a word on each line that is not reached."""
    lines = [line for part in _PARTS for line in part(kept)]
    body = "\n".join(
        f"| {target} | {measured} | {'not measured' if good is None else 'yes' if good else '**no**'} |"
        for target, measured, good in lines
    )
    return f"## Targets\n\n| Target | Measured | Reached |\n| --- | --- | --- |\n{body}\n"


def _points(
    kept: Kept, mode: str, peer: str, *, coding: str = PLAIN, peer_mode: str = ""
) -> dict[str, float]:
    """The median ratio of ours to a peer at each point that both have."""
    rows, found = where(kept["throughput"], what="load", coding=coding), {}
    for size in SIZES:
        for work in _WORKS:
            for connections in CONNECTIONS:
                same = where(rows, size=size, work=work, connections=connections)
                quotients = ratios(
                    values(same, "rate", server=OURS, mode=mode),
                    values(same, "rate", server=peer, mode=peer_mode or mode),
                )
                if quotients:
                    found[f"{work}, {size}, {connections}"] = statistics.median(quotients)
    return found


def _alone(found: dict[str, float], *, one: bool) -> dict[str, float]:
    """The points with one connection, or the others."""
    return {name: value for name, value in found.items() if name.endswith(", 1") == one}


def _least(found: dict[str, float], goal: float) -> tuple[str, bool | None]:
    if not found:
        return "-", None
    worst, best = min(found, key=lambda name: found[name]), max(found, key=lambda name: found[name])
    reached = sum(value >= goal for value in found.values())
    text = f"{found[worst]:.2f} ({worst}) to {found[best]:.2f} ({best})"
    return f"{text}; {reached} of {len(found)} points", reached == len(found)


def _throughput(kept: Kept) -> Iterator[Line]:
    for coding, word in ((PLAIN, "plain"), (GZIP, "gzip")):
        repeated = _points(kept, REPEATED, OXIGRAPH, coding=coding)
        cold = _points(kept, COLD, OXIGRAPH, coding=coding)
        before = _points(kept, COLD, BEFORE, coding=coding)
        least = {PLAIN: (0.25, 0.85), GZIP: (0.3, 1.15)}[coding]
        yield (
            f"Repeated, {word}: at least 4 x Oxigraph server at 8 and 64 connections",
            *_least(_alone(repeated, one=False), 4.0),
        )
        yield (
            f"Repeated, {word}: at least 2 x Oxigraph server at one",
            *_least(_alone(repeated, one=True), 2.0),
        )
        yield (
            f"First-time, {word}: at least {least[0]} x Oxigraph server",
            *_least(cold, least[0]),
        )
        if before:
            yield f"First-time, {word}: at least {least[1]} x before", *_least(before, least[1])
            again = _points(kept, REPEATED, BEFORE, coding=coding)
            yield f"Repeated, {word}, over before (no goal)", *_least(again, 0.0)
    peer = _points(kept, REPEATED, RDFLIB)
    yield "Repeated: at least 15 x rdflib-endpoint", *_least(peer, 15.0)
    again = _points(kept, REVALIDATED, OURS, peer_mode=REPEATED)
    yield "304 over repeated (no goal)", *_least(again, 0.0)


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
        goal = 0.25 if is_single else 0.9
        target = f"Join of 10,000 bindings, {what}: at least {goal:g} x Oxigraph server"
        if not found:
            yield target, "-", None
            continue
        middle = statistics.median(found)
        yield target, f"{middle:.2f} ({min(found):.2f} to {max(found):.2f})", middle >= goal


def _scan(kept: Kept) -> Iterator[Line]:
    rows = kept["scan"]
    for kind in ("json", "tsv"):
        speed = ratios(
            values(rows, "seconds", format=kind, server=FLOOR),
            values(rows, "seconds", format=kind, server=OURS),
        )
        middle = statistics.median(speed) if speed else None
        measured = "-" if middle is None else f"{middle:.2f} ({min(speed):.2f} to {max(speed):.2f})"
        good = None if middle is None else middle >= 0.8
        yield f"A million rows as {kind}: at least 0.8 x in process", measured, good
    growth = values(rows, "growth", server=OURS)
    yield (
        "A million rows: the server grows by less than 64 MB",
        f"{max(growth):.0f} MB at most" if growth else "-",
        max(growth) < 64 if growth else None,
    )


def _storms(kept: Kept) -> Iterator[Line]:
    for title, part in (("Storm", where(kept["storm"], server=OURS)), ("Soak", kept["soak"])):
        if not part:
            yield title, "-", None
        for row in part:
            yield from _one_storm(title if title == "Storm" else soak_title(row), row)


def soak_title(row: Record) -> str:
    """What kind of soak a record is of, and how long it took."""
    return f"{'Soak of new queries' if row['new'] else 'Soak'}, {row['seconds']:.0f} s"


def _one_storm(title: str, row: Record) -> Iterator[Line]:
    last = max(end["last"] for end in row["runaways"])
    every = sum(end["count"] for end in row["runaways"])
    refused = sum(end["count"] for end in row["runaways"] if end["how"].startswith("503"))
    failed, count = row["during"]["failed"], row["during"]["count"]
    times = row["during"]["p99"] / row["quiet"]["p99"]
    grown = row["own_highest"] - row["own_before"]
    yield (
        f"{title}: runaways end within 1 s of the limit",
        f"latest {last - LIMIT:+.2f} s; {refused:,} of {every:,} refused before (503)",
        last <= LIMIT + 1,
    )
    yield f"{title}: no normal query fails", f"{failed} of {count:,}", failed == 0
    yield f"{title}: their 99th percentile within 5 x of quiet", f"{times:.1f} x", times <= 5
    yield f"{title}: the server's own memory is flat (within 64 MB)", f"{grown:+.0f} MB", grown < 64


def _start(kept: Kept) -> Iterator[Line]:
    found = values(kept["start"], "seconds", size=OWN, server=OURS)
    measured = (
        f"{statistics.median(found):.2f} s ({min(found):.2f} to {max(found):.2f})" if found else "-"
    )
    yield (
        "Start to first answer with this graph: under 1 s",
        measured,
        statistics.median(found) < 1 if found else None,
    )


def _pages(kept: Kept) -> Iterator[Line]:
    found = pages.ratios(kept["pages"])
    median = statistics.median(found) if found else None
    yield (
        "Small queries beside eight clients of pages: median within 5 x of quiet",
        f"{median:.1f} x" if median else "-",
        median < 5 if median else None,
    )


_PARTS: Final[tuple[Callable[[Kept], Iterator[Line]], ...]] = (
    _throughput,
    _latency,
    _joins,
    _scan,
    _storms,
    _start,
    _pages,
)
