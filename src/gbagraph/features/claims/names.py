"""Names in the claims form: for which IRI a word stands, and by which word an IRI is written."""

from __future__ import annotations

import re
from collections import defaultdict
from difflib import get_close_matches
from functools import cache, cached_property
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import pyoxigraph as ox

from gbagraph.errors import BadParameter
from gbagraph.features.claims.ontology import published
from gbagraph.names.texts import local_name
from gbagraph.paths import in_one_line
from gbagraph.rdf.namespaces import PREFIXES, VOCABULARIES, expand, prefixed_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gbagraph.features.claims.model import Place

Use = Literal["subject", "kind", "property", "value", "type", "passage", "claim"]
"""Where in the form a name stands."""

PART: Final = r"[^\s\"“”「」<>|\uff5c,\uff0c、+\uff0b:\uff1a\[\]]++"
"""A bare word of the form, as a regular expression; it ends at punctuation, in Chinese too."""
GBA: Final = PREFIXES["gba"]
_SCHEMA: Final = PREFIXES["schema"]
CURRENCY: Final = "http://qudt.org/vocab/currency/"
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
_RESERVED: Final = {*BOUNDS, *LISTS, "stated", "inferred", "worded", "resolves", "fine", "as"}
_NAME: Final = re.compile(r"(?![\d.-]+\Z)\w[\w.-]*\Z")
_WRITTEN: Final = re.compile(rf"{_NAME.pattern}|{PART}:{PART}\Z")
_OTHERS: Final = {
    "type": "rdf:type",
    "label": "rdfs:label",
    "altLabel": "skos:altLabel",
    "comment": "rdfs:comment",
    "sameAs": "owl:sameAs",
    "closeMatch": "skos:closeMatch",
    "exactMatch": "skos:exactMatch",
}
_DATED: Final = [
    *("date", "start", "end", "deadline", "earliest", "latest"),
    *("onDate", "published", "anchorYear"),
]
"""The properties of gba: whose values are dates; their ranges are in its shapes."""
_SOUGHT, _AMONG, _LONGEST = 50, 3000, 60
"""For so many unknown names near ones are sought, each among so many; longer ones have none."""


class Term(NamedTuple):
    """A term: what it is, of which kinds its values are, its labels by language, its successor."""

    iri: str
    what: Literal["kind", "property", "individual"]
    ranges: frozenset[str]
    labels: Mapping[str, str]
    successor: str


