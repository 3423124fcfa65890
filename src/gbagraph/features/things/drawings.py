"""The pictures of a thing: a map, a line of time, and a network of its links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from gbagraph.features.pictures import land, maps, network, shapes, timeline
from gbagraph.features.pictures.columns import days_of
from gbagraph.features.pictures.links import Edge
from gbagraph.features.pictures.links import Node as Box
from gbagraph.features.pictures.maps import Place
from gbagraph.features.pictures.timeline import Moment
from gbagraph.features.things import meanings
from gbagraph.rdf.results import Value
from gbagraph.web.templating import date_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.features.pictures.maps import Map
    from gbagraph.features.pictures.network import Network
    from gbagraph.features.pictures.timeline import Timeline
    from gbagraph.features.things.page import Around, Line, Thing
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


def pictures_of(thing: Thing, around: Around, schema: Schema, language: str = "en") -> Pictures:
    """Return the pictures of *thing*, none of a claim or a part of a document."""
    if thing.claim or thing.is_document:
        return Pictures()
    lines = list(_lines(thing))
    return Pictures(
        _map(thing, around, _inside(thing, schema)),
        around.point_of,
        _timeline(lines, language),
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
    distinct = list({place.value: place for place in places if abs(place.latitude) <= 90}.values())
    return maps.draw(distinct[:_PLACES], shapes.NARROW, land.read()) if distinct else None


def _timeline(lines: list[tuple[str, Line]], language: str) -> Timeline | None:
    distinct = dict.fromkeys(moment for moment in map(_moment, lines) if moment is not None)
    moments = sorted(distinct, key=lambda moment: (moment.earliest, moment.latest))[:_MOMENTS]
    return timeline.draw(moments, shapes.NARROW, language) if len(moments) > 1 else None


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
    """Return the first and the last day of a date."""
    parts = date_parts(value)
    return days_of(*parts) if parts else None


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
