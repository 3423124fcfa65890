"""What a query sees that calls others: the own data, and in place of its clauses what endpoints gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gbagraph.dataset.view import View
from gbagraph.federation.solutions import Solutions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gbagraph.federation.solutions import Row, Term
    from gbagraph.rdf.dataset import Answer
    from gbagraph.sparql.sources import Source


class FederatedView(View):
    """A view in which the SERVICE clauses of one query have the solutions that endpoints gave.

    In that query, each clause names an IRI of ours in place of its endpoint.
    """

    def __init__(self, view: View) -> None:
        super().__init__(view.store, view.default, view.named)
        self._sources: dict[str, tuple[Source, ...]] = {}
        self._variables: dict[str, str] = {}
        self._solutions = Solutions()
        self._texts: dict[str, str] = {}

    def put(self, clause: str, names: Sequence[str], rows: Sequence[Row]) -> None:
        """Let *rows*, the values of *names*, be the solutions of *clause*."""
        self._texts[clause] = self._solutions.text(names, rows)

    def credit(self, mark: str, sources: Sequence[Source], variable: str) -> None:
        """Let *sources* be what was called for the clause that names *mark*, or has had *variable*."""
        self._sources[mark] = tuple(sources)
        self._variables[mark] = variable

    @property
    def called(self) -> list[Source]:
        """All endpoints that were called."""
        return [source for some in self._sources.values() for source in some]

    def sources(self, endpoint: str, row: Mapping[str, Term]) -> tuple[Source, ...]:
        """The endpoints that were called for a clause; those of a variable by its value in *row*."""
        found = self._sources.get(endpoint, ())
        value = row.get(self._variables.get(endpoint, ""))
        return tuple(each for each in found if value is None or str(value) == f"<{each.endpoint}>")

    def query(self, text: str, functions: None = None) -> Answer:  # type: ignore[override]  # noqa: ARG002
        """Evaluate a query in which the clauses stand as in the one that was marked."""
        return super().query(self.answered(text), self._solutions.functions)

    def answered(self, text: str) -> str:
        """*text* with solutions in place of the clauses."""
        for clause, found in self._texts.items():
            text = text.replace(clause, found)
        return text
