"""The pages about the dataset and its graphs: what each is, how large, its terms, files and sources."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph import publication
from gbagraph.paths import own_query
from gbagraph.rdf.formats import DOCUMENTS, HTML
from gbagraph.rdf.namespaces import DATASET, compact, graph_iri
from gbagraph.rdf.results import Value, named, rows
from gbagraph.web import languages, schema_org, signposting
from gbagraph.web.context import Context, format_for_path
from gbagraph.web.own_queries import about
from gbagraph.web.views import entities
from gbagraph.web.views.sparql import must_be_known

if TYPE_CHECKING:
    from gbagraph.endpoint.evaluation import Evaluation
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response

_COUNTED: Final = 300_000
"""Triples up to which the terms of a graph are counted."""

_FACTS: Final = 8
"""Facts of a graph that its page shows."""


_COLUMNS: Final = ("part", "of", "title", "text", "size", "checksum", "date")
"""What is told of a part of the dataset."""


class Use(NamedTuple):
    """A class or property of a graph, how often it is used, and a use."""

    term: Value
    number: int
    subject: Value
    object: Value | None


async def graph(context: Context, request: Request, name: str) -> Evaluation | Response:
    """The document about one graph: a page, or what the dataset says of it as RDF."""
    name, chosen = format_for_path(request, name)
    iri = graph_iri(name)
    if chosen is not HTML or not publication.current().is_own:
        return await entities.document(context, request, request.path.removeprefix("/doc/"))
    must_be_known(context, iri)
    size = context.dataset.graphs[iri]
    labels = languages.labels_of(request)
    queries = ("about", "shared", "terms") if size <= _COUNTED else ("about",)
    found = await asyncio.gather(
        *(context.query(about(f"graph-{query}", iri), labels) for query in queries)
    )
    answers = dict(zip(queries, (result.body for result in found), strict=True))
    uses = _uses(answers.get("terms"))
    return context.page(
        request,
        "graph.html",
        name=name,
        iri=iri,
        size=size,
        said=_said(answers["about"]),
        shared=_number(answers.get("shared")),
        classes=uses["class"],
        properties=uses["property"],
        facts=_facts(uses["property"]),
        files=DOCUMENTS,
    )


def _said(body: bytes) -> dict[str, list[Value]]:
    """What is said of the graph or dataset, by property."""
    found: dict[str, list[Value]] = defaultdict(list)
    for row in rows(body):
        found[compact(row["property"]["value"])].append(named(row, "value"))
    return dict(found)


def _number(body: bytes | None) -> int | None:
    return int(rows(body)[0]["number"]["value"]) if body else None


def _uses(body: bytes | None) -> dict[str, list[Use]]:
    found: dict[str, list[Use]] = {"class": [], "property": []}
    for row in rows(body) if body else ():
        value = named(row, "object") if "object" in row else None
        use = Use(named(row, "term"), int(row["number"]["value"]), named(row, "subject"), value)
        found[row["kind"]["value"]].append(use)
    return found


def _facts(properties: list[Use]) -> list[Use]:
    """Facts to show: links between things with labels first, of the properties used most."""

    def is_plain(use: Use) -> bool:
        parts = (use.subject, use.term, use.object)
        return all(part is not None and part.iri and part.language for part in parts)

    return sorted(properties, key=lambda use: not is_plain(use))[:_FACTS]


async def dataset(context: Context, request: Request) -> Evaluation | Response:
    """The document about the dataset: a page, or what it says of itself as RDF."""
    _, chosen = format_for_path(request, "dataset")
    if chosen is not HTML or not context.dataset.built_in:
        return await entities.document(context, request, "dataset")
    labels = languages.labels_of(request)
    queries = (
        about("graph-about", DATASET),
        own_query("web", "dataset-parts"),
        own_query("web", "dataset-sources"),
        schema_org.dataset_query(),
    )
    said, parts, sources, markup = await asyncio.gather(
        *(context.query(query, labels) for query in queries[:3]), context.query(queries[3])
    )
    response = context.page(
        request,
        "dataset.html",
        iri=DATASET,
        markup=schema_org.markup(DATASET, markup.body, ["Dataset"]),
        said=_said(said.body),
        parts=_parts(parts.body),
        sources=[(row, named(row, "source")) for row in rows(sources.body)],
    )
    links = signposting.of_dataset(publication.current(), context.dataset, request.prefix)
    response.add("link", signposting.value(links))
    return response


def _parts(body: bytes) -> dict[str, list[dict[str, str]]]:
    """Graphs, versions and files, each as texts by name."""
    found: dict[str, list[dict[str, str]]] = {"graph": [], "version": [], "file": []}
    for row in rows(body):
        texts = {name: row[name]["value"] if name in row else "" for name in _COLUMNS}
        found[row["kind"]["value"]].append(texts)
    return found
