"""The bare triples behind rows, for what looks for causes: without how they are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gbagraph.features.why.witnesses import Witnesses
from gbagraph.sparql.expressions import NotRead
from gbagraph.sparql.restated import NamedSelect

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyoxigraph as ox

    from gbagraph.dataset.view import View
    from gbagraph.rdf.results import Term
    from gbagraph.sparql.parsed import ParsedQuery


def triples_behind(
    view: View, query: ParsedQuery, names: Sequence[str], rows: Sequence[Sequence[Term | None]]
) -> list[set[ox.Triple]]:
    """Return the triples on which each of *rows* rests, as far as they are found.

    Args:
        view: what the query was asked of.
        query: a SELECT query, as the engine took it.
        names: the variables of its solutions, in order.
        rows: solutions.
    """
    try:
        select = NamedSelect(query)
    except NotRead:
        return [set() for _ in rows]
    bound = [
        {f"?{name}": term for name, term in zip(names, row, strict=True) if term is not None}
        for row in rows
    ]
    found = Witnesses(view, select).of_rows(select.query, bound)
    return [{triple for triple, _ in each.triples} for each in found]
