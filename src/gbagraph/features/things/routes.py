"""Linked data: one of our IRIs names a thing, and leads to the document about it.

A document is the symmetric concise bounded description: the triples that have the thing as subject or
object, with the claims about these triples and what the things at their other ends rest on.
"""

from __future__ import annotations

import asyncio
import re
import string
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from gbagraph import publication
from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.engine import Dump, Query
from gbagraph.errors import MalformedRequest, UnknownResource
from gbagraph.feature import hook
from gbagraph.features.things import composition, evidence, facts, meanings, nested, page, passages
from gbagraph.features.things import nodes as nodes_of
from gbagraph.paths import own_query
from gbagraph.queries.catalog import told_queries
from gbagraph.rdf import namespaces
from gbagraph.rdf.formats import DOCUMENTS, HTML
from gbagraph.rdf.namespaces import DATASET, EVIDENCE, ONTOLOGY, compact, declarations, graph_iri
from gbagraph.rdf.results import Value, in_first, named, rows
from gbagraph.web import markup
from gbagraph.web.context import (
    Context,
    choose,
    format_for_path,
    labels_of,
    language_of,
    must_be_known,
    redirect,
)
from gbagraph.web.jobs import JsonLdDocument
from gbagraph.web.kinds import about

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.features.things.page import Thing
    from gbagraph.rdf.formats import Format
    from gbagraph.web.kinds import Kinds, Schema

    _Row = Mapping[str, Any]


_OF_PATHS: Final = "/:@!$&'()*+,;=~"
"""Characters that stand in a path as they are."""


async def thing(context: Context, request: Request, path: str) -> Response:
    """Redirect from the IRI of a thing to the document about it (303, See Other)."""
    await must_exist(context, request, path)
    return redirect(request, _document_path(path))


def _document_path(path: str) -> str:
    """Return the path of the document about the thing with this end of an IRI, in ASCII."""
    return f"/doc/{quote(path, safe=_OF_PATHS)}"


def _page_elsewhere(path: str) -> str:
    """Where the page about a thing is, if it has one of its own kind; the browser keeps the fragment."""
    if namespaces.base() + path in (ONTOLOGY, EVIDENCE):
        return f"/{path}"
    if publication.current().is_own and path == "shapes":
        return "/doc/graph/shapes"
    return f"/queries/{path.removeprefix('query/')}" if path.startswith("query/") else ""


async def must_exist(context: Context, request: Request, path: str) -> None:
    """Raise UnknownResource for a path that names nothing in the graph."""
    missing = context.what_is_not_kept() if path.startswith("dataset") else ""
    await _must_be_said_of(context, request, (namespaces.base() or "/") + path, missing)


async def _must_be_said_of(context: Context, request: Request, iri: str, missing: str = "") -> None:
    """Raise UnknownResource for an IRI of which nothing is said; *missing* says what may be why."""
    try:
        query = about("features/things", "entity-exists", iri)
    except ValueError:
        is_known = False  # it has characters that no IRI can contain
    else:
        is_known = await context.holds(query)
    if not is_known:
        suggest = hook("suggestions")
        raise UnknownResource(
            f"{iri} is not the name of anything in this graph.{missing}",
            suggestions=await suggest(context, iri, labels_of(request)) if suggest else [],
        )


async def document(context: Context, request: Request, path: str) -> Evaluation | Response:
    """The document about a thing, as RDF or as a page; a suffix such as .ttl chooses the format."""
    path, chosen = format_for_path(request, path)
    await must_exist(context, request, path)
    elsewhere = _page_elsewhere(path) if chosen is HTML else ""
    if elsewhere:
        return redirect(request, elsewhere)
    return await _document(
        context, request, _Address(namespaces.base() + path, _document_path(path)), chosen
    )


async def of_any_iri(context: Context, request: Request) -> Evaluation | Response:
    """The document about the thing with any IRI: ``/doc?iri=IRI``."""
    pairs = dict(request.parameters)
    if "iri" not in pairs:
        raise MalformedRequest("Say of what: /doc?iri=IRI.")
    iri = pairs["iri"]
    await _must_be_said_of(context, request, iri)
    chosen = choose(request, (*DOCUMENTS, HTML), "a document")
    return await _document(
        context, request, _Address(iri, f"/doc?{urlencode({'iri': iri})}"), chosen
    )


class _Address(NamedTuple):
    """The IRI of a thing, and the path of the document about it."""

    iri: str
    path: str

    def of_format(self, extension: str) -> str:
        """Return the path of the document in the format of a file extension."""
        return f"{self.path}&format={extension}" if "?" in self.path else f"{self.path}.{extension}"

    def of_page(self, number: int) -> str:
        """Return the path of a further page of the document."""
        return f"{self.path}{'&' if '?' in self.path else '?'}page={number}"


