"""What an engine replies, read as the standard has it, also where the engine does not write it so."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Final, Protocol, cast

import httpx
import pyoxigraph as ox

from gbagraph.errors import EngineFailed, SettingError
from gbagraph.paths import in_one_line
from gbagraph.settings import CREDENTIALS

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from gbagraph.rdf.dataset import Answer

    Flow = Generator[httpx.Request, httpx.Response, None]


_RESULTS: Final = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/json": ox.QueryResultsFormat.JSON,
}
_VIRTUOSO_ASK: Final = ox.Variable("__ASK_RETVAL")
_BOOLEANS: Final = (b'{"head":{},"boolean":false}', b'{"head":{},"boolean":true}')
_FIGURES: Final = re.compile(rb'\]\s*\}\s*,\s*"metadata"\s*:\s*\{[^{}]*\}\s*\}\s*\Z')
_NO_HEAD: Final = re.compile(rb'\A\s*\{\s*"head"\s*:\s*\{\s*\}\s*,\s*(?="results")')
_NODE: Final = re.compile(rb'("bnode"\s*,\s*"value"\s*:\s*")nodeID://')
_HEAD: Final = b'{"head":{"vars":[]},'
_ENDS: Final = 256
"""Bytes at the end of SPARQL results JSON that may have to be mended."""
_EXCERPT: Final = 400
_FRAMES: Final = re.compile(
    r"\s+at [\w.$<>/]+\(|Traceback \(most recent|\s+File \"[^\"\n]+\", line|stack backtrace:"
)
"""How a stack trace goes on, or begins: of Java and JavaScript, Python, Rust."""
_GRAPHS: Final = {
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "text/plain": ox.RdfFormat.N_TRIPLES,
    "text/turtle": ox.RdfFormat.TURTLE,
}


class Reply(Protocol):
    """What the engine answers: the bytes of a document of this *media_type*, read as they come."""

    media_type: str

    def read(self, size: int = -1) -> bytes:
        """At most *size* bytes, none at the end; raises GbaGraphError if the answer breaks off."""


@contextmanager
def readable() -> Iterator[None]:
    """Raise EngineFailed if an answer that is read inside is none."""
    try:
        yield
    except SyntaxError as problem:
        raise EngineFailed(
            f"The engine that holds the data gave an answer that cannot be read: {problem.msg}."
        ) from None


def solutions_or_boolean(
    found: IO[bytes] | bytes, results: ox.QueryResultsFormat = ox.QueryResultsFormat.JSON
) -> ox.QuerySolutions | ox.QueryBoolean:
    """The result in *found*; raises SyntaxError if it is none.

    Virtuoso answers ASK in JSON by a row with a number.
    """
    answer = ox.parse_query_results(found, format=results)
    if isinstance(answer, ox.QuerySolutions) and answer.variables == [_VIRTUOSO_ASK]:
        cells: Iterator[Any] = (row[0] for row in answer)
        is_so = any(cell is not None and cell.value == "1" for cell in cells)
        return ox.parse_query_results(_BOOLEANS[is_so], format=ox.QueryResultsFormat.JSON)
    return answer


def excerpt(text: str) -> str:
    """The beginning of what an engine itself says of a failure, in one line; not where in its code."""
    said = _FRAMES.split(text, maxsplit=1)[0]
    return in_one_line(" ".join(said.split()), _EXCERPT)


class _Mended:
    """SPARQL results JSON as the parser takes it, which refuses what some engines write.

    Comunica adds figures at the end, and leaves out the variables where there are no results; Virtuoso
    writes labels of blank nodes as no other engine does.
    """

    def __init__(self, reply: Reply) -> None:
        self._reply, self._held = reply, b""
        self._is_whole = False

    def read(self, size: int = -1) -> bytes:
        """At most *size* bytes, none at the end."""
        while not self._is_whole and len(self._held) <= _ENDS:
            block = self._reply.read(size)
            self._held = _NODE.sub(rb"\1", self._held + block)
            if not block:
                self._is_whole = True
                self._held = _FIGURES.sub(b"]}}", _NO_HEAD.sub(_HEAD, self._held))
        end = len(self._held) if self._is_whole else len(self._held) - _ENDS
        end = end if size < 0 else min(end, size)
        found, self._held = self._held[:end], self._held[end:]
        return found


def answer_of(reply: Reply) -> Answer:
    """The answer in *reply*, of which only as much is read as is needed."""
    with readable():
        if (results := _RESULTS.get(reply.media_type)) is not None:
            return solutions_or_boolean(cast("IO[bytes]", _Mended(reply)), results)
        if (graph := _GRAPHS.get(reply.media_type)) is not None:
            found = cast("IO[bytes]", reply)
            return (quad.triple for quad in ox.parse(found, format=graph))
    raise EngineFailed(
        f"The engine that holds the data answered with {reply.media_type or 'no media type'}, which was "
        "not asked for. It has to answer queries in SPARQL results JSON and in N-Triples or Turtle."
    )


USER, PASSWORD, TOKEN = CREDENTIALS


def of_environment(environment: Mapping[str, str] = os.environ) -> httpx.Auth | None:
    """How to authenticate by what *environment* says; None if it says nothing.

    Raises:
        SettingError: it gives a token and a user, or a password without a user.
    """
    user, password, token = (environment.get(name, "") for name in (USER, PASSWORD, TOKEN))
    if (token and user) or (password and not user):
        raise SettingError(
            f"Set {USER} and {PASSWORD}, or {TOKEN} alone.", setting=USER if token else PASSWORD
        )
    if token:
        return _Bearer(token)
    return _Challenged(user, password) if user else None


class _Bearer(httpx.Auth):
    """A token in each request (RFC 6750)."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Flow:
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


class _Challenged(httpx.Auth):
    """User and password, by the scheme that the first answer asks for (RFC 9110, section 11)."""

    def __init__(self, user: str, password: str) -> None:
        self._given = user, password
        self._scheme: httpx.Auth | None = None

    def auth_flow(self, request: httpx.Request) -> Flow:
        if self._scheme is None:
            response = yield request
            if response.status_code != httpx.codes.UNAUTHORIZED:
                return
            asked = response.headers.get("www-authenticate", "").lower()
            # A password in plain text is only sent to who asks for that.
            is_digest = asked.startswith("digest")
            self._scheme = (httpx.DigestAuth if is_digest else httpx.BasicAuth)(*self._given)
        yield from self._scheme.auth_flow(request)
