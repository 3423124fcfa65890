"""An endpoint that misbehaves on demand, for the tests of what asks other endpoints."""

from __future__ import annotations

import socket
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

from gbagraph.errors import UnknownResource
from gbagraph.testing.faults import FAULTS, JSON, Connection, answer

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came: its query, if it has one, and the fault with which it was answered."""

    method: str
    path: str
    fault: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


class FaultyEndpoint:
    """A SPARQL endpoint on loopback. What it does is said by the path, or by ``script`` for all others.

    ``/ok`` answers right; for the faults see ``gbagraph.testing.faults``. ``requests`` is what it was
    asked, in order.

    Args:
        body: the right answer.
        media_type: its media type.
        retry_after: seconds that ``/busy`` and ``/limited`` ask to wait.
    """

    def __init__(
        self, body: bytes | None = None, *, media_type: str = JSON, retry_after: int = 1
    ) -> None:
        self.body = answer() if body is None else body
        self.media_type, self.retry_after = media_type, retry_after
        self.requests: list[Asked] = []
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
        for name in faults:
            _fault(name)
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
    """One connection: what is asked on it, and which fault answers."""

    server: _Server

    def do_GET(self) -> None:  # noqa: N802  the base's name
        self._handle()

    def do_POST(self) -> None:  # noqa: N802  the base's name
        self._handle()

    def _handle(self) -> None:
        endpoint = self.server.endpoint
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = endpoint.fault_of(self.path)
        asked = Asked(
            self.command, self.path, fault, self._query(body), dict(self.headers.items()), body
        )
        endpoint.requests.append(asked)
        if fault:
            FAULTS[fault](self, endpoint)
        else:
            known = ", ".join(f"/{name}" for name in FAULTS)
            self.plain(404, "text/plain", f"There is no such fault. There are: {known}\n".encode())

    def _query(self, body: bytes) -> str:
        kind = self.headers.get("Content-Type", "").partition(";")[0]
        if kind == "application/sparql-query":
            return body.decode(errors="replace")
        form = body.decode(errors="replace") if kind == "application/x-www-form-urlencoded" else ""
        found = parse_qs(urlsplit(self.path).query) | parse_qs(form)
        return found.get("query", [""])[0]

    def log_message(self, *_: object) -> None:
        """Nothing: what was asked is in ``requests``."""


def _fault(name: str) -> None:
    if name not in FAULTS:
        raise UnknownResource(f"There is no fault {name!r}. There are: {', '.join(FAULTS)}.")