async def _document(
    context: Context, request: Request, address: _Address, chosen: Format
) -> Evaluation | Response:
    iri = address.iri
    if chosen is HTML:
        return await _page(context, request, address)
    # With all prefixes, whether the query needs them or not: the document is written with them.
    text = declarations() + about("features/things", "entity-description", iri)
    job = (
        JsonLdDocument(text, iri)
        if chosen.extension == "jsonld"
        else Query(text, {"graph": chosen.media_type})
    )
    return Evaluation(job, links=_links(context, request, address))


async def _page(context: Context, request: Request, address: _Address) -> Response:
    iri, number = address.iri, _page_number(request)
    labels = labels_of(request)
    kinds, schema = await context.kinds(request), await context.schema(request)
    ways = None if publication.current().is_own else await context.ways()
    answers = await asyncio.gather(
        context.query(facts.facts_query(iri, number, labels[0]), labels),
        context.query(nodes_of.around_query(iri, schema), labels),
        context.query(page.around_query(iri, schema), labels),
        context.query(passages.supports_query(iri, number, ways, labels[0]), labels),
        context.query(about("features/things", "thing-uses", iri), labels),
        context.query(markup.thing_query(iri)),
        context.query(about("features/things", "thing-selectors", iri)),
    )
    said, around, outward, resting, uses, marked, selectors = (answer.body for answer in answers)
    places = facts.read_places(selectors, await evidence.words(context))
    statements, more = facts.read_facts(said, places)
    if ways and ways.of_claims:
        await evidence.add(context, ((iri, fact) for fact in statements), labels)
    told = {}
    if unnamed := nodes_of.unnamed(statements):
        found = await context.query(about("features/things", "thing-nested", iri), labels)
        told = nested.read(found.body, unnamed)
    nodes = nodes_of.tell_of_unnamed(statements, nodes_of.read_nodes(around, schema), told)
    # In threads: to read, draw and write a large page would delay other requests.
    thing = await asyncio.to_thread(page.thing, iri, statements, nodes, schema, labels)
    if not ways or ways.of_claims:
        await evidence.add_of_nodes(context, thing.every, labels)
    supported = passages.supported(iri, resting, schema, places)
    place = page.read_around(iri, outward, schema)
    keys, lines = ([], []) if thing.claim else composition.compose(thing, place, schema)
    draw = hook("thing_pictures")
    response = await asyncio.to_thread(
        context.page,
        request,
        "entity.html",
        thing=thing,
        keys=keys,
        rows=lines,
        address=address,
        around=place,
        pictures=await asyncio.to_thread(draw, thing, place, schema, language_of(request))
        if draw
        else None,
        families={iri: kinds.family(*thing.types)}
        | {each: kinds.family(*node.types) for each, node in nodes.items()},
        supported=supported,
        places=places,
        uses=passages.uses(uses),
        reading=await _reading(context, iri, labels, schema)
        if thing.is_document
        else passages.Reading(),
        editions=await _editions(context, labels, {iri, *(step.iri for step in place.steps)})
        if thing.is_document
        else (),
        questions=() if thing.claim else _questions(context, request, thing, kinds),
        colour=kinds.colour,
        nothing=nodes_of.NOTHING,
        bounds=meanings.BOUNDS,
        markup=markup.markup(iri, marked, markup.types(thing.types, kinds)),
        number=number,
        more=more or supported.more,
        offers=DOCUMENTS,
    )
    response.add("link", _links(context, request, address))
    return response


async def _editions(
    context: Context, labels: tuple[str, ...], only: Container[str | None] = ()
) -> list[dict[str, Any]]:
    """Return the editions of the documents whose words claims name, or of those in *only*."""
    answer = await context.query(own_query("features/things", "editions"), labels)
    editions = []
    for row in rows(answer.body):
        document = named(row, "document")
        if document.iri and (not only or document.iri in only):
            told = {name: term["value"] for name, term in row.items() if name != "document"}
            editions.append({**told, "document": document})
    return editions


async def _reading(
    context: Context, iri: str, labels: tuple[str, ...], schema: Schema
) -> passages.Reading:
    """Return where a passage or document stands in its reading order."""
    part_of, positions = map(schema.with_all_below, (meanings.PART_OF, meanings.POSITION))
    text = about("features/things", "thing-parts", iri, part_of=part_of, positions=positions)
    parts = await context.query(text, labels)
    claims = await context.query(own_query("features/things", "claims-by-source"))
    return passages.reading(iri, parts.body, claims.body)


def _questions(
    context: Context, request: Request, thing: Thing, kinds: Kinds
) -> tuple[meanings.Question, ...]:
    """The queries about *thing* that are answered, in the language of the reader."""
    types = [each for one in thing.types for each in (one, *kinds.above.get(one, ()))]
    every, allowed = told_queries(language_of(request)).values(), context.allowed_services
    answered = (row for row in every if not row.refused_services(allowed))
    return meanings.questions(thing.iri, types, answered)


