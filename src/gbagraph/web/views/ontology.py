"""The ontology: its IRI names a document, so it answers 200; the terms are its fragments."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gbagraph import publication
from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.engine import Dump, Query
from gbagraph.errors import UnknownResource
from gbagraph.paths import own_query
from gbagraph.rdf import namespaces
from gbagraph.rdf.formats import GRAPH, HTML, by_extension
from gbagraph.rdf.namespaces import declarations, graph_iri
from gbagraph.web import ontology_docs, templating, vocabulary
from gbagraph.web.context import Context, choose, content, redirect
from gbagraph.web.own_queries import in_language
from gbagraph.web.views.entities import must_exist

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.rdf.formats import Format


async def document(context: Context, request: Request) -> Evaluation | Response:
    """The ontology as RDF, or its documentation; of data of others, the terms that they declare."""
    chosen = choose(request, (*GRAPH, HTML), "the ontology")
    if chosen is HTML:
        return await (_page if _has_ours() else _vocabulary)(context, request)
    return await _as_rdf(context, chosen)


def _has_ours() -> bool:
    """Whether our ontology is served: that of the built-in dataset, or a copy of it or of its terms."""
    return publication.current().is_own or namespaces.base() == namespaces.BASE


async def _as_rdf(context: Context, chosen: Format) -> Evaluation:
    if _has_ours():
        return Evaluation(Dump(graph_iri("ontology"), chosen.media_type))
    if not templating.boolean(await context.query(own_query("web", "vocabulary-exists"))):
        raise UnknownResource("The data that is served here declares no classes and no properties.")
    text = declarations() + own_query("web", "vocabulary-triples")
    return Evaluation(Query(text, {"graph": chosen.media_type}), name="ontology")


async def _vocabulary(context: Context, request: Request) -> Response:
    queries = in_language("vocabulary-declared"), own_query("web", "vocabulary-used")
    declared, used = [(await context.query(query)).body for query in queries]
    return context.page(request, "vocabulary.html", terms=vocabulary.terms(declared, used))


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
    return await _as_rdf(context, chosen)


async def _page(context: Context, request: Request) -> Response:
    dataset = context.dataset
    queries = ontology_docs.queries(built_in=dataset.built_in)
    found = tuple([(name, (await context.query(query)).body) for name, query in queries.items()])
    # In a thread: rendering the page the first time would delay other requests.
    text = await asyncio.to_thread(templating.ontology, found, request.prefix, dataset)
    return content(text, "text/html; charset=utf-8")
