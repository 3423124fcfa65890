"""What stands beside a thing: its pictures, queries about it, and names like one that is none."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gbagraph.errors import GbaGraphError
from gbagraph.features.pictures import land, maps, network, shapes, timeline
from gbagraph.features.pictures.links import Edge
from gbagraph.features.pictures.links import Node as Box
from gbagraph.features.pictures.maps import Place
from gbagraph.features.pictures.timeline import Moment
from gbagraph.features.search.jobs import Search
from gbagraph.features.things import meanings
from gbagraph.names.texts import local_name
from gbagraph.rdf.namespaces import PREFIXES, compact
from gbagraph.rdf.results import Value
from gbagraph.web.templating import date_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.features.pictures.maps import Map
    from gbagraph.features.pictures.network import Network
    from gbagraph.features.pictures.timeline import Timeline
    from gbagraph.features.things.page import Around, Line, Thing
    from gbagraph.queries.canned import CannedQuery
    from gbagraph.queries.parameters import Parameter
    from gbagraph.web.context import Context
    from gbagraph.web.kinds import Schema


NEIGHBOURS: Final = 12
_PLACES: Final = 40
_MOMENTS: Final = 20
_APART: Final = frozenset({"names", "elsewhere", "bounds"})
"""The groups of facts that are no links with neighbours."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures that there is something for; *place* is what is on the map in place of the thing."""

    map: Map | None = None
    place: Value | None = None
    timeline: Timeline | None = None
    network: Network | None = None


def pictures_of(thing: Thing, around: Around, schema: Schema) -> Pictures:
    """The pictures of *thing*, none of a claim or a part of a document."""
    if thing.claim or thing.is_document:
        return Pictures()
    lines = list(_lines(thing))
    return Pictures(
        _map(thing, around, _inside(thing, schema)),
        around.point_of,
        _timeline(lines),
        _network(thing, lines),
    )


def _lines(thing: Thing) -> Iterator[tuple[str, Line]]:
    """What somebody says of links with other things, each with the name of the link."""
    for group, several in thing.groups.items():
        if group not in _APART:
            for each in several:
                if each.relation.iri != meanings.TYPE:
                    yield from ((each.relation.text, line) for line in each.asserted)
    for each in thing.pointing:
        yield from ((each.relation.text, line) for line in each.asserted)


def _inside(thing: Thing, schema: Schema) -> Iterator[Line]:
    """What the thing, a place, contains."""
    for each in thing.groups.get("where", ()):
        term = each.relation.iri or ""
        if not meanings.CONTAINS.isdisjoint((term, *schema.above(term))):
            yield from each.lines


def _map(thing: Thing, around: Around, inside: Iterable[Line]) -> Map | None:
    places = []
    if around.point is not None:
        latitude, longitude = around.point
        places.append(Place(around.point_of or thing.name, longitude, latitude))
    for line in inside:
        node = line.node
        if node.latitude is not None and node.longitude is not None:
            places.append(Place(line.fact.value, node.longitude, node.latitude))
    found = list({place.value: place for place in places if abs(place.latitude) <= 90}.values())
    return maps.draw(found[:_PLACES], shapes.NARROW, land.read()) if found else None


def _timeline(lines: list[tuple[str, Line]]) -> Timeline | None:
    found = dict.fromkeys(moment for moment in map(_moment, lines) if moment is not None)
    moments = sorted(found, key=lambda moment: (moment.earliest, moment.latest))[:_MOMENTS]
    return timeline.draw(moments, shapes.NARROW) if len(moments) > 1 else None


def _moment(pair: tuple[str, Line]) -> Moment | None:
    name, line = pair
    node = line.node
    days = _days(node.earliest, node.latest) or _span(node.date or line.fact.value)
    if days is None:
        return None
    is_event = line.fact.value.iri is not None
    return Moment(line.fact.value if is_event else Value(name), *days)


