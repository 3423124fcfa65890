"""A map of places, with a second one beside it where some are far from all others."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gbagraph.web.drawing import text
from gbagraph.web.drawing.boxes import rounded
from gbagraph.web.drawing.panel import KINDS, Item, Panel, Place, panel
from gbagraph.web.drawing.projection import View, fitted, northing, unwrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gbagraph.web.drawing.land import Land

_GAP: Final = 20

_BELOW: Final = 30
"""Space for the scale bar."""

_OUTLIER: Final = 3.0
"""How many times as far off the next point is, where those beyond it get a map of their own."""


@dataclass(frozen=True, slots=True)
class Map:
    """A map, and a smaller one where some places are far from all others."""

    width: float
    height: float
    panels: tuple[Panel, ...]
    kinds: tuple[str, ...]
    places: tuple[Place, ...]
    source: str

    @property
    def words(self) -> str:
        """What a reader hears who does not see the map."""
        return f"{len(self.places)} places. The list below the map names them all."


def draw(places: Sequence[Place], width: float = text.WIDE, land: Land | None = None) -> Map:
    """The map of *places*, which are those of the list beside it, in the same order."""
    items = _items(places)
    far = _far(items)
    near = [item for item in items if item.number not in far]
    is_wide = width > text.NARROW * 1.5
    main = round(width * 0.68) if far and is_wide else width
    view = fitted(_points(near), main, (main * 0.5, main * 0.85), 40 if is_wide else 32)
    view = _on_land(view, near, land)
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
        tuple(dict.fromkeys(item.place.kind for item in items)),
        tuple(item.place for item in items),
        land.source if land and any(row.land for row in panels) else "",
    )


def _items(places: Sequence[Place]) -> list[Item]:
    """The places that are on the earth, with numbers and colours."""
    shown = [place for place in places if _is_on_earth(place)]
    kinds = list(dict.fromkeys(place.kind for place in shown))
    turned = unwrapped([place.longitude for place in shown])
    return [
        Item(number, x, place, min(kinds.index(place.kind), KINDS - 1))
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
    """The view moved onto the region of which the land is known, if all points are in it."""
    if land is None or not items:
        return view
    inside = all(
        land.west <= x <= land.east and land.south <= y <= land.north for x, y in _points(items)
    )
    return view.within(land.west, land.south, land.east, land.north) if inside else view


def _overview(  # noqa: PLR0913, PLR0917  all that both maps share
    first: Panel,
    view: View,
    items: Sequence[Item],
    far: set[int],
    width: float,
    land: Land | None,
) -> Panel:
    """The map of all points, which names those far off, with a frame where the other map is."""
    whole = fitted(_points(items), width, (min(first.height, width) * 0.7, first.height), 34)
    x, y = whole.x(view.west), whole.y(view.north)
    frame = rounded(x, y, whole.x(view.east) - x, whole.y(view.south) - y)
    return panel(whole, [item for item in items if item.number in far], land, frame, width / 2)
