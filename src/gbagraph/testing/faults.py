"""The faults of an endpoint: what can be wrong with an answer, by the path at which it is given."""

from __future__ import annotations

import json
import socket
import struct
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

JSON: Final = "application/sparql-results+json"
_ROW: Final = {"x": {"type": "literal", "value": "right"}}
_HEAD: Final = b'{"head":{"vars":["x"]},"results":{"bindings":['
_TICK: Final = 0.02
"""Seconds between the bytes of a slow answer."""


def answer(rows: int = 20) -> bytes:
    """SPARQL results JSON with this many rows."""
    return json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": [_ROW] * rows}}).encode()


class Behaviour(Protocol):
    """What a fault has to know of its endpoint."""

    body: bytes
    media_type: str
    retry_after: int

    def is_stopped(self, seconds: float, /) -> bool:
        """Wait so long; whether the endpoint was stopped meanwhile."""


class Connection(BaseHTTPRequestHandler):
    """A connection on which answers are written in parts."""

    protocol_version = "HTTP/1.1"

    def head(self, status: int, media_type: str, **fields: str) -> None:
        """Status and header fields; underscores in names are hyphens."""
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def plain(self, status: int, media_type: str, body: bytes, **fields: str) -> None:
        """A whole response."""
        self.head(status, media_type, Content_Length=str(len(body)), **fields)
        self.wfile.write(body)

    def chunk(self, data: bytes) -> None:
        """A chunk of a body (RFC 9112, section 7.1)."""
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def break_off(self) -> None:
        """Reset the connection."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _ok(to: Connection, endpoint: Behaviour) -> None:
    to.plain(200, endpoint.media_type, endpoint.body)


def _cut(to: Connection, endpoint: Behaviour) -> None:
    """Half of the bytes that were announced, then the end of the connection."""
    to.head(200, endpoint.media_type, Content_Length=str(len(endpoint.body)))
    to.wfile.write(endpoint.body[: len(endpoint.body) // 2])
    to.close_connection = True


def _late(to: Connection, endpoint: Behaviour) -> None:
    """An error after the first rows: status 200, some chunks, then the connection is reset."""
    to.head(200, endpoint.media_type, Transfer_Encoding="chunked")
    to.chunk(endpoint.body[: len(endpoint.body) // 2])
    endpoint.is_stopped(_TICK)  # so that the client reads what was sent
    to.break_off()


def _clean(to: Connection, endpoint: Behaviour) -> None:
    """Half of the answer, with an end that is right by HTTP: only the format tells that it is cut."""
    to.plain(200, endpoint.media_type, endpoint.body[: len(endpoint.body) // 2])


def _busy(to: Connection, endpoint: Behaviour) -> None:
    to.plain(503, "text/plain", b"Busy.\n", Retry_After=str(endpoint.retry_after))


def _limited(to: Connection, endpoint: Behaviour) -> None:
    to.plain(429, "text/plain", b"Too many requests.\n", Retry_After=str(endpoint.retry_after))


def _failed(to: Connection, _: Behaviour) -> None:
    to.plain(500, "text/html", b"<h1>Internal Server Error</h1>")


def _media_type(to: Connection, _: Behaviour) -> None:
    to.plain(200, "text/html; charset=utf-8", b"<!doctype html><title>SPARQL</title>")


def _malformed(to: Connection, endpoint: Behaviour) -> None:
    to.plain(200, endpoint.media_type, endpoint.body.replace(b":", b"", 1))


def _empty(to: Connection, endpoint: Behaviour) -> None:
    to.plain(200, endpoint.media_type, b"")


def _drop(to: Connection, _: Behaviour) -> None:
    """The connection is closed without a byte."""
    to.close_connection = True


def _stall(to: Connection, endpoint: Behaviour) -> None:
    """Nothing, until the client goes or the endpoint is stopped."""
    _wait(to, endpoint)


def _stall_body(to: Connection, endpoint: Behaviour) -> None:
    to.head(200, endpoint.media_type, Content_Length=str(len(endpoint.body)))
    to.wfile.write(endpoint.body[: len(endpoint.body) // 2])
    _wait(to, endpoint)


def _wait(to: Connection, endpoint: Behaviour) -> None:
    to.close_connection = True
    to.connection.settimeout(_TICK)
    while not endpoint.is_stopped(0):
        try:
            if not to.connection.recv(1):
                return
        except TimeoutError:
            continue


def _endless(to: Connection, endpoint: Behaviour) -> None:
    to.head(200, JSON, Transfer_Encoding="chunked")
    to.chunk(_HEAD)
    row = json.dumps(_ROW).encode()
    block = (row + b",") * 100
    while not endpoint.is_stopped(0):
        to.chunk(block)
    to.close_connection = True


def _slow(to: Connection, endpoint: Behaviour) -> None:
    """The right answer, in fifty pieces with pauses."""
    to.head(200, endpoint.media_type, Content_Length=str(len(endpoint.body)))
    size = max(1, len(endpoint.body) // 50)
    for start in range(0, len(endpoint.body), size):
        to.wfile.write(endpoint.body[start : start + size])
        if endpoint.is_stopped(_TICK):
            to.close_connection = True
            return


def _redirect(to: Connection, _: Behaviour) -> None:
    """To itself, for ever."""
    to.plain(307, "text/plain", b"", Location=to.path)


FAULTS: Final[dict[str, Callable[[Connection, Behaviour], None]]] = {
    "ok": _ok,
    "cut": _cut,
    "clean-cut": _clean,
    "late": _late,
    "busy": _busy,
    "limited": _limited,
    "failed": _failed,
    "media-type": _media_type,
    "malformed": _malformed,
    "empty": _empty,
    "drop": _drop,
    "stall": _stall,
    "stall-body": _stall_body,
    "endless": _endless,
    "slow": _slow,
    "redirect": _redirect,
}
"""What an answer can be, by the path at which it is given."""
