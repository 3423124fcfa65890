"""Hand a stream to the engine's bulk loader through a pipe.

The loader takes a file of Python's by some thousand bytes at a time, which costs a tenth of its speed.
From a pipe it reads by itself, while here the next block is unpacked and hashed on another processor.
"""

from __future__ import annotations

import fcntl
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pyoxigraph as ox

_BLOCK: Final = 1024 * 1024
_POISON: Final = b'\n\x00<\x00>"\n'
"""What no format has in any place: the loader then fails, and keeps nothing of the file."""


def bulk_load(store: ox.Store, stream: IO[bytes], **options: Any) -> None:  # noqa: ANN401
    """Load all of *stream* into *store*, or nothing, with the *options* of the engine's ``bulk_load``.

    Raises:
        SyntaxError: it is not of its format.
        OSError: the database cannot be written; and what reading *stream* raises.
    """
    reading, writing = os.pipe()
    with suppress(OSError, AttributeError):
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _BLOCK)
    with ThreadPoolExecutor(1) as others:
        loaded = others.submit(_load, store, reading, options)
        try:
            with os.fdopen(writing, "wb", buffering=0) as pipe:
                _feed(pipe, stream)
        except BrokenPipeError:
            pass  # the loader has found a fault, which it tells
        except BaseException:
            loaded.exception()
            raise
    loaded.result()


def _feed(pipe: IO[bytes], stream: IO[bytes]) -> None:
    try:
        while block := stream.read(_BLOCK):
            _write(pipe, block)
    except BrokenPipeError:
        raise
    except BaseException:
        with suppress(BrokenPipeError):
            _write(pipe, _POISON)
        raise


def _write(pipe: IO[bytes], block: bytes) -> None:
    left = memoryview(block)
    while left:
        left = left[pipe.write(left) :]


def _load(store: ox.Store, reading: int, options: dict[str, Any]) -> None:
    try:
        store.bulk_load(path=f"/dev/fd/{reading}", **options)
    finally:
        os.close(reading)  # who writes into the pipe is told then
