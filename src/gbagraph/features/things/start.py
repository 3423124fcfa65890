"""The start page: what is here, counted and drawn, and the ways in."""

from __future__ import annotations

import asyncio
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gbagraph import publication
from gbagraph.dataset.description.catalog import whole, whole_files
from gbagraph.explain.spelling import local_name
from gbagraph.features.pictures import choose, links, network
from gbagraph.features.pictures.columns import in_words
from gbagraph.features.pictures.links import Chain, Edge, Node, Step
from gbagraph.features.things import markup
from gbagraph.paths import own_query
from gbagraph.queries.catalog import all_queries
from gbagraph.rdf import namespaces
from gbagraph.rdf.namespaces import DATASET, PREFIXES
from gbagraph.rdf.results import Value, named, rows
from gbagraph.web import languages, signposting
from gbagraph.web.answering.address import of_proof

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.features.pictures.shapes import Picture
    from gbagraph.queries.canned import CannedQuery
    from gbagraph.web.context import Context
    from gbagraph.web.kinds import Kind


class Story(NamedTuple):
    """The pictures of a dataset, and a link whose proof can be asked for; None of what it lacks."""

    example: Picture | None = None
    network: Picture | None = None
    map: Picture | None = None
    timeline: Picture | None = None
    asked: tuple[Value, Value, str] | None = None
    """A thing, where it lies, and the query string of ``/why`` for that."""


@lru_cache(maxsize=8)
def draw_story(answers: tuple[tuple[str, bytes], ...]) -> Story:
    """The story that the answers tell, each with the name of its query: paths, places, events and so on.

    Answers are in SPARQL results JSON and have labels. It is cached: drawing takes some hundredths of a
    second.
    """
    found = dict(answers)
    chains = rows(found["paths"]) if "paths" in found else []
    return Story(
        example=_paths(chains[:1]),
        network=_network(chains) or _schema(found.get("links", b"")),
        map=_picture("map", found.get("places", b"")),
        timeline=_picture("timeline", found.get("events") or found.get("dates", b"")),
        asked=next((_asked(row) for row in chains if "around" in row), None),
    )


def _picture(kind: str, body: bytes) -> Picture | None:
    """The picture of this kind of an answer; None if it does not fit, or nothing was asked."""
    if not body:
        return None
    results = json.loads(body)
    found = choose.of_rows(results["head"]["vars"], results["results"]["bindings"])
    return next((picture for picture in found if picture.kind == kind), None)


def _paths(found: list[dict[str, Any]]) -> Picture | None:
    chains = [_chain(row) for row in found]
    if not chains:
        return None
    return choose.both("path", lambda width: links.draw_chains(chains, width))


def _network(chains: list[dict[str, Any]]) -> Picture | None:
    nodes: dict[str, Node] = {}
    edges: dict[Edge, None] = {}
    for row in chains:
        company, via, zone = (_node(row, name) for name in ("company", "via", "zone"))
        nodes |= {node.key: node for node in (company, via, zone)}
        ends = (via, company) if row["isBack"]["value"] == "true" else (company, via)
        edges[Edge(ends[0].key, ends[1].key, named(row, "property").text)] = None
        edges[Edge(via.key, zone.key, named(row, "predicate").text)] = None
    return _joined(nodes, edges) if edges else None


def _schema(body: bytes) -> Picture | None:
    """How kinds of things are linked."""
    nodes: dict[str, Node] = {}
    edges = []
    for row in rows(body) if body else ():
        ends = Node(named(row, "kind")), Node(named(row, "other"))
        nodes |= {node.key: node for node in ends}
        link = in_words(local_name(row["property"]["value"]))
        label = named(row, "property").text if "propertyLabel" in row else link
        edges.append(Edge(ends[0].key, ends[1].key, label))
    return _joined(nodes, edges) if edges else None


def _joined(nodes: Mapping[str, Node], edges: Iterable[Edge]) -> Picture:
    drawn = list(nodes.values()), list(edges)
    return choose.both("network", lambda width: network.draw(*drawn, width=width))


