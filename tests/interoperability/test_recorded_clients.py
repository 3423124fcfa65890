"""What SPARQL clients send, byte by byte over a raw socket: each gets what it expects.

The requests stand in ``recorded_requests.http``. Libraries for HTTP would tidy them up. This is a
replay: that a client understands the answers is seen where it runs, in ``test_real_clients`` and
``test_federation_matrix``. RDF4J can be had from none of Debian, PyPI and npm, so it never runs here,
and its requests are what its source says that it sends.
"""

import http.client
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx
import pytest

_TABLE = Path(__file__).with_name("recorded_requests.http")


@dataclass(frozen=True)
class Recorded:
    """A request as its client sent it, and what that client expects of the answer."""

    name: str
    content_types: list[str]
    finds: list[str]
    head: str
    body: bytes

    @classmethod
    def read(cls, entry: str) -> Self:
        row, _, message = entry.partition("\n")
        name, content_types, finds = (cell.strip() for cell in row.split("|"))
        head, _, rest = message.partition("\n\n")
        length = re.search(r"^content-length: (\d+)$", head, re.IGNORECASE | re.MULTILINE)
        body = rest.encode()[: int(length[1]) if length else 0]
        return cls(name, content_types.split(" or "), finds.split(), head, body)

    def head_for(self, server) -> bytes:
        lines = self.head.replace("HOST", f"127.0.0.1:{server.port}")
        return lines.replace("\n", "\r\n").encode() + b"\r\n\r\n"

    @property
    def method(self) -> str:
        return self.head.partition(" ")[0]

    @property
    def closes(self) -> bool:
        return "connection: close" in self.head.lower()


RECORDED = [Recorded.read(entry) for entry in _TABLE.read_text().split("\n### ")[1:]]

every_request = pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: recorded.name)


def connect(server):
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def replay(connection, recorded, pieces):
    """Send the request in these pieces; status, Content-Type and text of the answer."""
    for piece in pieces:
        connection.sendall(piece)
    read = http.client.HTTPResponse(connection, method=recorded.method)
    read.begin()
    # httpx undoes the compressions that a client offers to undo.
    answer = httpx.Response(read.status, headers=read.headers.items(), content=read.read())
    return answer.status_code, answer.headers["content-type"], answer.text


def check(recorded, answer):
    status, content_type, text = answer
    assert status == 200, text
    assert content_type in recorded.content_types
    assert [word for word in recorded.finds if word not in text] == []


@every_request
def test_a_client_gets_what_it_expects_in_pieces_and_again_on_its_connection(server, recorded):
    whole = recorded.head_for(server) + recorded.body
    pieces = [whole[start : start + 100] for start in range(0, len(whole), 100)]
    with connect(server) as connection:
        first = replay(connection, recorded, pieces)
        check(recorded, first)
        if recorded.closes:
            assert connection.recv(1) == b""
        else:
            assert replay(connection, recorded, [whole]) == first


def test_every_client_has_its_rows():
    clients = {recorded.name.split()[0] for recorded in RECORDED}

    assert len(RECORDED) >= 47
    assert clients == {
        *("Jena", "rdflib", "SPARQLWrapper", "Comunica", "Oxigraph", "Virtuoso"),
        *("RDF4J", "curl", "Chromium"),
    }
