"""Whether a triple can have a part in the answer to a query, as far as its text and its rows tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gbagraph.dataset.view import view
from gbagraph.explain.rows import MOST_ROWS, rows_with_evidence
from gbagraph.rdf.namespaces import base_iri
from gbagraph.sparql.syntax.nodes import (
    Bind,
    Exists,
    Filter,
    InGraph,
    Optional,
    Repeat,
    Term,
    Triple,
    Union,
    Values,
    groups_in,
    parts,
)
from gbagraph.sparql.syntax.reader import NotRead, read
from gbagraph.sparql.tokens import variables
from gbagraph.testing.patterns import holds_empty, joined

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyoxigraph as ox

    from gbagraph.sparql.syntax.nodes import Element, Expression, Group, Node, Path, Query
    from gbagraph.testing.patterns import Joined


class Relevance:
    """What of a query's answer can depend on which quads of *store*."""

    def __init__(self, store: ox.Store, text: str) -> None:
        self._store = store
        self._joined: list[Joined] | None = None
        self._rests_on: frozenset[ox.Triple] | None = None
        try:
            query = read(text, base_iri())
        except NotRead:
            return
        if query.form == "DESCRIBE" or query.dataset:
            return
        self._joined = list(joined(query))
        if _is_growing(query, text):
            self._rests_on = _evidence(store, text)

    def may_matter(self, removed: Iterable[ox.Quad], added: Iterable[ox.Quad] = ()) -> bool:
        """Whether the answer can change if some quads go and others come; True where it is not known.

        *removed* are still in the store. If more triples never give fewer rows, and each row keeps its
        solution, nothing changes.
        """
        gone, new = list(removed), list(added)
        if self._rests_on is not None:
            gone = [quad for quad in gone if quad.triple in self._rests_on]
        return any(self._can_use(quad, new) for quad in (*gone, *new))

    def _can_use(self, quad: ox.Quad, new: list[ox.Quad]) -> bool:
        if self._joined is None:
            return True
        return any(row.can_use(quad, self._store, new) for row in self._joined)


def _is_growing(query: Query, text: str) -> bool:
    """Whether the solutions without a triple are those that did not use it, and all are among the rows.

    So nothing may be excluded or cut off. What is optional must not decide about anything else.
    """
    shown = [item.expression for item in query.items or ()]
    is_cut = query.offset or (query.is_aggregated and "LIMIT" in text.upper())
    growing = _Growing(text, is_set=query.is_distinct and not query.is_aggregated)
    return (
        query.form == "SELECT"
        and not (query.having or is_cut)
        and not any(map(_has_exists, shown))
        and growing.is_group(query.where, may_be_optional=not query.is_distinct)
    )


class _Growing:
    """Which parts of a query only add solutions; of one whose rows *is_set*, each once."""

    def __init__(self, text: str, *, is_set: bool) -> None:
        self._text, self._is_set = text, is_set

    def is_group(self, group: Group, *, may_be_optional: bool = False) -> bool:
        return all(
            self._is_part(element, group, may_be_optional=may_be_optional)
            for element in group.elements
        )

    def _is_part(self, element: Element, group: Group, *, may_be_optional: bool) -> bool:
        if isinstance(element, Triple):
            return _is_growing_path(element.path, is_set=self._is_set)
        if isinstance(element, Filter | Bind):
            return not _has_exists(element.expression)
        if isinstance(element, Optional):
            is_apart = may_be_optional and _decides_nothing(element, group, self._text)
            return is_apart and self.is_group(element.group)
        if isinstance(element, InGraph | Union):
            # What is optional in it may decide about what stands outside.
            return all(map(self.is_group, groups_in(element)))
        return isinstance(element, Values)


def _is_growing_path(path: Path, *, is_set: bool) -> bool:
    """A way of no length rests on no triple, but on there being a node; of several ways one is known."""
    is_single = isinstance(path, Term) or (isinstance(path, Repeat) and path.modifier == "+")
    return (is_set or is_single) and not holds_empty(path)


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
