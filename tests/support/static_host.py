"""A host of files as there are many: no header fields of its own, no negotiation."""

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self


class _Server(ThreadingHTTPServer):
    daemon_threads = True


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments: object, host: "StaticHost") -> None:
        self._host = host
        super().__init__(*arguments, directory=host.folder)  # type: ignore[arg-type]

    def send_error(self, code: int, *told: object) -> None:
        """Send the page for what is not found, as hosts do."""
        page = self._host.folder / "404.html"
        if code != 404 or not page.exists():
            return super().send_error(code, *told)  # type: ignore[arg-type]
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        if self._host.declares and self.path.partition("?")[0].endswith(".gz"):
            self.send_header("Content-Encoding", "gzip")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        self._host.asked.append(self.path)


class StaticHost:
    """Serves a folder; *asked* are the paths that were asked for.

    If it *declares*, it says of files named ``.gz`` that they are encoded, as some hosts do.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.declares = folder, False
        self.asked: list[str] = []
        self._port = 0

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", self._port), partial(_Handler, host=self))
        self._port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self._port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def put(self, path: str, content: bytes) -> None:
        """Write a file of the site."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def remove(self, path: str) -> None:
        """Remove a folder of the site."""
        shutil.rmtree(self.folder / path)
