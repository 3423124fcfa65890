"""Solutions in Turtle: W3C's vocabulary for result sets, which its test suites use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.rdf.namespaces import expand
from gbagraph.testing import table
from gbagraph.testing.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gbagraph.testing.cells import Cell

_RS: Final = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_TYPE: Final = ox.NamedNode(expand("rdf:type"))


def _term(name: str) -> ox.NamedNode:
    return ox.NamedNode(_RS + name)


class _Graph:
    """Triples by subject and predicate."""

    def __init__(self, triples: Sequence[ox.Triple]) -> None:
        self._objects: dict[tuple[Any, Any], list[Any]] = {}
        for row in triples:
            self._objects.setdefault((row.subject, row.predicate), []).append(row.object)

    def all(self, subject: Any, name: str) -> list[Any]:  # noqa: ANN401  a term
        return self._objects.get((subject, _term(name)), [])

    def one(self, subject: Any, name: str) -> Any:  # noqa: ANN401  a term
        found = self.all(subject, name)
        return found[0] if found else None


def read(triples: Sequence[ox.Triple]) -> Table | None:
    """The result set that *triples* describe; None if they describe none."""
    nodes = [
        row.subject
        for row in triples
        if row.predicate == _TYPE and row.object == _term("ResultSet")
    ]
    if len(nodes) != 1:
        return None
    graph = _Graph(triples)
    is_true = graph.one(nodes[0], "boolean")
    if is_true is not None:
        return table.boolean(is_true.value in ("true", "1"))
    names = tuple(sorted(name.value for name in graph.all(nodes[0], "resultVariable")))
    solutions = sorted(graph.all(nodes[0], "solution"), key=lambda node: _index(graph, node))
    return Table(names, tuple(_row(graph, node, names) for node in solutions))


def _index(graph: _Graph, solution: Any) -> int:  # noqa: ANN401  a term
    index = graph.one(solution, "index")
    return int(index.value) if index is not None else 0


def _row(graph: _Graph, solution: Any, names: Sequence[str]) -> tuple[Cell, ...]:  # noqa: ANN401
    cells = {
        graph.one(binding, "variable").value: graph.one(binding, "value")
        for binding in graph.all(solution, "binding")
    }
    return tuple(cells.get(name) for name in names)


def triples(found: Table, *, with_order: bool) -> Iterator[ox.Triple]:
    """The result set of *found*, whose cells must be terms; with the place of each row on wish."""
    root = ox.BlankNode("rs")
    yield ox.Triple(root, _TYPE, _term("ResultSet"))
    if found.kind == "boolean":
        yield ox.Triple(root, _term("boolean"), found.rows[0][0])  # type: ignore[arg-type]
        return
    for name in found.columns:
        yield ox.Triple(root, _term("resultVariable"), ox.Literal(name))
    for number, row in enumerate(found.rows, start=1):
        solution = ox.BlankNode(f"rs{number}")
        yield ox.Triple(root, _term("solution"), solution)
        if with_order:
            place = ox.Literal(str(number), datatype=ox.NamedNode(expand("xsd:integer")))
            yield ox.Triple(solution, _term("index"), place)
        yield from _bindings(solution, dict(zip(found.columns, row, strict=True)))


def _bindings(solution: ox.BlankNode, row: dict[str, Cell]) -> Iterator[ox.Triple]:
    for name, term in row.items():
        if term is not None:
            binding = ox.BlankNode(f"{solution.value}-{name}")
            yield ox.Triple(solution, _term("binding"), binding)
            yield ox.Triple(binding, _term("variable"), ox.Literal(name))
            yield ox.Triple(binding, _term("value"), term)  # type: ignore[arg-type]
