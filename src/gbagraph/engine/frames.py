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

JOB: Final = b"J"
"""Server to worker: a job as JSON."""
HEAD: Final = b"H"
"""Worker to server: the media type of the answer, as JSON. Comes once, before any data."""
DATA: Final = b"D"
"""Worker to server: bytes of the answer."""
END: Final = b"Z"
"""Worker to server: the answer is whole. Only this frame says so. A payload says that the worker has
grown and wants to be replaced."""
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
    """The next frame from a blocking socket as (kind, payload); None at its end."""
    header = _exactly(connection, HEADER.size)
    if header is None:
        return None
    kind, length = HEADER.unpack(header)
    payload = _exactly(connection, length)
    return None if payload is None else (kind, payload)


def _exactly(connection: socket.socket, size: int) -> bytes | None:
    parts = []
    while size:
        part = connection.recv(min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
