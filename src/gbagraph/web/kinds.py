"""The queries that pages ask: files in the folder ``sparql`` of a package, in which variables are bound.

``?this`` is the thing that a page is about, ``?language`` the language of labels, ``?queries`` the graph
that describes the canned queries, which is not of the data of others, ``?evidence`` the pattern of the
classes of claims, passages and terms. Alone in IN, a variable can stand for several terms: well-known
ones, and those that a dataset declares to be below them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyoxigraph as ox

from gbagraph import publication
from gbagraph.dataset.identity import queries_graph
from gbagraph.names.texts import local_name
from gbagraph.paths import own_query
from gbagraph.rdf.namespaces import PREFIXES, expand
from gbagraph.rdf.results import Value, named, rows
from gbagraph.sparql.binding import pieces, render
from gbagraph.web import families_of_ontology as families
from gbagraph.web.templating import called, in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gbagraph.sparql.binding import Piece


def about(package: str, name: str, iri: str, **lists: Iterable[str]) -> str:
    """Return the query *name* of a subpackage for the thing with this IRI, and for *lists* of terms.

    Raises:
        ValueError: it is no IRI.
    """
    return of_thing(own_query(package, name), iri, **lists)


def of_thing(text: str, iri: str, **lists: Iterable[str]) -> str:
    """Return the query *text* for the thing with this IRI, and for *lists* of terms.

    Raises:
        ValueError: it is no IRI.
    """
    terms = {name: [f"<{term}>" for term in each] for name, each in lists.items()}
    given = {"this": [str(ox.NamedNode(iri))], **_everywhere(), **terms}
    return render(_pieces(text, *lists), given)


def of_terms(package: str, name: str, terms: Iterable[object]) -> str:
    """Return the query *name* of a subpackage for *terms*, in place of UNDEF in VALUES."""
    return own_query(package, name).replace("UNDEF", " ".join(map(str, terms)))


def of_dataset(package: str, name: str) -> str:
    """Return the query *name* of a subpackage for the whole dataset."""
    return render(_pieces(own_query(package, name)), _everywhere())


def _everywhere() -> dict[str, list[str]]:
    language = ox.Literal(publication.current().language)
    evidence = ox.Literal(EVIDENCE)
    return {
        "language": [str(language)],
        "queries": [str(queries_graph())],
        "evidence": [str(evidence)],
    }


@cache
def _pieces(text: str, *lists: str) -> tuple[Piece, ...]:
    return pieces(text, ["this", "language", "queries", "evidence", *lists])


EVIDENCE: Final = "|".join(
    (
        f"^{PREFIXES['ev']}",
        f"^{PREFIXES['gba']}(Claim|Paragraph|Section|SourceDocument)$",
        f"^{PREFIXES['rdf']}(Statement|Property|List)$",
        f"^{PREFIXES['rdfs']}(Class|Datatype)$|^{PREFIXES['sh']}",
        f"^{PREFIXES['owl']}([A-Za-z]*Property|Class|NamedIndividual|Restriction|Ontology|Axiom|AllD[A-Za-z]*)$",
        "^http://www.w3.org/ns/oa#",
        "^http://persistence.uni-leipzig.org/nlp2rdf/ontologies/nif-core#",
    )
)
"""A pattern of the classes of claims and passages, which say who says something, and of terms."""

COLOURS: Final = 8
"""Colours of families: the classes ``kind-1`` to ``kind-8`` of the style sheet."""

_MOST: Final = 0.75
"""The part of all classes above which a class is too general for a family."""


class Family(NamedTuple):
    """A family of kinds: the number of its colour, 0 of what belongs to none, and its name.

    *is_area*: a thing of the family is so large that no dot of a map is where it is.
    """

    number: int = 0
    name: str = ""
    is_area: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A class, the number of its instances, and one of them."""

    term: Value
    number: int
    example: Value


