"""Names in the claims form: for which IRI a word stands, and by which word an IRI is written."""

from __future__ import annotations

import re
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import pyoxigraph as ox

from gbagraph.errors import BadParameter
from gbagraph.paths import in_one_line, resource
from gbagraph.rdf.namespaces import PREFIXES, VOCABULARIES, expand, prefixed_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from gbagraph.features.claims.model import Place

Use = Literal["subject", "kind", "property", "value", "type", "passage", "claim"]
"""Where in the form a name stands."""
What = Literal["kind", "property", "individual"]

BOUNDS: Final = {
    "over": "MoreThan",
    "under": "LessThan",
    "atLeast": "AtLeast",
    "atMost": "AtMost",
    "about": "About",
}
"""The words before a number, and the individuals of gba: that they stand for."""
LISTS: Final = {"open": "openListOf", "whole": "closedListOf"}
"""The words after a list of values, and the properties of gba: that they stand for."""
BASES: Final = ("stated", "inferred", "worded")
_RESERVED: Final = {*BOUNDS, *LISTS, *BASES, "resolves", "fine", "as"}
_PART: Final = r"[^\s\"“”「」<>|｜,，、+＋:：\[\]]++"
WORD: Final = rf"{_PART}(?::{_PART})?"
"""A bare word of the form, or a prefixed name."""
_WORD: Final = re.compile(WORD)
_BARE: Final = re.compile(r"(?![\d.-]+\Z)\w[\w.-]*\Z")
_PASSAGE: Final = re.compile(r"\w[\w-]*\Z")
_OTHERS: Final = {
    "a": "rdf:type",
    "label": "rdfs:label",
    "altLabel": "skos:altLabel",
    "comment": "rdfs:comment",
    "sameAs": "owl:sameAs",
    "closeMatch": "skos:closeMatch",
    "exactMatch": "skos:exactMatch",
}
_TOLD, _LOOKED_AT, _LONGEST = 50, 3000, 60
"""For so many unknown names near ones are sought, each among so many; longer ones have none."""


class Term(NamedTuple):
    """A term of an ontology: what it is, what its values are, its labels by language, its successor."""

    iri: str
    what: What
    types: frozenset[str]
    ranges: frozenset[str]
    labels: Mapping[str, str]
    successor: str


class Names:
    """The names of one project: its bases, its prefixes, its ontologies, and the things declared.

    *ontologies* are the project's own files of terms, which come before those of gba:. *things* maps the
    names of things, as they are declared, to their kinds as written and to the place of the first.
    """

    def __init__(
        self,
        base: str,
        *,
        passages: str = "",
        claims: str = "",
        prefixes: Mapping[str, str] | None = None,
        ontologies: Sequence[Path] = (),
        language: str = "en",
    ) -> None:
        self.base, self.document, self.language = base, f"{base}article", language
        self.passages, self.claims = passages or f"{base}article/", claims or f"{base}claim/"
        own = {name: PREFIXES[name] for name in ("gba", "ev")}
        own["cur"] = "http://qudt.org/vocab/currency/"
        self.prefixes = {**VOCABULARIES, **own, **(prefixes or {})}
        self.things: dict[str, tuple[tuple[str, ...], Place]] = {}
        self._ontologies = tuple(ontologies)
        self._near: dict[tuple[str, Use], str] = {}

    @cached_property
    def terms(self) -> Mapping[str, Term]:
        """The terms of gba: and of the project, by their IRI."""
        found = dict(_published())
        for path in self._ontologies:
            found.update((term.iri, term) for term in _terms(path))
        return found

    @cached_property
    def _by_name(self) -> Mapping[str, Term]:
        others = (Term(expand(each), "property", *_NOTHING) for each in _OTHERS.values())
        found = dict(zip(_OTHERS, others, strict=True))
        found.update((re.sub(r"^.*[/#]", "", iri), term) for iri, term in self.terms.items())
        return found

    def read(self, word: str, use: Use) -> str:
        """Return the IRI for which a word, a prefixed name or ``<iri>`` stands.

        Raises:
            BadParameter: there is none; the message names near ones, or the successor of a retired one.
        """
        if word.startswith("<"):
            return _checked(word[1:-1])
        if ":" in word:
            return self._prefixed(word, use)
        if use == "type":
            raise BadParameter(f"{_quoted(word)} is no type. Write one such as xsd:date.")
        if use in ("kind", "property"):
            return self._term(word, use)
        if word == "article" and use != "claim":
            return self.document
        return self._own(word, use)

    def _own(self, word: str, use: Use) -> str:
        if use == "value" and word not in self.things:
            return self._term(word, use)
        if word in _RESERVED or not (_PASSAGE if use == "passage" else _BARE).match(word):
            raise BadParameter(
                f"{_quoted(word)} cannot be a name here. A name has letters, digits and hyphens, and is "
                "no word of the form."
            )
        spaces = {"passage": self.passages, "claim": self.claims}
        return _checked(spaces.get(use, self.base) + word)

    def _prefixed(self, word: str, use: Use) -> str:
        prefix, _, local = word.partition(":")
        if prefix not in self.prefixes:
            raise BadParameter(
                f"The prefix {_quoted(prefix)} is unknown.{_meant(prefix, self.prefixes)} Declare it in "
                "gbagraph.toml, or write the whole IRI as <…>. After the name of a thing, its colon is "
                "followed by a space."
            )
        iri = _checked(self.prefixes[prefix] + local)
        if iri in self.terms:
            return _fitting(self.terms[iri], use)
        if prefix == "gba":
            raise BadParameter(self._unknown(local, use))
        return iri

    def _term(self, word: str, use: Use) -> str:
        if word not in self._by_name:
            raise BadParameter(self._unknown(word, use))
        return _fitting(self._by_name[word], use)

    def _unknown(self, word: str, use: Use) -> str:
        if (word, use) not in self._near:
            pool = self._pool(use) if len(self._near) < _TOLD else ()
            self._near[word, use] = _meant(word, pool)
        missing = {
            "value": "neither a thing of the claims nor an individual of the ontology. Declare it: a line "
            f"{_quoted(word, '')}: KIND. A text stands in quote marks",
            "kind": "no kind of the ontology",
            "property": "no property of the ontology",
        }
        return f"{_quoted(word)} is {missing[use]}.{self._near[word, use]}"

    def _pool(self, use: Use) -> Iterator[str]:
        what = "individual" if use == "value" else use
        yield from self.things if use == "value" else ()
        terms = self._by_name.items()
        yield from (name for name, term in terms if term.what == what and not term.successor)

    def written(self, iri: str, use: Use) -> str:
        """Return how *iri* is written where it has this *use*: the shortest that reads as it."""
        local = re.sub(r"^.*[/#]", "", iri)
        for word, is_it in (
            (self._short(iri, use), True),
            (local, use in ("kind", "property", "value") and self._is_term(local, iri)),
        ):
            if is_it and word not in _RESERVED and _BARE.match(word) and self._fits(iri, use):
                return word
        word = prefixed_name(iri, self.prefixes)
        is_ours = iri.startswith(PREFIXES["gba"]) and iri not in self.terms
        return (
            word if _WORD.fullmatch(word) and not is_ours and self._fits(iri, use) else f"<{iri}>"
        )

    def _short(self, iri: str, use: Use) -> str:
        """The end of *iri* where it stands for it."""
        space = {"passage": self.passages, "claim": self.claims}.get(use, self.base)
        if iri == self.document and use != "claim":
            return "article"
        word = iri[len(space) :] if iri.startswith(space) else ""
        if use == "passage":
            return word if word != "article" and _PASSAGE.match(word) else ""
        return (
            word if use in ("subject", "claim") or (use == "value" and word in self.things) else ""
        )

    def _is_term(self, name: str, iri: str) -> bool:
        found = self._by_name.get(name)
        return found is not None and found.iri == iri and name not in self.things

    def _fits(self, iri: str, use: Use) -> bool:
        term = self.terms.get(iri)
        return not term or not (
            term.successor or (use in ("kind", "property") and term.what != use)
        )


