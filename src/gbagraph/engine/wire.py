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
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import msgspec

from gbagraph.setting import AllowedService  # noqa: TC001  msgspec reads the annotations

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable

    from gbagraph.tracing import Span


HEADER: Final = struct.Struct("!cI")
NUMBER: Final = struct.Struct("!I")
"""The number by which server and fork server refer to a worker."""

# Server to fork server.
OPTIONS: Final = b"O"
"""What to load and the limits of a worker, as JSON; sent once, first."""
FORK: Final = b"F"
"""Fork the worker NUMBER; its socket comes with the frame."""
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


class Connection:
    """The server's end of a socket: frames, with back-pressure.

    What :meth:`next_frame` does not read stays with the peer, so a slow client slows down the
    evaluation, and memory use stays bounded.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, end: socket.socket) -> Connection:
        """A connection over *end*, a connected socket, which it now owns."""
        return cls(*await asyncio.open_unix_connection(sock=end, limit=_HIGH_WATER))

    def send(self, kind: bytes, payload: bytes) -> None:
        """Send a frame. If the peer is gone, nothing is sent, and :meth:`next_frame` returns None."""
        if not self._writer.is_closing():
            self._writer.write(pack(kind, payload))

    async def drain(self) -> None:
        """Wait until the peer has read most of what was sent; raises ConnectionError if it is gone."""
        await self._writer.drain()

    async def next_frame(self) -> tuple[bytes, bytes] | None:
        """The next frame as (kind, payload); None if the peer is gone or this end is closed."""
        try:
            kind, length = HEADER.unpack(await self._reader.readexactly(HEADER.size))
            return kind, await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    def close(self) -> None:
        """Close at once; what has not been read is dropped."""
        self._writer.transport.abort()


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
