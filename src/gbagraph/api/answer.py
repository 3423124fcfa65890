"""The answer to a query of any form; and how answers, proofs and diagnostics are read from bytes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, overload

import msgspec
import pyoxigraph as ox

from gbagraph.api import export
from gbagraph.api.explanations import (
    Diagnostic,
    Explanation,
    Identified,
    Passage,
    Proof,
    RowEvidence,
    RowFacts,
    RowTriple,
    Share,
    Shown,
    Step,
)
from gbagraph.api.solutions import ExplainedSolutions, Solutions
from gbagraph.errors import RequestError
from gbagraph.rdf.formats import QUERY_FORMS
from gbagraph.rdf.results import from_json, triple_from_json
from gbagraph.sparql.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import rdflib.query

    from gbagraph.api.explanations import Sentences, Words
    from gbagraph.api.export import GraphFormat, Output, ResultsFormat
    from gbagraph.rdf.formats import Kind

RESULTS: Final = "application/sparql-results+json"
TRIPLES: Final = "application/n-triples"
FORMATS: Final[dict[Kind, str]] = {"solutions": RESULTS, "boolean": RESULTS, "graph": TRIPLES}
"""The media types that :func:`answer` reads, by the kind of the answer."""


class Boolean(Shown):
    """Yes or no: false if it is no, and equal to True or False. ``is True`` it is never.

    *sources* are the other endpoints that were called for it.
    """

    __slots__ = ("sources", "value")

    def __init__(self, value: bool, sources: Iterable[Source] = ()) -> None:
        self.value: Final = bool(value)
        self.sources: Final = tuple(sources)

    def __bool__(self) -> bool:
        return self.value

    def __eq__(self, other: object) -> bool:
        if isinstance(other, bool | Boolean | ox.QueryBoolean):
            return self.value == bool(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return f"Boolean({self.value})"

    @overload
    def serialize(self, output: None = None, format: ResultsFormat | None = None) -> bytes: ...
    @overload
    def serialize(self, output: Output, format: ResultsFormat | None = None) -> None: ...
    def serialize(
        self,
        output: Output | None = None,
        format: ResultsFormat | None = None,  # noqa: A002  as pyoxigraph has it
    ) -> bytes | None:
        """Write it; arguments and errors as of :meth:`gbagraph.Solutions.serialize`."""
        return export.boolean(self.value, output, format)

    def to_rdflib(self) -> rdflib.query.Result:
        """Return the same as rdflib's result of a query."""
        return export.rdflib_result(self.value)


class Triples(Shown, Sequence[ox.Triple]):
    """Triples as pyoxigraph has them, in the order of the answer: a sequence, false if there is none.

    Equal are answers with the same triples, in whatever order. A blank node is equal to one of the same
    label alone. *sources* are the other endpoints that were called for it.
    """

    __slots__ = ("_triples", "sources")

    def __init__(self, triples: Iterable[ox.Triple], sources: Iterable[Source] = ()) -> None:
        self.sources: Final = tuple(sources)
        self._triples: Final = tuple(triples)

    def __len__(self) -> int:
        return len(self._triples)

    @overload
    def __getitem__(self, place: int) -> ox.Triple: ...
    @overload
    def __getitem__(self, place: slice) -> Triples: ...
    def __getitem__(self, place: int | slice) -> ox.Triple | Triples:
        chosen = self._triples[place]
        return Triples(chosen, self.sources) if isinstance(chosen, tuple) else chosen

    def __iter__(self) -> Iterator[ox.Triple]:
        return iter(self._triples)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Triples):
            return NotImplemented
        return frozenset(self) == frozenset(other)

    def __hash__(self) -> int:
        return hash(frozenset(self))

    def __repr__(self) -> str:
        return f"<Triples: {len(self)}>"

    @overload
    def serialize(
        self,
        output: None = None,
        format: GraphFormat | None = None,
        *,
        prefixes: dict[str, str] | None = None,
    ) -> bytes: ...
    @overload
    def serialize(
        self,
        output: Output,
        format: GraphFormat | None = None,
        *,
        prefixes: dict[str, str] | None = None,
    ) -> None: ...
    def serialize(
        self,
        output: Output | None = None,
        format: GraphFormat | None = None,  # noqa: A002  as pyoxigraph has it
        *,
        prefixes: dict[str, str] | None = None,
    ) -> bytes | None:
        """Write the triples, as pyoxigraph's are written.

        Args:
            output: a file or its path; without one, the bytes are returned.
            format: pyoxigraph's, or the name of one, such as ``turtle``; by default that of the
                extension of the path.
            prefixes: to be declared, in formats that have prefixes.

        Raises:
            NotAcceptable: there is no such format for triples.
        """
        return export.triples(self, output, format, prefixes)

    def to_rdflib(self) -> rdflib.Graph:
        """Return the same as a graph of rdflib.

        Raises:
            NotAcceptable: a term is of RDF 1.2, which rdflib does not have.
        """
        return export.rdflib_graph(self._triples)


Answer = Solutions | Boolean | Triples

