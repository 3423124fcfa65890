"""Workers as processes: shared memory, priorities, spare ones, and an end for those that have grown."""

import asyncio
import os
import re
import resource
import signal
import sys
from pathlib import Path

import pytest

from gbagraph.engine import Engine, JobOptions, Query, process
from gbagraph.engine.pool import SPARE
from support import RUNAWAY, children, eventually, file_with
from support.holdings import private_memory, resident

FORMATS = {"solutions": "application/sparql-results+json"}
RESERVED = JobOptions(is_reserved=True)
MEGABYTE = 1024 * 1024

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(sys.platform != "linux", reason="needs /proc"),
]


def select(text):
    return Query(text, FORMATS)


async def until(condition):
    """Wait until *condition* holds; False if it does not in time."""
    return await asyncio.to_thread(eventually, condition)


class Workers:
    """The workers of an engine in this process."""

    def __init__(self, before):
        (self.fork_server,) = set(children(os.getpid())) - before

    def pids(self):
        return children(self.fork_server)

    def schedulers(self):
        return [os.sched_getscheduler(pid) for pid in self.pids()]

    def niceness(self):
        return {os.getpriority(os.PRIO_PROCESS, pid) for pid in self.pids()}


def run(scenario, **options):
    """The result of a scenario with an engine and its workers."""

    async def with_engine():
        before = set(children(os.getpid()))
        async with Engine(**options) as engine:
            workers = Workers(before)
            assert await until(lambda: len(workers.pids()) >= SPARE)
            await asyncio.sleep(0.5)  # a few more are being forked
            return await scenario(engine, workers)

    return asyncio.run(with_engine())


def test_spare_workers_are_ready_before_there_is_a_query_and_can_open_neither_file_nor_socket(
    small_file,
):
    """So they can call no other endpoint, whatever a query hides from our check."""

    async def scenario(_, workers):
        def limits():
            return {resource.prlimit(pid, resource.RLIMIT_NOFILE) for pid in workers.pids()}

        count = len(workers.pids())
        # One is forked before it sets its limit.
        return count, await until(lambda: limits() == {(0, 0)})

    count, is_limited = run(scenario, files=[small_file])
    assert SPARE <= count < 2 * SPARE
    assert is_limited


def test_beside_others_a_slow_query_runs_only_on_idle_processors(small_file, monkeypatch):
    """One in a reserved slot, or alone, keeps its priority."""
    own = os.getpriority(os.PRIO_PROCESS, 0)
    lower, lowered = process.lower_priority, []

    def recorded(pid, slot_class):
        lower(pid, slot_class)
        lowered.append((slot_class, os.getpriority(os.PRIO_PROCESS, pid)))

    monkeypatch.setattr(process, "lower_priority", recorded)

    async def scenario(engine, workers):
        assert await until(lambda: workers.niceness() == {min(own + 2, 19)})
        reserved = asyncio.create_task(engine.answer(select(f"{RUNAWAY} OFFSET 0"), RESERVED))
        slow = asyncio.create_task(engine.answer(select(RUNAWAY)))
        assert await until(lambda: engine.admission.in_use()["slow"])
        await asyncio.sleep(0.2)
        assert not lowered
        other = asyncio.create_task(engine.answer(select(f"{RUNAWAY} OFFSET 1")))
        assert await until(lambda: engine.admission.in_use()["slow"] == 2)
        await engine.answer(select("SELECT * {}"))
        is_idle = await until(lambda: workers.schedulers().count(os.SCHED_IDLE) == 2)
        await asyncio.sleep(0.2)
        idle = workers.schedulers().count(os.SCHED_IDLE)
        for task in (reserved, slow, other):
            task.cancel()
        await asyncio.gather(reserved, slow, other, return_exceptions=True)
        return is_idle, idle

    assert run(scenario, files=[small_file]) == (True, 2)


