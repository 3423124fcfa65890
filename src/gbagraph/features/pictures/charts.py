"""Charts of numbers: bars, and points that a line joins if they are a course of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from gbagraph.features.pictures import days, shapes
from gbagraph.features.pictures.shapes import Box, Drawing, Space, Tick, around, rounded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gbagraph.rdf.results import Value


_BAR: Final = 18.0
_AXIS: Final = 40.0
_NAMES: Final = 0.36
"""The part of a wide drawing that names may take; on a narrow one they are above the bars."""

_TOP: Final = 6.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A number that belongs to a thing."""

    label: Value
    number: float
    unit: str = ""

    @property
    def said(self) -> str:
        """The number with its unit."""
        return f"{shapes.written(self.number)} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Stripe:
    """A bar as it is drawn: its rectangle, the lines of its name, and where its number stands."""

    bar: Bar
    x: float
    y: float
    width: float
    lines: tuple[tuple[str, float], ...]
    name_x: float
    name_anchor: str
    number_x: float
    number_anchor: str
    number_y: float
    height: float = _BAR


@dataclass(frozen=True, slots=True)
class Chart(Drawing):
    """Bars on an axis; ``zero`` is its zero, and the lines of its ticks go down to ``bottom``."""

    stripes: tuple[Stripe, ...]
    ticks: tuple[Tick, ...]
    zero: float
    bottom: float

    @property
    def words(self) -> str:
        """All bars as sentences, for readers who do not see the drawing."""
        rows = (f"{row.bar.label.text}: {row.bar.said}." for row in self.stripes)
        return " ".join(rows)


def draw_bars(bars: Sequence[Bar], width: float = shapes.WIDE, language: str = "en") -> Chart:
    """Return the chart of *bars* in their order; numbers that no axis has a place for are left out."""
    shown = [bar for bar in bars if shapes.can_be_drawn(bar.number)]
    frame = _Frame(shown, width, language)
    stripes = tuple(map(frame.stripe, shown))
    bottom = round(frame.end, 1)
    return Chart(
        width,
        round(bottom + _AXIS, 1) if shown else 0,
        stripes,
        frame.ticks() if shown else (),
        frame.at(0),
        bottom,
    )


class _Axis:
    """Numbers from that of the first tick to that of the last, on a length."""

    def __init__(self, ticks: Sequence[float], start: float, length: float) -> None:
        self._first = ticks[0]
        self._span = ticks[-1] - self._first or 1.0
        self._start, self._length = start, length

    def at(self, number: float) -> float:
        """Return where *number* is."""
        part = number / self._span - self._first / self._span
        return round(self._start + part * self._length, 1)


class _Frame:
    """Where names, bars and numbers go."""

    def __init__(self, bars: Sequence[Bar], width: float, language: str) -> None:
        self._is_wide = width > shapes.NARROW * 1.5
        names = max((shapes.text_width(bar.label.text) for bar in bars), default=0.0)
        self._names = min(names + 2, width * _NAMES) if self._is_wide else width - 8
        numbers = [bar.number for bar in bars]
        low, high = min([0.0, *numbers]), max([0.0, *numbers])
        self._ticks = shapes.ticks(low, high if high > low else 1.0, 5 if self._is_wide else 3)
        said = max((shapes.text_width(bar.said, shapes.SMALL) for bar in bars), default=0.0) + 12
        left = (self._names + 14 if self._is_wide else 6) + (said if low < 0 else 0)
        right = width - (said if high > 0 or low == 0 else 16)
        self.at = _Axis(self._ticks, left, max(right, left + 40) - left).at
        self._width, self.end, self._language = width, _TOP, language

    def ticks(self) -> tuple[Tick, ...]:
        """Return the ticks; a name that would touch the one before, or the edge, is left out."""
        ticks = (Tick(self.at(n), shapes.short(n, self._language)) for n in self._ticks)
        return shapes.apart(ticks, self._width)

    def stripe(self, bar: Bar) -> Stripe:
        """Draw a bar below those before it."""
        start, end = sorted((self.at(0), self.at(bar.number)))
        names = shapes.wrapped(bar.label.text, self._names)
        line = shapes.SIZE * 1.2
        if self._is_wide:
            high = max(30.0, len(names) * line + 8)
            first = self.end + high / 2 - (len(names) - 1) * line / 2 + 4.8
            y = self.end + (high - _BAR) / 2
        else:
            high = len(names) * line + _BAR + 16
            first, y = self.end + 13, self.end + len(names) * line + 3
        self.end += high
        is_left = bar.number < 0
        return Stripe(
            bar,
            start,
            round(y, 1),
            round(max(end - start, 1), 1),
            tuple((row, round(first + n * line, 1)) for n, row in enumerate(names)),
            round(self._names if self._is_wide else 10, 1),
            "end" if self._is_wide else "start",
            start - 6 if is_left else round(max(end, start + 1) + 6, 1),
            "end" if is_left else "start",
            round(y + _BAR / 2 + 4.5, 1),
        )


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

    def said(self, language: str) -> str:
        """Return both as people write them."""
        if isinstance(self.x, date):
            return f"{days.said(self.x, self.x, language)}: {shapes.written(self.y)}"
        return f"{shapes.written(self.x)}, {shapes.written(self.y)}"


