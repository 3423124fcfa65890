"""On what triples rest: their claims, with the passages, sentences and words these name.

A row is carried by as few passages as do: what is asserted and stated in several needs one of them; what
is inferred from several, or worded by us, needs them all; what is derived needs what its proof does.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyoxigraph as ox

from gbagraph import publication
from gbagraph.dataset.identity import EVIDENCE, INFERRED
from gbagraph.feature import hook
from gbagraph.paths import own_query
from gbagraph.rdf.dataset import Dataset, access
from gbagraph.rdf.namespaces import BASES, expand, graph_iri, of_evidence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from gbagraph.api.explanations import Basis, Proof, Sentences, Words

_SUBJECT, _PREDICATE, _OBJECT = (
    ox.NamedNode(expand(name)) for name in ("rdf:subject", "rdf:predicate", "rdf:object")
)
_NOTE, _WORDS = (frozenset(map(ox.NamedNode, of_evidence(name))) for name in ("note", "resolves"))
_BASES: Final[dict[ox.NamedNode, Basis]] = {ox.NamedNode(iri): BASES[iri] for iri in BASES}
_SELECTOR, _SENTENCE, _PASSAGE = (
    ox.NamedNode(expand(f"ev:{name}")) for name in ("selector", "sentence", "inPassage")
)
_SAYING: Final = frozenset({*_BASES, *_NOTE, *_WORDS, _SELECTOR})
_ONTOLOGY: Final = ox.NamedNode(graph_iri("ontology"))
_NOT_NAMED: Final = (ox.DefaultGraph(), INFERRED, EVIDENCE)


@dataclass(frozen=True, slots=True)
class Evidence:
    """How a triple is known, the passages on which it rests, and the claim that says so.

    *graphs* are the named graphs in which it is asserted, *sentences* and *words* those that its
    selectors name.
    """

    basis: Basis
    paragraphs: tuple[str, ...] = ()
    claim: str | None = None
    note: str | None = None
    graphs: tuple[str, ...] = ()
    sentences: Sentences = ()
    words: Words = ()


class EvidenceReader:
    """The evidence in *store*; what it says of a subject is read once."""

    def __init__(self, store: Dataset) -> None:
        self._store = store
        self._claims: dict[Any, dict[tuple[Any, Any], list[Any]]] = {}
        self._sentence = lru_cache(maxsize=10_000)(self._sentence_of)
        find = hook("source words") if publication.current().source_text else None
        self._words = find(store) if find else {}

    def read_ahead(self, triples: Collection[ox.Triple]) -> None:
        """Read at once what is looked up for *triples*, where each would be a question to an engine."""
        subjects = {triple.subject for triple in triples}
        said = [(None, _SUBJECT, subject) for subject in subjects]
        forms = [(triple.subject, triple.predicate, triple.object) for triple in triples]
        access(self._store).prefetch_forms([*forms, *said])
        access(self._store).prefetch_forms(self._of_claims(subjects, said))
        access(self._store).prefetch(
            (
                quad.object
                for claim, *_ in self._of_claims((), said)
                for quad in self._store.quads_for_pattern(claim, _SELECTOR, None, None)
            ),
            (_SENTENCE, _PASSAGE),
        )

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
        graphs_with_it = {quad.graph_name for quad in self._store.quads_for_pattern(*pattern)}
        if not graphs_with_it or INFERRED in graphs_with_it:
            return None
        graphs = tuple(sorted(map(_name, graphs_with_it.difference(_NOT_NAMED))))
        claims = self._about(triple.subject).get((triple.predicate, triple.object), [])
        if claims:
            claims.sort(key=str)
            return self._evidence_of(claims, "asserted", _name(claims[0]), graphs)
        unsaid: Basis = "ontology" if _ONTOLOGY in graphs_with_it else "asserted"
        said = self._evidence_of((triple.subject,), unsaid, None, graphs)
        if triple.predicate in _BASES:
            passages = (_name(triple.object),)
            sentences = tuple(each for each in said.sentences if each[0] in passages)
            words = tuple(each for each in said.words if each[0] in passages)
            known = replace(said, basis=_BASES[triple.predicate], paragraphs=passages)
            return replace(known, sentences=sentences, words=words)
        return said

    def _about(self, subject: Any) -> dict[tuple[Any, Any], list[Any]]:  # noqa: ANN401  a term
        """The claims about triples with this subject, by predicate and object."""
        if subject not in self._claims:
            by_statement: dict[tuple[Any, Any], list[Any]] = {}
            claims = list(self._store.quads_for_pattern(None, _SUBJECT, subject, None))
            access(self._store).prefetch((quad.subject for quad in claims), (_PREDICATE, _OBJECT))
            for quad in claims:
                key = self._one(quad.subject, _PREDICATE), self._one(quad.subject, _OBJECT)
                if quad.subject not in by_statement.setdefault(key, []):
                    by_statement[key].append(quad.subject)
            self._claims[subject] = by_statement
        return self._claims[subject]

    def _evidence_of(
        self, nodes: Iterable[Any], unsaid: Basis, claim: str | None, graphs: tuple[str, ...]
    ) -> Evidence:
        """What *nodes* say that something rests on; *unsaid* if they say nothing."""
        said = [
            (quad.predicate, _name(quad.object))
            for node in nodes
            for quad in self._store.quads_for_pattern(node, None, None, None)
            if quad.predicate in _SAYING
        ]
        bases = {_BASES[predicate] for predicate, _ in said if predicate in _BASES}
        paragraphs = {value for predicate, value in said if predicate in _BASES}
        notes = {value for predicate, value in said if predicate in _NOTE}
        words = {f"from the words “{value}”" for predicate, value in said if predicate in _WORDS}
        basis = next((basis for basis in _BASES.values() if basis in bases), unsaid)
        note = " ".join([*sorted(notes), *sorted(words)]) if bases else ""
        selectors = {value for predicate, value in said if predicate == _SELECTOR}
        sentences = tuple(sorted(set(filter(None, map(self._sentence, selectors)))))
        found = sorted({self._words[each] for each in selectors if each in self._words})
        carrying = tuple((passage, text) for passage, _, text in found)
        passages = tuple(sorted(paragraphs))
        return Evidence(basis, passages, claim, note or None, graphs, sentences, carrying)

    def _sentence_of(self, selector: str) -> tuple[str, int] | None:
        """The passage and the number of the sentence that a selector names; None if it names none."""
        node = ox.NamedNode(selector)
        passage, number = self._one(node, _PASSAGE), self._one(node, _SENTENCE)
        return (passage.value, int(number.value)) if passage and number else None

    def _one(self, subject: Any, predicate: ox.NamedNode) -> Any:  # noqa: ANN401  a term
        quad = next(self._store.quads_for_pattern(subject, predicate, None, None), None)
        return quad.object if quad else None


def _name(term: Any) -> str:  # noqa: ANN401  a term
    return str(term.value)


_MARKED: Final = own_query("features/why", "marks")  # a worker opens no file


@lru_cache(maxsize=1)
def marked(store: Dataset) -> Mapping[Any, set[str]]:
    """The marks of each node in *store*, which must not change."""
    found: dict[Any, set[str]] = defaultdict(set)
    rows: Any = store.query(_MARKED)
    for node, mark in rows:
        found[node].add(mark.value)
    return dict(found)


def marks_of(store: Dataset, triple: ox.Triple) -> tuple[str, ...]:
    """The marks of both ends of *triple*."""
    ends = triple.subject, triple.object
    return tuple(sorted({mark for end in ends for mark in marked(store).get(end, ())}))


class Known(NamedTuple):
    """How a triple is known: its *basis*, and the *leaves* of its proof, or its own evidence."""

    basis: Basis
    leaves: tuple[Evidence | Proof, ...]

    @property
    def note(self) -> str:
        """What the claims note."""
        return " ".join(dict.fromkeys(leaf.note for leaf in self.leaves if leaf.note))

    def passages(self, kept: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The passages of those *kept* on which it rests, and others that say it too."""
        used, others = dict[str, None](), dict[str, None]()
        for leaf in self.leaves:
            some = leaf.paragraphs
            if leaf.basis == "stated":
                some = tuple(name for name in some if name in kept)[:1]
                others |= dict.fromkeys(leaf.paragraphs)
            used |= dict.fromkeys(some)
        is_one = len(self.leaves) == 1
        return tuple(sorted(used)), tuple(sorted(others.keys() - used)) if is_one else ()

    def sentences(self, passages: Collection[str]) -> Sentences:
        """The sentences of *passages* in which it is found."""
        found = {each for leaf in self.leaves for each in leaf.sentences if each[0] in passages}
        return tuple(sorted(found))

    def words(self, passages: Collection[str]) -> Words:
        """The words of *passages* that carry it."""
        found = (each for leaf in self.leaves for each in leaf.words if each[0] in passages)
        return tuple(dict.fromkeys(found))


def leaves(proof: Proof) -> Iterator[Proof]:
    """What is asserted at the leaves of *proof*."""
    if not proof.premises:
        yield proof
    for premise in proof.premises:
        yield from leaves(premise)


def few(known: Iterable[Known]) -> frozenset[str]:
    """As few passages as carry all that is *known*: without any of them something would have none.

    Of alternatives that is the one that is needed anyway, else the one that most need, else the first.
    """
    every = [leaf for each in known for leaf in each.leaves]
    kept = {
        name
        for leaf in every
        if leaf.basis != "stated" or len(leaf.paragraphs) == 1
        for name in leaf.paragraphs
    }
    open_ = {leaf.paragraphs for leaf in every if kept.isdisjoint(leaf.paragraphs)} - {()}
    chosen: list[str] = []
    rest = open_
    while rest:
        counts = Counter(name for options in rest for name in options)
        chosen.append(min(counts, key=lambda name: (-counts[name], name)))
        rest = {options for options in rest if chosen[-1] not in options}
    for name in chosen[:-1]:  # the first ones may have become superfluous by those after them
        others = {*chosen} - {name}
        if all(not others.isdisjoint(options) for options in open_):
            chosen.remove(name)
    return frozenset(kept.union(chosen))
