"""The jobs to prove a triple, and to tell on what facts rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from gbagraph.engine.jobs import Job, JsonJob
from gbagraph.rdf.formats import JSON, TEXT, Format, Kind

if TYPE_CHECKING:
    from gbagraph.rdf.dataset import Dataset


class Why(Job, frozen=True):
    """Prove a triple, whose terms are in N-Triples syntax, as JSON or as text."""

    evaluator: ClassVar[str] = "gbagraph.features.why.proof:run"

    subject: str
    predicate: str
    value: str
    media_type: str = JSON.media_type

    @classmethod
    def prepare(cls, store: Dataset | None) -> None:
        """Read the query for marks."""
        from gbagraph.publication import page_query  # noqa: PLC0415  a declaration imports no logic

        super().prepare(store)
        page_query("marks")

    def format(self, kind: Kind) -> Format:  # noqa: ARG002  it has no result of another kind
        """Return the format of the proof."""
        return TEXT if self.media_type == TEXT.media_type else JSON


class EvidenceOfFacts(JsonJob, frozen=True):
    """Tell on what each of *facts* rests, whose terms are in N-Triples syntax, as JSON.

    Passages have labels, and there are notes, in the first of *languages* in which there is one.
    """

    evaluator: ClassVar[str] = "gbagraph.features.why.told:run"

    facts: tuple[tuple[str, str, str], ...]
    languages: tuple[str, ...] = ()
