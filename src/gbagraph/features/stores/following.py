"""The version of a store that a server serves next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gbagraph.features.stores import versions
from gbagraph.features.stores.settings import StoreSettings
from gbagraph.server.processes import Followed, Source

if TYPE_CHECKING:
    from pathlib import Path

    from gbagraph.settings import Settings


class FollowedStore(Followed):
    """The *store* of *settings*; one version by itself, which has no others, is not watched."""

    def __init__(self, settings: Settings, store: Path) -> None:
        super().__init__(settings)
        self._store = store
        self._seen = versions.current(store)

    @property
    def is_watched(self) -> bool:
        """Whether the store has versions, of which another may come into service."""
        return bool(self._seen)

    def source(self) -> Source:
        """Return what is in service now."""
        self._seen = versions.current(self._store)
        return self._of(self._seen)

    def newest(self) -> Source:
        """Return the newest version of the store, or else the same again.

        Raises:
            DatasetError: the store cannot be read.
        """
        if not self.is_watched:
            return self.source()
        self._seen = versions.current(self._store)
        names = [each.name for each in versions.listed(self._store)]
        return self._of(names[-1] if names else self._seen)

    def _of(self, version: str) -> Source:
        if not version:
            return Source(self._settings)
        folder = (self._store / versions.VERSIONS / version).resolve()
        return Source(self._settings.having(store=folder), version)

    def has_changed(self) -> bool:
        """Return whether another version has come into service since this was last looked at."""
        before, now = self._seen, versions.current(self._store)
        self._seen = now or before
        return self._seen != before

    def serves(self, source: Source) -> None:
        """Put the version of *source*, which serves now, into service, unless others have chosen one.

        Raises:
            GbaGraphError: the folder cannot be written.
        """
        if source.version and versions.current(self._store) == self._seen:
            if self._seen != source.version:
                versions.switch(self._store, source.version, is_tried=True)
            self._seen = source.version


def follow(settings: Settings) -> FollowedStore | None:
    """Return the store that *settings* name; None if they name none."""
    store = settings.of(StoreSettings).store
    return FollowedStore(settings, store) if store else None
