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
from gbagraph.dataset.identity import EVIDENCE, INFERRED, TRANSLATIONS
from gbagraph.feature import hook
from gbagraph.rdf.dataset import Dataset, access
from gbagraph.rdf.evidence import WAYS, Ways, read_ways
from gbagraph.rdf.namespaces import PREFIXES, expand, graph_iri, of_evidence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from gbagraph.api.explanations import Basis, Proof, Sentences, Words

_SUBJECT, _PREDICATE, _OBJECT, _REIFIES = (
    ox.NamedNode(expand(name))
    for name in ("rdf:subject", "rdf:predicate", "rdf:object", "rdf:reifies")
)
_NOTE, _WORDS = (frozenset(of_evidence(name)) for name in ("note", "resolves"))
_KNOWN: Final[tuple[Basis, ...]] = ("stated", "inferred", "ours", "asserted")
"""The basis of a triple, of several the first."""
_SELECTOR, _SENTENCE, _PASSAGE = (
    ox.NamedNode(expand(f"ev:{name}")) for name in ("selector", "sentence", "inPassage")
)
_ONTOLOGY: Final = ox.NamedNode(graph_iri("ontology"))
_NOT_NAMED: Final = (ox.DefaultGraph(), INFERRED, EVIDENCE)
_OF_OURS: Final = PREFIXES["graph"]
"""The graphs of the built-in dataset, in which each claim is about one triple, but for translations."""


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


@lru_cache(maxsize=1)
def _ways(store: Dataset) -> Ways:
    """In which ways *store*, which must not change, says on what its triples rest."""
    rows: Any = store.query(WAYS)
    return read_ways([(known.value, term.value) for known, term in rows])


