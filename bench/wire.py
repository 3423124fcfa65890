"""An HTTP client that does little, so that its share of a latency is small."""

from __future__ import annotations

import socket
import time
from typing import Final

import httptools

_BLOCK: Final = 1 << 18


class Wire:
    """One connection to a server on this machine, opened again when the server closes it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connect()

    def _connect(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=60)
        self._parser = httptools.HttpResponseParser(self)
        self._complete = False

    def seconds(self, target: str, accept: str) -> float:
        """Seconds from the first byte of a GET to the last of its response."""
        request = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n\r\n".encode()
        started = time.perf_counter()
        self._socket.sendall(request)
        self._complete = False
        while not self._complete and (data := self._socket.recv(_BLOCK)):
            self._parser.feed_data(data)
        taken = time.perf_counter() - started
        if not self._complete or not self._parser.should_keep_alive():
            self.close()
            self._connect()
        return taken

    def on_message_complete(self) -> None:
        """Note the end of a response (the parser calls this)."""
        self._complete = True

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()
