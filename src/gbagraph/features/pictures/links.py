"""Things and links as they are drawn, and chains of things from left to right."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gbagraph.features.pictures import shapes
from gbagraph.features.pictures.shapes import Drawing, Label, rounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gbagraph.features.pictures.shapes import Box
    from gbagraph.rdf.results import Value


NAME: Final = 13.0
"""Height of the letters in boxes."""


@dataclass(frozen=True, slots=True)
class Node:
    """A thing."""

    value: Value

    @property
    def key(self) -> str:
        """What edges call it."""
        return self.value.iri or self.value.text

    def lines(self, width: float) -> tuple[str, ...]:
        """Return its name in at most three lines, for a box of this width."""
        return shapes.wrapped(self.value.text, width - 18, NAME, most=3)


@dataclass(frozen=True, slots=True)
class Edge:
    """A link from one node to another, both by key, with the name of the link."""

    start: str
    end: str
    label: str = ""


class Graph:
    """The nodes, and the names of the links between each two: parallel edges are one link."""

    def __init__(self, nodes: dict[str, Node], edges: Iterable[Edge]) -> None:
        self.nodes = nodes
        self.links: dict[tuple[str, str], list[str]] = {}
        self.neighbours: dict[str, dict[str, None]] = defaultdict(dict)
        for edge in edges:
            if edge.start in nodes and edge.end in nodes and edge.start != edge.end:
                names = self.links.setdefault((edge.start, edge.end), [])
                if edge.label not in names:
                    names.append(edge.label)
                self.neighbours[edge.start][edge.end] = None
                self.neighbours[edge.end][edge.start] = None

    def name(self, start: str, end: str) -> str:
        """Return the names of the links from one node to another."""
        return ", ".join(filter(None, self.links.get((start, end), ())))

    def sentence(self, start: str, end: str) -> str:
        """Return the link as a sentence, without a full stop."""
        first, last = self.nodes[start].value.text, self.nodes[end].value.text
        return " ".join(filter(None, (first, self.name(start, end) or "→", last)))

    def order(self, key: str, near: str) -> tuple[bool, str, str]:
        """Outgoing links first, then the links of one name together."""
        name = self.name(near, key)
        return not name, name or self.name(key, near), self.nodes[key].value.text


@dataclass(frozen=True, slots=True)
class Circle:
    """A node as it is drawn: a box with at most three lines of text."""

    node: Node
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
class Arrow:
    """A link as it is drawn: a path, heads (as paths), and labels; in a network also as a sentence."""

    path: str
    heads: tuple[str, ...]
    labels: tuple[Label, ...]
    words: str = ""
    is_cross: bool = False


def height_of(lines: Sequence[str]) -> float:
    """Return the height of a box with these lines."""
    return max(1, len(lines)) * NAME * 1.2 + 14


def head(x: float, y: float, side: int) -> str:
    """Return the head of an arrow whose tip is at a point."""
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


CHAINS: Final = 12
"""Chains of one drawing at most."""

_BETWEEN: Final = 26.0
_DOWN: Final = 42.0
"""From a line to the next one."""

_MARGIN: Final = 6.0
_BOX: Final = 280.0
_LEAST: Final = 112.0
"""Boxes are made this narrow rather than that a chain is broken."""

_ARROW: Final = 44.0
"""Length of an arrow without a name."""


@dataclass(frozen=True, slots=True)
class Step:
    """A link to a thing, and what it is called."""

    label: str
    node: Node


@dataclass(frozen=True, slots=True)
class Chain:
    """A thing, and the steps from there."""

    first: Node
    steps: tuple[Step, ...]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All things in it."""
        return self.first, *(step.node for step in self.steps)

    @property
    def words(self) -> str:
        """The chain as a sentence."""
        steps = (f"{step.label} → {step.node.value.text}".lstrip() for step in self.steps)
        return " ".join((self.first.value.text, *steps))


@dataclass(frozen=True, slots=True)
class Path(Drawing):
    """All that is drawn."""

    nodes: tuple[Circle, ...]
    arrows: tuple[Arrow, ...]
    chains: tuple[Chain, ...]

    @property
    def words(self) -> str:
        """The chains as sentences, for readers who do not see the drawing."""
        return " ".join(f"{chain.words}." for chain in self.chains)


