"""The fast path for plain GETs: the response cache, then the responder, without ASGI in between.

A plain GET is a GET over HTTP/1.1 without a body, on a connection that stays open. The fast path starts
when uvicorn's parser has read the head and the previous request is answered, so framing, limits,
pipelining, flow control and disconnects remain uvicorn's. The key of a cached response is the target
with the header fields that determine it (:data:`gbagraph.endpoint.request.RELEVANT`). A response that
is not cached yet is written to the transport directly, in one piece.

Clients mostly send the same header fields with each request on a connection. So a head that is the last
one with another target is not parsed again: it says what that one said. Without this module everything
works, but responses take longer.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple, cast
from urllib.parse import unquote

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from gbagraph import tracing
from gbagraph.endpoint.access_log import GONE, KEPT, own_fields
from gbagraph.endpoint.request import RELEVANT, Heading, new_id
from gbagraph.endpoint.responder import STOPPING
from gbagraph.endpoint.response import Response
from gbagraph.errors import GbaGraphError
from gbagraph.lru import LruCache
from gbagraph.server.http_protocol import LimitedProtocol
from gbagraph.settings import MAX_TARGET

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from gbagraph.dataset.identity import Description
    from gbagraph.endpoint.access_log import Ending
    from gbagraph.endpoint.request import Addresses, Request
    from gbagraph.endpoint.responder import Responder
    from gbagraph.endpoint.response import BodyStream
    from gbagraph.engine import Engine

    Key = tuple[bytes, ...]
    CachedResponse = tuple[bytes, bytes, int]
    """A response: its status line, all that follows the Date header, and the bytes of its body."""

log = logging.getLogger("gbagraph")

_LARGEST: Final = 256 * 1024
_OVERHEAD: Final = 512
_LONGEST_REST: Final = 4096
"""Bytes of the longest head without its target that a connection remembers."""
_NOT_PLAIN: Final = frozenset({b"content-length", b"transfer-encoding", b"expect", b"connection"})
"""Header fields that mean that a GET is not plain."""
_TARGET: Final = re.compile(rb"/[!-~]*\Z")


class ResponseCache:
    """A cache of *megabytes* for responses about the dataset of *engine*."""

    def __init__(self, engine: Engine, megabytes: int) -> None:
        self._engine = engine
        self._responses: LruCache[Key, CachedResponse] = LruCache(megabytes * 1024 * 1024, _size)
        self.dataset: Description = engine.description
        """What was served when a response was looked up last."""

    def get(self, key: Key) -> CachedResponse | None:
        """The response for this key, if there is one about the current dataset."""
        if self._engine.description is not self.dataset:
            self.dataset = self._engine.description
            self._responses.clear()
        kept = self._responses.entries.get(key)
        if kept is not None:
            self._responses.entries.move_to_end(key)
            self._engine.counts["responses_from_cache"] += 1
        return kept

    def keep(self, key: Key, kept: CachedResponse, dataset: Description) -> None:
        """Keep a response that stays the same for as long as *dataset*, which it is about, is served."""
        if len(kept[1]) <= _LARGEST and dataset is self._engine.description:
            self._responses.put(key, kept)


def _size(kept: CachedResponse) -> int:
    return len(kept[1]) + _OVERHEAD


class _Plain(NamedTuple):
    """What the last plain GET of a connection had beside its target.

    *rest* is what follows the target, to the end of the head; *relevant* is its part of the key of a
    cached response, *heading* what else it says.
    """

    rest: bytes
    relevant: Key
    heading: Heading


class _Cycle:
    """A request on the fast path, with what uvicorn's protocol reads of its RequestResponseCycle."""

    __slots__ = (
        "body",
        "disconnected",
        "keep_alive",
        "message_event",
        "more_body",
        "response_complete",
        "response_started",
    )

    def __init__(self) -> None:
        self.disconnected = self.more_body = False
        self.response_started = self.response_complete = False
        self.keep_alive = True
        self.message_event = _NO_WAITER
        self.body = bytearray()


_END: Final = b"\r\n\r\n"
_FROM_CACHE: Final = f"server-timing: cache;desc={KEPT}\r\n".encode()

