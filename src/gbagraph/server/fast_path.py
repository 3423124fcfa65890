"""The fast path for plain GETs: the response cache, then the responder, without ASGI in between.

A plain GET is a GET over HTTP/1.1 without a body, on a connection that stays open. The fast path starts
when uvicorn's parser has read the head and the previous request is answered, so framing, limits,
pipelining, flow control and disconnects remain uvicorn's. The key of a cached response is the target
with the header fields that determine it (:data:`gbagraph.endpoint.request.RELEVANT`). A response that
is not cached yet is written to the transport directly, in one piece. Without this module everything
works, but responses take longer.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, ClassVar, Final, cast
from urllib.parse import unquote

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from gbagraph import tracing
from gbagraph.endpoint.access_log import GONE, KEPT, told
from gbagraph.endpoint.request import RELEVANT
from gbagraph.endpoint.responder import STOPPING
from gbagraph.endpoint.response import Response
from gbagraph.errors import GbaGraphError
from gbagraph.lru import LruCache
from gbagraph.server.http_protocol import LimitedProtocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from gbagraph.dataset.identity import Description
    from gbagraph.endpoint.access_log import Ending
    from gbagraph.endpoint.request import Addresses, Request
    from gbagraph.endpoint.responder import Responder
    from gbagraph.endpoint.response import BodyStream
    from gbagraph.engine import Engine

    Key = tuple[bytes, ...]
    CachedResponse = tuple[bytes, bytes]
    """A response as bytes: its status line, and all that follows the Date header."""

log = logging.getLogger("gbagraph")

_LARGEST: Final = 256 * 1024
_OVERHEAD: Final = 512
_NOT_PLAIN: Final = frozenset({b"content-length", b"transfer-encoding", b"expect", b"connection"})
"""Header fields that mean that a GET is not plain."""


class ResponseCache:
    """A cache of *megabytes* for responses about the dataset of *engine*."""

    def __init__(self, engine: Engine, megabytes: int) -> None:
        self._engine = engine
        self._responses: LruCache[Key, CachedResponse] = LruCache(megabytes * 1024 * 1024, _size)
        self._description = engine.description

    def get(self, key: Key) -> CachedResponse | None:
        """The response for this key, if there is one about the current dataset."""
        if self._engine.description is not self._description:
            self._description = self._engine.description
            self._responses.clear()
        kept = self._responses.get(key)
        if kept is not None:
            self._engine.counts["responses_from_cache"] += 1
        return kept

    @property
    def dataset(self) -> Description:
        """What is served now."""
        return self._engine.description

    def keep(self, key: Key, kept: CachedResponse, dataset: Description) -> None:
        """Keep a response that stays the same for as long as *dataset*, which it is about, is served."""
        if len(kept[1]) <= _LARGEST and dataset is self.dataset:
            self._responses.put(key, kept)


def _size(kept: CachedResponse) -> int:
    return len(kept[1]) + _OVERHEAD


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


_NO_WAITER: Final = asyncio.Event()
"""Nothing waits for the body of a GET."""


class FastPathProtocol(LimitedProtocol):
    """One connection."""

    responses: ClassVar[ResponseCache]
    responder: ClassVar[Responder]
    addresses: ClassVar[Addresses]
    _is_answered = False
    _task: asyncio.Task[None] | None = None

    def handle_request(self) -> None:
        """Answer a plain GET from the cache or by the responder; pass other requests to ASGI."""
        is_other = self.is_leaving or self._is_answering() or self.flow.write_paused
        key = None if is_other else self._plain_key()
        self._is_answered = False
        if key is None:
            super().handle_request()
            return
        kept = self.responses.get(key)
        if kept is not None:
            self._is_answered = True
            self._write(*kept, told=self._note_kept(kept[1]))
            self.on_response_complete()
            return
        cycle = _Cycle()
        self.cycle = self._running = cast("RequestResponseCycle", cycle)
        self._task = self.loop.create_task(self._respond(cycle, key, self.headers))
        self.tasks.add(self._task)
        self._task.add_done_callback(self._forget)

    def _plain_key(self) -> Key | None:
        """The key of the response in the cache; None if the request is not a plain GET."""
        if self.parser.get_method() != b"GET" or self.parser.get_http_version() != "1.1":
            return None
        key = [self.url]
        for name, value in self.headers:
            if name in RELEVANT:
                key += (name, value)
            elif name in _NOT_PLAIN and (name != b"connection" or value.lower() != b"keep-alive"):
                return None
        return tuple(key)

    async def _respond(self, cycle: _Cycle, key: Key, headers: list[tuple[bytes, bytes]]) -> None:
        """Answer a request; :meth:`connection_lost` cancels this, and uvicorn when it is stopped."""
        request = self._request(key[0], headers)
        response = Response(GONE)
        ending: Ending = "left"
        try:
            dataset = self.responses.dataset
            response = await self.responder.respond(request)
            lines = _lines(told(request, response))
            if response.stream is not None:
                ending = await self._stream(cycle, response, response.stream, lines)
            else:
                kept = _as_bytes(response)
                if response.is_shared:
                    self.responses.keep(key, kept, dataset)
                self._write(*kept, told=lines, closes=not cycle.keep_alive)
                response.sent, ending = len(response.body), "whole"
        except asyncio.CancelledError:
            if self.transport.is_closing():
                raise  # the client has left
            # By uvicorn: the server is being stopped, and has waited for as long as it does.
            if cycle.response_started:
                ending = "truncated"
            else:
                response, ending = await self._tell_stopping(request), "whole"
            self.transport.close()  # before anything else on this connection is answered
        finally:
            response.close()
            seconds = time.monotonic() - request.begun
            self.responder.access_log.note(request, response, seconds, ending)
        cycle.response_complete = True
        self.on_response_complete()
        if not cycle.keep_alive:
            self.transport.close()

    async def _tell_stopping(self, request: Request) -> Response:
        """Send the error for a request that has no answer when the server ends."""
        response = await self.responder.error_response(STOPPING, request)
        lines = _lines(told(request, response))
        self._write(*_as_bytes(response), told=lines, closes=True)
        response.sent = len(response.body)
        return response

    async def _stream(
        self, cycle: _Cycle, response: Response, stream: BodyStream, lines: bytes
    ) -> Ending:
        """Send a body block by block, as chunks unless its length is known (RFC 9112, section 7.1).

        *lines* are more header fields. If the evaluation fails, the connection is closed, which shows
        the client that the body is incomplete.
        """
        is_measured = any(name == b"content-length" for name, _ in response.headers)
        chunked = [] if is_measured else [(b"transfer-encoding", b"chunked")]
        response.headers += chunked
        self._write(*_as_bytes(response, chunked=not is_measured), told=lines)
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

    def _request(self, target: bytes, headers: list[tuple[bytes, bytes]]) -> Request:
        path, _, query_string = target.partition(b"?")
        text = path.decode("ascii", "replace")
        return self.addresses.request(
            "GET",
            unquote(text) if "%" in text else text,
            query_string,
            headers,
            peer=self.client,
            local=self.server,
            scheme=self.scheme or "http",
        )

    def _note_kept(self, rest: bytes) -> bytes:
        """Note a response from the cache; the header fields that it has of its own."""
        size, log = len(rest) - rest.index(b"\r\n\r\n") - 4, self.responder.access_log
        if log.writes or tracing.is_on():
            request = self._request(self.url, self.headers)
            request.route = self.responder.route_of(request)
            log.note(request, Response(200, origin=KEPT, sent=size), 0.0, "whole")
            name = request.id
        else:  # counting takes a tenth of what a line does
            log.count_kept(size)
            name = self.addresses.request_id(self.headers, self.client[0] if self.client else "")
        lines = f"x-request-id: {name}\r\nserver-timing: cache;desc={KEPT}\r\n"
        return lines.encode()

    def _write(
        self, status_line: bytes, rest: bytes, *, told: bytes = b"", closes: bool = False
    ) -> None:
        if self.transport.is_closing():
            return
        own = b"".join([b"%b: %b\r\n" % line for line in self.server_state.default_headers])
        if closes:
            own += b"connection: close\r\n"
        self.transport.write(b"%b%b%b%b" % (status_line, own, told, rest))

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

    def on_message_complete(self) -> None:
        """Ignore the end of a message that was answered from the cache (the parser calls this)."""
        if not self._is_answered:
            super().on_message_complete()


def _lines(fields: Iterable[tuple[str, str]]) -> bytes:
    return "".join([f"{name}: {value}\r\n" for name, value in fields]).encode("latin-1")


def _as_bytes(response: Response, *, chunked: bool = False) -> CachedResponse:
    lines = b"".join([b"%b: %b\r\n" % line for line in response.headers])
    body = response.body
    if chunked and body:
        body = b"%x\r\n%b\r\n" % (len(body), body)
    return STATUS_LINE[response.status], b"%b\r\n%b" % (lines, body)


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
