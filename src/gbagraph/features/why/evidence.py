"""What an asserted triple rests on, and what a row of an answer does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.dataset.evidence import EVIDENCE, INFERRED
from gbagraph.rdf.dataset import access
from gbagraph.rdf.namespaces import expand, graph_iri
from gbagraph.sparql.sources import remark

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from gbagraph.api.explanations import Basis
    from gbagraph.rdf.dataset import Dataset, Node
    from gbagraph.sparql.sources import Source


_SUBJECT, _PREDICATE, _OBJECT = (
    ox.NamedNode(expand(name)) for name in ("rdf:subject", "rdf:predicate", "rdf:object")
)
_NOTE, _WORDS = (ox.NamedNode(expand(name)) for name in ("gba:note", "gba:resolves"))
_BASES: Final[dict[ox.NamedNode, Basis]] = {
    ox.NamedNode(expand("gba:statedIn")): "stated",
    ox.NamedNode(expand("gba:inferredFrom")): "inferred",
}
_SAYING: Final = frozenset({*_BASES, _NOTE, _WORDS})
_ONTOLOGY: Final = ox.NamedNode(graph_iri("ontology"))
_NOT_NAMED: Final = (ox.DefaultGraph(), INFERRED, EVIDENCE)

MOST_TRIPLES: Final = 5000
"""Triples that are given for a row."""
CUT: Final = "It rests on more than is given here. Ask for less at a time, or for single rows."


@dataclass(frozen=True, slots=True)
class Evidence:
    """How a triple is known, the passages on which it rests, and the claim that says so.

    *graphs* are the named graphs in which it is asserted.
    """

    basis: Basis
    paragraphs: tuple[str, ...] = ()
    claim: str | None = None
    note: str | None = None
    graphs: tuple[str, ...] = ()


class EvidenceReader:
    """The evidence in *store*; what it says of a subject is read once."""

    def __init__(self, store: Dataset) -> None:
        self._store = store
        self._claims: dict[Any, dict[tuple[Any, Any], list[Any]]] = {}

    def read_ahead(self, triples: Collection[ox.Triple]) -> None:
        """Read at once what is looked up for *triples*, where each would be a question to an engine."""
        subjects = {triple.subject for triple in triples}
        said = [(None, _SUBJECT, subject) for subject in subjects]
        forms = [(triple.subject, triple.predicate, triple.object) for triple in triples]
        access(self._store).prefetch_forms([*forms, *said])
        access(self._store).prefetch_forms(self._of_claims(subjects, said))

    def _of_claims(self, subjects: Iterable[Any], said: Iterable[Any]) -> Iterator[Any]:
        """All that is said of *subjects*, and of the claims about them."""
        yield from ((subject, None, None) for subject in subjects)
        for form in said:
            for quad in self._store.quads_for_pattern(None, _SUBJECT, form[2], None):
                yield quad.subject, None, None

    def of(self, triple: ox.Triple) -> Evidence | None:
        """The evidence of an asserted triple; None for one that is not asserted.

        That is its claim; else, for a statement of evidence, itself; else what its subject rests on.
        """
        pattern = triple.subject, triple.predicate, triple.object, None
        found = {quad.graph_name for quad in self._store.quads_for_pattern(*pattern)}
        if not found or INFERRED in found:
            return None
        graphs = tuple(sorted(map(_name, found.difference(_NOT_NAMED))))
        claims = self._about(triple.subject).get((triple.predicate, triple.object), [])
        if claims:
            return self._by_claims(claims, graphs)
        if triple.predicate in _BASES:
            return Evidence(_BASES[triple.predicate], (_name(triple.object),), graphs=graphs)
        unsaid: Basis = "ontology" if _ONTOLOGY in found else "asserted"
        return self._told((triple.subject,), unsaid, None, graphs)

    def _about(self, subject: Any) -> dict[tuple[Any, Any], list[Any]]:  # noqa: ANN401  a term
        """The claims about triples with this subject, by predicate and object."""
        if subject not in self._claims:
            found: dict[tuple[Any, Any], list[Any]] = {}
            claims = list(self._store.quads_for_pattern(None, _SUBJECT, subject, None))
            access(self._store).prefetch((quad.subject for quad in claims), (_PREDICATE, _OBJECT))
            for quad in claims:
                key = self._one(quad.subject, _PREDICATE), self._one(quad.subject, _OBJECT)
                if quad.subject not in found.setdefault(key, []):
                    found[key].append(quad.subject)
            self._claims[subject] = found
        return self._claims[subject]

    def _by_claims(self, claims: list[Any], graphs: tuple[str, ...]) -> Evidence:
        claims.sort(key=str)
        return self._told(claims, "asserted", _name(claims[0]), graphs)

    def _told(
        self, nodes: Iterable[Any], unsaid: Basis, claim: str | None, graphs: tuple[str, ...]
    ) -> Evidence:
        """What *nodes* say that something rests on; *unsaid* if they say nothing."""
        told = [
            (quad.predicate, _name(quad.object))
            for node in nodes
            for quad in self._store.quads_for_pattern(node, None, None, None)
            if quad.predicate in _SAYING
        ]
        bases = {_BASES[predicate] for predicate, _ in told if predicate in _BASES}
        paragraphs = {value for predicate, value in told if predicate in _BASES}
        notes = {value for predicate, value in told if predicate == _NOTE}
        words = {f"from the words “{value}”" for predicate, value in told if predicate == _WORDS}
        basis = next((basis for basis in _BASES.values() if basis in bases), unsaid)
        note = " ".join([*sorted(notes), *sorted(words)]) if bases else ""
        return Evidence(basis, tuple(sorted(paragraphs)), claim, note or None, graphs)

    def _one(self, subject: Any, predicate: ox.NamedNode) -> Any:  # noqa: ANN401  a term
        found = next(self._store.quads_for_pattern(subject, predicate, None, None), None)
        return found.object if found else None


def _name(term: Any) -> str:  # noqa: ANN401  a term
    return str(term.value)


class Grounds:
    """What a row rests on: triples, each with the graph of its GRAPH, in the order met.

    ``sources`` are the other endpoints that were called for it, ``lacks`` sentences why the triples are
    not all, ``remarks`` other sentences.
    """

    def __init__(self) -> None:
        self.sources: dict[Source, None] = {}
        self.triples: dict[tuple[ox.Triple, Node | None], None] = {}
        self.lacks: dict[str, None] = {}
        self.remarks: dict[str, None] = {}

    def lack(self, why: str) -> None:
        """Note that something is not given."""
        self.lacks[why] = None

    def add(self, other: Grounds) -> None:
        """Add what was found for a part of the row."""
        for triple in other.triples:
            self.add_triple(*triple)
        self.sources |= other.sources
        self.lacks |= other.lacks
        self.remarks |= other.remarks

    def add_source(self, source: Source) -> None:
        """Add another endpoint: what it has said is not given, only that it has."""
        if source.failure:
            self.remarks[f"SERVICE SILENT passes over a failure: {source.failure}"] = None
        else:
            self.sources[source] = None
            self.lack(remark(source.endpoint))

    def add_triple(self, triple: ox.Triple, graph: Node | None) -> None:
        """Add a triple, unless there are enough."""
        if len(self.triples) < MOST_TRIPLES:
            self.triples[triple, graph] = None
        elif (triple, graph) not in self.triples:
            self.lack(CUT)
