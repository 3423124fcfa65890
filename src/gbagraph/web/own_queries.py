"""The queries that pages ask about one thing: files of this package, in which variables are bound.

``?this`` is the thing, ``?language`` the language of labels.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gbagraph import publication
from gbagraph.paths import own_query
from gbagraph.sparql.binding import pieces, render

if TYPE_CHECKING:
    from gbagraph.sparql.binding import Piece


def about(name: str, iri: str) -> str:
    """The query *name*, asked of the thing with this IRI.

    Raises:
        ValueError: it is no IRI.
    """
    language = ox.Literal(publication.current().language)
    return render(_pieces(name), {"this": [str(ox.NamedNode(iri))], "language": [str(language)]})


def in_language(name: str) -> str:
    """The query *name* with the language of labels."""
    return render(_pieces(name), {"language": [str(ox.Literal(publication.current().language))]})


@cache
def _pieces(name: str) -> tuple[Piece, ...]:
    return pieces(own_query("web", name), ["this", "language"])
