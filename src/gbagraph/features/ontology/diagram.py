"""The diagram of the main classes of the ontology: its boxes and arrows.

Their positions are fixed in ``ontology/diagram.json``, since no layout program finds a drawing that can
be read at a glance. The texts (names, subclasses, names of the links) come from the ontology each time.
What the ontology does not contain is left out. Every arrow is straight: it starts in the middle of the
rows, or of the column, that its two boxes share.
"""

from __future__ import annotations

import json
import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.paths import resource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Name(NamedTuple):
    """What the diagram shows of a term: its label, one in Chinese beside it, and the subclasses."""

    label: str
    chinese: str = ""
    kinds: Sequence[str] = ()


class Position(NamedTuple):
    """Column, first row and number of rows of a box."""

    column: int
    row: int
    rows: int


class Link(NamedTuple):
    """An arrow: from a class, by one or two properties, to a class."""

    subject: str
    properties: tuple[str, ...]
    object: str


_DRAWN: Final = json.loads(resource("ontology", "diagram.json").read_text(encoding="utf-8"))

POSITIONS: Final = {name: Position(*place) for name, place in _DRAWN["boxes"].items()}
"""The classes that are drawn.
``any-link`` is not a class: it stands for all links, since a claim is about a triple."""

LINKS: Final = tuple(Link(start, tuple(names), end) for start, names, end in _DRAWN["links"])

_MARGIN: Final = 4
_WIDTH: Final = 148
_HEIGHT: Final = 84
_ACROSS: Final = 91
_DOWN: Final = 30
_BAND: Final = 30
"""The space above the last row, which shows the evidence."""

_LAST: Final = max(position.row for position in POSITIONS.values())

_LETTERS: Final = 24
_KINDS: Final = 2
"""Lines of subclasses in a box at most."""
_LETTERS_OF_LINK: Final = 13
_LINE: Final = 14


@dataclass(frozen=True, slots=True)
class Box:
    """A class as it is drawn: a rectangle, a name, and small lines (text, distance from the top)."""

    fragment: str
    name: Name
    x: int
    y: int
    height: int
    lines: tuple[tuple[str, int], ...]
    width: int = _WIDTH


@dataclass(frozen=True, slots=True)
class Label:
    """The lines of the name of a link, where the first stands, and the fragment of the property."""

    fragment: str
    lines: tuple[str, ...]
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


def draw(names: Mapping[str, Name], language: str = "en") -> Diagram:
    """Return the diagram of the main classes and links that are in *names* (by fragment)."""
    no_terms = {name: Name(texts[language.lower()]) for name, texts in _DRAWN["names"].items()}
    names = {**names, **no_terms}
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
    small = _wrapped(name.kinds)
    # Lines for the names, then the small lines; together they are centred.
    names = 36 if name.chinese else 19
    top = (height - (names + _LINE * len(small))) // 2
    return Box(
        fragment=fragment,
        name=name,
        x=_MARGIN + position.column * (_WIDTH + _ACROSS),
        y=_top(position.row),
        height=height,
        lines=(
            (name.label, top + 15),
            (name.chinese, top + 32),
            *((line, top + names + 12 + _LINE * number) for number, line in enumerate(small)),
        ),
    )


def _wrapped(names: Sequence[str]) -> list[str]:
    """Return *names* in a few lines; Chinese characters are twice as broad as letters."""
    is_chinese = any(name[0] >= "\u4e00" for name in names)
    letters, comma = (_LETTERS // 2, "、") if is_chinese else (_LETTERS, ", ")
    lines = textwrap.wrap(", ".join(names), letters, max_lines=_KINDS, placeholder=" …")
    return [re.sub(", ?", comma, line).strip() for line in lines]


def _arrow(link: Link, boxes: Mapping[str, Box], names: Mapping[str, Name]) -> Arrow:
    start, end = boxes[link.subject], boxes[link.object]
    texts = [names[fragment].label for fragment in link.properties]
    words = f"{start.name.label} {' / '.join(texts)} {end.name.label}"
    if start.x == end.x:
        x = start.x + _WIDTH // 2
        down = start.y < end.y
        y1 = start.y + start.height if down else start.y
        y2 = end.y if down else end.y + end.height
        label = Label(link.properties[0], (texts[0],), x + 8, (y1 + y2) // 2 + 4, "start")
        return Arrow(x, y1, x, y2, (label,), words)
    # The middle of the rows that both boxes share.
    y = (max(start.y, end.y) + min(start.y + start.height, end.y + end.height)) // 2
    right = start.x < end.x
    x1, x2 = (start.x + _WIDTH, end.x) if right else (start.x, end.x + _WIDTH)
    labels = tuple(
        _on_line(fragment, text, (x1 + x2) // 2, y, is_above=place == 0)
        for place, (fragment, text) in enumerate(zip(link.properties, texts, strict=True))
    )
    return Arrow(x1, y, x2, y, labels, words)


def _on_line(fragment: str, text: str, x: int, y: int, *, is_above: bool) -> Label:
    """Return the name of a link above or below its line, in as many lines as it needs."""
    lines = tuple(textwrap.wrap(text, _LETTERS_OF_LINK))
    return Label(
        fragment, lines, x, y - 7 - _LINE * (len(lines) - 1) if is_above else y + 17, "middle"
    )
