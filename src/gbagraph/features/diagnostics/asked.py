"""What queries under examination are asked of, and when that ends."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from gbagraph.dataset.view import View, view
from gbagraph.sparql.parsed import ParsedQuery

if TYPE_CHECKING:
    from gbagraph.rdf.dataset import Dataset
    from gbagraph.sparql.nodes import Query


def takes_all(query: Query) -> bool:
    """Whether *query* takes all solutions of its pattern before it gives one, or each different one."""
    return query.is_aggregated or query.is_distinct or bool(query.order)


class OutOfTime(Exception):
    """What may be spent on one query is spent."""


class Graphs(NamedTuple):
    """A dataset (SPARQL 1.1, section 13): the graphs that its default graph merges, and those named."""

    default: tuple[str, ...]
    named: tuple[str, ...]


@dataclass
class Asked:
    """What queries are asked of: a store, or the *graphs* of it that a request gives."""

    store: Dataset
    graphs: Graphs | None = None

    @cached_property
    def view(self) -> View:
        """What evaluates a query."""
        return view(self.store, ParsedQuery(""), *(self.graphs or (None, None)))
