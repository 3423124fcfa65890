"""docs/benchmarks.md: tables of the kept results, and the targets beside what was measured."""

from __future__ import annotations

import itertools
import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench import disk, explaining, joins, mechanisms, pages, plots, records, scaling, scan, targets
from bench.graphs import OWN, SIZES
from bench.records import median, values, where
from bench.servers import BEFORE, FLOOR, OURS, OXIGRAPH, OXIGRAPH_DISK, RDFLIB, VIRTUOSO
from bench.storm import LIMIT
from bench.throughput import CODINGS, CONNECTIONS, MODES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench.records import Record

DOCS: Final = Path(__file__).resolve().parent.parent / "docs"
PARTS: Final = (
    *(
        "start",
        "throughput",
        "joins",
        "scan",
        "storm",
        "explain",
        "pages",
        "soak",
        "mechanisms",
        "disk",
        "scaling",
    ),
)
_SERVERS: Final = (OURS, BEFORE, OXIGRAPH, RDFLIB, VIRTUOSO)
_NAMES: Final = {"own": "this repository's graph", "10k": "10 thousand triples"}
_NAMES_LARGE: Final = {"1m": "1 million triples", "10m": "10 million triples"}

_INTRODUCTION: Final = """# Benchmarks

Made by `make bench`. All servers of a table ran in one run on the same machine with the same data;
each measurement was made in rounds, the servers in turn within a round. A figure is the median of the
rounds, in brackets the least and the most. A ratio is formed within each round.

- **gbagraph** is this server with its default settings, one server process; **before** is an earlier
  build of it, named by `BENCH_BEFORE=PATH/TO/gbagraph make bench`.
- **oxigraph** is the Oxigraph server, in memory, loaded by its Graph Store Protocol.
- **rdflib-endpoint** and **virtuoso** run on the small graphs; Virtuoso is Debian's.
- **in process** is pyoxigraph in the measuring Python process: parse, evaluate and write the result to
  memory, without a server. It is the floor for whatever evaluates with pyoxigraph.

The load generator is wrk. It shares the processors with the server, so a fast server is measured
lower than it is. Requests are GETs on connections that are kept open. *Repeated*: the same queries in
turn, again and again; gbagraph answers them from its cache, the others keep no answers. *Cold*: each
request has a comment of its own, so that no text comes twice. *304*: repeated with `If-None-Match`.
*gzip*: with `Accept-Encoding: gzip`, as browsers and the HTTP clients of Python send it; Oxigraph
codes no answers.
"""

_RERUN: Final = """## Run it again

`make bench` runs all parts; `make bench ARGS='--parts storm --sizes 10k --rounds 5'` chooses. Parts are
`start`, `throughput`, `joins`, `scan`, `storm`, `explain`, `pages`, `soak`, `mechanisms`, `disk`,
`scaling`, and `report`, which only writes this page; sizes are `own`, `10k`, `1m`, `10m`. Each part
keeps its results in `.bench/results/`; the page is written from the latest of each. It needs wrk, for
`scaling` nginx, and for Virtuoso `virtuoso-opensource` (both Debian's). A server that is missing is left
out. Close everything else: the run waits up to five minutes for a quiet machine.

More data: `PYTHONPATH=. .venv/bin/python -m bench.generate 5000000 graph.nt --seed 7` writes a graph
of any size that follows the ontology (zones, districts, companies, projects, launches with dates and
bounds, targets, claims with evidence); `gbagraph serve --data graph.nt` serves it. The same number and
seed give the same bytes.
"""


def write() -> None:
    """Write the page and its plots."""
    DOCS.mkdir(exist_ok=True)
    kept = {part: records.read(part) for part in PARTS}
    plots.draw(kept, DOCS)
    parts = [
        *(_INTRODUCTION, _machine(), targets.table(kept)),
        *(
            _throughput(kept["throughput"]),
            _latency(kept["throughput"]),
            joins.report(kept["joins"]),
        ),
        _scan(kept["scan"]),
        *(_storm(kept["storm"]), _soak(kept["soak"]), _start(kept), _refused(kept["throughput"])),
        disk.report(kept["disk"]),
        scaling.report(kept["scaling"]),
        explaining.report(kept["explain"]),
        pages.report(kept["pages"]),
        mechanisms.report(kept["mechanisms"]),
        _RERUN,
    ]
    (DOCS / "benchmarks.md").write_text("\n".join(part for part in parts if part), encoding="utf-8")


