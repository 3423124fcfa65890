"""A network around a centre: what links it with its neighbours, and those with theirs.

Every node has a row of its own, so that no name lies on another however many there are. On wide pages
the rows are in columns: what leads to the centre is left of it, where there is nothing but neighbours.
On phones they are a tree that is indented.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gbagraph.web.drawing import crossings, text
from gbagraph.web.drawing.boxes import Box, rounded
from gbagraph.web.drawing.neighbours import Graph, Part, parts
from gbagraph.web.drawing.nodes import (
    KINDS,
    NAME,
    Arrow,
    Circle,
    Edge,
    Label,
    Node,
    bend,
    head,
    height_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

NODES: Final = 40
"""Nodes of one drawing at most."""

_BETWEEN: Final = 14.0
"""Between two rows."""

_MARGIN: Final = 6.0

_PARTS: Final = 14.0
"""Between two parts that nothing links."""

_INDENT: Final = 24.0


@dataclass(frozen=True, slots=True)
class Network:
    """All that is drawn; ``others`` are links as sentences for which there was no place."""

    width: float
    height: float
    nodes: tuple[Circle, ...]
    arrows: tuple[Arrow, ...]
    kinds: tuple[str, ...]
    others: tuple[str, ...]
    left_out: int

    @property
    def words(self) -> str:
        """The links as sentences, for readers who do not see the drawing."""
        rows = dict.fromkeys([*(arrow.words for arrow in self.arrows), *self.others])
        return " ".join(f"{row}." for row in rows)


def draw(
    nodes: Iterable[Node],
    edges: Iterable[Edge],
    centre: str = "",
    width: float = text.WIDE,
    most: int = NODES,
) -> Network:
    """The network around the node with the key *centre*, or else around those with the most links.

    At most *most* nodes are drawn, the nearest first; ``left_out`` says how many were not.
    """
    graph = Graph({node.key: node for node in nodes}, edges)
    found = parts(graph, centre, most)
    drawn = {key for part in found for key in part.steps}
    kinds = tuple(dict.fromkeys(node.kind for node in graph.nodes.values()))
    plan = _Plan(graph, kinds, width)
    for part in found:
        (plan.tree if width < text.NARROW * 1.5 else plan.columns)(part)
    return plan.drawing(left_out=len(graph.nodes) - len(drawn))


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the boxes of the wide layout are: the column of the centre, and the space between."""

    box: float
    gap: float
    centre: int
    number: int

    def x(self, column: int) -> float:
        return _MARGIN + column * (self.box + self.gap)


def _column_sizes(number: int, centre: int, room: float) -> _Columns:
    gap = 210.0 if number == 2 else (room - 2 * _MARGIN) * 0.2
    box = (room - 2 * _MARGIN - gap * (number - 1)) / number
    return _Columns(min(box, 300.0), gap, centre, number)


