"""What the next generation serves: the data of the settings, or a version of their store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gbagraph.dataset.stores import versions
from gbagraph.features.stores.settings import StoreSettings

if TYPE_CHECKING:
    from pathlib import Path

    from gbagraph.settings import Settings


@dataclass(frozen=True, slots=True)
class Source:
    """What a generation serves: settings in which a store is a version of it, and the name of that."""

    settings: Settings
    version: str = ""


class Followed:
    """The store of *settings*, if they name one with versions; one version by itself is not followed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store = settings.of(StoreSettings).store
        self._seen = self._current()

    @property
    def is_watched(self) -> bool:
        """Whether another version may come into service."""
        return bool(self._seen)

    def _current(self) -> str:
        return versions.current(self._store) if self._store else ""

    def source(self) -> Source:
        """What is in service now."""
        self._seen = self._current()
        return self._of(self._store, self._seen)

    def newest(self) -> Source:
        """The newest version of the store, or else the same anew.

        Raises:
            DatasetError: the store cannot be read.
        """
        if self._store is None or not self.is_watched:
            return self.source()
        self._seen = self._current()
        names = [each.name for each in versions.listed(self._store)]
        return self._of(self._store, names[-1] if names else self._seen)

    def _of(self, store: Path | None, version: str) -> Source:
        if store is None or not version:
            return Source(self._settings)
        folder = (store / versions.VERSIONS / version).resolve()
        return Source(self._settings.having(store=folder), version)

    def has_changed(self) -> bool:
        """Whether another version has come into service since this was last looked at."""
        before, now = self._seen, self._current()
        self._seen = now or before
        return self._seen != before

    def serves(self, source: Source) -> None:
        """Put the version of *source*, which serves now, into service, unless others have chosen one.

        Raises:
            GbaGraphError: the folder cannot be written.
        """
        if self._store is not None and source.version and self._current() == self._seen:
            if self._seen != source.version:
                versions.switch(self._store, source.version, is_tried=True)
            self._seen = source.version
