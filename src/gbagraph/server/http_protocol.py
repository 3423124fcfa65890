"""uvicorn's HTTP protocol with limits: on the size of a head, and on how long a client may take.

uvicorn's parser does all framing; nothing here looks at raw bytes but to count them. What uvicorn lacks
is added around it: 414 and 431 for heads that are too large, 408 for heads that do not come, an end for
clients that take nothing, an answer for those that have closed their half of the connection, and the
body of a request that offers to switch to another protocol, as every Java client does on plain HTTP
(``Upgrade: h2c``, RFC 7540, section 3.2), which a server may always ignore (RFC 9110, section 7.8).
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

    from gbagraph.errors import RequestError

log = logging.getLogger("gbagraph")

_LINGER: Final = 2.0
"""Seconds in which what a refused client still sends is read and dropped, so that it sees the answer."""

_HALF_CLOSED: Final = 1.0
"""Seconds in which a client that has closed its half gets an answer; then it counts as gone."""

_HOP: Final = frozenset({b"upgrade", b"http2-settings"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds in which a head must come, and in which a client must take something of an answer.

    *explain* writes an error about what is refused before it is read: content type and body.
    """

    head_timeout: float
    transfer_timeout: float
    explain: Callable[[RequestError], tuple[str, bytes]]


class LimitedProtocol(HttpToolsProtocol):
    """One connection."""

    limits: ClassVar[Limits]

    _received = 0
    """Bytes that came since a head began, perhaps with the end of the message before it."""
    _in_head = False
    _active = 0.0
    """When the last response had gone, in the loop's time."""
    _ignores_upgrade = False
    _half_closed = False
    _refusal: RequestError | None = None
    _head_timer: asyncio.TimerHandle | None = None
    _write_timer: asyncio.TimerHandle | None = None
    _unsent = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Await a head (asyncio calls this)."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of the timers (asyncio calls this)."""
        for timer in (self._head_timer, self._write_timer):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Have the parser read on (asyncio calls this)."""
        if self._refusal is not None:
            return  # refused: read so that the client, who still sends, sees the answer
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
                self._await_head()

    def _feed(self, data: bytes) -> None:
        while data:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as offer:
                data = self._without_upgrade() + data[offer.args[0] :]
            else:
                return

    def _without_upgrade(self) -> bytes:
        """The head that was parsed, without its offer to switch to another protocol."""
        method = self.parser.get_method()
        if method == b"CONNECT":
            self._refusal = MalformedRequest("CONNECT is for proxies, and this is none.")
            raise httptools.HttpParserError
        lines = [b"%b %b HTTP/1.1" % (method, self.url)]
        for name, value in self.headers:
            if name == b"connection":
                tokens = [token.strip() for token in value.split(b",")]
                value = b", ".join(token for token in tokens if token.lower() not in _HOP)  # noqa: PLW2901
            if name not in _HOP and value:
                lines.append(b"%b: %b" % (name, value))
        self.parser = httptools.HttpRequestParser(self)
        return b"\r\n".join([*lines, b"", b""])

    # --- What the parser reports ---------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A head begins. What uvicorn makes of it is made when the request needs it."""
        self.url = b""
        self.headers = []
        self._in_head = True

    def on_url(self, url: bytes) -> None:
        """A part of the target."""
        self.url += url
        if len(self.url) > MAX_TARGET:
            self._refusal = UriTooLong(
                f"The target of the request is longer than {MAX_TARGET} bytes. Send the query by POST.",
                limit=MAX_TARGET,
            )
            raise self._refusal

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """A head is whole: the request begins, unless it is read again without its upgrade."""
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
            self.begin()

    def begin(self) -> None:
        """Begin to answer the request as uvicorn does."""
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.url = url
        for name, value in headers:
            super().on_header(name, value)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        if not self._ignores_upgrade:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """A message is whole."""
        if not self._ignores_upgrade:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """A response has gone (uvicorn calls this)."""
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
        """Close a connection that has been idle for long enough, else look again (uvicorn calls this).

        One timer serves many requests: to set one for each takes as long as to answer from memory.
        """
        self.timeout_keep_alive_task = None
        left = self._active + self.timeout_keep_alive - self.loop.time()
        if self._is_answering() or self._in_head:
            return  # the response sets it again, and the head has its own limit
        if left > 0:
            self.timeout_keep_alive_task = self.loop.call_later(
                left, self.timeout_keep_alive_handler
            )
        else:
            self.transport.close()

    # --- Limits ----------------------------------------------------------------------------------

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(self.limits.head_timeout, self._head_is_late)

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self._in_head:
            self._refuse(
                RequestTooSlow(
                    f"The head of the request did not come within {self.limits.head_timeout:g} seconds.",
                    limit=self.limits.head_timeout,
                )
            )
        elif self.cycle is None:
            self.transport.close()  # it has never asked anything

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _refuse(self, problem: RequestError) -> None:
        """Answer with an error and read no further; a request that is under way is answered first."""
        self._refusal = problem
        if self._is_answering():
            return  # its answer comes first; then this is called again
        content_type, body = self.limits.explain(problem)
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
        """The client takes less than we send (asyncio calls this)."""
        super().pause_writing()
        self._watch_writing()

    def resume_writing(self) -> None:
        """It takes more again (asyncio calls this)."""
        super().resume_writing()
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def _watch_writing(self) -> None:
        self._unsent = self.transport.get_write_buffer_size()
        self._write_timer = self.loop.call_later(
            self.limits.transfer_timeout, self._writing_is_late
        )

    def _writing_is_late(self) -> None:
        """End the connection of a client that has taken nothing; one that is slow has its time."""
        self._write_timer = None
        if self.transport.get_write_buffer_size() < self._unsent:
            self._watch_writing()
            return
        client = self.client[0] if self.client else "a client"
        log.warning("%s took nothing for %g seconds: closed", client, self.limits.transfer_timeout)
        self.transport.abort()

    def eof_received(self) -> bool:  # type: ignore[override]
        """The client has closed its half, or is gone; only sending would tell (asyncio calls this)."""
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


def limited(limits: Limits) -> type[LimitedProtocol]:
    """The protocol with these limits."""
    return type("LimitedProtocol", (LimitedProtocol,), {"limits": limits})
