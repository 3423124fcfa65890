"""Passing on to a worker what an engine elsewhere answers to its question."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

import msgspec

from gbagraph import tracing
from gbagraph.dataset.elsewhere import Question
from gbagraph.engine import wire
from gbagraph.errors import EngineFailed, GbaGraphError

if TYPE_CHECKING:
    from gbagraph.engine.replicas import Replicas
    from gbagraph.tracing import Span

log = logging.getLogger("gbagraph.engine")

_decode = msgspec.msgpack.Decoder(Question).decode


class Feed:
    """The answer to the question in *payload*, which begins within so many *seconds*, as part of *span*.

    It is read no faster than the worker reads. Each must be closed.
    """

    def __init__(
        self,
        replicas: Replicas,
        connection: wire.Connection,
        payload: bytes,
        seconds: float,
        span: Span | None = None,
    ) -> None:
        self._span = span
        self._replicas, self._connection, self._seconds = replicas, connection, seconds
        self._number = payload[: wire.NUMBER.size]
        self._task = asyncio.create_task(self._run(_decode(payload[wire.NUMBER.size :])))

    def close(self) -> bool:
        """End it; whether it had ended by itself."""
        return self._task.done() or not self._task.cancel()

    async def _run(self, question: Question) -> None:
        tracing.enter(self._span)
        with contextlib.suppress(ConnectionError):  # the worker is gone
            try:
                await self._pass_on(question)
            except GbaGraphError as problem:
                self._fail(problem)
            except Exception:  # whoever waits must be told, whatever it was
                log.exception("unexpected failure of a question to the engine")
                self._fail(EngineFailed("The question to the engine failed."))

    async def _pass_on(self, question: Question) -> None:
        async with self._replicas.ask(question, self._seconds) as answer:
            self._send(wire.ASKED_HEAD, answer.media_type.encode())
            async for block in answer.blocks:
                self._send(wire.ASKED_DATA, block)
                await self._connection.drain()
        self._send(wire.ASKED_END)

    def _fail(self, problem: GbaGraphError) -> None:
        told = (problem.name, problem.message, problem.details)
        self._send(wire.ASKED_FAILURE, msgspec.json.encode(told))

    def _send(self, kind: bytes, payload: bytes = b"") -> None:
        self._connection.send(kind, self._number + payload)
