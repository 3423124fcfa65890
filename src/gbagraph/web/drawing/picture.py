"""A picture as pages show it: one drawing for wide pages and one for phones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gbagraph.web.drawing import text

if TYPE_CHECKING:
    from collections.abc import Callable


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
    """A picture for wide pages and one for phones, and a sentence on what is not drawn.

    ``kind`` is map, timeline, chart, points, path or network, which is the name of its template.
    """

    kind: str
    title: str
    wide: Drawing
    narrow: Drawing
    note: str = ""


def both(kind: str, title: str, draw: Callable[[float], Drawing], note: str = "") -> Picture:
    """The picture of which *draw* makes the drawing of a width."""
    return Picture(kind, title, draw(text.WIDE), draw(text.NARROW), note)


def notes(*sentences: str) -> str:
    """Those that are not empty, together."""
    return " ".join(filter(None, sentences))


def first_of(shown: int, number: int, what: str) -> str:
    """A sentence on how many are drawn, if those are not all."""
    return f"Drawn are the first {shown:,} of {number:,} {what}." if number > shown else ""
