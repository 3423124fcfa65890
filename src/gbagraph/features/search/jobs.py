"""Jobs of search: what a text may mean, and what an editor completes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from gbagraph.engine.jobs import JsonJob
from gbagraph.feature import hook

if TYPE_CHECKING:
    from gbagraph.rdf.dataset import Dataset

_SMALL: Final = 100_000
"""Quads up to which the names are read at the start: it takes a tenth of a second."""


class Search(JsonJob, frozen=True):
    """Look up what *text* may mean, as JSON: at most *limit* results after the first *offset*.

    Only those of *kinds* count, if any are named. With *of_each*, the limit is that of each kind.
    """

    evaluator: ClassVar[str] = "gbagraph.features.search.search:run"
    is_by_names: ClassVar[bool] = True

    text: str
    limit: int = 10
    offset: int = 0
    kinds: tuple[str, ...] = ()
    of_each: bool = False

    @classmethod
    def prepare(cls, store: Dataset | None) -> None:
        """Read the names in a small *store*, which all workers share.

        Of a large graph, a worker reads them when a search comes: they take seconds, and most of the
        servers of large graphs are never searched.
        """
        super().prepare(store)
        names = hook("names")
        if names is not None and store is not None and len(store) <= _SMALL:
            _ = names(store).finder


class Completions(JsonJob, frozen=True):
    """Write everything that an editor of queries needs to complete what is typed, as JSON."""

    evaluator: ClassVar[str] = "gbagraph.features.search.search:run_completions"
    is_by_names: ClassVar[bool] = True
