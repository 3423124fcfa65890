"""Claims as RDF: the facts, on what they rest, by which words, and the terms that they use; and back."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import chain, product
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.dataset.computed import claim_name
from gbagraph.errors import BadParameter
from gbagraph.features.claims.model import Basis, Claim, Place, Rest, Words
from gbagraph.features.claims.text import Part
from gbagraph.features.verify.verification import OA, Evidence
from gbagraph.rdf.namespaces import expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gbagraph.features.claims.model import Passages
    from gbagraph.features.claims.names import Names
    from gbagraph.features.claims.text import FromText
    from gbagraph.features.verify.selectors import Selector

    Triples = set[ox.Triple]


def _terms(*curies: str) -> tuple[ox.NamedNode, ...]:
    return tuple(ox.NamedNode(expand(curie)) for curie in curies)


_TYPE, _SUBJECT, _PREDICATE, _OBJECT, _LABEL, _WHOLE, _CLAIM, _NOTE, _RESOLVES, _RELATIVE_TO = (
    _terms(
        *(
            "rdf:type",
            "rdf:subject",
            "rdf:predicate",
            "rdf:object",
            "rdfs:label",
            "dcterms:isPartOf",
        ),
        *("ev:Claim", "ev:note", "ev:resolves", "ev:relativeTo"),
    )
)
_SELECTOR, _HAS_SELECTOR, _IN_PASSAGE, _SENTENCE, _HASH, _LENGTH = _terms(
    *("ev:Selector", "ev:selector", "ev:inPassage", "ev:sentence", "ev:sha256", "ev:length")
)
_SECTION, _PARAGRAPH, _POSITION, _IN_SECTION, _IN_DOCUMENT = _terms(
    *("gba:Section", "gba:Paragraph", "gba:position", "gba:inSection", "gba:inDocument")
)
_MEANING: Final = _terms("rdf:type", "rdfs:label", "skos:definition", "rdfs:comment")
_NEARBY: Final = _terms(
    *("rdfs:subClassOf", "rdfs:subPropertyOf", "rdfs:domain", "rdfs:range", "owl:inverseOf")
)
"""What is written of a term: its meaning, and terms of which the same is written."""
_START, _END = ox.NamedNode(f"{OA}start"), ox.NamedNode(f"{OA}end")
_DOCUMENT: Final = _terms("gba:SourceDocument", "ev:Document")
_STATED, _INFERRED, _WORDED = _terms("ev:statedIn", "ev:inferredFrom", "ev:wordedFrom")
BASES: Final[Mapping[Basis, ox.NamedNode]] = {
    "stated": _STATED,
    "inferred": _INFERRED,
    "worded": _WORDED,
}
"""The properties that say on what a claim rests, by the basis of the claim."""


def facts(claims: Iterable[Claim]) -> Triples:
    """Return the triples that are claimed."""
    return {_triple(claim) for claim in claims}


def evidence(claims: Iterable[Claim], names: Names) -> Triples:
    """Return on what each triple rests: one ev:Claim for all claims on it.

    Words such as *last August* are relative to the document.

    Raises:
        BadParameter: two triples have one name, or one has two.
    """
    made: Triples = set()
    for claim, name in _named(claims, names.claims):
        values: list[tuple[ox.NamedNode, Any]] = [
            *zip((_TYPE, _SUBJECT, _PREDICATE, _OBJECT), (_CLAIM, *_triple(claim)), strict=True),
            *((BASES[claim.basis], ox.NamedNode(rest.passage)) for rest in claim.rests),
        ]
        if claim.note:
            values.append((_NOTE, ox.Literal(claim.note, language=claim.note_language or None)))
        if claim.resolves:
            values += [
                (_RESOLVES, ox.Literal(claim.resolves, language=names.language)),
                (_RELATIVE_TO, ox.NamedNode(names.document)),
            ]
        made |= {ox.Triple(name, predicate, value) for predicate, value in values}
    return made


def selectors(claims: Iterable[Claim], passages: FromText, names: Names) -> Triples:
    """Return the words that carry each claim: where they stand, their hashes, and whose they are.

    Raises:
        BadParameter: words do not stand in their passage.
    """
    made: Triples = set()
    for claim, name in _named(claims, names.claims):
        for passage, words in ((rest.passage, each) for rest in claim.rests for each in rest.words):
            selector = passages.select(passage, words)
            mark = "&" if "#" in passage else "#"
            node = ox.NamedNode(f"{passage}{mark}char={selector.start},{selector.end}")
            numbers = {_SENTENCE: selector.sentence, _START: selector.start, _END: selector.end}
            made |= {ox.Triple(node, each, ox.Literal(number)) for each, number in numbers.items()}
            made |= {
                ox.Triple(node, _TYPE, _SELECTOR),
                ox.Triple(node, _IN_PASSAGE, ox.NamedNode(passage)),
                ox.Triple(node, _HASH, ox.Literal(selector.sha256)),
                ox.Triple(name, _HAS_SELECTOR, node),
            }
    return made


def document(names: Names) -> Triples:
    """Return what the document is."""
    node = ox.NamedNode(names.document)
    return {ox.Triple(node, _TYPE, kind) for kind in _DOCUMENT}


def structure(parts: Sequence[Part]) -> Triples:
    """Return of which sections and paragraphs a document is made."""
    made: Triples = set()
    sections = {part.iri for part in parts if part.is_section}
    for part in parts:
        node, above = ox.NamedNode(part.iri), ox.NamedNode(part.within)
        within = _IN_SECTION if part.within in sections else _WHOLE
        made |= {ox.Triple(node, _LABEL, label) for label in part.labels}
        made |= {
            ox.Triple(node, _TYPE, _SECTION if part.is_section else _PARAGRAPH),
            ox.Triple(node, _POSITION, ox.Literal(part.position)),
            ox.Triple(node, _IN_DOCUMENT if part.is_section else within, above),
        }
    return made


def parthood(parts: Iterable[Part]) -> Triples:
    """Return the same in the terms of Dublin Core, for data without what follows by the ontology."""
    return {ox.Triple(ox.NamedNode(part.iri), _WHOLE, ox.NamedNode(part.within)) for part in parts}


def hashes(parts: Iterable[Part]) -> Triples:
    """Return the length and the hash of each part that has them."""
    return {
        ox.Triple(ox.NamedNode(part.iri), predicate, ox.Literal(value))
        for part in parts
        if part.length
        for predicate, value in ((_LENGTH, part.length), (_HASH, part.sha256))
    }


def terms(triples: Iterable[ox.Triple], ontology: ox.Store) -> Triples:
    """Return what an ontology says of the terms in *triples*, and of the terms that explain those."""
    made: Triples = set()
    known: set[object] = set()
    left: list[object] = [term for triple in triples for term in (triple.predicate, triple.object)]
    while left:
        term = left.pop()
        if term not in known and isinstance(term, ox.NamedNode):
            known.add(term)
            said = [
                quad.triple
                for each in (*_MEANING, *_NEARBY)
                for quad in ontology.quads_for_pattern(term, each, None, None)
                if not isinstance(quad.object, ox.BlankNode)
            ]
            made |= set(said)
            left += [triple.object for triple in said if triple.predicate in _NEARBY]
    return made


def _triple(claim: Claim) -> ox.Triple:
    return ox.Triple(claim.subject, claim.predicate, claim.value)


def _named(claims: Iterable[Claim], folder: str) -> Iterator[tuple[Claim, ox.NamedNode]]:
    """Yield each claim with the name of all claims on its triple: given, or computed."""
    listed = list(claims)
    given: dict[ox.Triple, ox.NamedNode] = {}
    first: dict[str, Claim] = {}
    for claim in filter(lambda each: each.name, listed):
        name, other = ox.NamedNode(claim.name), first.setdefault(claim.name, claim)
        if _triple(other) != _triple(claim) or given.setdefault(_triple(claim), name) != name:
            raise BadParameter(
                f"{claim.place.file}:{claim.place.line}: The name {claim.name} is that of another "
                "claim, or the claim has two. Give each claim one name of its own, or none."
            )
    for claim in listed:
        yield claim, given.get(_triple(claim)) or claim_name(_triple(claim), folder)


_FIRST: Final = {
    term.value: number for number, term in enumerate((_TYPE, _LABEL, _SUBJECT, _PREDICATE, _OBJECT))
}


def turtle(triples: Iterable[ox.Triple], prefixes: Mapping[str, str], head: str) -> bytes:
    """Return *triples* as Turtle, each time the same: sorted, with the *prefixes* that they use.

    *head* is the comment that it begins with.
    """
    ordered = sorted(triples, key=_order)
    iris = " ".join(map(str, ordered))
    used = {name: space for name, space in prefixes.items() if f"<{space}" in iris}
    written = ox.serialize(ordered, format=ox.RdfFormat.TURTLE, prefixes=used) or b""
    lines = written.decode().split("\n")
    declared, body = sorted(lines[: len(used)]), "\n".join(lines[len(used) :])
    return "\n".join([head, *declared, "", body.replace(" .\n", " .\n\n").rstrip(), ""]).encode()


def _order(triple: ox.Triple) -> tuple[list[tuple[int, str]], int, str, str]:
    predicate = triple.predicate.value
    value = str(triple.object)
    return (
        _natural(getattr(triple.subject, "value", "")),
        _FIRST.get(predicate, len(_FIRST)),
        predicate,
        value,
    )


def _natural(text: str) -> list[tuple[int, str]]:
    """Return a key by which p2 stands before p10."""
    return [(int(part) if part.isdecimal() else -1, part) for part in re.split(r"(\d+)", text)]


def claims_of(store: ox.Store, passages: Passages, names: Names) -> list[Claim]:
    """Return the claims of a dataset, in the order of the document.

    A claim of two bases or two notes becomes two, which :func:`evidence` makes one again. It has a name
    only where it has an IRI that is not the computed one.

    Raises:
        BadParameter: a claim says no basis, or is not on one triple of IRIs or with a literal; or the
            text has other words than the data.
    """
    words: dict[tuple[str, str], list[Selector]] = defaultdict(list)
    for claim, passage, _, selector in Evidence(store).rows():
        if selector:
            words[claim, passage].append(selector)
    order = {passage: number for number, passage in enumerate(passages.names())}
    claims = [
        claim
        for quad in store.quads_for_pattern(None, _TYPE, _CLAIM, None)
        for claim in _Read(store, quad.subject, words, passages, order).claims(names)
    ]
    return _in_order(claims, order)


class _Read:
    """What the data say of one claim."""

    def __init__(
        self,
        store: ox.Store,
        node: ox.NamedNode | ox.BlankNode | ox.Triple,
        words: Mapping[tuple[str, str], list[Selector]],
        passages: Passages,
        order: Mapping[str, int],
    ) -> None:
        self._node, self._words = getattr(node, "value", ""), words
        self._passages, self._order = passages, order
        self._has_name = isinstance(node, ox.NamedNode)
        self._values: dict[ox.NamedNode, list[Any]] = defaultdict(list)
        for quad in store.quads_for_pattern(node, None, None, None):
            self._values[quad.predicate].append(quad.object)

    def claims(self, names: Names) -> Iterator[Claim]:
        """Yield a claim for each basis and each note, almost always one."""
        subject, predicate, value = about = self._about()
        computed = claim_name(about, names.claims).value
        if not (
            rests_by_basis := {basis: rests for basis in BASES if (rests := self._rests(basis))}
        ):
            raise BadParameter(
                f"The claim {self._node} has no IRI as ev:statedIn, ev:inferredFrom or ev:wordedFrom. "
                "Add one."
            )
        notes, resolved = (
            [each for each in self._values[term] if isinstance(each, ox.Literal)]
            or [ox.Literal("")]
            for term in (_NOTE, _RESOLVES)
        )
        for (basis, rests), note, resolves in product(rests_by_basis.items(), notes, resolved):
            yield Claim(
                subject=subject,
                predicate=predicate,
                value=value,
                basis=basis,
                rests=rests,
                note=note.value,
                note_language=note.language or "",
                resolves=resolves.value,
                name=self._node if self._has_name and self._node != computed else "",
                place=Place("", 0),
            )

    def _about(self) -> tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]:
        """Return the triple that it is on."""
        match [self._values[each] for each in (_SUBJECT, _PREDICATE, _OBJECT)]:
            case [[ox.NamedNode() as subject], [ox.NamedNode() as predicate], [value]] if (
                isinstance(value, ox.NamedNode | ox.Literal)
            ):
                return subject, predicate, value
        raise BadParameter(
            f"The claim {self._node} is not on one triple of IRIs, or with a literal. Mend rdf:subject, "
            "rdf:predicate and rdf:object."
        )

    def _rests(self, basis: Basis) -> tuple[Rest, ...]:
        return tuple(
            Rest(passage, tuple(self._passages.words(passage, each) for each in sorted(selectors)))
            for passage in sorted(
                (n.value for n in self._values[BASES[basis]] if isinstance(n, ox.NamedNode)),
                key=lambda each: (self._order.get(each, -1), each),
            )
            for selectors in [self._words.get((self._node, passage), ())]
        )


def _in_order(claims: list[Claim], place: Mapping[str, int]) -> list[Claim]:
    """Return *claims* by the passage on which the first of a thing rests, and things by their IRI."""
    first: dict[ox.NamedNode, int] = {}
    for claim in sorted(
        claims,
        key=lambda each: (place.get(each.rests[0].passage, -1), _natural(each.subject.value)),
    ):
        first.setdefault(claim.subject, len(first))
    return sorted(claims, key=lambda each: (first[each.subject], _order(_triple(each))))


class FromData:
    """The passages of a document whose text is not there, as the data have them, in its order."""

    def __init__(self, store: ox.Store) -> None:
        self.parts = _parts(store, Evidence(store))

    def names(self) -> tuple[str, ...]:
        """Return the IRIs of the passages, in the order of the document."""
        return tuple(part.iri for part in self.parts)

    def words(self, passage: str, selector: Selector) -> Words:  # noqa: ARG002  as another's
        """Return where the words that a selector of a passage selects stand."""
        return Words(start=selector.start, end=selector.end)


def _parts(store: ox.Store, evidence: Evidence) -> tuple[Part, ...]:
    parts = {
        quad.subject.value: _part(store, quad.subject, evidence)
        for kind in (_SECTION, _PARAGRAPH)
        for quad in store.quads_for_pattern(None, _TYPE, kind, None)
        if isinstance(quad.subject, ox.NamedNode)
    }

    def order(part: Part) -> tuple[int, int, int]:
        above = part if part.is_section else parts.get(part.within)
        return (above.position if above else 0, not part.is_section, part.position)

    return tuple(sorted(parts.values(), key=order))


def _part(store: ox.Store, node: ox.NamedNode, evidence: Evidence) -> Part:
    def values(*predicates: ox.NamedNode) -> list[Any]:
        quads = (store.quads_for_pattern(node, each, None, None) for each in predicates)
        return [quad.object for quad in chain.from_iterable(quads)]

    above = [value.value for value in values(_IN_DOCUMENT, _IN_SECTION, _WHOLE)]
    position = [int(value.value) for value in values(_POSITION) if value.value.isdecimal()]
    labels = tuple(sorted(values(_LABEL), key=str))
    size_and_hash = evidence.passages.get(node.value, (0, ""))
    return Part(
        node.value,
        _SECTION in values(_TYPE),
        (*above, "")[0],
        (*position, 0)[0],
        labels,
        *size_and_hash,
    )
