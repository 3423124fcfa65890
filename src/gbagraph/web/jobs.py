"""Jobs of pages: JSON-LD in the words of the ontology, and pages that a worker makes.

There a page can be limited and stopped, and holds up nobody else.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any, ClassVar

from gbagraph.engine.jobs import Job
from gbagraph.feature import resolve
from gbagraph.paths import own_query
from gbagraph.rdf import json_ld
from gbagraph.rdf.formats import HTML

if TYPE_CHECKING:
    from gbagraph.engine.worker import Work
    from gbagraph.rdf.dataset import Dataset
    from gbagraph.rdf.formats import Format, Kind


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


class Rendering(Job, frozen=True):
    """Have a *function*, named as ``module:name``, make a page of what is *given* to it, pickled."""

    evaluator: ClassVar[str] = f"{__name__}:render"
    is_page: ClassVar[bool] = True

    function: str
    given: bytes

    def format(self, kind: Kind) -> Format:  # noqa: ARG002  there is only one
        """Return the format of pages."""
        return HTML


def rendering(function: str, *given: object) -> Rendering:
    """Return the job that has *function* make a page of what is *given* to it."""
    return Rendering(function, pickle.dumps(given))


def render(job: Rendering, work: Work) -> None:
    """Send the page."""
    given = pickle.loads(job.given)  # noqa: S301  the server has written it
    work.send(job, resolve(job.function)(*given).encode())
