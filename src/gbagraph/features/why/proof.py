"""The shortest proof of a triple, down to what is asserted and the passages on which that rests."""

from __future__ import annotations

import json
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.api.explanations import Proof, by_passage
from gbagraph.dataset.identity import INFERRED, NOT_REASONED
from gbagraph.errors import UnknownTriple
from gbagraph.features.why.evidence import Evidence, EvidenceReader, marks_of
from gbagraph.features.why.rules import (
    AXIOMS,
    RULES,
    TYPE,
    Derivation,
    Fact,
    Rules,
    closure,
    kind_of,
)
from gbagraph.names.meanings import thing_of
from gbagraph.rdf.formats import TEXT
from gbagraph.rdf.namespaces import graph_iri
from gbagraph.rdf.results import turtle_term
from gbagraph.sparql.terms import fact_of, sentence, triple_json, triple_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.engine.worker import Work
    from gbagraph.features.why.jobs import Why
    from gbagraph.rdf.dataset import Dataset

    _Node = ox.NamedNode | ox.BlankNode


_ONTOLOGY: Final = ox.NamedNode(graph_iri("ontology"))

_NOT_READ: Final = frozenset({INFERRED, *(ox.NamedNode(graph_iri(name)) for name in NOT_REASONED)})

_RDF_TYPE: Final = ox.NamedNode(TYPE[1:-1])
_NEAR: Final = 5
"""Triples of each kind that are named beside one that is not there."""


class Proofs:
    """The proofs of what is in *store*, or follows from it.

    What follows is derived when it is first asked for: only from facts of kinds that can lead to it.
    """

    def __init__(self, store: Dataset) -> None:
        self._store = store
        self._evidence = EvidenceReader(store)
        self._derived: dict[tuple[str, str], dict[Fact, Derivation]] = {}
        self._steps: dict[Fact, Proof] = {}
        # Data of others may stand in the default graph; that of this dataset is a merge.
        self._has_own_default = not store.contains_named_graph(_ONTOLOGY)

    @cached_property
    def _rules(self) -> Rules:
        return Rules(fact for kind in AXIOMS for fact in self._facts(kind))

    def why(self, triple: ox.Triple) -> Proof:
        """The shortest proof: the lowest, and of those the one with the fewest steps.

        Raises:
            UnknownTriple: it is neither in the store, nor does it follow.
        """
        triple = _as_stored(triple)
        proof = self.proof(triple)
        if proof is None:
            raise self._unknown(triple)
        return proof

    def proof(self, triple: ox.Triple) -> Proof | None:
        """The same of a triple as it is stored; None for one that is not there."""
        evidence = self._evidence.of(triple)
        if evidence is not None:
            return self._asserted(triple, evidence)
        fact = fact_of(triple)
        derived = self._closure(fact)
        if fact in derived:
            return self._step(fact, derived)
        if ox.Quad(triple.subject, triple.predicate, triple.object, INFERRED) in self._store:
            return _recorded(triple)
        return None

    def _step(self, fact: Fact, derived: dict[Fact, Derivation]) -> Proof:
        """The proof of a fact that is derived, or read as a premise; many have steps in common."""
        if fact not in self._steps:
            self._steps[fact] = self._new_step(fact, derived)
        return self._steps[fact]

    def _new_step(self, fact: Fact, derived: dict[Fact, Derivation]) -> Proof:
        triple = triple_of(fact)
        if fact not in derived:
            evidence = self._evidence.of(triple)
            return self._asserted(triple, evidence) if evidence else _recorded(triple)
        _, rule, premises = derived[fact]
        proofs = tuple(self._step(premise, derived) for premise in premises)
        passages = {passage for proof in proofs for passage in proof.paragraphs}
        marks = tuple(sorted({mark for proof in proofs for mark in proof.marks}))
        sentences = {each for proof in proofs for each in proof.sentences}
        paragraphs, numbers = tuple(sorted(passages)), tuple(sorted(sentences))
        return Proof(triple, rule, "derived", paragraphs, proofs, sentences=numbers, marks=marks)

    def _asserted(self, triple: ox.Triple, evidence: Evidence) -> Proof:
        said = evidence.claim, evidence.note, evidence.graphs, evidence.sentences, evidence.words
        marks = marks_of(self._store, triple)
        return Proof(triple, "asserted", evidence.basis, evidence.paragraphs, (), *said, marks)

    def _closure(self, wanted: Fact) -> dict[Fact, Derivation]:
        """What follows of the kind of *wanted*, and what else follows on the way to it.

        Where no rule joins facts in a row, each step is about its subject, and no other is looked at.
        """
        kind = kind_of(wanted)
        kinds = self._rules.leading_to(kind)
        subject = "" if self._rules.join(kinds) else wanted[0]
        if (kind, subject) not in self._derived:
            facts = (fact for source in sorted(kinds) for fact in self._facts(source, subject))
            self._derived[kind, subject] = closure(facts, self._rules)
        return self._derived[kind, subject]

    def _facts(self, kind: str, subject: str = "") -> Iterator[Fact]:
        """The asserted facts of a kind: with this predicate, or that give this class.

        With a *subject*, only those that are about it.
        """
        node, about = _node(kind), _node(subject)
        if not isinstance(node, ox.NamedNode):
            return
        yield from self._read(about, node, None)
        yield from self._read(about, _RDF_TYPE, node)
        if about is not None:
            yield from self._read(None, node, about)

    def _read(
        self, subject: _Node | None, predicate: ox.NamedNode, value: _Node | None
    ) -> Iterator[Fact]:
        quads = list(self._store.quads_for_pattern(subject, predicate, value, None))
        recorded = {quad.triple for quad in quads if quad.graph_name == INFERRED}
        for quad in quads:
            if self._is_read(quad) and quad.triple not in recorded:
                yield fact_of(quad.triple)

    def _is_read(self, quad: ox.Quad) -> bool:
        if quad.graph_name == ox.DefaultGraph():
            return self._has_own_default
        return quad.graph_name not in _NOT_READ

    def _unknown(self, triple: ox.Triple) -> UnknownTriple:
        near = list(dict.fromkeys(self._near(triple)))
        known = "; ".join(map(sentence, near))
        return UnknownTriple(
            f"The dataset does not hold {sentence(triple)}, and it does not follow by the ontology. "
            + (f"Near it there is: {known}." if near else "It says nothing near it."),
            near=[triple_json(each) for each in near],
        )

    def _near(self, triple: ox.Triple) -> Iterator[ox.Triple]:
        """The triple reversed, and triples that differ from it in the object or in the property."""
        subject, predicate, value = triple
        patterns = [(subject, predicate, None), (subject, None, value)]
        if not isinstance(value, ox.Literal):
            patterns = [(value, predicate, subject), *patterns, (value, None, subject)]
        for pattern in patterns:
            triples = {quad.triple for quad in self._store.quads_for_pattern(*pattern, None)}
            yield from sorted(triples, key=str)[:_NEAR]


