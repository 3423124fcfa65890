"""A storm of runaway queries, and what it leaves behind: nothing."""

import concurrent.futures
import contextlib
import itertools
import random
import time
from itertools import chain
from multiprocessing import get_context

import pytest

from support import (
    ENDLESS,
    RUNAWAY,
    RunningServer,
    descendants,
    eventually,
    file_with,
    get,
    kill,
    query_target,
)
from support.holdings import open_files, resident
from support.reliability import record
from support.soak import SECONDS
from support.storm import (
    DATA,
    every_kind,
    normal_traffic,
    path,
    runaways,
    silent_connections,
)

pytestmark = pytest.mark.processes

LIMIT = 5.0
MEGABYTE = 1024 * 1024


@pytest.fixture
def stormy_server(tmp_path):
    path = file_with(tmp_path / "circle.ttl", DATA)
    with RunningServer(
        "--data", path, "--query-timeout", LIMIT, "--query-memory", "128"
    ) as running:
        yield running


def in_a_storm(url, quiet_seconds, seconds, *, new=False):
    """Normal traffic before a storm of 64 runaways at once and beside it, and how long each took.

    Who asks the normal queries is a process of its own.
    """
    with (
        concurrent.futures.ProcessPoolExecutor(1, get_context("spawn")) as traffic,
        concurrent.futures.ThreadPoolExecutor(64) as pool,
    ):
        quiet = traffic.submit(normal_traffic, url, quiet_seconds).result()
        end = time.monotonic() + seconds
        storm = [pool.submit(runaways, url, number, end, new=new) for number in range(64)]
        during = traffic.submit(normal_traffic, url, seconds).result()
        taken = [seconds for future in storm for seconds in future.result()]
    assert quiet["failed"] == during["failed"] == []
    return quiet, during, taken


@pytest.mark.alone
def test_a_storm_ends_in_time_and_nobody_else_notices(stormy_server):
    """Sixty-four runaways of six kinds, again and again for ten seconds, beside normal traffic.

    Where nothing holds them back, normal queries wait until runaways reach their time limit: that is
    what the bound of the 99th percentile would find. It is wide, and grows with the percentile of the
    same queries without a storm, because the machine may do other things as well.
    """
    pid = stormy_server.server_process
    normal_traffic(stormy_server.url, seconds=1)
    files, size = open_files(pid), resident(pid)

    quiet, during, late = in_a_storm(stormy_server.url, 2, 10)

    assert max(late) < LIMIT + 5 + 10 * quiet["p99"]
    assert during["count"] > 100
    assert during["p99"] < 1 + 5 * quiet["p99"]
    assert eventually(lambda: resident(pid) - size < 64 * MEGABYTE)
    assert eventually(lambda: open_files(pid) <= files + 24)
    assert eventually(lambda: len(descendants(pid)) <= 12)


@pytest.mark.soak
@pytest.mark.alone
@pytest.mark.parametrize("new", [False, True], ids=["same texts", "always new texts"])
def test_normal_queries_take_at_most_five_times_as_long_in_a_storm(stormy_server, new):
    """In three storms of three."""
    for turn in range(3):
        quiet, during, taken = in_a_storm(stormy_server.url, 6, 18, new=new)
        assert during["p99"] <= 5 * quiet["p99"]
        texts = "always new texts" if new else "same texts"
        record(
            "load",
            f"storm {turn + 1} of 64 runaways at once, {texts}",
            seconds=18,
            runaways=len(taken),
            other_requests=during["count"],
            refused=0,
            wrong=0,
            p99_quiet_ms=quiet["p99"] * 1000,
            p99_ms=during["p99"] * 1000,
            memory_MB="",
        )


@pytest.mark.soak
@pytest.mark.alone
def test_a_long_storm_with_every_kind_of_client_leaves_no_trace():
    """Requests of every kind, runaways, clients that leave, read nothing or are silent, lost workers.

    Memory, that of all processes but the workers, may grow while the server warms up, in the first half,
    but not in the second.
    """
    with RunningServer("--query-timeout", LIMIT, "--query-memory", "128") as server:
        pid, url = server.server_process, server.url
        quiet = normal_traffic(url, 5, path)
        files, before = open_files(pid), held(server)
        sizes: list[int] = []
        end = time.monotonic() + SECONDS
        with concurrent.futures.ThreadPoolExecutor(64) as pool:
            browsing = [pool.submit(every_kind, server, number, end) for number in range(6)]
            others = [
                *(pool.submit(runaways, url, number, end, new=number > 11) for number in range(24)),
                *(pool.submit(leave, server, number, end) for number in range(8)),
                *(pool.submit(stop_reading, server, number, end) for number in range(4)),
                pool.submit(silent_connections, server, end),
                pool.submit(sample, server, sizes, end),
            ]
            kills = pool.submit(kill_workers, server, end)
            during = normal_traffic(url, SECONDS, path)
            for future in others:
                future.result()
            counts, refused, differing = zip(*(future.result() for future in browsing), strict=True)

        half = len(sizes) // 2
        memory = [before, max(sizes[:half]), max(sizes[half:]), held(server)]
        lost = [each for each in during["failed"] if "SIGKILL" in each]
        found = {
            "seconds": round(SECONDS),
            "runaways": sum(len(future.result()) for future in others[:24]),
            "other_requests": during["count"] + sum(counts),
            "refused": sum(refused) + len(lost),
            "wrong": 0,
            "p99_quiet_ms": quiet["p99"] * 1000,
            "p99_ms": during["p99"] * 1000,
            "memory_MB": " → ".join(str(round(size / MEGABYTE)) for size in memory),
        }
        assert [*chain.from_iterable(differing)] == []
        assert during["failed"] == lost, {*during["failed"]} - {*lost}
        assert len(lost) <= kills.result()
        assert during["count"] > 10 * SECONDS
        assert sum(refused) < sum(counts) / 10
        assert eventually(lambda: set(server.slots().values()) == {0})
        assert eventually(lambda: open_files(pid) <= files + 24)
        assert eventually(lambda: len(descendants(pid)) <= 12)
        assert memory[2] < memory[1] + 16 * MEGABYTE
        record("load", "every kind of traffic at once", **found)


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
    """End one of the processes that evaluate, every few seconds, but not the fork server: how many."""
    chance, killed = random.Random(1), 0
    while time.monotonic() < end:
        time.sleep(chance.uniform(1, 5))
        with contextlib.suppress(ProcessLookupError, ValueError, IndexError):
            kill(chance.choice(sorted(server.descendants() - {server.fork_server()})))
            killed += 1
    return killed


def held(server):
    """Bytes of memory of all processes of *server* but its workers."""
    return sum(map(resident, (server.process.pid, server.server_process, server.fork_server())))


def sample(server, sizes, end):
    while time.monotonic() < end:
        sizes.append(held(server))
        time.sleep(0.5)
