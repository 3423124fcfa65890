"""Servers that may call others: how that is allowed, and who listens where nobody may call."""

import json
import socket
import threading

NAMED = "https://named.example/sparql"
"""The IRI of an endpoint whose address is another."""


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
