"""A map of places, with a second one beside it where some are far from all others."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from gbagraph.features.pictures import shapes
from gbagraph.features.pictures.land import View, fitted, northing, outline, spread, unwrapped
from gbagraph.features.pictures.shapes import Box, Drawing, Label, Space, around, rounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gbagraph.features.pictures.land import Land
    from gbagraph.rdf.results import Value


RADIUS: Final = 5.0

_TOGETHER: Final = 3.0
"""Points nearer to each other than this are one mark."""

LABEL: Final = 190.0
"""Greatest width of a label."""

_TRIES: Final = 5
_CROWDED: Final = 60
"""Names of at most so many marks are placed anew, so often, to give each its own."""

_APART: Final = 6.0
"""Between the names of two places."""

_STEPS: Final = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 45, 60)


@dataclass(frozen=True, slots=True)
class Place:
    """A thing at a point of the earth, in degrees.

    A country or province ``is_area``: it has a name but no dot. ``basis`` is ``stated`` or ``inferred``
    where that is known of the point.
    """

    value: Value
    longitude: float
    latitude: float
    is_area: bool = False
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A dot for the places at a point; ``label`` is a number where there is no room for a name."""

    x: float
    y: float
    places: tuple[Place, ...]
    label: Label | None = None
    is_numbered: bool = False

    @property
    def is_area(self) -> bool:
        """Whether nothing but areas is there."""
        return all(place.is_area for place in self.places)

    @property
    def words(self) -> str:
        """What is there."""
        return ", ".join(place.value.text for place in self.places)


@dataclass(frozen=True, slots=True)
class Line:
    """A meridian or parallel, with its name."""

    x1: float
    y1: float
    x2: float
    y2: float
    name: Label


@dataclass(frozen=True, slots=True)
class Bar:
    """A length in the middle of the map, how many kilometres that is, and at which parallel."""

    length: float
    kilometres: str
    parallel: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One map on the drawing; the coordinates of what it shows are counted from its own corner."""

    x: float
    y: float
    width: float
    height: float
    land: str
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]
    bar: Bar
    frame: Box | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A place with its number in the list, from 1, and its longitude in the run of those of the map."""

    number: int
    longitude: float
    place: Place


def panel(
    view: View,
    items: Iterable[Item],
    land: Land | None,
    frame: Box | None = None,
    room: float = LABEL,
) -> Panel:
    """Return the map of *items*, whose labels are at most *room* broad."""
    coast = outline(view, land) if land else ""
    lines = () if coast else tuple(_graticule(view))
    marks = _marks(view, items)
    dots = [mark for _, mark in marks if not mark.is_area]
    taken = [line.name.box for line in lines]
    taken += [Box(dot.x - RADIUS, dot.y - RADIUS, 2 * RADIUS, 2 * RADIUS) for dot in dots]
    return Panel(
        x=0,
        y=0,
        width=round(view.width, 1),
        height=round(view.height, 1),
        land=coast,
        lines=lines,
        marks=tuple(_named(marks, taken, Box(1, 1, view.width - 2, view.height - 2), room)),
        bar=_bar(view),
        frame=frame,
    )


def _marks(view: View, items: Iterable[Item]) -> list[tuple[int, Mark]]:
    """Return the marks without labels, each with the number of its first place."""
    marks: dict[tuple[int, int], tuple[int, Mark]] = {}
    for item in items:
        x, y = round(view.x(item.longitude), 1), round(view.y(item.place.latitude), 1)
        spot = round(x / _TOGETHER), round(y / _TOGETHER)
        if spot in marks:
            number, mark = marks[spot]
            marks[spot] = number, replace(mark, places=(*mark.places, item.place))
        else:
            marks[spot] = item.number, Mark(x, y, (item.place,))
    return list(marks.values())


