"""The ontology: its IRI names a document, so it answers 200; the terms are its fragments."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.engine import Dump
from gbagraph.errors import UnknownResource
from gbagraph.rdf.formats import GRAPH, HTML, by_extension
from gbagraph.rdf.namespaces import graph_iri
from gbagraph.web import ontology_docs, templating
from gbagraph.web.context import Context, choose, content, redirect
from gbagraph.web.views.entities import must_exist

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response


async def document(context: Context, request: Request) -> Evaluation | Response:
    """The ontology as RDF, or its documentation."""
    chosen = choose(request, (*GRAPH, HTML), "the ontology")
    if chosen is HTML:
        return await _page(context, request)
    return Evaluation(Dump(graph_iri("ontology"), chosen.media_type))


async def version(context: Context, request: Request, version: str) -> Evaluation | Response:
    """A version of the ontology: the current one is the ontology itself, an older one has a document."""
    await must_exist(context, f"ontology/{version}")
    if version != context.dataset.version:
        return redirect(request, f"/doc/ontology/{version}")
    return await document(context, request)


async def file(context: Context, request: Request, extension: str) -> Evaluation:
    """The ontology in the format of a suffix."""
    chosen = by_extension(GRAPH, extension)
    if chosen is None:
        raise UnknownResource(f"The ontology is not available as .{extension}.")
    return Evaluation(Dump(graph_iri("ontology"), chosen.media_type))


async def _page(context: Context, request: Request) -> Response:
    dataset = context.dataset
    queries = ontology_docs.queries(built_in=dataset.built_in)
    found = tuple([(name, (await context.query(query)).body) for name, query in queries.items()])
    # In a thread: rendering the page the first time would delay other requests.
    text = await asyncio.to_thread(templating.ontology, found, request.prefix, dataset)
    return content(text, "text/html; charset=utf-8")
