"""Which things the text of a cell names, and how surely.

Beside a name may stand an article, a kind, the legal form of a company, or that in which a place lies.
Kinds are in the data, as labels of classes; articles, legal forms and kinds in pinyin are listed here.
"""

from __future__ import annotations

import re
from functools import cache, partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.names import index
from gbagraph.names.index import names_of
from gbagraph.names.texts import likeness, local_name, plain, spaced
from gbagraph.rdf.dataset import named_node
from gbagraph.rdf.namespaces import LABELS, expand, in_full

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gbagraph.features.reconcile.jobs import EntityKind, NameQuery
    from gbagraph.names.matching import Entry
    from gbagraph.rdf.dataset import Dataset
    from gbagraph.rdf.results import Term

    Words = Sequence[str]


_MOST: Final = 16
"""Words of a cell that is read as a name and words beside it; a Chinese sign is a word."""
_WORD: Final = re.compile(r"[\u2e80-\U0003ffff]|[^\s\u2e80-\U0003ffff]+")
_SIGN: Final = "\u2e80"
"""Where the scripts begin that have no spaces between words."""
_APOSTROPHE: Final = re.compile("['\u2019]")
_SHORT: Final = 4
"""Letters of a kind's name, at least, when it is cut short: *Distr.*, *Prov.*"""
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
_LISTED: Final = re.compile("[(\uff08](?:[A-Z]+[:\uff1a] ?\\w+|\\d{3,6}\\.[A-Z]{2})[)\uff09]")
"""The sign of a stock, as it stands after the name of a company."""
_PINYIN: Final = dict(
    re.findall(r"(\w)(\w+)", "国guo 省sheng 市shi 区qu 县xian 镇zhen 乡xiang 村cun 州zhou 岛dao")
)
"""The last signs of kinds of places, as they are written in Latin letters."""
_FIRMS: Final = frozenset(
    ("business", "company", "corporation", "enterprise", "firm", "organisation", "organization")
)
"""Names of classes whose things may have a legal form."""


def words(text: str) -> list[str]:
    """Return the words of *text* without case and accents; of a script without spaces, its signs."""
    return _WORD.findall(spaced(_APOSTROPHE.sub("", text)))


def readings(text: str) -> Iterator[tuple[str, Words, Words]]:
    """Yield each part of *text* as a name, with the words around it: the longest parts first."""
    every = words(_LISTED.sub(" plc", text).replace("&", f" {_AND} "))
    for length in range(len(every) if len(every) <= _MOST else 0, 0, -1):
        for start in range(len(every) - length + 1):
            name, beside = every[start:][:length], (every[:start], every[start + length :])
            without = [word for word in name if word != _AND]
            yield from ((" ".join(each), *beside) for each in (name, without)[: 1 + (_AND in name)])


def bare(text: Words, is_kind: Callable[[str], object]) -> tuple[Words, Words, Words]:
    """Part *text* from the articles, legal forms and kinds before and after it."""
    beside = _SMALL | _FORMS
    telling = [n for n, word in enumerate(text) if word not in beside and not is_kind(word)]
    first, last = (telling[0], telling[-1] + 1) if telling else (0, len(text))
    return text[:first], text[first:last], text[last:]


def kinds(labels: Iterable[str], wider: Iterable[str]) -> frozenset[str]:
    """Return what may stand beside names of things of classes with these *labels*, and *wider* ones.

    That is a label, its initials, a word of at least four letters with which one begins, or its last
    sign in a script without spaces, also in pinyin; for a company, a legal form.
    """
    own = [words(label) for label in labels]
    initials = [[word[0] for word in each] for each in own]
    begun = [word[:n] for word, *more in own if not more for n in range(_SHORT, len(word))]
    signs = [each[-1] for each in own if each[-1:] >= [_SIGN]]
    texts = {"".join(each) for each in (*own, *initials, *map(words, wider))}
    texts.update(begun, signs, filter(None, map(_PINYIN.get, signs)))
    return frozenset(texts | _FORMS if texts & _FIRMS else texts)


def are_said(beside: Words, said: frozenset[str]) -> bool:
    """Return whether words beside a name are articles, or are *said* of the thing."""
    return not beside or any(
        are_said(beside[end:], said)
        for end in range(1, len(beside) + 1)
        if "".join(beside[:end]) in said | _SMALL
    )