def _named(
    marks: list[tuple[int, Mark]], taken: Sequence[Box], area: Box, room: float
) -> list[Mark]:
    """Return the marks with labels: once more, those first that got no name, while that helps."""
    best: list[Mark] = []
    for _ in range(_TRIES):
        space = Space(area)
        for box in taken:
            space.take(box)
        drawn = [(number, _labelled(mark, number, space, room)) for number, mark in marks]
        nameless = [each for each in drawn if _is_nameless(each[1])]
        if not best or len(nameless) < sum(map(_is_nameless, best)):
            best = [mark for _, mark in sorted(drawn, key=itemgetter(0))]
        if not nameless or len(marks) > _CROWDED:
            break
        order = {number: place for place, (number, _) in enumerate(nameless)}
        marks = sorted(marks, key=lambda each: order.get(each[0], len(order)))
    return best


def _is_nameless(mark: Mark) -> bool:
    return mark.label is None or mark.is_numbered


def _labelled(mark: Mark, number: int, space: Space, room: float) -> Mark:
    """The mark with its name where there is a place for it, else with its number, else without."""
    name = shapes.shortened(mark.words, room, shapes.SMALL)
    for line, is_number in ((name, False), (str(number), True)):
        # With some space on both sides, so that names do not read as one.
        size = shapes.text_width(line, shapes.SMALL) + _APART, shapes.SMALL * 1.25
        boxes = [around(mark.x, mark.y, RADIUS + far, *size) for far in (3, 9)]
        middle = (
            [rounded(mark.x - size[0] / 2, mark.y - size[1] / 2, *size)] if mark.is_area else []
        )
        box = space.first_free(chain(middle, *boxes))
        if box is not None:
            return replace(mark, label=_label(line, box), is_numbered=is_number)
    return mark


def _label(line: str, box: Box) -> Label:
    return Label(
        line, round(box.x + _APART / 2, 1), round(box.y + box.height * 0.78, 1), "start", box
    )


def _graticule(view: View) -> Iterator[Line]:
    degrees = view.width / view.unit
    most = max(2, view.width / 90)
    size = next((size for size in _STEPS if degrees / size <= most), _STEPS[-1])
    for number in range(math.ceil(view.west / size), math.floor(view.east / size) + 1):
        x = round(view.x(number * size), 1)
        name = _edge(_meridian(number * size), x + 4, view.height - 18)
        is_cut = name.box.x + name.box.width > view.width - 4
        yield Line(x, 0, x, view.height, replace(name, text="") if is_cut else name)
    for number in range(math.ceil(view.south / size), math.floor(view.north / size) + 1):
        y = round(view.y(number * size), 1)
        if 20 < y < view.height - 24:
            yield Line(0, y, view.width, y, _edge(_degrees(number * size, "N", "S"), 5, y - 17))


def _meridian(longitude: float) -> str:
    turned = (longitude + 180) % 360 - 180
    return "180°" if turned == -180 else _degrees(turned, "E", "W")


def _degrees(number: float, above: str, below: str) -> str:
    side = above if number > 0 else below if number < 0 else ""
    return f"{abs(round(number, 2)):g}° {side}".strip()


def _edge(name: str, x: float, y: float) -> Label:
    size = shapes.SMALL - 1
    return _label(name, rounded(x, y, shapes.text_width(name, size) + _APART, size * 1.25))


def _bar(view: View) -> Bar:
    kilometres = view.kilometres()
    most = kilometres * min(140, view.width / 3)
    length = shapes.step(most, 1)
    while length > most * 1.001:
        # The next lower of 1, 2, 5.
        length = shapes.step(length / 2.6, 1)
    return Bar(round(length / kilometres, 1), shapes.written(round(length, 6)), _parallel(view))


def _parallel(view: View) -> str:
    """Return where the bar holds, if it does not hold for the whole map."""
    middle = round((view.north + view.south) / 2)
    return _degrees(middle, "N", "S") if view.north - view.south >= 8 else ""


_GAP: Final = 20

_BELOW: Final = 30
"""Space for the scale bar."""

_OUTLIER: Final = 3.0
"""How many times as far off the next point is, where those beyond it get a map of their own."""


