"""Linked data: one of our IRIs names a thing, and leads to the document about it.

A document is the symmetric concise bounded description: the triples that have the thing as subject or
object, with the claims about these triples and what the things at their other ends rest on.
"""

from __future__ import annotations

import asyncio
import re
import string
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote, urlencode

from gbagraph import publication
from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.engine import Query
from gbagraph.errors import MalformedRequest, UnknownResource
from gbagraph.explain.json_ld_jobs import JsonLdDocument
from gbagraph.paths import own_query
from gbagraph.queries.catalog import all_queries
from gbagraph.rdf import namespaces
from gbagraph.rdf.formats import DOCUMENTS, HTML
from gbagraph.rdf.namespaces import DATASET, ONTOLOGY, declarations
from gbagraph.sparql import protocol
from gbagraph.web import languages, schema_org, signposting, suggestions, templating
from gbagraph.web.context import Context, choose, format_for_path, redirect
from gbagraph.web.own_queries import about
from gbagraph.web.things import asking, containment, facts, passages, values
from gbagraph.web.things import page as things
from gbagraph.web.things.pictures import pictures

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.rdf.formats import Format
    from gbagraph.web.kinds import Kinds
    from gbagraph.web.things.page import Thing

_OF_PATHS: Final = "/:@!$&'()*+,;=~"
"""Characters that stand in a path as they are."""


async def thing(context: Context, request: Request, path: str) -> Response:
    """Redirect from the IRI of a thing to the document about it (303, See Other)."""
    await must_exist(context, path)
    return redirect(request, _document_path(path))


def _document_path(path: str) -> str:
    """The path of the document about the thing with this end of an IRI, in ASCII."""
    return f"/doc/{quote(path, safe=_OF_PATHS)}"


def _page_elsewhere(path: str) -> str:
    """Where the page about a thing is, if it has one of its own kind; the browser keeps the fragment."""
    if namespaces.base() + path == ONTOLOGY:
        return "/ontology"
    if publication.current().is_own and path == "shapes":
        return "/doc/graph/shapes"
    return f"/queries/{path.removeprefix('query/')}" if path.startswith("query/") else ""


async def must_exist(context: Context, path: str) -> None:
    """Raise UnknownResource for a path that names nothing in the graph."""
    missing = context.what_is_not_kept() if path.startswith("dataset") else ""
    await _must_be_said_of(context, (namespaces.base() or "/") + path, missing)


async def _must_be_said_of(context: Context, iri: str, missing: str = "") -> None:
    """Raise UnknownResource for an IRI of which nothing is said; *missing* says what may be why."""
    try:
        query = about("entity-exists", iri)
    except ValueError:
        is_known = False  # it has characters that no IRI can contain
    else:
        is_known = templating.boolean(await context.query(query))
    if not is_known:
        raise UnknownResource(
            f"{iri} is not the name of anything in this graph. Start at /, or list what "
            f"there is with: SELECT DISTINCT ?thing {{ ?thing a ?class }}{missing}",
            suggestions=await suggestions.like(context, iri),
        )


async def document(context: Context, request: Request, path: str) -> Evaluation | Response:
    """The document about a thing, as RDF or as a page; a suffix such as .ttl chooses the format."""
    path, chosen = format_for_path(request, path)
    await must_exist(context, path)
    elsewhere = _page_elsewhere(path) if chosen is HTML else ""
    if elsewhere:
        return redirect(request, elsewhere)
    return await _document(
        context, request, _Address(namespaces.base() + path, _document_path(path)), chosen
    )


async def of_any_iri(context: Context, request: Request) -> Evaluation | Response:
    """The document about the thing with any IRI: ``/doc?iri=IRI``."""
    pairs = dict(protocol.parameters(request.query_string, "query string"))
    if "iri" not in pairs:
        raise MalformedRequest("Say of what: /doc?iri=IRI.")
    iri = pairs["iri"]
    await _must_be_said_of(context, iri)
    chosen = choose(request, (*DOCUMENTS, HTML), "a document")
    return await _document(
        context, request, _Address(iri, f"/doc?{urlencode({'iri': iri})}"), chosen
    )


class _Address(NamedTuple):
    """The IRI of a thing, and the path of the document about it."""

    iri: str
    path: str

    def of_format(self, extension: str) -> str:
        """The path of the document in the format of a file extension."""
        return f"{self.path}&format={extension}" if "?" in self.path else f"{self.path}.{extension}"

    def of_page(self, number: int) -> str:
        """The path of a further page of the document."""
        return f"{self.path}{'&' if '?' in self.path else '?'}page={number}"


