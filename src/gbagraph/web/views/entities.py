"""Linked data: an IRI of ours names a thing, and leads to the document about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.engine import Document, Query
from gbagraph.errors import MalformedRequest, RequestError, UnknownResource
from gbagraph.rdf.formats import DOCUMENTS, GRAPH, HTML, Format, by_extension
from gbagraph.rdf.namespaces import BASE, ONTOLOGY
from gbagraph.sparql import protocol
from gbagraph.web import linked_data, schema_org, templating
from gbagraph.web.context import Context, choose, redirect

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response


async def thing(context: Context, request: Request, path: str) -> Response:
    """An IRI of ours names a thing: see other, namely the document about it (303)."""
    await must_exist(context, path)
    return redirect(request, f"/doc/{path}")


async def must_exist(context: Context, path: str) -> None:
    """Raise UnknownResource for a path that names nothing in the graph."""
    try:
        result = await context.query(linked_data.exists_query(BASE + path))
    except RequestError:
        # A path with characters that no IRI can hold makes a query that does not parse.
        is_known = False
    else:
        is_known = templating.boolean(result)
    if not is_known:
        raise UnknownResource(
            f"{BASE}{path} is not the name of anything in this graph. Start at /, or list what "
            "there is with: SELECT DISTINCT ?thing { ?thing a ?class }"
        )


async def document(context: Context, request: Request, path: str) -> Evaluation | Response:
    """What the graph says about a thing, as RDF or as a page; a suffix such as .ttl chooses."""
    path, chosen = chosen_by_suffix(request, path)
    await must_exist(context, path)
    iri = BASE + path
    if chosen is HTML:
        # The ontology's page is its documentation; a browser takes a term's fragment along.
        is_ontology = iri == ONTOLOGY
        return (
            redirect(request, "/ontology") if is_ontology else await _page(context, request, path)
        )
    text = linked_data.description_query(iri)
    job = (
        Document(text, iri)
        if chosen.extension == "jsonld"
        else Query(text, {"graph": chosen.media_type})
    )
    return Evaluation(job, links=_links(request, path))


async def _page(context: Context, request: Request, path: str) -> Response:
    iri = BASE + path
    number = _page_number(request)
    result = await context.query(linked_data.statements_query(iri, number))
    found, more = linked_data.statements(result.body)
    about = await context.query(schema_org.thing_query(iri))
    page = context.page(
        request,
        "entity.html",
        iri=iri,
        path=path,
        markup=schema_org.markup(iri, about.body),
        label=linked_data.label_of(iri, found),
        groups=linked_data.grouped(found),
        number=number,
        more=more,
        offers=DOCUMENTS,
    )
    page.add("link", _links(request, path))
    return page


def chosen_by_suffix(request: Request, path: str) -> tuple[str, Format]:
    """The path without its suffix, and the format that suffix, parameter or Accept header choose."""
    stem, dot, extension = path.rpartition(".")
    chosen = by_extension((*GRAPH, HTML), extension) if dot else None
    if chosen is not None:
        return stem, chosen
    return path, choose(request, (*GRAPH, HTML), "a document")


def _page_number(request: Request) -> int:
    pairs = protocol.parameters(request.query_string, "query string")
    asked = dict(pairs).get("page", "1")
    if not re.fullmatch("[1-9][0-9]{0,5}", asked):
        raise MalformedRequest(
            f"The parameter page has the value {asked!r}. Give a number from 1 on."
        )
    return int(asked)


def _links(request: Request, path: str) -> str:
    """A Link header (RFC 8288) from a document to what it is about, its other forms, its terms."""
    document = f"{request.prefix}/doc/{path}"
    return ", ".join(
        [
            f'<{BASE}{path}>; rel="canonical"',
            f'<{BASE}{path}>; rel="describes"',
            *(
                f'<{document}.{form.extension}>; rel="alternate"; type="{form.media_type}"'
                for form in (*DOCUMENTS, HTML)
            ),
            f'<{ONTOLOGY}>; rel="describedby"',
        ]
    )