@dataclass(frozen=True, slots=True)
class Map(Drawing):
    """A map, and a smaller one where some places are far from all others."""

    panels: tuple[Panel, ...]
    places: tuple[Place, ...]
    source: str

    @property
    def is_numbered(self) -> bool:
        """Whether some marks have numbers of the list beside it."""
        return any(mark.is_numbered for panel in self.panels for mark in panel.marks)


def draw(places: Sequence[Place], width: float = shapes.WIDE, land: Land | None = None) -> Map:
    """Return the map of *places*, which are those of the list beside it, in the same order."""
    items = _items(places)
    far = _far(items)
    near = [item for item in items if item.number not in far]
    is_wide = width > shapes.NARROW * 1.5
    main = round(width * 0.68) if far and is_wide else width
    heights = (width * 0.28, width * 0.42) if is_wide else (width * 0.5, width * 0.85)
    view = _on_land(fitted(_points(near), main, heights, 40 if is_wide else 32), near, land)
    panels = [panel(view, near, land)]
    if far:
        rest = width - main - _GAP if is_wide else width
        small = _overview(panels[0], view, items, far, rest, land)
        x, y = (main + _GAP, 0) if is_wide else (0, panels[0].height + _BELOW)
        panels.append(replace(small, x=x, y=y))
    return Map(
        width,
        round(max(row.y + row.height for row in panels) + _BELOW, 1),
        tuple(panels),
        tuple(item.place for item in items),
        land.source if land and any(row.land for row in panels) else "",
    )


def _items(places: Sequence[Place]) -> list[Item]:
    """Return the places that are on the earth, with numbers."""
    shown = [place for place in places if _is_on_earth(place)]
    turned = unwrapped([place.longitude for place in shown])
    return [
        Item(number, x, place)
        for number, (x, place) in enumerate(zip(turned, shown, strict=True), 1)
    ]


def _points(items: Iterable[Item]) -> list[tuple[float, float]]:
    return [(item.longitude, item.place.latitude) for item in items]


def _is_on_earth(place: Place) -> bool:
    return math.isfinite(place.longitude) and abs(place.latitude) <= 90


def _far(items: Sequence[Item]) -> set[int]:
    """The numbers of the items that are far from most others, which would be one spot beside them."""
    if len(items) < 5:
        return set()
    spots = [(x, northing(y)) for x, y in _points(items)]
    across, down = zip(*spots, strict=True)
    middle = sorted(across)[len(items) // 2], sorted(down)[len(items) // 2]
    off = [math.dist(middle, spot) for spot in spots]
    order = sorted(range(len(items)), key=off.__getitem__)
    for cut in range(math.ceil(len(order) * 0.6), len(order)):
        if off[order[cut]] > _OUTLIER * max(off[order[cut - 1]], 0.1):
            return {items[number].number for number in order[cut:]}
    return set()


def _on_land(view: View, items: Sequence[Item], land: Land | None) -> View:
    """Return the view moved onto the region of which the land is known, if all points are in it.

    Of points that are close together all of that region is shown that has room: a map of no more than
    their surroundings would not show where they are.
    """
    points = _points(items)
    if land is None or not points or not all(land.holds(*point) for point in points):
        return view
    if max(spread(points)) < land.near:
        view = land.around(points[0], view)
    return view.within(land.west, land.south, land.east, land.north)


def _overview(  # noqa: PLR0913, PLR0917  all that both maps share
    first: Panel,
    view: View,
    items: Sequence[Item],
    far: set[int],
    width: float,
    land: Land | None,
) -> Panel:
    """Return the map of all points, which names those far off, with a frame where the other map is."""
    whole = fitted(_points(items), width, (min(first.height, width) * 0.7, first.height), 34)
    x, y = whole.x(view.west), whole.y(view.north)
    frame = rounded(x, y, whole.x(view.east) - x, whole.y(view.south) - y)
    return panel(whole, [item for item in items if item.number in far], land, frame, width / 2)
