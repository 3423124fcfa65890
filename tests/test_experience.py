"""Which queries are known to be dear, and by what."""

import asyncio
import os

from gbagraph.engine import Dump, Engine, Query
from gbagraph.engine.experience import Experience
from gbagraph.engine.lanes import Lanes
from support import descendants

FORMATS = {"solutions": ("application/sparql-results+json", "srj")}


def query(text, *graphs):
    return Query(text, FORMATS, graphs or None, () if graphs else None)


def test_comments_and_formats_do_not_make_another_query():
    experience = Experience()
    experience.remember(query("ASK { ?s ?p '#' } # one"))

    assert experience.knows(Query("# two\nASK { ?s ?p '#' }", {}))
    assert not experience.knows(query("ASK { ?s ?p '' }"))


def test_another_dataset_makes_another_query():
    experience = Experience()
    experience.remember(query("ASK {}", "urn:a"))

    assert experience.knows(query("ASK {}", "urn:a"))
    assert not experience.knows(query("ASK {}", "urn:b"))
    assert not experience.knows(query("ASK {}"))


def test_only_queries_of_some_length_are_remembered():
    experience = Experience()
    for job in (query("ASK {}" + " " * 20_000), Dump(None, "text/turtle", "ttl")):
        experience.remember(job)

        assert not experience.knows(job)


def test_the_ones_asked_last_stay():
    experience = Experience(most=2)
    for text in ("ASK { 1 }", "ASK { 2 }"):
        experience.remember(query(text))
    assert experience.knows(query("ASK { 1 }"))
    experience.remember(query("ASK { 3 }"))

    assert [experience.knows(query(f"ASK {{ {n} }}")) for n in (1, 2, 3)] == [True, False, True]


def test_a_worker_that_found_no_room_aside_gets_its_priority_back():
    dear = query("SELECT (COUNT(*) AS ?n) { ?a a ?c . ?d a ?f FILTER (?a != ?d) }")

    async def asked():
        before = descendants(os.getpid())
        async with Engine() as engine:
            engine.lanes = Lanes(fast=8, aside=0, last=0)
            await engine.answer(dear)
            assert engine.experience.knows(dear)
            return {os.sched_getscheduler(pid) for pid in descendants(os.getpid()) - before}

    assert asyncio.run(asked()) == {os.SCHED_OTHER}
