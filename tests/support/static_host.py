"""A host of files as there are many: no header fields of its own, no negotiation."""

import os
import socket
import threading
import time
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any, Self


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, *connection: Any, host: "StaticHost") -> None:
        self._host = host
        super().__init__(*connection, directory=str(host.folder))

    def setup(self) -> None:
        super().setup()
        self._host.connections.add(self.connection)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Send the page for what is not found, as hosts do."""
        page = self._host.folder / "404.html"
        if code == 404 and self.command == "GET" and page.exists():
            self.error_message_format, self.error_content_type = page.read_text(), "text/html"
            message, explain = "Not Found", ""
        super().send_error(code, message, explain)

    def copyfile(self, source: IO[bytes], outputfile: IO[bytes]) -> None:
        """Send a file."""
        outputfile.write(self._host.send(self.path, source.read()))

    def log_message(self, *_: object) -> None:
        """Keep the path that was asked for."""
        self._host.asked.append(self.path)


class StaticHost:
    """Serves a folder; *asked* are the paths that were asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.connections: set[socket.socket] = set()
        self._port, self._time = 0, time.time() - 3600

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), partial(_Handler, host=self))
        self._port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self._port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        while self.connections:  # browsers keep them
            with suppress(OSError):
                self.connections.pop().shutdown(socket.SHUT_RDWR)

    def put(self, path: str, content: bytes) -> None:
        """Write a file of the site, at another time than the one that was there."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        # What hosts tell of times are whole seconds.
        self._time += 1
        os.utime(target, (self._time, self._time))

    def send(self, _path: str, content: bytes) -> bytes:
        """Return what is sent of a file: all of it."""
        return content