def _machine() -> str:
    found = [(part, row) for part in PARTS for row in records.read(f"{part}-machine")]
    if not found:
        return ""
    last = found[-1][1]
    lines = [f"| {name} | {value} |" for name, value in last["versions"].items()]
    when = "; ".join(
        f"{part} {row['date']} (load before: {row['load']:.2f})" for part, row in found
    )
    return _lines(
        "## Machine\n",
        *("| | |", "| --- | --- |"),
        f"| Processors | {last['processors']} x {last['model']} |",
        f"| Memory | {int(last['memory'].split()[0]) / 1024 / 1024:.1f} GB |",
        f"| System | {last['system']} |",
        *lines,
        f"| Parts | {when} |\n",
    )


def _lines(*lines: str) -> str:
    return "\n".join(lines)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _head(*cells: str) -> str:
    return _lines(_row(*cells), _row("---", *["---:"] * (len(cells) - 1)))


def spread(found: list[float], digits: int = 0) -> str:
    """Median (least to most)."""
    if not found:
        return "-"
    if len(found) == 1:
        return f"{found[0]:,.{digits}f}"
    middle, least, most = statistics.median(found), min(found), max(found)
    return f"{middle:,.{digits}f} ({least:,.{digits}f} to {most:,.{digits}f})"


def _title(size: str) -> str:
    return {**_NAMES, **_NAMES_LARGE}[size]


def _throughput(rows: list[Record]) -> str:
    found = where(rows, what="load")
    if not found:
        return ""
    seconds = statistics.median(values(found, "microseconds")) / 1e6
    return _lines(
        "## Throughput\n",
        f"Requests in a second; each point lasted {seconds:.0f} s. After x: gbagraph's rate over it.",
        "µs: processor time of all processes of the server for a request.",
        "\n![Throughput by server and connections](benchmarks-throughput.svg)\n",
        *(
            table
            for size in SIZES
            for work in ("canned", "ad-hoc")
            for table in _one_throughput(where(found, size=size, work=work), size, work)
        ),
    )


def _one_throughput(rows: list[Record], size: str, work: str) -> Iterator[str]:
    if not rows:
        return
    servers = [name for name in _SERVERS if where(rows, server=name)]
    yield f"### {work.capitalize()} queries on {_title(size)}\n"
    yield _head("Mode, connections", *servers)
    for mode, coding in itertools.product(MODES, CODINGS):
        for connections in CONNECTIONS:
            point = where(rows, mode=mode, coding=coding, connections=connections)
            cells = [_rate(point, name) for name in servers]
            if point:
                yield _row(f"{mode}{coding and f', {coding}'}, {connections}", *cells)
    yield ""


def _rate(point: list[Record], server: str) -> str:
    rates, failed = values(point, "rate", server=server), values(point, "failed", server=server)
    if not rates:
        return "-"
    times = targets.ratios(values(point, "rate", server=OURS), rates)
    digits = 0 if times and min(times) >= 20 else 2
    ratio = f" x{spread(times, digits)}" if server != OURS and times else ""
    used = median(point, "processor", server=server)
    lost = f", {sum(failed):.0f} failed" if sum(failed) else ""
    processor = "" if used is None else f", {used:.0f} µs"  # older records lack it
    return f"{spread(rates)}{ratio}{processor}{lost}"


def _latency(rows: list[Record]) -> str:
    found = where(rows, what="latency")
    if not found:
        return ""
    return _lines(
        "## Latency of a first-time query\n",
        "Milliseconds on one connection, one request after the other, by a client that only sends,",
        "receives and finds the end of the response.\n",
        *(
            table
            for size in SIZES
            for work in ("ad-hoc", "canned")
            for table in _one_latency(where(found, size=size, work=work), size, work)
        ),
    )


