"""The server's end of its processes: a socket as frames, a worker, and exchanges with one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, cast

from gbagraph.engine import process, wire

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable

    from gbagraph.tracing import Span

_HIGH_WATER: Final = 512 * 1024
"""Bytes that may be buffered; beyond that the socket is not read, and the worker blocks."""


class Connection(asyncio.Protocol):
    """The server's end of a socket: frames, with back-pressure.

    What :meth:`next_frame` does not read stays with the peer, so a slow client slows down the
    evaluation, and memory use stays bounded. One task reads, and waits for one frame at a time.
    """

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._frames: deque[wire.Frame] = deque()
        self._part = bytearray()
        """The beginning of a frame."""
        self._held = 0
        """Bytes of the frames that are not read yet."""
        self._reader: asyncio.Future[wire.Frame | None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._is_paused = self._has_ended = False

    @classmethod
    async def open(cls, end: socket.socket) -> Connection:
        """A connection over *end*, a connected socket, which it now owns."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_unix_connection(cls, sock=end)
        return connection

    def send(self, kind: bytes, payload: bytes) -> None:
        """Send a frame. If the peer is gone, nothing is sent, and :meth:`next_frame` has None."""
        if not self._transport.is_closing():
            self._transport.write(wire.HEADER.pack(kind, len(payload)) + payload)

    async def drain(self) -> None:
        """Wait until the peer has read most of what was sent; raises ConnectionError if it is gone."""
        if self._drained is not None:
            await asyncio.shield(self._drained)
        if self._transport.is_closing():
            raise ConnectionResetError

    def next_frame(self) -> asyncio.Future[wire.Frame | None]:
        """The next frame as (kind, payload), once it is there; None if no more comes."""
        reader: asyncio.Future[wire.Frame | None] = self._loop.create_future()
        if self._frames:
            reader.set_result(self._pop())
        elif self._has_ended:
            reader.set_result(None)
        else:
            self._reader = reader
        return reader

    def _pop(self) -> wire.Frame:
        frame = self._frames.popleft()
        self._held -= len(frame[1])
        if self._is_paused and self._held < _HIGH_WATER:
            self._is_paused = False
            self._transport.resume_reading()
        return frame

    def close(self) -> None:
        """Close at once; what has not been read is dropped."""
        self._frames.clear()
        self._end()
        self._transport.abort()

    def _end(self) -> None:
        self._has_ended = True
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)
        self.resume_writing()

    # --- What the event loop calls ---------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take the frames that are whole by now, and keep the beginning of the next one."""
        if self._part:
            self._part += data
            if not _has_frame(self._part):
                return
            data, self._part = bytes(self._part), bytearray()
        start, end = 0, len(data)
        while end - start >= wire.HEADER.size:
            kind, length = wire.HEADER.unpack_from(data, start)
            begin, start_of_next = start + wire.HEADER.size, start + wire.HEADER.size + length
            if start_of_next > end:
                break
            frame, start = (kind, data[begin:start_of_next]), start_of_next
            reader, self._reader = self._reader, None
            if reader is not None and not reader.done():
                reader.set_result(frame)
            else:
                self._keep(frame)
        if start < end:
            self._part += data[start:]

    def _keep(self, frame: wire.Frame) -> None:
        self._frames.append(frame)
        self._held += len(frame[1])
        if self._held >= _HIGH_WATER and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()

    def pause_writing(self) -> None:
        """Have :meth:`drain` wait."""
        self._drained = self._loop.create_future()

    def resume_writing(self) -> None:
        """Have :meth:`drain` go on."""
        if self._drained is not None:
            self._drained.set_result(None)
            self._drained = None

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  as asyncio calls it
        """End what is waited for."""
        self._end()


def _has_frame(data: bytearray) -> bool:
    head = wire.HEADER.size
    return len(data) >= head and len(data) >= head + wire.HEADER.unpack_from(data)[1]


class Worker:
    """A worker process. Server and fork server refer to it by its *number*; its *pid* follows later.

    *used* is the processor time in seconds that it had used at the end of its last job. *exited* becomes
    how the process ended, or None if it ended with the fork server. It *is_running* from when it is
    asked for until the fork server has reported its end. It *has_names* once it had a job that needs
    them. One that *renders* makes pages, and has no data.
    """

    def __init__(self, number: int, connection: Connection, *, renders: bool = False) -> None:
        self.number, self.renders = number, renders
        self.connection = connection
        self.pid = 0
        self.used = 0.0
        self.has_names = self.is_running = False
        self._clock: int | None = None
        loop = asyncio.get_running_loop()
        self.forked: asyncio.Future[None] = loop.create_future()
        self.exited: asyncio.Future[wire.WorkerExit | None] = loop.create_future()

    def processor_seconds(self) -> float:
        """Processor time used so far, where there are clocks of it; raises OSError once it has ended."""
        if self._clock is None:
            self._clock = process.processor_clock(self.pid)
        return time.clock_gettime(self._clock)

    async def exit_soon(self) -> wire.WorkerExit | None:
        """How it ended, as :attr:`exited` has it; killed, if no report of that comes in time."""
        try:
            async with asyncio.timeout(2.0):
                return await asyncio.shield(self.exited)
        except TimeoutError:
            return wire.WorkerExit(self.number, -signal.SIGKILL, "")

    def spent(self) -> dict[str, float]:
        """What the present job has used, to report it; empty where the system cannot tell."""
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{self.pid}/statm").read_text().split()
            memory = int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024
            used = self.processor_seconds() - self.used
            return {"processor_seconds": round(used, 2), "memory_megabytes": round(memory, 1)}
        return {}


class Context(NamedTuple):
    """The evaluation that an exchange is a part of.

    Frames for its worker go over *connection*. So many *seconds* are left to it, at most none. *via* is
    the Via header (RFC 9110, section 7.6.3) of its request, and *span* its span.
    """

    connection: Connection
    seconds: float
    via: str = ""
    span: Span | None = None


class Exchange(Protocol):
    """One exchange. Each is closed when the next of its kind begins, and with its evaluation."""

    def close(self) -> bool:
        """End it; whether it had ended by itself, so that nothing more of it comes to the worker."""


class Figure(NamedTuple):
    """A figure for the operator, such as calls made: its value for each of some endpoints, by name.

    It only grows if it *is_counted*.
    """

    name: str
    meaning: str
    of: str
    values: Iterable[tuple[str, float]]
    is_counted: bool = True


class Provider(Protocol):
    """What answers the frames of one *kind*; how many came is *counted_as* a figure of the engine.

    It *is_evaluator* if it does the work of a query: then the age of a query is what it costs.
    """

    kind: bytes
    counted_as: str
    is_evaluator: bool

    async def start(self, engine: Any) -> None:  # noqa: ANN401  an Engine, which imports this module
        """Begin to provide for *engine*."""

    async def stop(self) -> None:
        """End all that was begun."""

    def figures(self) -> Iterable[Figure]:
        """Return what there is to say of the endpoints behind it."""

    def open(self, payload: bytes, context: Context) -> Exchange:
        """Begin the exchange that a worker asks for with *payload*."""
