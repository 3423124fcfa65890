"""The outlines of land behind a map, from a file that is made when the software is built."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gbagraph.web.drawing.projection import northing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gbagraph.web.drawing.projection import View

    Point = tuple[float, float]

BUILT: Final = Path(__file__).parent.parent / "static" / "built" / "land.json"

_NEAR: Final = 1.0
"""Points nearer than this to the one before are left out, as nobody could tell them apart."""

_BEYOND: Final = 4.0
"""How far outlines go beyond the map, so that where they are cut off is not seen."""


@dataclass(frozen=True, slots=True)
class Land:
    """Rings of longitudes and northings, who drew them, and the region that they are all land of."""

    rings: tuple[tuple[Point, ...], ...]
    source: str
    west: float
    south: float
    east: float
    north: float


@lru_cache(maxsize=2)
def read(file: Path = BUILT) -> Land | None:
    """The land of *file*; None if there is no such file, or no land in it."""
    if not file.is_file():
        return None
    found = json.loads(file.read_text(encoding="utf-8"))
    if not any(found["rings"]):
        return None
    rings = tuple(tuple((float(x), northing(y)) for x, y in ring) for ring in found["rings"])
    return Land(rings, str(found.get("source", "")), *_region(found))


def _region(found: dict[str, Any]) -> Sequence[float]:
    """The region that the file names, or else what the rings reach."""
    if "bounds" in found:
        return list(map(float, found["bounds"]))
    across, down = zip(*(point for ring in found["rings"] for point in ring), strict=True)
    return min(across), min(down), max(across), max(down)


def outline(view: View, land: Land) -> str:
    """The land of a map as a path; empty where the map goes beyond the region that it is known of."""
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
    """A number of tenths as short as it can be written, parted from what stands before it."""
    text = f"{tenths / 10:g}".replace("0.", ".", 1) if abs(tenths) < 10 else f"{tenths / 10:g}"
    return text if text.startswith("-") else f" {text}"