_NOTHING: Final = (frozenset[str](), frozenset[str](), dict[str, str](), "")


def _checked(iri: str) -> str:
    try:
        return ox.NamedNode(iri).value
    except ValueError as problem:
        raise BadParameter(
            f"{_quoted(iri)} is no IRI. Write a whole one, such as <https://example.org/port>."
        ) from problem


def _fitting(term: Term, use: Use) -> str:
    """The IRI of a term, if it is current and of the kind that is wanted."""
    name = prefixed_name(term.iri, PREFIXES) or f"<{term.iri}>"
    if term.successor:
        after = prefixed_name(term.successor, PREFIXES) or f"<{term.successor}>"
        raise BadParameter(f"{name} is retired. Use {after}.")
    if use in ("kind", "property") and term.what != use:
        article = "an" if term.what == "individual" else "a"
        raise BadParameter(f"{name} is {article} {term.what}; here a {use} must stand.")
    return term.iri


def _quoted(word: str, mark: str = "'") -> str:
    return f"{mark}{in_one_line(word, _LONGEST)}{mark}"


def _meant(word: str, pool: Iterable[str]) -> str:
    """A sentence with the names that are nearly *word*; empty if there are none."""
    from difflib import get_close_matches
    from itertools import islice

    if len(word) > _LONGEST:
        return ""
    folded = {each.casefold(): each for each in islice(pool, _LOOKED_AT)}
    near = get_close_matches(word.casefold(), folded, n=3)
    return f" Did you mean {' or '.join(folded[each] for each in near)}?" if near else ""


@cache
def _published() -> Mapping[str, Term]:
    terms = _terms(resource("ontology", "gba.ttl"))
    return {term.iri: term for term in terms if term.iri.startswith(PREFIXES["gba"])}


def _terms(path: Path) -> list[Term]:
    """The terms of an ontology: what has a type there, but for the ontology itself."""
    store = ox.Store()
    store.load(path=str(path), format=ox.RdfFormat.TURTLE)
    kind = ox.NamedNode(expand("rdf:type"))
    subjects = {quad.subject for quad in store.quads_for_pattern(None, kind, None)}
    named = (each for each in subjects if isinstance(each, ox.NamedNode))
    terms = (_described(store, subject) for subject in sorted(named, key=str))
    return [term for term in terms if expand("owl:Ontology") not in term.types]


def _described(store: ox.Store, subject: ox.NamedNode) -> Term:
    def values(name: str) -> Iterator[ox.NamedNode | ox.Literal]:
        for quad in store.quads_for_pattern(subject, ox.NamedNode(expand(name)), None):
            if isinstance(quad.object, ox.NamedNode | ox.Literal):
                yield quad.object

    types = frozenset(value.value for value in values("rdf:type"))
    labels = [value for value in values("rdfs:label") if isinstance(value, ox.Literal)]
    what: What = "individual"
    if any(each.endswith("Property") for each in types):
        what = "property"
    elif types & {expand("owl:Class"), expand("rdfs:Class")}:
        what = "kind"
    return Term(
        subject.value,
        what,
        types,
        frozenset(value.value for value in values("rdfs:range")),
        {label.language or "": label.value for label in labels},
        next((value.value for value in values("dcterms:isReplacedBy")), ""),
    )
