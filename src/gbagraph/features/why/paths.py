"""The triples of a shortest way along a property path (SPARQL 1.1, section 9).

A place on a way is a node and what of the path is still to go from it. Places are searched by breadth,
so that the first way found has the fewest triples.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gbagraph.sparql.nodes import Alternative, Inverse, Negated, Path, Repeat, Sequence, Term
from gbagraph.sparql.sources import Source, remark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyoxigraph as ox

    from gbagraph.dataset.view import View
    from gbagraph.rdf.dataset import Node
    from gbagraph.rdf.results import Term as Value

    _Rest = tuple["_Part", ...]
    _Place = tuple[Value, _Rest]


MOST_STEPS: Final = 100_000
"""Triples that are looked at for one way."""


class _Part(NamedTuple):
    """A part of a path that is to go from its beginning to its end, or *backward*."""

    path: Path
    backward: bool


def _fronts(rest: _Rest) -> list[_Rest]:
    """Return what can be left to go: each begins with a part that is one triple, or is empty."""
    todo, seen = [rest], dict[Any, None]()
    while todo:
        place = todo.pop()
        if place not in seen:
            seen[place] = None
            todo += reversed(_unfolded(place))
    return [place for place in seen if not _unfolded(place)]


def _unfolded(rest: _Rest) -> list[_Rest]:
    """Return what the first part of *rest* can be replaced by; nothing if it is one triple."""
    if not rest:
        return []
    (path, backward), after = rest[0], rest[1:]
    if isinstance(path, Inverse):
        return [(_Part(path.path, not backward), *after)]
    if isinstance(path, Sequence):
        parts = path.parts[::-1] if backward else path.parts
        return [(*(_Part(part, backward) for part in parts), *after)]
    if isinstance(path, Alternative):
        return [(_Part(part, backward), *after) for part in path.parts]
    if isinstance(path, Repeat):
        again = () if path.modifier == "?" else (_Part(replace(path, modifier="*"), backward),)
        once = (_Part(path.path, backward), *again, *after)
        return [once] if path.modifier == "+" else [once, after]
    return []


class _Form(NamedTuple):
    """The predicate of a triple, or those that are *excluded*; it may be *turned* round."""

    predicate: Term | None = None
    excluded: tuple[Term, ...] = ()
    turned: bool = False


def _forms(path: Path) -> list[_Form]:
    """Return the forms of the triple that *path* is."""
    if isinstance(path, Term):
        return [_Form(path)]
    # Both directions; the one of which no predicate is named only if none is at all.
    parts = path.parts if isinstance(path, Negated) else ()
    turned = tuple(part.path for part in parts if isinstance(part, Inverse))
    inverse = tuple(term for term in turned if isinstance(term, Term))
    forward = tuple(part for part in parts if isinstance(part, Term))
    forms = [_Form(excluded=forward)] if forward or not inverse else []
    return forms + ([_Form(excluded=inverse, turned=True)] if inverse else [])


class Paths:
    """Shortest ways in *view* along the paths of one query; *resolve* gives a term that it writes."""

    def __init__(self, view: View, resolve: Callable[[Term], Value]) -> None:
        self._view, self._resolve = view, resolve
        self._fronts = cache(_fronts)
        self.shortest = cache(self._shortest)

    def _shortest(
        self, path: Path, start: Value, end: Value, graph: Node | None
    ) -> tuple[ox.Triple, ...] | None:
        """The triples of a shortest way from *start* to *end*, in order; None if none was found.

        A way of no length has no triples.
        """
        begin: _Place = (start, (_Part(path, backward=False),))
        before: dict[_Place, tuple[_Place, ox.Triple] | None] = {begin: None}
        waiting, steps = deque([begin]), 0
        while waiting and steps < MOST_STEPS:
            place = waiting.popleft()
            fronts = self._fronts(place[1])
            if place[0] == end and () in fronts:
                return _way(place, before)
            for triple, after in self._onward(place[0], fronts, graph):
                steps += 1
                if after not in before:
                    before[after] = place, triple
                    waiting.append(after)
        return None

    def _onward(
        self, node: Value, fronts: list[_Rest], graph: Node | None
    ) -> Iterator[tuple[ox.Triple, _Place]]:
        """The triples at *node* that are a next step, and the places to which they lead."""
        for (path, backward), *after in filter(None, fronts):
            for form in _forms(path):
                from_end = form.turned != backward
                for triple in self._matching(node, form, from_end, graph):
                    yield triple, (triple.subject if from_end else triple.object, tuple(after))

    def _matching(
        self, node: Value, form: _Form, from_end: bool, graph: Node | None
    ) -> Iterator[ox.Triple]:
        predicate = self._resolve(form.predicate) if form.predicate else None
        excluded = {self._resolve(term) for term in form.excluded}
        subject, value = (None, node) if from_end else (node, None)
        for triple in self._view.triples(subject, predicate, value, graph):
            if triple.predicate not in excluded:
                yield triple


def _way(
    place: _Place, before: dict[_Place, tuple[_Place, ox.Triple] | None]
) -> tuple[ox.Triple, ...]:
    """The triples up to *place*, by the place before each."""
    way: list[ox.Triple] = []
    while (step := before[place]) is not None:
        place, triple = step
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
