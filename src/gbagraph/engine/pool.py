"""The workers that are free, those that are being made, and the queries that wait for one."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

from gbagraph.engine.process import return_free_memory
from gbagraph.engine.supervisor import Supervisor, Worker
from gbagraph.errors import EngineUnavailable

if TYPE_CHECKING:
    from gbagraph.engine import wire

SPARE: Final = 8
"""Idle workers that are kept ready; more are kept for as long as they are in use."""

_AT_ONCE: Final = 4
"""Workers that are made at once; in a storm more would only crowd those that work."""

_TRIM_EVERY: Final = 5.0


class Pool:
    """Workers of a fork server with these *options*; whoever takes one gives it back."""

    def __init__(self, options: wire.Options) -> None:
        self.supervisor = Supervisor(options, self._refresh)
        self._idle: deque[Worker] = deque()
        self._least_idle = 0
        self._waiting: deque[asyncio.Future[Worker]] = deque()
        self._making = 0

    async def start(self) -> None:
        """Start the fork server, and make the first workers; raises DatasetError as it does."""
        await self.supervisor.start()
        self.supervisor.run(self._trim())
        self._provide()

    async def stop(self) -> None:
        """End every process."""
        await self.supervisor.stop()

    def take_idle(self) -> Worker | None:
        """A worker that is free now, if there is one."""
        while self._idle:
            worker = self._idle.pop()
            self._least_idle = min(self._least_idle, len(self._idle))
            if self.supervisor.knows(worker):
                return worker
        return None

    async def wait(self) -> Worker:
        """A worker once one is free or made.

        Raises:
            EngineUnavailable: there can be none now.
        """
        if self.supervisor.state != "ready":
            raise self.supervisor.unavailable()
        turn: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._provide()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and not turn.exception():
                self._offer(turn.result())
            raise

    def give_back(self, worker: Worker, *, reusable: bool) -> None:
        """Take a worker back from a query: for the next one, or to be ended and replaced."""
        if reusable and self.supervisor.knows(worker):
            self._offer(worker)
        else:
            self.supervisor.kill(worker)
            self._provide()

    def _offer(self, worker: Worker) -> None:
        """Give a free worker to the query that waits longest, or keep it."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(worker)
                return
        self._idle.append(worker)

    def _refuse(self, why: EngineUnavailable) -> None:
        """Tell all who wait that there will be no worker now."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_exception(why)

    def _refresh(self) -> None:
        """The fork server was lost, or there is another: those that are idle are gone."""
        self._idle.clear()
        if self.supervisor.state == "ready":
            self._provide()
        else:
            self._refuse(self.supervisor.unavailable())

    def _provide(self) -> None:
        """See to it that there are workers: those that queries wait for, and the spare ones."""
        if self.supervisor.state != "ready":
            return
        missing = len(self._waiting) + SPARE - len(self._idle) - self._making
        for _ in range(min(missing, _AT_ONCE - self._making)):
            self._making += 1
            self.supervisor.run(self._make())

    async def _make(self) -> None:
        """Make workers one after another, as long as there are too few."""
        try:
            while self._waiting or len(self._idle) < SPARE:
                self._offer(await self.supervisor.fork())
        except EngineUnavailable as problem:
            if not self.supervisor.has_workers:  # else one of them will be free
                self._refuse(problem)
        finally:
            self._making -= 1

    async def _trim(self) -> None:
        """Let go of workers that were idle for a whole interval, and of memory that is free."""
        while True:
            return_free_memory()
            self._least_idle = len(self._idle)
            await asyncio.sleep(_TRIM_EVERY)
            for _ in range(min(self._least_idle, len(self._idle)) - SPARE):
                self.supervisor.kill(self._idle.popleft())
            self._provide()
