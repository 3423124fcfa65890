"""An endpoint that misbehaves on demand, for the tests of what asks other endpoints."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import parse_qs, urlsplit

from gbagraph.errors import UnknownResource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


JSON: Final = "application/sparql-results+json"
_ROW: Final = {"x": {"type": "literal", "value": "right"}}
_HEAD: Final = b'{"head":{"vars":["x"]},"results":{"bindings":['
_TICK: Final = 0.02
"""Seconds between the bytes of a slow answer."""


def answer(rows: int = 20) -> bytes:
    """SPARQL results JSON with this many rows."""
    return json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": [_ROW] * rows}}).encode()


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


def _half(endpoint: FaultyEndpoint) -> bytes:
    return endpoint.body[: len(endpoint.body) // 2]


def _cut(to: Connection, endpoint: FaultyEndpoint) -> None:
    """Half of the bytes that were announced, then the end of the connection."""
    to.head(200, endpoint.media_type, Content_Length=str(len(endpoint.body)))
    to.wfile.write(_half(endpoint))
    to.close_connection = True


def _late(to: Connection, endpoint: FaultyEndpoint) -> None:
    """An error after the first rows: status 200, some chunks, then the connection is reset."""
    to.head(200, endpoint.media_type, Transfer_Encoding="chunked")
    to.chunk(_half(endpoint))
    endpoint.is_stopped(_TICK)  # so that the client reads what was sent
    to.break_off()


def _drop(to: Connection, _: FaultyEndpoint) -> None:
    """The connection is closed without a byte."""
    to.close_connection = True


def _stall_body(to: Connection, endpoint: FaultyEndpoint) -> None:
    to.head(200, endpoint.media_type, Content_Length=str(len(endpoint.body)))
    to.wfile.write(_half(endpoint))
    _wait(to, endpoint)


def _wait(to: Connection, endpoint: FaultyEndpoint) -> None:
    """Send nothing, until the client goes or the endpoint is stopped."""
    to.close_connection = True
    to.connection.settimeout(_TICK)
    while not endpoint.is_stopped(0):
        try:
            if not to.connection.recv(1):
                return
        except TimeoutError:
            continue


def _endless(to: Connection, endpoint: FaultyEndpoint) -> None:
    to.head(200, JSON, Transfer_Encoding="chunked")
    to.chunk(_HEAD)
    row = json.dumps(_ROW).encode()
    block = (row + b",") * 100
    while not endpoint.is_stopped(0):
        to.chunk(block)
    to.close_connection = True


def _slow(to: Connection, endpoint: FaultyEndpoint) -> None:
    """The right answer, in fifty pieces with pauses."""
    to.head(200, endpoint.media_type, Content_Length=str(len(endpoint.body)))
    size = max(1, len(endpoint.body) // 50)
    for start in range(0, len(endpoint.body), size):
        to.wfile.write(endpoint.body[start : start + size])
        if endpoint.is_stopped(_TICK):
            to.close_connection = True
            return


FAULTS: Final[dict[str, Callable[[Connection, FaultyEndpoint], None]]] = {
    "ok": lambda to, endpoint: to.plain(200, endpoint.media_type, endpoint.body),
    "cut": _cut,
    # With an end that is right by HTTP: only the format tells that it is cut.
    "clean-cut": lambda to, endpoint: to.plain(200, endpoint.media_type, _half(endpoint)),
    "late": _late,
    "busy": lambda to, endpoint: to.plain(
        503, "text/plain", b"Busy.\n", Retry_After=str(endpoint.retry_after)
    ),
    "limited": lambda to, endpoint: to.plain(
        429, "text/plain", b"Too many requests.\n", Retry_After=str(endpoint.retry_after)
    ),
    "failed": lambda to, _: to.plain(500, "text/html", b"<h1>Internal Server Error</h1>"),
    "media-type": lambda to, _: to.plain(
        200, "text/html; charset=utf-8", b"<!doctype html><title>SPARQL</title>"
    ),
    "malformed": lambda to, endpoint: to.plain(
        200, endpoint.media_type, endpoint.body.replace(b":", b"", 1)
    ),
    "empty": lambda to, endpoint: to.plain(200, endpoint.media_type, b""),
    "drop": _drop,
    "stall": _wait,
    "stall-body": _stall_body,
    "endless": _endless,
    "slow": _slow,
    # To itself, for ever.
    "redirect": lambda to, _: to.plain(307, "text/plain", b"", Location=to.path),
}
"""What an answer can be, by the path at which it is given."""


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came: its query, if it has one, and the fault with which it was answered."""

    method: str
    path: str
    fault: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