def _one_latency(rows: list[Record], size: str, work: str) -> Iterator[str]:
    if not rows:
        return
    servers = [name for name in (FLOOR, *_SERVERS) if where(rows, server=name)]
    yield f"### {work.capitalize()} queries on {_title(size)}\n"
    yield _head("Query", *servers)
    for kind in dict.fromkeys(row["kind"] for row in rows):
        cells = [spread(values(rows, "ms", kind=kind, server=name), 2) for name in servers]
        yield _row(kind, *cells)
    yield ""


def _scan(rows: list[Record]) -> str:
    if not rows:
        return ""
    return _lines(
        "## A million rows\n",
        f"`{scan.QUERY}` on {_title(rows[0]['size'])}, from the request to",
        "the last byte, read by a plain socket. Growth and peak are of the server's own process; all",
        "processes together are counted after the answer, shared pages once.\n",
        "![Time for a million rows](benchmarks-scan.svg)\n",
        _head(
            "Format, server",
            "Seconds",
            "Speed, floor = 1",
            "MB",
            "Growth, MB",
            "Peak, MB",
            "All, MB",
        ),
        *(
            _scan_row(rows, kind, name)
            for kind in ("json", "tsv")
            for name in (FLOOR, OURS, OXIGRAPH)
        ),
        "",
    )


def _scan_row(rows: list[Record], kind: str, server: str) -> str:
    own = where(rows, format=kind, server=server)
    floor = values(rows, "seconds", format=kind, server=FLOOR)
    speed = targets.ratios(floor, values(own, "seconds"))
    return _row(
        *(f"{kind}, {server}", spread(values(own, "seconds"), 2), spread(speed, 2)),
        f"{(median(own, 'bytes') or 0) / 1e6:.0f}",
        *(_most(own, "growth"), _most(own, "highest"), _most(own, "tree")),
    )


def _most(rows: Iterable[Record], field: str) -> str:
    found = values(rows, field)
    return f"{max(found):.0f}" if found else "-"


def _storm(rows: list[Record]) -> str:
    if not rows:
        return ""
    return _lines(
        "## Storm\n",
        f"64 runaway queries at once on 10 thousand triples with a limit of {LIMIT:.0f} s (gbagraph",
        "`--query-timeout 5`, Oxigraph `--timeout-s 5`, rdflib-endpoint has none), while four clients",
        "go on asking small new queries, for 12 s. Runaways not ended after 25 s were given up.\n",
        "![Latency of normal queries, quiet and in the storm](benchmarks-storm.svg)\n",
        _head("Normal queries", *(row["server"] for row in rows)),
        *(_row(name, *(_traffic_cell(row, name) for row in rows)) for name in _TRAFFIC),
        "\nHow the runaways ended (how many, and the latest of them in seconds):\n",
        _head("Kind", *(row["server"] for row in rows)),
        *(_row(kind, *(_endings(row, kind) for row in rows)) for kind in _storm_kinds(rows)),
        '\nA 200 "as if whole" is a cut answer that the client cannot tell from a whole one.\n',
    )


_TRAFFIC: Final = {
    "quiet: median, 99th percentile, ms": lambda row: _pair(row["quiet"]),
    "storm: median, 99th percentile, ms": lambda row: _pair(row["during"]),
    "storm: slowest, ms": lambda row: f"{row['during']['most']:,.0f}",
    "answered in the storm": lambda row: f"{row['during']['count'] - row['during']['failed']:,}",
    "failed in the storm": lambda row: str(row["during"]["failed"]),
    "own process, MB before, most": lambda row: (
        f"{row['own_before']:.0f}, {row['own_highest']:,.0f}"
    ),
    "all processes, MB before, most (by what the machine had left)": lambda row: (
        f"{row['tree_before']:.0f}, {row['tree_highest']:,.0f}"
    ),
}


def _pair(seen: Record) -> str:
    return f"{seen['p50']:,.1f}, {seen['p99']:,.1f}"


def _traffic_cell(row: Record, name: str) -> str:
    return _TRAFFIC[name](row) if "during" in row else row["why"]


def _storm_kinds(rows: list[Record]) -> list[str]:
    return list(dict.fromkeys(end["kind"] for row in rows for end in row.get("runaways", ())))


