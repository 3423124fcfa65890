"""The versions of a store: which there are, which one is in service, and how that changes.

A store is a folder with a folder for each version in ``versions``, and the link ``current`` to the one
in service. A version is never changed. Another one comes into service in one step, as the link is
replaced; ``switches`` lists when that was, and is locked meanwhile. A folder of a version can take the
place of a store wherever one is read, and is always the same.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.errors import DatasetError, LoadFailed, SettingError
from gbagraph.features.stores import StoreSettings
from gbagraph.features.stores.manifest import DATABASE, MANIFEST, Manifest, find, sync, write
from gbagraph.paths import display, reason
from gbagraph.server.processes import Followed, Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gbagraph.settings import Settings


VERSIONS: Final = "versions"
_CURRENT: Final = "current"
_SWITCHES: Final = "switches"
_BY_DESCRIPTOR: Final = re.compile(r"/proc/self/fd/\d+")
"""The folder of a version as a worker opens it."""
_NAME: Final = re.compile(r"[A-Za-z0-9][\w.\-]{0,99}", re.ASCII)


class Version(NamedTuple):
    """A complete version of a store."""

    name: str
    folder: Path
    manifest: Manifest


def in_service(store: Path) -> Path:
    """Return the folder of the version in service; *store* itself if it has no versions."""
    name = current(store)
    return (store / VERSIONS / name).resolve() if name else store.resolve()


def current(store: Path) -> str:
    """Return the name of the version in service; empty if there is none."""
    try:
        return os.path.basename(os.readlink(store / _CURRENT))  # noqa: PTH119, PTH115  once a second
    except OSError:
        return ""


def listed(store: Path) -> list[Version]:
    """Return the complete versions, the oldest first; none if *store* has no versions.

    Raises:
        DatasetError: one is of a newer gbagraph, or it cannot be read.
    """
    folder = store / VERSIONS
    try:
        folders = [(each, find(each)) for each in sorted(folder.iterdir())]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as problem:
        raise DatasetError(f"{display(folder)} cannot be read: {reason(problem)}.") from None
    versions = [Version(each.name, each, manifest) for each, manifest in folders if manifest]
    return sorted(versions, key=lambda each: each.manifest.generation)


def before(store: Path) -> str:
    """Return the name of the version that was in service before; empty if there is none any more."""
    # A switch is listed after it was made, so that this holds after a crash in between, too.
    switches = store / _SWITCHES
    lines = switches.read_text().splitlines() if switches.exists() else ()
    names = [line.split()[-1] for line in lines]
    there, now = {each.name for each in listed(store)}, current(store)
    return next((name for name in reversed(names) if name != now and name in there), "")


def switch(store: Path, name: str, *, is_tried: bool = False) -> Version:
    """Put the version *name* into service, if it is complete and opens (unless it *is_tried* already).

    Raises:
        SettingError: there is no such store or version.
        DatasetError: it cannot be opened, or the folder cannot be written.
    """
    with _switching(store):
        return _switch(store, name, is_tried=is_tried)


def rollback(store: Path) -> Version:
    """Put the version into service that was there before; as :func:`switch`."""
    with _switching(store):
        name = before(store)
        if not name:
            raise SettingError(
                f"{display(store)} has no version that was in service before.", setting="store"
            )
        return _switch(store, name)


def _switch(store: Path, name: str, *, is_tried: bool = False) -> Version:
    matches = [each for each in listed(store) if each.name == name]
    if not matches:
        names = ", ".join(each.name for each in listed(store)) or "none"
        raise SettingError(
            f"{display(store)} has no complete version {name}. There are: {names}.",
            setting="version",
        )
    if not is_tried:
        _require_usable(matches[0].folder)
    link = store / f"{_CURRENT}.new"
    link.unlink(missing_ok=True)
    link.symlink_to(f"{VERSIONS}/{name}")
    link.rename(store / _CURRENT)
    sync([store])
    with (store / _SWITCHES).open("a") as file:
        file.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {name}\n")
    return matches[0]


@contextmanager
def _switching(store: Path) -> Iterator[None]:
    """Keep other switches of *store* out."""
    if not (store / VERSIONS).is_dir():
        raise SettingError(f"{display(store)} is no store with versions.", setting="store")
    try:
        with (store / _SWITCHES).open("a") as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX)
            yield
    except OSError as problem:
        raise LoadFailed(f"{display(store)} cannot be written: {reason(problem)}.") from None


@contextmanager
def readable(folder: Path) -> Iterator[None]:
    """Raise LoadFailed if what is read inside of the store in *folder* cannot be."""
    try:
        yield
    except (OSError, RuntimeError) as problem:  # the engine's for a database that is damaged
        why = _BY_DESCRIPTOR.sub(lambda _: str(folder), str(problem))
        raise LoadFailed(
            f"The store {display(folder)} cannot be opened: {why}. If its files are damaged, load "
            "it again."
        ) from None


def _require_usable(folder: Path) -> None:
    """Raise DatasetError unless the database of the version in *folder* opens and can be read."""
    with readable(folder):
        next(iter(ox.Store.read_only(str(folder / DATABASE))), None)


def new_name(store: Path, name: str) -> tuple[str, int]:
    """Return the name of the next version, *name* if that is given, and its generation.

    Raises:
        SettingError: it cannot be the name of a version, or is that of one.
    """
    generation = max((each.manifest.generation for each in listed(store)), default=0) + 1
    if name and (name.isdigit() or not _NAME.fullmatch(name)):
        raise SettingError(
            f"{name!r} is no name for a version: it has letters, digits, '.', '_' and '-', and not "
            "digits alone, which are given to versions without a name.",
            setting="name",
        )
    if (store / VERSIONS / (name or str(generation)) / MANIFEST).exists():
        raise SettingError(
            f"{display(store)} has a version {name or generation} already, and versions are never "
            "changed.",
            setting="name",
        )
    return name or str(generation), generation


def prune(store: Path, keep: int, loaded: str = "") -> None:
    """Delete old versions: *keep* stay, with those in service now and before among them.

    The one that is *loaded* stays, too, and what a server has open stays until the next time.
    """
    all_versions = listed(store)
    newest = [each.name for each in reversed(all_versions)]
    ranked = [current(store), before(store), *newest]
    kept = list(dict.fromkeys(name for name in ranked if name in newest))[:keep]
    for each in all_versions:
        if each.name not in (*kept, loaded, current(store)):
            _delete(each.folder)
    for folder in (store / VERSIONS).glob("*"):
        if not (folder / MANIFEST).exists():
            shutil.rmtree(folder, ignore_errors=True)  # what a deletion left that was interrupted


def _delete(folder: Path) -> None:
    with (folder / MANIFEST).open("rb") as file:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        # First, so that what is left after a crash is no version any more.
        (folder / MANIFEST).unlink()
        shutil.rmtree(folder, ignore_errors=True)


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
                raise LoadFailed(
                    f"{display(self._store)} is being loaded by another process."
                ) from None
            self._folder.mkdir(exist_ok=True)
            if self._work.exists():
                shutil.rmtree(self._work)
            if find(self._unfinished):
                self._put()
            yield

    def begin(self, wanted: Manifest | None) -> None:
        """Begin with nothing, or with the checkpoint, whose manifest is *wanted*."""
        self._work.mkdir()
        if wanted is None:
            _drop(self._checkpoint)
        else:
            kept = ox.Store.read_only(str(self._checkpoint / DATABASE))
            kept.backup(str(self.database))

    def checkpoint(self) -> Manifest | None:
        """Return what the last checkpoint holds; None if there is none."""
        return find(self._checkpoint)

    def keep(self, store: ox.Store, manifest: Manifest) -> None:
        """Make a checkpoint of *store*, which holds what *manifest* lists."""
        _drop(self._unfinished)
        self._unfinished.mkdir()
        store.backup(str(self._unfinished / DATABASE))
        write(self._unfinished, manifest)
        self._put()

    def _put(self) -> None:
        """Put the newer checkpoint, which is whole, in place of the one before."""
        _drop(self._checkpoint)
        self._unfinished.rename(self._checkpoint)

    def publish(self, manifest: Manifest) -> None:
        """Complete the version with its manifest, and put it among the versions of the store."""
        write(self._work, manifest)
        versions = self._store / VERSIONS
        versions.mkdir(exist_ok=True)
        self._work.rename(versions / manifest.version)
        sync([versions, self._store])
        _drop(self._checkpoint)
        shutil.rmtree(self._folder)


def _drop(checkpoint: Path) -> None:
    """Remove a checkpoint, if it is there; its manifest first, so that what is half gone is none."""
    (checkpoint / MANIFEST).unlink(missing_ok=True)
    shutil.rmtree(checkpoint, ignore_errors=True)


class FollowedStore(Followed):
    """The *store* of *settings*; one version by itself, which has no others, is not watched."""

    def __init__(self, settings: Settings, store: Path) -> None:
        super().__init__(settings)
        self._store = store
        self._seen = current(store)

    @property
    def is_watched(self) -> bool:
        """Whether the store has versions, of which another may come into service."""
        return bool(self._seen)

    def source(self) -> Source:
        """Return what is in service now."""
        self._seen = current(self._store)
        return self._of(self._seen)

    def newest(self) -> Source:
        """Return the newest version of the store, or else the same again.

        Raises:
            DatasetError: the store cannot be read.
        """
        if not self.is_watched:
            return self.source()
        self._seen = current(self._store)
        names = [each.name for each in listed(self._store)]
        return self._of(names[-1] if names else self._seen)

    def _of(self, version: str) -> Source:
        if not version:
            return Source(self._settings)
        folder = (self._store / VERSIONS / version).resolve()
        return Source(self._settings.having(store=folder), version)

    def has_changed(self) -> bool:
        """Return whether another version has come into service since this was last looked at."""
        before, now = self._seen, current(self._store)
        self._seen = now or before
        return self._seen != before

    def serves(self, source: Source) -> None:
        """Put the version of *source*, which serves now, into service, unless others have chosen one.

        Raises:
            GbaGraphError: the folder cannot be written.
        """
        if source.version and current(self._store) == self._seen:
            if self._seen != source.version:
                switch(self._store, source.version, is_tried=True)
            self._seen = source.version


def follow(settings: Settings) -> FollowedStore | None:
    """Return the store that *settings* name; None if they name none."""
    store = settings.of(StoreSettings).store
    return FollowedStore(settings, store) if store else None
