"""A server process: its engine, its endpoint, and how it leaves."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from contextlib import AsyncExitStack, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import uvicorn
import uvicorn.logging

from gbagraph import publication, tracing
from gbagraph.composition import check_queries, engine_of, published
from gbagraph.endpoint.access_log import request_id
from gbagraph.endpoint.asgi import TruncatedAnswer
from gbagraph.endpoint.request import Addresses
from gbagraph.endpoint.response import Response
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.errors import GbaGraphError
from gbagraph.feature import hooks, resolve
from gbagraph.queries.catalog import all_queries
from gbagraph.server.connection import Limits, most_connections
from gbagraph.server.fast_path import ResponseCache, with_fast_path
from gbagraph.server.http_protocol import with_limits
from gbagraph.server.processes import as_json
from gbagraph.text import without_secrets

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

    from gbagraph.endpoint.access_log import AccessLog
    from gbagraph.endpoint.request import Address
    from gbagraph.endpoint.responder import Routes
    from gbagraph.errors import RequestError
    from gbagraph.server.http_protocol import LimitedProtocol
    from gbagraph.server.processes import Parent
    from gbagraph.settings import Settings


log = logging.getLogger("gbagraph")

_IN_MESSAGE: Final = frozenset({"method", "target"})
"""What the message of a request has already."""


class _Text(uvicorn.logging.DefaultFormatter):
    """As uvicorn writes lines, with the fields of a request after the message."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  as logging calls it
        fields: Mapping[str, Any] = getattr(record, "told", {})
        line = super().formatMessage(record)
        if fields:
            shown = (f"{name}={value}" for name, value in fields.items() if name not in _IN_MESSAGE)
            return f"{line} {' '.join(shown)}"
        request = request_id.get()
        return f"{line} (request {request})" if request else line


class _Json(logging.Formatter):
    """A line is an object with time, level, logger, message, and the fields of a request."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {}
        if name := request_id.get():
            fields["id"] = name
        fields |= getattr(record, "told", {})
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return as_json(record.created, record.levelname, record.name, record.getMessage(), fields)


def configure(written: str, level: str) -> None:
    """Write all logs, also of the libraries, to standard error, from *level* on, as text or json."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if written == "json" else _Text("%(levelprefix)s %(message)s"))
    for name in ("gbagraph", "uvicorn", "opentelemetry"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level.upper())
    logging.getLogger("uvicorn.error").addFilter(_is_not_logged_yet)


def _is_not_logged_yet(record: logging.LogRecord) -> bool:
    """Drop uvicorn's record of a truncated answer: its failure is logged already, and a stop is none."""
    return record.exc_info is None or not isinstance(record.exc_info[1], TruncatedAnswer)


_TICK: Final = 0.1


async def _leave(
    server: uvicorn.Server, protocol: type[LimitedProtocol], seconds: float, parent: Parent
) -> None:
    """Have *server*, with connections of *protocol*, leave within *seconds* once *parent* says so."""
    await parent.until_dismissed()
    await _until(lambda: server.started)
    protocol.is_leaving = True
    await _stop_accepting(server, parent)
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await _until(lambda: not server.server_state.connections)
    server.should_exit = True


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(_TICK)


async def _stop_accepting(server: uvicorn.Server, parent: Parent) -> None:
    loop = asyncio.get_running_loop()
    if isinstance(loop, asyncio.SelectorEventLoop):
        # asyncio drops a connection that it has accepted if its server is closed in the same turn.
        for each in (each for listener in server.servers for each in listener.sockets):
            loop.remove_reader(each.fileno())
        parent.report_closed()
        await asyncio.sleep(_TICK)
    for listener in server.servers:
        listener.close()
    parent.report_closed()
    await asyncio.sleep(_TICK)  # until the last that was accepted is among the connections


GRACE: Final = 3
"""Seconds that running requests are given to end when the server is stopped."""
_SETTLED: Final = 0.5
"""Seconds after which a server that serves imports the views that nobody has asked for yet."""
_PATIENCE: Final = 10
"""Seconds in which a process that is to leave ends, beyond the time of two queries.

On a connection, one may be running, and the next one is answered as the last.
"""


