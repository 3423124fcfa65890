"""A storm of runaway queries, and what it leaves behind: nothing."""

import concurrent.futures
import contextlib
import itertools
import random
import time
from pathlib import Path

import pytest

from support import (
    ENDLESS,
    RUNAWAY,
    RunningServer,
    descendants,
    eventually,
    get,
    kill,
    query_target,
)
from support.soak import SECONDS
from support.storm import DATA, normal_traffic, open_files, resident, runaways

pytestmark = pytest.mark.processes

LIMIT = 5.0
MEGABYTE = 1024 * 1024


@pytest.fixture
def stormy_server(tmp_path):
    path = tmp_path / "circle.ttl"
    path.write_text(DATA)
    with RunningServer(
        "--data", path, "--query-timeout", LIMIT, "--query-memory", "128"
    ) as running:
        yield running


@pytest.mark.alone
def test_a_storm_ends_in_time_and_nobody_else_notices(stormy_server):
    """Sixty-four runaways of six kinds, again and again for twenty seconds, beside normal traffic.

    Where nothing holds them back, normal queries wait until runaways reach their time limit: that is
    what the bound of the 99th percentile would find. It is wide, and grows with the percentile of the
    same queries without a storm, because the machine may do other things as well.
    """
    pid = stormy_server.server_process
    quiet = normal_traffic(stormy_server, seconds=2)
    files, size = open_files(pid), resident(pid)
    with concurrent.futures.ThreadPoolExecutor(65) as pool:
        end = time.monotonic() + 18
        storm = [pool.submit(runaways, stormy_server, number, end) for number in range(64)]
        during = normal_traffic(stormy_server, seconds=18)
        late = [seconds for future in storm for seconds in future.result()]

    assert max(late) < LIMIT + 1 + 10 * quiet["p99"]
    assert quiet["failed"] == during["failed"] == []
    assert during["count"] > 100
    assert during["p99"] < 0.4 + 5 * quiet["p99"]
    assert eventually(lambda: resident(pid) - size < 64 * MEGABYTE, 10)
    assert eventually(lambda: open_files(pid) <= files + 24, 10)
    assert eventually(lambda: len(descendants(pid)) <= 12, 15)


@pytest.mark.soak
@pytest.mark.alone
def test_a_long_storm_with_every_kind_of_client_leaves_no_trace(stormy_server):
    """Runaways, clients that leave or stop reading, and losses of workers, beside normal traffic.

    Memory may grow while the server warms up, in the first half, but not in the second.
    """
    pid = stormy_server.server_process
    files = open_files(pid)
    sizes: list[int] = []
    end = time.monotonic() + SECONDS
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        others = [
            *(pool.submit(runaways, stormy_server, number, end) for number in range(24)),
            *(pool.submit(leave, stormy_server, number, end) for number in range(8)),
            *(pool.submit(stop_reading, stormy_server, number, end) for number in range(4)),
            pool.submit(kill_workers, stormy_server, end),
            pool.submit(sample, pid, sizes, end),
        ]
        during = normal_traffic(stormy_server, SECONDS)
        for future in others:
            future.result()

    assert during["failed"] == []
    assert during["count"] > 10 * SECONDS
    assert eventually(lambda: set(stormy_server.slots().values()) == {0}, 15)
    assert eventually(lambda: open_files(pid) <= files + 24, 15)
    assert eventually(lambda: len(descendants(pid)) <= 12, 15)
    half = len(sizes) // 2
    assert max(sizes[half:]) < max(sizes[:half]) + 16 * MEGABYTE


def leave(server, number, end):
    """Ask, and close the connection at some moment before or while the answer comes."""
    chance = random.Random(number)
    for turn in itertools.count():
        if time.monotonic() > end:
            return
        query = chance.choice([ENDLESS, RUNAWAY, "SELECT * { ?s ?p ?o }"])
        with server.raw(get(query_target(f"{query} # left {number} {turn}"))):
            time.sleep(chance.uniform(0, 0.3))


def stop_reading(server, number, end):
    """Ask for more than fits into the buffers, and take none of it until the server gives up."""
    for turn in itertools.count():
        if time.monotonic() > end:
            return
        with server.raw(get(query_target(f"{ENDLESS} # unread {number} {turn}"))):
            time.sleep(LIMIT + 1)


def kill_workers(server, end):
    """End one of the processes that evaluate, every few seconds; the fork server is not among them."""
    chance = random.Random(1)
    while time.monotonic() < end:
        time.sleep(chance.uniform(1, 5))
        with contextlib.suppress(ProcessLookupError, ValueError, IndexError):
            kill(chance.choice(sorted(server.descendants() - {server.fork_server()})))


def sample(pid, sizes, end):
    while time.monotonic() < end:
        sizes.append(resident(pid))
        time.sleep(0.5)


def test_several_server_processes_share_one_address(tmp_path):
    path = tmp_path / "data.ttl"
    path.write_text(DATA)
    with RunningServer("--data", path, "--workers", "2", "--query-timeout", "1") as server:
        assert {server.ask(f"ASK {{}} # {n}").status_code for n in range(30)} == {200}
        assert server.ask(RUNAWAY).status_code in (503, 504)
        family = descendants(server.process.pid)
        assert len(family) > 6
    assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), 10)
