"""Which nodes a drawing has room for: those around a centre, by the shortest ways from there."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.web.drawing.nodes import Edge, Node

_STEPS: Final = 2
"""How far from its centre a part goes."""


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
        """The names of the links from one node to another."""
        return ", ".join(filter(None, self.links.get((start, end), ())))

    def sentence(self, start: str, end: str) -> str:
        """The link as a sentence, without a full stop."""
        first, last = self.nodes[start].value.text, self.nodes[end].value.text
        return " ".join(filter(None, (first, self.name(start, end) or "→", last)))

    def order(self, key: str, near: str) -> tuple[bool, str, str]:
        """Outgoing links first, then the links of one name together."""
        name = self.name(near, key)
        return not name, name or self.name(key, near), self.nodes[key].value.text


@dataclass(slots=True)
class Part:
    """A centre, how many steps each node is from it, and the tree of shortest ways."""

    centre: str
    steps: dict[str, int]
    children: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def parts(graph: Graph, centre: str, most: int) -> list[Part]:
    """The part around *centre*; without a centre all parts, until *most* nodes are taken."""
    found: list[Part] = []
    seen: set[str] = set()
    order = sorted(graph.nodes, key=lambda key: -len(graph.neighbours[key]))
    for key in [centre] if centre in graph.nodes else order:
        if key not in seen and len(seen) < most:
            part = _around(graph, key, most - len(seen), seen)
            seen |= part.steps.keys()
            found.append(part)
    return found


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
