"""The parts of all drawings: boxes, widths of texts, axes with ticks; and a picture in two widths."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gbagraph.web.kinds import Family


_CELL: Final = 48
"""Side of the squares by which a space finds neighbours."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; ``x`` and ``y`` are its left upper corner."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Box) -> bool:
        """Return whether both have some area in common."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )

    def holds(self, other: Box) -> bool:
        """Return whether *other* lies within this one."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.x + other.width <= self.x + self.width
            and other.y + other.height <= self.y + self.height
        )


def rounded(x: float, y: float, width: float, height: float) -> Box:
    """Return a box with one decimal, which is as fine as anyone sees."""
    return Box(round(x, 1), round(y, 1), round(width, 1), round(height, 1))


@dataclass(frozen=True, slots=True)
class Label:
    """A text with its box; ``x`` and ``y`` are its anchor point on the base line."""

    text: str
    x: float
    y: float
    anchor: str
    box: Box


class Space:
    """What is taken of an area; the squares of a grid make it quick to ask."""

    def __init__(self, area: Box) -> None:
        self._area = area
        self._cells: dict[tuple[int, int], list[Box]] = {}

    def take(self, box: Box) -> None:
        """Let nothing else lie on *box*."""
        for cell in _cells(box):
            self._cells.setdefault(cell, []).append(box)

    def is_free(self, box: Box) -> bool:
        """Return whether *box* is within the area and on nothing that is taken."""
        return self._area.holds(box) and not any(
            box.overlaps(other) for cell in _cells(box) for other in self._cells.get(cell, ())
        )

    def first_free(self, boxes: Iterable[Box]) -> Box | None:
        """Return the first of *boxes* that is free, which is taken then; None if there is none."""
        free = next(filter(self.is_free, boxes), None)
        if free is not None:
            self.take(free)
        return free


