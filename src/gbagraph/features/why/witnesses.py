"""For rows of a query, the triples that its patterns matched.

The query is asked again, with the values of its rows and all of its variables shown; in a solution each
pattern is a triple. What a subquery or an EXISTS hides is asked once more, for all rows together.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.features.why.paths import CUT, Grounds, Paths
from gbagraph.rdf.dataset import Node, access
from gbagraph.sparql.nodes import (
    Bind,
    Element,
    Exists,
    Filter,
    Group,
    InGraph,
    Minus,
    Optional,
    Query,
    Service,
    SubSelect,
    Term,
    Triple,
    Union,
    exists_in,
    groups_in,
)
from gbagraph.sparql.restated import NamedSelect, Restated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gbagraph.dataset.view import View
    from gbagraph.rdf.results import Term as Value
    from gbagraph.sparql.restated import Row


MOST_IN_ALL: Final = 20_000
"""Triples that are given for the rows of an answer, all together."""
MOST_READ: Final = 100_000
"""Solutions that are read for one question."""
_MOST_READ_ALONE: Final = 2000
"""Solutions that are read for one row, where it was not among those read for all."""
_AHEAD: Final = 5000
"""Triples of patterns that are looked up at once, where an engine elsewhere has them."""
_ABSENCE: Final = "Nothing is in the data that NOT EXISTS or MINUS would exclude."
_UNMATCHED: Final = "An optional part of the query has no match in the data."
_NO_SOLUTION: Final = "It rests on absence: the group has no solutions."
_LOST: Final = (
    "For a part of it no solution was found again: the query has too many, or its values change."
)
_NO_WAY: Final = "A way along a property path was not found within the limit."
_CHANGING: Final = re.compile(r"\b(?:NOW|RAND|UUID|STRUUID|BNODE)\s*\(", re.IGNORECASE)


class _Later(NamedTuple):
    """A part that a solution does not show: whose it is, what of it is known, and in which graph.

    If it *is_needed*, there would be no solution without it.
    """

    found: Grounds
    row: Row
    graph: Node | None
    is_needed: bool = True

    def only(self, names: Iterable[str]) -> _Later:
        """The same with no more known than *names*."""
        return self._replace(row={name: self.row[name] for name in names if name in self.row})


_Deferred = dict[Any, tuple["SubSelect | Exists", list[_Later]]]
"""What waits, by the part, its graph, and which variables are known."""


class Witnesses:
    """The triples behind rows of the query *select*, evaluated over *view*."""

    def __init__(self, view: View, select: NamedSelect) -> None:
        self._view, self._asked = view, select
        self._restated = Restated(select)
        self._terms: dict[str, Value] = {}
        self._paths = Paths(view, self._resolved)
        self._left = MOST_IN_ALL

    def of_rows(
        self, query: Query, rows: Sequence[Row], graph: Node | None = None
    ) -> list[Grounds]:
        """What each of *rows* of *query*, or of a subquery of it in *graph*, rests on."""
        if not rows:
            return []
        if query.is_aggregated:
            return self._of_groups(query, rows, graph)
        names = self._stable(query)
        solutions = self._chosen(
            rows, names, lambda some: self._restated.solutions(query, some, graph)
        )
        columns = self._asked.computed(query)
        computed = [exists for each in columns for exists in exists_in(each.expression)]
        return self._of_solutions(query.where, solutions, graph, computed)

    def _chosen(
        self, rows: Sequence[Row], names: Sequence[str], question: Callable[[Sequence[Row]], str]
    ) -> list[Row | None]:
        """For each row a solution with its values of *names*: as many different ones as there are.

        First the query is asked as it is, for so it gave these rows, often in the same order. A row
        that is not among its first solutions is asked for alone, by its values.
        """
        chosen: list[Row | None] = [None] * len(rows)
        self._choose(chosen, range(len(rows)), rows, names, question(()))
        for place, row in enumerate(rows):
            if chosen[place] is None:
                self._choose(chosen, [place], rows, names, question([row]))
        return chosen

    def _choose(
        self,
        found: list[Row | None],
        places: Iterable[int],
        rows: Sequence[Row],
        names: Sequence[str],
        question: str,
    ) -> None:
        """Put a solution that gives it in the place of each row; leave those for which there is none."""
        waiting: dict[Any, deque[int]] = defaultdict(deque)
        for place in places:
            waiting[_key(rows[place], names)].append(place)
        for row in self._solutions(question, MOST_READ if len(waiting) > 1 else _MOST_READ_ALONE):
            key = _key(row, names)
            if key in waiting:
                found[waiting[key].popleft()] = row
                if not waiting[key]:
                    del waiting[key]
                    if not waiting:
                        return

    def _solutions(self, question: str, most: int) -> Iterator[Row]:
        """The first solutions of a query, at most so many; none if the engine does not take it."""
        try:
            answer = self._view.query(question)
        except SyntaxError:
            return
        if isinstance(answer, ox.QuerySolutions):
            names = [f"?{variable.value}" for variable in answer.variables]
            for solution, _ in zip(answer, range(most), strict=False):
                pairs = zip(names, solution, strict=True)
                yield {name: term for name, term in pairs if term is not None}

    def _of_solutions(
        self,
        group: Group,
        solutions: Iterable[Row | None],
        graph: Node | None,
        computed: Sequence[Exists] = (),
    ) -> list[Grounds]:
        """The triples of a solution of *group* each, and of what is *computed* from it.

        Of none where there is no solution.
        """
        later: _Deferred = {}
        every = []
        solutions = list(solutions)
        self._read_ahead(group, filter(None, solutions))
        for solution in solutions:
            grounds = Grounds()
            every.append(grounds)
            if solution is None:
                grounds.lack(_LOST)
            else:
                row = _Later(grounds, solution, graph)
                self._match(group, row, later)
                for exists in computed:
                    self._match_exists(exists, row._replace(is_needed=False), later)
        self._settle(later)
        return every

    # Groups of aggregates

    def _of_groups(self, query: Query, rows: Sequence[Row], graph: Node | None) -> list[Grounds]:
        """The triples of all solutions in the group of each row."""
        keys = [key.variable for key in self._asked.keys(query)]
        groups: Sequence[Row | None] = rows
        if not set(keys) <= set(self._asked.scopes.columns(query)):
            names = self._stable(query)
            question = self._restated.aggregated(query, graph)
            groups = self._chosen(rows, names, lambda _: question)
        every = [Grounds() for _ in rows]
        owners: dict[Any, list[Grounds]] = defaultdict(list)
        for found, group in zip(every, groups, strict=True):
            if group is None:
                found.lack(_LOST)
            else:
                owners[_key(group, keys)].append(found)
        self._add_members(query, [group for group in groups if group is not None], owners, graph)
        return every

    def _add_members(
        self,
        query: Query,
        groups: Sequence[Row],
        owners: dict[Any, list[Grounds]],
        graph: Node | None,
    ) -> None:
        """Add the triples of the members of *groups* to what was found for the rows they belong to.

        First all solutions are read; if they are too many, only those of these groups.
        """
        later: _Deferred = {}
        members, is_whole = self._members(query, (), owners, graph)
        if not is_whole:
            members, is_whole = self._members(query, groups, owners, graph)
        solutions = (solution for key in owners for solution in members[key])
        self._read_ahead(query.where, solutions)
        for key, some in owners.items():
            for found in some:
                for solution in members[key]:
                    if CUT not in found.lacks:
                        self._match(query.where, _Later(found, solution, graph), later)
                if not is_whole:
                    found.lack(CUT)
                elif not members[key]:
                    found.lack(_LOST) if query.keys else found.remarks.setdefault(_NO_SOLUTION)
        self._settle(later)

    def _members(
        self,
        query: Query,
        groups: Sequence[Row],
        owners: dict[Any, list[Grounds]],
        graph: Node | None,
    ) -> tuple[dict[Any, list[Row]], bool]:
        """The solutions in each of the groups that have owners, and whether all were read."""
        keys = [key.variable for key in self._asked.keys(query)]
        found: dict[Any, list[Row]] = defaultdict(list)
        count = 0
        for solution in self._solutions(self._restated.members(query, groups, graph), MOST_READ):
            count += 1
            key = _key(solution, keys)
            if key in owners:
                found[key].append(solution)
        return found, count < MOST_READ

    # Parts of a solution

    def _read_ahead(self, group: Group, solutions: Iterable[Row]) -> None:
        """Look up at once the triples of *solutions*, where each would be a question to an engine."""
        if self._view.default is None:
            triples = (each for row in solutions for each in self._plain(group, row))
            access(self._view.store).prefetch_forms(islice(triples, _AHEAD))

    def _plain(self, group: Group, row: Row) -> Iterator[Any]:
        """The triples of the patterns in *group* that show in a solution and are no paths."""
        for part in group.elements:
            if isinstance(part, Triple) and isinstance(part.path, Term):
                ends = (self._value(each, row) for each in (part.subject, part.path, part.object))
                if None not in (form := tuple(ends)):
                    yield form
            elif isinstance(part, InGraph):
                yield from self._plain(part.group, row)
            elif isinstance(part, Union | Optional):
                matched = (each for each in groups_in(part) if self._asked.mark(each) in row)
                for branch in matched:
                    yield from self._plain(branch, row)

    def _match(self, group: Group, row: _Later, later: _Deferred) -> None:
        """Add the triples of the parts of *group* that matched; what does not show waits in *later*."""
        for part in group.elements:
            if isinstance(part, Triple):
                self._match_pattern(part, row)
            elif isinstance(part, InGraph):
                graph: Any = self._value(part.name, row.row)
                self._match(part.group, row._replace(graph=graph), later)
            elif isinstance(part, Union | Optional):
                for branch in groups_in(part):
                    if self._asked.mark(branch) in row.row:
                        self._match(branch, row, later)
                    elif isinstance(part, Optional):
                        row.found.remarks[_UNMATCHED] = None
            else:
                self._match_hidden(part, row, later)

    def _match_hidden(self, part: Element, row: _Later, later: _Deferred) -> None:
        """Leave for *later* what does not show in a solution; note where something must be absent."""
        if isinstance(part, SubSelect):
            _defer(part, row.only(self._asked.scopes.columns(part.query)), later)
        elif isinstance(part, Filter | Bind):
            is_whole = isinstance(part, Filter) and isinstance(part.expression, Exists)
            for exists in exists_in(part.expression):
                self._match_exists(exists, row._replace(is_needed=is_whole), later)
        elif isinstance(part, Service):
            for source in self._view.sources(part.endpoint.value, row.row):
                row.found.add_source(source)
        elif isinstance(part, Minus):
            row.found.remarks[_ABSENCE] = None

    def _match_exists(self, part: Exists, row: _Later, later: _Deferred) -> None:
        if part.is_negated:
            row.found.remarks[_ABSENCE] = None
            return
        text = self._asked.written(part.group).replace("$", "?")
        mentioned = self._asked.scopes.visible(*part.group.elements)
        names = (name for name in row.row if name in mentioned or name in text)
        _defer(part, row.only(names), later)

    def _match_pattern(self, pattern: Triple, row: _Later) -> None:
        start: Any = self._value(pattern.subject, row.row)
        end: Any = self._value(pattern.object, row.row)
        if start is None or end is None:
            row.found.lack(_LOST)
        elif isinstance(pattern.path, Term):
            predicate: Any = self._value(pattern.path, row.row)
            self._add(ox.Triple(start, predicate, end), row)
        else:
            way = self._paths.shortest(pattern.path, start, end, row.graph)
            if way is None:
                row.found.lack(_NO_WAY)
            for triple in way or ():
                self._add(triple, row)

    def _add(self, triple: ox.Triple, row: _Later) -> None:
        """Add a triple that the dataset holds."""
        if (triple, row.graph) in row.found.triples:
            return
        if not self._left:
            row.found.lack(CUT)
        elif not self._view.holds(triple, row.graph):
            row.found.lack(_LOST)
        else:
            self._left -= 1
            row.found.add_triple(triple, row.graph)

    def _value(self, term: Term, row: Row) -> Value | None:
        return row.get(self._asked.name(term)) if term.is_free else self._resolved(term)

    def _resolved(self, term: Term) -> Value:
        """A term of the query as the engine reads it: numbers, for instance, by value."""
        if term.kind == "iri":
            return ox.NamedNode(term.value)
        if term.text not in self._terms:
            values = f"SELECT * {{ VALUES ?term {{ {term.text} }} }}"
            (solution,) = self._solutions(f"{self._asked.prologue}\n{values}", 2)
            self._terms[term.text] = solution["?term"]
        return self._terms[term.text]

    # What a solution does not show

    def _settle(self, later: _Deferred) -> None:
        """Add what the parts that wait rest on, each asked for all rows together."""
        for part, waiting in later.values():
            first = waiting[0]
            rows = {_key(each.row, each.row): each.row for each in waiting}
            distinct = list(rows.values())
            results = (
                self.of_rows(part.query, distinct, first.graph)
                if isinstance(part, SubSelect)
                else self._of_exists(part, distinct, first)
            )
            by_row = dict(zip(rows, results, strict=True))
            for each in waiting:
                each.found.add(by_row[_key(each.row, each.row)])

    def _of_exists(self, part: Exists, rows: Sequence[Row], like: _Later) -> list[Grounds]:
        """What shows that there is what EXISTS asks for; where it must be and is not found, it lacks."""
        solutions = self._chosen(
            rows,
            list(like.row),
            lambda some: self._restated.existing(part.group, some or rows, like.graph),
        )
        found = self._of_solutions(part.group, solutions, like.graph)
        for place, solution in enumerate(solutions):
            if solution is None and not like.is_needed:
                found[place] = Grounds()
                found[place].remarks[_ABSENCE] = None
        return found

    def _stable(self, query: Query) -> list[str]:
        """The columns of *query* but those that are new each time, as the time or a random number is."""
        computed = self._asked.computed(query)
        changing = {each.variable for each in computed if _CHANGING.search(each.text)}
        return [name for name in self._asked.scopes.columns(query) if name not in changing]


def _defer(part: SubSelect | Exists, row: _Later, later: _Deferred) -> None:
    """Leave *part* for later, with those that wait for it in the same graph, by the same variables."""
    _, waiting = later.setdefault((id(part), row.graph, *row.row), (part, []))
    waiting.append(row)


def _key(row: Row, names: Iterable[str]) -> tuple[Value | None, ...]:
    return tuple(map(row.get, names))
