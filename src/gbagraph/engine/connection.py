"""The server's end of a worker's socket: frames as they come, with back-pressure."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final, cast

from gbagraph.engine import frames

if TYPE_CHECKING:
    import socket

_HIGH: Final = 512 * 1024
"""Bytes that may wait to be taken; at more the worker's socket is no longer read, and it blocks."""


class Connection(asyncio.Protocol):
    """Frames from one worker.

    One consumer at a time takes them with :meth:`next_frame`. What the consumer does not take stays
    in the worker: a slow client slows the evaluation, and memory stays bounded.
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
        loop = asyncio.get_running_loop()
        _, protocol = await loop.create_unix_connection(cls, sock=end)
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
        start, size = 0, frames.HEADER.size
        if not self._partial and len(data) >= size:
            kind, length = frames.HEADER.unpack_from(data)
            if len(data) == size + length:  # nearly always
                self._frames.append((kind, data[size:]))
                self._waiting += length
                self._wake()
                return
        self._partial += data
        while len(self._partial) - start >= size:
            kind, length = frames.HEADER.unpack_from(self._partial, start)
            end = start + size + length
            if len(self._partial) < end:
                break
            self._frames.append((kind, bytes(self._partial[start + size : end])))
            self._waiting += length
            start = end
        del self._partial[:start]
        if self._waiting > _HIGH and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def _wake(self) -> None:
        if self._consumer is not None and not self._consumer.done():
            self._consumer.set_result(None)

    def send(self, kind: bytes, payload: bytes) -> None:
        """Send a frame to the worker; one that is gone gets none, and :meth:`next_frame` tells so."""
        if self._transport.is_closing():
            return
        self._transport.write(frames.pack(kind, payload))

    async def next_frame(self) -> tuple[bytes, bytes] | None:
        """The next frame as (kind, payload); None when the worker is gone."""
        while not self._frames:
            if self._lost:
                return None
            self._consumer = asyncio.get_running_loop().create_future()
            await self._consumer
        kind, payload = self._frames.popleft()
        self._waiting -= len(payload)
        if self._paused and self._waiting < _HIGH // 2 and not self._lost:
            self._paused = False
            self._transport.resume_reading()
        return kind, payload

    def close(self) -> None:
        """Close at once; what has not been read is dropped."""
        self._transport.abort()
