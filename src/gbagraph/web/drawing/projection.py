"""Mercator's projection, and the part of the world that a map shows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_POLE: Final = 85.0
"""The latitude beyond which the projection would reach too far."""

_LEAST: Final = 0.3
"""Degrees that a map shows at least: about 30 km."""

_KILOMETRES: Final = 111.32
"""Length of a degree of the equator."""


def northing(latitude: float) -> float:
    """The distance of a parallel from the equator, in degrees of the equator."""
    angle = math.radians(max(-_POLE, min(_POLE, latitude)))
    return math.degrees(math.asinh(math.tan(angle)))


def latitude_of(distance: float) -> float:
    """The parallel at a *distance* from the equator: the inverse of :func:`northing`."""
    return math.degrees(math.atan(math.sinh(math.radians(distance))))


def unwrapped(longitudes: Sequence[float]) -> tuple[float, ...]:
    """The longitudes as a run without a jump: it begins after the widest gap between them.

    So points on both sides of the antimeridian lie beside each other; numbers may be above 180.
    """
    if not longitudes:
        return ()
    turned = sorted({longitude % 360 for longitude in longitudes})
    gaps = [(b - a, b) for a, b in zip(turned, [*turned[1:], turned[0] + 360], strict=True)]
    start = max(gaps, key=lambda gap: gap[0])[1] % 360
    start -= 360 if start >= 180 else 0
    return tuple(start + (longitude - start) % 360 for longitude in longitudes)


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
        """The length of a unit of the drawing in the middle of the map."""
        middle = latitude_of(self.top - self.height / self.unit / 2)
        return _KILOMETRES * math.cos(math.radians(middle)) / self.unit

    def within(self, west: float, south: float, east: float, north: float) -> View:
        """The view moved into a region as far as it goes there."""
        x = min(max(self.west, west), east - self.width / self.unit)
        high = min(self.top, northing(north))
        top = max(high, northing(south) + self.height / self.unit)
        return View(x, top, self.unit, self.width, self.height)


def fitted(
    points: Sequence[tuple[float, float]], width: float, heights: tuple[float, float], margin: float
) -> View:
    """The view in which all *points* lie, with a *margin*, and the height that suits them."""
    across = [x for x, _ in points] or [0.0]
    down = [northing(y) for _, y in points] or [0.0]
    wide = max(max(across) - min(across), _LEAST)
    high = max(max(down) - min(down), _LEAST / 2)
    inner = width - 2 * margin
    height = max(heights[0], min(heights[1], inner * high / wide + 2 * margin))
    unit = min(inner / wide, (height - 2 * margin) / high)
    middle = (min(across) + max(across)) / 2, (min(down) + max(down)) / 2
    return View(middle[0] - width / unit / 2, middle[1] + height / unit / 2, unit, width, height)
