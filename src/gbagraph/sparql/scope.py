"""The variables that a part of a query binds, and those that it names (SPARQL 1.1, section 18.2.1).

A part is an element of a group. A blank node of a query is a variable too, but no column.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final

from gbagraph.sparql.nodes import (
    Bind,
    Filter,
    InGraph,
    Minus,
    Service,
    SubSelect,
    Term,
    Triple,
    Union,
    Values,
    groups_in,
    variables,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gbagraph.sparql.nodes import Element, Group, Query


class Scopes:
    """The variables of the parts of queries, by the names that *name* gives to their terms."""

    def __init__(self, name: Callable[[Term], str]) -> None:
        self._name = name

    def columns(self, query: Query) -> tuple[str, ...]:
        """Return the variables that *query* gives, in order, each once."""
        return self._each_once(_columns(query))

    def visible(self, *parts: Element) -> tuple[str, ...]:
        """Return the variables that *parts* of a group can bind, in order, each once."""
        return self._each_once(term for part in parts for term in _visible(part))

    def _each_once(self, terms: Iterable[Term]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(self._name, terms)))

    def certain(self, *parts: Element) -> frozenset[str]:
        """Return variables that every solution of *parts* of a group binds; not always all of them."""
        return frozenset[str]().union(*map(self._certain, parts))

    def _certain(self, part: Element) -> frozenset[str]:
        if isinstance(part, Union):
            branches = (self.certain(*group.elements) for group in part.groups)
            return frozenset.intersection(*branches)
        if isinstance(part, SubSelect):
            query = part.query
            given = (query.values,) if query.values else ()
            return self.certain(*query.where.elements, *given).intersection(self.columns(query))
        own = frozenset(map(self._name, _certain_here(part)))
        if isinstance(part, InGraph) or (isinstance(part, Service) and not part.is_silent):
            return own | self.certain(*part.group.elements)
        return own

    def mentioned(self, *parts: Element) -> frozenset[str]:
        """Return the variables that *parts* of a group can bind or need, in EXISTS and MINUS too."""
        return frozenset[str]().union(*map(self._mentioned, parts))

    def _mentioned(self, part: Element) -> frozenset[str]:
        if isinstance(part, SubSelect):
            return frozenset(self.columns(part.query))
        needed = variables(part.expression) if isinstance(part, Filter | Bind) else ()
        own = frozenset(map(self._name, (*_own(part), *needed)))
        return own.union(*(self.mentioned(*group.elements) for group in groups_in(part)))


NAMES: Final = Scopes(attrgetter("value"))
"""Variables by their names, without a sign."""


def _columns(query: Query) -> Iterator[Term]:
    if query.items is not None:
        yield from (item.variable for item in query.items if item.variable)
        return
    given = (query.values,) if query.values else ()
    for part in (*query.where.elements, *given):
        yield from (term for term in _visible(part) if term.kind == "variable")


def _visible(part: Element) -> Iterator[Term]:
    """The variables that *part* can bind, each as often as it stands there."""
    if isinstance(part, SubSelect):
        yield from _columns(part.query)
    elif not isinstance(part, Filter | Minus):
        yield from _own(part)
        for group in groups_in(part) if not isinstance(part, Bind) else ():
            for each in group.elements:
                yield from _visible(each)


def _own(part: Element) -> tuple[Term, ...]:
    """The variables that *part* can bind beside those of groups in it."""
    terms: tuple[object, ...] = ()
    if isinstance(part, Triple):
        terms = (part.subject, part.path, part.object)
    elif isinstance(part, Bind):
        terms = (part.variable,)
    elif isinstance(part, Values):
        terms = part.variables
    elif isinstance(part, InGraph | Service):
        terms = (part.name if isinstance(part, InGraph) else part.endpoint,)
    return tuple(term for term in terms if isinstance(term, Term) and term.is_free)


def _certain_here(part: Element) -> Iterator[Term]:
    """Those of its own variables that every solution of *part* binds."""
    if isinstance(part, Triple) or (isinstance(part, InGraph) and _matches(part.group)):
        yield from _own(part)
    elif isinstance(part, Bind):
        is_constant = isinstance(part.expression, Term) and not part.expression.is_free
        yield from (part.variable,) if is_constant else ()
    elif isinstance(part, Values):
        for place, variable in enumerate(part.variables):
            if all(row[place] is not None for row in part.rows):
                yield variable


def _matches(group: Group) -> bool:
    """Whether each solution of *group* matches a pattern that stands in the group itself.

    Where a subquery or VALUES alone gives the solutions, pyoxigraph does not bind the variable of GRAPH,
    as the standard would have it (SPARQL 1.1, section 18.6).
    """
    return any(
        isinstance(part, Triple) or (isinstance(part, Union) and all(map(_matches, part.groups)))
        for part in group.elements
    )
