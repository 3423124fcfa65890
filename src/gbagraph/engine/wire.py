"""The wire protocol between the engine's processes: frames of a kind, a length and a payload.

The server sends commands to the fork server, which reports what became of its workers; the server sends
jobs to workers, which send answers. As every message is a frame, none has to fit into a line or a
buffer.

Frames of other kinds belong to exchanges (:mod:`gbagraph.engine.connection`): in the middle of a job,
a worker asks the server for what no worker can have by itself, since it has no network. It sends a frame
of a kind that is no part of an answer; what provides this kind sends frames back, while the job goes on.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

import msgspec

from gbagraph.setting import AllowedService  # noqa: TC001  msgspec reads the annotations

if TYPE_CHECKING:
    import socket

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
FORK_SERVER: Final = b"V"
"""Fork a fork server, which is the worker NUMBER; its control socket comes with the frame."""

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


_AT_ONCE: Final = 8 * 1024
"""Bytes that are read at once, or what is left of a frame: most jobs are smaller."""


def pack(kind: bytes, payload: bytes = b"") -> bytes:
    """One frame as bytes."""
    return HEADER.pack(kind, len(payload)) + payload


class Reader:
    """The frames that come over *connection*, a blocking socket, from which nothing else reads."""

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