@dataclass(frozen=True)
class Kinds:
    """The classes that have instances, the largest first, and for each class those above it.

    Families have names in the first of *languages* that there is.
    """

    classes: tuple[Kind, ...]
    above: Mapping[str, frozenset[str]]
    languages: tuple[str, ...] = ("en",)

    def specific(self, types: Iterable[str]) -> list[str]:
        """Return those of *types* that say most: none of them is above another."""
        every = list(dict.fromkeys(types))
        general = {each for one in every for each in self.above.get(one, ())} - {
            one for one in every if one in self.above.get(one, ())
        }
        return [one for one in every if one not in general]

    def colour(self, kind: str) -> int:
        """Return the number of the colour of things of the class *kind*."""
        return self.family(kind).number

    def family(self, *types: str) -> Family:
        """Return the family of a class, or of a thing with these *types*: the first that they are in."""
        found = (self.families[top] for each in types if (top := self._top(each)) in self.families)
        first = min(found, default=Family())
        return first._replace(is_area=not families.areas().isdisjoint(types))

    @cached_property
    def families(self) -> dict[str, Family]:
        """The families by their classes: those that ``families.json`` names, and others by use."""
        declared = {
            iri: Family(number, next(names[tag] for tag in (*self.languages, "en") if tag in names))
            for iri, (number, names) in families.declared().items()
        }
        tops = dict.fromkeys(self._top(each) for each in self._used)
        taken = {declared[each].number for each in tops if each in declared}
        free = (number for number in range(1, COLOURS + 1) if number not in taken)
        names = {each.term.iri: called(each.term) for each in self.classes}
        others = [each for each in tops if each and each not in declared]
        return declared | {
            each: Family(number, names.get(each) or in_words(each))
            for each, number in zip(others, free, strict=False)
        }

    @property
    def present(self) -> list[Family]:
        """The families of which there are things."""
        return sorted({self.family(each) for each in self._used} - {Family()})

    @cached_property
    def _used(self) -> list[str]:
        """The classes of things, but for those of claims, passages and terms."""
        iris = (kind.term.iri or "" for kind in self.classes)
        return [iri for iri in iris if iri in families.declared() or not re.search(EVIDENCE, iri)]

    def _top(self, kind: str, general: frozenset[str] | None = None) -> str:
        """Return the class that makes the family of *kind*: one of the file, or the highest above it."""
        higher = {kind, *self.above.get(kind, ())}
        named = next(
            (
                each
                for each in (kind, *families.declared())
                if each in higher & families.declared().keys()
            ),
            "",
        )
        too_general = self._general if general is None else general
        own = {each for each in higher if _space(each) == _space(kind)} - too_general
        return named or min(
            (one for one in own if not own & self.above.get(one, frozenset()) - {one}), default=""
        )

    @cached_property
    def _general(self) -> frozenset[str]:
        """The classes to which nearly all others belong: what is directly below them makes families."""
        general: frozenset[str] = frozenset()
        while self._used:
            counts = Counter(self._top(each, general) for each in self._used)
            top, number = counts.most_common(1)[0]
            if number < 3 or number <= _MOST * len(self._used) or top in {"", *families.declared()}:
                break
            general |= {top}
        return general


NO_KINDS: Final = Kinds((), {})
"""The kinds of data in which they are not counted."""


def _space(iri: str) -> str:
    return iri.removesuffix(local_name(iri))


def read_kinds(counted: bytes, superclasses: bytes, languages: tuple[str, ...] = ("en",)) -> Kinds:
    """Return the kinds, from the answers to ``kinds`` and ``superclasses`` in SPARQL results JSON.

    The answers have labels of their IRIs; families are named in *languages*. Of an engine that knows no
    least IRI there are no kinds.
    """
    classes = tuple(
        Kind(named(row, "class"), int(row["number"]["value"]), named(row, "example"))
        for row in rows(counted)
        if "example" in row
    )
    return Kinds(classes, _above(rows(superclasses)), languages)


_IN_NO_IRI: Final = re.compile(r"[\x00-\x20<>\"{}|^`\\]")


def named_in(answers: Iterable[bytes]) -> set[str]:
    """Return the IRIs in the rows of answers, but for what other endpoints give as such and is none."""
    terms = (term for body in answers for row in rows(body) for term in row.values())
    iris = {term["value"] for term in terms if term["type"] == "uri"}
    return {iri for iri in iris if not _IN_NO_IRI.search(iri)}


def read_families(kinds: Kinds, iris: Iterable[str], types: bytes) -> dict[str, Family]:
    """Return the families of things and classes with these IRIs, from the answer to ``types``."""
    classes: dict[str, list[str]] = {iri: [iri] for iri in iris}
    for row in rows(types):
        classes[row["thing"]["value"]].append(row["kind"]["value"])
    families = {iri: kinds.family(*named) for iri, named in classes.items()}
    return {iri: family for iri, family in families.items() if family != Family()}


