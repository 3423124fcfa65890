"""Calls of other endpoints: how they are allowed, and who answers or listens there."""

import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import accumulate

import pyoxigraph as ox

from gbagraph.features.federation.messages import Reply

NAMED = "https://named.example/sparql"
"""The IRI of an endpoint whose address is another."""
LEAKY = "http://leaky.example/sparql"

JSON = "application/sparql-results+json"
RIGHT = b'{"head":{"vars":["x"]},"results":{"bindings":[]}}'
PREFIX = "PREFIX : <http://e/>\n"


def allowed(iri, **limits):
    """The option that allows an endpoint."""
    return "--allow-service", json.dumps({"iri": iri, **limits})


class Listener:
    """A port of this machine that notes who connects, and answers nobody."""

    def __init__(self, family=socket.AF_INET, host="127.0.0.1"):
        self.socket = socket.socket(family)
        self.socket.bind((host, 0))
        self.socket.listen()
        self.port = self.socket.getsockname()[1]
        self.connections = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self):
        while True:
            try:
                connection, address = self.socket.accept()
            except OSError:
                return
            self.connections.append(address)
            connection.close()

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self._thread.join(5)


class Endpoint:
    """A server that gives what it is told to, and keeps the heads of its requests."""

    def __init__(self, context=None):
        self.body, self.headers, self.status = RIGHT, {"Content-Type": JSON}, 200
        self.reason, self.protocol = None, "HTTP/1.1"
        self.requests = []
        self.statuses = iter(())
        self.pause = 0.0
        self.steps = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                endpoint.requests.append((self.command, self.path, headers, sent))
                endpoint.steps.append(1)
                time.sleep(endpoint.pause)
                endpoint.steps.append(-1)
                self.protocol_version = endpoint.protocol
                self.send_response(next(endpoint.statuses, endpoint.status), endpoint.reason)
                for name, value in endpoint.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(endpoint.body)))
                self.end_headers()
                self.wfile.write(endpoint.body)

            do_POST = do_GET  # noqa: N815  the base class wants it so

            def log_message(self, *_):
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda *_: None  # a handshake that is broken off is meant
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/sparql"
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    @property
    def most_at_once(self):
        """The most requests that were being answered at once."""
        return max(accumulate(self.steps))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def store(lines, graph=None):
    """A store of these lines of Turtle."""
    found = ox.Store()
    to_graph = ox.NamedNode(graph) if graph else None
    found.load(f"{PREFIX}{lines}".encode(), format=ox.RdfFormat.TURTLE, to_graph=to_graph)
    return found


class Remote:
    """Endpoints in this process: what they are sent is kept, and evaluated over their own *stores*.

    Each query from the number *fails_from* on fails with the error *problem*.
    """

    def __init__(self, stores, problem="service-failed", fails_from=1000):
        self.stores, self.problem, self.fails_from = stores, problem, fails_from
        self.texts = []

    def __call__(self, call):
        self.texts += call.queries
        return [self.reply(call, number, text) for number, text in enumerate(call.queries)]

    def reply(self, call, number, text):
        if number >= self.fails_from:
            return Reply(number, error=self.problem, message="It is down.")
        found = self.stores[call.endpoint].query(text).serialize(format=ox.QueryResultsFormat.JSON)
        return Reply(number, found, "json", "2026-11-26T06:41:29+00:00", seconds=0.25)
