"""Which pictures fit an answer: what its columns contain decides, and for some their names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gbagraph.rdf.results import Value
from gbagraph.web.drawing import chart, dates, land, points, terms, timeline
from gbagraph.web.drawing import map as maps
from gbagraph.web.drawing.chart import Bar
from gbagraph.web.drawing.columns import Answer, in_words
from gbagraph.web.drawing.links import chains, networks
from gbagraph.web.drawing.panel import Place
from gbagraph.web.drawing.picture import Picture, both, first_of, notes
from gbagraph.web.drawing.points import Point
from gbagraph.web.drawing.timeline import Moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from gbagraph.web.drawing.columns import Row

BARS: Final = 40

MOMENTS: Final = 60

_CHARTS: Final = 3

_LONGITUDE: Final = frozenset({"long", "lon", "lng", "longitude"})

_LATITUDE: Final = frozenset({"lat", "latitude"})

_UNIT: Final = frozenset({"unit", "unitlabel", "currency"})

_SPANS: Final = (
    ("earliest", "latest", "uncertain"),
    ("start", "end", ""),
    ("begin", "end", ""),
    ("from", "to", ""),
    ("from", "until", ""),
    ("after", "before", "uncertain"),
)
"""How the columns of a span begin, and its status: something in it, or all of it."""

_UNITS: Final = {
    "KiloM2": "km²", "M2": "m²", "HA": "ha", "KiloM": "km", "M": "m", "CentiM": "cm", "MilliM": "mm",
    "NUM": "", "YR": "years", "MO": "months", "WK": "weeks", "DAY": "days", "HR": "hours",
    "MIN": "minutes", "SEC": "s", "PERCENT": "%", "KiloGM": "kg", "TONNE": "t", "DEG_C": "°C",
    "KiloM-PER-HR": "km/h", "MegaW": "MW", "KiloW": "kW", "KiloW-HR": "kWh",
}  # fmt: skip
"""Units of QUDT as people write them."""


def pictures(columns: Sequence[str], bindings: Sequence[Row]) -> tuple[Picture, ...]:
    """The pictures that fit the solutions of a SELECT query, as SPARQL results JSON has them."""
    answer = Answer(columns, bindings)
    ways = (_map, _timeline, _points, _charts, chains, networks)
    return tuple(picture for way in ways for picture in way(answer))


def _map(answer: Answer) -> Iterable[Picture]:
    places = list(dict.fromkeys(filter(None, map(_placer(answer), answer.rows))))
    if places:
        behind = land.read()
        yield both("map", "Map", lambda width: maps.draw(places, width, behind), answer.note)


def _placer(answer: Answer) -> Callable[[Row], Place | None]:
    longitude = answer.named(_LONGITUDE, answer.numbers)
    latitude = answer.named(_LATITUDE, answer.numbers)
    geometry = next(iter(answer.all_are(terms.point)), None)

    def place(row: Row) -> Place | None:
        found = None
        if longitude and latitude and longitude in row and latitude in row:
            x, y = terms.number(row[longitude]), terms.number(row[latitude])
            found = None if x is None or y is None else (x, y)
        elif geometry and geometry in row:
            found = terms.point(row[geometry])
        if found is None or abs(found[1]) > 90:
            return None
        name = answer.value(row)
        shown = name if name.text else Value(f"{found[1]:g}, {found[0]:g}")
        return Place(shown, *found, answer.kind_of(row))

    return place


def _timeline(answer: Answer) -> Iterable[Picture]:
    if answer.times:
        found = (_moment(answer, row) for row in answer.rows)
        moments = list(dict.fromkeys(moment for moment in found if moment is not None))
        note = first_of(MOMENTS, len(moments), "moments")
        shown = sorted(moments, key=lambda row: row.earliest)[:MOMENTS]
        if shown:
            yield both(
                "timeline",
                "Timeline",
                lambda width: timeline.draw(shown, width),
                notes(answer.note, note),
            )


def _span(columns: Sequence[str]) -> tuple[str, str, str] | None:
    """The columns where a span begins and ends, and its status."""
    for first, last, status in _SPANS:
        start = next((c for c in columns if c.lower().startswith(first)), None)
        end = next((c for c in columns if c.lower().startswith(last)), None)
        if start and end:
            return start, end, status
    return None


def _moment(answer: Answer, row: Row) -> Moment | None:
    start, end, status = _span(answer.times) or (answer.times[0], answer.times[0], "")
    found = [terms.time(row[column]) for column in (start, end) if column in row]
    if not found or found[0] is None or found[-1] is None:
        return None
    earliest, latest = found[0][0], max(found[0][1], found[-1][1])
    if dates.is_unit(earliest, latest):
        status = ""
    return Moment(
        _named(answer, row, earliest, latest), earliest, latest, "", answer.kind_of(row), status
    )


def _named(answer: Answer, row: Row, earliest: date, latest: date) -> Value:
    found = answer.value(row)
    return found if found.text else Value(dates.said(earliest, latest))


def _quantities(answer: Answer) -> list[str]:
    """The columns with numbers, which are not those of a map."""
    return [c for c in answer.numbers if c.lower() not in _LONGITUDE | _LATITUDE]


def _charts(answer: Answer) -> Iterable[Picture]:
    if answer.subject is None:
        return
    unit = answer.named(_UNIT)
    found: dict[tuple[str, str], dict[Bar, None]] = {}
    for column in _quantities(answer):
        for row in answer.rows:
            number = terms.number(row[column]) if column in row else None
            if number is not None and answer.subject in row:
                of = _unit(answer.value(row, unit)) if unit else ""
                bars = found.setdefault((column, of), {})
                bars[Bar(answer.value(row), number, of)] = None
    many = [(title, list(bars)) for title, bars in found.items() if len(bars) > 1]
    for (column, of), rows in many[:_CHARTS]:
        title = f"{in_words(column)} ({of})" if of else in_words(column)
        yield _chart(answer, title, rows)


def _unit(value: Value) -> str:
    """A unit as people write it, from its IRI or its text."""
    name = re.split("[#/:]", value.text)[-1] if value.iri else value.text
    return _UNITS.get(name, name)


def _chart(answer: Answer, title: str, bars: list[Bar]) -> Picture:
    note = notes(answer.note, first_of(BARS, len(bars), "numbers"))
    title = title[:1].upper() + title[1:]
    return both("chart", title, lambda width: chart.draw(bars[:BARS], width), note)


def _points(answer: Answer) -> Iterable[Picture]:
    """Numbers over time, or two numbers against each other."""
    quantities = _quantities(answer)
    across = [*answer.times[:1], *quantities][:1]
    if not across or len({*across, *quantities}) < 2:
        return
    x, y = across[0], next(column for column in quantities if column != across[0])
    found = [_point(answer, row, x, y) for row in answer.rows if x in row and y in row]
    rows = list(dict.fromkeys(filter(None, found)))
    is_course = x in answer.times and len({row.x for row in rows}) == len(rows)
    names = {"x_name": in_words(x), "y_name": in_words(y)}
    title = f"{names['y_name']} by {names['x_name']}".capitalize()
    if len(rows) > 2:
        yield both(
            "points",
            title,
            lambda width: points.draw(rows, width, is_joined=is_course, **names),
            answer.note,
        )


def _point(answer: Answer, row: Row, x: str, y: str) -> Point | None:
    number, time, up = terms.number(row[x]), terms.time(row[x]), terms.number(row[y])
    place = time[0] if time else number
    return None if place is None or up is None else Point(answer.value(row), place, up)
