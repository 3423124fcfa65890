"""One job on one worker: what it holds, its limits, and why it was stopped."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import msgspec

from gbagraph import tracing
from gbagraph.engine import priorities, wire
from gbagraph.engine.admission import EXPENSIVE
from gbagraph.engine.feed import Feed
from gbagraph.engine.process import HAS_PROCESSOR_CLOCKS
from gbagraph.errors import GbaGraphError, MemoryExceeded, QueryTimeout, classes
from gbagraph.federation.messages import decode_sources
from gbagraph.sparql.failures import crash

if TYPE_CHECKING:
    from collections import Counter

    from gbagraph.engine.admission import Admission, JobOptions, Slot, SlotClass
    from gbagraph.engine.cost_history import CostHistory
    from gbagraph.engine.jobs import Job
    from gbagraph.engine.outbound import Exchange, Outbound
    from gbagraph.engine.pool import Pool
    from gbagraph.engine.replicas import Replicas
    from gbagraph.engine.supervisor import Worker
    from gbagraph.rdf.format import Format
    from gbagraph.rdf.formats import Kind
    from gbagraph.sparql.sources import Source
    from gbagraph.tracing import Span

BUFFERED: Final = 1024 * 1024
"""Bytes of an answer that are buffered before any is sent, so that an error can still be a status."""

_CHECK_EVERY: Final[dict[SlotClass, float]] = {"fast": 0.005, "background": 0.05, "remote": 0.05}
"""Seconds between two checks of what a query has used; other classes are only checked at the limit."""

_MARGIN: Final = 0.1
"""Seconds before the limit of a query at which a call for it has to end: then the error can name it."""

_numbers = count(1)
"""What executions are called, each in its process."""

_KINDS: Final[dict[bytes, Kind]] = {b"s": "solutions", b"b": "boolean", b"g": "graph"}
"""The kinds of results by their first letter, a capital where the answer calls for help."""


@dataclass(frozen=True, slots=True)
class Resources:
    """What all executions share: where they return what they hold, the counters, and who runs."""

    pool: Pool
    outbound: Outbound
    admission: Admission
    cost_history: CostHistory
    counts: Counter[str]
    replicas: Replicas | None
    running: dict[int, Execution]


class Timing(NamedTuple):
    """Where the time of an answer went, in seconds.

    It was *queued* until a worker had the job, and *evaluated* until it was whole or, of a large one,
    until its first bytes could be sent; *processor* is the processor time of a whole one.
    """

    queued: float
    evaluated: float
    processor: float = 0.0


@dataclass(slots=True)
class Answer:
    """An answer: all of it in *body*, or, if it is large, block by block, by iterating over it.

    If the evaluation fails after the first blocks, the iteration raises, and the sender must break the
    connection, so that nobody takes a truncated answer for a complete one. :meth:`close` releases what a
    large answer holds; at the time limit this happens in any case. *sources* are the other endpoints
    that were called for it.
    """

    format: Format
    body: bytes = b""
    execution: Execution | None = None
    calls_for_help: bool = False
    sources: tuple[Source, ...] = ()
    timing: Timing | None = None
    _rows: int | None = None
    _buffered: deque[bytes] = field(default_factory=deque)

    @property
    def is_whole(self) -> bool:
        """Whether *body* is the whole answer."""
        return self.execution is None

    @property
    def rows(self) -> int | None:
        """Its rows or triples; None before all of it is there, and where they are not counted."""
        return self._rows if self.execution is None else self.execution.rows

    async def read(self) -> bytes:
        """All of it; what the answer holds is released, also if its evaluation fails."""
        try:
            return b"".join([self.body, *[block async for block in self]])
        finally:
            self.close()

    def close(self) -> None:
        """Release what the answer holds; does nothing for a whole answer, or the second time."""
        self._buffered.clear()
        if self.execution is not None:
            self.execution.close()

    def __aiter__(self) -> Self:
        """The blocks of a large answer."""
        return self

    async def __anext__(self) -> bytes:
        """The next block."""
        if self._buffered:
            return self._buffered.popleft()
        block = None if self.execution is None else await self.execution.read()
        if block is None:
            raise StopAsyncIteration
        return block


class Execution:
    """One job on one worker, which gets it as the bytes of *order*.

    It owns the worker and the slot that it is given, and releases both in :meth:`close`. That happens
    when the answer is whole, when the evaluation fails, when the reader stops early, and at *deadline*,
    whether anybody is reading or not.
    """

    def __init__(  # noqa: PLR0913  what it owns, and its limits
        self,
        resources: Resources,
        job: Job,
        order: bytes,
        *,
        slot: Slot,
        worker: Worker,
        limit: float,
        deadline: float,
        options: JobOptions,
        queued: float = 0.0,
        span: Span | None = None,
    ) -> None:
        self._resources = resources
        self.job = job
        self.slot = slot
        self.worker = worker
        self._limit = limit
        self._deadline = deadline
        self._via, self.request = options.via, options.request
        self.number = next(_numbers)
        resources.running[self.number] = self
        self._exchange: Exchange | None = None
        self._sources: tuple[Source, ...] = ()
        self._loop = asyncio.get_running_loop()
        self._started = time.monotonic()  # the clock of the event loop has whole milliseconds
        self._queued = queued
        self._used_before = worker.used
        self.written = 0
        self.rows: int | None = None
        self._is_whole = False
        self._is_lowered = False
        self._retires = False
        self._closed = False
        self._span, self._problem = span, ""
        self._failure: GbaGraphError | None = None
        self._feed: Feed | None = None
        if slot.slot_class == "slow":
            self._lower_priority()
        worker.connection.send(wire.JOB, order)
        self._timer = self._loop.call_at(self._next_check(), self._check)

    async def answer(self) -> Answer:
        """The answer, whole if it fits into the buffer. Raises what the evaluation raises."""
        try:
            kind, payload = await self._first_frame()
            if kind == wire.WHOLE:
                self.written = len(payload) - wire.STATE.size
                self._finish(payload)
                body, needs_help = payload[wire.STATE.size :], _kind(payload).isupper()
                written_in = self._format(payload)
                return self._told(Answer(written_in, body, calls_for_help=needs_help))
            return await self._long_answer(self._format(payload))
        except BaseException:
            self.close()
            raise

    async def _long_answer(self, written_in: Format) -> Answer:
        buffered: deque[bytes] = deque()
        while self.written <= BUFFERED:
            block = await self.read()
            if block is None:
                return self._told(Answer(written_in, b"".join(buffered)))
            buffered.append(block)
        try:
            self._resources.admission.reclassify_as_large(self.slot)
        except GbaGraphError as refusal:
            self.stop(refusal, "refused")
            self._failure = None
            raise
        if self.slot.slot_class == "large":
            self._lower_priority()
        return self._told(Answer(written_in, execution=self, _buffered=buffered))

    @property
    def seconds(self) -> float:
        """Since when it runs, in seconds."""
        return time.monotonic() - self._started

    def _told(self, answer: Answer) -> Answer:
        """*answer*, with how it came about."""
        used = self.worker.used - self._used_before if self._is_whole else 0.0
        answer.timing = Timing(self._queued, time.monotonic() - self._started, used)
        answer.sources, answer._rows = self._sources, self.rows  # noqa: SLF001  of one module
        return answer

    async def _first_frame(self) -> tuple[bytes, bytes]:
        """The first frame of the answer; before it, the calls of other endpoints are made."""
        while True:
            kind, payload = await self._frame()
            if kind == wire.CALL:
                await self._call(payload)
            elif kind == wire.SOURCES:
                self._sources = decode_sources(payload)
            else:
                return kind, payload

    async def _call(self, payload: bytes) -> None:
        """Have another endpoint called, and pass its replies to the worker, which waits for them."""
        self._resources.counts["service_calls"] += 1
        left = self._deadline - self._loop.time() - _MARGIN
        exchange = self._exchange = self._resources.outbound.open(
            payload, left, self._via, self._span
        )
        try:
            while (reply := await exchange.next()) is not None:
                self.worker.connection.send(wire.ANSWERED, reply)
        finally:
            exchange.close()
            self._exchange = None

    async def read(self) -> bytes | None:
        """The next block of a long answer; None at its end. Raises what the evaluation raises."""
        if self._is_whole:
            return None
        try:
            kind, payload = await self._frame()
        except BaseException:
            self.close()
            raise
        if kind == wire.END:
            self._finish(payload)
            return None
        self.written += len(payload)
        return payload

    def close(self) -> None:
        """Release the slot and the worker, killed if it is not done; does nothing the second time."""
        if self._closed:
            return
        self._closed = True
        self._timer.cancel()
        self._resources.running.pop(self.number, None)
        if self._exchange is not None:
            self._exchange.close()
        self._resources.admission.release(self.slot)
        reusable = self._is_whole and not self._retires
        if self._feed is not None:
            reusable = self._feed.close() and reusable
        if reusable and self._is_lowered:
            reusable = priorities.restore(self.worker.pid)
        self._resources.pool.release(self.worker, reusable=reusable)
        self._end_span()

    def _end_span(self) -> None:
        ending = "failed" if self._problem else "whole" if self._is_whole else "left"
        attributes: dict[str, tracing.Value] = {
            "gbagraph.ending": ending,
            "gbagraph.slot": self.slot.slot_class,
            "gbagraph.queued_seconds": self._queued,
            "gbagraph.answer_bytes": self.written,
        }
        if self._is_whole:
            attributes["gbagraph.processor_seconds"] = self.worker.used - self._used_before
        if self.rows is not None:
            attributes["gbagraph.rows"] = self.rows
        tracing.end(self._span, attributes, error=self._problem)

    def _format(self, state: bytes) -> Format:
        return self.job.format(_KINDS[_kind(state).lower()])

    def _finish(self, state: bytes) -> None:
        self.worker.used, self._retires, rows, _ = wire.STATE.unpack_from(state)
        self.rows = rows if rows >= 0 else None
        self._is_whole = True
        if self.worker.used - self._used_before < EXPENSIVE:
            self._resources.cost_history.remember_cheap(self.job)
        self.close()

    async def _frame(self) -> tuple[bytes, bytes]:
        """The next frame. Raises the failure that a frame reports, and for a worker that has ended."""
        frame = None if self._closed else await self.worker.connection.next_frame()
        while frame is not None and frame[0] == wire.ASK:
            self._ask(frame[1])
            frame = await self.worker.connection.next_frame()
        if frame is None:
            self._problem = self._problem or "engine-crash"
            self.close()
            raise self._take_failure() or await self._crash()
        if frame[0] == wire.FAILURE:
            self._is_whole = True
            name, message, details = msgspec.json.decode(frame[1])
            self._problem = name
            raise classes()[name](message, **details)
        return frame

    def _ask(self, payload: bytes) -> None:
        """Begin to feed the worker with what the engine elsewhere answers."""
        if self._feed is not None:
            self._feed.close()
        replicas = self._resources.replicas
        if replicas is None:
            return  # a worker asks only where there are any
        left = max(0.0, self._deadline - self._loop.time() - _MARGIN)
        self._resources.counts["engine_questions"] += 1
        self._feed = Feed(replicas, self.worker.connection, payload, left, self._span)

    def _take_failure(self) -> GbaGraphError | None:
        """Why the query was stopped. It is not kept: its traceback would keep the answer alive."""
        try:
            return self._failure
        finally:
            self._failure = None

    def _next_check(self) -> float:
        pause = _CHECK_EVERY.get(self.slot.slot_class)
        return self._deadline if pause is None else min(self._loop.time() + pause, self._deadline)

    def _check(self) -> None:
        """Stop the query at its deadline; before that, check what it has used and reclassify it."""
        if self._loop.time() >= self._deadline:
            self.stop(_timeout(self._limit, self.written, self.worker.spent()), "timeout")
            return
        used = self._used()
        if used >= EXPENSIVE:
            self._resources.cost_history.remember(self.job)
        try:
            self._resources.admission.reclassify(self.slot, used, time.monotonic() - self._started)
        except GbaGraphError as refusal:
            self.stop(refusal, "refused")
            return
        is_busy = self.slot.slot_class == "remote" and used >= EXPENSIVE
        if is_busy or self.slot.slot_class in ("background", "slow"):
            self._lower_priority()
        self._timer = self._loop.call_at(self._next_check(), self._check)

    def _used(self) -> float:
        """Seconds of a processor that the query has used; where nobody can tell, its age.

        Of a worker that has ended there are none: the query is about to fail, and was not expensive.
        """
        if self._resources.replicas is not None or not HAS_PROCESSOR_CLOCKS:
            return time.monotonic() - self._started
        with contextlib.suppress(OSError):
            return self.worker.processor_seconds() - self.worker.used
        return 0.0

    def _lower_priority(self) -> None:
        if self._resources.replicas is not None:
            return  # it is the engine that works
        self._is_lowered = True
        priorities.lower(self.worker.pid, self.slot.slot_class)

    def stop(self, why: GbaGraphError, reason: str) -> None:
        """End the evaluation; whoever reads its answer is told *why*."""
        self._failure, self._problem = why, why.name
        self._resources.counts[f"stopped_{reason}"] += 1
        self.close()

    async def _crash(self) -> GbaGraphError:
        """Why the worker ended without being told to."""
        self._resources.counts["crashed"] += 1
        try:
            async with asyncio.timeout(2.0):
                exited = await asyncio.shield(self.worker.exited)
        except TimeoutError:
            exited = wire.WorkerExit(self.worker.number, -signal.SIGKILL, "")
        if exited is None:
            return self._resources.pool.supervisor.unavailable()
        # In a thread: measuring how deeply a megabyte of query nests takes a second.
        text = getattr(self.job, "text", "")
        found = await asyncio.to_thread(crash, text, exited.code, exited.output)
        if isinstance(found, MemoryExceeded):
            self._resources.counts["stopped_memory"] += 1
        return found


def _timeout(limit: float, written: int, spent: dict[str, float]) -> QueryTimeout:
    progress = (
        f"{written} bytes of the answer were written" if written else "nothing was written yet"
    )
    return QueryTimeout(
        f"The query was stopped at its limit of {limit:g} seconds; {progress}. Make it cheaper: bind "
        "more terms, join patterns on shared variables, and use LIMIT inside subselects.",
        limit=limit,
        written=written,
        **spent,
    )


def _kind(state: bytes) -> bytes:
    return state[wire.STATE.size - 1 : wire.STATE.size]
