"""A query as text again, put so that its solutions show all of its variables and which parts matched.

What is given as *rows* is joined with the whole pattern, and only for variables that every solution
binds: so the solutions are some of those that the query has, and no others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from gbagraph.explain.select_query import path_text
from gbagraph.sparql.syntax.nodes import InGraph, Optional, SubSelect, Term, Triple, Union

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gbagraph.explain.select_query import ParsedQuery
    from gbagraph.rdf.dataset import Node
    from gbagraph.rdf.results import Term as Value
    from gbagraph.sparql.syntax.nodes import Element, Group, Query

    Row = Mapping[str, Value]
    """The bound variables, each written ``?x``."""


class Restated:
    """The query *select*, and its subqueries, put anew."""

    def __init__(self, select: ParsedQuery) -> None:
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
        known = self._asked.certain(query.where) & {*self._asked.columns(query), *keys}
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
    return "UNDEF" if value is None or _has_blank_node(value) else str(value)


def _has_blank_node(value: Value) -> bool:
    if isinstance(value, ox.Triple):
        return any(map(_has_blank_node, (value.subject, value.object)))
    return isinstance(value, ox.BlankNode)
