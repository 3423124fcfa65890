"""A line of time: when things happened, in lanes on wide pages and from top to bottom on phones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from gbagraph.features.pictures import days, shapes
from gbagraph.features.pictures.shapes import Drawing, Tick
from gbagraph.web.templating import words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from gbagraph.rdf.results import Value

    _Layout = tuple[float, Sequence[Tick], Sequence["Entry"]]


_LANE: Final = 28
_TOP: Final = 30
"""Space above the lanes, for the axis."""

_BAR: Final = 10.0
_LEAST: Final = 10.0
"""A day is at least this long, so that it can be seen."""

_LABEL: Final = 470.0
_AXIS: Final = 54
"""Where the axis of the upright layout is; its years are left of it."""

_LEFT: Final = 72
"""Where the labels of the upright layout begin."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something between two days, which is all of this time or, if ``uncertain``, somewhen in it.

    ``status`` is ``uncertain``, ``planned`` or empty.
    """

    value: Value
    earliest: date
    latest: date
    status: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A moment as it is drawn: a bar, and a label of one or more lines.

    In the upright layout it is a dot.
    """

    moment: Moment
    x: float
    y: float
    length: float
    label_x: float
    label_y: float
    anchor: str
    lines: tuple[str, ...]
    is_inside: bool = False

    @property
    def height(self) -> float:
        """The height of the bar, which is greater where the label is in it."""
        return 2.0 * _BAR if self.is_inside else _BAR

    @property
    def label_width(self) -> float:
        """The width of the broadest line."""
        return max(shapes.text_width(line) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Timeline(Drawing):
    """Moments and an axis; ``is_upright`` says that time goes down, and is not to scale."""

    is_upright: bool
    ticks: tuple[Tick, ...]
    entries: tuple[Entry, ...]
    statuses: tuple[str, ...]
    language: str

    def when(self, moment: Moment) -> str:
        """Return the time of *moment* in words."""
        return days.said(moment.earliest, moment.latest, self.language)

    @property
    def words(self) -> str:
        """All moments as sentences, for readers who do not see the drawing."""
        moments = (row.moment for row in self.entries)
        said = words(self.language)
        colon, stop = said.get(": ", ": "), said.get(".", ".")
        return " ".join(
            f"{self.when(moment)}{colon}{moment.value.text}{stop}" for moment in moments
        )


def draw(moments: Sequence[Moment], width: float = shapes.WIDE, language: str = "en") -> Timeline:
    """Return the timeline of *moments*, in the order of time: in lanes, or upright on phones."""
    ordered = sorted(moments, key=lambda row: (row.earliest, row.latest, row.value.text))
    is_upright = width < shapes.NARROW * 1.5
    layout = _upright(ordered, width) if is_upright else _in_lanes(ordered, width, language)
    height, ticks, entries = layout
    statuses = tuple(sorted({row.status for row in ordered if row.status}))
    return Timeline(width, height, is_upright, tuple(ticks), tuple(entries), statuses, language)


def _broad(one: Tick, two: Tick) -> float:
    """Return how far apart two ticks have to be for their names."""
    return shapes.text_width(one.name + two.name, shapes.SMALL) / 2 + 8


class _Axis:
    """From the first to the last round date around all moments, on a length."""

    def __init__(self, moments: Sequence[Moment], start: float, end: float, language: str) -> None:
        first = min(row.earliest for row in moments)
        last = max(row.latest for row in moments)
        for most in range(12, 0, -1):
            rows = days.date_ticks(first, last, most, language)
            self._first = min(rows[0][0], days.place(first))
            length = max(rows[-1][0], days.place(last) + 1) - self._first
            self._start, self._unit = start, (end - start) / length
            self.ticks = tuple(Tick(self.at(day), name) for day, name in rows)
            if all(two.at - one.at > _broad(one, two) for one, two in pairwise(self.ticks)):
                break

    def at(self, day: int) -> float:
        return round(self._start + (day - self._first) * self._unit, 1)

    def span(self, moment: Moment) -> tuple[float, float]:
        """Return where the bar of *moment* begins, and how long it is."""
        start = self.at(days.place(moment.earliest))
        end = self.at(days.place(moment.latest) + 1)
        if end - start < _LEAST:
            start = round((start + end - _LEAST) / 2, 1)
        return start, round(max(end - start, _LEAST), 1)


def _in_lanes(moments: Sequence[Moment], width: float, language: str) -> _Layout:
    if not moments:
        return 0, (), ()
    axis = _Axis(moments, 20, width - 24, language)
    # For each lane, what is taken of it from the left.
    ends: list[list[tuple[float, float]]] = []
    entries = []
    for moment in moments:
        entry = _entry(axis, moment, width)
        taken = _taken(entry)
        row = next((n for n, lane in enumerate(ends) if _fits(taken, lane)), len(ends))
        if row == len(ends):
            ends.append([])
        ends[row].append(taken)
        middle = _TOP + row * _LANE + _LANE / 2
        entries.append(replace(entry, y=middle - entry.height / 2, label_y=middle + 5))
    return _TOP + len(ends) * _LANE + 8, axis.ticks, entries


def _entry(axis: _Axis, moment: Moment, width: float) -> Entry:
    """A moment in no lane yet: its label is right of its bar, or left, or in it, as there is room."""
    x, length = axis.span(moment)
    right, left = width - (x + length) - 12, x - 12
    broad = shapes.text_width(shapes.shortened(moment.value.text, _LABEL))
    side = next((n for n, room in enumerate((right, left)) if broad <= room), -1)
    if side < 0:
        side = max(range(3), key=(right, left, length - 14).__getitem__)
    room = min(_LABEL, (right, left, length - 14)[side])
    return Entry(
        moment,
        x=x,
        y=0,
        length=length,
        label_x=round((x + length + 7, x - 7, x + 7)[side], 1),
        label_y=0,
        anchor="end" if side == 1 else "start",
        lines=(shapes.shortened(moment.value.text, room),),
        is_inside=side == 2,
    )


def _taken(entry: Entry) -> tuple[float, float]:
    """From where to where bar and label reach."""
    start = entry.label_x - (entry.label_width if entry.anchor == "end" else 0)
    end = start + entry.label_width
    return min(start, entry.x), max(end, entry.x + entry.length)


def _fits(taken: tuple[float, float], lane: Sequence[tuple[float, float]]) -> bool:
    return all(taken[1] + 14 <= start or end + 14 <= taken[0] for start, end in lane)


# --- From top to bottom ----------------------------------------------------------------------------


def _upright(moments: Sequence[Moment], width: float) -> _Layout:
    """In order and not to scale, as moments are often crowded; long times without any are wider."""
    entries: list[Entry] = []
    ticks: list[Tick] = []
    y = 4.0
    for number, moment in enumerate(moments):
        before = moments[number - 1].earliest.year if number else None
        if before != moment.earliest.year:
            y += min(6.0 * (moment.earliest.year - (before or moment.earliest.year)), 36)
            ticks.append(Tick(round(y + _BAR, 1), str(moment.earliest.year)))
        entry = _row(moment, round(y, 1), width)
        entries.append(entry)
        y += len(entry.lines) * shapes.SIZE * shapes.LINE + shapes.SMALL * shapes.LINE + 12
    return round(y, 1) if moments else 0, ticks, entries


def _row(moment: Moment, y: float, width: float) -> Entry:
    lines = shapes.wrapped(moment.value.text, width - _LEFT - 4, most=3)
    return Entry(moment, _AXIS - _BAR / 2, y + 5, _BAR, _LEFT, round(y + 14.8, 1), "start", lines)
