"""A query as text again, put so that its solutions show all of its variables and which parts matched.

What is given as *rows* is joined with the whole pattern, and only for variables that every solution
binds: so the solutions are some of those that the query has, and no others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gbagraph.rdf.dataset import is_blank
from gbagraph.sparql.expressions import NotRead
from gbagraph.sparql.nodes import (
    Alternative,
    Element,
    Expression,
    Group,
    InGraph,
    Inverse,
    Negated,
    Optional,
    Path,
    Query,
    Repeat,
    Scopes,
    SubSelect,
    Term,
    Triple,
    Union,
)
from gbagraph.sparql.tokens import nesting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gbagraph.rdf.dataset import Node
    from gbagraph.rdf.results import Term as Value
    from gbagraph.sparql import nodes
    from gbagraph.sparql.parsed import ParsedQuery

    Row = Mapping[str, Value]
    """The bound variables, each written ``?x``."""


_LEVELS = 75
_PARTS = 750
"""Half of what the engine can follow: to ask a query again, more is put into it."""


class Column(NamedTuple):
    """A column or a key: its variable, and how it is written where it is computed."""

    variable: str
    text: str = ""
    expression: Expression | None = None


class NamedQuery:
    """A query that the engine takes, of any form, with names for what has none in it.

    Variables are written ``?x`` here. A blank node of a query is a variable that is not asked for; it
    gets a name, and so does each part that a solution may have or not, and each key that has none.

    Raises:
        NotRead: it is too large, or holds what SPARQL 1.1 does not have.
    """

    def __init__(self, parsed: ParsedQuery, most_parts: int = _PARTS) -> None:
        self.query = parsed.tree_of(most_parts)
        self.scopes = Scopes(self.name)
        self._text = parsed.text
        self._own = "__"
        while self._own in self._text:
            self._own += "_"

    # Text

    @property
    def prologue(self) -> str:
        """The declarations, before all else."""
        return self._text[: self.query.start]

    def written(self, node: nodes.Node) -> str:
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


class NamedSelect(NamedQuery):
    """A SELECT query that the engine takes.

    Raises:
        NotRead: it is of another form, too large, or holds what SPARQL 1.1 does not have.
    """

    def __init__(self, parsed: ParsedQuery) -> None:
        levels, _ = nesting(parsed.words)
        if levels > _LEVELS:
            raise NotRead("it is too large")
        super().__init__(parsed)
        if self.query.form != "SELECT":
            raise NotRead("it is no SELECT query")


class Restated:
    """The query *select*, and its subqueries, put anew."""

    def __init__(self, select: NamedQuery) -> None:
        self._asked = select

    def solutions(self, query: Query, rows: Sequence[Row], graph: Node | None) -> str:
        """A query for the solutions behind *rows* of *query*, each with all of its variables."""
        given = self._asked.written(query.values) if query.values else ""
        after = [given, *(f"BIND {each.text}" for each in self._asked.computed(query))]
        return self._select(query, rows, graph, after)

    def members(self, query: Query, groups: Sequence[Row], graph: Node | None) -> str:
        """A query for the solutions that are in *groups* of *query*, by the values of its keys."""
        after = [f"BIND {key.text}" for key in self._asked.keys(query) if key.text]
        return self._select(query, groups, graph, after)

    def _select(
        self, query: Query, rows: Sequence[Row], graph: Node | None, after: Sequence[str]
    ) -> str:
        keys = (key.variable for key in self._asked.keys(query))
        scopes = self._asked.scopes
        known = scopes.certain(*query.where.elements) & {*scopes.columns(query), *keys}
        where = _in_graph(self.marked(query.where), graph)
        lines = ["SELECT * {", _values(sorted(known), rows), where, *after, "}"]
        return "\n".join([self._asked.prologue, *filter(None, lines)])

    def aggregated(self, query: Query, graph: Node | None) -> str:
        """*query* with the keys of its groups among its columns."""
        keys = self._asked.keys(query)
        computed = (each.text for each in self._asked.computed(query))
        columns = " ".join([*dict.fromkeys(key.variable for key in keys), *computed])
        where = _in_graph(self._asked.written(query.where), graph)
        ends = [f"GROUP BY {' '.join(key.text or key.variable for key in keys)}"]
        if query.having:
            conditions = (f"({self._asked.written(each)})" for each in query.having)
            ends.append(f"HAVING {' '.join(conditions)}")
        if query.values:
            ends.append(self._asked.written(query.values))
        return "\n".join([self._asked.prologue, f"SELECT {columns} {{", where, "}", *ends])

    def existing(self, group: Group, rows: Sequence[Row], graph: Node | None) -> str:
        """A query for the solutions of *group*, which stands in an EXISTS, that go with *rows*.

        The values of a row stand in the group itself, so its filters see them.
        """
        names = tuple(dict.fromkeys(name for row in rows for name in row))
        inner = self.marked(group, lead=_values(names, rows))
        return f"{self._asked.prologue}\nSELECT * {{ {_in_graph(inner, graph)} }}"

    def marked(self, group: Group, *, lead: str = "", mark: str = "") -> str:
        """*group* as text in which each part that may match or not binds its mark; *lead* first."""
        parts = [lead, *map(self.part, group.elements), f"BIND (1 AS {mark})" if mark else ""]
        return "\n".join(["{", *filter(None, parts), "}"])

    def _branch(self, group: Group) -> str:
        return self.marked(group, mark=self._asked.mark(group))

    def part(self, part: Element) -> str:
        """A part of a group as text; what may match or not binds its mark."""
        if isinstance(part, Triple):
            return f"{self.term(part.subject)} {self._verb(part)} {self.term(part.object)} ."
        if isinstance(part, Optional):
            return f"OPTIONAL {self._branch(part.group)}"
        if isinstance(part, Union):
            return " UNION ".join(map(self._branch, part.groups))
        if isinstance(part, InGraph):
            return f"GRAPH {self.term(part.name)} {self.marked(part.group)}"
        text = self._asked.written(part)
        return f"{{ {text} }}" if isinstance(part, SubSelect) else text

    def _verb(self, pattern: Triple) -> str:
        path = pattern.path
        return self.term(path) if isinstance(path, Term) else path_text(path)

    def term(self, term: Term) -> str:
        """A term as text; a blank node is a variable."""
        return self._asked.name(term) if term.is_free else term.text


def _in_graph(where: str, graph: Node | None) -> str:
    return where if graph is None else f"GRAPH {graph} {where}"


def _values(names: Sequence[str], rows: Iterable[Row]) -> str:
    """A VALUES block with the distinct *rows*; nothing where there are no rows or no *names*."""
    lines = dict.fromkeys(
        f"({' '.join(_written(row.get(name)) for name in names)})" for row in rows
    )
    return f"VALUES ({' '.join(names)}) {{ {' '.join(lines)} }}" if lines and names else ""


def _written(value: Value | None) -> str:
    """A value in a VALUES block; a blank node cannot stand there, so it is left open."""
    return "UNDEF" if value is None or is_blank(value) else str(value)


def steps(path: Path) -> Iterator[Term]:
    """Each property of a path."""
    if isinstance(path, Term):
        yield path
    elif isinstance(path, Inverse | Repeat):
        yield from steps(path.path)
    else:
        for part in path.parts:
            yield from steps(part)


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