def test_a_worker_that_was_suspended_when_it_had_answered_goes_on(small_file, monkeypatch):
    """The next job that is given to it would stand still until its limit."""
    send, suspended = process.send, []

    def after_the_answer(pid, number):
        if number == signal.SIGSTOP:
            assert eventually(lambda: state(pid, "State") == "S")
            suspended.append(pid)
        send(pid, number)

    monkeypatch.setattr(process, "send", after_the_answer)

    async def scenario(engine, _):
        engine.admission._size["background"] = 0
        digits = " ".join(f"VALUES ?v{n} {{ 0 1 2 3 4 5 6 7 8 9 }}" for n in range(7))
        await engine.answer(select(f"SELECT (COUNT(*) AS ?n) {{ {digits} }}"))
        return await until(lambda: state(suspended[0], "State") == "S")

    assert run(scenario, files=[small_file])


def test_workers_share_the_memory_of_the_dataset(tmp_path):
    """Each worker has what the fork server loaded, and hardly any memory of its own."""
    path = file_with(
        tmp_path / "large.nt", "".join(f"<urn:s{n}> <urn:p> <urn:o{n}> .\n" for n in range(100_000))
    )

    async def scenario(engine, workers):
        answer = await engine.answer(select("SELECT ?o { <urn:s99999> ?p ?o }"))
        assert b"urn:o99999" in answer.body
        return resident(workers.fork_server), [private_memory(pid) for pid in workers.pids()]

    loaded, private = run(scenario, files=[path])
    assert loaded > 60 * MEGABYTE
    assert max(private) < loaded / 4


def test_what_stands_still_holds_little_memory_and_what_has_ended_is_killed_at_once(small_file):
    """Together they hold what one query may use, also where a fork server does not hear."""
    memory, each = 100, 20
    grown = "".join(
        f"BIND (CONCAT({', '.join([part] * times)}) AS {name}) "
        for part, times, name in ((f"'{'x' * 1000}'", 1000, "?a"), ("?a", each, "?b"))
    )
    text = RUNAWAY.replace("*", "?b").replace("{", f"{{ {grown}", 1)

    async def scenario(engine, workers):
        asked = [
            asyncio.create_task(
                engine.answer(select(f"{text} # {number}"), JobOptions(str(number % 4)))
            )
            for number in range(16)
        ]
        seen: set[int] = set()
        slots = engine.admission.in_use
        while not seen or slots()["fast"] or slots()["background"]:
            seen |= {one.worker.pid for one in engine.running.values()}
            await asyncio.sleep(0.01)
        aside = [pid for pid in seen if state(pid, "State") == "T"]
        shared = int(state(workers.fork_server, "RssAnon"))
        held = sum(int(state(pid, "RssAnon")) - shared for pid in aside) / 1024
        os.kill(workers.fork_server, signal.SIGSTOP)
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        alive = [pid for pid in seen if not int(state(pid, "ShdPnd"), 16) & 1 << signal.SIGKILL - 1]
        os.kill(workers.fork_server, signal.SIGCONT)
        return len(aside), held, alive, set(slots().values())

    count, held, alive, slots = run(scenario, files=[small_file], memory=memory, slow_queries=1)
    assert count
    assert held <= memory
    assert (alive, slots) == ([], {0})


def test_a_worker_that_has_grown_is_replaced(small_file):
    """A query that needs much memory is the last one of its worker."""
    values = " ".join(map(str, range(100)))
    rows = f"VALUES ?a {{ {values} }} VALUES ?b {{ {values} }} BIND ('{'x' * 15_000}' AS ?text)"
    text = f"SELECT (STRLEN(GROUP_CONCAT(?text)) AS ?n) {{ {rows} }}"

    async def scenario(engine, workers):
        before = set(workers.pids())
        await engine.answer(select("SELECT * {}"))
        await asyncio.sleep(0.2)
        kept = before <= set(workers.pids())
        await engine.answer(select(text), RESERVED)
        return kept, await until(lambda: not before <= set(workers.pids()))

    assert run(scenario, files=[small_file]) == (True, True)


def state(pid, name):
    """What the system says of a process; one that is gone was killed."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return "100"
    return re.search(rf"^{name}:\s+(\w+)", text, re.MULTILINE)[1]
