"""Rectangles, and a space in which none may lie on another."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

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
