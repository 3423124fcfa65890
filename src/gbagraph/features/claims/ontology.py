"""What files of an ontology, or of built facts, say, in a store of their own."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gbagraph.dataset.identity import BUILT_IN, VOCABULARIES
from gbagraph.dataset.named_files import quads
from gbagraph.paths import resource

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


@cache
def published() -> tuple[ox.Quad, ...]:
    """Return what the ontologies of the package say."""
    return tuple(read(resource(*BUILT_IN[name]) for name in VOCABULARIES))
