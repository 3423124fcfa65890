"""Reports about query files: terms that no query names, and facts that no expected answer guards.

For the second, each fact is dropped or changed (a mutant), and the queries are evaluated again whose
answer can change by it (``relevance``). With a fact goes what follows from it, and the claim about it.
A query notices if its answer is not the expected one any more.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import pyoxigraph as ox

from gbagraph.errors import BadParameter, EvaluationError, GbaGraphError
from gbagraph.features.testing.assertion import compare, sentence
from gbagraph.features.testing.effects import Consequences, facts
from gbagraph.features.testing.query_files import QueryFile, query_files
from gbagraph.features.testing.reading import read
from gbagraph.paths import resource
from gbagraph.rdf import namespaces
from gbagraph.rdf.namespaces import PREFIXES, base_iri, declarations, expand
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.sparql.relevance import Relevance
from gbagraph.sparql.tokens import declared_prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gbagraph.features.testing.endpoints import AnyGraph

    Answer = bytes | bool


_EVERYWHERE: Final = "{{ {{ {0} }} UNION {{ GRAPH ?graph {{ {0} }} }} {1} }}"
_KINDS: Final = (
    "owl:Class, rdfs:Class, rdf:Property, owl:ObjectProperty, owl:DatatypeProperty, "
    "owl:AnnotationProperty"
)
_DECLARED: Final = f"{declarations()}SELECT DISTINCT ?term " + _EVERYWHERE.format(
    "?term a ?kind", f"FILTER (isIRI(?term) && ?kind IN ({_KINDS}))"
)
_RETIRED: Final = f"{declarations()}SELECT DISTINCT ?term " + _EVERYWHERE.format(
    "?term owl:deprecated true", ""
)
_PROPERTIES: Final = "SELECT ?term (COUNT(*) AS ?uses) { ?s ?term ?o } GROUP BY ?term"
_CLASSES: Final = (
    "SELECT ?term (COUNT(*) AS ?uses) { ?s a ?term FILTER isIRI(?term) } GROUP BY ?term"
)


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 100.0


@dataclass(frozen=True, slots=True)
class Unasked:
    """The *terms* that no query names, each with its number of uses, and how many terms there are."""

    terms: Mapping[str, int]
    total: int
    prefixes: Mapping[str, str]

    @property
    def percent(self) -> float:
        """How many of all terms are asked, in percent."""
        return _percent(self.total - len(self.terms), self.total)

    def text(self) -> str:
        """Write for people: those that the data use, the most used first; then the others."""
        asked = self.total - len(self.terms)
        head = f"{asked} of {self.total} terms are asked by a query, {len(self.terms)} are not."
        lines = [
            f"  {namespaces.written(iri, self.prefixes)}  "
            f"{f'{uses:,} uses' if uses else 'not used in the data'}"
            for iri, uses in self.terms.items()
        ]
        return "\n".join([head, *lines])

    def as_json(self) -> str:
        """Return the same as JSON."""
        content = {"terms": self.total, "percent": self.percent, "unasked": dict(self.terms)}
        return json.dumps(content, ensure_ascii=False, indent=1)


def unasked_terms(
    graph: AnyGraph, queries: Iterable[Any], *, exempt: Iterable[str] = ()
) -> Unasked:
    """Return the terms that are declared in *graph* and that none of *queries* names.

    Where nothing is declared, the terms are those that the data use. A term that is reached only by a
    variable or as a value is not named. Retired terms need no query.

    Args:
        graph: a graph or an endpoint.
        queries: texts, or what has a ``text``, as canned queries and query files have.
        exempt: IRIs of terms that need no query.
    """
    texts = [getattr(query, "text", query) for query in queries]
    uses = _uses(graph)
    terms = set(_column(graph, _DECLARED)) or uses.keys()
    terms -= {*_column(graph, _RETIRED), *exempt}
    named = {iri for text in texts for iri in _named(text)}
    left = sorted(terms - named, key=lambda iri: (-uses.get(iri, 0), iri))
    prefixes = {**PREFIXES, **{k: v for text in texts for k, v in declared_prefixes(text).items()}}
    return Unasked({iri: uses.get(iri, 0) for iri in left}, len(terms), prefixes)


def _named(query: str) -> set[str]:
    """Return the IRIs in a query, and rdf:type where it stands as ``a``."""
    parsed = ParsedQuery(query)
    is_typed = any(token.text == "a" for token in parsed.words)
    return {*parsed.iris, *([expand("rdf:type")] if is_typed else [])}


def _column(graph: AnyGraph, query: str) -> list[str]:
    return [row[0].value for row in read(graph.query(query)).rows]  # type: ignore[union-attr]


def _uses(graph: AnyGraph) -> dict[str, int]:
    """Return how often each property and each class is used in the default graph."""
    return {
        row[0].value: int(row[1].value)  # type: ignore[union-attr]
        for query in (_PROPERTIES, _CLASSES)
        for row in read(graph.query(query)).rows
    }


@dataclass(frozen=True, slots=True)
class Mutant:
    """A fact that was dropped, or got another object (*instead*), and the queries that noticed."""

    fact: ox.Triple
    instead: Any = None
    noticed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mutants:
    """What became of all mutants. ``failing`` are queries whose answer is not right anyway."""

    all: tuple[Mutant, ...]
    evaluations: int = 0
    failing: tuple[str, ...] = ()
    prefixes: Mapping[str, str] = field(default_factory=lambda: PREFIXES)

    @property
    def facts(self) -> tuple[ox.Triple, ...]:
        """The facts that were dropped or changed."""
        return tuple(dict.fromkeys(mutant.fact for mutant in self.all))

    @property
    def unguarded(self) -> tuple[ox.Triple, ...]:
        """Facts of which nothing was noticed, neither that they were dropped nor changed."""
        guarded = {mutant.fact for mutant in self.all if mutant.noticed}
        return tuple(fact for fact in self.facts if fact not in guarded)

    @property
    def survivors(self) -> tuple[Mutant, ...]:
        """Mutants that no query noticed."""
        return tuple(mutant for mutant in self.all if not mutant.noticed)

    @property
    def percent(self) -> float:
        """How many of the facts are guarded, in percent."""
        return _percent(len(self.facts) - len(self.unguarded), len(self.facts))

    def guards(self) -> dict[str, int]:
        """Return how many mutants each query noticed, the most watchful first."""
        count = Counter(name for mutant in self.all for name in mutant.noticed)
        return dict(sorted(count.items(), key=lambda row: (-row[1], row[0])))

    def text(self, *, most: int = 50) -> str:
        """Write for people: the counts, properties that are guarded least, *most* unguarded facts."""
        facts, left = self.facts, self.unguarded
        killed = len(self.all) - len(self.survivors)
        head = (
            f"{len(facts) - len(left):,} of {len(facts):,} facts are guarded by an expected answer, "
            f"{len(left):,} by none; {killed:,} of {len(self.all):,} mutants were noticed."
        )
        lines = [head]
        lines += [
            f"Not compared, for its answer is not the expected one: {name}" for name in self.failing
        ]
        lines += self._by_property(facts, left)
        lines += ["Facts that nobody guards:"] if left else []
        lines += [f"  {sentence(fact, self.prefixes)}" for fact in left[:most]]
        if len(left) > most:
            lines.append(f"  and {len(left) - most:,} more; the JSON has all")
        return "\n".join(lines)

    def _by_property(self, facts: Sequence[ox.Triple], left: Sequence[ox.Triple]) -> list[str]:
        total, missed = (Counter(fact.predicate.value for fact in rows) for rows in (facts, left))
        if not missed:
            return []
        rows = [
            f"  {missed[iri]:>5,} of {total[iri]:>5,}  {namespaces.written(iri, self.prefixes)}"
            for iri in sorted(missed, key=lambda iri: (-missed[iri], iri))
        ]
        return ["Unguarded facts by property:", *rows]

    def as_json(self) -> str:
        """Return all of it: the counts, the guards of each fact, and the facts that nobody guards."""
        content = {
            "facts": len(self.facts),
            "percent": self.percent,
            "mutants": len(self.all),
            "noticed": len(self.all) - len(self.survivors),
            "evaluations": self.evaluations,
            "failing": self.failing,
            "guards": self.guards(),
            "unguarded": list(map(str, self.unguarded)),
            "survivors": [
                {"fact": str(row.fact), "instead": str(row.instead) if row.instead else None}
                for row in self.survivors
            ],
        }
        return json.dumps(content, ensure_ascii=False, indent=1)


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
        BadParameter: there are no facts in *graphs*, or none of the queries has an expected answer.
        QueryFileError: a query or an expected answer cannot be read.
    """
    store = getattr(graph, "store", graph)
    if not isinstance(store, ox.Store):
        raise GbaGraphError(
            "Facts are dropped and changed in a graph in this process. Open the data of the endpoint "
            "with gbagraph.open()."
        )
    return _Run(store, _files(queries)).all(tuple(graphs), changes=changes, most=most)


