"""A site in place of a server, answered by ``fetch`` in a page of Chromium under its service worker.

One host has the files for the browser, and passes what anyone else asks to the page.
"""

import atexit
import base64
import json
import tempfile
import threading
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from support.browser import Chromium, Page, until
from support.sites import SiteServer

_FETCH = """(async ({url, method, headers, body}) => {
  const bytes = body && Uint8Array.from(atob(body), (sign) => sign.charCodeAt(0));
  const answer = await fetch(url, {method, headers, cache: "no-store", ...(body && {body: bytes})});
  const content = await answer.arrayBuffer();
  const reader = new FileReader();
  const read = new Promise((resolve) => (reader.onload = resolve));
  reader.readAsDataURL(new Blob([content]));
  await read;
  return {status: answer.status, headers: [...answer.headers], body: reader.result.split(",")[1] ?? ""};
})"""
_OF_CONNECTION = (
    "connection",
    "content-length",
    "transfer-encoding",
    "keep-alive",
    "date",
    "server",
)


@cache
def _chromium() -> Chromium:
    """The browser of all sites of this process."""
    browser = Chromium(Path(tempfile.mkdtemp(prefix="profile-"))).__enter__()
    atexit.register(browser.__exit__)
    return browser


_PASSED_ON = ("POST", "QUERY", "OPTIONS", "PUT", "DELETE", "PATCH")


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, *connection: Any, site: "FetchServer", directory: str) -> None:
        self._site = site
        super().__init__(*connection, directory=directory)

    def do_GET(self) -> None:
        """Send a file to the browser, and to others what it fetches."""
        if self._is_of_browser():
            super().do_GET()
        else:
            self._pass_on()

    def do_HEAD(self) -> None:
        """Send what GET would, without the body."""
        if self._is_of_browser():
            super().do_HEAD()
        else:
            self._pass_on()

    def _is_of_browser(self) -> bool:
        return "HeadlessChrome" in self.headers.get("User-Agent", "")

    def __getattr__(self, name: str) -> Any:
        """Handle the methods that no browser sends to a host of files."""
        if name.removeprefix("do_") in _PASSED_ON:
            return self._pass_on
        raise AttributeError(name)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while length := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(length))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _pass_on(self) -> None:
        body = self._body()
        asked = {
            "url": self.path,
            "method": self.command,
            "headers": self.headers.items(),
            "body": base64.b64encode(body).decode(),
        }
        try:
            answer = self._site.fetched(asked)
        except AssertionError as refused:
            self.send_error(599, explain=str(refused))
            return
        self._send(answer)

    def _send(self, answer: dict[str, Any]) -> None:
        content = base64.b64decode(answer["body"])
        self.send_response_only(answer["status"])
        is_head = self.command == "HEAD"
        for name, value in answer["headers"]:
            if name not in _OF_CONNECTION or (is_head and name == "content-length"):
                self.send_header(name, value)
        if answer["status"] not in (204, 304) and not is_head:
            self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class FetchServer(SiteServer):
    """A site in place of a server, asked by the browser."""

    _page: Page

    def start(self, folder: Path, _base: str) -> None:
        """Answer from *folder*, once the service worker controls a page."""
        handler = partial(_Handler, site=self, directory=str(folder))
        self._host = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        threading.Thread(target=self._host.serve_forever, args=(0.05,), daemon=True).start()
        self._lock = threading.Lock()
        self._tab = _chromium().open(f"{self.url}/")
        self._page = self._tab.__enter__()
        until(self._page, "navigator.serviceWorker.controller")

    def fetched(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What a fetch of this answers.

        Raises:
            AssertionError: the browser refuses it.
        """
        with self._lock:
            found: dict[str, Any] = self._page.value(f"{_FETCH}({json.dumps(asked)})")
        return found

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self._tab.__exit__(None, None, None)
        self._host.shutdown()
        self._host.server_close()