def _days(earliest: str, latest: str) -> tuple[date, date] | None:
    try:
        return date.fromisoformat(earliest), date.fromisoformat(latest)
    except ValueError:
        return None


def _span(value: Value) -> tuple[date, date] | None:
    """The first and the last day of a date."""
    parts = date_parts(value)
    try:
        if parts is None:
            return None
        if parts.day:
            return date(*parts), date(*parts)
        first = date(parts.year, parts.month or 1, 1)
        return first, shapes.last_of_month(parts.year, parts.month or 12)
    except ValueError:  # no day of the calendar
        return None


def _network(thing: Thing, lines: list[tuple[str, Line]]) -> Network | None:
    links = [
        (name, line) for name, line in lines if line.fact.value.iri and not line.node.is_amount
    ]
    boxes = {line.fact.value.iri: Box(line.fact.value) for _, line in links}
    boxes.pop(thing.iri, None)
    if not boxes:
        return None
    centre = Box(Value(thing.name.text, thing.iri, language=thing.name.language))
    edges = []
    for name, line in links:
        ends = (thing.iri, line.fact.value.iri or "")
        edges.append(Edge(*(ends if line.fact.forward else ends[::-1]), name))
    return network.draw([centre, *boxes.values()], edges, thing.iri, shapes.NARROW, NEIGHBOURS)


_ANYTHING: Final = frozenset({"thing", "subject", "entity", "resource", "item"})
"""Parameters with these names take a thing of any kind."""

_OF_TERMS: Final = tuple(PREFIXES[name] for name in ("owl", "rdfs", "rdf"))
"""The namespaces of the kinds of classes and properties."""


class Question(NamedTuple):
    """A canned query about a thing: its name, what it asks, and its parameters."""

    name: str
    summary: str
    given: dict[str, str]


def questions(
    iri: str, types: Iterable[str], queries: Iterable[CannedQuery]
) -> tuple[Question, ...]:
    """The queries that ask about *iri*; those for its kind before those for things of any kind.

    There are none about a class or property. A parameter says by its name which kind of thing it
    takes: ``place``, or ``company``.
    """
    every = tuple(types)
    if any(each.startswith(_OF_TERMS) for each in every):
        return ()
    kinds = {local_name(each).lower() for each in every}
    found = []
    for query in queries:
        fitting = _fitting(query, kinds)
        if fitting is not None and _needs_no_other(query, fitting):
            is_general = fitting.name.lower() in _ANYTHING
            found.append(
                (is_general, Question(query.name, query.summary, {fitting.name: compact(iri)}))
            )
    return tuple(question for _, question in sorted(found))


def _fitting(query: CannedQuery, kinds: set[str]) -> Parameter | None:
    every = [row for row in query.parameters if row.type.name == "iri" and not row.choices]
    by_kind = (row for row in every if row.name.lower() in kinds)
    general = (row for row in every if row.name.lower() in _ANYTHING)
    return next(by_kind, None) or next(general, None)


def _needs_no_other(query: CannedQuery, fitting: Parameter) -> bool:
    others = (row for row in query.parameters if row is not fitting)
    return not any(row.required and row.default is None for row in others)


_MOST: Final = 5
_LEAST: Final = 0.6
"""The score from which on a result is offered: below it, a name does not fit, only a definition."""
_LONGEST: Final = 80


async def like(context: Context, iri: str) -> list[dict[str, Any]]:
    """What there is with a name like the end of *iri*: label, IRI and address below the server's prefix.

    Nothing where the search cannot be answered now: the error that is to be told is another.
    """
    text = local_name(iri)[:_LONGEST].replace("-", " ").replace("_", " ").strip()
    if not text:
        return []
    try:
        found = json.loads((await context.result(Search(text, _MOST))).body)
    except GbaGraphError:
        return []
    rows = [row for row in found["results"] if row["score"] >= _LEAST]
    return [
        {"label": row["label"], "iri": row["iri"], "address": f"/{row['address']}"}
        for row in rows or found.get("suggestions", ())
    ]