@dataclass(frozen=True, slots=True)
class Dot:
    """A point as it is drawn; ``label`` is where its name stands if there is room for it."""

    point: Point
    x: float
    y: float
    label: str
    label_box: Box | None


@dataclass(frozen=True, slots=True)
class Points(Drawing):
    """Dots in a frame, with both axes; ``line`` is a path through them, or empty."""

    frame: Box
    dots: tuple[Dot, ...]
    line: str
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    x_name: str
    y_name: str
    language: str

    @property
    def words(self) -> str:
        """All points as sentences, for readers who do not see the drawing."""
        return " ".join(
            f"{dot.point.value.text}: {dot.point.said(self.language)}." for dot in self.dots
        )


def draw_points(
    points: Sequence[Point],
    width: float = shapes.WIDE,
    *,
    is_joined: bool = False,
    names: tuple[str, str] = ("", ""),
    language: str = "en",
) -> Points:
    """Return the drawing of *points*, in the order of ``x`` where a line joins them.

    Numbers that no axis has a place for are left out.
    """
    shown = [
        row for row in points if shapes.can_be_drawn(_number(row)) and shapes.can_be_drawn(row.y)
    ]
    shown = sorted(shown, key=_number) if is_joined else shown
    is_wide = width > shapes.NARROW * 1.5
    up = shapes.ticks(*_range([row.y for row in shown]), 5)
    left = max(shapes.text_width(shapes.short(number, language), shapes.SMALL) for number in up)
    frame = rounded(left + _LEFT, 26, width - left - _LEFT - 24, width * (0.45 if is_wide else 0.8))
    across = _across(shown, int(frame.width / 90), language)
    xs = _Axis([number for number, _ in across], frame.x, frame.width)
    ys = _Axis(up, 0, frame.height)
    places = [(xs.at(_number(row)), round(26 + frame.height - ys.at(row.y), 1)) for row in shown]
    line = "M" + "L".join(f"{x} {y}" for x, y in places) if is_joined and len(places) > 1 else ""
    return Points(
        width,
        round(frame.y + frame.height + _BELOW, 1),
        frame,
        _dots(shown, places, frame),
        line,
        shapes.apart([Tick(xs.at(n), name) for n, name in across], width),
        tuple(Tick(round(26 + frame.height - ys.at(n), 1), shapes.short(n, language)) for n in up),
        *names,
        language,
    )


def _number(point: Point) -> float:
    return days.place(point.x) if isinstance(point.x, date) else point.x


def _range(numbers: Sequence[float]) -> tuple[float, float]:
    """Return the least and the greatest, with zero if that is near; never both the same."""
    low, high = min(numbers, default=0.0), max(numbers, default=1.0)
    if low == high:
        low, high = (low - abs(low) / 2, high + abs(high) / 2) if low else (0.0, 1.0)
    if 0 < low < high / 3:
        return 0.0, high
    return (low, 0.0) if low / 3 < high < 0 else (low, high)


def _across(points: Sequence[Point], most: int, language: str) -> list[tuple[float, str]]:
    dates = [row.x for row in points if isinstance(row.x, date)]
    if dates and len(dates) == len(points):
        return [
            (float(n), name)
            for n, name in days.date_ticks(min(dates), max(dates), max(most, 2), language)
        ]
    numbers = shapes.ticks(*_range(list(map(_number, points))), max(most, 2))
    return [(number, shapes.short(number, language)) for number in numbers]


def _dots(
    points: Sequence[Point], places: Sequence[tuple[float, float]], frame: Box
) -> tuple[Dot, ...]:
    space = Space(frame)
    for x, y in places:
        space.take(Box(x - _RADIUS, y - _RADIUS, 2 * _RADIUS, 2 * _RADIUS))
    dots = []
    for point, (x, y) in zip(points, places, strict=True):
        name = shapes.shortened(point.value.text, _LABEL, shapes.SMALL)
        size = shapes.text_width(name, shapes.SMALL), shapes.SMALL * 1.25
        box = space.first_free(around(x, y, _RADIUS + 3, *size)) if name else None
        dots.append(Dot(point, x, y, name, box))
    return tuple(dots)