class EvidenceReader:
    """The evidence in *store*; what it says of a subject is read once."""

    def __init__(self, store: Dataset, languages: Sequence[str] = ("en",)) -> None:
        """Read *store*: notes in the first of *languages* in which there are any, else in all."""
        self._store, self._languages = store, languages
        self._ways = _ways(store)
        self._claims: dict[Any, dict[tuple[Any, Any], list[Any]]] = {}
        self._sentence = lru_cache(maxsize=10_000)(self._sentence_of)
        self._texts = lru_cache(maxsize=1_000)(self._texts_of)
        find = hook("source words") if publication.current().source_text else None
        self._words = find(store) if find else {}

    def read_ahead(self, triples: Collection[ox.Triple]) -> None:
        """Read at once what is looked up for *triples*, where each would be a question to an engine."""
        far = access(self._store)
        subjects = {triple.subject for triple in triples}
        forms = [(triple.subject, triple.predicate, triple.object) for triple in triples]
        far.prefetch_forms([*forms, *((subject, None, None) for subject in subjects)])
        far.prefetch_about(_SUBJECT, subjects)
        if self._ways.annotates:
            far.prefetch_about(_REIFIES, triples)
        if far.is_far:
            far.prefetch_forms((each, None, None) for form in forms for each in self._graphs(form))
        far.prefetch(
            (
                quad.object
                for subject in subjects
                for claim in self._store.quads_for_pattern(None, _SUBJECT, subject, None)
                for quad in self._store.quads_for_pattern(claim.subject, _SELECTOR, None, None)
            ),
            (_SENTENCE, _PASSAGE),
        )

    def _graphs(self, form: tuple[Any, Any, Any]) -> list[Any]:
        """The graphs with a triple that may say on what their triples rest."""
        graphs = (quad.graph_name for quad in self._store.quads_for_pattern(*form, None))
        return [
            each
            for each in graphs
            if isinstance(each, ox.NamedNode)
            and (each == TRANSLATIONS or not each.value.startswith(_OF_OURS))
        ]

    def of(self, triple: ox.Triple) -> Evidence | None:
        """The evidence of an asserted triple; None for one that is not asserted.

        That is what claims and annotations say of it; else, for a statement of evidence, itself; else
        what its graphs rest on; else its subject.
        """
        form = triple.subject, triple.predicate, triple.object
        graphs_with_it = {q.graph_name for q in self._store.quads_for_pattern(*form, None)}
        if not graphs_with_it or INFERRED in graphs_with_it:
            return None
        graphs = tuple(sorted(map(_name, graphs_with_it.difference(_NOT_NAMED))))
        claims = self._claims_about(triple)
        claim = next((each.value for each in claims if isinstance(each, ox.NamedNode)), None)
        unsaid: Basis = "asserted" if claims or _ONTOLOGY not in graphs_with_it else "ontology"
        itself = self._ways.of_things.get(triple.predicate.value)
        said = self._said(claims, self._ways.of_claims)
        if said is None and itself is None:
            said = self._said(self._graphs(form), self._ways.of_claims)
        if said is None:
            said = self._said((triple.subject,), self._ways.of_things)
        known = replace(said or Evidence(unsaid), claim=claim, graphs=graphs)
        return known if claims or itself is None else _only(known, itself, _name(triple.object))

    def is_evidence(self, triple: ox.Triple) -> bool:
        """Whether *triple* itself says that its subject rests on its object."""
        return triple.predicate.value in self._ways.of_things

    def _claims_about(self, triple: ox.Triple) -> list[Any]:
        """The claims and annotations about *triple*, in order."""
        claims = list(self._about(triple.subject).get((triple.predicate, triple.object), ()))
        if self._ways.annotates:
            about = self._store.quads_for_pattern(None, _REIFIES, triple, None)
            claims += {quad.subject: None for quad in about}
        return sorted(claims, key=str)

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

    def _said(self, nodes: Iterable[Any], bases: Mapping[str, str]) -> Evidence | None:
        """What *nodes* say that something rests on, by the properties *bases*; None for nothing."""
        values: dict[str, set[Any]] = defaultdict(set)
        for node in nodes:
            for quad in self._store.quads_for_pattern(node, None, None, None):
                values[quad.predicate.value].add(quad.object)
        used = [term for term in values if term in bases]
        if not used:
            return None
        basis = next(each for each in _KNOWN if each in map(bases.__getitem__, used))
        iris = {each.value for each in _all(values, used) if isinstance(each, ox.NamedNode)}
        passages = tuple(sorted(iris))
        notes = self._in_language(values, _NOTE)
        resolved = [f"from the words “{each}”" for each in self._in_language(values, _WORDS)]
        selectors = {each.value for each in values[_SELECTOR.value]}
        sentences = tuple(sorted(set(filter(None, map(self._sentence, selectors)))))
        quotes = sorted(map(_name, _all(values, self._ways.quotes)))
        words = self._carrying(passages, selectors, quotes)
        note = " ".join([*notes, *resolved]) or None
        return Evidence(basis, passages, note=note, sentences=sentences, words=words)

    def _in_language(self, values: Mapping[str, set[Any]], terms: Iterable[str]) -> list[str]:
        """The values of *terms* in the first language in which there are any, else all."""
        every = _all(values, terms)
        tongues = ({each for each in every if _language(each) == tag} for tag in self._languages)
        return sorted(map(_name, next(filter(None, tongues), every)))

    def _carrying(
        self, passages: tuple[str, ...], selectors: Iterable[str], quotes: Sequence[str]
    ) -> Words:
        """The words of *passages*: those that *selectors* name, else *quotes*, else all of them."""
        selected = sorted({self._words[each] for each in selectors if each in self._words})
        if selected:
            return tuple((passage, text) for passage, _, text in selected)
        own = quotes if len(passages) == 1 else ()
        return tuple((each, text) for each in passages for text in own or self._texts(each))

    def _texts_of(self, passage: str) -> tuple[str, ...]:
        """The text of a passage, where the data have it."""
        node, terms = ox.NamedNode(passage), map(ox.NamedNode, self._ways.texts)
        quads = (q for term in terms for q in self._store.quads_for_pattern(node, term, None, None))
        return tuple(sorted({_name(quad.object) for quad in quads}))

    def _sentence_of(self, selector: str) -> tuple[str, int] | None:
        """The passage and the number of the sentence that a selector names; None if it names none."""
        node = ox.NamedNode(selector)
        passage, number = self._one(node, _PASSAGE), self._one(node, _SENTENCE)
        return (passage.value, int(number.value)) if passage and number else None

    def _one(self, subject: Any, predicate: ox.NamedNode) -> Any:  # noqa: ANN401  a term
        quad = next(self._store.quads_for_pattern(subject, predicate, None, None), None)
        return quad.object if quad else None


def _only(known: Evidence, basis: str, passage: str) -> Evidence:
    """What is *known* of a statement that something rests on *passage*: that alone."""
    sentences = tuple(each for each in known.sentences if each[0] == passage)
    words = tuple(each for each in known.words if each[0] == passage)
    changes: dict[str, Any] = {"basis": basis, "sentences": sentences, "words": words}
    return replace(known, paragraphs=(passage,), **changes)


def _all(values: Mapping[str, set[Any]], terms: Iterable[str]) -> set[Any]:
    """The values of all of *terms*."""
    return {each for term in terms if term in values for each in values[term]}


def _language(term: Any) -> str | None:  # noqa: ANN401  a term
    return term.language if isinstance(term, ox.Literal) else None


def _name(term: Any) -> str:  # noqa: ANN401  a term
    return str(term.value)


@lru_cache(maxsize=1)
def marked(store: Dataset) -> Mapping[Any, set[str]]:
    """The marks of each node in *store*, which must not change; by the dataset's own query."""
    marks: dict[Any, set[str]] = defaultdict(set)
    text = publication.page_query("marks")
    rows: Any = store.query(text) if text else ()
    for node, mark, *_ in rows:
        marks[node].add(mark.value)
    return dict(marks)


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


def leaves(proof: Proof) -> list[Proof]:
    """Return what is asserted at the leaves of *proof*."""
    return [leaf for premise in proof.premises for leaf in leaves(premise)] or [proof]


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
