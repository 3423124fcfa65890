"""The names in a store, from its index where there is one; they are read once for a process."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from gbagraph.dataset.default_graph import holds_inferred
from gbagraph.dataset.description.catalog import META
from gbagraph.explain import indexed
from gbagraph.explain.finding import Entry
from gbagraph.explain.indexed import IndexedNames
from gbagraph.explain.names import Names
from gbagraph.queries.catalog import all_queries

if TYPE_CHECKING:
    from gbagraph.explain.indexed import Index
    from gbagraph.rdf.dataset import Dataset


def names_of(store: Dataset) -> Names:
    """The names in *store*; they are read once for a process, with and without what follows."""
    return _names(store, holds_inferred(store), indexed.current())


@lru_cache(maxsize=2)
def _names(store: Dataset, _: bool | None, index: Index | None) -> Names:
    names = Names(store) if index is None else IndexedNames(store, index)
    if store.contains_named_graph(META):  # the canned queries are about the built-in dataset
        for query in all_queries().values():
            names.add(Entry("query", query.name, query.summary, query.description), query.name)
    return names
