"""The manifest of a version of a store: from which files it is, how large, and that it is complete.

A version is a folder with the file ``manifest.json`` and the folder ``database``, which is the engine's.
The manifest is written last, so a folder without one is no version.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, Final

import msgspec

from gbagraph.errors import DatasetError
from gbagraph.paths import display, reason

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pyoxigraph as ox


FORMAT: Final = 1
"""The version of this layout; a newer one is not read."""

MANIFEST: Final = "manifest.json"
DATABASE: Final = "database"


class LoadedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that has been loaded: where it was, its bytes, their SHA-256, into which graph.

    ``changed`` is its time of modification in nanoseconds since 1970; ``graph`` is empty for the default
    graph, and for a file that names its graphs itself.
    """

    path: str
    size: int
    changed: int
    sha256: str
    graph: str = ""


class _Layout(msgspec.Struct):
    format: int = 0


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a version of a store.

    ``graphs`` are the numbers of triples of the named graphs, ``default_graph`` that of the default one.
    ``title``, ``base`` and ``prefixes`` are what the heads of the files say. ``loaded`` is when it was
    complete (seconds since 1970), ``version`` its name, ``generation`` one more than that of the newest
    version before it.
    """

    files: tuple[LoadedFile, ...]
    format: int = FORMAT
    software: str = ""
    engine: str = ""
    loaded: float = 0.0
    version: str = ""
    generation: int = 1
    graphs: dict[str, int] = {}
    default_graph: int = 0
    title: str = ""
    base: str = ""
    prefixes: tuple[tuple[str, str], ...] = ()

    @property
    def triples(self) -> int:
        """The triples of all graphs."""
        return self.default_graph + sum(self.graphs.values())

    @property
    def digest(self) -> str:
        """A hash of what was loaded into which graph, in whatever order."""
        parts = sorted(f"{file.sha256} {file.graph}\n" for file in self.files)
        return hashlib.sha256("".join(parts).encode()).hexdigest()


def find(folder: Path) -> Manifest | None:
    """Return the manifest of a complete version; None where there is none.

    Raises:
        DatasetError: it is of a newer version, or cannot be read.
    """
    try:
        written = (folder / MANIFEST).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as problem:
        raise DatasetError(
            f"{display(folder / MANIFEST)} cannot be read: {reason(problem)}."
        ) from None
    try:
        if msgspec.json.decode(written, type=_Layout).format > FORMAT:
            raise DatasetError(
                f"{display(folder)} is a store of a newer gbagraph. Update this one, or load the files "
                "again with it."
            )
        return msgspec.json.decode(written, type=Manifest)
    except msgspec.MsgspecError as problem:
        raise DatasetError(
            f"{display(folder / MANIFEST)} is no manifest of a store: {problem}."
        ) from None


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest of what is in *folder*, whole or not at all, so that it outlasts a crash."""
    unfinished = folder / f"{MANIFEST}.part"
    with unfinished.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest)))
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(folder / MANIFEST)
    sync([folder])


def sync(folders: Iterable[Path]) -> None:
    """Have the system write the entries of *folders* to the disk."""
    for folder in folders:
        entry = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(entry)
        finally:
            os.close(entry)


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
            pass  # the loader has found a fault, which it reports
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
        os.close(reading)  # then writing into the pipe fails
