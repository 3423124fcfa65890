"""The worker's side of an engine elsewhere: it asks the server, which asks the engine.

A worker has no network. Its questions and the answers share the socket for jobs. One question is
answered at a time: the next one ends the answer before, or, if that is still needed, first reads all of
it.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import msgspec

from gbagraph.engine import wire
from gbagraph.errors import classes

if TYPE_CHECKING:
    import socket

    from gbagraph.dataset.elsewhere import Question

_encode = msgspec.msgpack.Encoder().encode


class Asker:
    """Asks the engine of the server at the other end of *connection*."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._number = 0
        self._last: weakref.ref[StreamedReply] | None = None

    def __call__(self, question: Question) -> StreamedReply:
        """The beginning of the answer; raises GbaGraphError if there is none."""
        last = self._last() if self._last else None
        if last is not None:
            last.hold()
        self._number += 1
        number = wire.NUMBER.pack(self._number)
        self._connection.sendall(wire.pack(wire.ASK, number + _encode(question)))
        _, payload = self.frame(self._number)
        reply = StreamedReply(self, self._number, payload.decode())
        self._last = weakref.ref(reply)
        return reply

    def frame(self, number: int) -> tuple[bytes, bytes]:
        """The next frame of the answer to the question with this *number*, without its number.

        What is left of answers before it, which nobody needs, is passed over.
        """
        while True:
            kind, payload = self._received()
            if wire.NUMBER.unpack_from(payload) == (number,):
                break
        payload = payload[wire.NUMBER.size :]
        if kind == wire.ASKED_FAILURE:
            name, message, details = msgspec.json.decode(payload)
            raise classes()[name](message, **details)
        return kind, payload

    def next_job(self) -> bytes | None:
        """The next job; None at the end of the stream."""
        while (frame := wire.receive(self._connection)) is not None and frame[0] != wire.JOB:
            pass  # of an answer that was not read to its end
        return frame[1] if frame else None

    def _received(self) -> tuple[bytes, bytes]:
        frame = wire.receive(self._connection)
        if frame is None:
            raise BrokenPipeError  # the server is gone, or wants this no more
        return frame


class StreamedReply:
    """An answer that is read as it comes."""

    def __init__(self, asker: Asker, number: int, media_type: str) -> None:
        self.media_type = media_type
        self._asker, self._number = asker, number
        self._left = bytearray()
        self._is_whole = False

    def read(self, size: int = -1) -> bytes:
        """At most *size* bytes, none at the end; raises GbaGraphError if the answer breaks off."""
        if size < 0:
            self.hold()
        while not self._left and not self._is_whole:
            self._fetch()
        found = bytes(self._left[:size]) if size >= 0 else bytes(self._left)
        del self._left[: len(found)]
        return found

    def hold(self) -> None:
        """Read all of it, and keep it."""
        while not self._is_whole:
            self._fetch()

    def _fetch(self) -> None:
        kind, payload = self._asker.frame(self._number)
        if kind == wire.ASKED_END:
            self._is_whole = True
        else:
            self._left += payload