TYPE: Final = ox.NamedNode(expand("rdf:type"))
WIDER: Final = ox.NamedNode(expand("rdfs:subClassOf"))
_BELOW: Final = ox.NamedNode(expand("rdfs:subPropertyOf"))
_TERMS: Final = 10_000
"""Classes or properties below one, or above it, that are taken as that one."""
_WITH_KIND: Final = 0.99
"""How well a name fits beside which only what is said of the thing stands."""
_HINT: Final = 0.97
"""How well a code fits, or another name that is quite unlike the rest: no match by itself."""
_UNLIKE: Final = 0.5
_LONG: Final = 4
"""Words of a name that nothing else will have by chance, however unlike the others it is."""
_PART: Final = 0.77
"""How well the longest name fits that stands after other words, where nothing is said of these."""
_WITHOUT: Final = 0.9
"""What a name counts that is like the text, but for a word that names another kind."""
_CODES: Final = tuple(map(expand, ("skos:notation", "dcterms:identifier", "schema:identifier")))
_WHOLES: Final = tuple(map(expand, ("schema:containedInPlace", "dcterms:isPartOf")))
_PROPER: Final = tuple(n for n in LABELS if not n.endswith(("#altLabel", "/alternateName")))


def values(
    store: Dataset, iri: str, predicate: ox.NamedNode | None, most: int | None = None
) -> list[Term]:
    """Return the values of a property of *iri*, each once, from *most* triples; none for no IRI."""
    node = named_node(iri)
    quads = store.quads_for_pattern(node, predicate, None, None) if node and predicate else ()
    return list(dict.fromkeys(quad.object for quad in islice(quads, most)))


def terms(
    store: Dataset, iri: str, relation: ox.NamedNode, *, is_up: bool = False
) -> list[ox.NamedNode]:
    """Return a class or property and all below it by *relation*, or above it."""
    waiting: list[Any] = list(filter(None, [named_node(iri)]))
    taken: dict[ox.NamedNode, None] = {}
    while waiting and len(taken) < _TERMS:
        node = waiting.pop()
        if isinstance(node, ox.NamedNode) and node not in taken:
            taken[node] = None
            ends = (node, relation, None, None) if is_up else (None, relation, node, None)
            waiting += [q.object if is_up else q.subject for q in store.quads_for_pattern(*ends)]
    return list(taken)