_NO_WAITER: Final = asyncio.Event()
"""Nothing waits for the body of a GET."""


class FastPathProtocol(LimitedProtocol):
    """One connection."""

    responses: ClassVar[ResponseCache]
    responder: ClassVar[Responder]
    addresses: ClassVar[Addresses]
    _data = b""
    """The bytes that are being parsed."""
    _plain: _Plain | None = None
    """The last message, if it was a plain GET whose head came whole, and nothing has come since."""
    _task: asyncio.Task[None] | None = None

    def data_received(self, data: bytes) -> None:
        """Take bytes; a head like the last one is not parsed again (asyncio calls this)."""
        plain = self._plain
        if (
            plain is not None
            and data.endswith(plain.rest)
            and _TARGET.match(target := data[4 : -len(plain.rest)])
            and data[:4] == b"GET "
            and len(target) <= MAX_TARGET
            and not (self.is_leaving or self.flow.write_paused or self._is_deaf)
            and (self.cycle is None or self.cycle.response_complete)
        ):
            self._answer(target, plain.relevant, plain.heading)
            return
        self._data = data
        super().data_received(data)
        self._data = b""

    def on_message_begin(self) -> None:
        """Start a new head (the parser calls this)."""
        self._plain = None
        super().on_message_begin()

    def handle_request(self) -> None:
        """Answer a plain GET from the cache or by the responder; pass other requests to ASGI."""
        is_other = self.is_leaving or self._is_answering() or self.flow.write_paused
        relevant = None if is_other else self._relevant()
        if relevant is None:
            super().handle_request()
            return
        heading = self.addresses.heading(
            self.headers, peer=self.client, local=self.server, scheme=self.scheme or "http"
        )
        start = b"GET %b" % self.url
        is_whole = self._data.startswith(start) and self._data.find(_END) == len(self._data) - 4
        if is_whole and len(self._data) - len(start) <= _LONGEST_REST:
            self._plain = _Plain(self._data[len(start) :], relevant, heading)
        self._answer(self.url, relevant, heading)

    def _answer(self, target: bytes, relevant: Key, heading: Heading) -> None:
        key = (target, *relevant)
        kept = self.responses.get(key)
        if kept is not None:
            self._is_done = True
            self._send_kept(kept, target, heading)
            return
        path, _, query_string = target.partition(b"?")
        text = path.decode("ascii", "replace")
        request = self.addresses.headed(
            heading, "GET", unquote(text) if "%" in text else text, query_string
        )
        cycle = _Cycle()
        self.cycle = self._running = cast("RequestResponseCycle", cycle)
        self._task = self.loop.create_task(self._respond(cycle, key, request))
        self.tasks.add(self._task)
        self._task.add_done_callback(self._forget)

    def _relevant(self) -> Key | None:
        """The key of the response in the cache, but for the target; None if this is no plain GET."""
        if self.parser.get_method() != b"GET" or self.parser.get_http_version() != "1.1":
            return None
        key: Key = ()
        for name, value in self.headers:
            if name in RELEVANT:
                key += (name, value)
            elif name in _NOT_PLAIN and (name != b"connection" or value.lower() != b"keep-alive"):
                return None
        return key

    def _send_kept(self, kept: CachedResponse, target: bytes, heading: Heading) -> None:
        """Send a response from the cache, with the header fields that it has of its own, and note it."""
        status_line, rest, size = kept
        log = self.responder.access_log
        if log.writes or tracing.State.provider is not None:
            path, _, query_string = target.partition(b"?")
            text = unquote(path.decode("ascii", "replace"))
            request = self.addresses.headed(heading, "GET", text, query_string)
            route, _ = self.responder.routes.find(request.path)
            request.route = route.path
            log.note(request, Response(200, origin=KEPT, sent=size), 0.0, "whole")
            name = request.id
        else:  # counting takes a tenth of what a line does
            log.count_kept(size)
            name = heading.id or new_id()
        if not self.transport.is_closing():
            dated = b"".join([b"%b: %b\r\n" % line for line in self.server_state.default_headers])
            own = b"x-request-id: %b\r\n%b" % (name.encode(), _FROM_CACHE)
            self.transport.write(b"%b%b%b%b" % (status_line, dated, own, rest))
        self._active = self.loop.time()
        if (
            self.pipeline
            or self.timeout_keep_alive_task is None
            or self.flow.read_paused
            or self._half_closed
        ):
            self.on_response_complete()

    async def _respond(self, cycle: _Cycle, key: Key, request: Request) -> None:
        """Answer a request; :meth:`connection_lost` cancels this, and uvicorn when it is stopped."""
        response = Response(GONE)
        ending: Ending = "left"
        try:
            dataset = self.responses.dataset
            response = await self.responder.respond(request)
            if response.stream is not None:
                ending = await self._stream(cycle, request, response, response.stream)
            else:
                kept = self._write(request, response, closes=not cycle.keep_alive)
                if response.is_shared:
                    self.responses.keep(key, kept, dataset)
                response.sent, ending = kept[2], "whole"
        except asyncio.CancelledError:
            if self.transport.is_closing():
                raise  # the client has left
            # By uvicorn: the server is being stopped, and has waited for as long as it does.
            if cycle.response_started:
                ending = "truncated"
            else:
                response, ending = self.responder.error_response(STOPPING, request), "whole"
                *_, response.sent = self._write(request, response, closes=True)
            self.transport.close()  # before anything else on this connection is answered
        finally:
            response.close()
            seconds = time.monotonic() - request.begun
            self.responder.access_log.note(request, response, seconds, ending)
        cycle.response_complete = True
        self.on_response_complete()
        if not cycle.keep_alive:
            self.transport.close()

    async def _stream(
        self, cycle: _Cycle, request: Request, response: Response, stream: BodyStream
    ) -> Ending:
        """Send a body block by block, as chunks unless its length is known (RFC 9112, section 7.1).

        If the evaluation fails, the connection is closed, which shows the client that the body is
        incomplete.
        """
        is_measured = any(name == b"content-length" for name, _ in response.headers)
        chunked = [] if is_measured else [(b"transfer-encoding", b"chunked")]
        response.headers += chunked
        self._write(request, response)
        cycle.response_started = True
        try:
            async for block in stream:
                if self.transport.is_closing():
                    return "left"
                response.sent += len(block)
                self.transport.write(
                    block if is_measured else b"%x\r\n%b\r\n" % (len(block), block)
                )
                if self.flow.write_paused:
                    await self.flow.drain()
        except GbaGraphError as problem:
            log.warning("answer truncated: %s", problem.message)
            self.transport.close()
            return "truncated"
        if not is_measured:
            self.transport.write(b"0\r\n\r\n")
        return "whole"

    def _write(
        self, request: Request, response: Response, *, closes: bool = False
    ) -> CachedResponse:
        """Send *response*, without what it streams; what of it is not of this *request* alone."""
        lines = b"".join([b"%b: %b\r\n" % line for line in response.headers])
        status_line, rest = STATUS_LINE[response.status], b"%b\r\n%b" % (lines, response.body)
        if not self.transport.is_closing():
            own = b"".join([b"%b: %b\r\n" % line for line in self.server_state.default_headers])
            if closes:
                own += b"connection: close\r\n"
            fields = "".join(
                [f"{name}: {value}\r\n" for name, value in own_fields(request, response)]
            )
            self.transport.write(b"%b%b%b%b" % (status_line, own, fields.encode("latin-1"), rest))
        return status_line, rest, len(response.body)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        self._task = None
        if not task.cancelled() and task.exception() is not None:
            log.error("unexpected failure", exc_info=task.exception())
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the request of a client that has disconnected (asyncio calls this)."""
        super().connection_lost(exc)
        if self._task is not None:
            self._task.cancel()


def with_fast_path(
    protocol: type[LimitedProtocol],
    responses: ResponseCache,
    responder: Responder,
    addresses: Addresses,
) -> type[FastPathProtocol]:
    """*protocol* with the fast path, which answers from *responses* or by *responder*."""
    members = {
        "limits": protocol.limits,
        "responses": responses,
        "responder": responder,
        "addresses": addresses,
    }
    return type("FastPathProtocol", (FastPathProtocol,), members)
