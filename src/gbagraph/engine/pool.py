"""The server's side of the engine: workers, limits, and answers as they come.

One small interface, :class:`Engine`, stands between evaluation and everything else.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections import deque
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from gbagraph.dataset import Description
from gbagraph.engine import frames
from gbagraph.engine.connection import Connection
from gbagraph.engine.diagnosis import crash
from gbagraph.engine.frames import KILL, ORDER, SPAWN
from gbagraph.engine.jobs import to_json
from gbagraph.engine.lanes import YOUNG_AGE, Lanes
from gbagraph.errors import DatasetError, QueryTimeout, ServerBusy, classes

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine, Sequence
    from types import TracebackType

    from gbagraph.engine.jobs import Job
    from gbagraph.engine.lanes import Place
    from gbagraph.errors import GbaGraphError

BUFFERED: Final = 1024 * 1024
"""Bytes of an answer that are held back until it is whole, so that a late error is still a status."""

_SPARE: Final = 4
"""Idle workers kept ready; more are kept for as long as they are in use."""

_TRIM_EVERY: Final = 5.0
_NICE: Final = 19

_PROCESSORS: Final = os.cpu_count() or 2
_FEW: Final = 4 * _PROCESSORS
"""Busy workers beyond which a query waits a moment for one of them before another is made."""

_MOMENT: Final = 0.002
_LOOK: Final = YOUNG_AGE / 2
"""Seconds between two looks at a young query; one that did not use half of them only waited."""

_OLD_AGE: Final = 1.0
"""Seconds after which a query is old, even if it had to wait all the time."""

_CHEAP: Final = 0.005
"""Seconds of processor time that any query may use between two looks."""


@dataclass(slots=True)
class Answer:
    """An answer: its content type and its bytes, all of them or a beginning and a rest to come.

    A failure after the beginning raises out of *rest*; whoever sends it on must then break the
    connection, so that a cut answer is never mistaken for a whole one.
    """

    content_type: str
    body: bytes
    rest: AsyncGenerator[bytes] | None = None


class _Worker:
    """A worker process, known by a number of ours; *pid* is known once it is *born*."""

    __slots__ = ("born", "connection", "ended", "number", "pid")

    def __init__(self, number: int, connection: Connection) -> None:
        self.number = number
        self.connection = connection
        self.pid: int | None = None
        loop = asyncio.get_running_loop()
        self.born: asyncio.Future[bool] = loop.create_future()
        self.ended: asyncio.Future[dict[str, Any]] = loop.create_future()


class Engine:
    """Answers jobs about one dataset, each in a process that can be stopped.

    Use as an asynchronous context manager. Entering starts the nursery and waits for the dataset;
    leaving ends every process.

    Args:
        files: RDF files to load in place of the built-in dataset.
        timeout: seconds after which a query is stopped, at most.
        memory: megabytes a worker may use on top of the graph.
        result_size: megabytes of the largest answer.
        old_queries: places for queries older than a tenth of a second.

    Raises:
        DatasetError: on entering, when a file cannot be loaded.
    """

    description: Description

    def __init__(
        self,
        files: Sequence[Path] = (),
        *,
        timeout: float = 30.0,
        memory: int = 512,
        result_size: int = 1024,
        old_queries: int = 8,
    ) -> None:
        self._options = {
            "files": [str(path.resolve()) for path in files],
            "memory": memory,
            "result_size": result_size,
        }
        self.timeout = timeout
        self.lanes = Lanes(old=old_queries)
        self._numbers = count(1)
        self._idle: deque[_Worker] = deque()
        self._least_idle = 0
        self._workers: dict[int, _Worker] = {}
        self._wanted: deque[asyncio.Future[_Worker]] = deque()
        self._providing: asyncio.Task[None] | None = None
        self._given_back = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    async def __aenter__(self) -> Self:
        await self._start_nursery()
        self._go(self._trim())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing = True
        for task in tuple(self._tasks):
            task.cancel()
        await self._stop_nursery()

    async def _start_nursery(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._nursery = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "gbagraph.engine.nursery"),
                *(str(theirs.fileno()), json.dumps(self._options)),
                pass_fds=[theirs.fileno()],
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        self._control.setblocking(False)
        listening = socket.socket(fileno=os.dup(self._control.fileno()))
        self._messages, self._messages_writer = await asyncio.open_unix_connection(sock=listening)
        line = await self._messages.readline()
        message: dict[str, Any] = (
            json.loads(line) if line else {"failed": "The engine's process ended at its start."}
        )
        if "failed" in message:
            await self._stop_nursery()
            raise DatasetError(message["failed"], **message.get("details", {}))
        self.description = Description(**message["ready"])
        self._go(self._listen())
        self._provide()

    async def _stop_nursery(self) -> None:
        for worker in self._workers.values():
            worker.connection.close()
        self._messages_writer.close()
        self._control.close()
        with contextlib.suppress(ProcessLookupError):
            self._nursery.kill()
        await self._nursery.wait()

    def _go(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _listen(self) -> None:
        """Note which worker is which process and how each ended; replace a nursery that ended."""
        while line := await self._messages.readline():
            message = json.loads(line)
            if "born" in message:
                if worker := self._workers.get(message["born"]):
                    worker.pid = message["pid"]
                    worker.born.set_result(True)
            elif worker := self._workers.pop(message["ended"], None):
                worker.ended.set_result(message)
                worker.connection.close()
        if not self._closing:
            await self._restart()

    async def _restart(self) -> None:
        for worker in self._workers.values():
            worker.ended.set_result({"code": -signal.SIGKILL, "said": ""})
            if not worker.born.done():
                worker.born.set_result(False)
        await self._stop_nursery()
        self._workers.clear()
        self._idle.clear()
        await self._start_nursery()

    async def _trim(self) -> None:
        """Let go of workers that were idle for a whole interval."""
        while True:
            self._least_idle = len(self._idle)
            await asyncio.sleep(_TRIM_EVERY)
            for _ in range(min(self._least_idle, len(self._idle)) - _SPARE):
                self._kill(self._idle.popleft())

    async def _spawn(self) -> _Worker | None:
        """A new worker, ready; None when the nursery ended before it was."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        number = next(self._numbers)
        # Known before it is ordered: the nursery may be quicker than we are.
        self._workers[number] = worker = _Worker(number, await Connection.open(ours))
        with theirs:
            await self._order(ORDER.pack(SPAWN, number), [theirs.fileno()])
        return worker if await worker.born else None

    async def _order(self, order: bytes, fds: list[int]) -> None:
        """Send an order to the nursery, waiting while it is too busy to take one."""
        while True:
            try:
                socket.send_fds(self._control, [order], fds)
            except BlockingIOError:
                await asyncio.sleep(0.001)
            else:
                return

    def _kill(self, worker: _Worker) -> None:
        worker.connection.close()
        if worker.number in self._workers and not self._closing:
            self._go(self._order(ORDER.pack(KILL, worker.number), []))

    def _offer(self, worker: _Worker) -> None:
        """Give a free worker to the query that waits longest, or keep it."""
        while self._wanted:
            wanted = self._wanted.popleft()
            if not wanted.done():
                wanted.set_result(worker)
                return
        self._idle.append(worker)

    async def _take_worker(self) -> _Worker:
        while self._idle:
            worker = self._idle.pop()
            self._least_idle = min(self._least_idle, len(self._idle))
            if worker.number in self._workers:
                return worker
        wanted: asyncio.Future[_Worker] = asyncio.get_running_loop().create_future()
        self._wanted.append(wanted)
        self._provide()
        try:
            return await wanted
        except asyncio.CancelledError:
            if wanted.done() and not wanted.cancelled():
                self._offer(wanted.result())
            raise

    def _provide(self) -> None:
        """See to it that there are workers: those that queries wait for, and the spare ones."""
        if self._providing is None or self._providing.done():
            self._providing = self._go(self._make_workers())

    async def _make_workers(self) -> None:
        """Make workers one after another, as long as there are too few.

        While workers are given back, queries are better served in turn by few than by many at once.
        """
        while (wait := any(not wanted.done() for wanted in self._wanted)) or self._few_idle():
            flows = asyncio.get_running_loop().time() - self._given_back < _MOMENT
            if wait and flows and len(self._workers) > _FEW:
                await asyncio.sleep(_MOMENT)
            elif worker := await self._spawn():
                self._offer(worker)
            else:
                return

    def _few_idle(self) -> bool:
        return len(self._idle) < _SPARE

    def _give_back(self, worker: _Worker, *, reusable: bool) -> None:
        if reusable and worker.number in self._workers:
            self._given_back = asyncio.get_running_loop().time()
            self._offer(worker)
        elif not self._closing:
            self._kill(worker)
            self._provide()

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
        place = await self.lanes.enter(client, limit, reserved=reserved)
        run = _Run(self, job, place, limit, started)
        try:
            return await run.answer()
        except BaseException:
            run.end()
            raise


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
        self._started = started
        self._timer: asyncio.TimerHandle | None = None
        self._worker: _Worker | None = None
        self._stopped: GbaGraphError | None = None
        self._whole = False
        self._written = 0
        self._used: float | None = None
        self._tired = False

    async def answer(self) -> Answer:
        self._worker = await self._engine._take_worker()  # noqa: SLF001  a part of the engine
        left = max(0.0, self._started + self._limit - self._loop.time())
        self._timer = self._loop.call_later(min(_LOOK, left), self._grow_old)
        self._worker.connection.send(frames.JOB, to_json(self._job))
        content_type = json.loads(await self._next())
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
        finally:
            self.end()

    async def _next(self) -> bytes:
        """The payload of the next HEAD or DATA frame; empty at the END, which sets *whole*."""
        worker = self._worker
        assert worker is not None  # noqa: S101  answer() has taken one
        frame = await worker.connection.next_frame()
        if frame is None:
            raise self._stopped or await self._crash(worker)
        kind, payload = frame
        if kind == frames.FAILURE:
            self._whole = True
            fields = json.loads(payload)
            raise classes()[fields["name"]](fields["message"], **fields["details"])
        self._whole = kind == frames.END
        if self._whole:
            self._tired = self._tired or bool(payload)
            return b""
        self._written += len(payload)
        return payload

    def _grow_old(self) -> None:
        """Look at a query that is no longer new: let it be, or move it to the old lane."""
        if self._place is None or self._place.old or self._worker is None:
            return
        if self._timer:
            self._timer.cancel()
        self._stand_back()
        age = self._loop.time() - self._started
        if self._limit <= age:
            self._expire()
            return
        if not self._written and age < _OLD_AGE and not self._busy():
            self._timer = self._loop.call_later(min(_LOOK, self._limit - age), self._grow_old)
            return
        if not self._engine.lanes.grow_old(self._place):
            self._stop(_refusal(self._engine.lanes.old_places))
            return
        self._timer = self._loop.call_at(self._started + self._limit, self._expire)

    def _stand_back(self) -> None:
        """Let every newer query go first from now on; the worker stays so, and is not used again."""
        if self._worker is not None and self._worker.pid is not None and not self._tired:
            self._tired = True
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self._worker.pid, _NICE)

    def _busy(self) -> bool:
        """Whether the worker used half of its share of the machine since the last look.

        On a crowded machine a cheap query can be late through no fault of its own. The first look
        only begins the count.
        """
        assert self._worker is not None  # noqa: S101  asked of a running job only
        before, self._used = self._used, _processor_seconds(self._worker.pid)
        share = min(1.0, _PROCESSORS / max(1, self._engine.lanes.young_queries))
        return before is not None and self._used - before >= max(_CHEAP, _LOOK / 2 * share)

    def _expire(self) -> None:
        worker = self._worker
        spent = _spent(worker.pid) if worker else {}
        self._stop(_timeout(self._limit, self._written, spent))

    def _stop(self, reason: GbaGraphError) -> None:
        self._stopped = reason
        if self._worker is not None:
            self._engine._kill(self._worker)  # noqa: SLF001  a part of the engine

    async def _crash(self, worker: _Worker) -> GbaGraphError:
        try:
            async with asyncio.timeout(2.0):
                ended = await asyncio.shield(worker.ended)
        except TimeoutError:
            ended = {"code": -signal.SIGKILL, "said": ""}
        return crash(getattr(self._job, "text", ""), ended["code"], ended["said"])

    def end(self) -> None:
        """Give back the place and the worker; again it does nothing."""
        if self._timer:
            self._timer.cancel()
        worker, self._worker = self._worker, None
        if worker is not None:
            reusable = self._whole and not self._tired and not self._stopped
            self._engine._give_back(worker, reusable=reusable)  # noqa: SLF001  a part of the engine
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
    """Processor time that a worker has used; where that cannot be known, the time that it is."""
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