def _cells(box: Box) -> Iterator[tuple[int, int]]:
    across = range(int(box.x // _CELL), int((box.x + box.width) // _CELL) + 1)
    down = range(int(box.y // _CELL), int((box.y + box.height) // _CELL) + 1)
    return product(across, down)


def around(x: float, y: float, distance: float, width: float, height: float) -> Iterator[Box]:
    """Yield the places for a label at a point, the best first: right, left, above, below, corners."""
    left, right = x - distance - width, x + distance
    above, below = y - distance - height, y + distance
    near = distance * 0.7
    yield rounded(right, y - height / 2, width, height)
    yield rounded(left, y - height / 2, width, height)
    yield rounded(x - width / 2, above, width, height)
    yield rounded(x - width / 2, below, width, height)
    yield rounded(x + near, y - near - height, width, height)
    yield rounded(x + near, y + near, width, height)
    yield rounded(x - near - width, y - near - height, width, height)
    yield rounded(x - near - width, y + near, width, height)


WIDE: Final = 1112
"""Width of a drawing for desks, in units of the drawing: that of the column of a page."""

NARROW: Final = 328
"""Width of a drawing for phones: a screen of 360 pixels less the margins of the page."""

SIZE: Final = 14.0
"""Height of the letters of names."""

SMALL: Final = 12.5
"""Height of the letters of axes, details and names of links."""

LINE: Final = 1.3
"""Distance of lines, in heights of letters."""

_SLIM: Final = frozenset("iIjlftr.,:;'|!()[]{}/-·° ")
_BROAD: Final = frozenset("mwMW@%&—…")


@lru_cache(maxsize=4096)
def _ems(character: str) -> float:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Cf", "Mn", "Me"}:
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.2
    if character in _SLIM:
        return 0.4
    if character in _BROAD:
        return 1.0
    return 0.72 if character.isupper() else 0.62


@lru_cache(maxsize=4096)
def text_width(text: str, size: float = SIZE) -> float:
    """Return how broad *text* is, in the unit of *size*; Chinese characters count double."""
    return sum(map(_ems, text)) * size


def shortened(text: str, room: float, size: float = SIZE) -> str:
    """Return *text* on one line, cut with an ellipsis where it is broader than *room*."""
    line = " ".join(text.split())
    if text_width(line, size) <= room:
        return line
    rest = room - text_width("…", size)
    for end, character in enumerate(line):
        rest -= _ems(character) * size
        if rest < 0:
            return f"{line[:end].rstrip()}…"
    return line


@lru_cache(maxsize=4096)
def wrapped(text: str, room: float, size: float = SIZE, most: int = 2) -> tuple[str, ...]:
    """Return *text* in at most *most* lines, none broader than *room*, of which the last may be cut."""
    rest = " ".join(text.split())
    lines: list[str] = []
    while rest and len(lines) < most - 1 and text_width(rest, size) > room:
        end = _break(rest, room, size)
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return (*lines, shortened(rest, room, size)) if rest or not lines else tuple(lines)


def _break(text: str, room: float, size: float) -> int:
    """Return where a line ends: after its last space or ideograph that fits, else within a word."""
    best = last = 0
    taken = 0.0
    for end, character in enumerate(text, 1):
        taken += _ems(character) * size
        if taken > room and character != " ":
            break
        last = end
        if character in " -" or unicodedata.east_asian_width(character) in "WF":
            best = end
    return best or max(last, 1)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What all models have: the size of the view box. Their ``words`` say what they show."""

    width: float
    height: float


class LeftOut(NamedTuple):
    """How many of all are not drawn, and why.

    *why* is ``many`` where only the first are drawn, else what the others lack: ``date``, ``point`` …
    """

    number: int
    of: int
    why: str


class Choice(NamedTuple):
    """The columns that a reader can choose for a part of a picture, and the one that is chosen."""

    name: str
    columns: tuple[str, ...]
    chosen: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a kind, for wide pages and for phones, and what is not drawn.

    ``label`` is that of its kind, ``title`` is empty if that says all. ``families`` are those of the
    things in it by IRI, ``choices`` the columns that it can be drawn of.
    """

    kind: str
    label: str
    title: str
    wide: Drawing
    narrow: Drawing
    left_out: tuple[LeftOut, ...] = ()
    choices: tuple[Choice, ...] = ()
    families: Mapping[str, Family] = field(default_factory=dict)


def missing(number: int, of: int, why: str = "many") -> tuple[LeftOut, ...]:
    """Return what is not drawn if that is anything: *number* of all."""
    return (LeftOut(number, of, why),) if number > 0 else ()


LARGEST: Final = 1e300
"""Beyond this the differences of numbers are no numbers any more."""

_SUPERSCRIPTS: Final = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_WORDS: Final = {
    "en": ((1e12, " trillion"), (1e9, " billion"), (1e6, " million")),
    "zh-Hans": ((1e12, "万亿"), (1e8, "亿"), (1e4, "万")),
    "zh-Hant": ((1e12, "萬億"), (1e8, "億"), (1e4, "萬")),
}


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis with its name; it has none where there is no room."""

    at: float
    name: str


def can_be_drawn(number: float) -> bool:
    """Return whether there is a place for *number* on an axis."""
    return math.isfinite(number) and abs(number) <= LARGEST


def step(span: float, most: int) -> float:
    """Return the least of 1, 2, 5 times a power of ten of which *span* has at most *most*."""
    if span <= 0:
        return 1.0
    rough = max(span / most, 1e-300)
    power = 10.0 ** math.floor(math.log10(rough))
    return next((f * power for f in (1, 2, 5) if f * power >= rough * 0.9999), 10 * power)


def ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """Return round numbers from *low* or just below to *high* or just above."""
    size = step(high - low, most)
    first, last = math.floor(low / size + 1e-9), math.ceil(high / size - 1e-9)
    if high > low:
        last = max(last, first + 1)  # of numbers that are hardly more than 0, too
    # Beside a number so large that the step is lost in its digits, only the ends can be written.
    if last - first > 4 * most:
        return (low, high)
    # The product of a whole number and the step has a tail of digits, such as 0.30000000000000004.
    places = max(0, 2 - math.floor(math.log10(size)))
    numbers = (number * size for number in range(first, last + 1))
    return tuple(round(n, places) if places < 300 else n for n in numbers)


def written(number: float) -> str:
    """Return *number* as people write it: 1,234.5, or with a power of ten instead of many digits."""
    size = abs(number)
    if size and not 1e-4 <= size < 1e15:
        return _with_power(number)
    is_whole = number == int(number)
    places = 0 if is_whole or not size else max(0, 5 - math.floor(math.log10(size)))
    text = f"{number:,.{places}f}"
    return (text.rstrip("0").rstrip(".") if places else text).replace("-", "\N{MINUS SIGN}")


def short(number: float, language: str = "en") -> str:
    """Return *number* for an axis: 50 billion."""
    size = abs(number)
    if size < 1e15:
        for unit, word in _WORDS[language]:
            if size >= unit:
                return f"{written(number / unit)}{word}"
    return written(number)


def _with_power(number: float) -> str:
    mantissa, exponent = f"{number:.3e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".").replace("-", "\N{MINUS SIGN}")
    return f"{mantissa} \N{MULTIPLICATION SIGN} 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def apart(marks: Iterable[Tick], width: float) -> tuple[Tick, ...]:
    """Return the ticks, without the names that would touch the one before or the edge."""
    result, end = [], 0.0
    for tick in marks:
        half = text_width(tick.name, SMALL) / 2
        fits = tick.at - half >= end and tick.at + half <= width
        end = tick.at + half + 8 if fits else end
        result.append(tick if fits else Tick(tick.at, ""))
    return tuple(result)
