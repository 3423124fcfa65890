"""uvicorn's HTTP protocol with two additions that need the bytes of a request.

A request that was answered before, byte for byte, is answered from memory (:mod:`gbagraph.hot`).
And an offer to switch to HTTP/2 (``Upgrade: h2c``, RFC 7540, section 3.2), which every Java client
makes on plain HTTP, is taken out before the parser sees it: the parser stops at an upgrade, and the
body of a POST would be lost. A server may always ignore such an offer (RFC 9110, section 7.8).
"""

from __future__ import annotations

import re
from typing import ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gbagraph.hot import RAW_REQUEST, HotResponses

_LARGEST_KEY: Final = 16 * 1024
_LARGEST_HEAD: Final = 64 * 1024
_OFFER: Final = re.compile(
    rb"\r\n(?:upgrade:[ \t]*h2c|http2-settings:[^\r\n]*)[ \t]*(?=\r\n)", re.I
)
_CONNECTION: Final = re.compile(
    rb"(\r\nconnection:[ \t]*)([^\r\n]*\bupgrade\b[^\r\n]*)(?=\r\n)", re.I
)


def protocol_class(hot: HotResponses) -> type[HttpToolsProtocol]:
    """The protocol that answers from *hot*."""
    return type("GbaGraphProtocol", (_Protocol,), {"hot": hot})


class _Protocol(HttpToolsProtocol):
    hot: ClassVar[HotResponses]
    _head: bytes = b""
    _within = False

    def data_received(self, data: bytes) -> None:
        """Answer from memory, or let uvicorn read on."""
        if self._within or (self.cycle is not None and not self.cycle.response_complete):
            super().data_received(data)
            return
        found = None if self._head else self.hot.get(data)
        # A client that asks and does not read is left to uvicorn, which waits for it.
        if found is not None and not self.flow.write_paused:
            self._answer(*found)
            return
        self._begin(self._head + data)

    def _answer(self, status_line: bytes, rest: bytes) -> None:
        self._unset_keepalive_if_required()
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
