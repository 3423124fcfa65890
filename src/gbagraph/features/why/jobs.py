"""The job to prove a triple."""

from __future__ import annotations

from typing import ClassVar

from gbagraph.engine.jobs import Job
from gbagraph.rdf.formats import JSON, TEXT, Format, Kind


class Why(Job, frozen=True):
    """Prove a triple, whose terms are in N-Triples syntax, as JSON or as text."""

    evaluator: ClassVar[str] = "gbagraph.features.why.proof:run"

    subject: str
    predicate: str
    value: str
    media_type: str = JSON.media_type

    def format(self, kind: Kind) -> Format:  # noqa: ARG002  it has no result of another kind
        """Return the format of the proof."""
        return TEXT if self.media_type == TEXT.media_type else JSON
