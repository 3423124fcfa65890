"""The workers: a nursery process that makes them, those that are free, and those that are wanted."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import socket
import sys
from collections import deque
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from gbagraph.dataset import Description
from gbagraph.engine.connection import Connection
from gbagraph.engine.frames import KILL, ORDER, SPAWN, STATE
from gbagraph.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Coroutine

_SPARE: Final = 8
"""Idle workers kept ready; more are kept for as long as they are in use."""

_AT_ONCE: Final = 4
"""Workers that are made at once; in a storm more would only crowd those that work."""

_TRIM_EVERY: Final = 5.0


class Worker:
    """A worker process, known by a number of ours; *pid* is known once it is *born*.

    *used* is the processor time in seconds that it had used when its last answer was whole.
    """

    __slots__ = ("born", "connection", "ended", "number", "pid", "used")

    def __init__(self, number: int, connection: Connection) -> None:
        self.number = number
        self.connection = connection
        self.pid: int | None = None
        self.used = 0.0
        loop = asyncio.get_running_loop()
        self.born: asyncio.Future[bool] = loop.create_future()
        self.ended: asyncio.Future[dict[str, Any]] = loop.create_future()


def _return_free_memory() -> None:
    """Give free memory back to the system (malloc_trim(3), where the C library is GNU's).

    Large answers pass through this process in pieces; without this a storm of them leaves holes.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


class Workers:
    """A pool of worker processes that all hold the dataset.

    *options* are the nursery's: the files to load, and the limits of a worker.
    """

    description: Description

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        self._numbers = count(1)
        self._idle: deque[Worker] = deque()
        self._least_idle = 0
        self._workers: dict[int, Worker] = {}
        self._wanted: deque[asyncio.Future[Worker]] = deque()
        self._makers: set[asyncio.Task[None]] = set()
        self._has_nursery = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    async def start(self) -> None:
        """Start the nursery and wait until it has loaded the dataset.

        Raises:
            DatasetError: a file cannot be loaded.
        """
        await self._start_nursery()
        self._go(self._trim())

    async def stop(self) -> None:
        """End every process."""
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
        self._has_nursery = True
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
        while line := await self._next_message():
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

    async def _next_message(self) -> bytes:
        """A line from the nursery; empty when it has ended, perhaps with orders that it had not read."""
        with contextlib.suppress(ConnectionError):
            return await self._messages.readline()
        return b""

    async def _restart(self) -> None:
        self._has_nursery = False
        for worker in self._workers.values():
            worker.ended.set_result({"code": -signal.SIGKILL, "said": ""})
            if not worker.born.done():
                worker.born.set_result(False)
        # A maker that still waits for the old nursery would take the place of one that asks the new.
        for maker in tuple(self._makers):
            maker.cancel()
        self._makers.clear()
        await self._stop_nursery()
        self._workers.clear()
        self._idle.clear()
        await self._start_nursery()

    async def _trim(self) -> None:
        """Let go of workers that were idle for a whole interval, and of memory that is free."""
        while True:
            _return_free_memory()
            self._least_idle = len(self._idle)
            await asyncio.sleep(_TRIM_EVERY)
            for _ in range(min(self._least_idle, len(self._idle)) - _SPARE):
                self.kill(self._idle.popleft())

    async def _spawn(self) -> Worker | None:
        """A new worker, ready; None when the nursery ended before it was."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        number = next(self._numbers)
        # Known before it is ordered: the nursery may be quicker than we are.
        self._workers[number] = worker = Worker(number, await Connection.open(ours))
        with theirs:
            await self._order(ORDER.pack(SPAWN, number), [theirs.fileno()])
        if not await worker.born:
            return None
        ready = await worker.connection.next_frame()
        if ready is None:
            # Its end is told by the query that gets it, unless the nursery ended, too.
            return worker if worker.number in self._workers else None
        worker.used, _ = STATE.unpack(ready[1])
        return worker

    async def _order(self, order: bytes, fds: list[int]) -> None:
        """Send an order to the nursery, waiting while it is too busy to take one.

        One that has ended is replaced, and with it go its workers: there is nobody to order.
        """
        with contextlib.suppress(ConnectionError):
            while True:
                try:
                    socket.send_fds(self._control, [order], fds)
                except BlockingIOError:
                    await asyncio.sleep(0.001)
                else:
                    return

    def kill(self, worker: Worker) -> None:
        """End a worker, whatever it is doing."""
        worker.connection.close()
        if worker.number in self._workers and not self._closing:
            self._go(self._order(ORDER.pack(KILL, worker.number), []))

    def _offer(self, worker: Worker) -> None:
        """Give a free worker to the query that waits longest, or keep it."""
        while self._wanted:
            wanted = self._wanted.popleft()
            if not wanted.done():
                wanted.set_result(worker)
                return
        self._idle.append(worker)

    async def take(self) -> Worker:
        """A free worker, made if need be."""
        while self._idle:
            worker = self._idle.pop()
            self._least_idle = min(self._least_idle, len(self._idle))
            if worker.number in self._workers:
                return worker
        wanted: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
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
        if not self._has_nursery:
            return  # asked again when there is one
        wanted = sum(not wanted.done() for wanted in self._wanted)
        missing = wanted + _SPARE - len(self._idle) - len(self._makers)
        for _ in range(min(missing, _AT_ONCE - len(self._makers))):
            maker = self._go(self._make())
            self._makers.add(maker)
            maker.add_done_callback(self._makers.discard)

    async def _make(self) -> None:
        """Make workers one after another, as long as there are too few."""
        while worker := await self._spawn():
            self._offer(worker)
            if len(self._idle) >= _SPARE:
                return

    def give_back(self, worker: Worker, *, reusable: bool) -> None:
        """Take a worker back from a query: for the next one, or to be ended and replaced."""
        if reusable and worker.number in self._workers:
            self._offer(worker)
        elif not self._closing:
            self.kill(worker)
            self._provide()
