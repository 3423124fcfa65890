"""Boxes, widths of texts, and a picture as pages show it: once for wide pages and once for phones."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


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
        """Whether both have some area in common."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )

    def holds(self, other: Box) -> bool:
        """Whether *other* lies within this one."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.x + other.width <= self.x + self.width
            and other.y + other.height <= self.y + self.height
        )


def rounded(x: float, y: float, width: float, height: float) -> Box:
    """A box with one decimal, which is as fine as anyone sees."""
    return Box(round(x, 1), round(y, 1), round(width, 1), round(height, 1))


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
        """Whether *box* is within the area and on nothing that is taken."""
        return self._area.holds(box) and not any(
            box.overlaps(other) for cell in _cells(box) for other in self._cells.get(cell, ())
        )

    def first_free(self, boxes: Iterable[Box]) -> Box | None:
        """The first of *boxes* that is free, which is taken then; None if there is none."""
        found = next(filter(self.is_free, boxes), None)
        if found is not None:
            self.take(found)
        return found


def _cells(box: Box) -> Iterator[tuple[int, int]]:
    across = range(int(box.x // _CELL), int((box.x + box.width) // _CELL) + 1)
    down = range(int(box.y // _CELL), int((box.y + box.height) // _CELL) + 1)
    return product(across, down)


def around(x: float, y: float, distance: float, width: float, height: float) -> Iterator[Box]:
    """The eight places for a label at a point, the best first: right, left, above, below, corners."""
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


WIDE: Final = 800
"""Width of a drawing for desks, in units of the drawing."""

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
    """How broad *text* is, in the unit of *size*; Chinese characters count double."""
    return sum(map(_ems, text)) * size


def shortened(text: str, room: float, size: float = SIZE) -> str:
    """*text* on one line, cut with an ellipsis where it is broader than *room*."""
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
    """*text* in at most *most* lines, none broader than *room*; the last one is cut if need be."""
    rest = " ".join(text.split())
    lines: list[str] = []
    while rest and len(lines) < most - 1 and text_width(rest, size) > room:
        end = _break(rest, room, size)
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return (*lines, shortened(rest, room, size)) if rest or not lines else tuple(lines)


def _break(text: str, room: float, size: float) -> int:
    """Where a line ends: after its last space or ideograph that fits, else within a word."""
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


class Drawing(Protocol):
    """What all models have."""

    @property
    def width(self) -> float:
        """Width of the view box."""

    @property
    def height(self) -> float:
        """Height of the view box."""

    @property
    def words(self) -> str:
        """What it shows, in sentences."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a kind, for wide pages and for phones, and a sentence on what is not drawn.

    ``label`` is that of its kind, ``title`` is empty if that says all.
    """

    kind: str
    label: str
    title: str
    wide: Drawing
    narrow: Drawing
    note: str = ""


def notes(*sentences: str) -> str:
    """Those that are not empty, together."""
    return " ".join(filter(None, sentences))


def first_of(shown: int, number: int, what: str) -> str:
    """A sentence on how many are drawn, if those are not all."""
    return f"Drawn are the first {shown:,} of {number:,} {what}." if number > shown else ""
