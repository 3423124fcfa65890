"""The server's side of the engine: a pool of workers, deadlines, and answers as they come.

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
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, Final, Self

from gbagraph.dataset import Description
from gbagraph.engine import frames
from gbagraph.engine.frames import KILL, ORDER, SPAWN
from gbagraph.engine.jobs import to_json
from gbagraph.errors import (
    DatasetError,
    EngineCrash,
    EvaluationError,
    GbaGraphError,
    QueryTimeout,
    ServerBusy,
    classes,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine, Sequence
    from pathlib import Path
    from types import TracebackType

    from gbagraph.engine.jobs import Job

MOST_WORKERS: Final = 16
"""Queries evaluated at once; a further one waits for a place."""

SPARE_WORKERS: Final = 2
"""Idle workers kept ready."""

BUFFERED: Final = 1024 * 1024
"""Bytes of an answer that are held back until it is whole, so that a late error is still a status."""

_BUSY_AFTER: Final = 10.0
_CRASHES: Final = {-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS, -signal.SIGILL}


@dataclass(slots=True)
class Answer:
    """An answer: its content type and its bytes, all of them or a beginning and a rest to come.

    A failure after the beginning raises out of *rest*; whoever sends it on must then break the
    connection, so that a cut answer is never mistaken for a whole one.
    """

    content_type: str
    body: bytes
    rest: AsyncGenerator[bytes] | None = None


@dataclass(slots=True)
class _Worker:
    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    ended: asyncio.Future[int] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Engine:
    """Answers jobs about one dataset, each in a process that can be stopped.

    Use as an asynchronous context manager. Entering starts the nursery and waits for the dataset;
    leaving ends every process.

    Args:
        files: RDF files to load in place of the built-in dataset.
        timeout: seconds after which a query is stopped, at most.
        memory: megabytes a worker may use on top of the graph.
    """

    description: Description

    def __init__(
        self, files: Sequence[Path] = (), *, timeout: float = 30.0, memory: int = 512
    ) -> None:
        self._options = {"files": [str(path.resolve()) for path in files], "memory": memory}
        self._timeout = timeout
        self._numbers = count(1)
        self._places = asyncio.Semaphore(MOST_WORKERS)
        self._idle: deque[_Worker] = deque()
        self._workers: dict[int, _Worker] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    async def __aenter__(self) -> Self:
        await self._start_nursery()
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
            json.loads(line) if line else {"failed": "The engine did not start."}
        )
        if "failed" in message:
            await self._stop_nursery()
            raise DatasetError(message["failed"], **message.get("details", {}))
        self.description = Description(**message["ready"])
        self._go(self._listen())
        for _ in range(SPARE_WORKERS):
            self._idle.append(await self._spawn())

    async def _stop_nursery(self) -> None:
        for worker in self._workers.values():
            worker.writer.close()
        self._messages_writer.close()
        self._control.close()
        with contextlib.suppress(ProcessLookupError):
            self._nursery.kill()
        await self._nursery.wait()

    def _go(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _listen(self) -> None:
        """Note how workers ended; when the nursery itself ends, start another."""
        while line := await self._messages.readline():
            message = json.loads(line)
            worker = self._workers.pop(message["ended"], None)
            if worker is not None and not worker.ended.done():
                worker.ended.set_result(message["code"])
        if not self._closing:
            await self._restart()

    async def _restart(self) -> None:
        for worker in self._workers.values():
            if not worker.ended.done():
                worker.ended.set_result(-signal.SIGKILL)
        await self._stop_nursery()
        self._workers.clear()
        self._idle.clear()
        await self._start_nursery()

    async def _spawn(self) -> _Worker:
        ours, theirs = socket.socketpair()
        number = next(self._numbers)
        with theirs:
            socket.send_fds(self._control, [ORDER.pack(SPAWN, number)], [theirs.fileno()])
        ours.setblocking(False)
        reader, writer = await asyncio.open_unix_connection(sock=ours, limit=BUFFERED)
        self._workers[number] = worker = _Worker(number, reader, writer)
        return worker

    def _kill(self, worker: _Worker) -> None:
        worker.writer.close()
        if worker.number in self._workers:
            with contextlib.suppress(OSError):
                self._control.send(ORDER.pack(KILL, worker.number))

    async def _replace(self) -> None:
        while len(self._idle) < SPARE_WORKERS:
            self._idle.append(await self._spawn())

    async def answer(self, job: Job, timeout: float | None = None) -> Answer:
        """Evaluate *job*; *timeout* in seconds can lower the engine's limit, not raise it.

        An answer of up to ``BUFFERED`` bytes comes whole. A larger one is streamed: its *rest*
        must be read to the end or closed, and the limit counts until then.

        Raises:
            RequestError: the query is not valid, or cannot be written in an acceptable format.
            QueryTimeout, EngineCrash, ServerBusy, RemoteEndpointError: as they say.
        """
        limit = min(timeout or self._timeout, self._timeout)
        chunks = self._evaluate(job, limit)
        try:
            content_type = (await anext(chunks)).decode()
            body = bytearray()
            async for chunk in chunks:
                body += chunk
                if len(body) > BUFFERED:
                    return Answer(content_type, bytes(body), chunks)
        except BaseException:
            await chunks.aclose()
            raise
        return Answer(content_type, bytes(body))

    async def _evaluate(self, job: Job, limit: float) -> AsyncGenerator[bytes]:
        """The content type, then the chunks of the answer."""
        await self._take_place()
        worker: _Worker | None = None
        whole = False
        try:
            deadline = asyncio.get_running_loop().time() + limit
            worker = self._idle.pop() if self._idle else await self._spawn()
            worker.writer.write(frames.pack(frames.JOB, to_json(job)))
            while True:
                kind, payload = await _next_frame(worker, deadline, limit)
                if kind == frames.HEAD:
                    yield json.loads(payload).encode()
                elif kind == frames.DATA:
                    yield payload
                elif kind == frames.FAILURE:
                    whole = True
                    raise _rebuilt(json.loads(payload))
                else:
                    whole = True
                    return
        finally:
            self._release(worker, reusable=whole)

    async def _take_place(self) -> None:
        try:
            async with asyncio.timeout(_BUSY_AFTER):
                await self._places.acquire()
        except TimeoutError:
            raise ServerBusy(
                f"{MOST_WORKERS} queries are being evaluated and none ended within "
                f"{_BUSY_AFTER:g} seconds. Ask again later.",
                limit=MOST_WORKERS,
            ) from None

    def _release(self, worker: _Worker | None, *, reusable: bool) -> None:
        self._places.release()
        if worker is None:
            return
        if reusable and worker.number in self._workers:
            self._idle.append(worker)
        else:
            self._kill(worker)
            if not self._closing:
                self._go(self._replace())


async def _next_frame(worker: _Worker, deadline: float, limit: float) -> tuple[bytes, bytes]:
    try:
        async with asyncio.timeout_at(deadline):
            kind, length = frames.HEADER.unpack(await worker.reader.readexactly(frames.HEADER.size))
            return kind, await worker.reader.readexactly(length) if length else b""
    except TimeoutError:
        raise QueryTimeout(
            f"The query was stopped at its limit of {limit:g} seconds. Make it cheaper: bind more "
            "terms, join on shared variables, and use LIMIT inside subselects.",
            limit=limit,
        ) from None
    except (asyncio.IncompleteReadError, ConnectionError):
        raise await _crash(worker) from None


async def _crash(worker: _Worker) -> EvaluationError:
    try:
        async with asyncio.timeout(1.0):
            code = await asyncio.shield(worker.ended)
    except TimeoutError:
        code = -signal.SIGKILL
    how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    if code not in _CRASHES:
        return EvaluationError(f"The process that evaluated the query ended ({how}). Ask again.")
    return EngineCrash(
        f"The engine's process ended while evaluating this query ({how}); other queries are not "
        "affected. Known causes: ORDER BY over values of mixed kinds (order by STR(?x) instead), "
        "very deep nesting, and more memory than a query may use.",
        signal=how,
    )


def _rebuilt(fields: dict[str, Any]) -> GbaGraphError:
    return classes()[fields["name"]](fields["message"], **fields["details"])