def draw_chains(chains: Sequence[Chain], width: float = shapes.WIDE) -> Path:
    """Return the drawing of the first chains, below each other."""
    shown = tuple(chains[:CHAINS])
    pen = _Pen(width, shown)
    for chain in shown:
        pen.chain(chain)
    return pen.drawing(shown)


class _Pen:
    """Where the next box goes, and all that is drawn so far.

    Where all chains have room side by side, their boxes are in columns; else each is broken into lines.
    """

    def __init__(self, width: float, chains: Sequence[Chain]) -> None:
        self._width = width
        self._x = self._y = _MARGIN
        self._nodes: list[Circle] = []
        self._arrows: list[Arrow] = []
        steps = max((len(chain.steps) for chain in chains), default=0)
        self._lengths = [
            max(_long(chain.steps[n]) for chain in chains if n < len(chain.steps))
            for n in range(steps)
        ]
        box = (width - 2 * _MARGIN - sum(self._lengths)) / (steps + 1)
        self._is_broken = box < _LEAST
        self._box = min(_BOX, width - 2 * _MARGIN - 90 if self._is_broken else box)

    def chain(self, chain: Chain) -> None:
        lines = [shapes.wrapped(n.value.text, self._box - 16, NAME, most=3) for n in chain.nodes]
        self._height = max(map(height_of, lines))
        self._x = _MARGIN
        self._node(chain.first, lines[0])
        for number, step in enumerate(chain.steps):
            self._step(step, _long(step) if self._is_broken else self._lengths[number])
            self._node(step.node, lines[number + 1])
        self._y += self._height + _BETWEEN

    def _step(self, step: Step, long: float) -> None:
        """Draw an arrow to the right, or down to the left edge where box and arrow have no room."""
        if self._is_broken and self._x + long + self._box + _MARGIN > self._width:
            self._down(step)
        else:
            self._right(step, long)

    def _right(self, step: Step, long: float) -> None:
        x1, x2, y = self._x, self._x + long, self._y + self._height / 2
        line = shapes.shortened(step.label, long - 24, shapes.SMALL)
        labels = (label_at(line, (x1 + x2) / 2, y - 7, "middle"),) if line else ()
        self._arrows.append(Arrow(f"M{x1:.1f} {y:.1f}H{x2:.1f}", (head(x2, y, 1),), labels))
        self._x = x2

    def _down(self, step: Step) -> None:
        """From the middle of the last box to that of the first box of the next line."""
        last = self._nodes[-1].box
        top, bottom = last.y + last.height, self._y + self._height + _DOWN
        x1, x2, middle = last.x + last.width / 2, _MARGIN + self._box / 2, (top + bottom) / 2
        path = f"M{x1:.1f} {top:.1f}V{bottom:.1f}"
        if x1 != x2:
            path = f"M{x1:.1f} {top:.1f}V{middle:.1f}H{x2:.1f}V{bottom:.1f}"
        line = shapes.shortened(step.label, self._width - x2 - 24, shapes.SMALL)
        y = middle - 5 if x1 != x2 else middle + 4
        labels = (label_at(line, x2 + 10, y, "start"),) if line else ()
        self._arrows.append(Arrow(path, (f"M{x2:.1f} {bottom:.1f}l-4 -8h8z",), labels))
        self._x, self._y = _MARGIN, bottom

    def _node(self, node: Node, lines: tuple[str, ...]) -> None:
        box = rounded(self._x, self._y, self._box, self._height)
        self._nodes.append(Circle(node, box, lines))
        self._x += self._box

    def drawing(self, chains: tuple[Chain, ...]) -> Path:
        bottom = max((row.box.y + row.box.height for row in self._nodes), default=0) + _MARGIN
        return Path(
            self._width,
            round(bottom, 1),
            tuple(self._nodes),
            tuple(self._arrows),
            chains,
        )


def _long(step: Step) -> float:
    """Return how long an arrow is."""
    return min(max(_ARROW, shapes.text_width(step.label, shapes.SMALL) + 28), 230)


def label_at(line: str, x: float, y: float, anchor: str) -> Label:
    """Return the name of a link that begins at a point, or has it in its middle."""
    broad = shapes.text_width(line, shapes.SMALL)
    left = x - broad / 2 if anchor == "middle" else x
    return Label(
        line,
        round(x, 1),
        round(y, 1),
        anchor,
        rounded(left, y - shapes.SMALL, broad, shapes.SMALL * 1.3),
    )
