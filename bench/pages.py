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
from bench.records import values
from bench.servers import Ours

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
    with Ours(graph(OWN)) as server:
        for turn in range(rounds):
            log(f"pages: round {turn + 1} of {rounds}")
            quiet = _small(server, seconds)
            end = threading.Event()
            with ThreadPoolExecutor(_CLIENTS) as pool:
                made = [pool.submit(_pages, server, end) for _ in range(_CLIENTS)]
                try:
                    beside = _small(server, seconds)
                finally:
                    end.set()  # or the pool would wait for ever
            pages = sum(each.result() for each in made) / seconds
            rows.append({"what": "pages", "quiet": quiet, "beside": beside, "rate": pages})
    return rows


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
            query = _DRAWN.format(300 + made % 200, next(_numbers))
            client.get(f"/sparql?query={quote(query)}&view=timeline").raise_for_status()
            made += 1
    return made


def _client(server: Server, accept: str) -> httpx.Client:
    url = f"http://127.0.0.1:{server.port}"
    return httpx.Client(base_url=url, headers={"Accept": accept}, timeout=60)


def ratios(rows: list[Record]) -> list[float]:
    """How many times as long the small queries take beside pages, round by round."""
    quiet, beside = values(rows, "quiet", what="pages"), values(rows, "beside", what="pages")
    return [b / a for a, b in zip(quiet, beside, strict=True)]


def report(rows: list[Record]) -> str:
    """The medians of the rounds."""
    if not rows:
        return ""
    quiet, beside, rate = (
        statistics.median(values(rows, name, what="pages")) for name in ("quiet", "beside", "rate")
    )
    return "\n".join(
        (
            "## Pages\n",
            "A client of small queries with ever new texts, alone and beside",
            f"{_CLIENTS} that ask for pages with timelines of ever new answers.",
            "Milliseconds at the median.\n",
            "| Alone | Beside pages | Ratio | Pages a second |",
            "| ---: | ---: | ---: | ---: |",
            f"| {quiet:.2f} | {beside:.2f} | {statistics.median(ratios(rows)):.1f} | {rate:.0f} |\n",
        )
    )
