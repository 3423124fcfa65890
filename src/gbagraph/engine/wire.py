"""Messages between the engine's processes: frames of a kind, a length and a payload.

The server asks the fork server for workers and tells it which to kill; server and worker exchange
jobs and answers. All of them speak in frames, so no message has to fit on a line or in a buffer.
"""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from typing import TYPE_CHECKING, Final, cast

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
    inference: bool = False
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


class Connection(asyncio.Protocol):
    """The server's end of a socket: frames as they come, with back-pressure.

    One consumer at a time takes them with :meth:`next_frame`. What it does not take stays with the
    peer: a slow client slows the evaluation, and memory stays bounded.
    """

    def __init__(self) -> None:
        self._frames: deque[tuple[bytes, bytes]] = deque()
        self._partial = bytearray()
        self._waiting = 0
        self._paused = False
        self._lost = False
        self._consumer: asyncio.Future[None] | None = None

    @classmethod
    async def open(cls, end: socket.socket) -> Connection:
        """Take over *end*, a connected socket."""
        _, protocol = await asyncio.get_running_loop().create_unix_connection(cls, sock=end)
        return protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (asyncio calls this)."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's signature
        """Tell the consumer that nothing more comes (asyncio calls this)."""
        self._lost = True
        self._wake()

    def data_received(self, data: bytes) -> None:
        """Cut what came into frames (asyncio calls this)."""
        if not self._partial and len(data) >= HEADER.size:
            kind, length = HEADER.unpack_from(data)
            if len(data) == HEADER.size + length:  # nearly always
                self._keep(kind, data[HEADER.size :])
                self._wake()
                return
        self._partial += data
        self._cut()
        if self._waiting > _HIGH_WATER and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def _cut(self) -> None:
        start = 0
        while len(self._partial) - start >= HEADER.size:
            kind, length = HEADER.unpack_from(self._partial, start)
            end = start + HEADER.size + length
            if len(self._partial) < end:
                break
            self._keep(kind, bytes(self._partial[start + HEADER.size : end]))
            start = end
        del self._partial[:start]

    def _keep(self, kind: bytes, payload: bytes) -> None:
        self._frames.append((kind, payload))
        self._waiting += len(payload)

    def _wake(self) -> None:
        if self._consumer is not None and not self._consumer.done():
            self._consumer.set_result(None)

    def send(self, kind: bytes, payload: bytes) -> None:
        """Send a frame; a peer that is gone gets none, and :meth:`next_frame` tells so."""
        if not self._transport.is_closing():
            self._transport.write(pack(kind, payload))

    async def next_frame(self) -> tuple[bytes, bytes] | None:
        """The next frame as (kind, payload); None when the peer is gone."""
        while not self._frames:
            if self._lost:
                return None
            self._consumer = asyncio.get_running_loop().create_future()
            await self._consumer
        kind, payload = self._frames.popleft()
        self._waiting -= len(payload)
        if self._paused and self._waiting < _HIGH_WATER // 2 and not self._lost:
            self._paused = False
            self._transport.resume_reading()
        return kind, payload

    def close(self) -> None:
        """Close at once; what has not been taken is dropped."""
        self._frames.clear()
        self._transport.abort()
