"""Whether a triple can have a part in the answer to a query, as far as its text and its rows tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gbagraph.dataset.view import view
from gbagraph.explain.rows import MOST_ROWS, rows_with_evidence
from gbagraph.sparql.expressions import NotRead
from gbagraph.sparql.nodes import (
    Bind,
    Filter,
    InGraph,
    Optional,
    Repeat,
    Term,
    Triple,
    Union,
    Values,
    exists_in,
    groups_in,
)
from gbagraph.sparql.scope import NAMES
from gbagraph.testing.patterns import holds_empty, joined

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyoxigraph as ox

    from gbagraph.sparql.nodes import Element, Group, Path, Query
    from gbagraph.sparql.parsed import ParsedQuery
    from gbagraph.testing.patterns import Joined


class Relevance:
    """What of a query's answer can depend on which quads of *store*."""

    def __init__(self, store: ox.Store, parsed: ParsedQuery) -> None:
        self._store = store
        self._joined: list[Joined] | None = None
        self._rests_on: frozenset[ox.Triple] | None = None
        try:
            query = parsed.tree
        except NotRead:
            return
        if query.form == "DESCRIBE" or query.dataset:
            return
        self._joined = list(joined(query))
        if _is_growing(query, parsed.text):
            self._rests_on = _evidence(store, parsed)

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
    growing = _Growing(is_set=query.is_distinct and not query.is_aggregated)
    return (
        query.form == "SELECT"
        and not (query.having or is_cut)
        and not any(map(exists_in, shown))
        and growing.is_group(query.where, may_be_optional=not query.is_distinct)
    )


class _Growing:
    """Which parts of a query only add solutions; of one whose rows *is_set*, each once."""

    def __init__(self, *, is_set: bool) -> None:
        self._is_set = is_set

    def is_group(self, group: Group, *, may_be_optional: bool = False) -> bool:
        return all(
            self._is_part(element, group, may_be_optional=may_be_optional)
            for element in group.elements
        )

    def _is_part(self, element: Element, group: Group, *, may_be_optional: bool) -> bool:
        if isinstance(element, Triple):
            return _is_growing_path(element.path, is_set=self._is_set)
        if isinstance(element, Filter | Bind):
            return not exists_in(element.expression)
        if isinstance(element, Optional):
            is_apart = may_be_optional and _decides_nothing(element, group)
            return is_apart and self.is_group(element.group)
        if isinstance(element, InGraph | Union):
            # What is optional in it may decide about what stands outside.
            return all(map(self.is_group, groups_in(element)))
        return isinstance(element, Values)


def _is_growing_path(path: Path, *, is_set: bool) -> bool:
    """A way of no length rests on no triple, but on there being a node; of several ways one is known."""
    is_single = isinstance(path, Term) or (isinstance(path, Repeat) and path.modifier == "+")
    return (is_set or is_single) and not holds_empty(path)


def _decides_nothing(optional: Optional, group: Group) -> bool:
    """Whether the variables that only *optional* binds stand nowhere else in the group."""
    place = group.elements.index(optional)
    own = NAMES.mentioned(optional) - NAMES.certain(*group.elements[:place])
    others = (part for part in group.elements if part is not optional)
    return own.isdisjoint(NAMES.mentioned(*others))


def _evidence(store: ox.Store, query: ParsedQuery) -> frozenset[ox.Triple] | None:
    """The triples on which the rows rest; None if not all are known."""
    rows = rows_with_evidence(store, view(store, query), query)
    if len(rows) > MOST_ROWS or not all(row.evidence.complete for row in rows):
        return None
    return frozenset(found.triple for row in rows for found in row.evidence.triples)
