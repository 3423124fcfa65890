"""Which pictures fit an answer: one row of a table for each kind of picture."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gbagraph.features.pictures import charts, days, land, links, maps, network, shapes, timeline
from gbagraph.features.pictures import columns as terms
from gbagraph.features.pictures.charts import Bar, Point
from gbagraph.features.pictures.columns import LATITUDE, LONGITUDE, Answer, View, term_name
from gbagraph.features.pictures.links import Chain, Edge, Node, Step
from gbagraph.features.pictures.maps import Place
from gbagraph.features.pictures.shapes import Choice, LeftOut, Picture, missing
from gbagraph.features.pictures.timeline import Moment
from gbagraph.rdf.namespaces import BASES, PREFIXES, TERMS
from gbagraph.rdf.results import Value, value_of
from gbagraph.web.templating import UNITS, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gbagraph.features.pictures.columns import Row, Term
    from gbagraph.features.pictures.shapes import Drawing
    from gbagraph.web.kinds import Family

    _Row = dict[str, Any]


_LINK: Final = frozenset({"property", "predicate", "relation", "link", "way", "role", "p"})

BARS: Final = 40
MOMENTS: Final = 60
_CHARTS: Final = 3

_BASES: Final = {iri: basis for iri, basis in BASES.items() if basis != "ours"}
"""The properties that say whether a source states something."""

_PLANNED: Final = PREFIXES["gba"] + "Planned"
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


def pictures(
    read: Mapping[str, Any],
    language: str,
    families: Mapping[str, Family],
    chosen: Mapping[str, str],
) -> tuple[Picture, ...]:
    """Return the pictures that fit a page of an answer, as :mod:`gbagraph.engine.paging` writes it.

    *families* are those of the things in it by IRI, *chosen* the parameters of the page in *language*.
    """
    view = View(language, families, chosen)
    rows, labels = read["results"]["bindings"], read["labels"]
    if read["page"]["form"] == "graph":
        triples = [(row["subject"], row["predicate"], row["object"]) for row in rows]
        return of_triples([*triples, *_labels(labels)], families)
    labelled = [_with_labels(row, labels) for row in rows]
    names = dict.fromkeys(
        each
        for name in read["head"]["vars"]
        for each in (name, f"{name}Label")
        if each == name or any(each in row for row in labelled)
    )
    terms = {iri: label for iri, label in labels.items() if iri.startswith(TERMS)}
    named = view._replace(titles=read.get("titles", {}), names=terms)
    return of_rows(tuple(names), labelled, named)


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


def of_rows(
    columns: Sequence[str], bindings: Sequence[Row], view: View | None = None
) -> tuple[Picture, ...]:
    """Return the pictures that fit the solutions of a SELECT query, as SPARQL results JSON has them."""
    answer = Answer(columns, bindings, view)
    drawn = (picture for kind in KINDS.values() for picture in kind.fits(answer))
    return tuple(replace(picture, families=answer.view.families) for picture in drawn)


def of_triples(
    triples: Iterable[tuple[Term, Term, Term]], families: Mapping[str, Family]
) -> tuple[Picture, ...]:
    """Return the network of a graph: its links between things, which have these *families* by IRI."""
    rows = list(triples)
    labels = {s["value"]: o for s, p, o in rows if p["value"] == PREFIXES["rdfs"] + "label"}
    rdf_type = PREFIXES["rdf"] + "type"
    nodes: dict[str, Node] = {}
    edges = []
    for s, p, o in rows:
        if o["type"] == "uri" == s["type"] and p["value"] != rdf_type:
            for term in (s, o):
                nodes.setdefault(term["value"], Node(value_of(term, labels.get(term["value"]))))
            edges.append(Edge(s["value"], o["value"], term_name(p, labels.get(p["value"]))))
    return tuple(replace(row, families=families) for row in _network_of(nodes, edges))


def both(  # noqa: PLR0913  what is drawn, and what is said of it
    kind: str,
    draw: Callable[[float], Drawing],
    left_out: tuple[LeftOut, ...] = (),
    *,
    title: str = "",
    choices: tuple[Choice, ...] = (),
    wide: float = shapes.WIDE,
) -> Picture:
    """Return the picture of this kind of which *draw* makes the drawing of a width."""
    drawn = draw(wide), draw(shapes.NARROW)
    return Picture(kind, KINDS[kind].label, title, *drawn, left_out, choices)


def _map(answer: Answer) -> Iterable[Picture]:
    read = list(map(_placer(answer), answer.rows))
    places = list(dict.fromkeys(filter(None, read)))
    if places:
        behind = land.read()
        lacking = missing(read.count(None), len(read), "point")
        yield both(
            "map",
            lambda width: maps.draw(places, width, behind),
            answer.left_out + lacking,
            wide=answer.view.wide,
        )


def _placer(answer: Answer) -> Callable[[Row], Place | None]:
    longitude = answer.named(LONGITUDE, answer.numbers)
    latitude = answer.named(LATITUDE, answer.numbers)
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
        family = answer.view.families.get(shown.iri or "")
        basis = next((_BASES[t["value"]] for t in row.values() if t["value"] in _BASES), "")
        return Place(shown, *spot, bool(family and family.is_area), basis)

    return place


def _timeline(answer: Answer) -> Iterable[Picture]:
    if not answer.times:
        return
    read = [_moment(answer, row) for row in answer.rows]
    moments = list(dict.fromkeys(filter(None, read)))
    shown = sorted(moments, key=lambda row: row.earliest)[:MOMENTS]
    lacking = missing(read.count(None), len(read), "date")
    more = missing(len(moments) - MOMENTS, len(moments))
    if shown:
        yield both(
            "timeline",
            lambda width: timeline.draw(shown, width, answer.view.language),
            answer.left_out + lacking + more,
            wide=answer.view.wide,
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
    status = "" if days.is_unit(earliest, latest) else status
    status = "planned" if any(t["value"] == _PLANNED for t in row.values()) else status
    name = answer.value(row)
    shown = name if name.text else Value(days.said(earliest, latest, answer.view.language))
    return Moment(shown, earliest, latest, status)


def _charts(answer: Answer) -> Iterable[Picture]:
    measures = answer.measures
    if not measures or not answer.names:
        return
    chosen = answer.view.chosen
    name = chosen["by"] if chosen.get("by") in answer.names else answer.names[0]
    shown = [chosen["measure"]] if chosen.get("measure") in measures else measures
    choices = Choice("measure", measures, shown[0]), Choice("by", answer.names, name)
    series = [(c, of, bars) for c in shown for of, bars in _series(answer, c, name).items()]
    for column, of, bars in [each for each in series if len(each[2]) > 1][:_CHARTS]:
        said = words(answer.view.language)
        within = f"{said.get(' (', ' (')}{of}{said.get(')', ')')}" if of else ""
        title = f"{answer.title(column)}{within}"
        yield _chart_of(
            answer,
            title,
            column,
            list(bars),
            choices if len((*measures, *answer.names)) > 2 else (),
        )


def _series(answer: Answer, column: str, name: str) -> dict[str, dict[Bar, None]]:
    """Return the bars of a column by their units, each named by what stands in the column *name*."""
    unit = answer.named(_UNIT)
    series: dict[str, dict[Bar, None]] = {}
    for row in answer.rows:
        number = terms.number(row[column]) if column in row else None
        if number is not None and name in row:
            of = _unit(answer.value(row, unit), answer.view.language) if unit else ""
            series.setdefault(of, {})[Bar(answer.value(row, name), number, of)] = None
    return series


def _unit(value: Value, language: str) -> str:
    """Return a unit as people write it in *language*, from its IRI or its text."""
    name = re.split("[#/:]", value.text)[-1] if value.iri else value.text
    return words(language).get(UNITS.get(name, name), UNITS.get(name, name))


def _chart_of(
    answer: Answer, title: str, column: str, bars: list[Bar], choices: tuple[Choice, ...]
) -> Picture:
    lacking = sum(column not in row for row in answer.rows)
    left_out = (
        *answer.left_out,
        *missing(lacking, len(answer.rows), "number"),
        *missing(len(bars) - BARS, len(bars)),
    )
    language = answer.view.language
    return both(
        "chart",
        lambda width: charts.draw_bars(bars[:BARS], width, language),
        left_out,
        title=title[:1].upper() + title[1:],
        choices=choices,
    )


def _points(answer: Answer) -> Iterable[Picture]:
    """Numbers over time, or two numbers against each other."""
    quantities = answer.quantities
    across = [*answer.times[:1], *quantities][:1]
    if not across or len({*across, *quantities}) < 2:
        return
    x, y = across[0], next(column for column in quantities if column != across[0])
    read = [_point_of(answer, row, x, y) for row in answer.rows if x in row and y in row]
    rows = list(dict.fromkeys(filter(None, read)))
    is_course = x in answer.times and len({row.x for row in rows}) == len(rows)
    names, language = (answer.title(x), answer.title(y)), answer.view.language
    if len(rows) > 2:
        yield both(
            "points",
            lambda width: charts.draw_points(
                rows, width, is_joined=is_course, names=names, language=language
            ),
            answer.left_out + missing(len(answer.rows) - len(rows), len(answer.rows), "number"),
            title=f"{names[1].capitalize()} / {names[0]}",
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
    more = missing(len(rows) - links.CHAINS, len(rows))
    if rows:
        yield both("path", lambda width: links.draw_chains(rows, width), answer.left_out + more)


def _chain(answer: Answer, row: Row, columns: list[str]) -> Chain | None:
    if len(columns) < 2:
        return None
    nodes = [Node(answer.value(row, column)) for column in columns]
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
            nodes.setdefault(row[column]["value"], Node(answer.value(row, column)))
        for start, end in pairwise(bound):
            name = _link_name(answer, row, start, end)
            edges.append(Edge(row[start]["value"], row[end]["value"], name))
    yield from _network_of(nodes, edges, answer.left_out)


def _network_of(
    nodes: dict[str, Node], edges: list[Edge], left_out: tuple[LeftOut, ...] = ()
) -> Iterator[Picture]:
    """Yield the network of these, if any edge is there; *left_out* is so already."""
    if edges:
        yield both("network", lambda w: network.draw(nodes.values(), edges, w), left_out)


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
