"""uvicorn's HTTP protocol with limits: on the size of a head, and on how long a client may take.

uvicorn's parser does all the framing; raw bytes are only counted here. This class adds what uvicorn
lacks: 414 and 431 for heads that are too large, 408 for heads that do not arrive in time, a timeout for
clients that do not read, an answer for clients that have closed their half of the connection, and the
body of a request that offers another protocol (``Upgrade: h2c``, RFC 7540, section 3.2). Java clients
offer HTTP/2 in this way on plain HTTP, and a server may ignore the offer (RFC 9110, section 7.8).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, cast

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from gbagraph.errors import HeadersTooLarge, MalformedRequest, RequestTooSlow, UriTooLong
from gbagraph.settings import MAX_FIELDS, MAX_TARGET

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from gbagraph.errors import RequestError

log = logging.getLogger("gbagraph")

_LINGER: Final = 2.0
"""Seconds in which what a refused client still sends is read and dropped, so that it gets the answer."""

_HALF_CLOSED: Final = 1.0
"""Seconds that a client that has closed its half waits for an answer; then it counts as gone."""

_UPGRADE_FIELDS: Final = frozenset({b"upgrade", b"http2-settings"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds in which a head must arrive, and in which a client must read some part of an answer.

    *render_error* returns content type and body for an error before the Accept header is known, and
    *note* is told the address of the client and the error.
    """

    head_timeout: float
    transfer_timeout: float
    render_error: Callable[[RequestError], tuple[str, bytes]]
    note: Callable[[str, RequestError], None]