class FaultyEndpoint:
    """A SPARQL endpoint on loopback. What it does is said by the path, or by ``script`` for all others.

    ``/ok`` answers right; for the faults see ``FAULTS``. ``requests`` is what it was
    asked, in order.

    Args:
        body: the right answer.
        media_type: its media type.
        retry_after: seconds that ``/busy`` and ``/limited`` ask to wait.
    """

    def __init__(
        self, body: bytes | None = None, *, media_type: str = JSON, retry_after: int = 1
    ) -> None:
        self.body: bytes = answer() if body is None else body
        self.media_type: str = media_type
        self.retry_after: int = retry_after
        self.requests: list[Received] = []
        self._script: deque[str] = deque()
        self._stopped = threading.Event()
        self._server: _Server | None = None

    @property
    def url(self) -> str:
        """The address; ``url + "/cut"`` is that of an endpoint which cuts off its answers."""
        if self._server is None:
            raise UnknownResource(
                "The faulty endpoint is not started. Use it as a context manager."
            )
        return f"http://127.0.0.1:{self._server.server_port}"

    def script(self, *faults: str) -> str:
        """Answer the next requests to ``/`` by these faults, one each, then right; the address.

        Raises:
            UnknownResource: there is no such fault.
        """
        if unknown := [name for name in faults if name not in FAULTS]:
            raise UnknownResource(
                f"There is no fault {unknown[0]!r}. There are: {', '.join(FAULTS)}."
            )
        self._script = deque(faults)
        return f"{self.url}/"

    def fault_of(self, path: str) -> str:
        """The name of the fault for a request to *path*; empty where there is none of that name."""
        name = urlsplit(path).path.strip("/")
        if not name:
            return self._script.popleft() if self._script else "ok"
        return name if name in FAULTS else ""

    def is_stopped(self, seconds: float) -> bool:
        """Wait so long; whether the endpoint was stopped meanwhile."""
        return self._stopped.wait(seconds)

    def __enter__(self) -> Self:
        self._stopped.clear()
        self._server = _Server(("127.0.0.1", 0), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End all answers, close all connections, and wait for the threads."""
        server, self._server = self._server, None
        self._stopped.set()
        if server is not None:
            server.shutdown()
            self._thread.join()
            server.close_connections()
            server.server_close()


class _Server(ThreadingHTTPServer):
    """The connections of a faulty endpoint, each with a thread that is waited for."""

    daemon_threads = False
    block_on_close = True

    def __init__(self, address: tuple[str, int], endpoint: FaultyEndpoint) -> None:
        self.endpoint = endpoint
        self._connections: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  the base's
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401  the base's
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, *_: object) -> None:
        """A client that goes away is no error here."""

    def close_connections(self) -> None:
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


class _Handler(Connection):
    """One connection: what it receives, and which fault answers."""

    server: _Server

    def do_GET(self) -> None:
        endpoint = self.server.endpoint
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = endpoint.fault_of(self.path)
        received = Received(
            self.command, self.path, fault, self._query(body), dict(self.headers.items()), body
        )
        endpoint.requests.append(received)
        if fault:
            FAULTS[fault](self, endpoint)
        else:
            known = ", ".join(f"/{name}" for name in FAULTS)
            self.plain(404, "text/plain", f"There is no such fault. There are: {known}\n".encode())

    do_POST = do_GET  # noqa: N815  the name that the base looks for

    def _query(self, body: bytes) -> str:
        kind = self.headers.get("Content-Type", "").partition(";")[0]
        if kind == "application/sparql-query":
            return body.decode(errors="replace")
        form = body.decode(errors="replace") if kind == "application/x-www-form-urlencoded" else ""
        fields = parse_qs(urlsplit(self.path).query) | parse_qs(form)
        return fields.get("query", [""])[0]

    def log_message(self, *_: object) -> None:
        """Nothing: what it receives is in ``requests``."""
