"""The engine alone, answering by HTTP on loopback: as a peer, and as the endpoints that tests call.

The federation tests name endpoints such as http://example1.org/sparql. Here each gets an address of its
own on this machine, and the name is replaced by it wherever it stands: in the query, the data and the
expected result. An endpoint that must not exist becomes an address where nothing listens.

``python -m conformance.endpoints DATA PORT`` serves a file of N-Quads: a process of its own, because a
query can end the engine.
"""

import re
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox

from conformance import rdf
from conformance.suite import BASE, Test

_NOBODY: Final = "http://127.0.0.1:1/sparql"
_CALLED: Final = re.compile(r"\bSERVICE\s+(?:SILENT\s+)?<([^>]*)>", re.IGNORECASE)


class _Server(ThreadingHTTPServer):
    """A server with a store at each address."""

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.stores: dict[str, ox.Store] = {}


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self._answer(url.path, parse_qs(url.query)["query"][0])

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        is_form = "form" in self.headers["Content-Type"]
        self._answer(self.path, parse_qs(body)["query"][0] if is_form else body)

    def _answer(self, path: str, query: str) -> None:
        try:
            found = self.server.stores[path].query(query)
            media_type, body = _serialized(found, self.headers["Accept"])
        except SyntaxError as problem:
            self._send(400, "text/plain", str(problem).encode())
        except (OSError, RuntimeError, ValueError) as problem:
            self._send(500, "text/plain", str(problem).encode())
        else:
            self._send(200, media_type, body)

    def _send(self, status: int, media_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: what matters is what the tests find."""


def _serialized(found: Any, accept: str) -> tuple[str, bytes]:
    if isinstance(found, ox.QueryTriples):
        rdf_format = ox.RdfFormat.from_media_type(accept) or ox.RdfFormat.TURTLE
        return rdf_format.media_type, found.serialize(format=rdf_format) or b""
    results_format = ox.QueryResultsFormat.from_media_type(accept) or ox.QueryResultsFormat.JSON
    return results_format.media_type, found.serialize(format=results_format) or b""


class Endpoints:
    """A server with an address for each remote endpoint of each test."""

    def __init__(self) -> None:
        self._server = _Server(0)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def addresses(self) -> list[str]:
        """The addresses of all that were put up, and the one where nobody listens."""
        return [_NOBODY, *map(self._address, self._server.stores)]

    def _address(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def rewriter(self, test: Test, folder: Path) -> Callable[[str], str]:
        """Put up the endpoints of a test; the result replaces their names in a text."""
        if not test.services and test.group != "sparql11/service":
            return str
        addresses = {name: self._put_up(test, path, folder) for name, path in test.services}
        for name in _CALLED.findall(test.text):
            addresses.setdefault(name, _NOBODY)

        def rewrite(text: str) -> str:
            for name, address in addresses.items():
                text = text.replace(name, address)
            return text

        return rewrite

    def _put_up(self, test: Test, path: Path, folder: Path) -> str:
        address = f"/{test.iri.rpartition('#')[2]}/{path.stem}"
        store = ox.Store()
        store.extend(rdf.read(path, BASE + path.relative_to(folder).as_posix()))
        self._server.stores[address] = store
        return self._address(address)


def main(data: str, port: str) -> None:
    """Serve a file of N-Quads."""
    server = _Server(int(port))
    server.stores["/sparql"] = store = ox.Store()
    store.load(path=data, format=ox.RdfFormat.N_QUADS)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