class LimitedProtocol(HttpToolsProtocol):
    """One connection."""

    limits: ClassVar[Limits]
    is_leaving: ClassVar[bool] = False
    """Whether the answer to the next request on each connection is to be its last."""

    _received = 0
    """Bytes received since a head began, possibly with the end of the previous message."""
    _in_head = False
    _active = 0.0
    """When the last response was sent, in the time of the event loop."""
    _ignores_upgrade = False
    _half_closed = False
    _refusal: RequestError | None = None
    _head_timer: asyncio.TimerHandle | None = None
    _write_timer: asyncio.TimerHandle | None = None
    _unsent = 0
    _last: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the timer for the first head (asyncio calls this)."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._start_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timers (asyncio calls this)."""
        for timer in (self._head_timer, self._write_timer):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass bytes to the parser (asyncio calls this)."""
        if self._refusal is not None:
            return  # the client, which is still sending, must be able to read the answer
        self._received += len(data)
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self._refuse(
                self._refusal or MalformedRequest("This is not a request in HTTP/1.1 (RFC 9112).")
            )
            return
        if self._in_head:
            if self._received > MAX_TARGET + MAX_FIELDS:
                self._refuse(_too_large())
            elif self._head_timer is None:
                self._start_head_timer()

    def _feed(self, data: bytes) -> None:
        while data:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as offer:
                data = self._without_upgrade() + data[offer.args[0] :]
            else:
                return

    def _without_upgrade(self) -> bytes:
        """The head that was parsed, without its offer of another protocol."""
        method = self.parser.get_method()
        if method == b"CONNECT":
            self._refusal = MalformedRequest("CONNECT is for proxies. This server is not a proxy.")
            raise httptools.HttpParserError
        lines = [b"%b %b HTTP/1.1" % (method, self.url)]
        for name, value in self.headers:
            if name == b"connection":
                tokens = [token.strip() for token in value.split(b",")]
                kept = [token for token in tokens if token.lower() not in _UPGRADE_FIELDS]
                value = b", ".join(kept)  # noqa: PLW2901
            if name not in _UPGRADE_FIELDS and value:
                lines.append(b"%b: %b" % (name, value))
        self.parser = httptools.HttpRequestParser(self)
        return b"\r\n".join([*lines, b"", b""])

    # --- What the parser reports ---------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Start a new head. uvicorn's own part of this is done in :meth:`handle_request`."""
        self.url = b""
        self.headers = []
        self._in_head = True

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        self.url += url
        if len(self.url) > MAX_TARGET:
            self._refusal = UriTooLong(
                f"The target of the request is longer than {MAX_TARGET} bytes. Send the query by POST.",
                limit=MAX_TARGET,
            )
            raise self._refusal

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Handle the request, unless its head has to be parsed again without an upgrade."""
        self._in_head = False
        if self._received > MAX_FIELDS and _size(self.headers) > MAX_FIELDS:
            self._refusal = _too_large()
            raise self._refusal
        self._received = 0
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
        self._ignores_upgrade = self.parser.should_upgrade()
        if not self._ignores_upgrade:
            self.handle_request()

    def handle_request(self) -> None:
        """Start to answer the request as uvicorn does, by ASGI."""
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.url = url
        for name, value in headers:
            super().on_header(name, value)
        super().on_headers_complete()
        if self.is_leaving:
            self._let_it_be_the_last()

    def _let_it_be_the_last(self) -> None:
        """Close the connection with this answer, and not with that before, if several are asked for."""
        if self._last is not None and not self._last.response_started:
            self._last.keep_alive = True
        self._last = self.cycle
        self._last.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        if not self._ignores_upgrade:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Take the end of the message."""
        if not self._ignores_upgrade:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Continue after a response has been sent (uvicorn calls this)."""
        self._active = self.loop.time()
        if self.pipeline or self.timeout_keep_alive_task is None or self.flow.read_paused:
            super().on_response_complete()
        if self.pipeline:
            return
        if self._refusal is not None:
            self._refuse(self._refusal)
        elif self._half_closed:
            self.transport.close()

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection if it has been idle long enough, else check later (uvicorn calls this).

        One timer serves many requests: setting one per request takes as long as a cached answer.
        """
        self.timeout_keep_alive_task = None
        left = self._active + self.timeout_keep_alive - self.loop.time()
        if self._is_answering() or self._in_head:
            return  # the end of the response sets a timer again; the head has its own
        if left > 0:
            self.timeout_keep_alive_task = self.loop.call_later(
                left, self.timeout_keep_alive_handler
            )
        else:
            self.transport.close()

    # --- Limits ----------------------------------------------------------------------------------

    def _start_head_timer(self) -> None:
        self._head_timer = self.loop.call_later(self.limits.head_timeout, self._on_head_timeout)

    def _on_head_timeout(self) -> None:
        self._head_timer = None
        if self._in_head:
            seconds = self.limits.head_timeout
            self._refuse(
                RequestTooSlow(
                    f"The head of the request did not arrive within {seconds:g} seconds.",
                    limit=seconds,
                )
            )
        elif self.cycle is None:
            self.transport.close()  # there was no request at all

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _refuse(self, problem: RequestError) -> None:
        """Answer with an error and read no further; a running request is answered first."""
        self._refusal = problem
        if self._head_timer is not None:
            self._head_timer.cancel()  # it would refuse a second time
            self._head_timer = None
        if self._is_answering():
            return  # on_response_complete calls this again
        content_type, body = self.limits.render_error(problem)
        self.limits.note(self.client[0] if self.client else "", problem)
        lines = [
            *self.server_state.default_headers,
            (b"content-type", content_type.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        head = b"".join([b"%b: %b\r\n" % line for line in lines])
        self.transport.write(b"%b%b\r\n%b" % (STATUS_LINE[problem.status], head, body))
        self.transport.write_eof()
        self.loop.call_later(_LINGER, self.transport.close)

    def pause_writing(self) -> None:
        """Start the timer for a client that reads too slowly (asyncio calls this)."""
        super().pause_writing()
        self._start_write_timer()

    def resume_writing(self) -> None:
        """Cancel the timer: the client has caught up (asyncio calls this)."""
        super().resume_writing()
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def _start_write_timer(self) -> None:
        self._unsent = self.transport.get_write_buffer_size()
        self._write_timer = self.loop.call_later(
            self.limits.transfer_timeout, self._on_write_timeout
        )

    def _on_write_timeout(self) -> None:
        """Close the connection if the client has read nothing at all; a slow client may go on."""
        self._write_timer = None
        if self.transport.get_write_buffer_size() < self._unsent:
            self._start_write_timer()
            return
        client = self.client[0] if self.client else "a client"
        log.warning("%s read nothing for %g seconds: closed", client, self.limits.transfer_timeout)
        self.transport.abort()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Answer a client that has closed its half; it may also be gone (asyncio calls this)."""
        if not self._is_answering():
            return False
        self._half_closed = True
        self.loop.call_later(_HALF_CLOSED, self.transport.close)
        return True


def _size(headers: list[tuple[bytes, bytes]]) -> int:
    return sum(len(name) + len(value) for name, value in headers)


def _too_large() -> HeadersTooLarge:
    return HeadersTooLarge(
        f"The header fields are larger than {MAX_FIELDS} bytes in all.", limit=MAX_FIELDS
    )


def with_limits(limits: Limits) -> type[LimitedProtocol]:
    """The protocol class with these limits."""
    return type("LimitedProtocol", (LimitedProtocol,), {"limits": limits})
