"""Files that may be compressed: gzip, zstd and bzip2, read as a stream and never unpacked as a whole."""

from __future__ import annotations

import bz2
import gzip
import io
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
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


def read(path: Path) -> bytes:
    """All that a file holds, unpacked; raises OSError as :func:`unpacked` does."""
    with path.open("rb") as file, unpacked(path, file) as reader:
        return reader.read()


def _reader(path: Path, file: IO[bytes]) -> IO[bytes]:
    kind = path.suffix.lower()
    if kind == ".gz":
        return cast("IO[bytes]", io.BufferedReader(gzip.GzipFile(fileobj=file), _BLOCK))
    if kind == ".bz2":
        return cast("IO[bytes]", io.BufferedReader(bz2.BZ2File(file), _BLOCK))
    return cast("IO[bytes]", io.BufferedReader(_Zstandard(path, file))) if kind == ".zst" else file


class _Zstandard(io.RawIOBase):
    """What a file holds that zstd made; its own reader takes half of a file for all of it."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        # Imported here: few datasets are compressed so.
        import zstandard  # noqa: PLC0415

        self._path, self._file, self._error = path, file, zstandard.ZstdError
        self._new = zstandard.ZstdDecompressor().decompressobj
        self._frame: Any = None
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  as io declares it
        while not self._left:
            block = self._file.read(_PACKED_BLOCK)
            if not block:
                if self._frame is not None:
                    raise _damaged(self._path, "it ends within a frame")
                return 0
            self._left = self._next(block)
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size

    def _next(self, block: bytes) -> bytes:
        """What *block* unpacks to; a file may have several frames, one after the other."""
        found = b""
        try:
            while block:
                self._frame = self._frame or self._new()
                found += self._frame.decompress(block)
                block = self._frame.unused_data
                if self._frame.eof:
                    self._frame = None
        except self._error as problem:
            raise _damaged(self._path, problem) from None
        return found


class RefusedError(OSError):
    """A file is damaged, or otherwise not as it should be."""


def _damaged(path: Path, problem: object) -> OSError:
    program = _PROGRAMS[path.suffix.lower()]
    return RefusedError(f"it is no file that {program} made, or not all of it: {problem}")
