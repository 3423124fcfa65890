"""A query under examination: its tree, the data that it is asked of, and questions about both."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pyoxigraph as ox

from gbagraph.errors import RequestError
from gbagraph.features.diagnostics.asked import Asked, Graphs, OutOfTime, takes_all
from gbagraph.features.diagnostics.finding import (
    Called,
    Finding,
    QueryText,
    Repair,
    Scope,
    Spot,
    connected,
)
from gbagraph.features.diagnostics.glosses import gloss
from gbagraph.features.diagnostics.schema import DEFAULT, LARGE, Place, Schema, kind_of
from gbagraph.rdf.dataset import access
from gbagraph.sparql.nodes import (
    NAMES,
    Element,
    Filter,
    InGraph,
    Minus,
    Optional,
    Query,
    Repeat,
    SubSelect,
    Term,
    Triple,
    Values,
    exists_in,
)
from gbagraph.sparql.parsed import ParsedQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gbagraph.names.names import Names

T = TypeVar("T")
MOST: Final = 2_000_000
"""Combinations of unconnected patterns up to which a group is asked for."""

ROWS: Final = 1_000
"""Solutions that are looked at to see of which kinds the values of a variable are."""


def _first(answer: Any) -> Any:  # noqa: ANN401  what the engine gives
    return bool(answer) if isinstance(answer, ox.QueryBoolean) else next(iter(answer), None)


@dataclass(eq=False)
class Case(QueryText):
    """A query, the data it is asked of, and what may be spent on it."""

    names: Names
    schema: Schema
    asked: Asked
    services: Called = field(default_factory=Called)
    ends: float = field(default_factory=lambda: time.process_time() + 1.0)
    _kinds: dict[tuple[int, str], Counter[str]] = field(default_factory=dict)
    _held: dict[str, bool | None] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    is_cut: bool = False  # whether not all of its steps are measured

    @property
    def is_explained(self) -> bool:
        """Whether anything is found that keeps the query from its answer, or changes it."""
        return any(each.severity != "info" for each in self.findings)

    def has_error(self, start: int, end: int) -> bool:
        """Whether an error is found between two places of the text."""
        return any(start <= f.start < end for f in self.findings if f.severity == "error")

    def named(self, iri: str) -> str:
        """*iri* for a reader of a message, with its label where its name says nothing."""
        return super().named(iri) + gloss(self.names, self.schema.store, iri)

    def places(self, scope: Scope | None = None) -> tuple[Place, ...]:
        """The graphs that a pattern in *scope* is matched in."""
        graphs = self.graphs
        if scope is None or scope.graph is None:
            return DEFAULT if graphs is None else tuple(map(ox.NamedNode, graphs.default))
        if scope.graph.kind == "iri":
            is_there = graphs is None or scope.graph.value in graphs.named
            return (ox.NamedNode(scope.graph.value),) * is_there
        if graphs is None:
            return tuple(self.schema.store.named_graphs())
        return tuple(map(ox.NamedNode, graphs.named))

    @cached_property
    def graphs(self) -> Graphs | None:
        """The dataset of the request, else of the FROM clauses; None for all."""
        clauses = self.tree.dataset
        if self.asked.graphs is not None or not clauses:
            return self.asked.graphs
        parts = (
            tuple(e.graph.value for e in clauses if e.is_named is way) for way in (False, True)
        )
        return Graphs(*parts)

    def rows(self, select: str, pattern: str, after: str = "") -> list[Any]:
        """The solutions of ``SELECT select { pattern } after``, which is no part of the query."""
        text = f"{self.head} SELECT {select} {self.source} {{ {pattern} }} {after}"
        return self._read(text, self._in_time) or []

    def holds(self, pattern: str) -> bool | None:
        """Whether *pattern* has a solution; None if it cannot be asked."""
        if self._is_unknown(pattern):
            return None
        if self._held.get(pattern) is None:
            text = f"{self.head} ASK {self.source} {{ {pattern} }}"
            self._held[pattern] = self._read(text, bool)
        return self._held[pattern]

    def holds_by_default(self, pattern: str) -> bool:
        """Whether *pattern* has a solution in the whole default graph, and other graphs are asked."""
        return self.graphs is not None and self.everywhere.holds(pattern) is True

    @cached_property
    def everywhere(self) -> Case:
        """The same query, asked of all graphs."""
        tree, asked = replace(self.tree, dataset=()), Asked(self.asked.store)
        return replace(self, tree=tree, asked=asked, _held={}) if self.graphs else self

    def _is_unknown(self, pattern: str) -> bool:
        """Whether a part of *pattern* is asked of others, and what they have is not known."""
        return not self.services.is_known and ParsedQuery(pattern).calls_services

    def _read(self, query: str, read: Callable[[Any], T]) -> T | None:
        """What *read* makes of the engine's answer to *query*; None where there is none.

        Raises:
            OutOfTime: there is no time left for it.
        """
        if access(self.schema.store).clock() > self.ends:
            raise OutOfTime
        try:
            return read(self._answer(query))
        except (SyntaxError, OSError, RuntimeError, ValueError, RequestError):
            return None

    def _in_time(self, answer: Iterable[Any]) -> list[Any]:
        """The rows of an answer, if they come while there is time."""
        clock, rows = access(self.schema.store).clock, []
        for row in answer:
            rows.append(row)
            if clock() > self.ends:
                raise OutOfTime
        return rows

    def _answer(self, query: str) -> Any:  # noqa: ANN401  what the engine gives
        """The engine's answer to a query that calls nobody; what endpoints gave is in it."""
        if self.services.answer is not None:
            return self.services.answer(query)
        return self.asked.view.query(ParsedQuery(query).silenced.normalized.text)

    @cached_property
    def is_empty(self) -> bool:
        """Whether the pattern of the query has no solution, as far as that can be asked.

        Raises:
            OutOfTime: it has none among very many, and to look at all of them takes too long; or an
                inner SELECT takes very many before it gives one.
        """
        if self.is_heavy:
            return False
        if any(map(self.takes_many, self.queries[1:])):
            raise OutOfTime
        if some := self._first_of_many():
            if not self.holds(some):
                raise OutOfTime
            return False
        return self.holds(self.whole(self.tree)) is False

    def _first_of_many(self) -> str:
        """The pattern of the query, for the first of very many matches of the triples at its beginning.

        Empty if they are not so many, or if nothing more is asked of them.
        """
        elements = self.tree.where.elements
        first = [*takewhile(lambda each: isinstance(each, Triple), elements)]
        rest = elements[len(first) :]
        is_dear = any(
            isinstance(each, Minus | Optional)
            or (isinstance(each, Filter) and exists_in(each.expression))
            for each in rest
        )
        if not rest or not self.is_many(first, LARGE if is_dear else 10 * LARGE):
            return ""
        values = self.written(self.tree.values) if self.tree.values else ""
        return f"{self.first(first, LARGE)} {self.rendered(rest)} {values}"

    def first(self, elements: Iterable[Element], most: int) -> str:
        """A pattern for the first solutions of *elements*."""
        return f"{{ SELECT * {{ {self.rendered(elements)} }} LIMIT {most} }}"

    def is_many(self, elements: Iterable[Element], least: int = 0) -> bool:
        """Whether each triple pattern of *elements* has so many matches, of which there is one at least.

        It is asked of large data only.
        """
        least = least or LARGE
        triples = [e for e in elements if isinstance(e, Triple)] if self.schema.is_large else []
        return bool(triples) and all(self._number(each, least) >= least for each in triples)

    def takes_many(self, query: Query) -> bool:
        """Whether *query* takes very many solutions before it gives one, as far as its triples tell."""
        return takes_all(query) and self.is_many(query.where.elements)

    def _number(self, triple: Triple, most: int) -> int:
        """How many matches a triple pattern has, up to a number."""
        return sum(
            int(n.value) for (n,) in self.rows("(COUNT(*) AS ?__n)", self.first([triple], most))
        )

    @cached_property
    def is_heavy(self) -> bool:
        """Whether a group is the product of parts so large that it is not asked for at all.

        The engine cannot be stopped while it looks for a solution that there is not.

        Raises:
            OutOfTime: a path joins each thing of large data with itself, or by nearly any property.
        """
        if any(map(self._is_of_all, self.spots)):
            raise OutOfTime
        return any(self._product(scope) > MOST for scope in self.scopes)

    def _is_of_all(self, spot: Spot) -> bool:
        """Whether a path that joins very many stands between two variables that nothing else binds."""
        triple, names = spot.triple, NAMES.mentioned(spot.triple)
        path, is_any = triple.path, "!" in self.written(triple)
        if not isinstance(path, Repeat) or len(names) < 2 or (path.modifier == "+" and not is_any):
            return False
        others = (e for e in spot.scope.group.elements if e is not triple)
        binding = (e for e in others if not isinstance(e, Filter | Optional | Minus))
        return (is_any or self.schema.is_large) and names.isdisjoint(NAMES.mentioned(*binding))

    def _product(self, scope: Scope) -> int:
        """About how many combinations the unconnected triple patterns of a group have."""
        names = NAMES.mentioned(*scope.triples)
        optional = (e for e in scope.group.elements if isinstance(e, Optional))
        apart = [e for e in optional if names.isdisjoint(NAMES.mentioned(e))]
        size, islands = 1, connected([*scope.triples, *apart])
        most = LARGE if self.schema.is_large else ROWS
        for island in islands if len(islands) > 1 else ():
            inner = f"{{ SELECT * {{ {self.rendered(island, scope)} }} LIMIT {most} }}"
            rows = self.rows("(COUNT(*) AS ?__n)", inner)
            size *= int(rows[0][0].value) if rows else 1
        return size

    def first_row(self) -> Any:  # noqa: ANN401  a row, a triple, a boolean
        """The first row of the answer; None if it has none, False for an ASK that is false.

        What is not known, or takes very many solutions, counts as one.
        """
        if self._is_unknown(self.query.text) or self.takes_many(self.tree):
            return True
        return self._read(self.query.text, _first)

    def answer(self, most: int, text: str = "") -> list[Any] | bool | None:
        """The first rows of the answer, or to *text* in place of the query; None if it is not known.

        That is what endpoints were not asked for, and what takes very many solutions.
        """
        elements = self.tree.where.elements
        if self._is_unknown(self.query.text) or (
            takes_all(self.tree) and any(self.is_many([each]) for each in elements)
        ):
            return None
        rows = self._read(
            text or self.query.text,
            lambda found: (
                bool(found)
                if isinstance(found, ox.QueryBoolean)
                else self._in_time(islice(found, most))
            ),
        )
        return [] if rows is None else rows

    def is_dead(self, scope: Scope) -> bool:
        """Whether the group has no solution together with what is required around it."""
        if self.is_heavy:
            return False
        if scope.is_required and not any(isinstance(e, SubSelect) for _, e in scope.above):
            return self.is_empty
        return self.holds(self.in_context(scope, scope.group.elements)) is False

    def in_context(self, scope: Scope, elements: Iterable[Element]) -> str:
        """*elements* of a group with the triple patterns that are required around it."""
        chosen = list(elements)
        wanted = NAMES.mentioned(*chosen)
        outside = ""
        graph: Term | None = None
        for group, element in scope.above:
            near = (
                e for e in group.elements if e is not element and isinstance(e, Triple | Values)
            )
            around = [e for e in near if wanted.intersection(NAMES.mentioned(e))]
            outside += self.rendered(around, Scope(group, scope.query, graph)) + " "
            graph = element.name if isinstance(element, InGraph) else graph
            outside = "" if isinstance(element, SubSelect) else outside
        return f"{outside} {self.rendered(chosen, scope)}"

    def neighbours(self, triple: Triple, scope: Scope) -> list[Element]:
        """What else the group says of the ends of *triple* alone: classes, constants, VALUES."""
        ends = {term.text[1:] for term in (triple.subject, triple.object) if term.is_free}
        near: list[Element] = []
        for group in (*(g for g, _ in scope.above), scope.group):
            for element in group.elements:
                if element is triple or not isinstance(element, Triple | Values):
                    continue
                names = set(NAMES.mentioned(element))
                if names and names <= ends and len(names) < 2:
                    near.append(element)
        return near

    def fits(self, spot: Spot, triple: str) -> int:
        """How well *triple*, written in place of the one at *spot*, fits the data.

        2: together with what else is said of its ends; 1: by itself; 0: not at all.
        """
        near = self.neighbours(spot.triple, spot.scope)
        joined = f"{triple} {' '.join(map(self.of_element, near))}"
        if near and self.holds(spot.scope.around(joined)):
            return 2
        return (1 if near else 2) * bool(self.holds(spot.scope.around(triple)))

    def kinds(self, variable: str, scope: Scope) -> Counter[str]:
        """The kinds of the values of *variable* before any FILTER, with their numbers of values.

        Up to :data:`ROWS` values are looked at.
        """
        key = id(scope.group), variable
        if key not in self._kinds:
            self._kinds[key] = Counter(kind_of(value) for value in self.values(variable, scope))
        return self._kinds[key]

    def values(self, variable: str, scope: Scope) -> list[Any]:
        """Values of *variable*, each once, before any FILTER."""
        for pattern in self._binding(variable, scope):
            rows = self.rows(f"DISTINCT ?{variable}", pattern, f"LIMIT {ROWS}")
            values = [row[0] for row in rows if row[0] is not None]
            if values:
                return values
        return []

    def _binding(self, variable: str, scope: Scope) -> Iterator[str]:
        """Patterns that bind *variable*: with all that is said around it, then ever less."""
        inner = [
            s
            for s in self.scopes
            if s.group.start >= scope.group.start and s.group.end <= scope.group.end
        ]
        outer = [s for s in self.scopes if any(g is s.group for g, _ in scope.above)]
        for each in (scope, *reversed(outer), *inner):
            triples = [t for t in each.triples if variable in NAMES.mentioned(t)]
            binding: list[Element] = [*triples]
            for triple in triples:
                binding += (e for e in self.neighbours(triple, each) if e not in binding)
            if triples:
                yield self.rendered(binding, each)
                yield self.rendered(triples, each)
                for triple in triples:
                    if triple.object.value == variable:
                        yield self.rendered([triple], each)

    def outside(self, scope: Scope | None, graphs: list[str]) -> list[str]:
        """Return those of *graphs* that a pattern in *scope* is not matched in."""
        matched = {place.value for place in self.places(scope) if isinstance(place, ox.NamedNode)}
        return [graph for graph in graphs if graph not in matched]

    def in_graph(self, spot: Spot, graphs: list[str]) -> Repair | None:
        """The pattern put in a graph that has it: that pattern alone, or the whole group.

        One that stands in GRAPH, or in a query of chosen graphs, stays there: elsewhere is another
        question.
        """
        group, triple = spot.scope.group, spot.triple
        if not graphs or spot.scope.graph is not None or self.graphs is not None:
            return None
        text = f"GRAPH {self.short(graphs[0]) if len(graphs) == 1 else self.fresh('graph')}"
        alone = {group.elements.index(triple): f"{text} {{ {self.of_element(triple)} }}"}
        whole = {i: "" for i, e in enumerate(group.elements) if isinstance(e, Triple)}
        inside = " ".join(self.of_element(e) for e in spot.scope.triples)
        of_one = self.rewritten(group, alone)
        of_all = self.rewritten(group, whole, first=[f"{text} {{ {inside} }}"])
        is_better = self.holds(of_all.text[1:-1]) and not self.holds(of_one.text[1:-1])
        return Repair(f"{text} {{ … }}", (of_all if is_better else of_one,))
