"""One job on one worker: who owns what it takes, its limits, and why it was stopped."""

from __future__ import annotations

import asyncio
import signal
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

import msgspec

from gbagraph.engine import jobs, priorities, wire
from gbagraph.engine.admission import EXPENSIVE
from gbagraph.errors import GbaGraphError, QueryTimeout, classes
from gbagraph.sparql.diagnostics import crash

if TYPE_CHECKING:
    from collections import Counter

    from gbagraph.engine.admission import Admission, Slot, SlotClass
    from gbagraph.engine.cost_history import CostHistory
    from gbagraph.engine.jobs import Job
    from gbagraph.engine.pool import Pool
    from gbagraph.engine.supervisor import Worker
    from gbagraph.rdf.formats import Format, Kind

BUFFERED: Final = 1024 * 1024
"""Bytes of an answer that are held back until it is whole, so that a late error is still a status."""

_LOOK_EVERY: Final[dict[SlotClass, float]] = {"fast": 0.005, "background": 0.05}
"""Seconds between two looks at what a query has used; one of another class is left to its limit."""

_KINDS: Final[dict[bytes, Kind]] = {b"s": "solutions", b"b": "boolean", b"g": "graph"}


@dataclass(frozen=True, slots=True)
class Resources:
    """What executions take from and give back to, and where they count what became of them."""

    pool: Pool
    admission: Admission
    cost_history: CostHistory
    counts: Counter[str]


@dataclass(slots=True)
class Answer:
    """An answer: whole in *body*; or, if it is large, block by block, by iterating.

    A failure on the way raises, and whoever sends the answer on must then break the connection, so
    that a cut answer is never mistaken for a whole one. *close* gives back what a large answer holds;
    at its time limit that happens in any case.
    """

    format: Format
    body: bytes = b""
    execution: Execution | None = None
    _held: deque[bytes] = field(default_factory=deque)

    @property
    def is_whole(self) -> bool:
        """Whether *body* is all of it."""
        return self.execution is None

    def close(self) -> None:
        """Give back what it holds; again, or for a whole answer, this does nothing."""
        self._held.clear()
        if self.execution is not None:
            self.execution.close()

    def __aiter__(self) -> Self:
        """The blocks of a large answer."""
        return self

    async def __anext__(self) -> bytes:
        """The next block."""
        if self._held:
            return self._held.popleft()
        block = None if self.execution is None else await self.execution.read()
        if block is None:
            raise StopAsyncIteration
        return block


class Execution:
    """One job on one worker.

    It owns the worker and the slot from its making on and gives both back in :meth:`close`, which runs
    when the answer is whole, when it fails, when its reader wants no more, and at *deadline* whether
    anybody reads or not.
    """

    def __init__(  # noqa: PLR0913  what it owns, and what bounds it
        self,
        resources: Resources,
        job: Job,
        *,
        slot: Slot,
        worker: Worker,
        limit: float,
        deadline: float,
    ) -> None:
        self._resources = resources
        self._job = job
        self._slot = slot
        self._worker = worker
        self._limit = limit
        self._deadline = deadline
        self._loop = asyncio.get_running_loop()
        self._begun = self._loop.time()
        self._written = 0
        self._is_whole = False
        self._is_lowered = False
        self._retires = False
        self._closed = False
        self._failure: GbaGraphError | None = None
        if slot.slot_class == "slow":
            self._lower()
        worker.connection.send(wire.JOB, jobs.encode(job))
        self._timer = self._loop.call_at(self._next_look(), self._review)

    async def answer(self) -> Answer:
        """The answer, whole if it fits into the buffer; raises what the evaluation raises."""
        try:
            kind, payload = await self._frame()
            if kind == wire.WHOLE:
                self._finish(payload)
                return Answer(self._format(payload), payload[wire.STATE.size :])
            return await self._long_answer(self._format(payload))
        except BaseException:
            self.close()
            raise

    async def _long_answer(self, written_in: Format) -> Answer:
        held: deque[bytes] = deque()
        while self._written <= BUFFERED:
            block = await self.read()
            if block is None:
                return Answer(written_in, b"".join(held))
            held.append(block)
        self._resources.admission.enlarge(self._slot)
        if self._slot.slot_class == "large":
            self._lower()
        return Answer(written_in, execution=self, _held=held)

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
        self._written += len(payload)
        return payload

    def close(self) -> None:
        """Give back the slot and the worker; again this does nothing."""
        if self._closed:
            return
        self._closed = True
        self._timer.cancel()
        self._resources.admission.leave(self._slot)
        reusable = self._is_whole and not self._retires
        if reusable and self._is_lowered:
            reusable = priorities.restore(self._worker.pid)
        self._resources.pool.give_back(self._worker, reusable=reusable)

    def _format(self, state: bytes) -> Format:
        return self._job.format(_KINDS[state[wire.STATE.size - 1 : wire.STATE.size]])

    def _finish(self, state: bytes) -> None:
        self._worker.used, self._retires, _ = wire.STATE.unpack_from(state)
        self._is_whole = True
        self.close()

    async def _frame(self) -> tuple[bytes, bytes]:
        """The next frame; a failure is raised, and so is the end of the worker."""
        frame = None if self._closed else await self._worker.connection.next_frame()
        if frame is None:
            self.close()
            raise self._take_failure() or await self._crash()
        if frame[0] == wire.FAILURE:
            self._is_whole = True
            name, message, details = msgspec.json.decode(frame[1])
            raise classes()[name](message, **details)
        return frame

    def _take_failure(self) -> GbaGraphError | None:
        """Why it was stopped; kept here, the error's traceback would hold the answer's bytes."""
        try:
            return self._failure
        finally:
            self._failure = None

    def _next_look(self) -> float:
        pause = _LOOK_EVERY.get(self._slot.slot_class)
        return self._deadline if pause is None else min(self._loop.time() + pause, self._deadline)

    def _review(self) -> None:
        """Stop the query at its deadline; before that, see what it has used and move it on."""
        if self._loop.time() >= self._deadline:
            self._stop(_timeout(self._limit, self._written, self._worker.spent()), "timeout")
            return
        used = self._worker.processor_seconds() - self._worker.used
        if used >= EXPENSIVE:
            self._resources.cost_history.remember(self._job)
        try:
            self._resources.admission.review(self._slot, used, self._loop.time() - self._begun)
        except GbaGraphError as refusal:
            self._stop(refusal, "refused")
            return
        if self._slot.slot_class in ("background", "slow"):
            self._lower()
        self._timer = self._loop.call_at(self._next_look(), self._review)

    def _lower(self) -> None:
        self._is_lowered = True
        priorities.lower(self._worker.pid, self._slot.slot_class)

    def _stop(self, why: GbaGraphError, reason: str) -> None:
        self._failure = why
        self._resources.counts[f"stopped_{reason}"] += 1
        self.close()

    async def _crash(self) -> GbaGraphError:
        """Why the worker ended by itself."""
        self._resources.counts["crashed"] += 1
        try:
            async with asyncio.timeout(2.0):
                ended = await asyncio.shield(self._worker.ended)
        except TimeoutError:
            ended = wire.Ended(self._worker.number, -signal.SIGKILL, "")
        if ended is None:
            return self._resources.pool.supervisor.unavailable()
        # To find out how deeply a megabyte nests takes a second, in which the others are answered.
        text = getattr(self._job, "text", "")
        return await asyncio.to_thread(crash, text, ended.code, ended.said)


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
