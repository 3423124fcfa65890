"""Passing on to a worker what an engine elsewhere answers to its question."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from gbagraph import tracing
from gbagraph.engine import wire
from gbagraph.errors import EngineFailed, GbaGraphError
from gbagraph.remote import questions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from gbagraph.engine.exchange import Context
    from gbagraph.remote.questions import Question

    Ask = Callable[[Question, float], AbstractAsyncContextManager["Answer"]]

log = logging.getLogger("gbagraph.engine")

_decode = msgspec.msgpack.Decoder(questions.Question).decode


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
            self._send(questions.HEAD, answer.media_type.encode())
            async for block in answer.blocks:
                self._send(questions.DATA, block)
                await self._context.connection.drain()
        self._send(questions.END)

    def _fail(self, problem: GbaGraphError) -> None:
        told = (problem.name, problem.message, problem.details)
        self._send(questions.FAILURE, msgspec.json.encode(told))

    def _send(self, kind: bytes, payload: bytes = b"") -> None:
        self._context.connection.send(kind, self._number + payload)
