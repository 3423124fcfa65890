"""The diagram of the ontology's main classes: where each box and each arrow stands.

Where a box stands is decided here, since no layout program finds a drawing that reads at a glance;
what stands in it (names, the kinds below a class, names of the links) comes from the ontology at
each reading. What the ontology does not have is left out. Every arrow runs straight, from the middle
of the rows or of the column that its two boxes share.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Name(NamedTuple):
    """What the diagram needs to know of a term: its labels and, for a class, what is around it."""

    label: str
    chinese: str = ""
    parent: str = ""
    kinds: Sequence[str] = ()


class Place(NamedTuple):
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


PLACES: Final = {
    "Company": Place(0, 0, 3, "thing"),
    "SigningRound": Place(0, 3, 1, "record"),
    "Country": Place(0, 4, 1, "thing"),
    "Project": Place(1, 0, 1, "thing"),
    "SitePlan": Place(1, 1, 1, "record"),
    "Cooperation": Place(1, 2, 1, "record"),
    "Quantity": Place(1, 3, 1, "record"),
    "Region": Place(1, 4, 1, "thing"),
    "Zone": Place(2, 0, 4, "thing"),
    "City": Place(2, 4, 1, "thing"),
    "Event": Place(3, 0, 1, "record"),
    "Plan": Place(3, 1, 1, "record"),
    "PlannedRole": Place(3, 2, 1, "record"),
    "Topic": Place(3, 3, 1, "thing"),
    "Initiative": Place(3, 4, 1, "thing"),
    "GovernmentBody": Place(4, 0, 1, "thing"),
    "Target": Place(4, 1, 4, "record"),
    "any-link": Place(0, 5, 1, "anything"),
    "Claim": Place(1, 5, 1, "source"),
    "Paragraph": Place(2, 5, 1, "source"),
    "Section": Place(3, 5, 1, "source"),
    "SourceDocument": Place(4, 5, 1, "source"),
}
"""The classes that are drawn. A ``record`` is a node that carries its evidence itself.
``any-link`` is no class: it stands for every link, since a claim is about a triple."""

LINKS: Final = (
    Link("Company", ("develops",), "Project"),
    Link("SitePlan", ("organization",), "Company"),
    Link("Cooperation", ("partner",), "Company"),
    Link("Project", ("locatedIn",), "Zone"),
    Link("SitePlan", ("place",), "Zone"),
    Link("Cooperation", ("cooperationOf",), "Zone"),
    Link("Zone", ("area",), "Quantity"),
    Link("SigningRound", ("investment",), "Quantity"),
    Link("Zone", ("locatedIn",), "City"),
    Link("City", ("memberOf",), "Region"),
    Link("Region", ("locatedIn",), "Country"),
    Link("Event", ("launched", "promoted"), "Zone"),
    Link("Event", ("approved",), "Plan"),
    Link("Event", ("approvedBy",), "GovernmentBody"),
    Link("Plan", ("concerns",), "Zone"),
    Link("Plan", ("hasAim",), "Target"),
    Link("PlannedRole", ("roleOf",), "Zone"),
    Link("PlannedRole", ("focusesOn",), "Topic"),
    Link("Zone", ("focusesOn",), "Topic"),
    Link("Target", ("focusesOn",), "Topic"),
    Link("Initiative", ("focusesOn",), "Topic"),
    Link("City", ("carriesOut",), "Initiative"),
    Link("Initiative", ("hasAim",), "Target"),
    Link("Claim", ("is-about",), "any-link"),
    Link("Claim", ("statedIn", "inferredFrom"), "Paragraph"),
    Link("Paragraph", ("inSection",), "Section"),
    Link("Section", ("inDocument",), "SourceDocument"),
)

_MARGIN: Final = 8
_WIDTH: Final = 176
_HEIGHT: Final = 100
_ACROSS: Final = 112
_DOWN: Final = 36
_BAND: Final = 34
"""What sets the last row, that of the evidence, apart from the rest."""

_LETTERS: Final = 26
_LINE: Final = 14


_NO_TERMS: Final = {"any-link": Name("Any link above"), "is-about": Name("is about")}


@dataclass(frozen=True, slots=True)
class Box:
    """A class as it is drawn: a rectangle, its name, and small lines (text, distance from the top)."""

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
    """The name of a link, where it begins or has its middle, and the property to lead to."""

    fragment: str
    text: str
    x: int
    y: int
    anchor: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """A link as it is drawn, and in words."""

    x1: int
    y1: int
    x2: int
    y2: int
    labels: tuple[Label, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """Everything that is drawn, and the size of the whole."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    width: int
    height: int
    band: int

    @property
    def words(self) -> str:
        """The links as sentences, for those who do not see the drawing."""
        return " ".join(f"{arrow.words}." for arrow in self.arrows)


def draw(names: Mapping[str, Name]) -> Diagram:
    """The diagram of those main classes and links that *names* (by fragment) knows."""
    names = {**names, **_NO_TERMS}
    boxes = {
        fragment: _box(fragment, place, names[fragment])
        for fragment, place in PLACES.items()
        if fragment in names
    }
    arrows = tuple(
        _arrow(link, boxes, names)
        for link in LINKS
        if {link.subject, link.object} <= boxes.keys() and names.keys() >= set(link.properties)
    )
    last = max(place.row for place in PLACES.values())
    columns = 1 + max(place.column for place in PLACES.values())
    return Diagram(
        boxes=tuple(boxes.values()),
        arrows=arrows,
        width=2 * _MARGIN + columns * _WIDTH + (columns - 1) * _ACROSS,
        height=_top(last) + _HEIGHT + _MARGIN,
        band=_top(last) - (_DOWN + _BAND) // 2,
    )


def _top(row: int) -> int:
    last = max(place.row for place in PLACES.values())
    return _MARGIN + row * (_HEIGHT + _DOWN) + (_BAND if row == last else 0)


def _box(fragment: str, place: Place, name: Name) -> Box:
    height = place.rows * _HEIGHT + (place.rows - 1) * _DOWN
    small = textwrap.wrap(f"a kind of {name.parent}", _LETTERS) if name.parent else []
    small += textwrap.wrap(", ".join(name.kinds), _LETTERS)
    # The name and its Chinese are two lines above the small ones; the whole stands in the middle.
    top = (height - (36 + _LINE * len(small))) // 2
    return Box(
        fragment=fragment,
        group=place.group,
        name=name,
        x=_MARGIN + place.column * (_WIDTH + _ACROSS),
        y=_top(place.row),
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
    # The middle of the rows that both boxes stand in.
    y = (max(start.y, end.y) + min(start.y + start.height, end.y + end.height)) // 2
    right = start.x < end.x
    x1, x2 = (start.x + _WIDTH, end.x) if right else (start.x, end.x + _WIDTH)
    labels = tuple(
        Label(fragment, text, (x1 + x2) // 2, y + offset, "middle")
        for fragment, text, offset in zip(link.properties, texts, (-7, 17), strict=False)
    )
    return Arrow(x1, y, x2, y, labels, words)
