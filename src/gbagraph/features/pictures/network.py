"""Links beside the tree of a network: lines with the numbers by which a list names them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gbagraph.features.pictures import shapes
from gbagraph.features.pictures.links import (
    Arrow,
    Circle,
    Edge,
    Graph,
    Node,
    bend,
    head,
    height_of,
    label_at,
)
from gbagraph.features.pictures.shapes import Box, Drawing, Label, Space, rounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def crossings(
    links: Iterable[tuple[Box, Box, str]], taken: Iterable[Box], area: Box
) -> Iterator[Arrow]:
    """Yield the lines between each two boxes, with a sentence on each, numbered from 1.

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
    """Return a curve between two boxes, and points on it; nothing where it would run through others."""
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
    size = shapes.text_width(line, shapes.SMALL) + 4, shapes.SMALL * 1.3
    boxes = (rounded(x - size[0] / 2, y - size[1] / 2, *size) for x, y in points)
    box = space.first_free(boxes)
    if box is None:
        return None
    return Label(line, round(box.x + box.width / 2, 1), round(box.y + 12, 1), "middle", box)


_STEPS: Final = 2
"""How far from its centre a part goes."""


@dataclass(slots=True)
class Part:
    """A centre, how many steps each node is from it, and the tree of shortest ways."""

    centre: str
    steps: dict[str, int]
    children: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def parts(graph: Graph) -> list[Part]:
    """Return the parts around the nodes with the most links, until as many as are drawn are taken."""
    taken: list[Part] = []
    seen: set[str] = set()
    for key in sorted(graph.nodes, key=lambda key: -len(graph.neighbours[key])):
        if key not in seen and len(seen) < NODES:
            part = _around(graph, key, NODES - len(seen), seen)
            seen |= part.steps.keys()
            taken.append(part)
    return taken


def _around(graph: Graph, centre: str, most: int, seen: set[str]) -> Part:
    part = Part(centre, {centre: 0})
    ring = [centre]
    for step in range(1, _STEPS + 1):
        after = []
        for near in ring:
            others = (key for key in graph.neighbours[near] if key not in seen | part.steps.keys())
            for key in sorted(others, key=lambda key: graph.order(key, near)):
                if len(part.steps) < most:
                    part.steps[key] = step
                    part.children[near].append(key)
                    after.append(key)
        ring = after
    return part


NODES: Final = 40
"""Nodes of one drawing at most."""

_BETWEEN: Final = 14.0
"""Between two rows."""

_MARGIN: Final = 6.0

_PARTS: Final = 14.0
"""Between two parts that nothing links."""

_INDENT: Final = 24.0

_ARROWS: Final = 54.0
"""What the trunk and the heads of a link take beside its name."""

_BOX: Final = 320.0
"""Greatest width of a box in a column."""


@dataclass(frozen=True, slots=True)
class Network(Drawing):
    """All that is drawn; ``others`` are links as sentences for which there was no place."""

    nodes: tuple[Circle, ...]
    arrows: tuple[Arrow, ...]
    others: tuple[str, ...]
    left_out: int

    @property
    def words(self) -> str:
        """The links as sentences, for readers who do not see the drawing."""
        rows = dict.fromkeys([*(arrow.words for arrow in self.arrows), *self.others])
        return " ".join(f"{row}." for row in rows)


