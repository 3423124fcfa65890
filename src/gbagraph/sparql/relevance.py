"""Whether a triple can have a part in the answer to a query, by its patterns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.sparql.expressions import NotRead
from gbagraph.sparql.nodes import (
    Call,
    Exists,
    Filter,
    InGraph,
    Inverse,
    Negated,
    Repeat,
    SubSelect,
    Term,
    Triple,
    Values,
    groups_in,
    parts,
)
from gbagraph.sparql.restated import steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gbagraph.sparql.nodes import Expression, Group, Path, Query
    from gbagraph.sparql.parsed import ParsedQuery

    Allowed = frozenset[str] | None


_DEFAULT: Final = ox.DefaultGraph()


@dataclass(frozen=True, slots=True)
class Pattern:
    """A triple pattern: what can stand in each place (None for anything), and the names of variables.

    ``graph`` is the graph in which it is met: empty for the default graph, None for any with a name.
    """

    subject: Allowed
    properties: Allowed
    object: Allowed
    graph: str | None
    names: tuple[str, str]

    def matches(self, quad: ox.Quad) -> bool:
        """Return whether *quad* can be what the pattern matches."""
        graph = "" if quad.graph_name == _DEFAULT else str(quad.graph_name)
        if self.graph != graph and not (self.graph is None and graph):
            return False
        pairs = (
            (self.subject, quad.subject),
            (self.properties, quad.predicate),
            (self.object, quad.object),
        )
        return all(allowed is None or str(term) in allowed for allowed, term in pairs)

    def is_met(self, store: ox.Store, others: Sequence[ox.Quad], place: int, term: Any) -> bool:  # noqa: ANN401  a term
        """Return whether *store* or *others* have a match with *term* as subject (0) or object (1)."""
        if place == 0 and isinstance(term, ox.Literal | ox.Triple):
            return False
        ends = (term, None) if place == 0 else (None, term)
        quads = (
            quad
            for predicate in self._predicates()
            for quad in store.quads_for_pattern(ends[0], predicate, ends[1], None)
        )
        return any(map(self.matches, quads)) or any(
            (quad.subject, quad.object)[place] == term and self.matches(quad) for quad in others
        )

    def _predicates(self) -> Iterable[ox.NamedNode | None]:
        if self.properties is None:
            return (None,)
        return [ox.NamedNode(name[1:-1]) for name in self.properties]


@dataclass(frozen=True, slots=True)
class Joined:
    """Patterns that all have to match for a solution."""

    patterns: tuple[Pattern, ...]
    plain: tuple[Pattern, ...]
    """Those of them without a path."""

    def can_use(self, quad: ox.Quad, store: ox.Store, others: Sequence[ox.Quad]) -> bool:
        """Whether *quad* can be in a solution: each pattern that shares a variable with it can match."""
        return any(
            pattern.matches(quad) and self._fits(pattern, quad, store, others)
            for pattern in self.patterns
        )

    def _fits(
        self, pattern: Pattern, quad: ox.Quad, store: ox.Store, others: Sequence[ox.Quad]
    ) -> bool:
        for name, term in zip(pattern.names, (quad.subject, quad.object), strict=True):
            for other in self.plain if name else ():
                for place in (0, 1):
                    shared = other is not pattern and other.names[place] == name
                    if shared and not other.is_met(store, others, place, term):
                        return False
        return True


def joined(query: Query, graph: str | None = "") -> Iterator[Joined]:
    """Yield the patterns of a query, those of its subqueries and of EXISTS among them."""
    yield from _of_group(query.where, graph)
    shown = [item.expression for item in (*(query.items or ()), *query.keys)]
    for expression in (*shown, *query.having, *query.order):
        yield from _of_exists(expression, graph)


def _of_exists(expression: Expression, graph: str | None) -> Iterator[Joined]:
    for part in parts(expression):
        if isinstance(part, Exists):
            yield from _of_group(part.group, graph)


def _of_group(group: Group, graph: str | None) -> Iterator[Joined]:
    """The patterns that stand in *group* itself, or there in GRAPH; then those of the parts in it."""
    members = list(_members(group, graph))
    limits: dict[str, frozenset[str]] = {}
    for element, _ in members:
        for name, allowed in _limits(element):
            limits[name] = allowed & limits.get(name, allowed)
    made = [
        (_pattern(part, where, limits), part) for part, where in members if isinstance(part, Triple)
    ]
    plain = tuple(row for row, part in made if isinstance(part.path, Term))
    yield Joined(tuple(row for row, _ in made), plain)
    for element, where in members:
        if isinstance(element, SubSelect):
            yield from joined(element.query, where)
        elif not isinstance(element, Triple):
            for inner in groups_in(element):
                yield from _of_group(inner, where)


def _members(group: Group, graph: str | None) -> Iterator[tuple[Any, str | None]]:
    for element in group.elements:
        if isinstance(element, InGraph):
            yield from _members(element.group, _iri(element.name))
        else:
            yield element, graph


def _limits(element: object) -> Iterator[tuple[str, frozenset[str]]]:
    """Variables that a filter or VALUES allows only certain IRIs."""
    if isinstance(element, Values):
        for place, variable in enumerate(element.variables):
            yield from _limit(variable, [row[place] for row in element.rows])
    elif isinstance(element, Filter) and isinstance(element.expression, Call):
        call = element.expression
        if call.name in ("IN", "="):
            yield from _limit(call.arguments[0], call.arguments[1:])


def _limit(
    variable: Expression, terms: Sequence[Expression | None]
) -> Iterator[tuple[str, frozenset[str]]]:
    if not isinstance(variable, Term) or variable.kind != "variable":
        return
    if all(isinstance(term, Term) and term.kind == "iri" for term in terms):
        yield variable.value, frozenset(f"<{term.value}>" for term in terms)  # type: ignore[union-attr]


def _pattern(triple: Triple, graph: str | None, limits: dict[str, frozenset[str]]) -> Pattern:
    subject, value = _allowed(triple.subject, limits), _allowed(triple.object, limits)
    if not isinstance(triple.path, Term):
        return Pattern(None, _properties(triple), None, graph, ("", ""))
    names = _name(triple.subject), _name(triple.object)
    return Pattern(subject, _allowed(triple.path, limits), value, graph, names)


def _name(term: Term) -> str:
    """Return a variable or blank node; empty for a term."""
    return f"{term.kind} {term.value}" if term.is_free else ""


def _allowed(term: Term, limits: dict[str, frozenset[str]]) -> Allowed:
    """What may stand for a term; anything for a literal, since equal ones may be written otherwise."""
    if term.kind == "variable":
        return limits.get(term.value)
    return frozenset([f"<{term.value}>"]) if term.kind == "iri" else None


def _iri(term: Term) -> str | None:
    return f"<{term.value}>" if term.kind == "iri" else None


def _properties(triple: Triple) -> Allowed:
    """Return the properties of a path; None if any triple can have a part in it."""
    is_free = triple.subject.is_free and triple.object.is_free
    for part in _parts_of(triple.path):
        may_be_empty = isinstance(part, Repeat) and part.modifier in ("*", "?")
        if isinstance(part, Negated) or (is_free and may_be_empty):
            return None
    return frozenset(f"<{term.value}>" for term in steps(triple.path))


def _parts_of(path: Path) -> Iterator[Path]:
    """Yield a path and all parts of it."""
    yield path
    inner = (path.path,) if isinstance(path, Inverse | Repeat) else getattr(path, "parts", ())
    for part in inner:
        yield from _parts_of(part)


class Relevance:
    """What of a query's answer can depend on which quads of *store*."""

    def __init__(self, store: ox.Store, parsed: ParsedQuery) -> None:
        self._store = store
        self._joined: list[Joined] | None = None
        try:
            query = parsed.tree
        except NotRead:
            return
        if query.form != "DESCRIBE" and not query.dataset:
            self._joined = list(joined(query))

    def may_matter(self, removed: Iterable[ox.Quad], added: Iterable[ox.Quad] = ()) -> bool:
        """Whether the answer can change if some quads go and others come; True where it is not known.

        *removed* are still in the store.
        """
        if self._joined is None:
            return True
        new = list(added)
        changed = (*removed, *new)
        return any(row.can_use(quad, self._store, new) for quad in changed for row in self._joined)
