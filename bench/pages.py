"""What pages cost others: a client of small queries, alone and beside eight of ever new pages."""

from __future__ import annotations

import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import httpx

from bench.graphs import OWN, graph
from bench.records import median, ratios, spread, values
from bench.servers import FORMER, OURS, Former, Ours, compared

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.records import Record
    from bench.servers import Server

_CLIENTS: Final = 8
_SMALL: Final = "SELECT * {{ ?s ?p ?o }} LIMIT {} #{}"
_DRAWN: Final = "SELECT * {{ ?s a ?o }} LIMIT {} #{}"
_numbers = count(1)


def run(rounds: int, seconds: float, log: Callable[[str], None]) -> list[Record]:
    """Milliseconds of the small queries at the median, and pages in a second, for each round."""
    rows: list[Record] = []
    for kind in (kind for kind in compared() if kind in (Ours, Former)):
        log(f"pages: {kind.name}")
        with kind(graph(OWN)) as server:
            if why := _makes_none(server):
                rows.append({"server": kind.name, "why": why})
            else:
                rows += [_round(server, seconds) for _ in range(rounds)]
    return rows


def _makes_none(server: Server) -> str:
    with _client(server, "text/html") as client:
        status = client.get(_drawn(1)).status_code
        return "" if status == 200 else f"it answers {status} where a timeline is asked for"


def _round(server: Server, seconds: float) -> Record:
    quiet, end = _small(server, seconds), threading.Event()
    with ThreadPoolExecutor(_CLIENTS) as pool:
        made = [pool.submit(_pages, server, end) for _ in range(_CLIENTS)]
        try:
            beside = _small(server, seconds)
        finally:
            end.set()  # or the pool would wait for ever
    pages = sum(each.result() for each in made) / seconds
    return {"server": server.name, "quiet": quiet, "beside": beside, "rate": pages}


def _small(server: Server, seconds: float) -> float:
    taken, end = list[float](), time.monotonic() + seconds
    with _client(server, "application/sparql-results+json") as client:
        while time.monotonic() < end:
            number = next(_numbers)
            query, began = _SMALL.format(number % 900 + 1, number), time.perf_counter()
            client.get(f"/sparql?query={quote(query)}").raise_for_status()
            taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


def _pages(server: Server, end: threading.Event) -> int:
    made = 0
    with _client(server, "text/html") as client:
        while not end.is_set():
            client.get(_drawn(300 + made % 200)).raise_for_status()
            made += 1
    return made


def _drawn(rows: int) -> str:
    return f"/sparql?query={quote(_DRAWN.format(rows, next(_numbers)))}&view=timeline"


def _client(server: Server, accept: str) -> httpx.Client:
    url = f"http://127.0.0.1:{server.port}"
    return httpx.Client(base_url=url, headers={"Accept": accept}, timeout=60)


def times(rows: list[Record], server: str = OURS) -> list[float]:
    """How many times as long the small queries take beside pages, round by round."""
    return ratios(*(values(rows, name, server=server) for name in ("beside", "quiet")))


def report(rows: list[Record]) -> str:
    """The medians of the rounds."""
    if not rows:
        return ""
    return "\n".join(
        (
            "## Pages\n",
            "A client of small queries with ever new texts, alone and beside",
            f"{_CLIENTS} that ask for pages with timelines of ever new answers.",
            "Milliseconds at the median.\n",
            "| | Alone | Beside pages | Ratio | Pages a second |",
            "| --- | ---: | ---: | ---: | ---: |",
            *(_line(rows, name) for name in (OURS, FORMER) if values(rows, "rate", server=name)),
            *(f"\n{row['server']} is left out: {row['why']}." for row in rows if "why" in row),
            "",
        )
    )


def _line(rows: list[Record], server: str) -> str:
    quiet, beside = (spread(values(rows, name, server=server), 2) for name in ("quiet", "beside"))
    rate = median(rows, "rate", server=server) or 0
    return f"| {server} | {quiet} | {beside} | {spread(times(rows, server), 1)} | {rate:.0f} |"
