"""The SERVICE clauses of a query: what may be sent for each, and how they get what was answered.

The solutions of a clause are joined with the rest of its group. Those that go with no solution of the
rest can be left out beforehand, without changing any answer, if the variables that they share are bound
on both sides: so the endpoint is sent the bindings of these variables (a bound join). Where that does
not hold, as in the groups of MINUS and EXISTS for what stands outside of them, it is not done.

What a query text means must not depend on the parser. So in the text that is sent comments are
dropped, IRIs are written in full, and strings without escapes of code points: by the standard (SPARQL
1.1, section 19.2) such an escape may stand for the quote that ends a string, and in it for another
SERVICE; few parsers agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.dataset.view import View
from gbagraph.features.diagnostics.finding import connected
from gbagraph.features.federation.messages import Solutions
from gbagraph.sparql.dialect import plain_string
from gbagraph.sparql.nodes import (
    Bind,
    Filter,
    InGraph,
    Minus,
    Optional,
    Service,
    SubSelect,
    Triple,
    Union,
    Values,
    exists_in,
    groups_in,
    variables,
)
from gbagraph.sparql.restated import Restated
from gbagraph.sparql.tokens import resolved, unescaped, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gbagraph.features.federation.messages import Row
    from gbagraph.features.federation.messages import Term as Value
    from gbagraph.rdf.dataset import Answer
    from gbagraph.sparql.nodes import Element, Group, Query, Term
    from gbagraph.sparql.restated import NamedQuery
    from gbagraph.sparql.sources import Source
    from gbagraph.sparql.tokens import Token


_JOINED: Final = (Triple, Values, InGraph, Union, SubSelect, Service)
"""Parts of a group of which each of its solutions contains one of theirs."""


@dataclass(frozen=True, slots=True)
class Level:
    """Parts of a group with which a clause in it, or in a group of it, is joined; in GRAPH *graph*."""

    parts: tuple[Element, ...]
    graph: Term | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """A SERVICE clause, what it is joined with, and whether it stands in EXISTS."""

    service: Service
    levels: tuple[Level, ...]
    in_exists: bool = False


def clauses(query: Query) -> list[Clause]:
    """Return the clauses of *query* that are in no other, in the order of the text."""
    outer: tuple[Level, ...] = ()
    if query.values is not None and not query.is_aggregated:
        outer = (Level((query.values,)),)
    listed = _of_group(query.where, outer)
    return sorted(listed, key=lambda clause: clause.service.start)


def _of_group(
    group: Group, outer: tuple[Level, ...], graph: Term | None = None, *, in_exists: bool = False
) -> Iterator[Clause]:
    for place, part in enumerate(group.elements):
        before, after = group.elements[:place], group.elements[place + 1 :]
        joined = (*outer, Level((*before, *after), graph))
        if isinstance(part, Service):
            yield Clause(part, joined, in_exists)
            continue
        within = joined if isinstance(part, Union | InGraph) else ()
        if isinstance(part, Optional):
            # What is joined later could leave out a solution, in whose place there must be none then.
            within = (Level(before, graph),)
        named = part.name if isinstance(part, InGraph) else graph
        exists = in_exists or isinstance(part, Filter | Bind)
        for inner in groups_in(part):
            yield from _of_group(inner, within, named, in_exists=exists)


def services_in(group: Group) -> Iterator[Service]:
    """Yield every SERVICE in *group*, also one within another."""
    for part in group.elements:
        if isinstance(part, Service):
            yield part
        for inner in groups_in(part):
            yield from services_in(inner)


class Binder:
    """Finds what of a query gives the bindings of a clause, and writes it as a query.

    The solutions of the clauses *ready* are known by now.
    """

    def __init__(self, parsed: NamedQuery) -> None:
        self._parsed = parsed
        self._restated = Restated(parsed)
        self.ready: list[Service] = []

    def visible(self, clause: Clause) -> tuple[str, ...]:
        """Return the variables of the pattern, each written ``?x``: the columns of what is called."""
        return self._parsed.scopes.visible(*clause.service.group.elements)

    def shared(self, clause: Clause) -> tuple[str, ...]:
        """Return the variables whose bindings may be sent: none if the pattern is more than patterns."""
        group = clause.service.group
        if any(_is_closed(part) for part in group.elements):
            return ()
        bound = self._bound(self._joined(clause))
        return tuple(sorted(self._parsed.scopes.certain(*group.elements) & bound))

    def is_closed_under_substitution(self, group: Group) -> bool:
        """Return whether the values of variables outside of EXISTS do not change what a pattern gives.

        EXISTS puts them in the place of the variables of its *group* (SPARQL 1.1, section 18.6), which
        is the same as a join for patterns, and for filters over what these bind.
        """
        bound = self._parsed.scopes.certain(*group.elements)
        return all(self._is_plain_part(part, bound) for part in group.elements)

    def _is_plain_part(self, part: Element, bound: frozenset[str]) -> bool:
        if isinstance(part, Union):
            return all(map(self.is_closed_under_substitution, part.groups))
        if isinstance(part, Filter):
            used = map(self._parsed.name, variables(part.expression))
            return not exists_in(part.expression) and bound.issuperset(used)
        return isinstance(part, Triple)

    def binds(self, clause: Clause, name: str) -> bool:
        """Return whether what the clause is joined with binds a variable in every solution."""
        return name in self._bound(self._joined(clause))

    def _bound(self, levels: Iterable[Level]) -> frozenset[str]:
        parts = (part for level in levels for part in level.parts)
        return frozenset[str]().union(*map(self._certain, parts))

    def _certain(self, part: Element) -> frozenset[str]:
        if isinstance(part, Bind):  # a constant, of all that is joined
            return frozenset({self._parsed.name(part.variable)})
        # A clause whose solutions are known has not failed, so that it is as if it were not SILENT.
        parts = part.group.elements if isinstance(part, Service) else (part,)
        return self._parsed.scopes.certain(*parts)

    def question(self, clause: Clause, names: Sequence[str], limit: int) -> str:
        """Return a query for the distinct bindings of *names* in what the clause is joined with."""
        levels = self._connected(self._joined(clause), names)
        where = " ".join(filter(None, map(self._level, levels)))
        columns = " ".join(names)
        return f"{self._parsed.prologue}\nSELECT DISTINCT {columns} {{ {where} }} LIMIT {limit}"

    def _joined(self, clause: Clause) -> list[Level]:
        """What the clause is joined with, as far as it can be evaluated by now."""
        return [Level(tuple(self._usable(level.parts)), level.graph) for level in clause.levels]

    def _usable(self, parts: Sequence[Element]) -> Iterator[Element]:
        """Parts whose solutions each solution of the group contains, and that make no call any more."""
        for part in parts:
            is_known = all(each in self.ready for each in _calls(part))
            if is_known and (isinstance(part, _JOINED) or _is_constant(part)):
                yield part

    def _connected(self, levels: Sequence[Level], names: Iterable[str]) -> list[Level]:
        """What is connected with *names* by variables: the rest would only be multiplied with it."""
        wanted = set(names)
        islands = connected(part for level in levels for part in level.parts)
        kept = [each for each in islands if wanted.intersection(self._parsed.scopes.visible(*each))]
        starts = {part.start for island in kept for part in island}
        return [
            Level(tuple(p for p in level.parts if p.start in starts), level.graph)
            for level in levels
        ]

    def _level(self, level: Level) -> str:
        text = " ".join(map(self._restated.part, level.parts))
        if not text or level.graph is None:
            return text
        return f"GRAPH {self._restated.term(level.graph)} {{ {text} }}"


def _is_closed(part: Element) -> bool:
    """Whether bindings are not sent into a pattern with such a part, or part of a part."""
    if isinstance(part, SubSelect | Minus):
        return True
    return any(_is_closed(inner) for group in groups_in(part) for inner in group.elements)


def _is_constant(part: Element) -> bool:
    """Whether *part* binds a variable to what depends on no other part."""
    return isinstance(part, Bind) and not list(variables(part.expression)) and not groups_in(part)


def _calls(part: Element) -> Iterator[Service]:
    if isinstance(part, Service):
        yield part
        return
    for group in groups_in(part):
        yield from services_in(group)


def pattern(text: str, base: str, prefixes: Mapping[str, str]) -> str:
    """Return *text*, a part of a query that the engine takes, as it is sent to an endpoint.

    Args:
        text: the part.
        base: what its relative IRIs are resolved against.
        prefixes: the prefixes that the query declares, with their IRIs in full.

    Raises:
        ValueError: an IRI of it is none.
    """
    parts, end = list[str](), 0
    for token in words(text):
        parts += [" " if token.start > end else "", _token(token, base, prefixes)]
        end = token.end
    return "".join(parts)


def _token(token: Token, base: str, prefixes: Mapping[str, str]) -> str:
    if token.kind == "iri":
        return str(ox.NamedNode(resolved(base, token.text[1:-1])))
    if token.kind == "name":
        prefix, _, local = token.text.partition(":")
        return str(ox.NamedNode(prefixes[prefix] + unescaped(local)))
    return plain_string(token.text) if token.kind == "string" else token.text


class FederatedView(View):
    """A view in which the SERVICE clauses of one query have the solutions that endpoints gave.

    In that query, each clause names an IRI of ours in place of its endpoint.
    """

    def __init__(self, view: View) -> None:
        super().__init__(view.store, view.default, view.named)
        self._credits: dict[str, tuple[str, Sequence[Source]]] = {}
        self._solutions = Solutions()
        self._texts: dict[str, str] = {}

    def put(self, clause: str, names: Sequence[str], rows: Sequence[Row]) -> None:
        """Let *rows*, the values of *names*, be the solutions of *clause*."""
        self._texts[clause] = self._solutions.text(names, rows)

    def credit(self, mark: str, sources: Sequence[Source], variable: str) -> None:
        """Let *sources* be what was called for the clause that names *mark*, or has had *variable*."""
        self._credits[mark] = variable, sources

    @property
    def called(self) -> list[Source]:
        """All endpoints that were called."""
        return [source for _, some in self._credits.values() for source in some]

    def sources(self, endpoint: str, row: Mapping[str, Value]) -> tuple[Source, ...]:
        """Return the endpoints that were called for a clause; of a variable by its value in *row*."""
        variable, named = self._credits.get(endpoint, ("", ()))
        value = row.get(variable)
        return tuple(each for each in named if value is None or str(value) == f"<{each.endpoint}>")

    def query(self, text: str, functions: None = None) -> Answer:  # type: ignore[override]  # noqa: ARG002
        """Evaluate a query in which the clauses stand as in the one that was marked."""
        return super().query(self.answered(text), self._solutions.functions)

    def answered(self, text: str) -> str:
        """Return *text* with solutions in place of the clauses."""
        for clause, rows in self._texts.items():
            text = text.replace(clause, rows)
        return text


def without_gaps(rows: list[Row] | None) -> list[Row] | None:
    """Return *rows*, or None if a cell is unbound, as by an expression that fails: it joins with all."""
    return None if rows is None or any(None in row for row in rows) else rows


def with_endpoint(
    rows: Sequence[Row], names: Sequence[str], own: str, endpoint: Value | None
) -> Iterator[Row]:
    """Yield *rows* with their *endpoint* as the value of the variable *own*, if there is one."""
    if not own:
        yield from rows
        return
    place = names.index(own) if own in names else None
    for row in rows:
        if place is None:
            yield (*row, endpoint)
        elif row[place] in (None, endpoint):
            yield (*row[:place], endpoint, *row[place + 1 :])


def asked_for(
    rows: Sequence[Row], names: Sequence[str], shared: Sequence[str], batch: Sequence[Row]
) -> list[Row]:
    """Return those of *rows* that go with *batch*: an endpoint that ignores it would repeat others."""
    places = [names.index(name) for name in shared]
    wanted = {tuple(map(_identity, row)) for row in batch}
    return [row for row in rows if tuple(_identity(row[place]) for place in places) in wanted]


def _identity(cell: Value | None) -> Value | None:
    """An IRI as it is; literals of the same value may be written in several ways."""
    return cell if isinstance(cell, ox.NamedNode) else None