def _above(pairs: Iterable[Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """For each class all above it, also those above these."""
    direct: dict[str, list[str]] = {}
    for row in pairs:
        direct.setdefault(row["class"]["value"], []).append(row["above"]["value"])
    return {each: frozenset(reached(each, direct)) for each in direct}


_ABOVE: Final = expand("rdfs:subPropertyOf")
_RANGE: Final = expand("rdfs:range")
_DOMAIN: Final = expand("rdfs:domain")
_CLOSE: Final = expand("skos:closeMatch")
_INVERSE: Final = expand("owl:inverseOf")
BACKWARD: Final = expand("sh:inversePath")
_TYPE: Final = expand("rdf:type")


@dataclass(frozen=True, slots=True)
class Schema:
    """The properties of a dataset; of one that is not declared nothing is known.

    ``domains`` are the classes of the things that have a property, those above them too; ``close`` are
    the properties of other vocabularies that say nearly the same; ``names`` are the properties that are
    the inverse of another, with their labels; ``backward`` is what shapes call a property from its
    values; ``kinds`` are the classes.
    """

    _above: Mapping[str, tuple[str, ...]]
    _ranges: Mapping[str, tuple[str, ...]]
    domains: Mapping[str, tuple[str, ...]]
    close: Mapping[str, tuple[str, ...]]
    _inverses: Mapping[str, frozenset[str]]
    names: Mapping[str, Value]
    backward: Mapping[str, Value]
    kinds: Kinds

    def above(self, term: str) -> tuple[str, ...]:
        """Return the properties above *term*, at any height, the nearest first."""
        return self._above.get(term, ())

    def is_one_of(self, term: str, terms: Iterable[str]) -> bool:
        """Return whether *term* is one of *terms*, or below one."""
        known = tuple(terms)
        return term in known or not set(known).isdisjoint(self.above(term))

    def ranges(self, term: str) -> tuple[str, ...]:
        """Return the classes of which the values of *term* are, those above them too."""
        return self._ranges.get(term, ())

    def inverses(self, term: str) -> frozenset[str]:
        """Return the properties that hold from B to A where *term* holds from A to B."""
        each_way = (self._inverses.get(each, frozenset()) for each in (term, *self.above(term)))
        return frozenset[str]().union(*each_way)

    def inverse_name(self, term: str) -> Value | None:
        """Return what *term* is called from its values, by a shape or as its inverse, or None."""
        inverses = sorted(self._inverses.get(term, ()))
        names = (self.names[each] for each in inverses if each in self.names)
        return self.backward.get(term) or next(names, None)

    def with_all_below(self, terms: Iterable[str]) -> tuple[str, ...]:
        """Return these properties and all that are below one of them."""
        known = tuple(terms)
        below = (each for each, above in self._above.items() if not set(known).isdisjoint(above))
        return tuple(dict.fromkeys((*known, *below)))


def read_schema(
    results: bytes,
    kinds: Kinds,
    languages: tuple[str, ...],
    beside: Iterable[Mapping[str, Any]] = (),
) -> Schema:
    """Return the schema, from the answer to the query ``properties`` in SPARQL results JSON.

    *beside* are further rows. Names are in the first of *languages* in which there is one.
    """
    said: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    names: dict[str, Value] = {}
    backward: dict[str, list[Value]] = defaultdict(list)
    for row in (*rows(results), *beside):
        term, value = row["property"]["value"], row["value"]["value"]
        said[row["tells"]["value"]][term].append(value)
        if row["tells"]["value"] == _INVERSE:
            names |= {term: named(row, "property"), value: named(row, "value")}
        elif row["tells"]["value"] == BACKWARD:
            backward[term].append(Value(value, term, language=row["value"].get("xml:lang", "")))
    ranges, domains = (
        {term: _with_above(classes, kinds) for term, classes in said[tells].items()}
        for tells in (_RANGE, _DOMAIN)
    )
    order = {language: place for place, language in enumerate(languages)}
    return Schema(
        {term: reached(term, said[_ABOVE]) for term in said[_ABOVE]},
        ranges,
        domains,
        {term: tuple(close) for term, close in said[_CLOSE].items()},
        _both_ways(said),
        {iri: name for iri, name in names.items() if name.name},
        {
            term: min(every, key=lambda name: order.get(name.language, len(order)))
            for term, every in backward.items()
        },
        kinds,
    )


def reached(start: str, direct: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Return all that steps lead to from *start*, the nearest first."""
    steps: dict[str, None] = {}
    waiting = list(direct.get(start, ()))
    while waiting:
        each = waiting.pop(0)
        if each not in steps:
            steps[each] = None
            waiting += direct.get(each, ())
    return tuple(steps)


def _with_above(classes: Iterable[str], kinds: Kinds) -> tuple[str, ...]:
    return tuple(each for one in classes for each in (one, *sorted(kinds.above.get(one, ()))))


def _both_ways(said: Mapping[str, Mapping[str, list[str]]]) -> Mapping[str, frozenset[str]]:
    """Return the inverses; a symmetric property is its own."""
    both: dict[str, set[str]] = defaultdict(set)
    for term, inverses in said[_INVERSE].items():
        for each in inverses:
            both[term].add(each)
            both[each].add(term)
    for term in said[_TYPE]:
        both[term].add(term)
    return {term: frozenset(inverses) for term, inverses in both.items()}
