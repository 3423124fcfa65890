"""Tests of the tests: which expected answers notice that a fact is dropped or changed, and which do not.

Each fact is taken out of the store, or another is put in its place, and the queries are asked again:
those whose answer can change by it (``relevance``). With a fact goes what follows from it, and the claim
about it. A query notices if its answer is not the expected one any more.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pyoxigraph as ox

from gbagraph.errors import EvaluationError, GbaGraphError
from gbagraph.paths import resource
from gbagraph.rdf.namespaces import PREFIXES, base_iri
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.testing.assertion import compare
from gbagraph.testing.effects import Consequences, facts
from gbagraph.testing.mutant_report import Mutant, Mutants
from gbagraph.testing.query_files import QueryFile, query_files
from gbagraph.testing.reading import read
from gbagraph.testing.relevance import Relevance

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Answer = bytes | bool


def mutants(
    graph: Any,  # noqa: ANN401  a graph in this process, or its store
    queries: Iterable[QueryFile | Path] | Path | None = None,
    *,
    graphs: Iterable[str] = (),
    changes: bool = True,
    most: int | None = None,
) -> Mutants:
    """Drop and change each fact of *graph* in turn, and see which expected answers notice.

    Afterwards the graph is as before; nothing else may ask it meanwhile.

    Args:
        graph: a graph in this process (``gbagraph.open()``), or its store.
        queries: query files with expected answers, or folders of them; by default the canned queries.
        graphs: the IRIs, or names such as ``article``, of the graphs whose facts are taken; by default
            all but those that are computed, the ontology and the shapes.
        changes: whether facts are also changed, not only dropped.
        most: at most so many facts, spread evenly over all.

    Raises:
        GbaGraphError: the graph is not in this process.
        QueryFileError: a query or an expected answer cannot be read.
    """
    store = getattr(graph, "store", graph)
    if not isinstance(store, ox.Store):
        raise GbaGraphError(
            "Facts are dropped and changed in a graph in this process. Open the data of the endpoint "
            "with gbagraph.open(), or give it with --sparql-data."
        )
    return _Run(store, _files(queries)).all(tuple(graphs), changes=changes, most=most)


def _files(queries: Iterable[QueryFile | Path] | Path | None) -> list[QueryFile]:
    if queries is None:
        queries = resource("queries")
    given = [queries] if isinstance(queries, Path) else list(queries)
    found = []
    for each in given:
        found += [each] if isinstance(each, QueryFile) else query_files([each])
    return [query for query in found if query.expected() is not None]


class _Run:
    """One run: the store, and the queries with their answers as they are now."""

    def __init__(self, store: ox.Store, queries: Sequence[QueryFile]) -> None:
        self._store = store
        self._evaluations = 0
        self._prefixes = dict(PREFIXES)
        self._expected = {query: read(query.expected()) for query in queries}
        self._now: dict[QueryFile, Answer] = {}
        self._watching: dict[QueryFile, Relevance] = {}
        self._failing: list[str] = []
        self._parsed = {query: ParsedQuery(query.text).normalized for query in queries}
        for query, parsed in self._parsed.items():
            self._prefixes |= query.prefixes
            self._now[query] = self._answer(query)
            if self._differs(query, self._now[query]):
                self._failing.append(query.name)
            else:
                self._watching[query] = Relevance(store, parsed)
        self._consequences = Consequences(store)

    def all(self, graphs: tuple[str, ...], *, changes: bool, most: int | None) -> Mutants:
        """The mutants of the facts of *graphs*, or of *most* of them."""
        chosen = facts(self._store, graphs)
        if most is not None and most < len(chosen):
            chosen = [chosen[number * len(chosen) // most] for number in range(most)]
        found = []
        for fact in chosen:
            found.append(self._mutant(fact, None))
            if changes:
                found.append(self._mutant(fact, self._consequences.other_object(fact)))
        return Mutants(tuple(found), self._evaluations, tuple(self._failing), self._prefixes)

    def _mutant(self, fact: ox.Triple, instead: Any) -> Mutant:  # noqa: ANN401  a term
        effects = self._consequences.of(fact, instead)
        watching = [query for query, it in self._watching.items() if it.may_matter(*effects)]
        if not watching:
            return Mutant(fact, instead)
        with effects.made(self._store):
            return Mutant(fact, instead, tuple(row.name for row in watching if self._notices(row)))

    def _notices(self, query: QueryFile) -> bool:
        self._evaluations += 1
        try:
            found = self._answer(query)
        except EvaluationError:
            return True
        return found != self._now[query] and self._differs(query, found)

    def _answer(self, query: QueryFile) -> Answer:
        """The answer as bytes, which are compared faster than terms, or a boolean."""
        try:
            found = self._store.query(self._parsed[query].text, base_iri=base_iri())
            if isinstance(found, ox.QueryBoolean):
                return bool(found)
            form = (
                ox.RdfFormat.N_TRIPLES
                if isinstance(found, ox.QueryTriples)
                else ox.QueryResultsFormat.JSON
            )
            return cast("bytes", found.serialize(format=form))  # type: ignore[arg-type]
        except (RuntimeError, ValueError, OSError) as problem:
            raise EvaluationError(f"{query.name}: {problem}") from None

    def _differs(self, query: QueryFile, answer: Answer) -> bool:
        actual: object = answer
        if isinstance(answer, bytes) and not answer.startswith(b"{"):
            actual = [quad.triple for quad in ox.parse(answer, ox.RdfFormat.N_TRIPLES)]
        expected = self._expected[query]
        return compare(actual, expected, order=query.order, prefixes=query.prefixes) is not None
