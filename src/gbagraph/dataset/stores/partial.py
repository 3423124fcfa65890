"""A store that is being loaded: a folder beside the one in service, until it takes its place.

For the store ``DIR`` it is ``DIR.partial``, with ``work``, into which files are loaded, and
``checkpoint``, the last state that a load which was interrupted continues from. The engine has no way to
tell whether a file that was being loaded when the power failed is in; a checkpoint has just what its
manifest lists. It costs no space: its files are hard links. The store that was replaced stays as
``DIR.previous`` until the next load, since servers may have it open.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from gbagraph.dataset.stores.manifest import DATABASE, MANIFEST, Manifest, find, sync, write
from gbagraph.errors import DatasetError
from gbagraph.paths import display

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyoxigraph as ox

_RENAME_EXCHANGE: Final = 2
_AT_FDCWD: Final = -100


class Partial:
    """The folder in which the store *target* is loaded."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self._folder = target.with_name(f"{target.name}.partial")
        self._previous = target.with_name(f"{target.name}.previous")
        self._work = self._folder / "work"
        self._checkpoint = self._folder / "checkpoint"
        self._unfinished = self._folder / "checkpoint.part"

    @property
    def database(self) -> Path:
        """The database into which files are loaded."""
        return self._work / DATABASE

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other loads of the same store out, and drop what one that was interrupted cannot use.

        Raises:
            DatasetError: there is another load, or a server has the store before the last one open.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            if not _has_locked(lock.fileno()):
                raise DatasetError(f"{display(self.target)} is being loaded by another process.")
            self._drop_previous()
            self._drop_work()
            if find(self._unfinished) and not self._checkpoint.exists():
                self._unfinished.rename(self._checkpoint)
            yield

    def _drop_previous(self) -> None:
        """Make room: two versions are kept while a third is loaded would be one too many."""
        if not self._previous.exists():
            return
        manifest = self._previous / MANIFEST
        if manifest.exists():
            with manifest.open("rb") as file:
                if not _has_locked(file.fileno()):
                    raise DatasetError(
                        f"A server has {display(self._previous)} open, the store before the last load. "
                        "Restart the server, then load again."
                    )
        shutil.rmtree(self._previous)

    def _drop_work(self) -> None:
        """Drop what was begun; but after a crash while stores changed places, it is the one before."""
        found, served = find(self._work), find(self.target)
        if found and served and found.generation < served.generation:
            self._work.rename(self._previous)
        elif self._work.exists():
            shutil.rmtree(self._work)

    def begin(self, wanted: Manifest | None) -> None:
        """Begin with nothing, or with the checkpoint, whose manifest is *wanted*."""
        if wanted is None:
            shutil.rmtree(self._checkpoint, ignore_errors=True)
            self._work.mkdir()
        else:
            shutil.copytree(self._checkpoint, self._work, copy_function=_link)
            (self._work / MANIFEST).unlink()

    def checkpoint(self) -> Manifest | None:
        """What the last checkpoint holds; None if there is none."""
        return find(self._checkpoint)

    def keep(self, store: ox.Store, manifest: Manifest) -> None:
        """Make a checkpoint of *store*, which holds what *manifest* lists."""
        shutil.rmtree(self._unfinished, ignore_errors=True)
        self._unfinished.mkdir()
        store.backup(str(self._unfinished / DATABASE))
        write(self._unfinished, manifest)
        shutil.rmtree(self._checkpoint, ignore_errors=True)
        self._unfinished.rename(self._checkpoint)

    def publish(self, manifest: Manifest) -> None:
        """Complete the store with its manifest, and put it in the place of the one in service."""
        write(self._work, manifest)
        if not self.target.exists() or not any(self.target.iterdir()):
            self._work.rename(self.target)
        elif _exchange(self._work, self.target):
            self._work.rename(self._previous)
        else:
            self.target.rename(self._previous)
            self._work.rename(self.target)
        sync([self.target.parent])
        shutil.rmtree(self._folder)


def _link(source: str, target: str) -> None:
    """A hard link of what the engine never changes, a copy of the rest."""
    if source.endswith(".sst"):
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def _has_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _exchange(one: Path, other: Path) -> bool:
    """Have two folders change places in one step (renameat2(2)); False where that cannot be done."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None) if sys.platform == "linux" else None
    if rename is None:
        return False
    found = rename(
        _AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), ctypes.c_uint(_RENAME_EXCHANGE)
    )
    return bool(found == 0)
