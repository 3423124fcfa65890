"""Which things the text of a cell names, and how surely.

Beside a name may stand an article, a kind, the legal form of a company, or that in which a place lies.
Kinds are in the data, as labels of classes; articles and legal forms are in two small lists here.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import chain, islice, pairwise
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.names.index import names_of
from gbagraph.names.texts import likeness, local_name, plain, spaced
from gbagraph.rdf.dataset import named_node
from gbagraph.rdf.namespaces import LABELS, expand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gbagraph.features.reconcile.jobs import EntityKind, NameQuery
    from gbagraph.names.matching import Entry
    from gbagraph.rdf.dataset import Dataset

    Words = Sequence[str]


_MOST: Final = 16
"""Words of a cell that is read as a name and words beside it; a Chinese sign is a word."""
_WORD: Final = re.compile(r"[\u2e80-\U0003ffff]|[^\s\u2e80-\U0003ffff]+")
_SIGN: Final = "\u2e80"
"""Where the scripts begin that have no spaces between words."""
_APOSTROPHE: Final = re.compile("['\u2019]")
_AND: Final = "and"
_SMALL: Final = frozenset(("a", "an", _AND, "of", "the"))
_FORMS: Final = frozenset(
    re.findall(
        r"\w+",
        """
        ab ag aps as bv co company corp corporation gmbh group holding holdings inc incorporated kg kk
        limited llc llp lp ltd nv oy plc pte pty sa sarl sas se spa srl
        公司 集团 控股 股份 有限公司 有限责任公司 株式会社
        """,
    )
)
"""Legal forms of companies, in simplified characters."""
_FIRMS: Final = frozenset(
    ("business", "company", "corporation", "enterprise", "firm", "organisation", "organization")
)
"""Names of classes whose things may have a legal form."""
_ALIKE: Final = 0.75
"""How alike two names are of which one is another spelling."""


def words(text: str) -> list[str]:
    """The words of *text* without case and accents; of a script without spaces, its signs."""
    return _WORD.findall(spaced(_APOSTROPHE.sub("", text)))


def readings(text: str) -> Iterator[tuple[str, Words, Words]]:
    """Each part of *text* as a name, with the words before and after it: the longest parts first."""
    every = words(text.replace("&", f" {_AND} "))
    for length in range(len(every) if len(every) <= _MOST else 0, 0, -1):
        for start in range(len(every) - length + 1):
            before, name, after = every[:start], every[start:][:length], every[start + length :]
            yield " ".join(name), before, after
            if _AND in name:
                yield " ".join(word for word in name if word != _AND), before, after


def bare(text: Words, is_kind: Callable[[str], bool]) -> tuple[Words, Words, Words]:
    """What stands before, in and after *text* without articles, legal forms and kinds at its ends."""
    telling = [
        n for n, word in enumerate(text) if word not in _SMALL | _FORMS and not is_kind(word)
    ]
    first, last = (telling[0], telling[-1] + 1) if telling else (0, len(text))
    return text[:first], text[first:last], text[last:]


def kinds(labels: Iterable[str], wider: Iterable[str]) -> frozenset[str]:
    """What may stand beside the name of a thing of classes with these *labels*, and *wider* ones above.

    That is a label, the initials of one, or its last sign in a script without spaces; for a company, a
    legal form.
    """
    found = {"".join(words(label)) for label in wider}
    for each in map(words, labels):
        found |= {"".join(each), _initials(each), *(sign for sign in each[-1:] if sign >= _SIGN)}
    return frozenset(found | _FORMS if found & _FIRMS else found)


def is_told(beside: Words, told: frozenset[str]) -> bool:
    """Whether words beside a name are articles, or are *told* of the thing."""
    if not beside:
        return True
    said = told | _SMALL
    ends = (end for end in range(1, len(beside) + 1) if "".join(beside[:end]) in said)
    return any(is_told(beside[end:], told) for end in ends)


def is_related(name: str, others: Iterable[str]) -> bool:
    """Whether *name* has a word of one of *others*, is spelt like it, or is an abbreviation of it."""
    own = _telling(name)
    return any(
        not _pieces_of(own).isdisjoint(_pieces_of(theirs))
        or likeness(name, other) >= _ALIKE
        or _is_abbreviation("".join(own), theirs)
        for other in others
        for theirs in [_telling(other)]
    )


def _telling(text: str) -> list[str]:
    return [word for word in words(text) if word not in _SMALL]


def _initials(name: Words) -> str:
    return "".join(word[0] for word in name)


def _pieces_of(name: Words) -> set[str]:
    """Words; of a script without spaces, pairs of signs."""
    pairs = {one + other for one, other in pairwise(name) if one >= _SIGN}
    return pairs | {word for word in name if word < _SIGN}


def _is_abbreviation(short: str, name: Words) -> bool:
    """Whether *short* are the initials of a name, or some of its signs in their order, to the last."""
    signs = iter(name)
    is_of_signs = short >= _SIGN and short[-1:] == name[-1] and all(s in signs for s in short)
    return short == _initials(name) or is_of_signs


_TYPE: Final = expand("rdf:type")
_WIDER: Final = ox.NamedNode(expand("rdfs:subClassOf"))
_BELOW: Final = ox.NamedNode(expand("rdfs:subPropertyOf"))
_TERMS: Final = 10_000
"""Classes below a type, or properties below one, that are taken as that one."""
_VALUES: Final = 200
"""Values of one property of one thing."""
_WITH_KIND: Final = 0.99
"""How well a name fits beside which only what is told of the thing stands."""
_HINT: Final = 0.97
"""How well a code fits, or another name that the other names say nothing of: no match by itself."""
_WITHOUT: Final = 0.9
"""What a name counts that is like the text, but for a word that tells another kind."""
_CODES: Final = tuple(map(expand, ("skos:notation", "dcterms:identifier", "schema:identifier")))
_WHOLES: Final = tuple(map(expand, ("schema:containedInPlace", "dcterms:isPartOf")))
_PROPER: Final = tuple(n for n in LABELS if not n.endswith(("#altLabel", "/alternateName")))


class Naming:
    """Reads which things a text names in one store; what several texts need is read once."""

    def __init__(self, store: Dataset) -> None:
        self._store, self._names = store, names_of(store)
        self.known, self.terms = cache(self._of_kind), cache(self._terms)
        self._kinds, self._told = cache(self._kinds_of), cache(self._told_of)

    def named(self, query: NameQuery) -> list[tuple[str, float]]:
        """Return what *query* names, and how well its name fits from 0 to 1, the best first."""
        scores: dict[str, float] = {}
        for iri, score in chain(self._exactly(query), self._with_code(query), self._like(query)):
            scores[iri] = max(score, scores.get(iri, 0.0))
        return sorted(scores.items(), key=lambda each: (-each[1], each[0]))

    def _exactly(self, query: NameQuery) -> Iterator[tuple[str, float]]:
        """Yield what has the name, or the longest part of it beside which nothing else is said."""
        for iri in self._names.exactly(query.text):
            if self._is_of(iri, query.kind):
                yield iri, self._sure(iri, query.text, query)
        for name, *beside in readings(query.text):
            named = self._called(name, query.kind)
            found = [iri for iri in named if self._is_said_of(iri, beside)]
            for iri in found:
                yield iri, min(self._sure(iri, name, query), _WITH_KIND if any(beside) else 1.0)
            if found or query.kind != "thing":
                return

    def _called(self, name: str, kind: EntityKind) -> list[str]:
        """Return what has a name, in any case and script."""
        forms = dict.fromkeys((name, self._names.simplified(name))) if plain(name) else ()
        entries = (each for form in forms for each in self._names.labelled(form, kind))
        return list(dict.fromkeys(each.iri for each in entries if self._is_entity(each)))

    def _is_said_of(self, iri: str, beside: Iterable[Words]) -> bool:
        """Return whether what stands before and after its name is told of a thing."""
        simple = ([self._names.simplified(word) for word in part] for part in beside)
        return all(is_told(part, self._told(iri)) for part in simple)

    def _told_of(self, iri: str) -> frozenset[str]:
        """Return what may stand beside a name: the kind, and the names of what the thing is part of."""
        told = set(self._kinds(iri))
        for whole in self._values(iri, chain.from_iterable(self.terms(p, _BELOW) for p in _WHOLES)):
            called = {"".join(words(text)) for text in self._texts(whole)}
            told |= called | {name + kind for name in called for kind in self._kinds(whole)}
        return frozenset(told)

    def _kinds_of(self, iri: str) -> frozenset[str]:
        own = self._values(iri, (_TYPE,))
        above = {wider for each in own for wider in self._terms(each, _WIDER, is_up=True)}
        return kinds(
            *(
                [t for iri in every for t in (local_name(iri), *self._texts(iri))]
                for every in (own, above)
            )
        )

    def _texts(self, iri: str) -> list[str]:
        """Return the names of a thing or class, in simplified characters."""
        return [self._names.simplified(each.text) for each in self._names.names_of(iri)]

    def _sure(self, iri: str, name: str, query: NameQuery) -> float:
        """Return how well a name fits that a thing has: another name needs the type, or the others."""
        proper = {plain(text) for text in self._values(iri, _PROPER)}
        others = [n.text for n in self._names.names_of(iri) if plain(n.text) != plain(name)]
        is_sure = query.types or not proper or plain(name) in proper or is_related(name, others)
        return 1.0 if is_sure else _HINT

    def _with_code(self, query: NameQuery) -> Iterator[tuple[str, float]]:
        """Yield the things of which the text is a code."""
        for name in dict.fromkeys(chain.from_iterable(self.terms(p, _BELOW) for p in _CODES)):
            quads = self._store.quads_for_pattern(
                None, ox.NamedNode(name), ox.Literal(query.text), None
            )
            for iri in {
                quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)
            }:
                if self._is_of(iri, query.kind):
                    yield iri, 1.0 if query.types else _HINT

    def _like(self, query: NameQuery) -> Iterator[tuple[str, float]]:
        """Yield what has a name like the text, or like what is left of it without a kind."""
        yield from self._hits(query.text, query)
        before, name, after = bare(words(query.text), self._is_class)
        for iri, score in self._hits(" ".join(name), query) if before or after else ():
            yield iri, score * (1.0 if self._is_said_of(iri, (before, after)) else _WITHOUT)

    def _is_class(self, word: str) -> bool:
        return bool(self._names.labelled(word, "class"))

    def _hits(self, text: str, query: NameQuery) -> Iterator[tuple[str, float]]:
        for hit in self._names.finder.find(text).hits:
            if hit.entry.kind == query.kind and self._is_entity(hit.entry):
                yield hit.entry.iri, min(hit.score, _HINT)

    def _is_of(self, iri: str, kind: EntityKind) -> bool:
        """Return whether what has a label is of this kind; what is no term is a thing."""
        if kind != "thing":
            return iri in self.known(kind)
        return not any(iri in self.known(other) for other in ("class", "property"))

    def _is_entity(self, entry: Entry) -> bool:
        """Return whether something is said of a thing; a term may be used without."""
        node = ox.NamedNode(entry.iri)
        quads = self._store.quads_for_pattern(node, None, None, None)
        return entry.kind != "thing" or next(quads, None) is not None

    def _of_kind(self, kind: EntityKind) -> frozenset[str]:
        return frozenset(self._names.of_kind(kind))

    def _values(self, iri: str, properties: Iterable[str]) -> list[str]:
        """Return the values of properties of a thing, each once."""
        patterns = ((ox.NamedNode(iri), ox.NamedNode(each), None, None) for each in properties)
        quads = (q for p in patterns for q in islice(self._store.quads_for_pattern(*p), _VALUES))
        return list(
            dict.fromkeys(
                q.object.value for q in quads if isinstance(q.object, (ox.NamedNode, ox.Literal))
            )
        )

    def _terms(
        self, iri: str, relation: ox.NamedNode = _WIDER, *, is_up: bool = False
    ) -> frozenset[str]:
        """Return a term and all below it, or above it, by a relation."""
        found = {iri: None}
        waiting = list(filter(None, [named_node(iri)]))
        while waiting and len(found) < _TERMS:
            node = waiting.pop()
            pattern = (node, relation, None, None) if is_up else (None, relation, node, None)
            quads = self._store.quads_for_pattern(*pattern)
            near = [quad.object if is_up else quad.subject for quad in quads]
            new = [each for each in near if isinstance(each, ox.NamedNode)]
            waiting += [each for each in new if each.value not in found]
            found.update(dict.fromkeys(each.value for each in new))
        return frozenset(found)
