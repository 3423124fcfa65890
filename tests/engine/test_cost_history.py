"""Which queries are known to be expensive, and by what."""

import asyncio
import os

import pytest

from gbagraph.engine import Dump, Engine, Query
from gbagraph.engine.cost_history import CostHistory
from gbagraph.errors import EvaluationError
from support import EXPENSIVE, RUNAWAY, alive, descendants, eventually, kill

FORMATS = {"solutions": "application/sparql-results+json"}


def query(text, *graphs):
    return Query(text, FORMATS, graphs or None, () if graphs else None)


def test_comments_and_formats_do_not_make_another_query():
    history = CostHistory()
    history.remember(query("ASK { ?s ?p '#' } # one"))

    assert history.is_expensive(Query("# two\nASK { ?s ?p '#' }", {}))
    assert not history.is_expensive(query("ASK { ?s ?p '' }"))


def test_another_dataset_makes_another_query():
    history = CostHistory()
    history.remember(query("ASK {}", "urn:a"))

    assert history.is_expensive(query("ASK {}", "urn:a"))
    assert not history.is_expensive(query("ASK {}", "urn:b"))
    assert not history.is_expensive(query("ASK {}"))


def test_only_queries_of_some_length_are_remembered():
    history = CostHistory()
    for job in (query("ASK {}" + " " * 20_000), Dump(None, "text/turtle")):
        history.remember(job)

        assert not history.is_expensive(job)


def test_the_ones_asked_last_stay():
    history = CostHistory(capacity=2)
    for text in ("ASK { 1 }", "ASK { 2 }"):
        history.remember(query(text))
    assert history.is_expensive(query("ASK { 1 }"))
    history.remember(query("ASK { 3 }"))

    assert [history.is_expensive(query(f"ASK {{ {n} }}")) for n in (1, 2, 3)] == [True, False, True]


def remembered(history, numbers):
    """Have *history* remember queries of one form with these numbers in them as expensive."""
    for number in numbers:
        history.remember(query(FORM.format(number, number, number)))


FORM = "SELECT * {{ ?s ?p ?o FILTER (?o > {} && STR(?o) != '{}') }} # {}"


def test_a_query_of_a_form_of_which_four_were_expensive_is_expected_to_be():
    history = CostHistory()
    for number in range(4):
        assert not history.is_expensive(query(FORM.format(number, number, number)))
        remembered(history, [number])

    assert history.is_expensive(query(FORM.format("-1.5e7", "it is \\' another", "")))
    assert not history.is_expensive(query(FORM.replace("?s ?p", "?s a").format(1, 1, 1)))
    assert not history.is_expensive(query(FORM.format(1, 1, 1), "urn:other"))


def test_the_same_query_again_is_not_another_of_its_form():
    history = CostHistory()
    remembered(history, [1] * 9)

    assert not history.is_expensive(query(FORM.format(2, 2, 2)))


def test_a_cheap_query_shows_that_its_form_is_not_expensive():
    history = CostHistory()
    remembered(history, range(4))

    history.remember_cheap(query(FORM.format(8, 8, 8)))

    assert not history.is_expensive(query(FORM.format(9, 9, 9)))
    assert history.is_expensive(query(FORM.format(1, 1, 1)))


def test_a_query_that_is_cheap_at_last_is_not_remembered_as_expensive():
    """Any may be expensive once, beside what else a processor does: it must not be refused for good."""
    history = CostHistory()
    remembered(history, [1, 2])

    history.remember_cheap(query(FORM.format(1, 1, "without its comment")))

    assert not history.is_expensive(query(FORM.format(1, 1, 1)))
    assert history.is_expensive(query(FORM.format(2, 2, 2)))


@pytest.mark.parametrize(
    ("known", "asked"), [([1], [1] * 20), (range(4), range(30, 50))], ids=["text", "form"]
)
def test_what_was_expensive_is_tried_every_ten_seconds(known, asked):
    """It may have been so once, and while others hold the slow slots it would always be refused."""
    now = [100.0]
    history = CostHistory(clock=lambda: now[0])
    remembered(history, known)
    found = []
    for number in asked:
        now[0] += 1
        found.append(history.is_expensive(query(FORM.format(number, number, number))))

    assert found == [*[True] * 9, False, *[True] * 9, False]


def test_what_was_expensive_now_and_then_makes_no_row():
    """A cheap query may once use much of a processor, too: the first one of a process, for example."""
    history = CostHistory()
    for number in range(12):
        remembered(history, [number])
        history.remember_cheap(query(FORM.format(number, "cheap", number)))

    assert not history.is_expensive(query(FORM.format(99, 99, 99)))


def test_what_was_long_ago_makes_no_row():
    now = [100.0]
    history = CostHistory(clock=lambda: now[0])
    for number in range(9):
        remembered(history, [number])
        now[0] += 11

    remembered(history, [10])
    assert not history.is_expensive(query(FORM.format(11, 11, 11)))


@pytest.mark.processes
def test_a_worker_that_was_lowered_gets_its_priority_back(small_file):
    expensive = query(EXPENSIVE)

    async def scenario():
        before = descendants(os.getpid())
        async with Engine([small_file]) as engine:
            await engine.answer(expensive)
            assert engine.cost_history.is_expensive(expensive)
            return {os.sched_getscheduler(pid) for pid in descendants(os.getpid()) - before}

    assert asyncio.run(scenario()) == {os.SCHED_OTHER}


@pytest.mark.processes
def test_a_query_whose_worker_was_killed_is_not_taken_for_expensive(small_file):
    """What it has used cannot be told any more; it is checked once more before the loss is noticed."""
    job = query(RUNAWAY)

    async def scenario():
        async with Engine(files=[small_file]) as engine:
            await engine.answer(query("SELECT * {}"))  # its worker is ready for the next
            task = asyncio.create_task(engine.answer(job))
            await asyncio.sleep(0)
            (execution,) = engine.running.values()
            pid = execution.worker.pid
            kill(pid)
            assert eventually(lambda: not alive(pid))  # meanwhile the event loop sees nothing
            execution.check()
            with pytest.raises(EvaluationError, match="SIGKILL"):
                await task
            return engine.cost_history.is_expensive(job)

    assert not asyncio.run(scenario())
