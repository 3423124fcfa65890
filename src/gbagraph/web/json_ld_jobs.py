"""Jobs that write JSON-LD in the words of the ontology."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from gbagraph.engine.jobs import Job
from gbagraph.paths import own_query
from gbagraph.rdf import json_ld

if TYPE_CHECKING:
    from gbagraph.engine.worker import Work
    from gbagraph.rdf.dataset import Dataset


class JsonLdDocument(Job, frozen=True):
    """Write the result of a CONSTRUCT query as a JSON-LD document about *iri*."""

    evaluator: ClassVar[str] = f"{__name__}:write_document"

    text: str
    iri: str


class JsonLdContext(Job, frozen=True):
    """Write the JSON-LD context of the ontology."""

    evaluator: ClassVar[str] = f"{__name__}:write_context"

    @classmethod
    def prepare(cls, store: Dataset | None) -> None:
        """Read the query for the terms of the ontology."""
        super().prepare(store)
        own_query("rdf", "context-terms")


def write_document(job: JsonLdDocument, work: Work) -> None:
    """Send the document."""
    triples: Any = work.store.query(job.text)
    work.send(job, json_ld.document(job.iri, triples, json_ld.context(work.store)))


def write_context(job: JsonLdContext, work: Work) -> None:
    """Send the context."""
    work.send(job, json_ld.context(work.store).as_json())
