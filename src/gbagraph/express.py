"""The shortest way to an answer: from the bytes of a plain GET to the bytes of its response.

Most queries are small GETs whose answers come in a millisecond; a web server's machinery around
them costs more than they do. What is asked is read here by the same code as on the long way, and the
headers are made by the same code. Whatever is not plain goes the long way: another method, a header
that means something, an error, an answer that takes its time or is too large to hold. The long way
finds the evaluation that has begun here and joins it, so nothing is done twice.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph import asked
from gbagraph.answers import Flight, Named
from gbagraph.delivery import (
    FOR_SCRIPTS,
    SMALLEST_ENCODED,
    answer_headers,
    dataset_headers,
    encodings,
    variant,
)
from gbagraph.errors import GbaGraphError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gbagraph.answers import Answers
    from gbagraph.asked import Asked

LONGEST: Final = 16 * 1024
"""Bytes of the longest request that is looked at."""

_LINE: Final = re.compile(rb"GET (/[!-~]*) HTTP/1\.1\r\n")
_HEADER: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~\x80-\xff]*?)[ \t]*")
_PLAIN: Final = frozenset(
    {
        *(b"host", b"user-agent", b"accept", b"accept-encoding", b"accept-language"),
        *(b"connection", b"origin", b"referer"),
    }
)
"""Headers that change nothing, or that are understood here."""

_REMEMBERED: Final = 256


class Wishes(NamedTuple):
    """What plain headers ask for: the lines of Accept, and the encodings that are admitted."""

    accept: tuple[str, ...]
    encoding: str


class Ride:
    """A plain request on its way to an answer."""

    def __init__(
        self, express: Express, wanted: Asked, encoding: str, answer: Named | Flight
    ) -> None:
        self._express = express
        self._asked = wanted
        self._encoding = encoding
        self._answer = answer

    def then(self, arrived: Callable[[], None]) -> None:
        """Call *arrived* when the evaluation has ended, at once if it has."""
        if isinstance(self._answer, Flight):
            self._answer.task.add_done_callback(lambda _: arrived())
        else:
            arrived()

    def response(self) -> bytes | None:
        """Headers and body; None when it is not the time, or the request must go the long way."""
        found = self._answer.landed() if isinstance(self._answer, Flight) else self._answer
        if found is None or found.rest is not None:
            return None
        if self._encoding and len(found.body) >= SMALLEST_ENCODED:
            return None
        return self._express.response(self._asked, self._encoding, found)

    def leave(self) -> None:
        """Wait no longer; an evaluation that nobody waits for is stopped."""
        if isinstance(self._answer, Flight):
            self._answer.leave()


class Express:
    """Reads plain requests to the endpoint and to canned queries below *root_path*."""

    def __init__(self, answers: Answers, root_path: str) -> None:
        self._answers = answers
        self._root_path = root_path.encode()
        self._common = _lines([*dataset_headers(answers.engine.description), *FOR_SCRIPTS])
        self._wishes: dict[bytes, Wishes | None] = {}

    def ride(self, request: bytes, client: str) -> Ride | None:
        """Begin to answer *request*, the bytes of one message from *client*, if it is a plain one."""
        line = _LINE.match(request)
        if line is None or len(request) > LONGEST:
            return None
        wishes = self._plain(request[line.end() :])
        if wishes is None:
            return None
        try:
            wanted = self._read(line[1], wishes.accept)
        except GbaGraphError:
            return None  # the long way explains it
        if wanted is None:
            return None
        begun = self._answers.begin(
            wanted.job, timeout=wanted.timeout, client=client, reserved=wanted.reserved
        )
        return None if begun is None else Ride(self, wanted, wishes.encoding, begun)

    def _read(self, target: bytes, accept: tuple[str, ...]) -> Asked | None:
        path, _, query_string = target.partition(b"?")
        path = path.removeprefix(self._root_path)
        if path == b"/sparql":
            return asked.of_endpoint("GET", query_string, accept)
        if path.startswith(b"/queries/") and b"%" not in path and not path.endswith(b".rq"):
            return asked.of_canned(path[9:].decode(), query_string, accept)
        return None

    def _plain(self, head: bytes) -> Wishes | None:
        """What the headers ask for; None when one of them means something else.

        A client's requests have the same headers, so what they say is remembered.
        """
        if head not in self._wishes:
            if len(self._wishes) >= _REMEMBERED:
                self._wishes.clear()
            self._wishes[head] = _wishes(head)
        return self._wishes[head]

    def response(self, wanted: Asked, encoding: str, found: Named) -> bytes:
        """Everything of the response but its status line."""
        etag = variant(found.etag, encoding)
        headers = answer_headers(
            found, etag, self._answers.last_modified, name=wanted.name, length=len(found.body)
        )
        return b"%b%b\r\n%b" % (_lines(headers), self._common, found.body)


def _lines(headers: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join([b"%b: %b\r\n" % pair for pair in headers])


def _wishes(head: bytes) -> Wishes | None:
    """What *head*, all headers and the empty line, asks for; None if it is not plain."""
    lines, end, after = head.partition(b"\r\n\r\n")
    headers = [_HEADER.fullmatch(line) for line in lines.split(b"\r\n")]
    found = [(header[1].lower(), header[2]) for header in headers if header]
    plain = (
        end
        and not after
        and len(found) == len(headers)
        and {name for name, _ in found} <= _PLAIN
        and [name for name, _ in found].count(b"host") == 1
        and all(value.lower() == b"keep-alive" for name, value in found if name == b"connection")
    )
    if not plain:
        return None
    lines_of = {
        wanted: tuple(value.decode("latin-1") for name, value in found if name == wanted)
        for wanted in (b"accept", b"accept-encoding")
    }
    return Wishes(lines_of[b"accept"], encodings(", ".join(lines_of[b"accept-encoding"])))
