"""One response of the server, made in this process: for programs that look at what a change does."""

import asyncio
from contextlib import asynccontextmanager

from gbagraph.composition import check_queries, engine_of
from gbagraph.endpoint.request import Addresses
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.settings import Settings
from gbagraph.web.app import Application


@asynccontextmanager
async def answering():
    """Give what makes the response to a GET of a target, and the engine that it asks."""
    addresses, settings = Addresses(), Settings()
    async with engine_of(settings) as engine:
        await check_queries(engine)
        responder = Application(ResultCache(engine, 16), addresses, settings).responder

        async def respond(target, **fields):
            path, _, query = target.partition("?")
            headers = [(name.replace("_", "-").encode(), fields[name].encode()) for name in fields]
            request = addresses.request(
                "GET", path, query.encode(), headers, peer=("127.0.0.1", 1), local=None
            )
            return await responder.respond(request)

        yield respond, engine


def get(target, times=1, **fields):
    """Return the text of the response to GET *target*, and how many evaluations all *times* needed."""

    async def responses():
        async with answering() as (respond, engine):
            before = engine.counts["evaluations"]
            for _ in range(times):
                response = await respond(target, **fields)
            return response.body.decode(), engine.counts["evaluations"] - before

    return asyncio.run(responses())