def _recorded(triple: ox.Triple) -> Proof:
    """Return that *triple* follows by other rules, as the data have it from somebody else."""
    return Proof(triple, "recorded", "derived", ())


def _node(text: str) -> _Node | None:
    """A subject from N-Triples syntax; None for another term, or none."""
    if text.startswith("_:"):
        return ox.BlankNode(text[2:])
    return ox.NamedNode(text[1:-1]) if text.startswith("<") else None


def _as_stored(triple: ox.Triple) -> ox.Triple:
    """*triple* as the engine keeps it: numbers by value, language tags in lower case."""
    store = ox.Store()
    store.add(ox.Quad(triple.subject, triple.predicate, triple.object))
    (kept,) = store
    return ox.Triple(kept.subject, kept.predicate, kept.object)


@lru_cache(maxsize=1)
def proofs_of(store: Dataset) -> Proofs:
    """Return the proofs of *store*, which must not change: what they need is read once."""
    return Proofs(store)


def prove(store: Dataset, triple: ox.Triple) -> Proof:
    """Return the shortest proof of *triple* in *store*; raises UnknownTriple."""
    return proofs_of(store).why(triple)


_KNOWN: Final = {
    "stated": "stated in",
    "inferred": "inferred from",
    "ours": "our words, from",
    "ontology": "part of the ontology",
    "asserted": "asserted",
}


def run(job: Why, work: Work) -> None:
    """Send the proof of a triple; a subject that is only an identifier elsewhere is our thing."""
    triple = triple_of((job.subject, job.predicate, job.value))
    if isinstance(triple.subject, ox.NamedNode):
        subject = thing_of(triple.subject, work.store) or triple.subject
        triple = ox.Triple(subject, triple.predicate, triple.object)
    proof = proofs_of(work.store).why(triple)
    write = text if job.format("graph") == TEXT else json_text
    work.send(job, write(proof).encode())


def json_text(proof: Proof) -> str:
    """Return a proof as JSON, with what it proves at the top."""
    tree = _tree(proof)
    head = {name: tree[name] for name in ("triple", "basis", "paragraphs")}
    return json.dumps({**head, "proof": tree}, ensure_ascii=False)


def _tree(proof: Proof) -> dict[str, Any]:
    return {
        "triple": triple_json(proof.triple),
        "rule": proof.rule,
        "basis": proof.basis,
        "paragraphs": list(proof.paragraphs),
        "claim": proof.claim,
        "note": proof.note,
        "graphs": list(proof.graphs),
        "premises": [_tree(premise) for premise in proof.premises],
        **({"sentences": by_passage(proof.sentences)} if proof.sentences else {}),
        **({"words": by_passage(proof.words)} if proof.words else {}),
        **({"marks": list(proof.marks)} if proof.marks else {}),
    }


def text(proof: Proof) -> str:
    """Return a proof as lines: each triple with how it is known, below it what it follows from."""
    rests = f"Rests on {_passages(proof)}.\n" if proof.paragraphs else ""
    return "\n".join(_lines(proof, "", "")) + "\n" + rests


def _lines(proof: Proof, first: str, others: str) -> Iterator[str]:
    marks = "".join(f" ({mark})" for mark in proof.marks)
    yield f"{first}{sentence(proof.triple)}  [{known(proof)}]{marks}"
    last = len(proof.premises) - 1
    for number, premise in enumerate(proof.premises):
        branch, below = ("└── ", "    ") if number == last else ("├── ", "│   ")
        yield from _lines(premise, others + branch, others + below)


def known(proof: Proof) -> str:
    """Return how a triple is known: by which rule, or on which passages it rests."""
    if proof.basis == "derived":
        return f"{proof.rule}: {RULES[proof.rule]}"
    has_source = proof.basis == "asserted" and proof.paragraphs
    said = f"{'rests on' if has_source else _KNOWN[proof.basis]} {_passages(proof)}".strip()
    return f"{said}: {proof.note}" if proof.note else said


def _passages(proof: Proof) -> str:
    named = by_passage(proof.sentences, proof.paragraphs)
    numbers = (", ".join(map(str, named[iri])) for iri in proof.paragraphs)
    names = (turtle_term(ox.NamedNode(iri)) for iri in proof.paragraphs)
    pairs = zip(names, numbers, strict=True)
    return ", ".join(name + (f" (sentence {some})" if some else "") for name, some in pairs)
