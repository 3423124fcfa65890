"""A line of the log, for people or for programs: the parent and the server processes write the same."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import msgspec
import uvicorn
import uvicorn.logging

from gbagraph import publication, tracing
from gbagraph.composition import check_queries, engine_of, published
from gbagraph.endpoint.access_log import request_id
from gbagraph.endpoint.asgi import TruncatedAnswer
from gbagraph.endpoint.request import Addresses
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.errors import GbaGraphError
from gbagraph.features.operations import control
from gbagraph.queries.catalog import all_queries
from gbagraph.redaction import without_secrets
from gbagraph.server.crowding import most_connections
from gbagraph.server.fast_path import ResponseCache, with_fast_path
from gbagraph.server.http_protocol import Limits, with_limits

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Callable, Mapping

    from gbagraph.endpoint.access_log import AccessLog
    from gbagraph.endpoint.request import Address
    from gbagraph.engine import Engine
    from gbagraph.errors import RequestError
    from gbagraph.features.federation.messages import Sender
    from gbagraph.server.http_protocol import LimitedProtocol
    from gbagraph.server.processes import Parent
    from gbagraph.settings import Settings


_COLORS: Final = {"INFO": 32, "WARNING": 33, "ERROR": 31}


def as_text(level: str, message: str) -> str:
    """A line as uvicorn writes it, with the *level* in colour where that is a terminal."""
    message = without_secrets(message)
    head = f"\x1b[{_COLORS[level]}m{level}\x1b[0m" if sys.stderr.isatty() else level
    return f"{head}:{' ' * (9 - len(level))}{message}"


def as_json(
    when: float, level: str, logger: str, message: str, more: Mapping[str, Any] | None = None
) -> str:
    """An object: time (UTC), level, logger, message, and what there is *more*. *when* is since 1970."""
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(when))
    fields = {
        "time": f"{seconds}.{int(when % 1 * 1000):03d}Z",
        "level": level.lower(),
        "logger": logger,
        "message": message,
        **(more or {}),
    }
    return without_secrets(msgspec.json.encode(fields).decode())


_IN_MESSAGE: Final = frozenset({"method", "target"})
"""What the message of a request has already."""


class _Text(uvicorn.logging.DefaultFormatter):
    """As uvicorn writes lines, with what is told of a request after the message."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  as logging calls it
        told: Mapping[str, Any] = getattr(record, "told", {})
        line = super().formatMessage(record)
        if told:
            shown = (f"{name}={value}" for name, value in told.items() if name not in _IN_MESSAGE)
            return f"{line} {' '.join(shown)}"
        found = request_id.get()
        return f"{line} (request {found})" if found else line


class _Json(logging.Formatter):
    """A line is an object with time, level, logger, message, and what is told of a request."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {}
        if found := request_id.get():
            fields["id"] = found
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


class Leaving:
    """How *server*, with connections of *protocol*, leaves within so many *seconds*."""

    def __init__(
        self, server: uvicorn.Server, protocol: type[LimitedProtocol], seconds: float
    ) -> None:
        self._server, self._protocol, self._seconds = server, protocol, seconds

    @asynccontextmanager
    async def when_told(self, parent: Parent) -> AsyncIterator[None]:
        """Leave when *parent* has enough, as long as this is entered."""
        task = asyncio.create_task(self._leave(parent))
        try:
            yield
        finally:
            task.cancel()

    async def _leave(self, parent: Parent) -> None:
        await parent.has_enough()
        await self._until(lambda: self._server.started)
        self._protocol.is_leaving = True
        await self._stop_accepting(parent)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                await self._until(lambda: not self._server.server_state.connections)
        self._server.should_exit = True

    @staticmethod
    async def _until(condition: Callable[[], bool]) -> None:
        while not condition():  # noqa: ASYNC110  uvicorn tells nobody
            await asyncio.sleep(_TICK)

    async def _stop_accepting(self, parent: Parent) -> None:
        loop = asyncio.get_running_loop()
        if isinstance(loop, asyncio.SelectorEventLoop):
            # asyncio drops a connection that it has accepted if its server is closed in the same turn.
            for each in (each for server in self._server.servers for each in server.sockets):
                loop.remove_reader(each.fileno())
            parent.nobody_comes_in()
            await asyncio.sleep(_TICK)
        for server in self._server.servers:
            server.close()
        parent.nobody_comes_in()
        await asyncio.sleep(_TICK)  # until the last that was accepted is among the connections


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
    configure(settings.log_format, settings.log_level)
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
    problems = import_module("gbagraph.web.views.site")
    return "application/problem+json", problems.details(problem).encode()