def _chain(row: Mapping[str, Any]) -> Chain:
    is_back = row["isBack"]["value"] == "true"
    return Chain(
        _node(row, "company"),
        (
            Step(named(row, "property").text, _node(row, "via"), is_back),
            Step(named(row, "predicate").text, _node(row, "zone")),
        ),
    )


def _node(row: Mapping[str, Any], name: str) -> Node:
    return Node(named(row, name), named(row, f"{name}Kind").text)


def _asked(row: Mapping[str, Any]) -> tuple[Value, Value, str]:
    located = {"type": "uri", "value": f"{PREFIXES['gba']}locatedIn"}
    return (
        named(row, "via"),
        named(row, "around"),
        of_proof(row["via"], located, row["around"]),
    )


_KINDS: Final = 24
"""Kinds of things that the page shows."""

_DRAWN: Final = 300_000
"""Triples up to which others' data are looked through for something to draw."""

_QUESTIONS: Final = 3
"""Questions of each group."""

_OURS: Final = ("figures", "paths", "places", "events", "sections")
_OF_OTHERS: Final = ("places", "dates", "links")


async def page(context: Context, request: Request) -> Response:
    """The start page."""
    site = publication.current()
    names = _names(context)
    labels = languages.labels_of(request)
    queries = (context.query(own_query("web", f"start-{name}"), labels) for name in names)
    kinds, found = await asyncio.gather(context.kinds(request), asyncio.gather(*queries))
    answers = {name: result.body for name, result in zip(names, found, strict=True)}
    response = context.page(
        request,
        "start.html",
        markup=await _markup(context, request),
        figures=_numbers(answers),
        story=draw_story(tuple(answers.items())),
        sections=_sections(answers),
        kinds=kinds,
        shown=[kind for kind in kinds.classes if _is_shown(kind)][:_KINDS],
        groups=_groups(all_queries().values()),
        queries=all_queries().values(),
        endpoint=f"{request.base}/sparql",
        pairs=(f"{whole()}.trig", f"{whole()}.nq"),
    )
    links = signposting.of_dataset(site, context.dataset, request.prefix)
    response.add("link", signposting.value(links))
    return response


def _names(context: Context) -> tuple[str, ...]:
    """The queries behind the page."""
    if context.dataset.built_in:
        return _OURS
    return _OF_OTHERS if context.dataset.default_graph <= _DRAWN else ()


async def _markup(context: Context, request: Request) -> dict[str, Any] | None:
    """What crawlers are told of the dataset; nothing of a release, which says nothing of itself."""
    if context.dataset.built_in:
        about = await context.query(markup.dataset_query())
        return markup.markup(DATASET, about.body)
    if publication.current().is_own:
        return None
    files = {f"{request.base}/dumps/{row.file}": row.format.media_type for row in whole_files()}
    iri = namespaces.base() or f"{request.base}/"
    return markup.published(publication.current(), iri, files)


def _is_shown(kind: Kind) -> bool:
    """Whether a kind is a way in: of ours, one of the ontology's; of others', any."""
    ours = publication.current().is_own
    return not ours or (kind.term.iri or "").startswith(PREFIXES["gba"])


def _groups(queries: Iterable[CannedQuery]) -> dict[str, tuple[list[CannedQuery], int]]:
    """The first queries of each tag and the number of all of it, the largest groups first."""
    found: dict[str, list[CannedQuery]] = {}
    for query in queries:
        for tag in query.tags:
            found.setdefault(tag, []).append(query)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return {tag: (rows[:_QUESTIONS], len(rows)) for tag, rows in ordered}


class Section(NamedTuple):
    """A section of the article, and what rests on it."""

    value: Value
    paragraphs: int
    facts: int


def _numbers(answers: Mapping[str, bytes]) -> dict[str, int]:
    """The key figures by name; none of data of others."""
    if "figures" not in answers:
        return {}
    (row,) = rows(answers["figures"])
    return {name: int(cell["value"]) for name, cell in row.items()}


def _sections(answers: Mapping[str, bytes]) -> list[Section]:
    found = rows(answers["sections"]) if "sections" in answers else []
    return [
        Section(named(row, "section"), *(int(row[n]["value"]) for n in ("paragraphs", "facts")))
        for row in found
    ]
