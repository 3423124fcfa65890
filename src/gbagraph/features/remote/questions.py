"""Questions to the engine that holds the data, and its answers, as a worker sends and reads them.

A worker has no network: it asks through the server. Its questions and the answers share the socket for
jobs. One question is answered at a time: the next one ends the answer before, or, if that is still
needed, first reads all of it. Answers are read as the standard has it, also where the engine does not
write it so.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import sys
import weakref
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final, Protocol, cast

import msgspec
import pyoxigraph as ox

from gbagraph import tracing
from gbagraph.engine import wire
from gbagraph.errors import EngineFailed, EngineUnsupported, GbaGraphError, classes
from gbagraph.paths import in_one_line
from gbagraph.rdf.namespaces import expand
from gbagraph.sparql.parsed import ParsedQuery

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager

    from gbagraph.engine.connection import Context
    from gbagraph.rdf.dataset import Answer

    Ask = Callable[["Question", float], AbstractAsyncContextManager["BlockAnswer"]]


ASK: Final = b"T"
"""A question of a worker: NUMBER, then a Question. It ends the one before."""

# To the worker; NUMBER of the question first.
HEAD: Final = b"U"
"""The answer begins: its media type."""
DATA: Final = b"Y"
"""Bytes of the answer."""
END: Final = b"I"
"""The answer is complete."""
FAILURE: Final = b"M"
"""There is no answer, or no more of it: name, message and details of the error, as JSON."""

_ROWS: Final = "application/sparql-results+json"
_GRAPH: Final = "application/n-triples, text/turtle;q=0.8"

_encode = msgspec.msgpack.Encoder().encode


class Question(msgspec.Struct, frozen=True):
    """A query for the engine, and the dataset that it is asked of; None for the engine's own.

    Only an engine that holds this *version* may answer, if it is not empty.
    """

    text: str
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    version: str = ""

    @property
    def accept(self) -> str:
        """What is asked for: JSON or N-Triples, of which a part is never taken for the whole.

        Not both: Virtuoso would make JSON of a graph.
        """
        return _GRAPH if ParsedQuery(self.text).makes_graph else _ROWS


class Questions:
    """What is asked of the engine of the server at the other end of *connection*, read by *frames*."""

    def __init__(self, connection: socket.socket, frames: wire.Reader) -> None:
        self._connection, self._frames = connection, frames
        self._number = 0
        self._last: weakref.ref[StreamedReply] | None = None

    def __call__(self, question: Question) -> StreamedReply:
        """The beginning of the answer; raises GbaGraphError if there is none."""
        last = self._last() if self._last else None
        if last is not None:
            last.hold()
        self._number += 1
        number = wire.NUMBER.pack(self._number)
        self._connection.sendall(wire.pack(ASK, number + _encode(question)))
        _, payload = self.frame(self._number)
        reply = StreamedReply(self, self._number, payload.decode())
        self._last = weakref.ref(reply)
        return reply

    def frame(self, number: int) -> tuple[bytes, bytes]:
        """Return the next frame of the answer to the question with this *number*, without its number.

        What is left of answers before it, which is not needed, is passed over.
        """
        kind, payload = b"", b""
        while payload[: wire.NUMBER.size] != wire.NUMBER.pack(number):
            frame = self._frames.read()
            if frame is None:
                raise BrokenPipeError  # the server is gone, or wants this no more
            kind, payload = frame
        payload = payload[wire.NUMBER.size :]
        if kind == FAILURE:
            name, message, details = msgspec.json.decode(payload)
            raise classes()[name](message, **details)
        return kind, payload


class StreamedReply:
    """An answer that is read as it comes."""

    def __init__(self, questions: Questions, number: int, media_type: str) -> None:
        self.media_type = media_type
        self._questions, self._number = questions, number
        self._left = bytearray()
        self._is_whole = False

    def read(self, size: int = -1) -> bytes:
        """Return at most *size* bytes, none at the end; raises GbaGraphError if it breaks off."""
        self.hold(1 if size >= 0 else sys.maxsize)
        block = bytes(self._left[: size if size >= 0 else None])
        del self._left[: len(block)]
        return block

    def hold(self, least: int = sys.maxsize) -> None:
        """Read at *least* so many bytes of it, or all, and keep them."""
        while not self._is_whole and len(self._left) < least:
            kind, payload = self._questions.frame(self._number)
            self._is_whole = kind == END
            self._left += payload


log = logging.getLogger("gbagraph.engine")

_decode = msgspec.msgpack.Decoder(Question).decode


@dataclass(slots=True)
class BlockAnswer:
    """What a replica answers: its media type, the blocks of its body, and the server behind a proxy."""

    media_type: str
    blocks: AsyncIterator[bytes]
    server: str = ""


class Feed:
    """The answer that *ask* gives to the question in *payload*, of an evaluation in this *context*.

    It begins within the time that is left, and is read no faster than the worker reads. Each must be
    closed.
    """

    def __init__(self, ask: Ask, payload: bytes, context: Context) -> None:
        self._ask, self._context = ask, context
        self._number = payload[: wire.NUMBER.size]
        self._task = asyncio.create_task(self._run(_decode(payload[wire.NUMBER.size :])))

    def close(self) -> bool:
        """End it; whether it had ended by itself."""
        return self._task.done() or not self._task.cancel()

    async def _run(self, question: Question) -> None:
        tracing.enter(self._context.span)
        with contextlib.suppress(ConnectionError):  # the worker is gone
            try:
                await self._pass_on(question)
            except GbaGraphError as problem:
                self._fail(problem)
            except Exception:  # what waits needs an answer, whatever it was
                log.exception("unexpected failure of a question to the engine")
                self._fail(EngineFailed("The question to the engine failed."))

    async def _pass_on(self, question: Question) -> None:
        async with self._ask(question, max(0.0, self._context.seconds)) as answer:
            self._send(HEAD, answer.media_type.encode())
            async for block in answer.blocks:
                self._send(DATA, block)
                await self._context.connection.drain()
        self._send(END)

    def _fail(self, problem: GbaGraphError) -> None:
        fields = (problem.name, problem.message, problem.details)
        self._send(FAILURE, msgspec.json.encode(fields))

    def _send(self, kind: bytes, payload: bytes = b"") -> None:
        self._context.connection.send(kind, self._number + payload)


_RESULTS: Final = frozenset({_ROWS, "application/json"})
_VIRTUOSO_ASK: Final = ox.Variable("__ASK_RETVAL")
_BOOLEANS: Final = (b'{"head":{},"boolean":false}', b'{"head":{},"boolean":true}')
_FIGURES: Final = re.compile(rb'\]\s*\}\s*,\s*"metadata"\s*:\s*\{[^{}]*\}\s*\}\s*\Z')
_NO_HEAD: Final = re.compile(rb'\A\s*\{\s*"head"\s*:\s*\{\s*\}\s*,\s*(?="results")')
_NODE: Final = re.compile(rb'("bnode"\s*,\s*"value"\s*:\s*")nodeID://')
_NUMBERED: Final = re.compile(rb'(#boolean"\s*,\s*"value"\s*:\s*")([01])"')
_GEOMETRY: Final = (
    b'"datatype": "http://www.openlinksw.com/schemas/virtrdf#Geometry"',
    f'"datatype": "{expand("geo:wktLiteral")}"'.encode(),
)
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
        """Return at most *size* bytes, none at the end; raises GbaGraphError if it breaks off."""


@contextmanager
def readable() -> Iterator[None]:
    """Raise EngineFailed if an answer that is read inside is none."""
    try:
        yield
    except SyntaxError as problem:
        raise EngineFailed(
            f"The engine that holds the data gave an answer that cannot be read: {problem.msg}."
        ) from None


def solutions_or_boolean(written: IO[bytes] | bytes) -> ox.QuerySolutions | ox.QueryBoolean:
    """Return the result in *written*, which is JSON; raises SyntaxError if it is none.

    Virtuoso answers ASK in JSON by a row with a number.
    """
    answer = ox.parse_query_results(written, format=ox.QueryResultsFormat.JSON)
    if isinstance(answer, ox.QuerySolutions) and answer.variables == [_VIRTUOSO_ASK]:
        is_so = any(getattr(row[0], "value", "") == "1" for row in answer)
        return ox.parse_query_results(_BOOLEANS[is_so], format=ox.QueryResultsFormat.JSON)
    return answer


def excerpt(text: str) -> str:
    """Return in one line how an engine begins to say why it failed, but for where in its code."""
    said = _FRAMES.split(text, maxsplit=1)[0]
    return in_one_line(" ".join(said.split()), _EXCERPT)


class _Mended:
    """SPARQL results JSON as the parser takes it, which refuses what some engines write.

    Comunica adds figures at the end, and leaves out the variables where there are no results; Virtuoso
    writes labels of blank nodes and the datatype of points as no other engine does, and truth values
    as numbers.
    """

    def __init__(self, reply: Reply) -> None:
        self._reply, self._held = reply, b""
        self._is_whole = False

    def read(self, size: int = -1) -> bytes:
        """At most *size* bytes, none at the end."""
        while not self._is_whole and len(self._held) <= _ENDS:
            block = self._reply.read(size)
            self._held = _NODE.sub(rb"\1", self._held + block)
            self._held = _NUMBERED.sub(_worded, self._held).replace(*_GEOMETRY)
            if not block:
                self._is_whole = True
                self._held = _FIGURES.sub(b"]}}", _NO_HEAD.sub(_HEAD, self._held))
        end = len(self._held) - (0 if self._is_whole else _ENDS)
        end = end if size < 0 else min(end, size)
        part, self._held = self._held[:end], self._held[end:]
        return part


def _worded(match: re.Match[bytes]) -> bytes:
    return match[1] + (b'true"' if match[2] == b"1" else b'false"')


def _each_once(reply: IO[bytes], most: int) -> bytes:
    """SPARQL results JSON with each row once, where it stands first; raises SyntaxError."""
    try:
        answer = msgspec.json.decode(b"".join(iter(reply.read, b"")))
    except msgspec.DecodeError as problem:
        raise SyntaxError(str(problem)) from None
    rows = answer["results"]["bindings"]
    if len(rows) >= most:
        raise EngineUnsupported(
            "The engine that holds the data gives some rows of DISTINCT twice, and LIMIT cuts off "
            "others for them. Ask without LIMIT."
        )
    answer["results"]["bindings"] = [
        *map(msgspec.Raw, dict.fromkeys(map(msgspec.json.encode, rows)))
    ]
    return msgspec.json.encode(answer)


def answer_of(reply: Reply, most: int = 0) -> Answer:
    """Return the answer in *reply*, read as it is needed; each row once, and at once, with a *most*.

    Raises:
        EngineUnsupported: it has as many rows.
    """
    with readable():
        if reply.media_type in _RESULTS:
            mended = cast("IO[bytes]", _Mended(reply))
            return solutions_or_boolean(_each_once(mended, most) if most else mended)
        if (graph := _GRAPHS.get(reply.media_type)) is not None:
            file = cast("IO[bytes]", reply)
            return (quad.triple for quad in ox.parse(file, format=graph))
    raise EngineFailed(
        f"The engine that holds the data answered with {reply.media_type or 'no media type'}, which was "
        "not asked for. It has to answer queries in SPARQL results JSON and in N-Triples or Turtle."
    )
