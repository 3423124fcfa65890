"""Points by two numbers, or by a date and a number; a line joins them if they are a course of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from gbagraph.web.drawing import dates, scale, text
from gbagraph.web.drawing.boxes import Box, Space, around, rounded
from gbagraph.web.drawing.scale import Tick

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gbagraph.rdf.results import Value

_RADIUS: Final = 4.5
_LEFT: Final = 14.0
_BELOW: Final = 46.0
_LABEL: Final = 170.0


@dataclass(frozen=True, slots=True)
class Point:
    """A thing, or a row without one, with the two that say where it is."""

    value: Value
    x: float | date
    y: float

    @property
    def said(self) -> str:
        """Both as people write them."""
        is_date = isinstance(self.x, date)
        x = dates.said(self.x, self.x) if isinstance(self.x, date) else scale.written(self.x)
        return f"{x}{':' if is_date else ','} {scale.written(self.y)}"


@dataclass(frozen=True, slots=True)
class Dot:
    """A point as it is drawn; ``label`` is where its name stands if there is room for it."""

    point: Point
    x: float
    y: float
    label: str
    label_box: Box | None


@dataclass(frozen=True, slots=True)
class Points:
    """Dots in a frame, with both axes; ``line`` is a path through them, or empty."""

    width: float
    height: float
    frame: Box
    dots: tuple[Dot, ...]
    line: str
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    x_name: str
    y_name: str

    @property
    def words(self) -> str:
        """All points as sentences, for readers who do not see the drawing."""
        return " ".join(f"{dot.point.value.text}: {dot.point.said}." for dot in self.dots)


def draw(
    points: Sequence[Point],
    width: float = text.WIDE,
    *,
    is_joined: bool = False,
    x_name: str = "",
    y_name: str = "",
) -> Points:
    """The drawing of *points*, in the order of ``x`` where a line joins them.

    Numbers that no axis has a place for are left out.
    """
    shown = [
        row for row in points if scale.can_be_drawn(_number(row)) and scale.can_be_drawn(row.y)
    ]
    shown = sorted(shown, key=_number) if is_joined else shown
    is_wide = width > text.NARROW * 1.5
    up = scale.ticks(*_range([row.y for row in shown]), 5)
    names = max(text.width(scale.short(number), text.SMALL) for number in up)
    frame = rounded(
        names + _LEFT, 26, width - names - _LEFT - 24, width * (0.45 if is_wide else 0.8)
    )
    across = _across(shown, int(frame.width / 90))
    xs, ys = _Axis(across, frame.x, frame.width), _Axis([(n, "") for n in up], 0, frame.height)
    places = [(xs.at(_number(row)), round(26 + frame.height - ys.at(row.y), 1)) for row in shown]
    line = "M" + "L".join(f"{x} {y}" for x, y in places) if is_joined and len(places) > 1 else ""
    return Points(
        width,
        round(frame.y + frame.height + _BELOW, 1),
        frame,
        _dots(shown, places, frame),
        line,
        scale.apart([Tick(xs.at(n), name) for n, name in across], width),
        tuple(Tick(round(26 + frame.height - ys.at(n), 1), scale.short(n)) for n in up),
        x_name,
        y_name,
    )


def _number(point: Point) -> float:
    return dates.place(point.x) if isinstance(point.x, date) else point.x


def _range(numbers: Sequence[float]) -> tuple[float, float]:
    """The least and the greatest, with zero if that is near; never both the same."""
    low, high = min(numbers, default=0.0), max(numbers, default=1.0)
    if low == high:
        low, high = (low - abs(low) / 2, high + abs(high) / 2) if low else (0.0, 1.0)
    if 0 < low < high / 3:
        return 0.0, high
    return (low, 0.0) if low / 3 < high < 0 else (low, high)


def _across(points: Sequence[Point], most: int) -> list[tuple[float, str]]:
    days = [row.x for row in points if isinstance(row.x, date)]
    if days and len(days) == len(points):
        return [(float(n), name) for n, name in dates.ticks(min(days), max(days), max(most, 2))]
    numbers = scale.ticks(*_range(list(map(_number, points))), max(most, 2))
    return [(number, scale.short(number)) for number in numbers]


class _Axis:
    """Numbers from that of the first tick to that of the last, on a length."""

    def __init__(self, ticks: Sequence[tuple[float, str]], start: float, length: float) -> None:
        self._first, last = ticks[0][0], ticks[-1][0]
        self._span = last - self._first or 1.0
        self._start, self._length = start, length

    def at(self, number: float) -> float:
        part = number / self._span - self._first / self._span
        return round(self._start + part * self._length, 1)


def _dots(
    points: Sequence[Point], places: Sequence[tuple[float, float]], frame: Box
) -> tuple[Dot, ...]:
    space = Space(frame)
    for x, y in places:
        space.take(Box(x - _RADIUS, y - _RADIUS, 2 * _RADIUS, 2 * _RADIUS))
    found = []
    for point, (x, y) in zip(points, places, strict=True):
        name = text.shortened(point.value.text, _LABEL, text.SMALL)
        size = text.width(name, text.SMALL), text.SMALL * 1.25
        box = space.first_free(around(x, y, _RADIUS + 3, *size)) if name else None
        found.append(Dot(point, x, y, name, box))
    return tuple(found)
