"""Keeps a fork server running and keeps track of its workers.

States: *starting*, *ready*, *restarting* (the fork server was lost and is started again, after a pause
that grows to five seconds), *failed* (ten starts failed within a minute; the server should end). In any
state but *ready*, a job that needs a worker fails at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import time
from collections import deque
from itertools import count
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from gbagraph.dataset.identity import Description
from gbagraph.engine import process, wire
from gbagraph.engine.confinement import Confinement
from gbagraph.engine.connection import Connection, Worker
from gbagraph.engine.launching import Forked, failure, start
from gbagraph.errors import EngineUnavailable, GbaGraphError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from gbagraph.engine.launching import Launch, Process
    from gbagraph.engine.source import ForkServerOptions

State = Literal["starting", "ready", "restarting", "failed"]

log = logging.getLogger("gbagraph.engine")

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0
_MOST_FAILURES: Final = 10
_WITHIN: Final = 60.0
_LAST_WORDS: Final = 0.1
"""Seconds in which what a fork server has said before it ended is read."""
_TELL_EVERY: Final = 5.0
"""Seconds of loading between two lines of the log."""
_FEWEST_FILES: Final = 64
"""Files that a process with a fork server must be allowed to have open: each worker needs one."""
_SILENCE: Final = 10.0
"""Seconds in which a fork server answers an order; usually it does within milliseconds."""


class Supervisor:
    """A fork server with these *options*, a program of its own unless *launch* makes it in another way.

    *on_change* is called when its workers are gone, and when new ones can be forked again. The future
    ``failed`` is done, with the reason, once the fork server cannot be kept running.
    """

    description: Description

    def __init__(
        self,
        options: ForkServerOptions,
        on_change: Callable[[], None],
        launch: Launch | None = None,
    ) -> None:
        self.state: State = "starting"
        self._launch_process = launch or (lambda control, _: start(options.source, control))
        self.confinement = Confinement()
        self._since, self._why = time.monotonic(), ""
        self._loading: float | None = None
        self._options, self._source, self._on_change = options, options.source, on_change
        self._numbers = count(1)
        self._workers: dict[int, Worker] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._failures: deque[float] = deque(maxlen=_MOST_FAILURES)
        self._pause = _FIRST_PAUSE
        self._silent_until = 0.0
        self.losses = 0
        """How many fork servers were lost."""

    async def start(self) -> None:
        """Start the fork server and wait until it has loaded the dataset.

        Raises:
            DatasetError: a file cannot be loaded, or this process may have too few files open.
        """
        process.require_open_files(_FEWEST_FILES)
        self.failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        await self._launch()
        self._set_state("ready")
        self.run(self._keep_running())

    async def stop(self) -> None:
        """End all processes."""
        for task in tuple(self._tasks):
            task.cancel()
        await self._end()
        self._lose_workers()  # what waits for one, such as an engine beside, has an error

    def run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run *work* in the background until it ends or the supervisor stops."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def held(self, worker: Worker) -> int:
        """Bytes of memory that *worker* holds beyond what it shares with the fork server."""
        return max(0, process.held(worker.pid) - process.held(self._process.pid))

    @property
    def count(self) -> int:
        """How many workers run."""
        return len(self._workers)

    async def fork(self, *, renders: bool = False) -> Worker:
        """Fork a worker, or one that *renders*, and wait until it is ready for a job.

        Raises:
            EngineUnavailable: there is no fork server now, or the system allows no further process.
        """
        if self.state != "ready":
            raise self.unavailable()
        try:
            ours, theirs = socket.socketpair()
        except OSError as problem:
            raise _no_further(str(problem)) from None
        ours.setblocking(False)
        with theirs:
            worker = Worker(next(self._numbers), await Connection.open(ours), renders=renders)
            # It may have been lost meanwhile: a worker that is registered later learns nothing of it.
            if self.state != "ready":
                worker.connection.close()
                raise self.unavailable()
            await self._forked(wire.FORK_RENDERER if renders else wire.FORK, worker, theirs)
        try:
            frame = await worker.connection.next_frame()
        except BaseException:
            self.kill(worker)
            raise
        if frame is not None:
            worker.used, *_ = wire.STATE.unpack(frame[1])
        elif worker.exited.done() and worker.exited.result() is None:  # so did the fork server
            raise self.unavailable()
        return worker  # if it has already ended, the job that gets it fails with the reason

    async def fork_server(self, control: socket.socket, connection: Connection) -> Process:
        """Fork a fork server that takes its orders from *control*; *connection* is our end of it.

        It has imported everything already, and shares that memory. Raises EngineUnavailable as fork().
        """
        if self.state != "ready":
            raise self.unavailable()
        worker = Worker(next(self._numbers), connection)
        await self._forked(wire.FORK_SERVER, worker, control)
        return Forked(worker, self.kill)

    async def _forked(self, command: bytes, worker: Worker, end: socket.socket) -> None:
        """Have *worker* forked, which gets the *end* of a socket, and wait until that is reported."""
        # Registered before the command is sent: the reply may come before this continues.
        self._workers[worker.number] = worker
        worker.is_running = True
        await self._send_command(command, worker.number, end.fileno())
        try:
            await self._report_of(worker)
        except BaseException:
            self.kill(worker)
            raise

    async def _report_of(self, worker: Worker) -> None:
        """Wait for what the fork server reports of *worker*; one that reports nothing is replaced.

        It may be suspended, or wait for a disk that does not answer; then it reports no end, either.
        """
        await asyncio.wait({worker.forked}, timeout=_SILENCE)
        if not worker.forked.done():
            log.error("the fork server has not answered for %g seconds: it is killed", _SILENCE)
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await worker.forked

    def kill(self, worker: Worker) -> None:
        """Kill a worker, from here: a fork server that is busy forking would do so a second later.

        One that is not forked yet finds nothing to do, and ends.
        """
        worker.connection.close()
        if worker.is_running and self.state == "ready":
            if worker.pid:
                process.send(worker.pid, signal.SIGKILL)
            self.run(self._ended(worker))

    async def _ended(self, worker: Worker) -> None:
        """Wait until a worker has ended; if no report comes, find out whether the fork server hears."""
        await asyncio.wait({worker.exited}, timeout=_SILENCE)
        # On a busy machine, one that has run on idle processors alone takes its time to end.
        if not worker.exited.done() and self.state == "ready":
            with contextlib.suppress(EngineUnavailable):
                self.kill(await self.fork())

    def unavailable(self) -> EngineUnavailable:
        """The error for a job while there is no fork server."""
        return EngineUnavailable(
            "The process that evaluates queries was lost and is being restarted. Try again soon.",
            state=self.state,
        )

    def status(self) -> dict[str, Any]:
        """The state, and if it is not *ready*, since when and why; what is being loaded, and how far."""
        shown: dict[str, Any] = {"engine": self.state}
        if self.state != "ready":
            shown |= {"seconds": round(time.monotonic() - self._since, 1), "reason": self._why}
        if self._loading is not None:
            shown["loading"] = {
                "what": self._source.subject,
                "seconds": round(time.monotonic() - self._loading, 1),
                "position": self._source.position(self._process.pid),
            }
        return shown

    def _set_state(self, state: State, why: str = "") -> None:
        level = logging.INFO if state == "ready" else logging.WARNING
        now = time.monotonic()
        change = (self.state, state, f": {why}" if why else "", now - self._since)
        log.log(level, "engine %s -> %s%s (after %.1f s)", *change)
        self.state, self._since, self._why = state, now, why

    async def _launch(self) -> None:
        """Start a fork server; raises DatasetError if it ends before it has loaded the dataset."""
        self._loading = begun = time.monotonic()
        what = self._source.subject
        log.info("loading %s", what)
        progress = asyncio.create_task(self._log_progress())
        try:
            await self._load()
        finally:
            progress.cancel()
            self._loading = None
        self.run(self._watch(self._process, self._messages))
        size = f"{self.description.default_graph + sum(self.description.graphs.values()):,}"
        version, seconds = self.description.version, time.monotonic() - begun
        log.info("loaded %s, version %s, in %.1f s: %s triples", what, version, seconds, size)

    async def _watch(self, process: Process, messages: Connection) -> None:
        """Close *messages* when their sender has ended: a worker forked just now may hold its end."""
        await process.wait()
        await asyncio.sleep(_LAST_WORDS)
        messages.close()

    async def _log_progress(self) -> None:
        """Log from time to time how far it is."""
        while True:
            await asyncio.sleep(_TELL_EVERY)
            now = self.status()["loading"]
            where = f": {now['position']}" if now["position"] else ""
            log.info("loading since %.0f s%s", now["seconds"], where)

    async def _load(self) -> None:
        self._control, theirs = socket.socketpair()
        self._control.setblocking(False)
        own = socket.socket(fileno=os.dup(self._control.fileno()))
        with theirs:
            self._messages = await Connection.open(own)
            try:
                self._process = await self._launch_process(theirs, self._messages)
            except BaseException:
                self._close()
                raise
        self._messages.send(wire.OPTIONS, msgspec.json.encode(self._options))
        try:
            self.description = await self._loaded()
        except BaseException:
            await self._end()
            raise

    async def _loaded(self) -> Description:
        frame = await self._messages.next_frame()
        if frame is not None and frame[0] == wire.CONFINED:
            self._take_confinement(msgspec.json.decode(frame[1], type=Confinement))
            frame = await self._messages.next_frame()
        if frame is None or frame[0] != wire.LOADED:
            raise await failure(frame, self._process)
        return msgspec.json.decode(frame[1], type=Description)

    def _take_confinement(self, confinement: Confinement) -> None:
        """Log what holds for workers; those of a store could read other files without Landlock."""
        is_lacking = self._source.is_on_disk and not confinement.landlock
        if self.state == "starting" or confinement != self.confinement:
            log.log(logging.WARNING if is_lacking else logging.INFO, "workers are %s", confinement)
        self.confinement = confinement

    async def _end(self) -> None:
        self._close()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    def _close(self) -> None:
        for worker in self._workers.values():
            worker.connection.close()
        self._messages.close()
        self._control.close()

    async def _keep_running(self) -> None:
        """Handle what the fork server reports, and start another one whenever it is lost."""
        while not self.failed.done():
            while frame := await self._messages.next_frame():
                self._handle_event(*frame)
            await self._handle_loss()
            while not (self.failed.done() or await self._try_again()):
                pass

    async def _handle_loss(self) -> None:
        self.losses += 1
        self._set_state("restarting", "the fork server ended")
        self._lose_workers()
        await self._end()
        self._on_change()

    def _lose_workers(self) -> None:
        """Have what waits for a worker fail: it has ended with the fork server."""
        lost, self._workers = self._workers, {}
        for worker in lost.values():
            worker.is_running = False
            worker.exited.set_result(None)
            if not worker.forked.done():
                worker.forked.set_exception(self.unavailable())
                worker.forked.exception()  # nobody may be waiting
            worker.connection.close()

    async def _try_again(self) -> bool:
        """Wait, then start a fork server; whether that succeeded."""
        await asyncio.sleep(self._pause)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        before = self.description.digest
        try:
            await self._launch()
        except (GbaGraphError, OSError) as problem:
            self._count_failure(str(problem))
            return False
        self._pause = _FIRST_PAUSE
        changed = self.description.digest != before
        self._set_state(
            "ready", f"the data changed: now {self.description.version}" if changed else ""
        )
        self._on_change()
        return True

    def _count_failure(self, why: str) -> None:
        now, self._why = time.monotonic(), why
        self._failures.append(now)
        if len(self._failures) == _MOST_FAILURES and now - self._failures[0] < _WITHIN:
            self._set_state("failed", why)
            self.failed.set_result(why)
        else:
            log.warning("the fork server did not start: %s; next try in %g s", why, self._pause)

    def _handle_event(self, kind: bytes, payload: bytes) -> None:
        """Handle one report of the fork server about a worker."""
        if kind == wire.EXITED:
            exited = msgspec.json.decode(payload, type=wire.WorkerExit)
            if (worker := self._workers.pop(exited.number, None)) is not None:
                worker.is_running = False
                worker.exited.set_result(exited)
                worker.connection.close()
            return
        number, what = msgspec.json.decode(payload, type=tuple[int, int | str])
        if (worker := self._workers.get(number)) is None:
            return
        if isinstance(what, int):
            worker.pid = what
            worker.forked.set_result(None)
        else:
            del self._workers[number]
            worker.is_running = False
            if time.monotonic() > self._silent_until:  # it may happen a thousand times a second
                self._silent_until = time.monotonic() + _LONGEST_PAUSE
                log.error("no further worker can be forked: %s", what)
            worker.forked.set_exception(_no_further(what))

    async def _send_command(self, kind: bytes, number: int, descriptor: int) -> None:
        """Send a command to the fork server, waiting while its socket is full.

        If the fork server has ended, nothing is sent: its workers ended with it.
        """
        command = wire.pack(kind, wire.NUMBER.pack(number))
        with contextlib.suppress(OSError):
            while True:
                with contextlib.suppress(BlockingIOError):
                    socket.send_fds(self._control, [command], [descriptor])
                    return
                await asyncio.sleep(0.001)


def _no_further(why: str) -> EngineUnavailable:
    return EngineUnavailable(f"The system allows no further process: {why}. Try again later.")
