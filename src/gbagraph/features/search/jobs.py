"""Jobs of search: what a text may mean, and what an editor completes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from gbagraph.engine.jobs import JsonJob
from gbagraph.feature import hook

if TYPE_CHECKING:
    from gbagraph.rdf.dataset import Dataset


class Search(JsonJob, frozen=True):
    """Look up what *text* may mean, as JSON: at most *limit* results after the first *offset*.

    Only those of *kinds* count, if any are named. Names are in the first of *languages* that they have.
    """

    evaluator: ClassVar[str] = "gbagraph.features.search.search:run"
    is_by_names: ClassVar[bool] = True

    text: str
    limit: int = 10
    offset: int = 0
    kinds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    @classmethod
    def prepare(cls, store: Dataset | None) -> None:
        """Read what the names in *store* take from files; a worker reads the names themselves."""
        super().prepare(store)
        if store is not None and (names := hook("names")) is not None:
            names(store)


class Completions(JsonJob, frozen=True):
    """Write everything that an editor of queries needs to complete what is typed, as JSON."""

    evaluator: ClassVar[str] = "gbagraph.features.search.search:run_completions"
    is_by_names: ClassVar[bool] = True
