"""Mercator's projection, the part of the world that a map shows, and the outlines of land in it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gbagraph import web

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Point = tuple[float, float]


_POLE: Final = 85.0
"""The latitude beyond which the projection would reach too far."""

_LEAST: Final = 0.3
"""Degrees that a map shows at least: about 30 km."""

_PART: Final = 0.7
"""The part of a region that is shown where there is one point."""

_KILOMETRES: Final = 111.32
"""Length of a degree of the equator."""


def northing(latitude: float) -> float:
    """Return the distance of a parallel from the equator, in degrees of the equator."""
    angle = math.radians(max(-_POLE, min(_POLE, latitude)))
    return math.degrees(math.asinh(math.tan(angle)))


def latitude_of(distance: float) -> float:
    """Return the parallel at a *distance* from the equator: the inverse of :func:`northing`."""
    return math.degrees(math.atan(math.sinh(math.radians(distance))))


def unwrapped(longitudes: Sequence[float]) -> tuple[float, ...]:
    """Return the longitudes as a run without a jump: it begins after the widest gap between them.

    So points on both sides of the antimeridian lie beside each other; numbers may be above 180.
    """
    if not longitudes:
        return ()
    turned = sorted({longitude % 360 for longitude in longitudes})
    after = zip(turned, [*turned[1:], turned[0]], strict=True)
    start = max(((b - a) % 360 or 360, b) for a, b in after)[1]
    start -= 360 if start >= 180 else 0
    # Rounded: what is a hair below the start would be a turn of the earth beyond it.
    beyond = (round((longitude - start) % 360, 9) % 360 for longitude in longitudes)
    return tuple(round(start + each, 9) for each in beyond)


@dataclass(frozen=True, slots=True)
class View:
    """A part of the world on an area of *width* by *height*; ``unit`` is the length of a degree."""

    west: float
    top: float
    unit: float
    width: float
    height: float

    def x(self, longitude: float) -> float:
        """Distance from the left."""
        return (longitude - self.west) * self.unit

    def y(self, latitude: float) -> float:
        """Distance from the top."""
        return (self.top - northing(latitude)) * self.unit

    @property
    def east(self) -> float:
        """The longitude of the right edge."""
        return self.west + self.width / self.unit

    @property
    def south(self) -> float:
        """The latitude of the lower edge."""
        return latitude_of(self.top - self.height / self.unit)

    @property
    def north(self) -> float:
        """The latitude of the upper edge."""
        return latitude_of(self.top)

    def kilometres(self) -> float:
        """Return the length of a unit of the drawing in the middle of the map."""
        middle = latitude_of(self.top - self.height / self.unit / 2)
        return _KILOMETRES * math.cos(math.radians(middle)) / self.unit

    def within(self, west: float, south: float, east: float, north: float) -> View:
        """Return the view moved into a region as far as it goes there."""
        x = min(max(self.west, west), east - self.width / self.unit)
        high = min(self.top, northing(north))
        top = max(high, northing(south) + self.height / self.unit)
        return View(x, top, self.unit, self.width, self.height)


def spread(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return how far *points* are apart, in degrees of the equator: across and down."""
    across, down = [x for x, _ in points] or [0.0], [northing(y) for _, y in points] or [0.0]
    return max(across) - min(across), max(down) - min(down)


def fitted(
    points: Sequence[tuple[float, float]], width: float, heights: tuple[float, float], margin: float
) -> View:
    """Return the view in which all *points* lie, with a *margin*, and the height that suits them."""
    across = [x for x, _ in points] or [0.0]
    down = [northing(y) for _, y in points] or [0.0]
    reach = spread(points)
    wide, high = max(reach[0], _LEAST), max(reach[1], _LEAST / 2)
    inner = width - 2 * margin
    height = max(heights[0], min(heights[1], inner * high / wide + 2 * margin))
    unit = min(inner / wide, (height - 2 * margin) / high)
    middle = (min(across) + max(across)) / 2, (min(down) + max(down)) / 2
    return View(middle[0] - width / unit / 2, middle[1] + height / unit / 2, unit, width, height)


BUILT: Final = Path(web.__file__).parent / "static" / "built" / "land.json"

_NEAR: Final = 1.0
"""Points nearer than this to the one before are left out: no eye could tell them apart."""

_BEYOND: Final = 4.0
"""How far outlines go beyond the map, so that where they are cut off is not seen."""


