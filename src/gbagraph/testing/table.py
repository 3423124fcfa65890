"""An answer as a table: solutions as they are, a boolean as one cell, a graph with three columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.rdf.namespaces import expand

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.rdf.formats import Kind
    from gbagraph.testing.cells import Cell

GRAPH_COLUMNS: Final = ("subject", "predicate", "object")
_BOOLEAN: Final = ox.NamedNode(expand("xsd:boolean"))


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of an answer; *rows* have a cell for each of the *columns*.

    If it *is_open*, columns that it does not have are unbound in all of its rows.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    kind: Kind = "solutions"
    is_open: bool = False


def boolean(value: bool) -> Table:
    """The answer to ASK."""
    literal = ox.Literal("true" if value else "false", datatype=_BOOLEAN)
    return Table(("boolean",), ((literal,),), "boolean")


def graph(triples: Iterable[ox.Triple | ox.Quad]) -> Table:
    """The answer to CONSTRUCT or DESCRIBE, each triple once."""
    rows = dict.fromkeys((row.subject, row.predicate, row.object) for row in triples)
    return Table(GRAPH_COLUMNS, tuple(rows), "graph")
