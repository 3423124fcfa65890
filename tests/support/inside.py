"""The server and the command line in this process: for what needs no connection, and no process."""

import asyncio
from contextlib import asynccontextmanager, contextmanager

from typer.testing import CliRunner

from gbagraph import publication
from gbagraph.cli import app, project
from gbagraph.composition import check_queries, engine_of, published
from gbagraph.endpoint.request import Addresses
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.settings import Settings
from gbagraph.web.app import Application

_DEFAULT = Settings()


@asynccontextmanager
async def answering(settings=_DEFAULT):
    """Give what makes the response to a GET of a target, and the engine that it asks."""
    addresses = Addresses()
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


@contextmanager
def publishing(**values):
    """Publish what these settings say; give what makes the page at a target."""
    settings = Settings.from_values(values)
    publication.use(published(settings))
    served = answering(settings)
    with asyncio.Runner() as runner:
        respond, _ = runner.run(served.__aenter__())

        def page(target):
            response = runner.run(respond(target, accept="text/html"))
            assert response.status == 200, response.body
            return response.body.decode()

        try:
            yield page
        finally:
            runner.run(served.__aexit__(None, None, None))
            publication.use(publication.OWN)


def command(*words, **environment):
    """Return how the command line ends with these words and variables; what it publishes is undone."""
    here = project._Here.settings
    try:
        return CliRunner(env=environment).invoke(app, list(map(str, words)), prog_name="gbagraph")
    finally:
        project._Here.settings = here
        publication.use(publication.OWN)
