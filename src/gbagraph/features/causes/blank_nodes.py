"""Labels for blank nodes, the same in two datasets where all that is said with a node is the same.

Blank nodes are connected if a quad has both. What is connected gets the canonical labels of
RDFC-1.0 for itself alone, with a hash of its lines: so a change elsewhere leaves the labels as they
are, which those of a whole dataset do not.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from gbagraph.rdf.dataset import canonical_lines, has_blank_node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def relabelled(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """Yield the quads with such labels: first those without blank nodes, in their order."""
    blank = []
    for quad in quads:
        if has_blank_node(quad):
            blank.append(quad)
        else:
            yield quad
    seen: Counter[str] = Counter()
    for lines in sorted(map(canonical_lines, _connected(blank))):
        digest = hashlib.sha256("".join(lines).encode()).hexdigest()[:16]
        name = f"{digest}n{seen[digest]}"  # as often as there is the same twice
        seen[digest] += 1
        for quad in ox.parse("".join(lines), format=ox.RdfFormat.N_QUADS):
            yield ox.Quad(*(_named(each, name) for each in quad))


def _connected(quads: Iterable[ox.Quad]) -> Iterable[list[ox.Quad]]:
    """The quads, those together whose blank nodes are connected."""
    parent: dict[str, str] = {}

    def root(label: str) -> str:
        while parent.setdefault(label, label) != label:
            parent[label] = label = parent[parent[label]]
        return label

    rows = [(quad, [label for part in quad for label in _labels(part)]) for quad in quads]
    for _, labels in rows:
        for label in labels:
            parent[root(label)] = root(labels[0])
    groups: dict[str, list[ox.Quad]] = defaultdict(list)
    for quad, labels in rows:
        groups[root(labels[0])].append(quad)
    return groups.values()


def _labels(term: Any) -> Iterator[str]:  # noqa: ANN401  a term or a graph
    if isinstance(term, ox.BlankNode):
        yield term.value
    elif isinstance(term, ox.Triple):
        for part in term:
            yield from _labels(part)


def _named(term: Any, name: str) -> Any:  # noqa: ANN401  a term or a graph
    if isinstance(term, ox.BlankNode):
        return ox.BlankNode(f"{name}{term.value}")
    if isinstance(term, ox.Triple):
        return ox.Triple(*(_named(part, name) for part in term))
    return term