def _page_number(request: Request) -> int:
    text = dict(request.parameters).get("page", "1")
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
    of = markup.of_dataset if address.iri == DATASET else markup.of_file
    of_dataset = of(publication.current(), context.dataset, request.prefix)
    return ", ".join([*links, markup.value(of_dataset)])


_COUNTED: Final = 300_000
"""Triples up to which the terms of a graph are counted."""

_COLUMNS: Final = ("part", "of", "title", "text", "size", "checksum", "date")
"""The columns on a part of the dataset."""


class Use(NamedTuple):
    """A class or property of a graph, how often it is used, and a use."""

    term: Value
    number: int
    subject: Value
    object: Value | None


async def whole_graph(context: Context, request: Request, name: str) -> Evaluation | Response:
    """A named graph at its own IRI, complete."""
    name, chosen = format_for_path(request, name)
    must_be_known(context, graph_iri(name))
    if chosen is HTML:
        return redirect(request, f"/doc/graph/{name}")
    return Evaluation(Dump(graph_iri(name), chosen.media_type))


async def graph(context: Context, request: Request, name: str) -> Evaluation | Response:
    """The document about one graph: a page, or what the dataset says of it as RDF."""
    name, chosen = format_for_path(request, name)
    iri = graph_iri(name)
    if chosen is not HTML or not publication.current().is_own:
        return await document(context, request, request.path.removeprefix("/doc/"))
    must_be_known(context, iri)
    size = context.dataset.graphs[iri]
    labels = labels_of(request)
    queries = ("about", "shared", "terms") if size <= _COUNTED else ("about",)
    results = await asyncio.gather(
        *(
            context.query(about("features/things", f"graph-{query}", iri), labels)
            for query in queries
        )
    )
    answers = {query: rows(result.body) for query, result in zip(queries, results, strict=True)}
    shared, uses = answers.get("shared"), _uses(answers.get("terms", ()))
    return context.page(
        request,
        "graph.html",
        name=name,
        iri=iri,
        size=size,
        said=_said(answers["about"], labels),
        shared=int(shared[0]["number"]["value"]) if shared else None,
        classes=uses["class"],
        properties=uses["property"],
        files=DOCUMENTS,
    )


def _said(answer: Iterable[_Row], languages: tuple[str, ...]) -> dict[str, list[Value]]:
    """What is said of the graph or dataset, by property, in the first of *languages* that there is."""
    said: dict[str, list[Value]] = defaultdict(list)
    for row in answer:
        said[compact(row["property"]["value"])].append(named(row, "value"))
    return {name: in_first(values, languages) for name, values in said.items()}


def _uses(answer: Iterable[_Row]) -> dict[str, list[Use]]:
    uses: dict[str, list[Use]] = {"class": [], "property": []}
    for row in answer:
        value = named(row, "object") if "object" in row else None
        use = Use(named(row, "term"), int(row["number"]["value"]), named(row, "subject"), value)
        uses[row["kind"]["value"]].append(use)
    return uses


async def dataset(context: Context, request: Request) -> Evaluation | Response:
    """The document about the dataset: a page, or what it says of itself as RDF."""
    _, chosen = format_for_path(request, "dataset")
    if chosen is not HTML or not context.dataset.built_in:
        return await document(context, request, "dataset")
    labels = labels_of(request)
    queries = (
        about("features/things", "graph-about", DATASET),
        own_query("features/things", "dataset-parts"),
        publication.page_query("dataset-sources"),
        markup.dataset_query(),
    )
    said, parts, sources, marked = await asyncio.gather(
        *(context.query(query, labels) for query in queries[:3]), context.query(queries[3])
    )
    response = context.page(
        request,
        "dataset.html",
        iri=DATASET,
        markup=markup.markup(DATASET, marked.body, ["Dataset"]),
        said=_said(rows(said.body), labels),
        parts=_parts(parts.body, labels),
        sources=[(row, named(row, "source")) for row in rows(sources.body)],
        editions=await _editions(context, labels),
    )
    links = markup.of_dataset(publication.current(), context.dataset, request.prefix)
    response.add("link", markup.value(links))
    return response


def _parts(body: bytes, languages: tuple[str, ...]) -> dict[str, list[dict[str, str]]]:
    """Graphs, versions and files, each as texts by name, in the first of *languages* that there is."""
    ranks = {tag: rank for rank, tag in enumerate(languages)}
    tagged = [(row.get("text", row.get("title", {})).get("xml:lang"), row) for row in rows(body)]
    parts: dict[str, dict[tuple[str, str], dict[str, str]]] = defaultdict(dict)
    for tag, row in sorted(tagged, key=lambda each: ranks.get(each[0], len(ranks))):
        texts = {name: row[name]["value"] if name in row else "" for name in _COLUMNS}
        texts["language"] = tag or ""
        parts[row["kind"]["value"]].setdefault((texts["of"], texts["part"]), texts)
    return {k: [t for _, t in sorted(parts[k].items())] for k in ("graph", "version", "file")}
