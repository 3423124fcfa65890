"""Things and links as they are drawn: boxes with names, and arrows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gbagraph.rdf.results import Value
    from gbagraph.web.drawing.boxes import Box

NAME: Final = 13.0
"""Height of the letters in boxes."""

KINDS: Final = 6
"""Number of colours; further kinds share the last one."""


@dataclass(frozen=True, slots=True)
class Node:
    """A thing, and what kind of thing it is, which colours it."""

    value: Value
    kind: str = ""

    @property
    def key(self) -> str:
        """What edges call it."""
        return self.value.iri or self.value.text


@dataclass(frozen=True, slots=True)
class Edge:
    """A link from one node to another, both by key, with the name of the link."""

    start: str
    end: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Circle:
    """A node as it is drawn: a box with at most three lines of text."""

    node: Node
    colour: int
    box: Box
    lines: tuple[str, ...]
    is_centre: bool = False

    @property
    def baselines(self) -> tuple[tuple[str, float], ...]:
        """Each line with where it stands."""
        line = NAME * 1.2
        first = self.box.y + self.box.height / 2 - line * (len(self.lines) - 1) / 2 + 4.6
        return tuple(
            (row, round(first + number * line, 1)) for number, row in enumerate(self.lines)
        )


@dataclass(frozen=True, slots=True)
class Label:
    """The name of a link, its anchor point, and its box."""

    text: str
    x: float
    y: float
    anchor: str
    box: Box


@dataclass(frozen=True, slots=True)
class Arrow:
    """A link as it is drawn: a path, heads (as paths), and labels; and as a sentence."""

    path: str
    heads: tuple[str, ...]
    labels: tuple[Label, ...]
    words: str
    is_cross: bool = False


def height_of(lines: Sequence[str]) -> float:
    """The height of a box with these lines."""
    return max(1, len(lines)) * NAME * 1.2 + 14


def head(x: float, y: float, side: int) -> str:
    """The head of an arrow whose tip is at a point."""
    return f"M{x:.1f} {y:.1f}l{-8 * side} -4v8z"


def bend(trunk: float, y1: float, y2: float, side: int) -> str:
    """Along the trunk with round corners; the path goes on to the side."""
    if abs(y2 - y1) < 1:
        return f"{trunk:.1f}"
    down, radius = (1 if y2 > y1 else -1), min(8.0, abs(y2 - y1) / 2)
    corner = radius * side
    return (
        f"{trunk - corner:.1f}q{corner:.1f} 0 {corner:.1f} {radius * down:.1f}"
        f"V{y2 - radius * down:.1f}q0 {radius * down:.1f} {corner:.1f} {radius * down:.1f}"
    )
