"""reports/benchmarks.md: tables of the kept results, and the targets beside what was measured."""

from __future__ import annotations

import itertools
import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Final

import gbagraph
from bench import changed, joins, pages, records, scaling, scan, targets
from bench.graphs import SIZES
from bench.records import median, ratios, spread, values, where
from bench.servers import FLOOR, FORMER, OURS, OXIGRAPH, RDFLIB, SMALL
from bench.storm import LIMIT
from bench.throughput import CONNECTIONS, MODES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bench.records import Record

PAGE: Final = Path(__file__).resolve().parent.parent / "reports" / "benchmarks.md"
PARTS: Final = ("start", "throughput", "joins", "scan", "storm", "pages", "scaling")
_SERVERS: Final = (OURS, FORMER, OXIGRAPH, RDFLIB)
_NAMES: Final = {
    "own": "this repository's graph",
    "10k": "10 thousand triples",
    "1m": "1 million triples",
    "10m": "10 million triples",
}
_SLOWEST: Final = 5
"""Canned queries that have a row of their own among the latencies."""

_INTRODUCTION: Final = f"""# Benchmarks

Figures of gbagraph {gbagraph.__version__}, made by `make bench`{{others}}.

All servers of a table ran in one run on the same machine; each measurement was made in rounds, the
servers in turn within a round. A figure is the median of the rounds, in brackets the least and the
most. A ratio is formed within each round.

- **gbagraph** is this server with its default settings, one server process.
- **{FORMER}** is the former release, {{former}}.
- **oxigraph** is the Oxigraph server, in memory, loaded by its Graph Store Protocol.
- **rdflib-endpoint** runs on the small graphs, and on this repository's one query at a time: a star
  takes it seconds.
- **in process** is pyoxigraph in the measuring Python process: parse, evaluate and write the result to
  memory, without a server. It is the floor for whatever evaluates with pyoxigraph.

The load generator is wrk. It shares the processors with the server, so a fast server is measured
lower than it is. Requests are GETs on connections that are kept open. *Repeated*: the same queries in
turn, again and again; gbagraph answers them from its cache, the others keep no answers. *Cold*: each
request has a comment of its own, so that no text comes twice. What fails, as what is refused (503), is
not in a rate, and is told beside it.
"""

_RERUN: Final = """## Run it again

`make bench` runs all parts but `scaling`; `make bench ARGS='--parts joins,throughput --rounds 5'`
chooses. Parts are `start`, `throughput`, `joins`, `scan`, `storm`, `pages`, `scaling`, and `report`,
which only writes this page; sizes are `own`, `10k` and, if `--sizes` names them, `1m`, `10m`. Each part
keeps its results in `.bench/results/`; the page is written from the latest of each that were made with
the version that writes it. It needs wrk, for `scaling` nginx (Debian's), and the history of git for the
former release, which is built once into `.bench/`. A server that is missing is left out. Close
everything else: the run waits up to five minutes for a quiet machine.

More data: `PYTHONPATH=. .venv/bin/python -m bench.generate 5000000 graph.nt --seed 7` writes a graph
of any size that follows the ontology (zones, districts, companies, projects, launches with dates and
bounds, targets, claims with evidence); `gbagraph serve --data graph.nt` serves it. The same number and
seed give the same bytes.
"""


def write(page: Path = PAGE) -> None:
    """Write the page."""
    kept = {part: records.read(part) for part in PARTS}
    parts = [
        *(_introduction(), targets.table(kept), changed.report(kept)),
        *(_throughput(kept["throughput"]), _latency(kept["throughput"])),
        *(joins.report(kept["joins"]), _scan(kept["scan"]), _storm(kept["storm"]), _start(kept)),
        *(pages.report(kept["pages"]), scaling.report(kept["scaling"])),
        *(_refused(kept["throughput"]), _machine(), _RERUN),
    ]
    page.write_text("\n".join(part for part in parts if part), encoding="utf-8")


def _introduction() -> str:
    found = [row for part in PARTS for row in records.read(f"{part}-machine")]
    former = found[-1]["versions"].get(FORMER, "not measured") if found else "not measured"
    others = "; ".join(
        f"{part} of {', '.join(sorted(versions))}"
        for part, versions in records.of_other_versions(PARTS).items()
    )
    said = f". Left out are records of other versions: {others}" if others else ""
    return _INTRODUCTION.format(former=former, others=said)


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


def _throughput(rows: list[Record]) -> str:
    found = where(rows, what="load")
    if not found:
        return ""
    seconds = statistics.median(values(found, "microseconds")) / 1e6
    return _lines(
        "## Throughput\n",
        f"Requests in a second; each point lasted {seconds:.0f} s. After x: gbagraph's rate over it.",
        "µs: processor time of all processes of the server for a request.\n",
        *(
            line
            for size in SIZES
            if (same := where(found, size=size))
            for line in _one_throughput(same, size)
        ),
    )


