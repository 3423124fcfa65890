"""The pictures of a thing: a map and a line of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from gbagraph.features.pictures import land, maps, shapes, timeline
from gbagraph.features.pictures.columns import days_of
from gbagraph.features.pictures.maps import Place
from gbagraph.features.pictures.timeline import Moment
from gbagraph.rdf.namespaces import expand
from gbagraph.rdf.results import Value
from gbagraph.web.templating import date_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.features.pictures.maps import Map
    from gbagraph.features.pictures.timeline import Timeline
    from gbagraph.features.things.page import Around, Line, Thing
    from gbagraph.web.kinds import Schema


_PLACES: Final = 40
_MOMENTS: Final = 20
_APART: Final = frozenset({"names", "elsewhere", "bounds", "part"})
"""The groups of facts that are no links with neighbours."""
_TYPE: Final = expand("rdf:type")
_CONTAINS: Final = frozenset(
    (
        *("http://schema.org/containsPlace", expand("schema:containsPlace")),
        expand("geo:sfContains"),
    )
)
"""The properties that lead from a place to what is in it."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures that there is something for; *place* is what is on the map in place of the thing."""

    map: Map | None = None
    place: Value | None = None
    timeline: Timeline | None = None


def pictures_of(thing: Thing, around: Around, schema: Schema, language: str = "en") -> Pictures:
    """Return the pictures of *thing*, none of a claim or a part of a document."""
    if thing.claim or thing.is_document:
        return Pictures()
    lines = list(_lines(thing))
    return Pictures(
        _map(thing, around, _inside(thing, schema)),
        around.point_of,
        _timeline(lines, language),
    )


def _lines(thing: Thing) -> Iterator[tuple[str, Line]]:
    """What somebody says of links with other things, each with the name of the link."""
    for group, several in thing.groups.items():
        if group not in _APART:
            for each in several:
                if each.relation.iri != _TYPE:
                    yield from ((each.relation.text, line) for line in each.asserted)
    for each in thing.pointing:
        yield from ((each.relation.text, line) for line in each.asserted)


def _inside(thing: Thing, schema: Schema) -> Iterator[Line]:
    """What the thing, a place, contains."""
    for each in thing.groups.get("where", ()):
        term = each.relation.iri or ""
        if not _CONTAINS.isdisjoint((term, *schema.above(term))):
            yield from each.lines


def _map(thing: Thing, around: Around, inside: Iterable[Line]) -> Map | None:
    points = [around.point] if around.point else []
    places = [Place(around.point_of or thing.name, x, y) for y, x in points]
    places += [
        Place(line.fact.value, line.node.longitude, line.node.latitude)
        for line in inside
        if line.node.latitude is not None and line.node.longitude is not None
    ]
    distinct = list({place.value: place for place in places if abs(place.latitude) <= 90}.values())
    known = land.read()
    if known and len(distinct) == 1 and known.holds(distinct[0].longitude, distinct[0].latitude):
        further = (Place(value, x, y) for value, y, x in around.beside if known.holds(x, y))
        distinct += [place for place in further if place.value != distinct[0].value]
    return maps.draw(distinct[:_PLACES], shapes.NARROW, known) if distinct else None


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
    status = "planned" if node.is_planned else ""
    return Moment(line.fact.value if is_event else Value(name), *days, status)


def _days(earliest: str, latest: str) -> tuple[date, date] | None:
    try:
        return date.fromisoformat(earliest), date.fromisoformat(latest)
    except ValueError:
        return None


def _span(value: Value) -> tuple[date, date] | None:
    """Return the first and the last day of a date."""
    parts = date_parts(value)
    return days_of(*parts) if parts else None