@dataclass(frozen=True, slots=True)
class Land:
    """Rings of longitudes and northings, their source, and the region that they are all land of."""

    rings: tuple[tuple[Point, ...], ...]
    source: str
    west: float
    south: float
    east: float
    north: float

    @property
    def near(self) -> float:
        """How far points are apart at most, in degrees, that would be a spot on a map of it."""
        return (self.east - self.west) / 12

    def holds(self, longitude: float, latitude: float) -> bool:
        """Return whether a point is in the region."""
        return self.west <= longitude <= self.east and self.south <= latitude <= self.north

    def around(self, point: tuple[float, float], view: View) -> View:
        """Return a view as large as *view* of most of the region, moved half the way to *point*."""
        unit = view.width / (self.east - self.west) / _PART
        x = ((self.west + self.east) / 2 + point[0]) / 2
        y = (northing((self.south + self.north) / 2) + northing(point[1])) / 2
        half = view.width / unit / 2, view.height / unit / 2
        return View(x - half[0], y + half[1], unit, view.width, view.height)


@lru_cache(maxsize=2)
def read(file: Path = BUILT) -> Land | None:
    """Return the land of *file*; None if there is no such file, or no land in it."""
    if not file.is_file():
        return None
    document = json.loads(file.read_text(encoding="utf-8"))
    if not any(document["rings"]):
        return None
    rings = tuple(tuple((float(x), northing(y)) for x, y in ring) for ring in document["rings"])
    return Land(rings, str(document.get("source", "")), *_region(document))


def _region(document: dict[str, Any]) -> Sequence[float]:
    """Return the region that the file names, or else what the rings reach."""
    if "bounds" in document:
        return list(map(float, document["bounds"]))
    across, down = zip(*(point for ring in document["rings"] for point in ring), strict=True)
    return min(across), min(down), max(across), max(down)


def outline(view: View, land: Land) -> str:
    """Return the land of a map as a path; empty where it goes beyond the region that is known."""
    slack = 0.02 * view.width / view.unit
    is_known = (
        land.west - slack <= view.west
        and view.east <= land.east + slack
        and land.south - slack <= view.south
        and view.north <= land.north + slack
    )
    return "".join(_ring(view, ring) for ring in land.rings) if is_known else ""


def _ring(view: View, ring: Sequence[Point]) -> str:
    west, top, unit = view.west, view.top, view.unit
    points = _thinned(((x - west) * unit, (top - y) * unit) for x, y in ring)
    for axis, end in ((0, view.width), (1, view.height)):
        points = _cut(points, axis, -_BEYOND, 1)
        points = _cut(points, axis, end + _BEYOND, -1)
    if len(points) < 3:
        return ""
    return _path(points)


def _thinned(points: Iterable[Point]) -> list[Point]:
    kept: list[Point] = []
    last_x = last_y = float("-inf")
    for x, y in points:
        if abs(x - last_x) + abs(y - last_y) >= _NEAR:
            kept.append((x, y))
            last_x, last_y = x, y
    return kept


def _cut(points: Sequence[Point], axis: int, at: float, side: int) -> list[Point]:
    """What of a ring is on one side of a line across the *axis* (Sutherland and Hodgman)."""
    numbers = [(point[axis] - at) * side for point in points]
    if not points or max(numbers) < 0:
        return []
    if min(numbers) >= 0:
        return list(points)
    kept: list[Point] = []
    for number, (one, off) in enumerate(zip(points, numbers, strict=True)):
        before, from_off = points[number - 1], numbers[number - 1]
        if (off >= 0) != (from_off >= 0):
            part = from_off / (from_off - off)
            x, y = before
            kept.append((x + part * (one[0] - x), y + part * (one[1] - y)))
        if off >= 0:
            kept.append(one)
    return kept


def _path(points: Sequence[Point]) -> str:
    """A closed path in tenths, each point relative to the one before: that takes half the bytes."""
    tenths = [(round(10 * x), round(10 * y)) for x, y in points]
    x, y = tenths[0]
    steps = [(c - a, d - b) for (a, b), (c, d) in pairwise(tenths)]
    moves = "".join(f"{_short(across)}{_short(down)}" for across, down in steps if across or down)
    return f"M{x / 10:g} {y / 10:g}l{moves.strip()}Z"


def _short(tenths: int) -> str:
    """Return a number of tenths as short as it can be written, parted from what stands before it."""
    text = f"{tenths / 10:g}".replace("0.", ".", 1) if abs(tenths) < 10 else f"{tenths / 10:g}"
    return text if text.startswith("-") else f" {text}"