async def _document(
    context: Context, request: Request, address: _Address, chosen: Format
) -> Evaluation | Response:
    iri = address.iri
    if chosen is HTML:
        return await _page(context, request, address)
    # With all prefixes, whether the query needs them or not: the document is written with them.
    text = declarations() + about("entity-description", iri)
    job = (
        JsonLdDocument(text, iri)
        if chosen.extension == "jsonld"
        else Query(text, {"graph": chosen.media_type})
    )
    return Evaluation(job, links=_links(context, request, address))


async def _page(context: Context, request: Request, address: _Address) -> Response:
    iri, number = address.iri, _page_number(request)
    labels = languages.labels_of(request)
    kinds, schema = await context.kinds(request), await context.schema(request)
    answers = await asyncio.gather(
        context.query(facts.query(iri, number), labels),
        context.query(about("thing-around", iri), labels),
        context.query(containment.query(iri, schema), labels),
        context.query(passages.supports_query(iri, number), labels),
        context.query(about("thing-uses", iri), labels),
        context.query(schema_org.thing_query(iri)),
    )
    told, around, outward, resting, uses, markup = (answer.body for answer in answers)
    found, more = facts.read(told)
    # In threads: to read, draw and write a large page would delay other requests.
    nodes = values.read(around, schema)
    thing = await asyncio.to_thread(things.thing, iri, found, nodes, schema, labels)
    supported = passages.supported(iri, resting, schema)
    place = containment.read(iri, outward, schema)
    page = await asyncio.to_thread(
        context.page,
        request,
        "entity.html",
        thing=thing,
        address=address,
        around=place,
        pictures=await asyncio.to_thread(pictures, thing, place, schema),
        supported=supported,
        uses=passages.uses(uses),
        reading=await _reading(context, thing, labels),
        questions=() if thing.claim else _questions(thing, kinds, context.allowed_services),
        colour=kinds.colour,
        nothing=values.NOTHING,
        markup=schema_org.markup(iri, markup, schema_org.types(thing.types, kinds)),
        number=number,
        more=more or supported.more,
        offers=DOCUMENTS,
    )
    page.add("link", _links(context, request, address))
    return page


async def _reading(context: Context, thing: Thing, labels: tuple[str, ...]) -> passages.Reading:
    """Where a passage or document stands in its reading order; nothing of other things."""
    if not thing.is_document:
        return passages.Reading()
    parts = await context.query(passages.parts_query(thing.iri), labels)
    claims = await context.query(own_query("web", "claims-by-source"))
    return passages.reading(thing.iri, parts.body, claims.body)


def _questions(thing: Thing, kinds: Kinds, allowed: frozenset[str]) -> tuple[asking.Question, ...]:
    """The queries about *thing* that are answered, where the endpoints *allowed* may be called."""
    types = [each for one in thing.types for each in (one, *kinds.above.get(one, ()))]
    answered = (row for row in all_queries().values() if not row.refused_services(allowed))
    return asking.questions(thing.iri, types, answered)


def _page_number(request: Request) -> int:
    pairs = protocol.parameters(request.query_string, "query string")
    text = dict(pairs).get("page", "1")
    if not re.fullmatch("[1-9][0-9]{0,5}", text):
        raise MalformedRequest(
            f"The parameter page has the value {text!r}. Give a number from 1 on."
        )
    return int(text)


def _links(context: Context, request: Request, address: _Address) -> str:
    """A Link header (RFC 8288) from a document to its thing, its other formats, and the dataset."""
    iri = quote(address.iri, safe=string.punctuation)  # as a URI (RFC 3987, section 3.1)
    links = [
        f'<{iri}>; rel="canonical"',
        f'<{iri}>; rel="describes"',
        *(
            f'<{request.prefix}{address.of_format(form.extension)}>; rel="alternate"; '
            f'type="{form.media_type}"'
            for form in (*DOCUMENTS, HTML)
        ),
    ]
    if publication.current().is_own:
        links.append(f'<{ONTOLOGY}>; rel="describedby"')
    of = signposting.of_dataset if address.iri == DATASET else signposting.of_thing
    found = of(publication.current(), context.dataset, request.prefix)
    return ", ".join([*links, signposting.value(found)])
