"""The wire protocol between the engine's processes: frames of a kind, a length and a payload.

The server sends commands to the fork server, which reports what became of its workers; the server sends
jobs to workers, which send answers. As every message is a frame, none has to fit into a line or a
buffer.

Frames of other kinds belong to exchanges: in the middle of a job, a worker asks the server for what no
worker can have by itself, since it has no network. It sends a frame of a kind that is no part of an
answer; the provider of this kind, in the server process, sends frames back, while the job goes on.
"""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, cast

import msgspec

from gbagraph.setting import AllowedService  # noqa: TC001  msgspec reads the annotations

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable

    from gbagraph.tracing import Span

    Frame = tuple[bytes, bytes]
    """Kind and payload."""


HEADER: Final = struct.Struct("!cI")
NUMBER: Final = struct.Struct("!I")
"""The number by which server and fork server refer to a worker."""

# Server to fork server.
OPTIONS: Final = b"O"
"""What to load and the limits of a worker, as JSON; sent once, first."""
FORK: Final = b"F"
"""Fork the worker NUMBER; its socket comes with the frame."""
FORK_RENDERER: Final = b"P"
"""The same, of a worker that makes pages: it has no data, and may read files."""
KILL: Final = b"K"
"""Kill the worker NUMBER."""

# Fork server to server; JSON.
LOADED: Final = b"L"
"""The dataset is loaded: its description."""
LOAD_FAILED: Final = b"X"
"""The dataset cannot be loaded: message and details of the error."""
CONFINED: Final = b"G"
"""Before that: what holds for its workers, a Confinement."""
FORKED: Final = b"B"
"""A worker was forked: number and process id."""
FORK_FAILED: Final = b"N"
"""The system allows no further process: number and reason."""
EXITED: Final = b"D"
"""A worker has ended: a WorkerExit."""

# Server to worker.
JOB: Final = b"J"

# Worker to server.
READY: Final = b"R"
"""The worker is ready for its first job: STATE."""
WHOLE: Final = b"W"
"""A whole answer that is short: STATE, then its bytes."""
HEAD: Final = b"H"
"""A long answer begins: STATE."""
DATA: Final = b"C"
"""Bytes of a long answer."""
END: Final = b"Z"
"""A long answer is complete: STATE. No other frame says so."""
SOURCES: Final = b"S"
"""Which other endpoints were called, before any of the answer is sent: a list of Source."""
FAILURE: Final = b"E"
"""The job failed: name, message and details of the error, as JSON."""

STATE: Final = struct.Struct("!d?qc")
"""Seconds of processor time that the worker has used in all; whether it has grown so much that it should
be replaced; the rows or triples of a whole result, -1 where they are not counted; and the kind of the
result, by its first letter, a capital if the answer calls for help."""


class WorkerOptions(msgspec.Struct, frozen=True):
    """The limits of a worker in megabytes, and the *services* that it may have called.

    If it *counts_rows*, it counts the rows of each answer.
    """

    memory: int = 512
    result_size: int = 1024
    services: tuple[AllowedService, ...] = ()
    counts_rows: bool = False


class WorkerExit(msgspec.Struct, frozen=True):
    """How a worker ended: its exit code, or the negative signal number; and its last error output."""

    number: int
    code: int
    output: str


_HIGH_WATER: Final = 512 * 1024
"""Bytes that may be buffered; beyond that the socket is not read, and the worker blocks."""


_AT_ONCE: Final = 64 * 1024
"""Bytes that a worker reads at once."""


def pack(kind: bytes, payload: bytes = b"") -> bytes:
    """One frame as bytes."""
    return HEADER.pack(kind, len(payload)) + payload


def receive(connection: socket.socket) -> tuple[bytes, bytes] | None:
    """The next frame from a blocking socket as (kind, payload); None at the end of the stream."""
    header = _exactly(connection, HEADER.size)
    if header is None:
        return None
    kind, length = HEADER.unpack(header)
    payload = _exactly(connection, length)
    return None if payload is None else (kind, payload)


def _exactly(connection: socket.socket, size: int) -> bytes | None:
    """So many bytes; None if the stream ends before."""
    data = bytearray(size)
    left = memoryview(data)
    while left:
        count = connection.recv_into(left)
        if not count:
            return None
        left = left[count:]
    return bytes(data)


class Reader:
    """The worker's end of *connection*, a blocking socket, as frames. Nothing else reads from it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._part = b""

    def read(self) -> Frame | None:
        """The next frame; None at the end of the stream."""
        data, end = self._part, HEADER.size
        while True:
            if len(data) >= HEADER.size:
                kind, length = HEADER.unpack_from(data)
                end = HEADER.size + length
                if len(data) >= end:
                    self._part = data[end:]
                    return kind, data[HEADER.size : end]
            more = self._connection.recv(max(_AT_ONCE, end - len(data)))
            if not more:
                return None
            data += more


class Connection(asyncio.Protocol):
    """The server's end of a socket: frames, with back-pressure.

    What :meth:`next_frame` does not read stays with the peer, so a slow client slows down the
    evaluation, and memory use stays bounded. One task reads, and waits for one frame at a time.
    """

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._frames: deque[Frame] = deque()
        self._part = bytearray()
        """The beginning of a frame."""
        self._held = 0
        """Bytes of the frames that are not read yet."""
        self._reader: asyncio.Future[Frame | None] | None = None
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
            self._transport.write(HEADER.pack(kind, len(payload)) + payload)

    async def drain(self) -> None:
        """Wait until the peer has read most of what was sent; raises ConnectionError if it is gone."""
        if self._drained is not None:
            await asyncio.shield(self._drained)
        if self._transport.is_closing():
            raise ConnectionResetError

    def next_frame(self) -> asyncio.Future[Frame | None]:
        """The next frame as (kind, payload), once it is there; None if no more comes."""
        reader: asyncio.Future[Frame | None] = self._loop.create_future()
        if self._frames:
            reader.set_result(self._pop())
        elif self._has_ended:
            reader.set_result(None)
        else:
            self._reader = reader
        return reader

    def _pop(self) -> Frame:
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
        while end - start >= HEADER.size:
            kind, length = HEADER.unpack_from(data, start)
            begin, start_of_next = start + HEADER.size, start + HEADER.size + length
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

    def _keep(self, frame: Frame) -> None:
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


def _has_frame(data: bytes | bytearray) -> bool:
    return len(data) >= HEADER.size and len(data) >= HEADER.size + HEADER.unpack_from(data)[1]


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

    async def start(self) -> None:
        """Begin to provide."""

    async def stop(self) -> None:
        """End all that was begun."""

    def figures(self) -> Iterable[Figure]:
        """Return what there is to say of the endpoints behind it."""

    def open(self, payload: bytes, context: Context) -> Exchange:
        """Begin the exchange that a worker asks for with *payload*."""