class Names:
    """The names of one project: its bases, prefixes, ontologies, and the things that it declares.

    *own* is what the project's ontology says, whose terms come before those of gba:. *things* has the
    names of things, each with its kinds as written and the place of its first declaration. *foreign*
    returns the terms of schema.org with their ranges, where these are known.
    """

    def __init__(  # noqa: PLR0913  what a project may have
        self,
        base: str,
        *,
        passages: str = "",
        claims: str = "",
        prefixes: Mapping[str, str] | None = None,
        own: Iterable[ox.Quad] = (),
        language: str = "en",
        foreign: Callable[[], Mapping[str, set[str]]] = dict,
    ) -> None:
        self.base, self.document, self.language = base, f"{base}article", language.lower()
        self.passages, self.claims = passages or f"{base}article/", claims or f"{base}claim/"
        ours = {"gba": GBA, "ev": PREFIXES["ev"], "cur": CURRENCY}
        self.prefixes = {**VOCABULARIES, **ours, **(prefixes or {})}
        self.things: dict[str, tuple[tuple[str, ...], Place]] = {}
        self._own, self._sought, self._foreign = tuple(own), 0, foreign

    @cached_property
    def terms(self) -> Mapping[str, Term]:
        """The terms of gba: and of the project, by their IRI."""
        return {**_published(), **_terms(self._own)}

    @cached_property
    def _by_name(self) -> Mapping[str, str]:
        others = {name: expand(curie) for name, curie in _OTHERS.items()}
        every = {local_name(iri): iri for iri in self.terms}
        retired = {name: iri for name, iri in every.items() if self.terms[iri].successor}
        return {**retired, **others, **{k: v for k, v in every.items() if k not in retired}}

    @cached_property
    def _closed(self) -> set[str]:
        """The namespaces of the project's own terms: what is not declared there is a slip."""
        terms = (term.iri for term in self.terms.values() if term.what != "individual")
        return {iri.removesuffix(local_name(iri)) for iri in terms}.difference(
            VOCABULARIES.values()
        )

    def ranges(self, prop: str) -> frozenset[str]:
        """Return the kinds and types that the ontologies give the values of a property."""
        if prop.removeprefix(GBA) in _DATED:
            return frozenset((expand("xsd:date"),))
        if prop.startswith(_SCHEMA) and prop not in self.terms:
            by_name = {expand("xsd:date")} if prop.endswith("Date") else set()
            return frozenset(self._foreign().get(prop, by_name))
        return self.terms[prop].ranges if prop in self.terms else frozenset()

    def read(self, word: str, use: Use) -> str:
        """Return the IRI for which a word, a prefixed name or ``<iri>`` stands.

        Raises:
            BadParameter: there is none; the message names near ones, or the successor of a retired one.
        """
        try:
            return ox.NamedNode(self._found(word, use)).value
        except ValueError:
            raise BadParameter(self._why(word, use)) from None

    def _found(self, word: str, use: Use) -> str:
        """The IRI for which a name stands; empty if none fits."""
        if word.startswith("<"):
            return word[1:-1]
        if word == "article" and use != "claim":
            return self.document
        is_own = use in ("subject", "claim") or (use == "value" and word in self.things)
        if use == "passage" or (is_own and ":" not in word):
            has_dot = use == "passage" and "." in word
            is_name = word not in _RESERVED and _NAME.match(word) and not has_dot
            return self._space(use) + word if is_name else ""
        iri = self._iri(word)
        term = self.terms.get(iri)
        is_term = use in ("kind", "property")
        if term is None:
            is_slip = iri.startswith(self.base) or iri.removesuffix(local_name(iri)) in self._closed
            is_known = not (is_term and iri.startswith(_SCHEMA)) or iri in (
                self._foreign() or [iri]
            )
            return "" if iri.startswith(GBA) or (is_term and (is_slip or not is_known)) else iri
        is_other = is_term and term.what != use
        return "" if term.successor or is_other else iri

    def _space(self, use: Use) -> str:
        return {"passage": self.passages, "claim": self.claims}.get(use, self.base)

    def _iri(self, word: str) -> str:
        prefix, colon, local = word.partition(":")
        if not colon:
            return self._by_name.get(word, "")
        return self.prefixes[prefix] + local if prefix in self.prefixes else ""

    def _why(self, word: str, use: Use) -> str:
        """Why a name stands for nothing, and what would be right."""
        shown, (prefix, colon, _) = in_one_line(word, _LONGEST), word.partition(":")
        term, end = self.terms.get(self._iri(word)), word.rpartition(":")[2]
        if term:
            after = prefixed_name(term.successor, PREFIXES)
            is_other = f"{shown!r} is the name of: {term.what}. Here must stand: {use}."
            return f"{shown} is retired. Use {after}." if after else is_other
        if word.startswith("<"):
            return f"{shown} is no IRI. Write a whole one, such as <https://example.org/port>."
        if colon and prefix not in self.prefixes:
            return (
                f"The prefix of {shown} is unknown.{self._near(prefix, self.prefixes)} Declare it in "
                "gbagraph.toml. After the name of a thing, a colon is followed by a space."
            )
        if use not in _MISSING or word in _RESERVED:
            what = "a word of the form" if word in _RESERVED else "no name"
            return f"{shown!r} is {what}. Names have letters, digits and hyphens."
        if not _NAME.match(end):
            return f"{shown!r} is neither a number nor a date of the calendar, such as 1904-05-31."
        is_foreign = use != "value" and self._iri(word).startswith(_SCHEMA)
        pool = map(local_name, self._foreign()) if is_foreign else self._pool(use)
        return f"{shown!r} is {_MISSING['other' if is_foreign else use]}.{self._near(end, pool)}"

    def _pool(self, use: Use) -> Iterable[str]:
        what = "individual" if use == "value" else use
        current = (term for term in self.terms.values() if term.what == what and not term.successor)
        others = self.things if use == "value" else _OTHERS if use == "property" else ()
        return chain(others, (local_name(term.iri) for term in current))

    def _near(self, word: str, pool: Iterable[str]) -> str:
        """A sentence with the names that are nearly *word*; empty if there are none."""
        self._sought += 1
        if self._sought > _SOUGHT or len(word) > _LONGEST:
            return ""
        return near(word, islice(pool, _AMONG))

    def written(self, iri: str, use: Use) -> str:
        """Return how *iri* is written where it has this *use*: the shortest that reads as it."""
        words = "article", iri.removeprefix(self._space(use)), local_name(iri)
        for word in (*words, prefixed_name(iri, self.prefixes)):
            if word not in _RESERVED and _WRITTEN.match(word) and self._found(word, use) == iri:
                return word
        return f"<{iri}>"


_MISSING: Final = {
    "value": "neither a thing of the claims nor an individual of the ontology. Declare it on a line of "
    "its own, name: Kind. Texts stand in quote marks",
    "kind": "no kind of the ontology",
    "property": "no property of the ontology",
    "other": "no term of schema.org as it is known here; a newer one is written as a whole <IRI>",
}


def near(word: str, pool: Iterable[str]) -> str:
    """Return a sentence with the names in *pool* that are nearly *word*; empty if there are none."""
    folded = {each.casefold(): each for each in pool}
    alike = get_close_matches(word.casefold(), folded, n=3)
    return f" Did you mean {' or '.join(folded[each] for each in alike)}?" if alike else ""


@cache
def _published() -> Mapping[str, Term]:
    return {iri: term for iri, term in _terms(published()).items() if iri.startswith(GBA)}


def _terms(quads: Iterable[ox.Quad]) -> dict[str, Term]:
    """The terms of an ontology: what has a type there, but for the ontology itself."""
    values: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for quad in quads:
        if isinstance(quad.subject, ox.NamedNode):
            values[quad.subject.value][quad.predicate.value].append(quad.object)
    kind, ontology = expand("rdf:type"), ox.NamedNode(expand("owl:Ontology"))
    return {
        iri: _term(iri, said)
        for iri, said in values.items()
        if kind in said and ontology not in said[kind]
    }


def _term(iri: str, said: Mapping[str, list[Any]]) -> Term:
    types = {str(each) for each in said[expand("rdf:type")]}
    is_kind = any(each.endswith("#Class>") for each in types)
    is_property = any(each.endswith("Property>") for each in types)
    labels = (each for each in said[expand("rdfs:label")] if isinstance(each, ox.Literal))
    return Term(
        iri,
        "property" if is_property else "kind" if is_kind else "individual",
        frozenset(str(each)[1:-1] for each in said[expand("rdfs:range")]),
        {each.language or "": each.value for each in labels},
        "".join(each.value for each in said[expand("dcterms:isReplacedBy")][:1]),
    )
