"""The job to compare the answers of two versions, and the source of an engine that has both."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from gbagraph.engine.jobs import Job
from gbagraph.engine.source import Files
from gbagraph.feature import hook, resolve
from gbagraph.rdf.formats import JSON, TEXT, Format, Kind

if TYPE_CHECKING:
    from gbagraph.engine.source import Held, Prepare
    from gbagraph.rdf.dataset import Dataset


class Pair(Files, frozen=True, tag="gbagraph.features.causes.jobs:Pair"):
    """Two versions by their names, of which an empty one is the built-in dataset of today.

    *queries* are the folders of their canned queries.
    """

    queries: tuple[str, str] = ("", "")

    def load(self, prepare: Prepare) -> Held:
        """Load both."""
        held: Held = resolve("gbagraph.features.causes.evaluation:load")(self, prepare)
        return held


class Compare(Job, frozen=True):
    """Compare the answers of a *query*: a text, or the name of a canned one with the values *given*.

    The *form* is one of ``json``, ``text`` and ``markdown``, or ``page`` for what a page shows.
    """

    evaluator: ClassVar[str] = "gbagraph.features.causes.evaluation:compare"

    query: str
    given: tuple[tuple[str, str], ...] = ()
    form: str = "json"

    def format(self, kind: Kind) -> Format:  # noqa: ARG002  it has no result of another kind
        """Return the format of the comparison."""
        return JSON if self.form in ("json", "page") else TEXT

    @classmethod
    def prepare(cls, store: Dataset | None) -> None:
        """Import what workers need."""
        super().prepare(store)
        for name in ("triples behind rows", "prove"):
            hook(name)
