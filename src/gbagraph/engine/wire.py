"""Messages between the engine's processes: frames of a kind, a length and a payload.

The server asks the fork server for workers and tells it which to kill; server and worker exchange
jobs and answers. All of them speak in frames, so no message has to fit on a line or in a buffer.
"""

from __future__ import annotations

import asyncio
import struct
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    import socket

HEADER: Final = struct.Struct("!cI")
NUMBER: Final = struct.Struct("!I")
"""The number by which server and fork server know a worker."""

# Server to fork server.
OPTIONS: Final = b"O"
"""What to load and the limits of a worker, as JSON; sent once, first."""
FORK: Final = b"F"
"""Make the worker NUMBER; a socket comes with it."""
KILL: Final = b"K"
"""End the worker NUMBER."""

# Fork server to server; JSON.
LOADED: Final = b"L"
"""The dataset is loaded: its description."""
NOT_LOADED: Final = b"X"
"""It cannot be loaded: an error's name, message and details."""
BORN: Final = b"B"
"""A worker is there: number and process id."""
NOT_BORN: Final = b"N"
"""The system allows no further process: number and reason."""
ENDED: Final = b"D"
"""A worker has ended: number, exit code (negative: a signal), and what it printed last."""

# Server to worker.
JOB: Final = b"J"

# Worker to server.
READY: Final = b"R"
"""It takes jobs: STATE."""
WHOLE: Final = b"W"
"""A short answer, whole: STATE, and its bytes."""
HEAD: Final = b"H"
"""A longer answer begins: STATE."""
DATA: Final = b"C"
"""Bytes of a longer answer."""
END: Final = b"Z"
"""A longer answer is whole: STATE. Only this frame says so."""
FAILURE: Final = b"E"
"""The job failed: an error's name, message and details as JSON."""

STATE: Final = struct.Struct("!d?c")
"""Seconds of processor time that the worker has used in its life; whether it has grown so much that
it wants to be replaced; and the kind of the result, by its first letter."""


class Options(msgspec.Struct, frozen=True):
    """What a fork server loads, and the limits of its workers in megabytes."""

    files: tuple[str, ...] = ()
    infer: bool | None = None
    memory: int = 512
    result_size: int = 1024


class Ended(msgspec.Struct, frozen=True):
    """How a worker ended: its exit code, or minus the signal; and what it printed last."""

    number: int
    code: int
    said: str


_BLOCK: Final = 64 * 1024
_HIGH_WATER: Final = 512 * 1024
"""Bytes that may wait to be taken; at more the socket is no longer read, and the worker blocks."""


def pack(kind: bytes, payload: bytes = b"") -> bytes:
    """One frame as bytes."""
    return HEADER.pack(kind, len(payload)) + payload


def receive(connection: socket.socket) -> tuple[bytes, bytes] | None:
    """The next frame from a blocking socket as (kind, payload); None at its end.

    For a peer that sends one frame and waits for the answer, so that nothing is read beyond it.
    """
    data, size = b"", HEADER.size
    while len(data) < size:
        part = connection.recv(max(_BLOCK, size - len(data)))
        if not part:
            return None
        data += part
        if len(data) >= HEADER.size:
            size = HEADER.size + HEADER.unpack_from(data)[1]
    return data[:1], data[HEADER.size :]


class Connection:
    """The server's end of a socket: frames as they come, with back-pressure.

    What :meth:`next_frame` does not take stays with the peer: a slow client slows the evaluation, and
    memory stays bounded.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, end: socket.socket) -> Connection:
        """Take over *end*, a connected socket."""
        return cls(*await asyncio.open_unix_connection(sock=end, limit=_HIGH_WATER))

    def send(self, kind: bytes, payload: bytes) -> None:
        """Send a frame; a peer that is gone gets none, and :meth:`next_frame` tells so."""
        if not self._writer.is_closing():
            self._writer.write(pack(kind, payload))

    async def next_frame(self) -> tuple[bytes, bytes] | None:
        """The next frame as (kind, payload); None when the peer is gone, or this end is closed."""
        try:
            kind, length = HEADER.unpack(await self._reader.readexactly(HEADER.size))
            return kind, await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    def close(self) -> None:
        """Close at once; what has not been taken is dropped."""
        self._writer.transport.abort()
