"""One job on one worker: what it holds, its limits, and why it was stopped."""

from __future__ import annotations

import asyncio
import contextlib
import math
import signal
import time
from collections import deque
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

import msgspec

from gbagraph import tracing
from gbagraph.engine import process, wire
from gbagraph.engine.admission import EXPENSIVE
from gbagraph.engine.connection import Context
from gbagraph.engine.jobs import Answer, Timing
from gbagraph.errors import GbaGraphError, MemoryExceeded, QueryTimeout, classes
from gbagraph.sparql.sources import Source

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping

    from gbagraph.engine.admission import Admission, JobOptions, Slot, Turn
    from gbagraph.engine.connection import Exchange, Provider, Worker
    from gbagraph.engine.cost_history import CostHistory
    from gbagraph.engine.jobs import Job
    from gbagraph.engine.pool import Pool
    from gbagraph.engine.process import SlotClass
    from gbagraph.rdf.formats import Format, Kind
    from gbagraph.tracing import Span

BUFFERED: Final = 1024 * 1024
"""Bytes of an answer that are buffered before any is sent, so that an error can still be a status."""

_FIRST: Final = frozenset({wire.WHOLE, wire.HEAD})
_MORE: Final = frozenset({wire.DATA, wire.END})
"""The frames with which an answer begins, and goes on."""

_BODY: Final = wire.STATE.size
_LETTER: Final = _BODY - 1
"""Where the kind of a result stands in the state of a worker, and where a whole answer begins."""

_CHECK_EVERY: Final[dict[SlotClass, float]] = {
    "fast": 0.005,
    "background": 0.05,
    "remote": 0.05,
    "slow": 0.05,
    "large": 0.05,
}
"""Seconds between two checks of what a query has used; other classes are only checked at the limit."""
_LOWERED: Final = frozenset({"background", "slow", "large"})
"""Classes whose queries work behind others."""
_MARGIN: Final = 0.1
"""Seconds before the limit of a query at which an exchange has to end: then the error can name it."""

_decode_sources = msgspec.msgpack.Decoder(tuple[Source, ...]).decode

_numbers = count(1)
"""What executions are called, each in its process."""

_KINDS: Final[dict[bytes, Kind]] = {b"s": "solutions", b"b": "boolean", b"g": "graph"}
"""The kinds of results by their first letter, a capital where the answer calls for help."""


class Watch:
    """Checks whatever *runs*, by number. Most executions end before they are due, and need no timer."""

    def __init__(self, runs: Mapping[int, Execution]) -> None:
        self._runs = runs
        self.next = math.inf
        """When the timer fires, by the monotonic clock."""

    def expect(self, due: float) -> None:
        """Look at what runs at *due*, or before."""
        if due < self.next:
            self.next = due
            asyncio.get_running_loop().call_later(max(0.0, due - time.monotonic()), self._look, due)

    def _look(self, at: float) -> None:
        if at != self.next:
            return  # an earlier timer has looked meanwhile, and set another
        now, self.next = time.monotonic(), math.inf
        for each in list(self._runs.values()):
            if each.due <= now:
                each.check()
        if self._runs:
            self.expect(min(each.due for each in self._runs.values()))


@dataclass(frozen=True, slots=True)
class Resources:
    """What all executions share: where they return what they hold, the counters, and what runs.

    The *providers* answer frames of their kinds. If a query *is_evaluated_here*, by a worker, its cost
    is the processor time of this worker, else its age.
    """

    pool: Pool
    admission: Admission
    cost_history: CostHistory
    counts: Counter[str]
    providers: Mapping[bytes, Provider]
    running: dict[int, Execution]
    watch: Watch
    is_evaluated_here: bool = True