_METHODS: Final[dict[type, tuple[str, str]]] = {
    Solutions: ("select", QUERY_FORMS["solutions"]),
    Boolean: ("ask", QUERY_FORMS["boolean"]),
    Triples: ("construct", QUERY_FORMS["graph"]),
}
"""The method for each kind of answer, and the form of its queries."""


def of_form(wanted: type[Answer] | None, answer: Answer) -> Answer:
    """Return *answer* if it is of the kind *wanted*, or any kind is.

    Raises:
        RequestError: the query is of another form; the message says of which, and what to call.
    """
    if wanted is None or isinstance(answer, wanted):
        return answer
    method, form = _METHODS[wanted]
    other, its_form = next(row for kind, row in _METHODS.items() if isinstance(answer, kind))
    raise RequestError(
        f"{method}() is for queries of the form {form}, and this one is of the form {its_form}. "
        f"Call {other}(), or query(), which takes queries of any form."
    )


def answer(body: bytes, media_type: str, sources: Sequence[Source] = ()) -> Answer:
    """Read the answer from its bytes, in one of ``FORMATS``, for which *sources* were called."""
    if media_type == TRIPLES:
        quads = ox.parse(body, format=ox.RdfFormat.N_TRIPLES)
        return Triples((quad.triple for quad in quads), sources)
    results = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
    if isinstance(results, ox.QueryBoolean):
        return Boolean(bool(results), sources)
    return Solutions([variable.value for variable in results.variables], results, sources)


def explained(body: bytes, sources: Sequence[Source] = ()) -> ExplainedSolutions:
    """Read rows with evidence from SPARQL results JSON that has it; *sources* were called for them."""
    content = json.loads(body)
    names, results = content["head"]["vars"], content["results"]
    rows = [
        tuple(from_json(row[name]) if name in row else None for name in names)
        for row in results["bindings"]
    ]
    passages = {name: Passage(**each) for name, each in results.get("passages", {}).items()}
    evidence = (_evidence(row, passages) for row in results["evidence"])
    return ExplainedSolutions(names, rows, evidence, sources)


def _evidence(content: dict[str, Any], passages: Mapping[str, Passage]) -> RowEvidence:
    facts = tuple(_row_facts(each, passages) for each in content.get("facts", ()))
    named = {name for each in content.get("facts", ()) for name in each.get("passages", ())}
    return RowEvidence(
        tuple(map(_row_triple, content.get("triples", ()))),
        content["complete"],
        content.get("note", ""),
        tuple(Source(**each) for each in content.get("services", ())),
        tuple(content.get("marks", ())),
        facts,
        tuple(sorted(passages[name] for name in named)),
    )


def _row_triple(content: dict[str, Any]) -> RowTriple:
    return RowTriple(
        triple_from_json(content),
        content["basis"],
        tuple(content["paragraphs"]),
        from_json(content["graph"]) if "graph" in content else None,
        content.get("note", ""),
        tuple(content.get("alternatives", ())),
        _sentences(content.get("sentences", {})),
        _words(content),
    )


def _row_facts(content: dict[str, Any], passages: Mapping[str, Passage]) -> RowFacts:
    named = content.get("passages", {})
    numbers = {passages[name].iri: numbers for name, numbers in named.items()}
    said = tuple(content["facts"]), content["basis"], tuple(sorted(numbers)), _sentences(numbers)
    words = tuple((passages[name].iri, text) for name, text in _words(content))
    return RowFacts(*said, content.get("note", ""), words)


def _sentences(numbers: Mapping[str, Iterable[int]]) -> Sentences:
    return tuple(sorted((name, number) for name in numbers for number in numbers[name]))


def _words(content: Mapping[str, Any]) -> Words:
    said = content.get("words", {})
    return tuple((name, words) for name in said for words in said[name])


def proof(body: bytes) -> Proof:
    """Read a proof from its JSON."""
    return _proof(json.loads(body)["proof"])


def _proof(content: dict[str, Any]) -> Proof:
    return Proof(
        triple=triple_from_json(content["triple"]),
        rule=content["rule"],
        basis=content["basis"],
        paragraphs=tuple(content["paragraphs"]),
        premises=tuple(map(_proof, content["premises"])),
        claim=content["claim"],
        note=content["note"],
        graphs=tuple(content["graphs"]),
        sentences=_sentences(content.get("sentences", {})),
        words=_words(content),
        marks=tuple(content.get("marks", ())),
    )


def explanation(body: bytes) -> Explanation:
    """Read the diagnostics of a query and its steps from their JSON."""
    content = json.loads(body)
    diagnostics = (Diagnostic(**each) for each in content["diagnostics"])
    # A server of an older release has no steps.
    return Explanation(diagnostics, map(_step, content.get("steps", ())))


def _step(content: dict[str, Any]) -> Step:
    sides = {
        side: tuple(Share(**each) for each in content.get(side, ()))
        for side in ("left_out", "kept")
    }
    return Step(**{**content, **sides})


def identified(body: bytes) -> list[Identified]:
    """Read the results of a look-up from their JSON."""
    return msgspec.convert(json.loads(body)["results"], list[Identified])