class _Plan:
    """Parts that are drawn below each other."""

    def __init__(self, graph: Graph, kinds: tuple[str, ...], width: float) -> None:
        self._graph, self._kinds, self._width = graph, kinds, width
        self._y = _MARGIN
        self._circles: dict[str, Circle] = {}
        self._arrows: list[Arrow] = []
        self._joined: set[tuple[str, str]] = set()
        self._centres: set[str] = set()

    # A tree, indented.

    def tree(self, part: Part) -> None:
        self._centres.add(part.centre)
        self._branch(part, part.centre, 0)
        self._y += _PARTS

    def _branch(self, part: Part, key: str, step: int) -> Box:
        x = _MARGIN + step * _INDENT
        circle = self._circle(key, (x, self._y), self._width - x - _MARGIN)
        self._y += circle.box.height + 8
        for child in part.children.get(key, ()):
            names = self._names(key, child)
            labels = []
            for name, mark in zip(names, ("", "← "), strict=True):
                if name is not None:
                    labels.append(self._line_label(mark + name, x + _INDENT))
                    self._y += text.SMALL * 1.35
            below = self._y
            box = self._branch(part, child, step + 1)
            self._elbow(circle.box, below + box.height / 2, (key, child), labels)
        return circle.box

    def _line_label(self, name: str, x: float) -> Label:
        line = text.shortened(name, self._width - x - 2 * _MARGIN, text.SMALL)
        size = text.width(line, text.SMALL), text.SMALL * 1.3
        return Label(line, x + 2, round(self._y + 11, 1), "start", rounded(x + 2, self._y, *size))

    def _elbow(self, above: Box, y: float, ends: tuple[str, str], labels: list[Label]) -> None:
        names = self._names(*ends)
        x1, x2, top = above.x + 11, above.x + _INDENT, above.y + above.height
        path = f"M{x1:.1f} {top:.1f}V{y - 6:.1f}q0 6 6 6H{x2:.1f}"
        heads = [head(x2, y, 1)] if names[0] is not None else []
        if names[1] is not None:
            heads.append(f"M{x1:.1f} {top:.1f}l-4 8h8z")
        self._join(path, tuple(heads), tuple(labels), ends)

    # Columns.

    def columns(self, part: Part) -> None:
        self._centres.add(part.centre)
        left, right = self._sides(part)
        number = 1 + max(part.steps.values()) + bool(left and right)
        sizes = _column_sizes(max(number, 2), 1 if left else 0, self._width)
        heights = _Heights(self._graph, part, sizes.box)
        sides = ((left, -1), (right, 1))
        high = max(heights.own(part.centre), *(heights.of(side) for side, _ in sides))
        for side, away in sides:
            y = self._y + (high - heights.of(side)) / 2
            self._stack(side, sizes.centre + away, y, (sizes, heights))
        x, middle = sizes.x(sizes.centre), self._y + high / 2
        self._centred(part.centre, x, middle, sizes)
        self._runs(part, part.centre, sizes)
        self._y += high + _PARTS

    def _sides(self, part: Part) -> tuple[list[str], list[str]]:
        """The neighbours left of the centre, which only lead to it, and those right of it."""
        near = part.children.get(part.centre, [])
        if max(part.steps.values()) > 1:
            return [], near
        right = [key for key in near if (part.centre, key) in self._graph.links]
        return [key for key in near if key not in right], right

    def _stack(
        self, keys: Sequence[str], column: int, y: float, columns: tuple[_Columns, _Heights]
    ) -> None:
        """Nodes below each other from *y* on, each in the middle of those that follow it."""
        sizes, heights = columns
        for key in keys:
            high = heights.of([key])
            self._centred(key, sizes.x(column), y + high / 2, sizes)
            after = heights.part.children.get(key, [])
            self._stack(after, column + 1, y + (high - heights.of(after)) / 2, columns)
            y += high

    def _runs(self, part: Part, key: str, sizes: _Columns) -> None:
        for child in part.children.get(key, ()):
            self._run(key, child, sizes.gap)
            self._runs(part, child, sizes)

    def _run(self, near: str, far: str, gap: float) -> None:
        """A link to a box further out: from the trunk that all links share, with its name on it."""
        one, other = self._circles[near].box, self._circles[far].box
        side = 1 if other.x > one.x else -1
        x1 = one.x + (one.width if side > 0 else 0)
        x2 = other.x + (0 if side > 0 else other.width)
        y1, y2 = one.y + one.height / 2, other.y + other.height / 2
        trunk = x1 + side * 18
        path = f"M{x1:.1f} {y1:.1f}H{bend(trunk, y1, y2, side)}H{x2:.1f}"
        names = self._names(near, far)
        heads = [head(x2, y2, side)] if names[0] is not None else []
        if names[1] is not None:
            heads.append(head(trunk + side * 8, y2, -side))
        room, middle = gap - 18 - 30, (trunk + side * 4 + x2) / 2
        # Above the line, and below it where there is a link in both directions.
        labels = tuple(
            _middle_label(text.shortened(name, room, text.SMALL), middle, y)
            for name, y in zip(filter(None, names), (y2 - 5, y2 + 14), strict=False)
        )
        self._join(path, tuple(heads), labels, (near, far))

    # Both.

    def _circle(self, key: str, top_left: tuple[float, float], width: float) -> Circle:
        """The box of a node, as high as its name needs."""
        node = self._graph.nodes[key]
        lines = text.wrapped(node.value.text, width - 18, NAME, most=3)
        box = rounded(*top_left, width, height_of(lines))
        colour = min(self._kinds.index(node.kind), KINDS - 1)
        self._circles[key] = circle = Circle(node, colour, box, lines, key in self._centres)
        return circle

    def _centred(self, key: str, x: float, middle: float, sizes: _Columns) -> None:
        """The box of a node with its middle at a height."""
        high = height_of(
            text.wrapped(self._graph.nodes[key].value.text, sizes.box - 18, NAME, most=3)
        )
        self._circle(key, (x, middle - high / 2), sizes.box)

    def _names(self, near: str, far: str) -> tuple[str | None, str | None]:
        """The names of the links to the far node and back; None where there is no link."""
        both = ((near, far), (far, near))
        there, back = (
            self._graph.name(*ends) if ends in self._graph.links else None for ends in both
        )
        return there, back

    def _join(
        self, path: str, heads: tuple[str, ...], labels: tuple[Label, ...], ends: tuple[str, str]
    ) -> None:
        there = [pair for pair in (ends, ends[::-1]) if pair in self._graph.links]
        self._joined.update(there)
        words = ". ".join(self._graph.sentence(*pair) for pair in there)
        self._arrows.append(Arrow(path, heads, labels, words))

    def drawing(self, left_out: int) -> Network:
        rest = [
            ends
            for ends in self._graph.links
            if ends not in self._joined and self._circles.keys() >= set(ends)
        ]
        lines = (
            (self._circles[start].box, self._circles[end].box, self._graph.sentence(start, end))
            for start, end in rest
        )
        crossed = crossings.draw(lines, self._boxes(), Box(0, 0, self._width, self._y + 100))
        bottom = max((c.box.y + c.box.height for c in self._circles.values()), default=0)
        return Network(
            self._width,
            round(bottom + _MARGIN, 1),
            tuple(self._circles.values()),
            (*self._arrows, *crossed),
            self._kinds,
            tuple(self._graph.sentence(*ends) for ends in rest),
            left_out,
        )

    def _boxes(self) -> Iterator[Box]:
        yield from (circle.box for circle in self._circles.values())
        yield from (label.box for arrow in self._arrows for label in arrow.labels)


class _Heights:
    """How much height nodes need with all that follows them."""

    def __init__(self, graph: Graph, part: Part, width: float) -> None:
        self._graph, self.part, self._width = graph, part, width

    def own(self, key: str) -> float:
        """What the box of a node needs, with the space to the next."""
        name = self._graph.nodes[key].value.text
        return height_of(text.wrapped(name, self._width - 18, NAME, most=3)) + _BETWEEN

    def of(self, keys: Sequence[str]) -> float:
        """What nodes below each other need."""
        return sum(max(self.own(k), self.of(self.part.children.get(k, []))) for k in keys)


def _middle_label(line: str, x: float, y: float) -> Label:
    broad = text.width(line, text.SMALL)
    box = rounded(x - broad / 2, y - text.SMALL, broad, text.SMALL * 1.3)
    return Label(line, round(x, 1), round(y, 1), "middle", box)
