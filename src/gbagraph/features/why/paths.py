"""The triples of a shortest way along a property path (SPARQL 1.1, section 9).

A path is made into an automaton whose states are numbered: state 0 is its beginning. Then the pairs of
a node and a state are searched by breadth, so that the first way found has the fewest triples.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gbagraph.sparql.nodes import Alternative, Inverse, Negated, Path, Repeat, Sequence, Term
from gbagraph.sparql.sources import Source, remark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyoxigraph as ox

    from gbagraph.dataset.view import View
    from gbagraph.rdf.dataset import Node
    from gbagraph.rdf.results import Term as Value

    _Place = tuple[Value, int]
    _Edge = tuple["_Step | None", int]


MOST_STEPS: Final = 100_000
"""Triples that are looked at for one way."""


class _Step(NamedTuple):
    """A triple with *predicate*, from its subject to its object, or *backward*.

    Without a predicate it has any but those that are *excluded*.
    """

    backward: bool
    predicate: Term | None = None
    excluded: tuple[Term, ...] = ()


class _Automaton:
    """The states of a path, and what leads from each to which other."""

    def __init__(self, path: Path) -> None:
        self.edges: list[list[_Edge]] = [[]]
        self.end = self._add(path, 0, backward=False)

    def _state(self) -> int:
        self.edges.append([])
        return len(self.edges) - 1

    def _join(self, start: int, step: _Step | None, end: int) -> int:
        self.edges[start].append((step, end))
        return end

    def _add(self, path: Path, start: int, *, backward: bool) -> int:
        """Add *path*, or its inverse, from state *start* on; the state in which it ends."""
        if isinstance(path, Inverse):
            return self._add(path.path, start, backward=not backward)
        if isinstance(path, Sequence):
            for part in reversed(path.parts) if backward else path.parts:
                start = self._add(part, start, backward=backward)
            return start
        if isinstance(path, Repeat):
            return self._add_repeat(path, start, backward=backward)
        end = self._state()
        if isinstance(path, Alternative):
            for part in path.parts:
                self._join(self._add(part, start, backward=backward), None, end)
        elif isinstance(path, Negated):
            self._add_negated(path, start, end, backward=backward)
        else:
            self._join(start, _Step(backward, path), end)
        return end

    def _add_repeat(self, path: Repeat, start: int, *, backward: bool) -> int:
        first = self._join(start, None, self._state())
        last = self._add(path.path, first, backward=backward)
        end = self._join(last, None, self._state())
        if path.modifier in "*+":
            self._join(last, None, first)
        if path.modifier in "*?":
            self._join(first, None, end)
        return end

    def _add_negated(self, path: Negated, start: int, end: int, *, backward: bool) -> None:
        """Add both directions; the one of which no predicate is named only if none is at all."""
        forward = tuple(part for part in path.parts if isinstance(part, Term))
        inverse = tuple(part.path for part in path.parts if isinstance(part, Inverse))
        if forward or not inverse:
            self._join(start, _Step(backward, excluded=forward), end)
        if inverse:
            terms = tuple(part for part in inverse if isinstance(part, Term))
            self._join(start, _Step(not backward, excluded=terms), end)


class Paths:
    """Shortest ways in *view* along the paths of one query; *resolve* gives a term that it writes."""

    def __init__(self, view: View, resolve: Callable[[Term], Value]) -> None:
        self._view, self._resolve = view, resolve
        self._automata: dict[int, _Automaton] = {}
        self._found: dict[Any, tuple[ox.Triple, ...] | None] = {}

    def shortest(
        self, path: Path, start: Value, end: Value, graph: Node | None
    ) -> tuple[ox.Triple, ...] | None:
        """The triples of a shortest way from *start* to *end*, in order; None if none was found.

        A way of no length has no triples.
        """
        key = (id(path), start, end, graph)
        if key not in self._found:
            self._found[key] = self._search(path, start, end, graph)
        return self._found[key]

    def _search(
        self, path: Path, start: Value, end: Value, graph: Node | None
    ) -> tuple[ox.Triple, ...] | None:
        if id(path) not in self._automata:
            self._automata[id(path)] = _Automaton(path)
        automaton = self._automata[id(path)]
        begin, goal = (start, 0), (end, automaton.end)
        before: dict[_Place, tuple[_Place, ox.Triple | None]] = {}
        seen, waiting, steps = set[Any](), deque([begin]), 0
        while waiting and steps < MOST_STEPS:
            place = waiting.popleft()
            if place == goal:
                return _way(begin, goal, before)
            if place in seen:
                continue
            seen.add(place)
            for triple, after in self._onward(automaton, place, graph):
                steps += 1
                if after not in seen and (triple is None or after not in before):
                    before[after] = place, triple
                    (waiting.appendleft if triple is None else waiting.append)(after)
        return None

    def _onward(
        self, automaton: _Automaton, place: _Place, graph: Node | None
    ) -> Iterator[tuple[ox.Triple | None, _Place]]:
        """The places one step from *place*; without a triple where only the state changes."""
        node, state = place
        for step, after in automaton.edges[state]:
            if step is None:
                yield None, (node, after)
                continue
            for triple in self._steps(node, step, graph):
                yield triple, (triple.subject if step.backward else triple.object, after)

    def _steps(self, node: Value, step: _Step, graph: Node | None) -> Iterator[ox.Triple]:
        predicate = self._resolve(step.predicate) if step.predicate else None
        excluded = set(map(self._resolve, step.excluded))
        subject, value = (None, node) if step.backward else (node, None)
        for triple in self._view.triples(subject, predicate, value, graph):
            if triple.predicate not in excluded:
                yield triple


def _way(
    begin: _Place, goal: _Place, before: dict[_Place, tuple[_Place, ox.Triple | None]]
) -> tuple[ox.Triple, ...]:
    """The triples from *begin* to *goal*, by the place before each."""
    way: list[ox.Triple] = []
    place = goal
    while place != begin:
        place, triple = before[place]
        if triple is not None:
            way.append(triple)
    return tuple(dict.fromkeys(reversed(way)))


MOST_TRIPLES: Final = 5000
"""Triples that are given for a row."""
CUT: Final = "It rests on more than is given here. Ask for less at a time, or for single rows."


class Grounds:
    """What a row rests on: triples, each with the graph of its GRAPH, in the order met.

    ``sources`` are the other endpoints that were called for it, ``lacks`` sentences why the triples are
    not all, ``remarks`` other sentences.
    """

    def __init__(self) -> None:
        self.sources: dict[Source, None] = {}
        self.triples: dict[tuple[ox.Triple, Node | None], None] = {}
        self.lacks: dict[str, None] = {}
        self.remarks: dict[str, None] = {}

    def lack(self, why: str) -> None:
        """Note that something is not given."""
        self.lacks[why] = None

    def add(self, other: Grounds) -> None:
        """Add what was found for a part of the row."""
        for triple in other.triples:
            self.add_triple(*triple)
        self.sources |= other.sources
        self.lacks |= other.lacks
        self.remarks |= other.remarks

    def add_source(self, source: Source) -> None:
        """Add another endpoint: what it has said is not given, only that it has."""
        if source.failure:
            self.remarks[f"SERVICE SILENT passes over a failure: {source.failure}"] = None
        else:
            self.sources[source] = None
            self.lack(remark(source.endpoint))

    def add_triple(self, triple: ox.Triple, graph: Node | None) -> None:
        """Add a triple, unless there are enough."""
        if len(self.triples) < MOST_TRIPLES:
            self.triples[triple, graph] = None
        elif (triple, graph) not in self.triples:
            self.lack(CUT)
