"""Links beside the tree of a network: lines with the numbers by which a list names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gbagraph.web.drawing import text
from gbagraph.web.drawing.boxes import Box, Space, rounded
from gbagraph.web.drawing.nodes import Arrow, Label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def draw(links: Iterable[tuple[Box, Box, str]], taken: Iterable[Box], area: Box) -> Iterator[Arrow]:
    """The lines between each two boxes, with a sentence on each, numbered from 1.

    Numbers lie on none of the boxes that are *taken*. A line that would run through other boxes is not
    drawn, nor is a number that has no room: the list has them all.
    """
    space = Space(area)
    for box in taken:
        space.take(box)
    for number, (one, other, words) in enumerate(links, 1):
        path, points = _crossing_path(one, other)
        if path:
            label = _number_label(str(number), points, space)
            yield Arrow(path, (), (label,) if label else (), words, is_cross=True)


def _crossing_path(one: Box, other: Box) -> tuple[str, tuple[tuple[float, float], ...]]:
    """A curve between two boxes, and points on it; nothing where it would run through others."""
    y1, y2 = one.y + one.height / 2, other.y + other.height / 2
    if one.x == other.x:
        x = one.x + one.width
        bow = min(34.0, 12 + abs(y2 - y1) / 12)
        path = f"M{x:.1f} {y1:.1f}C{x + bow:.1f} {y1:.1f} {x + bow:.1f} {y2:.1f} {x:.1f} {y2:.1f}"
        return path, tuple((x + bow * 0.75, y1 + (y2 - y1) * part) for part in (0.5, 0.4, 0.6, 0.3))
    left, right = (one, other) if one.x < other.x else (other, one)
    x1, x2 = left.x + left.width, right.x
    if x2 - x1 > left.width:
        return "", ()
    y1, y2 = left.y + left.height / 2, right.y + right.height / 2
    middle = (x1 + x2) / 2
    path = f"M{x1:.1f} {y1:.1f}C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    return path, tuple((x1 + (x2 - x1) * part, y1 + (y2 - y1) * part) for part in (0.5, 0.4, 0.6))


def _number_label(line: str, points: Sequence[tuple[float, float]], space: Space) -> Label | None:
    size = text.width(line, text.SMALL) + 4, text.SMALL * 1.3
    boxes = (rounded(x - size[0] / 2, y - size[1] / 2, *size) for x, y in points)
    box = space.first_free(boxes)
    if box is None:
        return None
    return Label(line, round(box.x + box.width / 2, 1), round(box.y + 12, 1), "middle", box)
