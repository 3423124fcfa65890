"""A chart of bars, with the number at the end of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gbagraph.web.drawing import scale, text
from gbagraph.web.drawing.scale import Tick

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
        return f"{scale.written(self.number)} {self.unit}".strip()


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
class Chart:
    """Bars on an axis; ``zero`` is its zero, and the lines of its ticks go down to ``bottom``."""

    width: float
    height: float
    stripes: tuple[Stripe, ...]
    ticks: tuple[Tick, ...]
    zero: float
    bottom: float
    unit: str

    @property
    def words(self) -> str:
        """All bars as sentences, for readers who do not see the drawing."""
        rows = (f"{row.bar.label.text}: {row.bar.said}." for row in self.stripes)
        return " ".join(rows)


def draw(bars: Sequence[Bar], width: float = text.WIDE) -> Chart:
    """The chart of *bars* in their order; numbers that no axis has a place for are left out."""
    shown = [bar for bar in bars if scale.can_be_drawn(bar.number)]
    frame = _Frame(shown, width)
    stripes = tuple(frame.stripes(shown))
    bottom = round(frame.end, 1)
    units = {bar.unit for bar in shown}
    return Chart(
        width,
        round(bottom + _AXIS, 1) if shown else 0,
        stripes,
        frame.ticks() if shown else (),
        frame.at(0),
        bottom,
        units.pop() if len(units) == 1 else "",
    )


class _Frame:
    """Where names, bars and numbers go."""

    def __init__(self, bars: Sequence[Bar], width: float) -> None:
        self._is_wide = width > text.NARROW * 1.5
        names = max((text.width(bar.label.text) for bar in bars), default=0.0)
        self._names = min(names + 2, width * _NAMES) if self._is_wide else width - 8
        numbers = [bar.number for bar in bars]
        low, high = min([0.0, *numbers]), max([0.0, *numbers])
        self._ticks = scale.ticks(low, high if high > low else 1.0, 5 if self._is_wide else 3)
        self._said = max((text.width(bar.said, text.SMALL) for bar in bars), default=0.0) + 12
        left = (self._names + 14 if self._is_wide else 6) + (self._said if low < 0 else 0)
        right = width - (self._said if high > 0 or low == 0 else 16)
        self._left, self._right = left, max(right, left + 40)
        self._width, self.end = width, _TOP

    def at(self, number: float) -> float:
        """Where *number* is on the axis."""
        first, last = self._ticks[0], self._ticks[-1]
        part = number / (last - first) - first / (last - first)
        return round(self._left + part * (self._right - self._left), 1)

    def ticks(self) -> tuple[Tick, ...]:
        """The ticks; a name that would touch the one before, or the edge, is left out."""
        return scale.apart((Tick(self.at(n), scale.short(n)) for n in self._ticks), self._width)

    def stripes(self, bars: Sequence[Bar]) -> list[Stripe]:
        return [self._stripe(bar) for bar in bars]

    def _stripe(self, bar: Bar) -> Stripe:
        start, end = sorted((self.at(0), self.at(bar.number)))
        names = text.wrapped(bar.label.text, self._names)
        line = text.SIZE * 1.2
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
            round(self._names if self._is_wide else 4, 1),
            "end" if self._is_wide else "start",
            start - 6 if is_left else round(max(end, start + 1) + 6, 1),
            "end" if is_left else "start",
            round(y + _BAR / 2 + 4.5, 1),
        )
