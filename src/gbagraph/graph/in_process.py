"""A graph that evaluates in the caller's own process, without a time limit.

A query that ends the engine (very deep nesting, ORDER BY over mixed kinds of literal) ends the caller
too. Where the query is not your own, ``open(safe=True)`` and a server evaluate it elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from gbagraph.answers import Boolean, ExplainedSolutions, Solutions, Triples
from gbagraph.dataset.view import view
from gbagraph.explain import identified, identifiers
from gbagraph.explain.diagnosing import explainer_of
from gbagraph.explain.proof import proofs_of
from gbagraph.explain.rows import rows_with_evidence
from gbagraph.explain.terms import read
from gbagraph.explain.values import resolved
from gbagraph.interface import Queryable
from gbagraph.queries.catalog import find
from gbagraph.sparql.failures import translated_errors
from gbagraph.sparql.parsed import ParsedQuery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gbagraph.answers import Answer
    from gbagraph.dataset.identity import Description
    from gbagraph.dataset.view import View
    from gbagraph.explain.diagnostics import Diagnostic
    from gbagraph.explain.identified import Identified
    from gbagraph.explain.proof import Proof
    from gbagraph.interface.arguments import Scalar


class Graph(Queryable):
    """A loaded dataset: ``store`` is pyoxigraph's, ``description`` says what was loaded.

    *queries* is the folder of its canned queries, by default that of what is published.
    """

    def __init__(
        self, store: ox.Store, description: Description, *, queries: str | None = None
    ) -> None:
        self.store = store
        self.description = description
        self._queries = queries

    def __repr__(self) -> str:
        return f"<Graph: {self.description.title}, version {self.version}>"

    @property
    def version(self) -> str:
        """Version of the dataset, as the server sends it in the header Dataset-Version."""
        return self.description.version

    @property
    def hash(self) -> str:
        """Hash of the data graphs (RDFC-1.0), as the server sends it in the header Dataset-Hash."""
        return self.description.hash

    def _evaluate(self, sparql: str, *, evidence: bool) -> Answer:
        # Calls of other endpoints are taken out or refused here: the engine would make them.
        parsed = ParsedQuery(sparql)
        query = parsed.normalized
        with translated_errors(sparql):
            dataset = view(self.store, parsed)
            return self._explained(dataset, query) if evidence else _answer(dataset, query.text)

    def _explained(self, dataset: View, query: ParsedQuery) -> ExplainedSolutions:
        found = rows_with_evidence(self.store, dataset, query)
        return ExplainedSolutions(
            [variable.value for variable in found.variables],
            [row.solution for row in found],
            [row.evidence for row in found],
        )

    def _run(self, name: str, given: Sequence[tuple[str, Scalar]], *, evidence: bool) -> Answer:
        text = resolved(*find(name, self._queries).bind_references(given), self.store)
        return self._evaluate(text, evidence=evidence)

    def explain(self, sparql: str) -> list[Diagnostic]:
        """What is wrong or misleading in a query, the gravest first; empty for one that is right."""
        return explainer_of(self.store).diagnose(sparql)

    def lookup(self, *iris: str) -> list[Identified]:
        """What each of *iris* is here: a result for each, in their order."""
        return identified.read(identifiers.lookup(self.store, iris))

    def _why(self, subject: str, predicate: str, value: str, *, lang: str, datatype: str) -> Proof:
        triple = read(subject, predicate, value, language=lang, datatype=datatype)
        return proofs_of(self.store).why(triple)


def _answer(dataset: View, query: str) -> Answer:
    """The whole answer: a result of pyoxigraph is read once, and only by the thread that made it."""
    found = dataset.query(query)
    if isinstance(found, ox.QuerySolutions):
        return Solutions([variable.value for variable in found.variables], found)
    return Boolean(bool(found)) if isinstance(found, ox.QueryBoolean) else Triples(found)