class Naming:
    """Reads which things a text names in one store; what several texts need is read once."""

    def __init__(self, store: Dataset) -> None:
        self._store, self._names = store, names_of(store)
        self._values, self._terms = partial(values, store), cache(partial(terms, store))
        self._kinds, self._told = cache(self._kinds_of), cache(self._told_of)
        self._signs, self._telling = cache(self._last_signs), cache(self._telling_of)
        self._codes, self._wholes = (
            dict.fromkeys(each for name in names for each in self._terms(name, _BELOW))
            for names in (_CODES, _WHOLES)
        )
        self._known = cache(lambda kind: frozenset(self._names.of_kind(kind)))

    def named(self, query: NameQuery) -> list[tuple[str, float]]:
        """Return what *query* names, and how well its name fits from 0 to 1, the best first."""
        # Without an index of names, there may be others of this name in another spelling.
        most = _HINT if index.state() else 1.0
        scores: dict[str, float] = {}
        sure = chain(self._exactly(query), self._with_code(query), self._hits(query.text, query))
        for iri, score in chain(sure, self._nearly(query, scores)):
            scores[iri] = max(min(score, most), scores.get(iri, 0.0))
        return sorted(scores.items(), key=lambda each: (-each[1], each[0]))

    def _exactly(self, query: NameQuery) -> Iterator[tuple[str, float]]:
        """Yield what has the name, or the longest part of it beside which nothing else is said."""
        labelled = (iri for iri in self._names.exactly(query.text) if self._is_of(iri, query.kind))
        yield from ((iri, self._sure(iri, query.text, query)) for iri in labelled)
        parts: list[str] = []
        for name, *beside in readings(query.text):
            called = self._called(name, query)
            meant = [iri for iri in called if self._is_said_of(iri, self._told, *beside)]
            most = _WITH_KIND if any(beside) else 1.0
            yield from ((i, min(self._sure(i, name, query, *beside), most)) for i in meant)
            if meant or query.kind != "thing":
                return
            parts = parts or called[: len(called) * bool(beside[0])]
        yield from ((iri, _PART) for iri in parts)

    def _called(self, name: str, query: NameQuery) -> list[str]:
        """Return what has a name, in any case and script; the last sign of its type may be missing."""
        if not plain(name):
            return []
        simple = self._names.simplified(name)
        forms = {name, simple}
        if name[-1] >= _SIGN:
            forms.update(simple + sign for each in query.types for sign in self._signs(each))
        entries = (each for form in forms for each in self._names.labelled(form, query.kind))
        return list(dict.fromkeys(each.iri for each in entries if self._is_entity(each)))

    def _last_signs(self, kind: str) -> list[str]:
        """Return the last signs of the labels of a class in a script without spaces."""
        return [each for each in kinds(self._texts_of(in_full(kind)), ()) if each in _PINYIN]

    def _is_said_of(self, iri: str, said: Callable[[str], frozenset[str]], *beside: Words) -> bool:
        """Return whether what stands before and after its name is *said* of a thing."""
        simple = ([self._names.simplified(word) for word in part] for part in beside)
        return all(not part or are_said(part, said(iri)) for part in simple)

    def _told_of(self, iri: str) -> frozenset[str]:
        """Return what may stand beside a name: kinds, other names, and those of what is around."""
        around = (w for name in self._wholes for w in self._values(iri, name))
        every = {iri, *(each.value for each in around if isinstance(each, ox.NamedNode))}
        return self._kinds(iri).union(*map(self._telling, every))

    def _telling_of(self, iri: str) -> frozenset[str]:
        """Return the names of a thing, and codes that are no numbers, also with a kind behind."""
        every = (each for name in self._codes for each in self._values(iri, name))
        codes = (each.value for each in every if isinstance(each, ox.Literal))
        texts = (*self._texts_of(iri), *(code for code in codes if not code.isdecimal()))
        called = {"".join(words(text)) for text in texts}
        return frozenset(called | {name + kind for name in called for kind in self._kinds(iri)})

    def _kinds_of(self, iri: str) -> frozenset[str]:
        own = [each.value for each in self._values(iri, TYPE) if isinstance(each, ox.NamedNode)]
        above = {wider.value for each in own for wider in self._terms(each, WIDER, is_up=True)}
        return kinds(*(chain.from_iterable(map(self._texts_of, each)) for each in (own, above)))

    def _texts_of(self, iri: str) -> list[str]:
        """Return the end of an IRI and its labels, in simplified characters."""
        labels = (self._names.simplified(each.text) for each in self._names.names_of(iri))
        return [local_name(iri), *labels]

    def _sure(self, iri: str, name: str, query: NameQuery, *beside: Words) -> float:
        """Return how well a name fits that a thing has.

        A short one that is unlike the rest needs the type, or more beside it than the kind.
        """
        labels = (label for name in _PROPER for label in self._values(iri, ox.NamedNode(name)))
        proper = [each.value for each in labels if isinstance(each, ox.Literal)]
        rest = (n.text for n in self._names.names_of(iri) if plain(n.text) != plain(name))
        is_proper = not proper or plain(name) in map(plain, proper)
        is_sure = is_proper or query.types or len(words(name)) >= _LONG
        is_placed = not self._is_said_of(iri, self._kinds, *beside)
        is_like = is_sure or is_placed or any(likeness(name, each) >= _UNLIKE for each in rest)
        return 1.0 if is_like else _HINT

    def _with_code(self, query: NameQuery) -> Iterator[tuple[str, float]]:
        """Yield the things of which the text is a code."""
        things = (
            quad.subject.value
            for code in self._codes
            for quad in self._store.quads_for_pattern(None, code, ox.Literal(query.text), None)
            if isinstance(quad.subject, ox.NamedNode)
        )
        score = 1.0 if query.types else _HINT
        yield from ((iri, score) for iri in things if self._is_of(iri, query.kind))

    def _nearly(self, query: NameQuery, scores: Mapping[str, float]) -> Iterator[tuple[str, float]]:
        """Yield what is like the text without the kind, unless something in *scores* is named."""
        before, name, after = bare(
            words(query.text), lambda word: self._names.labelled(word, "class")
        )
        if (before or after) and max(scores.values(), default=0.0) < _PART:
            for iri, score in self._hits(" ".join(name), query):
                is_said = self._is_said_of(iri, self._told, before, after)
                yield iri, score * (1.0 if is_said else _WITHOUT)

    def _hits(self, text: str, query: NameQuery) -> Iterator[tuple[str, float]]:
        for each in self._names.finder.find(text).hits:
            if each.entry.kind == query.kind and self._is_entity(each.entry):
                yield each.entry.iri, min(each.score, _HINT)

    def _is_of(self, iri: str, kind: EntityKind) -> bool:
        """Return whether what has a label is of this kind; what is no term is a thing."""
        known = [other for other in ("class", "property") if iri in self._known(other)]
        return kind in known or (kind == "thing" and not known)

    def _is_entity(self, entry: Entry) -> bool:
        """Return whether something is said of a thing; a term may be used without."""
        said = self._store.quads_for_pattern(ox.NamedNode(entry.iri), None, None, None)
        return entry.kind != "thing" or any(said)