def _endings(row: Record, kind: str) -> str:
    ends = where(row.get("runaways", ()), kind=kind)
    return "; ".join(f"{end['count']} x {end['how']}, {end['last']:.1f}" for end in ends) or "-"


def _soak(rows: list[Record]) -> str:
    if not rows:
        return ""
    sizes = [", ".join(f"{size:.0f}" for size in row["own_samples"]) for row in rows]
    return _lines(
        "## Soak\n",
        "64 clients sent runaways to gbagraph, each the next 0.2 s after the last had ended. In the",
        "long soak each client repeats its own query, but for a comment, as clients do that are",
        "refused; in the soak of new queries no text comes twice. Runaways and normal queries came",
        "from one address, so that the sharing of slots among clients did not help the normal ones.",
        "The server's own memory includes its caches of answers, which the normal queries fill.\n",
        _head("", *map(targets.soak_title, rows)),
        *(_row(name, *map(_TRAFFIC[name], rows)) for name in _TRAFFIC),
        *(_row(name, *map(_AFTER[name], rows)) for name in _AFTER),
        "\nThe server's own memory in MB, evenly over the time: " + "; ".join(sizes) + ".\n",
    )


_AFTER: Final = {
    "runaways ended, the latest after s": lambda row: (
        f"{sum(end['count'] for end in row['runaways']):,}, "
        f"{max(end['last'] for end in row['runaways']):.2f}"
    ),
    "own process, MB five seconds after": lambda row: f"{row['own_after']:.0f}",
    "open files before, after": lambda row: f"{row['files_before']}, {row['files_after']}",
    "processes after": lambda row: str(row["processes_after"]),
}


def _start(kept: dict[str, list[Record]]) -> str:
    single = where(kept["throughput"], what="start")
    rows = kept["start"] + [row for row in single if row["size"] not in ("own", "10k")]
    if not rows:
        return ""
    return _lines(
        "## Start, load, memory\n",
        "Seconds from the start of the process to the first answer from the graph, loading included;",
        "Oxigraph on disk is loaded before by `oxigraph load` (seconds in the third column). Memory is",
        "of all processes, shared pages once, after the first answer. Graphs of 1 million and more are",
        "loaded once.\n",
        _head(
            "Graph, server",
            "First answer, s",
            "of it loading, s",
            "Memory, MB",
            "after throughput, MB",
        ),
        *(
            _start_row(kept, rows, size, name)
            for size in SIZES
            for name in (OURS, OXIGRAPH, OXIGRAPH_DISK, RDFLIB, VIRTUOSO, FLOOR)
            if values(rows, "seconds", size=size, server=name)
        ),
        "",
    )


def _start_row(kept: dict[str, list[Record]], rows: list[Record], size: str, name: str) -> str:
    own = where(rows, size=size, server=name)
    loads = [value for value in values(own, "load") if value]
    memories = where(kept["throughput"], what="memory", size=size, server=name)
    memory = values(own, "memory") or values(memories, "loaded")
    return _row(
        f"{size}, {name}",
        *(spread(values(own, "seconds"), 2), spread(loads, 2), spread(memory)),
        spread(values(memories, "after_load")),
    )


def _refused(rows: list[Record]) -> str:
    failed, skipped = where(rows, what="failed"), where(rows, what="skipped")
    if not failed and not skipped:
        return ""
    groups: dict[tuple[str, str, int], set[object]] = {}
    for row in failed:
        groups.setdefault((row["server"], row["size"], row["status"]), set()).add(
            row.get("kind", row["query"])
        )
    return _lines(
        "## Left out\n",
        "Queries that a server answers by an error are not in its figures:\n",
        *(
            f"- {server}, {_title(size)}: {status} for {', '.join(sorted(map(str, kinds)))}"
            for (server, size, status), kinds in groups.items()
        ),
        *(f"- {row['server']}, {_title(row['size'])}: {row['why']}" for row in skipped),
        "",
        f"rdflib-endpoint's canned queries on {_title(OWN)} were measured one by one (see the",
        "latencies): some take it seconds.\n",
    )
