"""A server process: engine, application and uvicorn together."""

from __future__ import annotations

import asyncio
import signal
from importlib import import_module
from typing import TYPE_CHECKING, Final

import uvicorn

from gbagraph import publication, tracing
from gbagraph.composition import check_queries, engine_of, published
from gbagraph.endpoint.request import Addresses
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.errors import GbaGraphError
from gbagraph.queries.catalog import all_queries
from gbagraph.server import control, logs
from gbagraph.server.crowding import most_connections
from gbagraph.server.fast_path import ResponseCache, with_fast_path
from gbagraph.server.http_protocol import Limits, with_limits
from gbagraph.server.leaving import Leaving

if TYPE_CHECKING:
    import socket

    from gbagraph.endpoint.access_log import AccessLog
    from gbagraph.endpoint.request import Address
    from gbagraph.engine import Engine
    from gbagraph.errors import RequestError
    from gbagraph.federation.messages import Sender
    from gbagraph.server.processes import Parent
    from gbagraph.settings import Settings

GRACE: Final = 3
"""Seconds that running requests are given to end when the server is stopped."""
_PATIENCE: Final = 10
"""Seconds in which a process that is to leave ends, beyond the time of two queries.

On a connection, one may be running, and the next one is answered as the last.
"""


def run(
    settings: Settings,
    generation: int,
    sender: Sender,
    sockets: list[socket.socket],
    parent: Parent,
) -> None:
    """Serve in this process on listening *sockets*, as soon as and as long as its *parent* wants it.

    *sender* is how the server names itself to others; all of its processes have the same.

    Raises:
        GbaGraphError: it cannot serve, or not any more.
    """
    publication.use(published(settings))
    all_queries()  # a fault of their files is told before anything is started
    config = uvicorn.Config(
        "",  # the application; it is set once the engine has started, as is the protocol
        access_log=False,
        ws="none",
        lifespan="off",
        server_header=False,
        proxy_headers=False,  # read by gbagraph.endpoint.request, by our own settings
        timeout_graceful_shutdown=GRACE,
    )
    logs.configure(settings.log_format, settings.log_level)
    tracing.start()
    try:
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(_run(settings, generation, config, sender, sockets, parent))
    finally:
        tracing.stop()


async def _run(  # noqa: PLR0913, PLR0917  what run has, and uvicorn's settings
    settings: Settings,
    generation: int,
    config: uvicorn.Config,
    sender: Sender,
    sockets: list[socket.socket],
    parent: Parent,
) -> None:
    engine = engine_of(settings, sender)
    # Importing the views takes as long as the fork server takes to load: both at once.
    importing = asyncio.create_task(asyncio.to_thread(import_module, "gbagraph.web.app"))
    async with engine:
        await check_queries(engine)
        addresses = Addresses(settings.public_url, settings.root_path, settings.trusted_proxies)
        # Half of the memory for results, half for whole responses.
        cache = ResultCache(engine, settings.cache_size // 2)
        application = (await importing).Application(cache, addresses, settings, generation)
        config.app = application
        limited = with_limits(_limits(settings, application.responder.access_log, addresses))
        responses = ResponseCache(engine, settings.cache_size // 2)
        protocol = with_fast_path(limited, responses, application.responder, addresses)
        config.http = protocol
        config.load()
        server = uvicorn.Server(config)
        _end_by_signal(server)
        if await parent.lets_serve():
            leaving = Leaving(server, protocol, 2 * settings.query_timeout + _PATIENCE)
            port = sockets[0].getsockname()[1]
            async with leaving.when_told(parent), control.answering(engine, port):
                await _serve_until_failed(server, engine, sockets)


def _limits(settings: Settings, access_log: AccessLog, addresses: Addresses) -> Limits:
    def note(peer: Address, headers: list[tuple[bytes, bytes]], problem: RequestError) -> str:
        request = addresses.request("-", "-", b"", headers, peer=peer, local=None)
        access_log.note_refused(request, problem)
        return request.id

    return Limits(
        settings.head_timeout, settings.transfer_timeout, most_connections(), _render_error, note
    )


def _end_by_signal(server: uvicorn.Server) -> None:
    """Have SIGTERM end the server in order: uvicorn would end the process before its engine."""

    def end(*_: object) -> None:
        server.should_exit = True

    signal.signal(signal.SIGTERM, end)


async def _serve_until_failed(
    server: uvicorn.Server, engine: Engine, sockets: list[socket.socket]
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
