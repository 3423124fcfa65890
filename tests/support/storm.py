"""A storm of runaway queries beside normal traffic, and what a process holds."""

from __future__ import annotations

import statistics
import threading
import time
from pathlib import Path

import httpx

from support import ENDLESS, RUNAWAY

DATA = "\n".join(
    f"<urn:s{n}> <urn:p> <urn:s{(n + 1) % 300}> ; <urn:q> {n % 7}, 'text {n}' ." for n in range(300)
)
"""Turtle of a circle, so that paths along it have no end of their own."""

_REGEX = """SELECT * {
  VALUES ?t { 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' } ?a ?b ?c . ?d ?e ?f . ?g ?h ?i
  FILTER (REGEX(CONCAT(?t, STR(?c), STR(?f), STR(?i)), '(a|aa)+$x'))
}"""
RUNAWAYS = [
    RUNAWAY,
    "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY STR(?c) STR(?f) STR(?i)",
    "SELECT (GROUP_CONCAT(?c) AS ?x) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    _REGEX,
    "SELECT (COUNT(*) AS ?n) { ?a <urn:p>+ ?b . ?b <urn:p>+ ?c . ?c <urn:p>+ ?d . ?d <urn:p>+ ?e }",
    ENDLESS,
]


def open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def runaways(server, number, end):
    """How long each of a row of runaways took until it was ended, in any of the ways."""
    taken = []
    with httpx.Client(base_url=server.url, timeout=30) as client:
        while time.monotonic() < end:
            query = f"{RUNAWAYS[number % len(RUNAWAYS)]} # {number} {time.monotonic()}"
            started = time.monotonic()
            try:
                response = client.post("/sparql", data={"query": query})
                assert response.status_code in (500, 503, 504), response.text[:200]
            except httpx.RemoteProtocolError:
                pass  # a stream that broke off at its limit
            taken.append(time.monotonic() - started)
            time.sleep(0.2)
    return taken


def normal_traffic(server, seconds):
    """Small queries, each a new one, from four connections: counts, failures, 99th percentile."""
    taken, failed = [], []
    start = time.monotonic()

    def client(number):
        with httpx.Client(base_url=server.url, timeout=30) as own:
            turn = 0
            while (asked := time.monotonic()) < start + seconds:
                turn += 1
                query = f"SELECT ?o {{ <urn:s{turn % 300}> <urn:p> ?o }} # {number} {asked}"
                response = own.get("/sparql", params={"query": query})
                taken.append((asked, time.monotonic() - asked))
                if f"urn:s{(turn + 1) % 300}" not in response.text:
                    failed.append(response.text)
                time.sleep(0.01)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"count": len(taken), "failed": failed, "p99": _p99(taken, start)}


def _p99(taken, start, window=3.0):
    """The 99th percentile of a usual window of time: what else the machine does comes and goes."""
    windows = {}
    for asked, seconds in taken:
        windows.setdefault((asked - start) // window, []).append(seconds)
    return statistics.median(sorted(each)[len(each) * 99 // 100] for each in windows.values())
