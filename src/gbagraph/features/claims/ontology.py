"""What files of an ontology, or of built facts, say, in a store of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from gbagraph.dataset.named_files import quads

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def read(paths: Iterable[Path]) -> ox.Store:
    """Return what *paths* say.

    Raises:
        DatasetError: one cannot be read.
    """
    store = ox.Store()
    store.extend(quad for path in paths for quad in quads(path))
    return store
