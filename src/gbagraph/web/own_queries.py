"""The queries that pages ask: files in the folder ``sparql`` of a package, in which variables are bound.

``?this`` is the thing that a page is about, ``?language`` the language of labels, ``?queries`` the graph
that describes the canned queries, which is not of the data of others.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gbagraph import publication
from gbagraph.dataset.identity import queries_graph
from gbagraph.paths import own_query
from gbagraph.sparql.binding import pieces, render

if TYPE_CHECKING:
    from gbagraph.sparql.binding import Piece


def about(package: str, name: str, iri: str) -> str:
    """Return the query *name* of a subpackage for the thing with this IRI.

    Raises:
        ValueError: it is no IRI.
    """
    return render(_pieces(package, name), {"this": [str(ox.NamedNode(iri))], **_everywhere()})


def of_dataset(package: str, name: str) -> str:
    """Return the query *name* of a subpackage for the whole dataset."""
    return render(_pieces(package, name), _everywhere())


def _everywhere() -> dict[str, list[str]]:
    language = ox.Literal(publication.current().language)
    return {"language": [str(language)], "queries": [str(queries_graph())]}


@cache
def _pieces(package: str, name: str) -> tuple[Piece, ...]:
    return pieces(own_query(package, name), ["this", "language", "queries"])
