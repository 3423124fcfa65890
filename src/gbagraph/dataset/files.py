"""Files of data as they are read: once, unpacked, with their hash; what changes meanwhile is refused.

The engine gets them from a stream of Python, also in order that Ctrl-C ends the reading: where it opens
a file itself, nothing can stop it. Files that are compressed (gzip, zstd, bzip2) are never unpacked as a
whole.

A file of RDF/XML whose entities grow beyond all measure is refused before it is parsed:
``<!ENTITY name "text">`` stands for a text wherever ``&name;`` is. Entities may be made of entities, so
a file of a kilobyte can grow to gigabytes in the parser, which has no limit of its own.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import os
import re
import stat
import zlib
from codecs import BOM_UTF8
from collections import deque
from contextlib import contextmanager, suppress
from itertools import count
from typing import IO, TYPE_CHECKING, Any, Final, cast

import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


EXTENSIONS: Final = (".gz", ".zst", ".bz2")
"""The ends of the names of compressed files."""

_PROGRAMS: Final = {".gz": "gzip", ".zst": "zstd", ".bz2": "bzip2"}
_BLOCK: Final = 1024 * 1024
_PACKED_BLOCK: Final = 64 * 1024
"""Bytes that are unpacked at once: of what is compressed best, they hold a few hundred megabytes."""


def is_packed(path: Path) -> bool:
    """Whether the name of a file says that it is compressed."""
    return path.suffix.lower() in EXTENSIONS


def without_packing(path: Path) -> Path:
    """*path* without the extension of a compression, if it has one."""
    return path.with_suffix("") if is_packed(path) else path


@contextmanager
def unpacked(path: Path, file: IO[bytes]) -> Iterator[IO[bytes]]:
    """What *file*, opened from *path*, holds, unpacked while it is read.

    Raises:
        OSError: it is not what its extension says, or not all of it; this may be noticed only inside
            of the ``with``.
    """
    try:
        yield _reader(path, file)
    except (gzip.BadGzipFile, EOFError, zlib.error) as problem:
        raise _damaged(path, problem) from None
    except OSError as problem:
        # bz2 has no error of its own: what the system says has a number.
        if problem.errno is None and is_packed(path) and not isinstance(problem, RefusedError):
            raise _damaged(path, problem) from None
        raise


def read_packed(path: Path) -> bytes:
    """All that a file holds, unpacked; raises OSError as :func:`unpacked` does."""
    with path.open("rb") as file, unpacked(path, file) as reader:
        return reader.read()


def has_mark(path: Path) -> bool:
    """Whether a file begins with a byte order mark."""
    with path.open("rb") as file:
        return file.read(len(BOM_UTF8)) == BOM_UTF8


def _reader(path: Path, file: IO[bytes]) -> IO[bytes]:
    kind = path.suffix.lower()
    if kind == ".gz":
        return cast("IO[bytes]", io.BufferedReader(gzip.GzipFile(fileobj=file), _BLOCK))
    if kind == ".bz2":
        return cast("IO[bytes]", io.BufferedReader(bz2.BZ2File(file), _BLOCK))
    if kind == ".zst":
        return cast("IO[bytes]", io.BufferedReader(_Blocks(_zstandard(path, file))))
    return file


class _Stream(io.RawIOBase):
    def readable(self) -> bool:
        """It is (io asks)."""
        return True


class _Blocks(_Stream):
    """A stream of *blocks*."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._left = blocks, b""

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  as io declares it
        self._left = self._left or next(filter(None, self._blocks), b"")
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size


def _zstandard(path: Path, file: IO[bytes]) -> Iterator[bytes]:
    """What a file holds that zstd made; its own reader takes half of a file for all of it."""
    # Imported here: few datasets are compressed so.
    import zstandard  # noqa: PLC0415

    new, frame = zstandard.ZstdDecompressor().decompressobj, None
    try:
        while block := file.read(_PACKED_BLOCK):
            while block:  # several frames may come one after the other
                frame = frame or new()
                yield frame.decompress(block)
                block = frame.unused_data
                frame = None if frame.eof else frame
    except zstandard.ZstdError as problem:
        raise _damaged(path, problem) from None
    if frame is not None:
        raise _damaged(path, "it ends within a frame")


class RefusedError(OSError):
    """A file is damaged, or otherwise not as it should be."""


def _damaged(path: Path, problem: object) -> OSError:
    program = _PROGRAMS[path.suffix.lower()]
    return RefusedError(f"it is no file that {program} made, or not all of it: {problem}")


