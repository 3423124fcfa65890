"""A version that is being loaded: a folder of the store, until it takes its place among the versions.

For the store ``DIR`` it is ``DIR/partial``, with ``work``, into which files are loaded, and
``checkpoint``, the last state that a load which was interrupted continues from. The engine has no way to
tell whether a file that was being loaded when the power failed is in; a checkpoint has just what its
manifest lists. It costs no space: its files are hard links.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from gbagraph.dataset.stores.manifest import DATABASE, MANIFEST, Manifest, find, sync, write
from gbagraph.dataset.stores.versions import VERSIONS
from gbagraph.errors import DatasetError
from gbagraph.paths import display

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyoxigraph as ox

PARTIAL: Final = "partial"
LOCK: Final = "partial.lock"


class Partial:
    """The folder in which a version of *store* is loaded."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._folder = store / PARTIAL
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
            DatasetError: there is another load.
        """
        self._store.mkdir(parents=True, exist_ok=True)
        with (self._store / LOCK).open("w") as lock:
            try:
                fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise DatasetError(
                    f"{display(self._store)} is being loaded by another process."
                ) from None
            self._folder.mkdir(exist_ok=True)
            if self._work.exists():
                shutil.rmtree(self._work)
            if find(self._unfinished) and not self._checkpoint.exists():
                self._unfinished.rename(self._checkpoint)
            yield

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
        """Complete the version with its manifest, and put it among the versions of the store."""
        write(self._work, manifest)
        versions = self._store / VERSIONS
        versions.mkdir(exist_ok=True)
        self._work.rename(versions / manifest.version)
        sync([versions, self._store])
        shutil.rmtree(self._folder)


def _link(source: str, target: str) -> None:
    """A hard link of what the engine never changes, a copy of the rest."""
    if source.endswith(".sst"):
        os.link(source, target)
    else:
        shutil.copy2(source, target)
