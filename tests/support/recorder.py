"""A stop on the way to a server: it passes requests on and remembers what was sent."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, urlsplit

import httpx


class Recorder:
    """A server on a free port that sends each request on to *target*, the address of an endpoint.

    *queries* are those that came. What the endpoint says of how long its answer may be kept is left
    out, so that every call comes here.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self.queries: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/sparql"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                self._pass_on(urlsplit(self.path).query)

            def do_POST(self) -> None:
                self._pass_on(self.rfile.read(int(self.headers["content-length"])).decode())

            def _pass_on(self, sent: str) -> None:
                recorder.queries += parse_qs(sent)["query"]
                found = httpx.post(
                    recorder.target,
                    content=sent,
                    headers={
                        "content-type": "application/x-www-form-urlencoded",
                        "accept": self.headers["accept"],
                    },
                    timeout=60,
                )
                self.send_response(found.status_code)
                self.send_header("content-type", found.headers["content-type"])
                self.send_header("content-length", str(len(found.content)))
                self.end_headers()
                self.wfile.write(found.content)

        return Handler

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
