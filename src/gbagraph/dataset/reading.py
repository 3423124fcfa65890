"""Files of data as they are read: once, whole, with their hash; what changes meanwhile is refused.

The engine gets them from a stream of Python's, also in order that Ctrl-C ends the reading: where it
opens a file itself, nobody is asked until it is done.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Final, cast

import pyoxigraph as ox

from gbagraph.dataset import packed
from gbagraph.dataset.entities import guarded
from gbagraph.dataset.packed import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_BLOCK: Final = 1024 * 1024


class Source(io.RawIOBase):
    """A file that is read: what it unpacks to, its *size*, when it was *changed*, its hash at the end.

    *changed* is in nanoseconds since 1970. *seen* is called with the size of each block.
    """

    reader: IO[bytes]

    def __init__(self, file: IO[bytes], seen: Callable[[int], None]) -> None:
        self._file, self._seen = cast("io.RawIOBase", file), seen
        self._state = _state(file)
        self.size, self.changed = self._state
        self._read = 0
        self.sha256 = hashlib.sha256()

    def readable(self) -> bool:
        """It is (io asks)."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  as io declares it
        """Read a block (io calls this); at the end it is known whether all is of the same file."""
        size = self._file.readinto(buffer) or 0
        self.sha256.update(buffer[:size])
        self._read += size
        self._seen(size)
        is_at_end = not size or self._read > self.size  # what grows as it is read might never end
        if is_at_end and _state(cast("IO[bytes]", self._file)) != self._state:
            raise RefusedError("it has changed while it was read. Try again when it is written")
        return size


def _state(file: IO[bytes]) -> tuple[int, int]:
    known = os.fstat(file.fileno())
    return known.st_size, known.st_mtime_ns


@contextmanager
def reading(
    path: Path, found: ox.RdfFormat, seen: Callable[[int], None] = lambda _: None
) -> Iterator[Source]:
    """Read a file in the format *found*, from the ``reader`` of what is given.

    Raises:
        OSError: it cannot be read, is no file, changes, is not what its extension says, or is of
            entities that would grow too large; this may be noticed only inside of the ``with``.
    """
    require_file(path)
    with path.open("rb", buffering=0) as file:
        source = Source(file, seen)
        buffered = cast("IO[bytes]", io.BufferedReader(source, _BLOCK))
        with packed.unpacked(path, buffered) as reader:
            source.reader = guarded(reader) if found == ox.RdfFormat.RDF_XML else reader
            yield source
        while buffered.read(_BLOCK):
            pass  # what comes after the end of what was parsed is of the file's hash, too


def require_file(path: Path) -> None:
    """Raise OSError for what can be read only once, or never ends, such as a pipe."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise RefusedError("it is no regular file. Write what it gives into one")
