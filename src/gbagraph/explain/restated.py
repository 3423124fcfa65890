"""A query as text again, put so that its solutions show all of its variables and which parts matched.

What is given as *rows* is joined with the whole pattern, and only for variables that every solution
binds: so the solutions are some of those that the query has, and no others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from gbagraph.sparql.tree import (
    Element,
    Group,
    InGraph,
    Item,
    Optional,
    Select,
    SubSelect,
    Triples,
    Union,
    certain,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gbagraph.dataset.view import Node, Term

    Row = Mapping[str, Term]
    """The bound variables, each written ``?x``."""


def solutions(query: Select, rows: Sequence[Row], graph: Node | None) -> str:
    """A query for the solutions behind *rows* of *query*, each with all of its variables."""
    computed = [item for item in query.items or () if item.text]
    given = query.values.text if query.values else ""
    return _select(query, "*", rows, marked(query.where), graph, [given, *map(_bind, computed)])


def members(query: Select, groups: Sequence[Row], graph: Node | None) -> str:
    """A query for the solutions that are in *groups* of *query*, by the values of its keys."""
    computed = [key for key in query.keys if key.text]
    return _select(query, "*", groups, marked(query.where), graph, list(map(_bind, computed)))


def aggregated(query: Select, graph: Node | None) -> str:
    """*query* with the keys of its groups among its columns."""
    names = dict.fromkeys(key.variable for key in query.keys)
    computed = [item.text for item in query.items or () if item.text]
    keys = " ".join(key.text or key.variable for key in query.keys)
    ends = [f"GROUP BY {keys}", query.having, query.values.text if query.values else ""]
    where = _select(query, " ".join([*names, *computed]), (), query.where.text, graph, ())
    return "\n".join([where, *ends])


def existing(query: Select, group: Group, rows: Sequence[Row], graph: Node | None) -> str:
    """A query for the solutions of *group*, which stands in an EXISTS of *query*, that go with *rows*.

    The values of a row stand in the group itself, so its filters see them.
    """
    names = tuple(dict.fromkeys(name for row in rows for name in row))
    inner = marked(group, lead=values(names, rows))
    return f"{query.prologue}\nSELECT * {{ {_in_graph(inner, graph)} }}"


def _select(  # noqa: PLR0913, PLR0917  the parts of a query
    query: Select,
    columns: str,
    rows: Sequence[Row],
    where: str,
    graph: Node | None,
    after: Sequence[str],
) -> str:
    names = [name for name in certain(query.where) if name in query.columns or _is_key(query, name)]
    given = values(sorted(names), rows)
    parts = [f"SELECT {columns} {{", given, _in_graph(where, graph), *after, "}"]
    return "\n".join([query.prologue, *filter(None, parts)])


def _is_key(query: Select, name: str) -> bool:
    return any(key.variable == name for key in query.keys)


def _in_graph(where: str, graph: Node | None) -> str:
    return where if graph is None else f"GRAPH {graph} {where}"


def _bind(item: Item) -> str:
    return f"BIND {item.text}"


def values(names: Sequence[str], rows: Iterable[Row]) -> str:
    """A VALUES block with the distinct *rows*; nothing where there are no rows or no *names*."""
    lines = dict.fromkeys(
        f"({' '.join(_written(row.get(name)) for name in names)})" for row in rows
    )
    return f"VALUES ({' '.join(names)}) {{ {' '.join(lines)} }}" if lines and names else ""


def _written(term: Term | None) -> str:
    """A term in a VALUES block; a blank node cannot stand there, so it is left open."""
    return "UNDEF" if term is None or _has_blank_node(term) else str(term)


def _has_blank_node(term: Term) -> bool:
    if isinstance(term, ox.Triple):
        return any(map(_has_blank_node, (term.subject, term.object)))
    return isinstance(term, ox.BlankNode)


def marked(group: Group, *, mark: str = "", lead: str = "") -> str:
    """*group* as text in which each part that may match or not binds its mark, and *mark* at its end."""
    parts = [lead, *map(_written_part, group.elements), f"BIND (1 AS {mark})" if mark else ""]
    return "\n".join(["{", *filter(None, parts), "}"])


def _written_part(part: Element) -> str:
    if isinstance(part, Triples):
        patterns = part.patterns
        return "\n".join(f"{each.subject} {each.predicate} {each.object} ." for each in patterns)
    if isinstance(part, Optional):
        return f"OPTIONAL {marked(part.branch.group, mark=part.branch.mark)}"
    if isinstance(part, Union):
        return " UNION ".join(marked(each.group, mark=each.mark) for each in part.branches)
    if isinstance(part, InGraph):
        return f"GRAPH {part.name} {marked(part.group)}"
    return f"{{ {part.query.text} }}" if isinstance(part, SubSelect) else part.text
