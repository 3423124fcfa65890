"""What is uncertain of nodes, as the data tell: disputed, only planned, or a bound."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from gbagraph.paths import own_query

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyoxigraph as ox

    from gbagraph.rdf.dataset import Dataset

_MARKED: Final = own_query("features/why", "marks")  # a worker opens no file


@lru_cache(maxsize=1)
def marked(store: Dataset) -> Mapping[Any, set[str]]:
    """The marks of each node in *store*, which must not change."""
    found: dict[Any, set[str]] = defaultdict(set)
    rows: Any = store.query(_MARKED)
    for node, mark in rows:
        found[node].add(mark.value)
    return dict(found)


def marks_of(store: Dataset, triple: ox.Triple) -> tuple[str, ...]:
    """The marks of both ends of *triple*."""
    ends = triple.subject, triple.object
    return tuple(sorted({mark for end in ends for mark in marked(store).get(end, ())}))
