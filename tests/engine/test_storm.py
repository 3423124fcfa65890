"""A storm of runaway queries, and what it leaves behind: nothing."""

import concurrent.futures
import statistics
import threading
import time
from pathlib import Path

import httpx
import pytest

from support import ENDLESS, RUNAWAY, RunningServer, descendants, eventually

DATA = "\n".join(
    f"<urn:s{n}> <urn:p> <urn:s{(n + 1) % 300}> ; <urn:q> {n % 7}, 'text {n}' ." for n in range(300)
)
REGEX = """SELECT * {
  VALUES ?t { 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' } ?a ?b ?c . ?d ?e ?f . ?g ?h ?i
  FILTER (REGEX(CONCAT(?t, STR(?c), STR(?f), STR(?i)), '(a|aa)+$x'))
}"""
RUNAWAYS = [
    RUNAWAY,
    "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY STR(?c) STR(?f) STR(?i)",
    "SELECT (GROUP_CONCAT(?c) AS ?x) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    REGEX,
    "SELECT (COUNT(*) AS ?n) { ?a <urn:p>+ ?b . ?b <urn:p>+ ?c . ?c <urn:p>+ ?d . ?d <urn:p>+ ?e }",
    ENDLESS,
]
LIMIT = 3.0


@pytest.fixture
def stormy(tmp_path):
    path = tmp_path / "cycle.ttl"
    path.write_text(DATA)
    with RunningServer(
        "--data", path, "--query-timeout", LIMIT, "--query-memory", "128"
    ) as running:
        yield running


def open_files(pid):
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def resident(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def test_a_storm_ends_in_time_and_nobody_else_notices(stormy):
    """Sixty-four runaways of six kinds, again and again for twenty seconds, beside normal traffic."""
    quiet = normal_traffic(stormy, seconds=2)
    files, size = open_files(stormy.process.pid), resident(stormy.process.pid)
    with concurrent.futures.ThreadPoolExecutor(65) as pool:
        end = time.monotonic() + 18
        storm = [pool.submit(runaways, stormy, number, end) for number in range(64)]
        during = normal_traffic(stormy, seconds=18)
        late = [seconds for future in storm for seconds in future.result()]

    assert max(late) < LIMIT + 1
    assert quiet["failed"] == during["failed"] == []
    assert during["count"] > 100
    assert eventually(lambda: resident(stormy.process.pid) - size < 64 * 1024 * 1024, 10)
    assert eventually(lambda: open_files(stormy.process.pid) <= files + 24, 10)
    assert eventually(lambda: len(descendants(stormy.process.pid)) <= 12, 15)


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
    """Small queries, each a new one, from four connections; counts and the 99th percentile."""
    taken, failed = [], []
    stop = time.monotonic() + seconds

    def client(number):
        with httpx.Client(base_url=server.url, timeout=30) as own:
            turn = 0
            while time.monotonic() < stop:
                turn += 1
                query = f"SELECT ?o {{ <urn:s{turn % 300}> ?p ?o }} # {number} {time.monotonic()}"
                started = time.monotonic()
                response = own.get("/sparql", params={"query": query})
                if response.status_code != 200:
                    failed.append(response.text)
                taken.append(time.monotonic() - started)
                time.sleep(0.01)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "count": len(taken),
        "failed": failed,
        "p99": statistics.quantiles(taken, n=100)[98],
    }


def test_several_server_processes_share_one_address(tmp_path):
    path = tmp_path / "data.ttl"
    path.write_text(DATA)
    with RunningServer("--data", path, "--workers", "2", "--query-timeout", "1") as server:
        assert {server.ask(f"ASK {{}} # {n}").status_code for n in range(30)} == {200}
        assert server.ask(RUNAWAY).status_code in (503, 504)
        family = descendants(server.process.pid)
        assert len(family) > 6
    assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), 10)
