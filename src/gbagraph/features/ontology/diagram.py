"""The diagram of the main classes of the ontology: its boxes and arrows.

Their positions are fixed in ``ontology/diagram.json``, since no layout program finds a drawing that can
be read at a glance. The texts (names, subclasses, names of the links) come from the ontology each time.
What the ontology does not contain is left out. Every arrow is straight: it starts in the middle of the
rows, or of the column, that its two boxes share.
"""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.paths import resource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Name(NamedTuple):
    """What the diagram shows of a term: its labels and, for a class, its parent and its subclasses."""

    label: str
    chinese: str = ""
    parent: str = ""
    kinds: Sequence[str] = ()


class Position(NamedTuple):
    """Column, first row and number of rows of a box, and the group that colours it."""

    column: int
    row: int
    rows: int
    group: str


class Link(NamedTuple):
    """An arrow: from a class, by one or two properties, to a class."""

    subject: str
    properties: tuple[str, ...]
    object: str


_DRAWN: Final = json.loads(resource("ontology", "diagram.json").read_text(encoding="utf-8"))

POSITIONS: Final = {name: Position(*place) for name, place in _DRAWN["boxes"].items()}
"""The classes that are drawn. A ``record`` tells a date, a number, a role or a status.
``any-link`` is not a class: it stands for all links, since a claim is about a triple."""

LINKS: Final = tuple(Link(start, tuple(names), end) for start, names, end in _DRAWN["links"])

_MARGIN: Final = 8
_WIDTH: Final = 176
_HEIGHT: Final = 114
_ACROSS: Final = 112
_DOWN: Final = 36
_BAND: Final = 34
"""The space above the last row, which shows the evidence."""

_LAST: Final = max(position.row for position in POSITIONS.values())

_LETTERS: Final = 26
_LINE: Final = 14


_NO_TERMS: Final = {"any-link": Name("Any link above"), "is-about": Name("is about")}


@dataclass(frozen=True, slots=True)
class Box:
    """A class as it is drawn: a rectangle, a name, and small lines (text, distance from the top)."""

    fragment: str
    group: str
    name: Name
    x: int
    y: int
    height: int
    lines: tuple[tuple[str, int], ...]
    width: int = _WIDTH


@dataclass(frozen=True, slots=True)
class Label:
    """The name of a link, its anchor point, and the fragment of the property to link to."""

    fragment: str
    text: str
    x: int
    y: int
    anchor: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """A link as it is drawn, and as a sentence."""

    x1: int
    y1: int
    x2: int
    y2: int
    labels: tuple[Label, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """All that is drawn, and the size of the drawing."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    width: int
    height: int
    band: int

    @property
    def words(self) -> str:
        """The links as sentences, for readers who do not see the drawing."""
        return " ".join(f"{arrow.words}." for arrow in self.arrows)


def draw(names: Mapping[str, Name]) -> Diagram:
    """Return the diagram of the main classes and links that are in *names* (by fragment)."""
    names = {**names, **_NO_TERMS}
    boxes = {
        fragment: _box(fragment, position, names[fragment])
        for fragment, position in POSITIONS.items()
        if fragment in names
    }
    arrows = tuple(
        _arrow(link, boxes, names)
        for link in LINKS
        if {link.subject, link.object} <= boxes.keys() and names.keys() >= set(link.properties)
    )
    columns = 1 + max(position.column for position in POSITIONS.values())
    return Diagram(
        boxes=tuple(boxes.values()),
        arrows=arrows,
        width=2 * _MARGIN + columns * _WIDTH + (columns - 1) * _ACROSS,
        height=_top(_LAST) + _HEIGHT + _MARGIN,
        band=_top(_LAST) - (_DOWN + _BAND) // 2,
    )


def _top(row: int) -> int:
    return _MARGIN + row * (_HEIGHT + _DOWN) + (_BAND if row == _LAST else 0)


def _box(fragment: str, position: Position, name: Name) -> Box:
    height = position.rows * _HEIGHT + (position.rows - 1) * _DOWN
    small = textwrap.wrap(f"a kind of {name.parent}", _LETTERS) if name.parent else []
    small += textwrap.wrap(", ".join(name.kinds), _LETTERS)
    # Two lines for the names, then the small lines; together they are centred.
    top = (height - (36 + _LINE * len(small))) // 2
    return Box(
        fragment=fragment,
        group=position.group,
        name=name,
        x=_MARGIN + position.column * (_WIDTH + _ACROSS),
        y=_top(position.row),
        height=height,
        lines=(
            (name.label, top + 15),
            (name.chinese, top + 32),
            *((line, top + 48 + _LINE * number) for number, line in enumerate(small)),
        ),
    )


def _arrow(link: Link, boxes: Mapping[str, Box], names: Mapping[str, Name]) -> Arrow:
    start, end = boxes[link.subject], boxes[link.object]
    texts = [names[fragment].label for fragment in link.properties]
    words = f"{start.name.label} {' or '.join(texts)} {end.name.label}"
    if start.x == end.x:
        x = start.x + _WIDTH // 2
        down = start.y < end.y
        y1 = start.y + start.height if down else start.y
        y2 = end.y if down else end.y + end.height
        label = Label(link.properties[0], texts[0], x + 8, (y1 + y2) // 2 + 4, "start")
        return Arrow(x, y1, x, y2, (label,), words)
    # The middle of the rows that both boxes share.
    y = (max(start.y, end.y) + min(start.y + start.height, end.y + end.height)) // 2
    right = start.x < end.x
    x1, x2 = (start.x + _WIDTH, end.x) if right else (start.x, end.x + _WIDTH)
    labels = tuple(
        Label(fragment, text, (x1 + x2) // 2, y + offset, "middle")
        for fragment, text, offset in zip(link.properties, texts, (-7, 17), strict=False)
    )
    return Arrow(x1, y, x2, y, labels, words)
