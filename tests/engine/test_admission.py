"""Admission control, rule by rule, without any process."""

import asyncio
import contextlib
import random
import time
from types import SimpleNamespace

import pytest

from gbagraph.engine.admission import CHEAP, EXPENSIVE, SLOW_AGE, Admission, JobOptions
from gbagraph.errors import ServerBusy

ANA, BEN = JobOptions("ana"), JobOptions("ben")


def run(scenario):
    return asyncio.run(scenario(Admission(fast=4, slow=2, memory=1000)))


def test_few_are_fast_at_once_and_the_others_wait_their_turn():
    async def scenario(admission):
        slots = [await admission.acquire(ANA, 1) for _ in range(3)]
        waiting = asyncio.create_task(admission.acquire(ANA, 1))
        await asyncio.sleep(0)
        assert not waiting.done()  # three quarters of the slots are ana's
        other = await admission.acquire(BEN, 1)
        admission.release(slots[0])
        await asyncio.sleep(0)
        assert waiting.done()
        for slot in (*slots[1:], other, waiting.result()):
            admission.release(slot)
        return admission.in_use()

    assert set(run(scenario).values()) == {0}


def test_those_who_wait_take_turns_client_by_client():
    async def scenario(admission):
        held = [await admission.acquire(options, 1) for options in (ANA, ANA, BEN, BEN)]
        order = []

        async def ask(options):
            slot = await admission.acquire(options, 1)
            order.append(options.client)
            admission.release(slot)

        tasks = [asyncio.create_task(ask(options)) for options in (ANA, ANA, ANA, BEN, BEN)]
        await asyncio.sleep(0)
        admission.release(held.pop())
        await asyncio.gather(*tasks)
        return order

    assert run(scenario) == ["ana", "ben", "ana", "ben", "ana"]


def test_one_that_waits_too_long_is_refused():
    async def scenario(admission):
        for options in (ANA, ANA, BEN, BEN):
            await admission.acquire(options, 1)
        with pytest.raises(ServerBusy, match=r"most of its 0\.01 seconds"):
            await admission.acquire(BEN, 0.01)

    run(scenario)


def test_too_many_may_not_wait():
    async def scenario(admission):
        for options in (ANA, ANA, BEN, BEN):
            await admission.acquire(options, 1)
        waiting = [
            asyncio.create_task(admission.acquire(JobOptions(f"c{n % 4}"), 5)) for n in range(512)
        ]
        await asyncio.sleep(0)
        with pytest.raises(ServerBusy, match="512 queries are already waiting"):
            await admission.acquire(BEN, 1)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        late = asyncio.create_task(admission.acquire(BEN, 5))
        await asyncio.sleep(0)
        assert not late.done()  # those who gave up are out of the queue
        late.cancel()

    run(scenario)


@pytest.mark.parametrize(
    ("used", "age", "expected"),
    [
        (CHEAP / 2, 10, "fast"),
        (CHEAP, 0, "background"),
        (EXPENSIVE, SLOW_AGE / 2, "background"),
        (EXPENSIVE, SLOW_AGE, "slow"),
    ],
)
def test_what_a_query_uses_decides_where_it_goes(used, age, expected):
    async def scenario(admission):
        slot = await admission.acquire(ANA, 1)
        admission.reclassify(slot, used, age)
        return slot.slot_class, {name for name, count in admission.in_use().items() if count}

    assert run(scenario) == (expected, {expected})


def test_slow_ones_wait_when_there_are_enough():
    async def scenario(admission):
        slots = [await admission.acquire(options, 1) for options in (ANA, BEN, JobOptions("eve"))]
        for slot in slots[:2]:
            admission.reclassify(slot, 1, 1)
        turn = admission.reclassify(slots[2], 1, 1)
        assert slots[2].slot_class == "suspended"
        with pytest.raises(ServerBusy, match="slow"):
            await admission.acquire(BEN, 0.01, is_expensive=True)
        queued = asyncio.create_task(admission.acquire(ANA, 1, is_expensive=True))
        await asyncio.sleep(0)
        admission.release(slots[0])
        assert await turn
        assert slots[2].slot_class == "slow"
        admission.release(slots[2])
        assert (await queued).slot_class == "slow"
        for slot in (slots[1], queued.result()):
            admission.release(slot)
        return admission.in_use()

    assert set(run(scenario).values()) == {0}