def draw(nodes: Iterable[Node], edges: Iterable[Edge], width: float = shapes.WIDE) -> Network:
    """Return the network around the nodes with the most links.

    The nearest are drawn first; ``left_out`` says how many nodes are not drawn.
    """
    graph = Graph({node.key: node for node in nodes}, edges)
    plan = _Plan(graph, width)
    for part in parts(graph):
        plan.draw(part)
    return plan.drawing()


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the boxes of the wide layout are: the column of the centre, and the space between."""

    box: float
    gap: float
    centre: int

    def x(self, column: int) -> float:
        return _MARGIN + column * (self.box + self.gap)


def _column_sizes(number: int, centre: int, room: float, longest: float) -> _Columns:
    """Return columns over the whole *room*, with space between them for the *longest* name of a link."""
    inner = room - 2 * _MARGIN
    gap = min(longest + _ARROWS, inner * 0.3)
    box = min((inner - gap * (number - 1)) / number, _BOX)
    return _Columns(box, (inner - box * number) / (number - 1), centre)


class _Plan:
    """Parts that are drawn below each other."""

    def __init__(self, graph: Graph, width: float) -> None:
        self._graph, self._width = graph, width
        self._is_wide = width > shapes.NARROW * 1.5
        self._y = _MARGIN
        self._circles: dict[str, Circle] = {}
        self._arrows: list[Arrow] = []
        self._joined: set[tuple[str, str]] = set()
        self._centres: set[str] = set()

    def draw(self, part: Part) -> None:
        (self.columns if self._is_wide else self.tree)(part)

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
                    self._y += shapes.SMALL * 1.35
            below = self._y
            box = self._branch(part, child, step + 1)
            self._elbow(circle.box, below + box.height / 2, (key, child), labels)
        return circle.box

    def _line_label(self, name: str, x: float) -> Label:
        line = shapes.shortened(name, self._width - x - 2 * _MARGIN, shapes.SMALL)
        size = shapes.text_width(line, shapes.SMALL), shapes.SMALL * 1.3
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
        names = (self._graph.name(*ends) for ends in self._graph.links)
        longest = max((shapes.text_width(name, shapes.SMALL) for name in names), default=0.0)
        sizes = _column_sizes(max(number, 2), 1 if left else 0, self._width, longest)
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
        """Return the neighbours left of the centre, which only lead to it, and those right of it."""
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
        room, middle = gap - 18 - 32, (trunk + side * 4 + x2) / 2
        # Above the line, and below it where there is a link in both directions.
        labels = tuple(
            label_at(shapes.shortened(name, room, shapes.SMALL), middle, y, "middle")
            for name, y in zip(filter(None, names), (y2 - 5, y2 + 14), strict=False)
        )
        self._join(path, tuple(heads), labels, (near, far))

    # Both.

    def _circle(self, key: str, top_left: tuple[float, float], width: float) -> Circle:
        """Return the box of a node, as high as its name needs."""
        node = self._graph.nodes[key]
        lines = node.lines(width)
        box = rounded(*top_left, width, height_of(lines))
        self._circles[key] = circle = Circle(node, box, lines, key in self._centres)
        return circle

    def _centred(self, key: str, x: float, middle: float, sizes: _Columns) -> None:
        """Draw the box of a node with its middle at a height."""
        high = height_of(self._graph.nodes[key].lines(sizes.box))
        self._circle(key, (x, middle - high / 2), sizes.box)

    def _names(self, near: str, far: str) -> tuple[str | None, str | None]:
        """Return the names of the links to the far node and back; None where there is no link."""
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

    def drawing(self) -> Network:
        rest = [
            ends
            for ends in self._graph.links
            if ends not in self._joined and self._circles.keys() >= set(ends)
        ]
        lines = (
            (self._circles[start].box, self._circles[end].box, self._graph.sentence(start, end))
            # In a tree they would run through boxes.
            for start, end in (rest if self._is_wide else ())
        )
        crossed = crossings(lines, self._boxes(), Box(0, 0, self._width, self._y + 100))
        bottom = max((c.box.y + c.box.height for c in self._circles.values()), default=0)
        return Network(
            self._width,
            round(bottom + _MARGIN, 1),
            tuple(self._circles.values()),
            (*self._arrows, *crossed),
            tuple(self._graph.sentence(*ends) for ends in rest),
            len(self._graph.nodes) - len(self._circles),
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
        return height_of(self._graph.nodes[key].lines(self._width)) + _BETWEEN

    def of(self, keys: Sequence[str]) -> float:
        """What nodes below each other need."""
        return sum(max(self.own(k), self.of(self.part.children.get(k, []))) for k in keys)
