"""The ontologies by which a project is checked: the package's, read once, and its own."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.dataset.identity import BUILT_IN, VOCABULARIES
from gbagraph.errors import DatasetError
from gbagraph.paths import display, resource
from gbagraph.rdf.namespaces import expand

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_BELOW: Final = ox.NamedNode(expand("rdfs:subClassOf"))


def read(paths: Iterable[Path]) -> ox.Store:
    """Return what files in Turtle say.

    Raises:
        DatasetError: one cannot be read.
    """
    store = ox.Store()
    for path in paths:
        try:
            store.load(path=str(path), format=ox.RdfFormat.TURTLE)
        except (OSError, SyntaxError) as problem:
            raise DatasetError(f"{display(path)} cannot be read: {problem}.") from None
    return store


@cache
def _published() -> tuple[ox.Quad, ...]:
    quads = read(resource(*BUILT_IN[name]) for name in VOCABULARIES)
    return tuple(quad for quad in quads if not isinstance(quad.object, ox.Literal))


def with_published(paths: Iterable[Path]) -> ox.Store:
    """Return the ontology of the package, without its texts, and what *paths* say, in one store.

    Raises:
        DatasetError: one cannot be read.
    """
    store = read(paths)
    store.extend(_published())
    return store


def below(store: ox.Store, kinds: frozenset[str]) -> frozenset[str]:
    """Return *kinds* and all that are below them by the ontologies in *store*."""
    under = {
        quad.subject.value
        for kind in kinds
        for quad in store.quads_for_pattern(None, _BELOW, ox.NamedNode(kind))
        if isinstance(quad.subject, ox.NamedNode)
    }
    return below(store, kinds | under) if under - kinds else kinds
