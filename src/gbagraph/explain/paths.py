"""The triples of a shortest way along a property path (SPARQL 1.1, section 9).

A path is made into an automaton whose states are numbered: state 0 is its beginning. Then the pairs of
a node and a state are searched by breadth, so that the first way found has the fewest triples.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

from gbagraph.sparql.tree import Alternative, Negated, Path, Repeat, Sequence, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyoxigraph as ox

    from gbagraph.dataset.view import Node, Term, View

    _Place = tuple[Term, int]
    _Edge = tuple[Step | Negated | None, int]

MOST_STEPS: Final = 100_000
"""Triples that are looked at for one way."""


class _Automaton:
    """The states of a path, and what leads from each to which other."""

    def __init__(self, path: Path) -> None:
        self.edges: list[list[_Edge]] = [[]]
        self.end = self._add(path, 0)

    def _state(self) -> int:
        self.edges.append([])
        return len(self.edges) - 1

    def _join(self, start: int, step: Step | Negated | None, end: int) -> int:
        self.edges[start].append((step, end))
        return end

    def _add(self, path: Path, start: int) -> int:
        """Add *path* from state *start* on; the state in which it ends."""
        if isinstance(path, Sequence):
            for part in path.parts:
                start = self._add(part, start)
            return start
        if isinstance(path, Alternative):
            end = self._state()
            for part in path.parts:
                self._join(self._add(part, start), None, end)
            return end
        if isinstance(path, Repeat):
            return self._add_repeat(path, start)
        return self._join(start, path, self._state())

    def _add_repeat(self, path: Repeat, start: int) -> int:
        first = self._join(start, None, self._state())
        last = self._add(path.path, first)
        end = self._join(last, None, self._state())
        if path.many:
            self._join(last, None, first)
        if not path.least:
            self._join(first, None, end)
        return end


class Paths:
    """Shortest ways in *view* along the paths of one query; *resolve* gives a term that it writes."""

    def __init__(self, view: View, resolve: Callable[[str], Term]) -> None:
        self._view, self._resolve = view, resolve
        self._automata: dict[int, _Automaton] = {}
        self._found: dict[Any, tuple[ox.Triple, ...] | None] = {}

    def shortest(
        self, path: Path, start: Term, end: Term, graph: Node | None
    ) -> tuple[ox.Triple, ...] | None:
        """The triples of a shortest way from *start* to *end*, in order; None if none was found.

        A way of no length has no triples.
        """
        key = (id(path), start, end, graph)
        if key not in self._found:
            self._found[key] = self._search(path, start, end, graph)
        return self._found[key]

    def _search(
        self, path: Path, start: Term, end: Term, graph: Node | None
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
            elif isinstance(step, Step):
                for triple in self._steps(node, self._resolve(step.iri), step.backward, graph):
                    yield triple, (triple.subject if step.backward else triple.object, after)
            else:
                for triple, other in self._others(node, step, graph):
                    yield triple, (other, after)

    def _steps(
        self, node: Term, predicate: Term | None, backward: bool, graph: Node | None
    ) -> Iterator[ox.Triple]:
        if backward:
            return self._view.triples(None, predicate, node, graph)
        return self._view.triples(node, predicate, None, graph)

    def _others(
        self, node: Term, step: Negated, graph: Node | None
    ) -> Iterator[tuple[ox.Triple, Term]]:
        for but, backward in ((step.forward, False), (step.backward, True)):
            if but is None:
                continue
            excluded = set(map(self._resolve, but))
            for triple in self._steps(node, None, backward, graph):
                if triple.predicate not in excluded:
                    yield triple, triple.subject if backward else triple.object


def _way(
    begin: _Place, goal: _Place, before: dict[_Place, tuple[_Place, ox.Triple | None]]
) -> tuple[ox.Triple, ...]:
    """The triples from *begin* to *goal*, by the place before each."""
    found: list[ox.Triple] = []
    place = goal
    while place != begin:
        place, triple = before[place]
        if triple is not None:
            found.append(triple)
    return tuple(dict.fromkeys(reversed(found)))
