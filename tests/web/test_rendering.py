"""Pages of answers are made by workers, which hold a slot and can be stopped."""

import asyncio
import re
import socket

import pytest

from gbagraph.engine import Engine, JobOptions
from gbagraph.errors import EvaluationError, QueryTimeout, ServerBusy
from gbagraph.web import templating
from gbagraph.web.jobs import rendering
from support.inside import answering

pytestmark = pytest.mark.processes

PAGES = [
    "/sparql?query=ASK%7B%7D",
    "/sparql?query=SELECT%20*%7B%3Fs%20a%20%3Fo%7DLIMIT%205",
    "/sparql?query=SELECT%20*%7B%3Fs%20a%20%3Fo%7DLIMIT%205&view=network",
    "/sparql?query=DESCRIBE%20%3Chttps%3A%2F%2Fw3id.org%2Fgbagraph%2Fid%2Fbaidu%3E&view=turtle",
    "/queries/timeline?view=timeline",
    "/queries/zones-by-area",
    "/queries/place-to-country?place=guangzhou",
]


def test_the_page_of_an_answer_is_not_made_by_the_server(monkeypatch):
    """Were it, it would be made without a template, which no page can be."""

    async def scenario():
        async with answering() as (respond, engine):
            monkeypatch.setattr(templating, "render", None)
            first = [await respond(target, accept="text/html") for target in PAGES]
            evaluations = engine.counts["evaluations"]
            again = [await respond(target, accept="text/html") for target in PAGES]
            return first, again, engine.counts["evaluations"] - evaluations

    first, again, evaluations = asyncio.run(scenario())

    assert {each.status for each in (*first, *again)} == {200}
    assert [each.body for each in first] == [each.body for each in again]
    assert all(re.search(rb"<table|<svg|<pre|answer", each.body) for each in first)
    assert evaluations == 0, "what is made once is kept"


def test_a_page_that_takes_longer_than_its_limit_is_stopped(small_file):
    async def scenario():
        async with Engine([small_file]) as engine:
            await engine.answer(rendering("builtins:str", "first"))  # a renderer is forked
            with pytest.raises(QueryTimeout):
                await engine.answer(rendering("time:sleep", 600), JobOptions(timeout=1))
            answer = await engine.answer(rendering("builtins:str", "next"))
            return answer.body, engine.admission.in_use()

    body, in_use = asyncio.run(scenario())

    assert body == b"next"
    assert not any(in_use.values())


def test_a_client_of_pages_has_its_share_of_slots(small_file):
    """All that it asks for beyond waits or is refused, and another client's page is made at once."""

    async def scenario():
        async with Engine([small_file]) as engine:
            greedy = [
                asyncio.create_task(
                    engine.answer(rendering("time:sleep", 600), JobOptions("a", is_reserved=True))
                )
                for _ in range(64)
            ]
            while engine.admission.in_use()["reserved"] < 12:  # noqa: ASYNC110  no event for it
                await asyncio.sleep(0.01)
            other = await engine.answer(
                rendering("builtins:str", "other"), JobOptions("b", is_reserved=True)
            )
            held = engine.admission.in_use()["reserved"]
            for each in greedy:
                each.cancel()
            failures = await asyncio.gather(*greedy, return_exceptions=True)
            return other.body, held, failures

    body, held, failures = asyncio.run(scenario())

    assert (body, held) == (b"other", 12)
    assert {type(each) for each in failures} <= {asyncio.CancelledError, ServerBusy}


def test_a_renderer_is_forked_for_the_first_page_and_no_earlier(small_file):
    async def scenario():
        async with Engine([small_file]) as engine:
            workers = engine.pool.supervisor._workers
            before = [each.renders for each in workers.values()]
            await engine.answer(rendering("builtins:str", "page"))
            return before, [each.renders for each in workers.values()]

    before, after = asyncio.run(scenario())

    assert (before.count(True), after.count(True)) == (0, 1)


def test_a_renderer_can_call_nobody(small_file):
    async def scenario(address):
        async with Engine([small_file]) as engine:
            with pytest.raises(EvaluationError):
                await engine.answer(rendering("socket:create_connection", address))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        asyncio.run(scenario(listening.getsockname()))
        listening.settimeout(0)
        with pytest.raises(BlockingIOError):
            listening.accept()
