"""Questions to the engine that holds the data, and a worker's side of them: it asks through the server.

A worker has no network. Its questions and the answers share the socket for jobs. One question is
answered at a time: the next one ends the answer before, or, if that is still needed, first reads all of
it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from gbagraph import tracing
from gbagraph.engine import wire
from gbagraph.errors import EngineFailed, GbaGraphError, classes
from gbagraph.sparql.parsed import ParsedQuery

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from gbagraph.engine.exchange import Context

    Ask = Callable[["Question", float], AbstractAsyncContextManager["Answer"]]


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
    """A query for the engine, and the dataset that it is asked of; None for the engine's own."""

    text: str
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None

    @property
    def accept(self) -> str:
        """What is asked for: JSON or N-Triples, of which a part is never taken for the whole.

        Not both: Virtuoso would make JSON of a graph.
        """
        return _GRAPH if ParsedQuery(self.text).makes_graph else _ROWS


class Questions:
    """What is asked of the engine of the server at the other end of *connection*."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
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
        """The next frame of the answer to the question with this *number*, without its number.

        What is left of answers before it, which nobody needs, is passed over.
        """
        while True:
            kind, payload = self._received()
            if wire.NUMBER.unpack_from(payload) == (number,):
                break
        payload = payload[wire.NUMBER.size :]
        if kind == FAILURE:
            name, message, details = msgspec.json.decode(payload)
            raise classes()[name](message, **details)
        return kind, payload

    def _received(self) -> tuple[bytes, bytes]:
        frame = wire.receive(self._connection)
        if frame is None:
            raise BrokenPipeError  # the server is gone, or wants this no more
        return frame


class StreamedReply:
    """An answer that is read as it comes."""

    def __init__(self, questions: Questions, number: int, media_type: str) -> None:
        self.media_type = media_type
        self._questions, self._number = questions, number
        self._left = bytearray()
        self._is_whole = False

    def read(self, size: int = -1) -> bytes:
        """At most *size* bytes, none at the end; raises GbaGraphError if the answer breaks off."""
        if size < 0:
            self.hold()
        while not self._left and not self._is_whole:
            self._fetch()
        found = bytes(self._left[:size]) if size >= 0 else bytes(self._left)
        del self._left[: len(found)]
        return found

    def hold(self) -> None:
        """Read all of it, and keep it."""
        while not self._is_whole:
            self._fetch()

    def _fetch(self) -> None:
        kind, payload = self._questions.frame(self._number)
        if kind == END:
            self._is_whole = True
        else:
            self._left += payload


log = logging.getLogger("gbagraph.engine")

_decode = msgspec.msgpack.Decoder(Question).decode


@dataclass(slots=True)
class Answer:
    """What a replica answers: its media type, and the blocks of its body."""

    media_type: str
    blocks: AsyncIterator[bytes]


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
            except Exception:  # whoever waits must be told, whatever it was
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
        told = (problem.name, problem.message, problem.details)
        self._send(FAILURE, msgspec.json.encode(told))

    def _send(self, kind: bytes, payload: bytes = b"") -> None:
        self._context.connection.send(kind, self._number + payload)
