"""One response of the server, made in this process: for programs that look at what a change does."""

import asyncio

from gbagraph.composition import check_queries, engine_of
from gbagraph.endpoint.request import Addresses
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.settings import Settings
from gbagraph.web.app import Application


def get(target, times=1, **fields):
    """Return the text of the response to GET *target*, and how many evaluations all *times* needed."""
    path, _, query = target.partition("?")
    headers = [(name.replace("_", "-").encode(), text.encode()) for name, text in fields.items()]

    async def respond():
        addresses, settings = Addresses(), Settings()
        async with engine_of(settings) as engine:
            await check_queries(engine)
            responder = Application(ResultCache(engine, 16), addresses, settings).responder
            before = engine.counts["evaluations"]
            for _ in range(times):
                request = addresses.request(
                    "GET", path, query.encode(), headers, peer=("127.0.0.1", 1), local=None
                )
                response = await responder.respond(request)
            return response.body.decode(), engine.counts["evaluations"] - before

    return asyncio.run(respond())
