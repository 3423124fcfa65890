"""The server: engine, application and uvicorn together, in one process or several."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Final

import uvicorn

from gbagraph import publication
from gbagraph.endpoint.asgi import TruncatedAnswer
from gbagraph.endpoint.request import Addresses
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.engine import Engine, SyntaxCheck, loading
from gbagraph.engine.engine import new_sender
from gbagraph.errors import AddressError, GbaGraphError
from gbagraph.queries.catalog import all_queries, require_valid
from gbagraph.server.fast_path import ResponseCache, with_fast_path
from gbagraph.server.http_protocol import Limits, with_limits

if TYPE_CHECKING:
    from gbagraph.errors import RequestError
    from gbagraph.federation.messages import Sender
    from gbagraph.settings import Settings

GRACE: Final = 3
"""Seconds that running requests are given to end when the server is stopped."""


def serve(settings: Settings) -> None:
    """Serve until a signal stops the server, in as many processes as the settings say.

    Raises:
        DatasetError: the dataset cannot be loaded, now or on a restart of the fork server.
        QueryFileError: a canned query has a fault.
        SettingError: there is no such folder of queries.
        AddressError: nothing can listen on the address.
    """
    _require_free(settings.host, settings.port)
    if settings.workers == 1:
        run(settings)
    else:
        loading.published(
            settings
        )  # what is wrong is told once, before there are several processes
        # Imported here: most servers have one process.
        from gbagraph.server.processes import serve_shared  # noqa: PLC0415

        serve_shared(settings, partial(run, sender=_sender(settings)))


def _require_free(host: str, port: int) -> None:
    """Raise AddressError unless a server can listen there: before anything is loaded for it."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise AddressError(
            f"The server cannot listen on {host}, port {port}: {reason}. Choose another with --host or "
            "--port; port 0 takes a free one."
        ) from None


def run(
    settings: Settings, sockets: list[socket.socket] | None = None, sender: Sender | None = None
) -> None:
    """Serve in this process, on listening *sockets* or else on the address of the settings.

    *sender* is how the server names itself to others; all of its processes have the same.
    """
    publication.use(loading.published(settings))
    all_queries()  # a fault of their files is told before anything is started
    config = uvicorn.Config(
        "",  # the application; it is set once the engine has started, as is the protocol
        host=settings.host,
        port=settings.port,
        access_log=False,
        ws="none",
        server_header=False,
        proxy_headers=False,  # read by gbagraph.endpoint.request, by our own settings
        timeout_graceful_shutdown=GRACE,
    )
    _log_as_uvicorn()
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_run(settings, config, sockets, sender or _sender(settings)))


async def _run(
    settings: Settings,
    config: uvicorn.Config,
    sockets: list[socket.socket] | None,
    sender: Sender,
) -> None:
    engine = Engine(
        settings.data,
        store=settings.store,
        default_graph=settings.default_graph,
        index=settings.index,
        infer=settings.infer,
        timeout=settings.query_timeout,
        memory=settings.query_memory,
        result_size=settings.result_size,
        slow_queries=settings.max_slow_queries,
        services=settings.allow_service,
        sender=sender,
        engines=settings.engine,
        engine_timeout=settings.engine_timeout,
        engine_version=settings.engine_version,
    )
    # Importing the framework takes as long as the fork server takes to load: both at once.
    importing = asyncio.create_task(asyncio.to_thread(import_module, "gbagraph.web.app"))
    async with engine:
        await _check_queries(engine)
        addresses = Addresses(settings.public_url, settings.root_path, settings.trusted_proxies)
        # Half of the memory for results, half for whole responses.
        cache = ResultCache(engine, settings.cache_size // 2)
        application = (await importing).Application(cache, addresses, settings)
        config.app = application
        protocol = with_limits(
            Limits(settings.head_timeout, settings.transfer_timeout, _render_error)
        )
        responses = ResponseCache(engine, settings.cache_size // 2)
        config.http = with_fast_path(protocol, responses, application.responder, addresses)
        await _serve_until_failed(uvicorn.Server(config), engine, sockets)


def _sender(settings: Settings) -> Sender:
    """The server in what it sends others: where readers report, or else where it is, is its contact."""
    return new_sender(settings.report or settings.public_url)


async def _check_queries(engine: Engine) -> None:
    """Read and check the canned queries before the server takes requests; raises QueryFileError."""
    texts = tuple(query.text for query in all_queries().values())
    if not texts:
        return
    answer = await engine.answer(SyntaxCheck(texts))
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


def _render_error(problem: RequestError) -> tuple[str, bytes]:
    """The body for a request that is refused before its Accept header is known, and its type."""
    problems = import_module("gbagraph.web.problems")
    return "application/problem+json", problems.details(problem).encode()


def _log_as_uvicorn() -> None:
    """Write our log messages where uvicorn writes its own, in the same form."""
    logger = logging.getLogger("gbagraph")
    logger.handlers = logging.getLogger("uvicorn").handlers
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logging.getLogger("uvicorn.error").addFilter(_is_not_logged_yet)


def _is_not_logged_yet(record: logging.LogRecord) -> bool:
    """Drop uvicorn's record of a truncated answer, which is logged where it is truncated."""
    return record.exc_info is None or not isinstance(record.exc_info[1], TruncatedAnswer)
