"""The remote endpoints that the federation tests call, on loopback.

The tests name endpoints such as http://example1.org/sparql. Here each gets an address of its own on
this machine, and the name is replaced by it wherever it stands: in the query, the data and the
expected result. An endpoint that must not exist becomes an address where nothing listens.
"""

import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final, Self
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox

from conformance import rdf
from conformance.suite import BASE, Test

_NOBODY: Final = "http://127.0.0.1:1/sparql"
_CALLED: Final = re.compile(r"\bSERVICE\s+(?:SILENT\s+)?<([^>]*)>", re.IGNORECASE)


class Endpoints:
    """A server with an address for each remote endpoint of each test."""

    def __init__(self) -> None:
        stores: dict[str, ox.Store] = {}
        self._stores = stores

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                self.answer(url.path, parse_qs(url.query)["query"][0])

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                is_form = "form" in self.headers["Content-Type"]
                self.answer(self.path, parse_qs(body)["query"][0] if is_form else body)

            def answer(self, path: str, query: str) -> None:
                found = stores[path].query(query)
                if isinstance(found, ox.QueryTriples):
                    raise TypeError("SERVICE sends SELECT and ASK only")
                body = found.serialize(format=ox.QueryResultsFormat.XML) or b""
                self.send_response(200)
                self.send_header("Content-Type", "application/sparql-results+xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing: what matters is what the tests find."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
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
        return [_NOBODY, *(self._address(path) for path in self._stores)]

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
        self._stores[address] = store
        return self._address(address)
