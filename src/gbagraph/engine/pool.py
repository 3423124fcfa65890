"""The pool: idle workers, those that are being forked, and the jobs that wait for one."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

from gbagraph.engine.process import return_free_memory
from gbagraph.engine.supervisor import Supervisor
from gbagraph.errors import EngineUnavailable

if TYPE_CHECKING:
    from gbagraph.engine.connection import Worker
    from gbagraph.engine.launching import Launch
    from gbagraph.engine.source import ForkServerOptions

SPARE: Final = 4
"""Idle workers that are kept ready. More are kept for as long as they are used."""

_MAX_FORKING: Final = 4
"""Workers that are forked at once; more would slow down the busy ones in a storm of requests."""

RENDERERS: Final = 2
"""Idle workers for pages that are kept."""

_TRIM_EVERY: Final = 5.0
_SOON: Final = 0.3
"""Seconds after the start in which the first worker is alone: all at once would be ready later."""


class Pool:
    """The workers of a fork server with these *options*. Each worker acquired must be released.

    *launch* is how the fork server is started, *spare* the number of idle workers that are kept ready.
    """

    def __init__(
        self, options: ForkServerOptions, launch: Launch | None = None, spare: int = SPARE
    ) -> None:
        self.options, self._spare = options, spare
        self.supervisor = Supervisor(options, self._follow_supervisor, launch)
        self._idle: deque[Worker] = deque()
        self._renderers: deque[Worker] = deque()
        """Idle ones that make pages: none is forked before there is a page, and few are kept."""
        self._least_idle = 0
        self._waiters: deque[asyncio.Future[Worker]] = deque()
        self._forking = 0

    async def start(self) -> None:
        """Start the fork server and the first worker; raises DatasetError if loading fails."""
        await self.supervisor.start()
        self.supervisor.run(self._trim())
        self._forking += 1
        await self._fork(1)
        self.supervisor.run(self._refill_soon())

    async def stop(self) -> None:
        """End all processes."""
        await self.supervisor.stop()

    def acquire_nowait(self, *, names: bool = False) -> Worker | None:
        """An idle worker, or None; for a job that needs *names* one with them, else one without.

        So all searches of a large graph, where to read the names takes seconds, come to the same worker.
        """
        idle = self._idle
        while idle:
            if idle[-1].has_names != names:
                self._put_last(names=names)
            worker = idle.pop()
            self._least_idle = min(self._least_idle, len(idle))
            if worker.is_running:
                return worker
        return None

    def _put_last(self, *, names: bool) -> None:
        """Put an idle worker last that has *names*, or has not, if there is one."""
        for worker in reversed(self._idle):
            if worker.has_names == names:
                self._idle.remove(worker)
                self._idle.append(worker)
                return

    async def acquire_renderer(self) -> Worker:
        """A worker that makes pages.

        Raises:
            EngineUnavailable: none can be had now.
        """
        while self._renderers:
            worker = self._renderers.pop()
            if worker.is_running:
                return worker
        return await self.supervisor.fork(renders=True)

    async def acquire(self) -> Worker:
        """A worker, as soon as one is released or forked.

        Raises:
            EngineUnavailable: no worker can be had now.
        """
        if self.supervisor.state != "ready":
            raise self.supervisor.unavailable()
        waiter: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        self._refill()
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and not waiter.exception():
                self._hand_out(waiter.result())
            raise

    def release(self, worker: Worker, *, reusable: bool) -> None:
        """Take back a worker: for the next job if it is *reusable*, else it is killed and replaced."""
        if not reusable or not worker.is_running:
            self.supervisor.kill(worker)
            self._refill()
        elif worker.renders:
            self._renderers.append(worker)
        elif self._waiters:
            self._hand_out(worker)
        else:
            self._idle.append(worker)

    def _hand_out(self, worker: Worker) -> None:
        """Give an idle worker to the job that has waited longest, or keep it."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(worker)
                return
        self._idle.append(worker)

    def _refuse(self, why: EngineUnavailable) -> None:
        """Raise the error for all jobs that wait."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_exception(why)

    def _follow_supervisor(self) -> None:
        """Drop the idle workers: the fork server was lost or replaced (the supervisor calls this)."""
        self._idle.clear()
        self._renderers.clear()
        if self.supervisor.state == "ready":
            self._refill()
        else:
            self._refuse(self.supervisor.unavailable())

    def _refill(self) -> None:
        """Start forking the workers that jobs wait for, and the spare ones."""
        if self.supervisor.state != "ready":
            return
        missing = len(self._waiters) + self._spare - len(self._idle) - self._forking
        for _ in range(min(missing, _MAX_FORKING - self._forking)):
            self._forking += 1
            self.supervisor.run(self._fork(self._spare))

    async def _refill_soon(self) -> None:
        await asyncio.sleep(_SOON)
        self._refill()

    async def _fork(self, spare: int) -> None:
        """Fork workers one after another, as long as fewer than *spare* are idle."""
        try:
            # Those that are being forked now, by this among others, will be idle too.
            while self._waiters or len(self._idle) + self._forking <= spare:
                self._hand_out(await self.supervisor.fork())
        except EngineUnavailable as problem:
            if not self.supervisor.count:  # else one of them will be released
                self._refuse(problem)
        finally:
            self._forking -= 1

    async def _trim(self) -> None:
        """From time to time, end the workers that were not needed, and return free memory."""
        while True:
            return_free_memory()
            self._least_idle = len(self._idle)
            await asyncio.sleep(_TRIM_EVERY)
            for _ in range(min(self._least_idle, len(self._idle)) - self._spare):
                self.supervisor.kill(self._idle.popleft())
            while len(self._renderers) > RENDERERS:
                self.supervisor.kill(self._renderers.popleft())
            self._refill()
