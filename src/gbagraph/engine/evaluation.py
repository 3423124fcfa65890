"""The engine: answers to jobs as they come, within limits.

One small interface, :class:`Engine`, stands between evaluation and everything else.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from gbagraph.engine import frames, priorities
from gbagraph.engine.diagnosis import crash
from gbagraph.engine.experience import Experience
from gbagraph.engine.lanes import YOUNG_AGE, Lanes
from gbagraph.engine.workers import Workers
from gbagraph.errors import QueryTimeout, ServerBusy, classes

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from types import TracebackType

    from gbagraph.dataset import Description
    from gbagraph.engine.jobs import Job
    from gbagraph.engine.lanes import Place
    from gbagraph.engine.workers import Worker
    from gbagraph.errors import GbaGraphError

BUFFERED: Final = 1024 * 1024
"""Bytes of an answer that are held back until it is whole, so that a late error is still a status."""

_PROCESSORS: Final = os.cpu_count() or 2
_LOOK: Final = YOUNG_AGE / 2
"""Seconds between two looks at a young query that stands aside."""

_FAST_LOOK: Final = 0.005
"""Seconds between two looks at a query in the fast lane."""

_PATIENCE: Final = 3.0
"""Seconds after which a query stands aside, even if it only waited for the processor."""

_FAST: Final = 4 * _PROCESSORS
"""Queries that run in the fast lane at once."""

_BREATH: Final = 0.002
"""Seconds that a long answer pauses after each block while there are queries in the fast lane."""

_CHEAP: Final = 0.003
"""Seconds of processor time that a query may use before it stands aside."""

_DEAR: Final = 0.05
"""Seconds of processor time that a query may use and still be young."""


@dataclass(slots=True)
class Answer:
    """An answer: its content type and its bytes, all of them or a beginning and a rest to come.

    A failure after the beginning raises out of *rest*; whoever sends it on must then break the
    connection, so that a cut answer is never mistaken for a whole one.
    """

    content_type: str
    body: bytes
    rest: AsyncGenerator[bytes] | None = None


class Engine:
    """Answers jobs about one dataset, each in a process that can be stopped.

    Use as an asynchronous context manager. Entering starts the nursery and waits for the dataset;
    leaving ends every process.

    Args:
        files: RDF files to load in place of the built-in dataset.
        inference: whether the default graph holds the graph ``inferred`` too.
        timeout: seconds after which a query is stopped, at most.
        memory: megabytes a worker may use on top of the graph.
        result_size: megabytes of the largest answer.
        old_queries: places for queries older than a tenth of a second.

    Raises:
        DatasetError: on entering, when a file cannot be loaded.
    """

    def __init__(  # noqa: PLR0913  one option each
        self,
        files: Sequence[Path] = (),
        *,
        inference: bool = False,
        timeout: float = 30.0,
        memory: int = 512,
        result_size: int = 1024,
        old_queries: int = 8,
    ) -> None:
        options = {
            "files": [str(path.resolve()) for path in files],
            "inference": inference,
            "memory": memory,
            "result_size": result_size,
        }
        self.timeout = timeout
        self.lanes = Lanes(fast=_FAST, old=old_queries)
        self.experience = Experience()
        self.workers = Workers(options)

    @property
    def description(self) -> Description:
        """What the dataset is."""
        return self.workers.description

    async def __aenter__(self) -> Self:
        await self.workers.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.workers.stop()

    async def answer(
        self,
        job: Job,
        *,
        timeout: float | None = None,
        client: str = "",
        reserved: bool = False,
    ) -> Answer:
        """Evaluate *job* for *client*; *timeout* in seconds can lower the engine's limit.

        An answer of up to ``BUFFERED`` bytes comes whole. A larger one is streamed: its *rest*
        must be read to the end or closed, and the limit counts until then. *reserved* is for the
        server's own pages and canned queries.

        Raises:
            RequestError: the query is not valid, or cannot be written in an acceptable format.
            QueryTimeout, EngineCrash, ServerBusy, ResultTooLarge, RemoteEndpointError: as they say.
        """
        limit = min(timeout or self.timeout, self.timeout)
        started = asyncio.get_running_loop().time()
        place = await self._place(job, client, limit, reserved=reserved)
        run = _Run(self, job, place, limit, started)
        try:
            return await run.answer()
        except BaseException:
            run.end()
            raise

    async def _place(self, job: Job, client: str, patience: float, *, reserved: bool) -> Place:
        """A place for *job*; one that is known to be dear does not try its luck among the young."""
        if reserved or not self.experience.knows(job):
            return await self.lanes.enter(client, patience, reserved=reserved)
        place = self.lanes.enter_old(client)
        if place is None:
            raise _refusal(self.lanes.old_places)
        return place


class _Run:
    """One job on one worker: its age, its limits, and why it was stopped."""

    def __init__(
        self, engine: Engine, job: Job, place: Place, limit: float, started: float
    ) -> None:
        self._engine = engine
        self._job = job
        self._place: Place | None = place
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._started = self._begun = started
        self._timer: asyncio.TimerHandle | None = None
        self._worker: Worker | None = None
        self._stopped: GbaGraphError | None = None
        self._whole = False
        self._written = 0
        self._tired = self._aside = False

    async def answer(self) -> Answer:
        self._worker = await self._engine.workers.take()
        self._begun = self._loop.time()
        self._begin()
        self._worker.connection.send(frames.JOB, self._job.encoded)
        kind, payload = await self._frame()
        if kind == frames.WHOLE:
            self._finish(payload)
            self.end()
            content_type, _, body = payload[frames.STATE.size :].partition(b"\n")
            return Answer(content_type.decode(), body)
        return await self._longer(payload.decode())

    def _begin(self) -> None:
        """See to it that somebody looks after the query."""
        assert self._worker is not None  # noqa: S101  answer() has taken one
        assert self._place is not None  # noqa: S101  it has just begun
        left = max(0.0, self._started + self._limit - self._begun)
        if self._place.old:
            self._be_old()
        else:
            self._timer = self._loop.call_later(min(self._pause(), left), self._grow_old)

    async def _longer(self, content_type: str) -> Answer:
        """An answer in several frames; it comes whole all the same if it fits into the buffer."""
        body = bytearray()
        while len(body) <= BUFFERED:
            chunk = await self._next()
            if self._whole:
                self.end()
                return Answer(content_type, bytes(body))
            body += chunk
        self._grow_old()
        if self._stopped:
            raise self._stopped
        return Answer(content_type, bytes(body), self._rest())

    async def _rest(self) -> AsyncGenerator[bytes]:
        try:
            while True:
                chunk = await self._next()
                if self._whole:
                    return
                yield chunk
                if self._engine.lanes.fast_queries:
                    await asyncio.sleep(_BREATH)
        finally:
            self.end()

    async def _next(self) -> bytes:
        """The payload of the next DATA frame; empty at the END, which sets *whole*."""
        kind, payload = await self._frame()
        if kind == frames.END:
            self._finish(payload)
            return b""
        self._written += len(payload)
        return payload

    def _finish(self, state: bytes) -> None:
        assert self._worker is not None  # noqa: S101  it has just sent this
        self._worker.used, tired = frames.STATE.unpack_from(state)
        self._tired = self._tired or tired
        self._whole = True

    async def _frame(self) -> tuple[bytes, bytes]:
        """The next frame; a failure is raised, and so is the end of the worker."""
        worker = self._worker
        assert worker is not None  # noqa: S101  answer() has taken one
        frame = await worker.connection.next_frame()
        if frame is None:
            raise self._stopped or await self._crash(worker)
        if frame[0] == frames.FAILURE:
            self._whole = True
            fields = json.loads(frame[1])
            raise classes()[fields["name"]](fields["message"], **fields["details"])
        return frame

    def _grow_old(self) -> None:
        """Look at a query that is no longer new: let it be, or move it to the old lane."""
        if self._place is None or self._place.old or self._worker is None:
            return
        if self._timer:
            self._timer.cancel()
        now = self._loop.time()
        left = self._started + self._limit - now
        if left <= 0:
            self._expire()
            return
        if not self._is_dear(now - self._begun):
            self._timer = self._loop.call_later(min(self._pause(), left), self._grow_old)
            return
        if not self._engine.lanes.grow_old(self._place):
            self._stop(_refusal(self._engine.lanes.old_places))
            return
        self._be_old()

    def _be_old(self) -> None:
        """Run when nobody else wants to, until the limit; the worker's priority is restored after it."""
        assert self._worker is not None  # noqa: S101  asked of a running job only
        self._aside = True
        priorities.go_last(self._worker.pid)
        self._timer = self._loop.call_at(self._started + self._limit, self._expire)

    def _pause(self) -> float:
        """Seconds until the next look; who is in the fast lane is looked at more often."""
        return _LOOK if self._aside else _FAST_LOOK

    def _stand_aside(self) -> None:
        """Let newer queries go first from now on, if there is room for one more that does."""
        if self._worker is None or self._place is None or self._aside:
            return
        if self._engine.lanes.stand_aside(self._place):
            self._aside = True
            last = self._place.lane == "last"
            (priorities.go_last if last else priorities.stand_aside)(self._worker.pid)

    def _is_dear(self, age: float) -> bool:
        """Whether the query has had its time and used it; one that has used any stands aside.

        On a crowded machine a cheap query can be late through no fault of its own, so it counts
        what the worker used.
        """
        assert self._worker is not None  # noqa: S101  asked of a running job only
        used = _processor_seconds(self._worker.pid) - self._worker.used
        if used >= _DEAR:
            self._engine.experience.remember(self._job)
        if self._written or used >= _CHEAP or age >= _PATIENCE:
            self._stand_aside()
        return bool(self._written) or (used >= _DEAR and age >= YOUNG_AGE)

    def _expire(self) -> None:
        worker = self._worker
        spent = _spent(worker.pid) if worker else {}
        self._stop(_timeout(self._limit, self._written, spent))

    def _stop(self, reason: GbaGraphError) -> None:
        self._stopped = reason
        if self._worker is not None:
            self._engine.workers.kill(self._worker)

    async def _crash(self, worker: Worker) -> GbaGraphError:
        try:
            async with asyncio.timeout(2.0):
                ended = await asyncio.shield(worker.ended)
        except TimeoutError:
            ended = {"code": -signal.SIGKILL, "said": ""}
        # To find out how deeply a megabyte nests takes a second, in which the others are answered.
        text = getattr(self._job, "text", "")
        return await asyncio.to_thread(crash, text, ended["code"], ended["said"])

    def end(self) -> None:
        """Give back the place and the worker; again it does nothing."""
        if self._timer:
            self._timer.cancel()
        worker, self._worker = self._worker, None
        if worker is not None:
            reusable = self._whole and not self._tired and not self._stopped
            reusable = reusable and not (self._aside and not priorities.begin_again(worker.pid))
            # The error's traceback leads back here: a cycle that would hold the answer's bytes.
            self._stopped = None
            self._engine.workers.give_back(worker, reusable=reusable)
        place, self._place = self._place, None
        if place is not None:
            self._engine.lanes.leave(place)


def _refusal(places: int) -> ServerBusy:
    return ServerBusy(
        f"The query takes longer than {YOUNG_AGE:g} seconds, and all places for such queries are "
        "taken. Ask again later, or make it cheaper: bind more terms and use LIMIT in subselects.",
        limit=places,
    )


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


def _stat(pid: int | None) -> list[str]:
    """What Linux tells of a process (proc_pid_stat(5), from the third field on); empty elsewhere."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return []


def _processor_seconds(pid: int | None) -> float:
    """Processor time that a worker has used; where that cannot be known, as if it never paused."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    return time.monotonic()


def _spent(pid: int | None) -> dict[str, float]:
    """What a worker used, for the report on a query that was stopped."""
    fields = _stat(pid)
    if not fields:
        return {}
    memory = int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor_seconds": round(_processor_seconds(pid), 2),
        "memory_megabytes": round(memory / 1024 / 1024, 1),
    }
