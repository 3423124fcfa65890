"""The server of tools over standard input and output, or over HTTP, with an engine of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import uvicorn
from mcp.server.stdio import stdio_server

from gbagraph.composition import check_queries, engine_of
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.errors import GbaGraphError
from gbagraph.mcp.server import server
from gbagraph.settings import MEGABYTE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gbagraph.engine import Engine
    from gbagraph.settings import Settings

PATH: Final = "/mcp"
"""Where the server answers over HTTP."""


def serve_stdio(settings: Settings) -> None:
    """Serve the one client behind standard input and output, until it closes them.

    Raises:
        DatasetError: the dataset cannot be loaded.
        QueryFileError: a canned query has a fault.
        OSError: standard output takes no more.
    """
    # A thread waits for the next line, and nothing but the end of the process ends that wait.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        asyncio.run(_over_stdio(settings))
    except ExceptionGroup as failures:
        of_output, others = failures.split(OSError)
        if of_output is None or others is not None:
            raise
        raise _first(of_output) from None


def _first(problem: Exception) -> Exception:
    """*problem*, or of a group the first that is none."""
    return _first(problem.exceptions[0]) if isinstance(problem, ExceptionGroup) else problem


def serve_http(settings: Settings) -> None:
    """Serve over HTTP until a signal stops the server; raises as :func:`serve_stdio`."""
    config = uvicorn.Config("", host=settings.host, port=settings.port, access_log=False, ws="none")
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_over_http(settings, config))


async def _over_stdio(settings: Settings) -> None:
    async with _answers(settings) as cache, stdio_server() as (incoming, outgoing):
        served = server(cache)
        cache.engine.failed.add_done_callback(_end)
        await served.run(incoming, outgoing, served.create_initialization_options())


async def _over_http(settings: Settings, config: uvicorn.Config) -> None:
    async with _answers(settings) as cache:
        config.app = server(cache).streamable_http_app(
            streamable_http_path=PATH,
            host=settings.host,
            # No request needs what another left behind, so clients may come to any server process.
            stateless_http=True,
            json_response=True,
            max_request_body_size=settings.body_size * MEGABYTE,
        )
        await _until_failed(uvicorn.Server(config), cache.engine)


@asynccontextmanager
async def _answers(settings: Settings) -> AsyncIterator[ResultCache]:
    """The engine with its cache, once the canned queries are known to be valid."""
    engine = engine_of(settings)
    async with engine:
        await check_queries(engine)
        yield ResultCache(engine, settings.cache_size)


def _end(failed: asyncio.Future[str]) -> None:
    """End the process: its client waits for answers that nobody can give any more."""
    if not failed.cancelled():
        print(_failure(failed.result()).message, file=sys.stderr)  # noqa: T201
        os._exit(1)


async def _until_failed(serving: uvicorn.Server, engine: Engine) -> None:
    """Serve to the end, or until the engine cannot be kept running."""

    def end(_: object) -> None:
        serving.should_exit = True

    engine.failed.add_done_callback(end)
    await serving.serve()
    if engine.failed.done():
        raise _failure(engine.failed.result())


def _failure(reason: str) -> GbaGraphError:
    return GbaGraphError(f"The engine could not be kept running: {reason}")
