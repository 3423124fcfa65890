"""The ontology: a document, so its IRI answers 200; the terms are its fragments."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gbagraph import negotiation, ontology_docs, pages, protocol
from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.engine import Dump
from gbagraph.errors import UnknownResource
from gbagraph.formats import GRAPH, HTML, by_extension
from gbagraph.vocabulary import graph_iri
from gbagraph.web.context import Context, content, redirect

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.web.views.entities import EntityViews


class OntologyViews:
    """Views of the ontology; *entities* know which versions of it there are."""

    def __init__(self, context: Context, entities: EntityViews) -> None:
        self._context = context
        self._entities = entities

    async def document(self, request: Request) -> Evaluation | Response:
        """The ontology as RDF, or its documentation."""
        pairs = protocol.parameters(request.query_string, "query string")
        offers = (*GRAPH, HTML)
        wishes = protocol.wishes(pairs)
        chosen = negotiation.choose(request.accept, offers, wishes, "the ontology")
        if chosen is HTML:
            return await self._page(request)
        return Evaluation(Dump(graph_iri("ontology"), chosen.media_type))

    async def version(self, request: Request, version: str) -> Evaluation | Response:
        """A version of it: the present one is the ontology, an older one has a document."""
        await self._entities.must_exist(f"ontology/{version}")
        if version != self._context.dataset.version:
            return redirect(request, f"/doc/ontology/{version}")
        return await self.document(request)

    async def file(self, request: Request, extension: str) -> Evaluation:  # noqa: ARG002
        """The ontology in the format that a suffix names."""
        chosen = by_extension(GRAPH, extension)
        if chosen is None:
            raise UnknownResource(f"The ontology is not available as .{extension}.")
        return Evaluation(Dump(graph_iri("ontology"), chosen.media_type))

    async def _page(self, request: Request) -> Response:
        dataset = self._context.dataset
        questions = ontology_docs.questions(built_in=dataset.built_in)
        found = tuple(
            [(name, (await self._context.query(query)).body) for name, query in questions.items()]
        )
        # In a thread: the first making of the page would hold up everybody else.
        text = await asyncio.to_thread(pages.ontology, found, request.prefix, dataset)
        return content(text, "text/html; charset=utf-8")
