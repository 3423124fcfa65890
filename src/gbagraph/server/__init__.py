"""The server: engine, application and uvicorn together, in one process or several."""

from __future__ import annotations

import asyncio
import json
import logging
from importlib import import_module
from typing import TYPE_CHECKING, Final

import uvicorn

from gbagraph.endpoint.asgi import CutAnswer
from gbagraph.endpoint.request import Addresses
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.engine import Check, Engine
from gbagraph.errors import GbaGraphError
from gbagraph.queries.catalog import all_queries, require_valid
from gbagraph.server.fast_path import ResponseCache, with_fast_path
from gbagraph.server.http_protocol import Limits, limited

if TYPE_CHECKING:
    import socket

    from gbagraph.errors import RequestError
    from gbagraph.settings import Settings

GRACE: Final = 3
"""Seconds in which requests that are under way may end when the server is told to."""


def serve(settings: Settings) -> None:
    """Serve until a signal ends it, in as many processes as the settings say.

    Raises:
        DatasetError: the dataset cannot be loaded, or no longer.
        QueryFileError: a canned query has a fault.
    """
    if settings.workers == 1:
        run(settings)
    else:
        # Imported here: most servers are one process.
        from gbagraph.server.processes import serve_shared  # noqa: PLC0415

        serve_shared(settings)


def run(settings: Settings, sockets: list[socket.socket] | None = None) -> None:
    """Serve in this process, on *sockets* that listen already or on the settings' address."""
    config = uvicorn.Config(
        "",  # made once the engine has started, and so is the protocol
        host=settings.host,
        port=settings.port,
        access_log=False,
        ws="none",
        server_header=False,
        proxy_headers=False,  # read where requests are made, by our own settings
        timeout_graceful_shutdown=GRACE,
    )
    _log_as_uvicorn()
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_run(settings, config, sockets))


async def _run(
    settings: Settings, config: uvicorn.Config, sockets: list[socket.socket] | None
) -> None:
    engine = Engine(
        settings.data,
        infer=settings.infer,
        timeout=settings.query_timeout,
        memory=settings.query_memory,
        result_size=settings.result_size,
        slow_queries=settings.max_slow_queries,
    )
    # The framework takes as long to import as the fork server takes to load: both at once.
    importing = asyncio.create_task(asyncio.to_thread(import_module, "gbagraph.web.app"))
    async with engine:
        await _check_queries(engine)
        addresses = Addresses(settings.public_url, settings.root_path, settings.trusted_proxies)
        cache = ResultCache(engine, settings.cache_size // 2)
        application = (await importing).Application(cache, addresses, settings.transfer_timeout)
        config.app = application
        protocol = limited(Limits(settings.head_timeout, settings.transfer_timeout, _explain))
        responses = ResponseCache(engine, settings.cache_size // 2)
        config.http = with_fast_path(protocol, responses, application.adapter)
        await _serve_until_failed(uvicorn.Server(config), engine, sockets)


async def _check_queries(engine: Engine) -> None:
    """Read and check the canned queries before anybody can ask them; raises QueryFileError."""
    texts = tuple(query.text for query in all_queries().values())
    answer = await engine.answer(Check(texts))
    require_valid(json.loads(answer.body))


async def _serve_until_failed(
    server: uvicorn.Server, engine: Engine, sockets: list[socket.socket] | None
) -> None:
    def end(_: object) -> None:
        server.should_exit = True

    engine.failed.add_done_callback(end)
    await server.serve(sockets)
    if engine.failed.done():
        raise GbaGraphError(f"The engine could not be kept running: {engine.failed.result()}")


def _explain(problem: RequestError) -> tuple[str, bytes]:
    """What is refused before it is read, so that nothing is known of what the client accepts."""
    problems = import_module("gbagraph.web.problems")
    return "application/problem+json", problems.details(problem).encode()


def _log_as_uvicorn() -> None:
    """Have our messages written where uvicorn writes its own, in the same form."""
    logger = logging.getLogger("gbagraph")
    logger.handlers = logging.getLogger("uvicorn").handlers
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logging.getLogger("uvicorn.error").addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a log record says what has not been said: a cut answer is logged where it is cut."""
    return record.exc_info is None or not isinstance(record.exc_info[1], CutAnswer)
