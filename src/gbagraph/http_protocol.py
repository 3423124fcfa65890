"""uvicorn's HTTP protocol with two additions that need the bytes of a request.

A request that was answered before, byte for byte, is answered from memory (:mod:`gbagraph.hot`).
And an offer to switch to HTTP/2 (``Upgrade: h2c``, RFC 7540, section 3.2), which every Java client
makes on plain HTTP, is taken out before the parser sees it: the parser stops at an upgrade, and the
body of a POST would be lost. A server may always ignore such an offer (RFC 9110, section 7.8).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gbagraph.hot import RAW_REQUEST, STATUS, HotResponses

if TYPE_CHECKING:
    from gbagraph.express import Express, Ride

_LARGEST_KEY: Final = 16 * 1024
_LARGEST_HEAD: Final = 64 * 1024
_OFFER: Final = re.compile(
    rb"\r\n(?:upgrade:[ \t]*h2c|http2-settings:[^\r\n]*)[ \t]*(?=\r\n)", re.I
)
_CONNECTION: Final = re.compile(
    rb"(\r\nconnection:[ \t]*)([^\r\n]*\bupgrade\b[^\r\n]*)(?=\r\n)", re.I
)


_SOON: Final = 0.05
"""Seconds after which a request goes the long way, where the client's leaving is noticed."""


def protocol_class(hot: HotResponses, express: Express) -> type[HttpToolsProtocol]:
    """The protocol that answers from *hot*, else by *express* where that can be."""
    return type("GbaGraphProtocol", (_Protocol,), {"hot": hot, "express": express})


class _Protocol(HttpToolsProtocol):
    hot: ClassVar[HotResponses]
    express: ClassVar[Express]
    _head: bytes = b""
    _within = False
    _ride: Ride | None = None
    """The request that is on the express way, or has left it for the long way and is held there."""
    _riding = False
    _ending = False

    def data_received(self, data: bytes) -> None:
        """Answer from memory or by express, or let uvicorn read on."""
        if self._riding:
            self._hold(data)
        elif self._within or (self.cycle is not None and not self.cycle.response_complete):
            super().data_received(data)
        # A client that asks and does not read is left to uvicorn, which waits for it.
        elif self._head or self.flow.write_paused:
            self._begin(self._head + data)
        elif (found := self.hot.get(data)) is not None:
            self._unset_keepalive_if_required()
            self._answer(*found)
        elif ride := self.express.ride(data, self.client[0] if self.client else ""):
            self._unset_keepalive_if_required()
            self._take(ride, data)
        else:
            self._begin(data)

    def _take(self, ride: Ride, request: bytes) -> None:
        self._ride, self._riding = ride, True
        self._request, self._next = request, b""
        self._late = self.loop.call_later(_SOON, self._arrive)
        ride.then(self._arrive)

    def _hold(self, data: bytes) -> None:
        """Keep what comes before the answer has gone: the next request."""
        self._next += data
        if len(self._next) > _LARGEST_HEAD:
            self.flow.pause_reading()

    def _arrive(self) -> None:
        """Answer the request on the express way, or send it the long way."""
        if not self._riding:
            return
        assert self._ride is not None  # noqa: S101  riding
        self._late.cancel()
        self._riding = False
        request, held, rest = self._request, self._next, self._ride.response()
        if rest is None:
            self._begin(request)
        else:
            self._dismount()
            self._answer(STATUS[200], rest)
            self.hot.keep(request, 200, rest)
        if held and not self.transport.is_closing():
            self.flow.resume_reading()
            self.data_received(held)
        if self._ending:
            super().shutdown()

    def _dismount(self) -> None:
        ride, self._ride = self._ride, None
        if ride is not None:
            ride.leave()

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave what the client no longer waits for (asyncio calls this)."""
        if self._riding:
            self._riding = False
            self._late.cancel()
        self._dismount()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Let go of an evaluation that the long way has joined (uvicorn calls this)."""
        self._dismount()
        super().on_response_complete()

    def shutdown(self) -> None:
        """End when the answer that is under way has gone (uvicorn calls this)."""
        self._ending = True
        if not self._riding:
            super().shutdown()

    def _answer(self, status_line: bytes, rest: bytes) -> None:
        self.server_state.total_requests += 1
        dated = b"".join(b"%b: %b\r\n" % pair for pair in self.server_state.default_headers)
        self.transport.write(b"%b%b%b" % (status_line, dated, rest))
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def _begin(self, data: bytes) -> None:
        """Read the beginning of a message; a head is held until it is whole."""
        end = data.find(b"\r\n\r\n")
        if end < 0 and len(data) < _LARGEST_HEAD:
            self._head = data
            return
        self._head = b""
        if end >= 0 and b"h2c" in data[:end].lower():
            data = _without_offer(data[: end + 2]) + data[end + 2 :]
        super().data_received(data)
        if end + 4 == len(data) <= _LARGEST_KEY and _plain_get(data) and self.scope is not None:
            self.scope[RAW_REQUEST] = data  # type: ignore[typeddict-unknown-key]

    def on_message_begin(self) -> None:
        """Note that the next bytes belong to this message (the parser calls this)."""
        self._within = True
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """Note that the next bytes begin a message (the parser calls this)."""
        self._within = False
        super().on_message_complete()


def _without_offer(head: bytes) -> bytes:
    """The head of a message without its offer to switch to HTTP/2."""

    def keep(found: re.Match[bytes]) -> bytes:
        tokens = [token.strip() for token in found[2].split(b",")]
        kept = [token for token in tokens if token.lower() not in (b"upgrade", b"http2-settings")]
        return found[1] + b", ".join(kept) if kept else b""

    return _CONNECTION.sub(keep, _OFFER.sub(b"", head))


def _plain_get(data: bytes) -> bool:
    """Whether *data* is a GET of HTTP/1.1 that says nothing of the connection's end."""
    line, _, headers = data.partition(b"\r\n")
    says = b"\r\nconnection:" in b"\r\n" + headers.lower()
    closes = says and b"close" in headers.lower()
    return line.startswith(b"GET ") and line.endswith(b" HTTP/1.1") and not closes
