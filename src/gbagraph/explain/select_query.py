"""A query as text and tree: its parts as text, their variables, and names for what has none in it.

Variables are written ``?x`` here. A blank node of a query is a variable that is not asked for; it gets a
name, and so does each part that a solution may have or not, and each key of a group that has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gbagraph.rdf.namespaces import base_iri
from gbagraph.sparql.diagnostics import nesting
from gbagraph.sparql.syntax.nodes import (
    Alternative,
    Bind,
    Exists,
    InGraph,
    Inverse,
    Negated,
    Optional,
    Repeat,
    Service,
    SubSelect,
    Term,
    Triple,
    Union,
    Values,
    parts,
)
from gbagraph.sparql.syntax.reader import NotRead, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.sparql.syntax.nodes import Element, Expression, Group, Node, Path, Query

_LEVELS = 75
_PARTS = 750
"""Half of what the engine can follow: to ask a query again, more is put into it."""


class Column(NamedTuple):
    """A column or a key: its variable, and how it is written where it is computed."""

    variable: str
    text: str = ""
    expression: Expression | None = None


class ParsedQuery:
    """A query that the engine takes, of any form.

    Raises:
        NotRead: it is too large, or holds what SPARQL 1.1 does not have.
    """

    def __init__(self, text: str, most_parts: int = _PARTS) -> None:
        self.query = read(text, base_iri(), most_parts)
        self._text = text
        self._own = "__"
        while self._own in text:
            self._own += "_"
        self._columns: dict[int, tuple[str, ...]] = {}

    # Text

    @property
    def prologue(self) -> str:
        """The declarations, before all else."""
        return self._text[: self.query.start]

    def written(self, node: Node) -> str:
        """A part as it stands in the query."""
        return self._text[node.start : node.end]

    # Names

    def name(self, term: Term) -> str:
        """How a variable, or what a blank node stands for, is written."""
        return f"?{self._own if term.kind == 'blank' else ''}{term.value}"

    def mark(self, group: Group) -> str:
        """A variable that is bound where *group* is a part of the solution."""
        return f"?{self._own}{group.start}"

    # Columns

    def computed(self, query: Query) -> tuple[Column, ...]:
        """The columns that are expressions."""
        return tuple(
            Column(self.name(item.variable), self.written(item), item.expression)
            for item in query.items or ()
            if item.variable is not None and item.expression is not item.variable
        )

    def keys(self, query: Query) -> tuple[Column, ...]:
        """The keys of the groups of *query*, each with a variable."""
        return tuple(self._keys(query))

    def _keys(self, query: Query) -> Iterator[Column]:
        for item in query.keys:
            if item.variable is None:
                name = f"?{self._own}{item.start}"
                yield Column(name, f"({self.written(item)} AS {name})")
            elif item.expression is item.variable:
                yield Column(self.name(item.variable))
            else:
                yield Column(self.name(item.variable), self.written(item))

    def columns(self, query: Query) -> tuple[str, ...]:
        """The variables that *query* gives."""
        if query.start not in self._columns:
            self._columns[query.start] = tuple(dict.fromkeys(self._columns_of(query)))
        return self._columns[query.start]

    def _columns_of(self, query: Query) -> Iterator[str]:
        if query.items is not None:
            yield from (self.name(item.variable) for item in query.items if item.variable)
            return
        given = query.values.variables if query.values else ()
        for name in (*self.visible(query.where), *map(self.name, given)):
            if not name.startswith(f"?{self._own}"):
                yield name

    # Variables of groups

    def visible(self, group: Group) -> tuple[str, ...]:
        """The variables that *group* can bind (SPARQL 1.1, section 18.2.1), each once."""
        return tuple(
            dict.fromkeys(name for part in group.elements for name in self.visible_of(part))
        )

    def visible_of(self, part: Element) -> Iterator[str]:
        """The variables that *part* can bind."""
        if isinstance(part, Triple):
            yield from self._variables(part)
        elif isinstance(part, Bind):
            yield self.name(part.variable)
        elif isinstance(part, Values):
            yield from map(self.name, part.variables)
        elif isinstance(part, SubSelect):
            yield from self.columns(part.query)
        elif isinstance(part, InGraph) and part.name.is_free:
            yield self.name(part.name)
        elif isinstance(part, Service) and part.endpoint.is_free:
            yield self.name(part.endpoint)
        for group in branches(part):
            yield from self.visible(group)

    def _variables(self, pattern: Triple) -> Iterator[str]:
        for term in (pattern.subject, pattern.path, pattern.object):
            if isinstance(term, Term) and term.is_free:
                yield self.name(term)

    def certain(self, group: Group) -> frozenset[str]:
        """Variables that every solution of *group* binds; not always all of them."""
        return frozenset[str]().union(*map(self.certain_of, group.elements))

    def certain_of(self, part: Element) -> frozenset[str]:
        """Variables that every solution of *part* binds; not always all of them."""
        if isinstance(part, Triple):
            return frozenset(self._variables(part))
        if isinstance(part, Union):
            return frozenset.intersection(*map(self.certain, part.groups))
        if isinstance(part, InGraph):
            named = {self.name(part.name)} if part.name.is_free else set()
            return self.certain(part.group) | named
        if isinstance(part, SubSelect):
            return self.certain(part.query.where) & set(self.columns(part.query))
        if isinstance(part, Service) and not part.is_silent:
            return self.certain(part.group)
        return frozenset()


class SelectQuery(ParsedQuery):
    """A SELECT query that the engine takes.

    Raises:
        NotRead: it is of another form, too large, or holds what SPARQL 1.1 does not have.
    """

    def __init__(self, text: str) -> None:
        levels, length = nesting(text)
        if levels > _LEVELS or length > _PARTS:
            raise NotRead("it is too large")
        super().__init__(text)
        if self.query.form != "SELECT":
            raise NotRead("it is no SELECT query")


def branches(part: Element) -> tuple[Group, ...]:
    """The groups in a part whose variables are those of the part."""
    if isinstance(part, Optional | InGraph | Service):
        return (part.group,)
    return part.groups if isinstance(part, Union) else ()


def exists_in(expression: Expression | None) -> tuple[Exists, ...]:
    """Each EXISTS in an expression."""
    found = parts(expression) if expression is not None else ()
    return tuple(part for part in found if isinstance(part, Exists))


def path_text(path: Path) -> str:
    """A path as text."""
    if isinstance(path, Term):
        return path.text
    if isinstance(path, Inverse):
        return f"^({path_text(path.path)})"
    if isinstance(path, Repeat):
        return f"({path_text(path.path)}){path.modifier}"
    if isinstance(path, Negated):
        # What is negated is no path: there are no parentheses around a predicate.
        each = (f"^{p.path.text}" if isinstance(p, Inverse) else path_text(p) for p in path.parts)  # type: ignore[union-attr]
        return f"!({'|'.join(each)})"
    sign = "|" if isinstance(path, Alternative) else "/"
    return sign.join(f"({path_text(part)})" for part in path.parts)