class Execution:
    """One job on one worker, which gets it as the bytes of *order*; its *limit* counts from *begun*.

    It owns the worker and the slot that it is given, and releases both in :meth:`close`. That happens
    when the answer is whole, when the evaluation fails, when the reader stops early, and at its limit,
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
        begun: float,
        options: JobOptions,
        span: Span | None = None,
    ) -> None:
        self._resources, self.job, self.slot, self.worker = resources, job, slot, worker
        self._limit, self._deadline = limit, begun + limit
        self._via, self.request = options.via, options.request
        self.number = next(_numbers)
        resources.running[self.number] = self
        self._exchanges: dict[bytes, Exchange] = {}
        self._sources: tuple[Source, ...] = ()
        self._started = now = time.monotonic()  # the clock of the event loop has whole milliseconds
        self._queued = now - begun
        self._used_before = worker.used
        self.written = 0
        self.rows: int | None = None
        self._is_whole = self._is_lowered = self._retires = self._closed = False
        self._suspended = 0.0
        """Since when it stands still, by the monotonic clock."""
        self._span, self._problem = span, ""
        self._failure: GbaGraphError | None = None
        self._asked = resources.counts["evaluations"]
        worker.connection.send(wire.JOB, order)
        self.due = min(now + _CHECK_EVERY.get(slot.slot_class, limit), self._deadline)
        """When it is to be checked."""
        if self.due < resources.watch.next:
            resources.watch.expect(self.due)

    async def answer(self) -> Answer:
        """The answer, whole if it fits into the buffer. Raises what the evaluation raises."""
        try:
            frame = await self.worker.connection.next_frame()
            while frame is None or frame[0] not in _FIRST:
                frame = await self._handled(frame)
            kind, payload = frame
            letter = payload[_LETTER:_BODY]
            written_in = self.job.format(_KINDS[letter.lower()])
            if kind == wire.HEAD:
                return await self._long_answer(written_in)
            self.written = len(payload) - _BODY
            self._finish(payload)
            return self._with_timing(
                Answer(written_in, payload[_BODY:], calls_for_help=letter.isupper())
            )
        except BaseException:
            self.close()
            raise

    async def _long_answer(self, written_in: Format) -> Answer:
        buffered: deque[bytes] = deque()
        while self.written <= BUFFERED:
            block = await self.read()
            if block is None:
                return self._with_timing(Answer(written_in, b"".join(buffered)))
            buffered.append(block)
        try:
            turn = self._resources.admission.reclassify_as_large(self.slot, self._held)
        except GbaGraphError as refusal:
            self.stop(refusal, "refused")
            self._failure = None
            raise
        if turn is not None:
            self._wait_for(turn)
            await asyncio.wait({turn})
            if self._closed:
                await self.read()  # raises why
        return self._with_timing(Answer(written_in, execution=self, buffered=buffered))

    def _wait_for(self, turn: Turn) -> None:
        """Stand still until *turn* has come. What another process works on goes on there."""
        if self._resources.is_evaluated_here:
            process.send(self.worker.pid, signal.SIGSTOP)
        self._suspended = time.monotonic()
        turn.add_done_callback(self._go_on)

    def _go_on(self, _: Turn) -> None:
        """Count as waiting what has passed; go on, unless it has ended meanwhile."""
        paused, self._suspended = time.monotonic() - self._suspended, 0.0
        self._queued += paused
        self._started += paused
        if not self._closed:
            self.check()
        if not self._closed:  # it was not at its limit
            process.send(self.worker.pid, signal.SIGCONT)
            self._resources.watch.expect(self.due)

    @property
    def seconds(self) -> float:
        """Since when it runs, in seconds."""
        return time.monotonic() - self._started

    def _with_timing(self, answer: Answer) -> Answer:
        """*answer*, with how it came about."""
        used = self.worker.used - self._used_before if self._is_whole else 0.0
        answer.timing = Timing(self._queued, time.monotonic() - self._started, used)
        answer.sources, answer.counted = self._sources, self.rows
        return answer

    async def read(self) -> bytes | None:
        """The next block of a long answer; None at its end. Raises what the evaluation raises."""
        if self._is_whole:
            return None
        try:
            frame = None if self._closed else await self.worker.connection.next_frame()
            while frame is None or frame[0] not in _MORE:
                frame = await self._handled(frame)
            kind, payload = frame
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
        self._resources.running.pop(self.number, None)
        self._resources.admission.release(self.slot)
        reusable = self._is_whole and not self._retires
        for exchange in self._exchanges.values():
            reusable &= exchange.close()
        if self._suspended and reusable:  # its answer was on the way when it was suspended
            process.send(self.worker.pid, signal.SIGCONT)
        if self._is_lowered:  # if it is killed, it ends sooner
            reusable &= process.restore_priority(self.worker.pid)
        self._resources.pool.release(self.worker, reusable=reusable)
        if self._span is not None:
            self._end_span()

    def _end_span(self) -> None:
        attributes: dict[str, tracing.Value] = {
            "gbagraph.ending": "failed" if self._problem else "whole" if self._is_whole else "left",
            "gbagraph.slot": self.slot.slot_class,
            "gbagraph.queued_seconds": self._queued,
            "gbagraph.answer_bytes": self.written,
        }
        if self._is_whole:
            attributes["gbagraph.processor_seconds"] = self.worker.used - self._used_before
        if self.rows is not None:
            attributes["gbagraph.rows"] = self.rows
        tracing.end(self._span, attributes, error=self._problem)

    def _finish(self, state: bytes) -> None:
        self.worker.used, self._retires, rows, _ = wire.STATE.unpack_from(state)
        self.rows = rows if rows >= 0 else None
        self._is_whole = True
        cost_history = self._resources.cost_history
        if cost_history.knows_any and self.worker.used - self._used_before < EXPENSIVE:
            cost_history.remember_cheap(self.job)
        self.close()

    async def _handled(self, frame: wire.Frame | None) -> wire.Frame | None:
        """Handle a *frame* that is no part of the answer; the next one.

        Raises the failure that a frame reports, and for a worker that has ended.
        """
        if frame is None:
            self._problem = self._problem or "engine-crash"
            self.close()
            # Why it was stopped is not kept: its traceback would keep the answer alive.
            why, self._failure = self._failure, None
            raise why or await self._crash()
        kind, payload = frame
        if kind == wire.FAILURE:
            self._is_whole = True
            name, message, details = msgspec.json.decode(payload)
            self._problem = name
            raise classes()[name](message, **details)
        if kind == wire.SOURCES:
            self._sources = _decode_sources(payload)
        else:
            self._open(self._resources.providers[kind], payload)
        return await self.worker.connection.next_frame()

    def _open(self, provider: Provider, payload: bytes) -> None:
        """Begin an exchange, in place of the one before of its kind."""
        if (before := self._exchanges.get(provider.kind)) is not None:
            before.close()
        left = self._deadline - time.monotonic() - _MARGIN
        self._resources.counts[provider.counted_as] += 1
        context = Context(self.worker.connection, left, self._via, self._span)
        self._exchanges[provider.kind] = provider.open(payload, context)

    def check(self) -> None:
        """Stop the query at its limit; before that, check what it has used and reclassify it."""
        now = time.monotonic()
        if now >= self._deadline:
            self._stop_at_limit()
            return
        used = self._used()
        if used >= EXPENSIVE:
            self._resources.cost_history.remember(self.job)
        try:
            turn = self._resources.admission.reclassify(
                self.slot, used, now - self._started, self._held
            )
        except GbaGraphError as refusal:
            self.stop(refusal, "refused")
            return
        if turn is not None:
            self._wait_for(turn)
        slot_class = self.slot.slot_class
        if slot_class in _LOWERED or (slot_class == "remote" and used >= EXPENSIVE):
            self._lower_priority()
        self.due = min(now + _CHECK_EVERY.get(slot_class, self._limit), self._deadline)

    def _stop_at_limit(self) -> None:
        """Refuse for now what has waited for most of its time, or still does."""
        if self._suspended or self._queued > self._limit / 2:
            self.stop(self._resources.admission.refusal(self.slot, self._limit), "refused")
        else:
            done = f"{self.written} bytes of the answer were" if self.written else "nothing was"
            timeout = QueryTimeout(
                f"The query was stopped at its limit of {self._limit:g} seconds; {done} written yet. "
                "Make it cheaper: bind more terms, join patterns on shared variables, and use LIMIT "
                "inside subselects.",
                limit=self._limit,
                written=self.written,
                **self.worker.spent(),
            )
            self.stop(timeout, "timeout")

    def _used(self) -> float:
        """Seconds of a processor that the query has used; where that is not known, its age.

        Of a worker that has ended there are none: the query is about to fail, and was not expensive.
        """
        if not self._resources.is_evaluated_here or not process.HAS_PROCESSOR_CLOCKS:
            return time.monotonic() - self._started
        with contextlib.suppress(OSError):
            return self.worker.processor_seconds() - self.worker.used
        return 0.0

    def _held(self) -> int:
        """Bytes of memory that the query holds."""
        return self._resources.pool.supervisor.held(self.worker)

    def _lower_priority(self) -> None:
        """Have it work behind others, once there are any: on a busy machine it would take for ever."""
        asked, self._asked = self._asked, self._resources.counts["evaluations"]
        # Else another process works, or nobody else has asked meanwhile.
        if self._resources.is_evaluated_here and asked != self._asked:
            self._is_lowered = True
            process.lower_priority(self.worker.pid, self.slot.slot_class)

    def stop(self, why: GbaGraphError, reason: str) -> None:
        """End the evaluation; the reader of its answer gets *why*."""
        self._failure, self._problem = why, why.name
        self._resources.counts[f"stopped_{reason}"] += 1
        self.close()

    async def _crash(self) -> GbaGraphError:
        """Why the worker ended without being told to."""
        from gbagraph.sparql.failures import crash  # noqa: PLC0415  few servers need it

        self._resources.counts["crashed"] += 1
        exited = await self.worker.exit_soon()
        if exited is None:
            return self._resources.pool.supervisor.unavailable()
        # In a thread: measuring how deeply a megabyte of query nests takes a second.
        text = getattr(self.job, "text", "")
        failure = await asyncio.to_thread(crash, text, exited.code, exited.output)
        if isinstance(failure, MemoryExceeded):
            self._resources.counts["stopped_memory"] += 1
        return failure