def test_one_client_may_have_72_suspended_and_is_told_when_to_try_again(monkeypatch):
    now = time.monotonic()
    monkeypatch.setattr("gbagraph.engine.admission.time", SimpleNamespace(monotonic=lambda: now))

    async def scenario(admission):
        for _ in range(73):
            slot = await admission.acquire(ANA, 1)
            slot.until = now + 20
            admission.reclassify(slot, 1, 1)
        assert admission.in_use()["suspended"] == 72
        slot = await admission.acquire(ANA, 1)
        with pytest.raises(ServerBusy, match="slow") as refused:
            admission.reclassify(slot, 1, 1)
        return refused.value.details["retry_after"]

    assert run(scenario) == 20


def test_those_suspended_hold_no_more_than_one_query_may_use_and_a_client_three_quarters_of_it():
    async def scenario(admission):
        async def held(options, size):
            slot = await admission.acquire(options, 1)
            with contextlib.suppress(ServerBusy):
                admission.reclassify(slot, 1, 1, lambda: size)
            return slot.slot_class

        eve = JobOptions("eve")
        for options in (BEN, eve):
            await admission.acquire(options, 1, is_expensive=True)
        sizes = ((ANA, 500), (ANA, 251), (ANA, 250), (BEN, 251), (BEN, 250), (eve, 1))
        return [await held(options, size) for options, size in sizes]

    expected = ["suspended", "fast", "suspended", "fast", "suspended", "fast"]
    assert run(scenario) == expected


def test_suspended_clients_take_turns_and_who_leaves_waits_no_longer():
    async def scenario(admission):
        running = await admission.acquire(ANA, 1, is_expensive=True)
        slots = [await admission.acquire(options, 1) for options in (ANA, ANA, BEN)]
        turns = [admission.reclassify(slot, 1, 1) for slot in slots]
        assert turns[2] is None  # ben's has the slot that is not for ana
        admission.release(slots[0])
        assert not await turns[0]
        admission.release(running)
        assert await turns[1]
        return [slot.slot_class for slot in slots[1:]]

    assert run(scenario) == ["slow", "slow"]


def test_large_answers_have_slots_of_their_own():
    async def scenario(admission):
        slow = [await admission.acquire(options, 1) for options in (ANA, BEN)]
        for slot in slow:
            admission.reclassify(slot, 1, 1)
        large = await admission.acquire(JobOptions("eve"), 1)
        admission.reclassify_as_large(large)
        admission.reclassify_as_large(slow[0])
        return large.slot_class, slow[0].slot_class

    assert run(scenario) == ("large", "slow")


def test_what_is_reserved_is_not_moved():
    async def scenario(admission):
        slot = await admission.acquire(JobOptions("ana", is_reserved=True), 1)
        admission.reclassify(slot, 1, 1)
        admission.reclassify_as_large(slot)
        return slot.slot_class

    assert run(scenario) == "reserved"


@pytest.mark.parametrize("seed", range(20))
def test_whatever_happens_all_is_given_back(seed):
    """Many clients enter, wait, are moved, refused, cancelled or time out, in any order."""
    chance = random.Random(seed)

    async def client(admission):
        options = JobOptions(chance.choice("abc"), is_reserved=chance.random() < 0.2)
        try:
            slot = await admission.acquire(
                options, chance.choice([0.001, 0.01, 1]), is_expensive=chance.random() < 0.1
            )
        except ServerBusy:
            return
        try:
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(chance.choice([0, 0.001]))
                admission.reclassify(slot, chance.choice([0, CHEAP, EXPENSIVE]), 1)
                if chance.random() < 0.2:
                    admission.reclassify_as_large(slot)
        except ServerBusy:
            pass
        finally:
            admission.release(slot)

    async def scenario(admission):
        tasks = [asyncio.create_task(client(admission)) for _ in range(100)]
        for task in tasks:
            if chance.random() < 0.3:
                asyncio.get_running_loop().call_later(chance.random() / 50, task.cancel)
        await asyncio.gather(*tasks, return_exceptions=True)
        free = [await admission.acquire(JobOptions(name), 0.1) for name in "wxyz"]
        for slot in free:
            admission.release(slot)
        return admission.in_use()

    assert set(run(scenario).values()) == {0}
