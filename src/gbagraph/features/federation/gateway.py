"""The gateway: the only process that calls other endpoints, on behalf of workers, which have no network.

Run as ``python -m gbagraph.features.federation.gateway FD``. It loads no data and evaluates nothing.
It knows the endpoints that may be called, and calls no other, whatever a worker sends.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING

import msgspec

from gbagraph.engine import process, wire
from gbagraph.engine.connection import Connection
from gbagraph.features.federation.calls import Caller
from gbagraph.features.federation.messages import (
    GATEWAY_CALL,
    GATEWAY_REPLY,
    Sender,
    decode_call,
    encode,
)
from gbagraph.setting import AllowedService

if TYPE_CHECKING:
    from gbagraph.features.federation.messages import Call


Options = tuple[Sender, tuple[AllowedService, ...]]
"""How the server names itself, and the endpoints that may be called."""


class Gateway:
    """Makes the calls that come over *connection*, each of whose queries is answered by a frame."""

    def __init__(self, connection: Connection, caller: Caller) -> None:
        self._connection, self._caller = connection, caller
        self._running: dict[int, list[asyncio.Task[None]]] = {}

    async def run(self) -> None:
        """Make calls until the connection closes."""
        while frame := await self._connection.next_frame():
            kind, payload = frame
            (number,) = wire.NUMBER.unpack_from(payload)
            if kind == GATEWAY_CALL:
                self._start(number, decode_call(payload[wire.NUMBER.size :]))
            else:
                for task in self._running.pop(number, ()):
                    task.cancel()

    def _start(self, number: int, call: Call) -> None:
        self._running[number] = [
            asyncio.create_task(self._answer(number, call, place))
            for place in range(len(call.queries))
        ]

    async def _answer(self, number: int, call: Call, place: int) -> None:
        reply = await self._caller.call(call, place)
        self._connection.send(GATEWAY_REPLY, wire.NUMBER.pack(number) + encode(reply))


async def serve(end: socket.socket) -> None:
    """Make calls until the other end of the socket closes."""
    connection = await Connection.open(end)
    frame = await connection.next_frame()
    if frame is None:
        return
    sender, services = msgspec.json.decode(frame[1], type=Options)
    caller = Caller(services, sender)
    try:
        await Gateway(connection, caller).run()
    finally:
        await caller.close()


if __name__ == "__main__":
    process.die_with_parent(os.getppid())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end = socket.socket(fileno=int(sys.argv[1]))
    end.setblocking(False)
    asyncio.run(serve(end))