MOST: Final = 100
"""How many times larger than the file its entities may make it."""
_FREE: Final = 16 * 1024 * 1024
"""Bytes to which the entities of any file may grow."""
_LONGEST: Final = 1024 * 1024
"""Bytes of a declaration."""
_PIECE: Final = 64 * 1024
_BEGIN: Final = b"<!ENTITY"
_DECLARED: Final = re.compile(rb'<!ENTITY\s*%?\s*([^\s"]+)\s+"([^"<]*)"')


class _Guarded(_Stream):
    """A stream of RDF/XML, of which no block is given out that would grow too large."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = cast("io.RawIOBase", stream)
        self._lengths: dict[bytes, int] = {}
        self._kept = b""
        self._size = self._grown = 0

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401  as io declares it
        size = self._stream.readinto(buffer) or 0
        self._size += size
        self._look_at(self._kept + bytes(buffer[:size]))
        return size

    def _look_at(self, text: bytes) -> None:
        """Count what the entities in *text* grow to, and keep what of it ends in the next block."""
        end = 0
        for match in _DECLARED.finditer(text) if _BEGIN in text else ():
            self._declare(match[1], match[2])
            end = match.end()
        done = min(self._unfinished_declaration(text, end), self._unfinished_reference(text))
        if self._lengths:
            self._grow(sum(self._referred(text[:done])))
        self._kept = text[done:]
        if len(self._kept) > _LONGEST:
            raise RefusedError(f"it declares an entity of more than {_LONGEST:,} bytes")

    def _declare(self, name: bytes, value: bytes) -> None:
        length = len(value) + sum(self._referred(value))
        self._lengths[name] = max(length, self._lengths.get(name, 0))
        self._grow(length)

    def _referred(self, text: bytes) -> Iterator[int]:
        """How long the entities are to which *text* refers."""
        pieces = (piece.partition(b";") for piece in text.split(b"&")[1:])
        return (self._lengths.get(name, 0) for name, semicolon, _ in pieces if semicolon)

    def _grow(self, size: int) -> None:
        self._grown += size
        if self._grown > _FREE + MOST * self._size:
            raise RefusedError(
                f'its entities (<!ENTITY name "text">) make it more than {MOST} times as large. Write '
                "out what they stand for, or convert it to Turtle or N-Triples"
            )

    @staticmethod
    def _unfinished_declaration(text: bytes, end: int) -> int:
        """Where a declaration begins that *text* has not all of; the end of *text* if there is none."""
        last = text.rfind(b"<", end)
        rest = text[last:] if last >= 0 else b""
        return last if rest and (rest.startswith(_BEGIN) or _BEGIN.startswith(rest)) else len(text)

    def _unfinished_reference(self, text: bytes) -> int:
        """Where a reference begins that *text* has not all of; the end of *text* if there is none."""
        last = text.rfind(b"&") if self._lengths else -1
        if last < 0 or b";" in text[last:]:
            return len(text)
        longest = max(map(len, self._lengths)) + 1
        return last if len(text) - last <= longest else len(text)


def guarded(stream: IO[bytes]) -> IO[bytes]:
    """*stream* of RDF/XML; to read from it raises OSError where its entities grow too large."""
    return cast("IO[bytes]", io.BufferedReader(_Guarded(stream), _PIECE))


class Source(_Stream):
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
    path: Path, file_format: ox.RdfFormat, seen: Callable[[int], None] = lambda _: None
) -> Iterator[Source]:
    """Read a file in the format *file_format*, from the ``reader`` of what is given.

    Raises:
        OSError: it cannot be read, is no file, changes, is not what its extension says, or is of
            entities that would grow too large; this may be noticed only inside of the ``with``.
    """
    require_file(path)
    with path.open("rb", buffering=0) as file:
        source = Source(file, seen)
        buffered = cast("IO[bytes]", io.BufferedReader(source, _BLOCK))
        with unpacked(path, buffered) as reader:
            source.reader = guarded(reader) if file_format == ox.RdfFormat.RDF_XML else reader
            yield source
        while buffered.read(_BLOCK):
            pass  # what comes after the end of what was parsed is of the file's hash, too


def line_of_fault(path: Path) -> int:
    """The line at which RDF/XML does not parse: the engine, which does not say, gets line by line."""
    counter = count()
    with path.open("rb") as file, unpacked(path, file) as reader:
        lines = _Blocks(line for line in guarded(reader) if next(counter) >= 0)
        with suppress(SyntaxError):
            deque(ox.parse(cast("Any", lines), ox.RdfFormat.RDF_XML, base_iri="urn:a"), maxlen=0)
    return next(counter)


def require_file(path: Path) -> None:
    """Raise OSError for what can be read only once, or never ends, such as a pipe."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise RefusedError("it is no regular file. Write what it gives into one")