def _one_throughput(rows: list[Record], size: str) -> Iterator[str]:
    servers = [name for name in _SERVERS if where(rows, server=name)]
    yield f"### On {_NAMES[size]}\n"
    yield _head("Queries, mode, connections", *servers)
    works = dict.fromkeys(row["work"] for row in rows)
    for work, mode, connections in itertools.product(works, MODES, CONNECTIONS):
        point = where(rows, work=work, mode=mode, connections=connections)
        if point:
            cells = [_rate(point, name) for name in servers]
            yield _row(f"{work}, {mode}, {connections}", *cells)
    yield ""


def _rate(point: list[Record], server: str) -> str:
    rates, failed = values(point, "rate", server=server), values(point, "failed", server=server)
    if not rates:
        return "-"
    times = ratios(values(point, "rate", server=OURS), rates)
    ratio = f" x{statistics.median(times):,.2f}" if server != OURS and times else ""
    lost = f", {sum(failed):.0f} failed" if sum(failed) else ""
    return f"{spread(rates)}{ratio}, {median(point, 'processor', server=server):,.0f} µs{lost}"


def _latency(rows: list[Record]) -> str:
    found = where(rows, what="latency")
    if not found:
        return ""
    servers = [name for name in (FLOOR, *_SERVERS) if where(found, server=name)]
    return _lines(
        "## Latency of a first-time query\n",
        "Milliseconds on one connection, one request after the other, by a client that only sends,",
        "receives and finds the end of the response. Of the canned queries the median, and the",
        f"{_SLOWEST} slowest.\n",
        _head("Graph, query", *servers),
        *(
            _row(f"{size}, {kind}", *(_latency_cell(same, kind, name) for name in servers))
            for size in SIZES
            if (same := where(found, size=size, work="ad-hoc"))
            for kind in dict.fromkeys(row["kind"] for row in same)
        ),
        *_canned(where(found, work="canned"), servers),
        "",
    )


def _latency_cell(rows: list[Record], kind: str, server: str) -> str:
    return spread(values(rows, "ms", kind=kind, server=server), 2)


def _canned(rows: list[Record], servers: list[str]) -> Iterator[str]:
    """The median of all canned queries, and the slowest of them on this server."""
    kinds = dict.fromkeys(row["kind"] for row in rows)
    middles = [
        [m for kind in kinds if (m := median(rows, "ms", kind=kind, server=name)) is not None]
        for name in servers
    ]
    if not kinds:
        return
    cells = [f"{statistics.median(found):.2f}" if found else "-" for found in middles]
    yield _row(f"canned, median of {len(kinds)}", *cells)
    slowest = sorted(kinds, key=lambda kind: -(median(rows, "ms", kind=kind, server=OURS) or 0))
    for kind in slowest[:_SLOWEST]:
        yield _row(f"canned, {kind}", *(_latency_cell(rows, kind, name) for name in servers))


def _scan(rows: list[Record]) -> str:
    if not rows:
        return ""
    return _lines(
        "## A million rows\n",
        f"`{scan.QUERY}` on 1 million triples, from the request to",
        "the last byte, read by a plain socket. Growth and peak are of the server's own process; all",
        "processes together are counted after the answer, shared pages once.\n",
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
    speed = ratios(floor, values(own, "seconds"))
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
        "`--query-timeout 5`, Oxigraph `--timeout-s 5`; rdflib-endpoint has none), while four clients",
        "go on asking small new queries, for 12 s. Runaways not ended after 25 s were given up.\n",
        _head("Normal queries", *(row["server"] for row in rows)),
        *(_row(name, *(cell(row) for row in rows)) for name, cell in _TRAFFIC.items()),
        "\nHow the runaways ended (how many, and the latest of them in seconds):\n",
        _head("Kind", *(row["server"] for row in rows)),
        *(_row(kind, *(_endings(row, kind) for row in rows)) for kind in _storm_kinds(rows)),
        '\nA 200 "as if whole" is a cut answer that the client cannot tell from a whole one.\n',
    )


_TRAFFIC: Final[dict[str, Callable[[Record], str]]] = {
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


def _storm_kinds(rows: list[Record]) -> list[str]:
    return list(dict.fromkeys(end["kind"] for row in rows for end in row["runaways"]))


def _endings(row: Record, kind: str) -> str:
    ends = where(row["runaways"], kind=kind)
    return "; ".join(f"{end['count']} x {end['how']}, {end['last']:.1f}" for end in ends) or "-"


def _start(kept: dict[str, list[Record]]) -> str:
    single = where(kept["throughput"], what="start")
    rows = kept["start"] + [row for row in single if row["size"] not in SMALL]
    if not rows:
        return ""
    return _lines(
        "## Start, load, memory\n",
        "Seconds from the start of the process to the first answer from the graph, loading included.",
        "Memory is of all processes, shared pages once, a second after the first answer. Graphs of",
        "1 million triples and more are loaded once.\n",
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
            for name in (*_SERVERS, FLOOR)
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
            f"- {server}, {_NAMES[size]}: {status} for {', '.join(sorted(map(str, kinds)))}"
            for (server, size, status), kinds in groups.items()
        ),
        *(f"- {row['server']}, {_NAMES[row['size']]}: {row['why']}" for row in skipped),
        "",
    )