def _files(queries: Iterable[QueryFile | Path] | Path | None) -> list[QueryFile]:
    if queries is None:
        queries = resource("queries")
    given = [queries] if isinstance(queries, Path) else list(queries)
    files = []
    for each in given:
        files += [each] if isinstance(each, QueryFile) else query_files([each])
    return [query for query in files if query.expected() is not None and not query.data]


class _Run:
    """One run: the store, and the queries with their answers as they are now."""

    def __init__(self, store: ox.Store, queries: Sequence[QueryFile]) -> None:
        if not queries:
            raise BadParameter("None of the queries has an expected answer, so they guard no fact.")
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
        """Return the mutants of the facts of *graphs*, or of *most* of them."""
        chosen = facts(self._store, graphs)
        if not chosen:
            raise BadParameter(
                f"There are no facts in {' and '.join(graphs) or 'the data'}. The graphs are: "
                f"{', '.join(sorted(map(str, self._store.named_graphs()))) or 'the default graph'}."
            )
        if most is not None and most < len(chosen):
            chosen = [chosen[number * len(chosen) // most] for number in range(most)]
        results = []
        for fact in chosen:
            results.append(self._mutant(fact, None))
            if changes:
                results.append(self._mutant(fact, self._consequences.other_object(fact)))
        return Mutants(tuple(results), self._evaluations, tuple(self._failing), self._prefixes)

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
            answer = self._answer(query)
        except EvaluationError:
            return True
        return answer != self._now[query] and self._differs(query, answer)

    def _answer(self, query: QueryFile) -> Answer:
        """Return the answer as bytes, which are compared faster than terms, or a boolean."""
        try:
            answer = self._store.query(self._parsed[query].text, base_iri=base_iri())
            if isinstance(answer, ox.QueryBoolean):
                return bool(answer)
            form = (
                ox.RdfFormat.N_TRIPLES
                if isinstance(answer, ox.QueryTriples)
                else ox.QueryResultsFormat.JSON
            )
            return cast("bytes", answer.serialize(format=form))  # type: ignore[arg-type]
        except (RuntimeError, ValueError, OSError) as problem:
            raise EvaluationError(f"{query.name}: {problem}") from None

    def _differs(self, query: QueryFile, answer: Answer) -> bool:
        actual: object = answer
        if isinstance(answer, bytes) and not answer.startswith(b"{"):
            actual = [quad.triple for quad in ox.parse(answer, ox.RdfFormat.N_TRIPLES)]
        expected = self._expected[query]
        return compare(actual, expected, **query.options) is not None
