"""Whether a triple can have a part in the answer to a query, as far as its text and its rows tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.dataset.view import view
from gbagraph.explain.rows import MOST_ROWS, rows_with_evidence
from gbagraph.rdf.namespaces import BASE_IRI
from gbagraph.sparql.syntax.nodes import (
    Bind,
    Exists,
    Filter,
    InGraph,
    Negated,
    Optional,
    Repeat,
    SubSelect,
    Term,
    Triple,
    Union,
    Values,
    groups_in,
    parts,
    steps,
)
from gbagraph.sparql.syntax.reader import NotRead, read
from gbagraph.sparql.tokens import variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.sparql.syntax.nodes import Element, Expression, Group, Node, Path, Query

_DEFAULT: Final = ox.DefaultGraph()


class _Pattern(NamedTuple):
    """A triple pattern: terms as N-Triples writes them, None for any; and the graph in which it is met.

    ``graph`` is empty for the default graph, and None for any graph with a name.
    """

    subject: str | None
    properties: frozenset[str] | None
    object: str | None
    graph: str | None

    def matches(self, quad: ox.Quad) -> bool:
        graph = "" if quad.graph_name == _DEFAULT else str(quad.graph_name)
        if self.graph != graph and not (self.graph is None and graph):
            return False
        return (
            (self.subject is None or self.subject == str(quad.subject))
            and (self.properties is None or str(quad.predicate) in self.properties)
            and (self.object is None or self.object == str(quad.object))
        )


class Relevance:
    """What of a query's answer can depend on which quads of *store*."""

    def __init__(self, store: ox.Store, text: str) -> None:
        self._patterns: list[_Pattern] | None = None
        self._rests_on: frozenset[ox.Triple] | None = None
        try:
            query = read(text, BASE_IRI)
        except NotRead:
            return
        if query.form == "DESCRIBE" or query.dataset:
            return
        self._patterns = [_pattern(triple, graph) for triple, graph in _triples(query)]
        if _is_growing(query, text):
            self._rests_on = _evidence(store, text)

    def may_matter(self, removed: Iterable[ox.Quad], added: Iterable[ox.Quad] = ()) -> bool:
        """Whether the answer can change if some quads go and others come; True where it is not known.

        If more triples never give fewer rows, and each row keeps its solution, it cannot.
        """
        gone = list(removed)
        if self._rests_on is not None:
            gone = [quad for quad in gone if quad.triple in self._rests_on]
        return any(map(self._matches, (*gone, *added)))

    def _matches(self, quad: ox.Quad) -> bool:
        return self._patterns is None or any(row.matches(quad) for row in self._patterns)


def _pattern(triple: Triple, graph: str | None) -> _Pattern:
    if not isinstance(triple.path, Term):
        return _Pattern(None, _properties(triple), None, graph)
    properties = None if triple.path.is_free else frozenset([f"<{triple.path.value}>"])
    return _Pattern(_iri(triple.subject), properties, _iri(triple.object), graph)


def _iri(term: Term) -> str | None:
    """An IRI; None for what is none, since literals that are equal may be written in other ways."""
    return f"<{term.value}>" if term.kind == "iri" else None


def _properties(triple: Triple) -> frozenset[str] | None:
    """The properties of a path; None if any triple can have a part in it."""
    may_be_empty = triple.subject.is_free and triple.object.is_free and _holds_empty(triple.path)
    if may_be_empty or _holds_negation(triple.path):
        return None
    return frozenset(f"<{term.value}>" for term, _ in steps(triple.path))


def _inner(path: Path) -> tuple[Path, ...]:
    if hasattr(path, "parts"):
        found: tuple[Path, ...] = path.parts
        return found
    return (path.path,) if hasattr(path, "path") else ()


def _holds_empty(path: Path) -> bool:
    is_empty = isinstance(path, Repeat) and path.modifier in ("*", "?")
    return is_empty or any(map(_holds_empty, _inner(path)))


def _holds_negation(path: Path) -> bool:
    return isinstance(path, Negated) or any(map(_holds_negation, _inner(path)))


def _triples(query: Query, graph: str | None = "") -> Iterator[tuple[Triple, str | None]]:
    """All triple patterns of a query with their graphs, those of subqueries and EXISTS among them."""
    yield from _in_group(query.where, graph)
    shown = [item.expression for item in (*(query.items or ()), *query.keys)]
    for expression in (*shown, *query.having, *query.order):
        for part in parts(expression):
            if isinstance(part, Exists):
                yield from _in_group(part.group, graph)


def _in_group(group: Group, graph: str | None) -> Iterator[tuple[Triple, str | None]]:
    for element in group.elements:
        if isinstance(element, Triple):
            yield element, graph
        elif isinstance(element, SubSelect):
            yield from _triples(element.query, graph)
        else:
            inside = _iri(element.name) if isinstance(element, InGraph) else graph
            for inner in groups_in(element):
                yield from _in_group(inner, inside)


def _is_growing(query: Query, text: str) -> bool:
    """Whether the solutions without a triple are those that did not use it, and all are among the rows.

    So nothing may be excluded or cut off. What is optional must not decide about anything else.
    """
    shown = [item.expression for item in query.items or ()]
    is_cut = query.offset or (query.is_aggregated and "LIMIT" in text.upper())
    return (
        query.form == "SELECT"
        and not (query.having or is_cut)
        and not any(map(_has_exists, shown))
        and _group_is_growing(query.where, text, may_be_optional=not query.is_distinct)
    )


def _group_is_growing(group: Group, text: str, *, may_be_optional: bool) -> bool:
    return all(
        _is_growing_part(element, group, text, may_be_optional=may_be_optional)
        for element in group.elements
    )


def _is_growing_part(element: Element, group: Group, text: str, *, may_be_optional: bool) -> bool:
    if isinstance(
        element, Triple
    ):  # a way of no length rests on no triple, but on there being a node
        return not _holds_empty(element.path)
    if isinstance(element, Filter | Bind):
        return not _has_exists(element.expression)
    if isinstance(element, Optional):
        is_apart = may_be_optional and _decides_nothing(element, group, text)
        return is_apart and _group_is_growing(element.group, text, may_be_optional=False)
    if isinstance(element, Values):
        return True
    if isinstance(element, InGraph | Union):
        # What is optional in it may decide about what stands outside.
        return all(_group_is_growing(g, text, may_be_optional=False) for g in groups_in(element))
    return False


def _decides_nothing(optional: Optional, group: Group, text: str) -> bool:
    """Whether the variables that only *optional* binds stand nowhere else in the group."""
    place = group.elements.index(optional)
    certain = [part for part in group.elements[:place] if not isinstance(part, Optional)]
    bound = {name for part in certain for name in _variables(part, text)}
    own = _variables(optional, text) - bound
    others = (part for part in group.elements if part is not optional)
    return all(own.isdisjoint(_variables(part, text)) for part in others)


def _variables(node: Node, text: str) -> set[str]:
    return set(variables(text[node.start : node.end]))


def _has_exists(expression: Expression) -> bool:
    return any(isinstance(part, Exists) for part in parts(expression))


def _evidence(store: ox.Store, text: str) -> frozenset[ox.Triple] | None:
    """The triples on which the rows rest; None if not all are known."""
    rows = rows_with_evidence(store, view(store, text), text)
    if len(rows) > MOST_ROWS or not all(row.evidence.complete for row in rows):
        return None
    return frozenset(found.triple for row in rows for found in row.evidence.triples)