def run(  # noqa: PLR0913, PLR0917  what all processes of a server have
    settings: Settings,
    generation: int,
    own: tuple[str, memoryview[float]],
    sockets: list[socket.socket],
    parent: Parent,
    application: str,
) -> None:
    """Serve *application* on listening *sockets*, as soon as and as long as its *parent* wants it.

    Its *own* name in calls of others and the pauses for which these have asked are those of all of the
    server's processes.

    Raises:
        GbaGraphError: it cannot serve, or not any more.
    """
    publication.use(published(settings))
    all_queries()  # a fault of their files is reported before anything is started
    config = uvicorn.Config(
        "",  # the application; it is set once the engine has started, as is the protocol
        access_log=False,
        ws="none",
        lifespan="off",
        server_header=False,
        proxy_headers=False,  # read by gbagraph.endpoint.request, by our own settings
        timeout_graceful_shutdown=GRACE,
    )
    configure(settings.log_format, settings.log_level)
    tracing.start()
    try:
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(_run(settings, generation, config, own, sockets, parent, application))
    finally:
        tracing.stop()


async def _run(  # noqa: PLR0913, PLR0917  what run has, and uvicorn's settings
    settings: Settings,
    generation: int,
    config: uvicorn.Config,
    own: tuple[str, memoryview[float]],
    sockets: list[socket.socket],
    parent: Parent,
    application: str,
) -> None:
    engine = engine_of(settings.having(port=sockets[0].getsockname()[1]), own)
    # It is imported while the fork server loads.
    importing = asyncio.create_task(asyncio.to_thread(resolve, application))
    async with engine:
        await check_queries(engine)
        addresses = Addresses(settings.public_url, settings.root_path, settings.trusted_proxies)
        # Half of the memory for results, half for whole responses.
        cache = ResultCache(engine, settings.cache_size // 2)
        config.app = served = (await importing)(cache, addresses, settings, generation)
        limited = with_limits(_limits(settings, served.responder.access_log, addresses))
        responses = ResponseCache(engine, settings.cache_size // 2)
        protocol = with_fast_path(limited, responses, served.responder, addresses)
        config.http = protocol
        config.load()
        server = uvicorn.Server(config)

        def end(*_: object) -> None:
            server.should_exit = True

        signal.signal(signal.SIGTERM, end)  # uvicorn would end the process before its engine
        engine.failed.add_done_callback(end)
        if await parent.lets_serve():
            port, seconds = sockets[0].getsockname()[1], 2 * settings.query_timeout + _PATIENCE
            async with AsyncExitStack() as stack:
                for beside in (
                    _import_handlers(served.responder.routes),
                    _leave(server, protocol, seconds, parent),
                ):
                    stack.callback(asyncio.create_task(beside).cancel)
                for each in hooks("while served"):
                    await stack.enter_async_context(each(engine, port))
                await server.serve(sockets)
            if engine.failed.done():
                raise GbaGraphError(
                    f"The engine could not be kept running: {engine.failed.result()}"
                )


async def _import_handlers(routes: Routes) -> None:
    """Import what answers, once the first requests, for which others wait already, are answered."""
    await asyncio.sleep(_SETTLED)
    try:
        await asyncio.to_thread(routes.import_handlers)
    except OSError:  # such as too many open files, for now; what is asked for is imported then
        await _import_handlers(routes)
    except Exception:
        log.exception("a view cannot be imported: its addresses will answer with status 500")


def _limits(settings: Settings, access_log: AccessLog, addresses: Addresses) -> Limits:
    def note(
        peer: Address,
        headers: list[tuple[bytes, bytes]],
        problem: RequestError,
        size: int,
        seconds: float,
    ) -> str:
        request = addresses.request("-", "-", b"", headers, peer=peer, local=None)
        response = Response(problem.status, problem=problem.name, sent=size)
        access_log.note(request, response, seconds, "whole")
        return request.id

    return Limits(
        settings.head_timeout, settings.transfer_timeout, most_connections(), _render_error, note
    )


def _render_error(problem: RequestError) -> tuple[str, bytes]:
    """The body for a request that is refused before its Accept header is known, and its type."""
    problems = import_module("gbagraph.web.site")
    return "application/problem+json", problems.as_details(problem).encode()
