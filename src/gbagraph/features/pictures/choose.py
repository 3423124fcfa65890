"""Which pictures fit an answer: one row of a table for each kind of picture."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gbagraph.features.pictures import charts, land, links, maps, network, shapes, timeline
from gbagraph.features.pictures import columns as terms
from gbagraph.features.pictures.charts import Bar, Point
from gbagraph.features.pictures.columns import Answer, term_name
from gbagraph.features.pictures.links import Chain, Edge, Node, Step
from gbagraph.features.pictures.maps import Place
from gbagraph.features.pictures.shapes import Picture, first_of, notes
from gbagraph.features.pictures.timeline import Moment
from gbagraph.rdf.namespaces import PREFIXES, TERMS, compact
from gbagraph.rdf.results import Value, value_of
from gbagraph.web.templating import UNITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gbagraph.features.pictures.columns import Row, Term
    from gbagraph.features.pictures.shapes import Drawing

    _Row = dict[str, Any]


_LINK: Final = frozenset({"property", "predicate", "relation", "link", "way", "role", "p"})


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


def pictures(read: Mapping[str, Any]) -> tuple[Picture, ...]:
    """Return the pictures that fit a page of an answer, as :mod:`gbagraph.engine.paging` writes it."""
    rows: list[_Row] = read["results"]["bindings"]
    labels: Mapping[str, Any] = read["labels"]
    if read["page"]["form"] == "graph":
        triples = [(row["subject"], row["predicate"], row["object"]) for row in rows]
        return of_triples([*triples, *_labels(labels)])
    labelled = [_with_labels(row, labels) for row in rows]
    names = dict.fromkeys(
        each
        for name in read["head"]["vars"]
        for each in (name, f"{name}Label")
        if each == name or any(each in row for row in labelled)
    )
    terms = {iri: label for iri, label in labels.items() if iri.startswith(TERMS)}
    return _of_answer(Answer(tuple(names), labelled, read.get("titles", {}), terms))


def _with_labels(row: _Row, labels: Mapping[str, Any]) -> _Row:
    """*row*, with a label beside each IRI that has one and stands without.

    Terms of our vocabularies get none: what has a label is drawn as a thing.
    """
    labelled = {
        f"{name}Label": labels[term["value"]]
        for name, term in row.items()
        if term["type"] == "uri" and term["value"] in labels and not term["value"].startswith(TERMS)
    }
    return labelled | row


def _labels(labels: Mapping[str, Any]) -> Iterator[tuple[Any, Any, Any]]:
    """Yield the labels as triples, for the nodes of a graph that does not hold them."""
    predicate = {"type": "uri", "value": PREFIXES["rdfs"] + "label"}
    for iri, label in labels.items():
        yield {"type": "uri", "value": iri}, predicate, label


def of_rows(columns: Sequence[str], bindings: Sequence[Row]) -> tuple[Picture, ...]:
    """Return the pictures that fit the solutions of a SELECT query, as SPARQL results JSON has them."""
    return _of_answer(Answer(columns, bindings))


def _of_answer(answer: Answer) -> tuple[Picture, ...]:
    return tuple(picture for kind in KINDS.values() for picture in kind.fits(answer))


def of_triples(triples: Iterable[tuple[Term, Term, Term]], centre: str = "") -> tuple[Picture, ...]:
    """Return the network of a graph: its links between things, around the one with the IRI *centre*."""
    rows = list(triples)
    labels = {s["value"]: o for s, p, o in rows if p["value"] == PREFIXES["rdfs"] + "label"}
    rdf_type = PREFIXES["rdf"] + "type"
    kinds = {s["value"]: compact(o["value"]) for s, p, o in rows if p["value"] == rdf_type}
    nodes: dict[str, Node] = {}
    edges = []
    for s, p, o in rows:
        if o["type"] == "uri" == s["type"] and p["value"] != rdf_type:
            for term in (s, o):
                value = value_of(term, labels.get(term["value"]))
                nodes.setdefault(term["value"], Node(value, kinds.get(term["value"], "")))
            edges.append(Edge(s["value"], o["value"], term_name(p, labels.get(p["value"]))))
    return _network_of(nodes, edges, centre)


def both(kind: str, draw: Callable[[float], Drawing], note: str = "", title: str = "") -> Picture:
    """Return the picture of this kind of which *draw* makes the drawing of a width."""
    return Picture(kind, KINDS[kind].label, title, draw(shapes.WIDE), draw(shapes.NARROW), note)


def _map(answer: Answer) -> Iterable[Picture]:
    places = list(dict.fromkeys(filter(None, map(_placer(answer), answer.rows))))
    if places:
        behind = land.read()
        yield both("map", lambda width: maps.draw(places, width, behind), answer.note)


def _placer(answer: Answer) -> Callable[[Row], Place | None]:
    longitude = answer.named(_LONGITUDE, answer.numbers)
    latitude = answer.named(_LATITUDE, answer.numbers)
    geometry = next(iter(answer.all_are(terms.point)), None)

    def place(row: Row) -> Place | None:
        spot = None
        if longitude and latitude and longitude in row and latitude in row:
            x, y = terms.number(row[longitude]), terms.number(row[latitude])
            spot = None if x is None or y is None else (x, y)
        elif geometry and geometry in row:
            spot = terms.point(row[geometry])
        if spot is None or abs(spot[1]) > 90:
            return None
        name = answer.value(row)
        shown = name if name.text else Value(f"{spot[1]:g}, {spot[0]:g}")
        return Place(shown, *spot, answer.kind_of(row))

    return place


def _timeline(answer: Answer) -> Iterable[Picture]:
    if answer.times:
        read = (_moment(answer, row) for row in answer.rows)
        moments = list(dict.fromkeys(moment for moment in read if moment is not None))
        note = first_of(MOMENTS, len(moments), "moments")
        shown = sorted(moments, key=lambda row: row.earliest)[:MOMENTS]
        if shown:
            yield both(
                "timeline",
                lambda width: timeline.draw(shown, width),
                notes(answer.note, note),
            )


def _span_columns(columns: Sequence[str]) -> tuple[str, str, str] | None:
    """Return the columns where a span begins and ends, and its status."""
    for first, last, status in _SPANS:
        start = next((c for c in columns if c.lower().startswith(first)), None)
        end = next((c for c in columns if c.lower().startswith(last)), None)
        if start and end:
            return start, end, status
    return None


def _moment(answer: Answer, row: Row) -> Moment | None:
    start, end, status = _span_columns(answer.times) or (answer.times[0], answer.times[0], "")
    spans = [terms.time(row[column]) for column in (start, end) if column in row]
    if not spans or spans[0] is None or spans[-1] is None:
        return None
    earliest, latest = spans[0][0], max(spans[0][1], spans[-1][1])
    if shapes.is_unit(earliest, latest):
        status = ""
    name = answer.value(row)
    shown = name if name.text else Value(shapes.said(earliest, latest))
    return Moment(shown, earliest, latest, answer.kind_of(row), status)


def _quantities(answer: Answer) -> list[str]:
    """Return the columns with numbers, which are not those of a map."""
    return [c for c in answer.numbers if c.lower() not in _LONGITUDE | _LATITUDE]


def _charts(answer: Answer) -> Iterable[Picture]:
    if answer.subject is None:
        return
    unit = answer.named(_UNIT)
    series: dict[tuple[str, str], dict[Bar, None]] = {}
    for column in _quantities(answer):
        for row in answer.rows:
            number = terms.number(row[column]) if column in row else None
            if number is not None and answer.subject in row:
                of = _unit(answer.value(row, unit)) if unit else ""
                bars = series.setdefault((column, of), {})
                bars[Bar(answer.value(row), number, of)] = None
    many = [(title, list(bars)) for title, bars in series.items() if len(bars) > 1]
    for (column, of), rows in many[:_CHARTS]:
        title = f"{answer.title(column)} ({of})" if of else answer.title(column)
        yield _chart_of(answer, title, rows)


def _unit(value: Value) -> str:
    """Return a unit as people write it, from its IRI or its text."""
    name = re.split("[#/:]", value.text)[-1] if value.iri else value.text
    return UNITS.get(name, name)


def _chart_of(answer: Answer, title: str, bars: list[Bar]) -> Picture:
    note = notes(answer.note, first_of(BARS, len(bars), "numbers"))
    title = title[:1].upper() + title[1:]
    return both("chart", lambda width: charts.draw_bars(bars[:BARS], width), note, title)


def _points(answer: Answer) -> Iterable[Picture]:
    """Numbers over time, or two numbers against each other."""
    quantities = _quantities(answer)
    across = [*answer.times[:1], *quantities][:1]
    if not across or len({*across, *quantities}) < 2:
        return
    x, y = across[0], next(column for column in quantities if column != across[0])
    read = [_point_of(answer, row, x, y) for row in answer.rows if x in row and y in row]
    rows = list(dict.fromkeys(filter(None, read)))
    is_course = x in answer.times and len({row.x for row in rows}) == len(rows)
    names = {"x_name": answer.title(x), "y_name": answer.title(y)}
    title = f"{names['y_name']} by {names['x_name']}".capitalize()
    if len(rows) > 2:
        yield both(
            "points",
            lambda width: charts.draw_points(rows, width, is_joined=is_course, **names),
            answer.note,
            title,
        )


def _point_of(answer: Answer, row: Row, x: str, y: str) -> Point | None:
    number, time, up = terms.number(row[x]), terms.time(row[x]), terms.number(row[y])
    place = time[0] if time else number
    return None if place is None or up is None else Point(answer.value(row), place, up)


def _chains(answer: Answer) -> Iterable[Picture]:
    """Yield the chains of three or more things in each row, if there are any."""
    columns = _things(answer)
    if len(columns) < 3:
        return
    read = [_chain(answer, row, [c for c in columns if c in row]) for row in answer.rows]
    rows = list(dict.fromkeys(chain for chain in read if chain is not None))
    note = notes(answer.note, first_of(links.CHAINS, len(rows), "chains"))
    if rows:
        yield both("path", lambda width: links.draw_chains(rows, width), note)


def _chain(answer: Answer, row: Row, columns: list[str]) -> Chain | None:
    if len(columns) < 2:
        return None
    nodes = [Node(answer.value(row, column), answer.title(column)) for column in columns]
    names = [_link_name(answer, row, *pair) for pair in pairwise(columns)]
    return Chain(nodes[0], tuple(map(Step, names, nodes[1:])))


def _things(answer: Answer) -> list[str]:
    """Return the columns whose values are linked: those with labels, or all IRIs where none has any."""
    columns = [column for column in answer.iris if column.lower() not in _LINK]
    labelled = [column for column in columns if column in answer.labels]
    return labelled or (columns if not answer.labels else [])


def _link_name(answer: Answer, row: Row, start: str, end: str) -> str:
    """What stands between the two columns as the name of their link, else the name of the second."""
    order = answer.columns
    between = order[order.index(start) + 1 : order.index(end)]
    column = answer.named(_LINK, between)
    if column is None or column not in row:
        return answer.title(end)
    return answer.name(row, column)


def _networks(answer: Answer) -> Iterable[Picture]:
    """Yield the network of the things that stand beside each other in a row, if there are any."""
    columns = _things(answer)
    nodes: dict[str, Node] = {}
    edges = []
    for row in answer.rows if len(columns) > 1 else ():
        bound = [column for column in columns if column in row]
        for column in bound:
            node = Node(answer.value(row, column), answer.title(column))
            nodes.setdefault(row[column]["value"], node)
        for start, end in pairwise(bound):
            name = _link_name(answer, row, start, end)
            edges.append(Edge(row[start]["value"], row[end]["value"], name))
    yield from _network_of(nodes, edges, note=answer.note)


def _network_of(
    nodes: dict[str, Node], edges: list[Edge], centre: str = "", note: str = ""
) -> tuple[Picture, ...]:
    """Return the network of these, if any edge is there; *note* says what it leaves out already."""
    if not edges:
        return ()
    shown = list(nodes.values())

    def draw(width: float) -> network.Network:
        return network.draw(shown, edges, centre, width)

    left_out = draw(shapes.WIDE).left_out
    more = f"{left_out:,} more are not drawn." if left_out else ""
    return (both("network", draw, notes(note, more)),)


class Kind(NamedTuple):
    """A kind of picture, whose template is ``drawing/NAME.html``, with a macro of the same name.

    *label* is what the link to it says, *fits* makes the pictures of an answer, if there are any.
    """

    name: str
    label: str
    fits: Callable[[Answer], Iterable[Picture]]


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind("map", "Map", _map),
        Kind("timeline", "Timeline", _timeline),
        Kind("points", "Points", _points),
        Kind("chart", "Chart", _charts),
        Kind("path", "Paths", _chains),
        Kind("network", "Network", _networks),
    )
}
"""All kinds, in the order of the views of an answer."""
