"""Messages between the engine's processes.

Server and worker exchange frames: a kind, a length, a payload. The server gives the nursery orders
of fixed size; the nursery answers with lines of JSON.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import socket

HEADER: Final = struct.Struct("!cI")
_BLOCK: Final = 64 * 1024

JOB: Final = b"J"
"""Server to worker: a job as JSON."""
READY: Final = b"R"
"""Worker to server, once: it is ready for jobs, and STATE."""
WHOLE: Final = b"W"
"""Worker to server: a short answer whole: STATE, its media type, a line feed, its bytes."""
HEAD: Final = b"H"
"""Worker to server: the media type of a longer answer. Comes once, before any data."""
DATA: Final = b"D"
"""Worker to server: bytes of a longer answer."""
END: Final = b"Z"
"""Worker to server: a longer answer is whole, and STATE. Only this frame says so."""
STATE: Final = struct.Struct("!d?")
"""Processor time in seconds that the worker has used in its life, and whether it has grown so much
that it wants to be replaced."""
FAILURE: Final = b"E"
"""Worker to server: the job failed; an error's name, message and details as JSON."""

ORDER: Final = struct.Struct("!cI")
"""Server to nursery: SPAWN with a number the server chose (and a socket), or KILL with that number."""
SPAWN: Final = b"S"
KILL: Final = b"K"


def pack(kind: bytes, payload: bytes = b"") -> bytes:
    """One frame as bytes."""
    return HEADER.pack(kind, len(payload)) + payload


def receive(connection: socket.socket) -> tuple[bytes, bytes] | None:
    """The next frame from a blocking socket as (kind, payload); None at its end.

    Whoever sends waits for an answer before the next frame, so what is there belongs to this one,
    and a small frame is read at once.
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
