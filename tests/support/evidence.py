"""The rows of a query with what each of them rests on, found in this process."""

import pyoxigraph as ox

from gbagraph.api.explanations import RowEvidence
from gbagraph.dataset.view import view
from gbagraph.features.why.rows import evidence
from gbagraph.sparql.parsed import ParsedQuery


def explained(
    store: ox.Store, text: str, **dataset: list[str]
) -> list[tuple[ox.QuerySolution, RowEvidence]]:
    """Return the solutions of a query, each with its evidence."""
    query = ParsedQuery(text).normalized
    asked = view(store, query, **dataset)
    answer = asked.query(query.text)
    names = [variable.value for variable in answer.variables]
    solutions = list(answer)
    return list(zip(solutions, evidence(store, asked, query, solutions, names), strict=True))
