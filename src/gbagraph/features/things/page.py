"""The page of a thing as its template needs it: facts in groups, and what the thing is in."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gbagraph.features.things import meanings
from gbagraph.features.things.facts import without_repeats
from gbagraph.features.things.meanings import TYPE
from gbagraph.features.things.nodes import NOTHING, degrees
from gbagraph.rdf import namespaces
from gbagraph.rdf.namespaces import BASES, LABELS, LISTS, PREFIXES, of_evidence
from gbagraph.rdf.results import Value, named, rows, value_of
from gbagraph.web.kinds import about, reached
from gbagraph.web.table import of_proof

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gbagraph.features.things.facts import Fact
    from gbagraph.features.things.nodes import Node
    from gbagraph.web.kinds import Schema


_CLAIM: Final = tuple(PREFIXES["rdf"] + name for name in ("subject", "predicate", "object"))

_BASES: Final = {**BASES, **dict.fromkeys(of_evidence("note"), "note")}

_WEAKEST: Final = ("", "stated", "asserted", "ours", "follows", "inferred")
"""How facts are known, the weakest last."""

_CLAIMS: Final = frozenset((*of_evidence("Claim"), PREFIXES["rdf"] + "Statement"))


@dataclass(frozen=True, slots=True)
class Line:
    """A fact, and what is known of the node that is its value."""

    fact: Fact
    node: Node = NOTHING

    @property
    def rests(self) -> tuple[tuple[str, Fact], ...]:
        """The fact, and those of the number and date shown with it, with the IRI of the node."""
        return ("", self.fact), *((self.fact.value.iri or "", fact) for fact in self.node.shown)

    @property
    def basis(self) -> str:
        """How what is shown is known: as the weakest of its facts."""
        return max((fact.basis for _, fact in self.rests), key=_WEAKEST.index)


@dataclass(frozen=True, slots=True)
class Lines:
    """The facts with one property, those of the main source first.

    Of what points at the thing, *inverse* is the property that leads back, if it has a name.
    """

    relation: Value
    lines: tuple[Line, ...]
    inverse: Value | None = None
    listing: str = ""
    """Whether the data say that it is an ``open`` list, which names only some, or a ``closed`` one."""

    @property
    def asserted(self) -> tuple[Line, ...]:
        """Those that somebody says."""
        return tuple(line for line in self.lines if not line.fact.derived)


@dataclass(frozen=True, slots=True)
class Thing:
    """What a page says of the thing *iri*.

    *names* are its other names with their languages, *sentence* says what it is, *quotation* is its own
    text; *groups* are its facts by what they say, *pointing* is what has it as value, *copies* and
    *differing* are as in ``Distinct``.
    """

    iri: str
    name: Value
    names: tuple[Value, ...]
    sentence: Line | None
    quotation: Line | None
    types: tuple[str, ...]
    kinds: tuple[Value, ...]
    groups: Mapping[str, tuple[Lines, ...]]
    pointing: tuple[Lines, ...]
    copies: tuple[Lines, ...]
    differing: tuple[Lines, ...]
    claim: tuple[Line, Line, Line] | None
    """Subject, property and object of the fact that it is a claim about, if it is one."""
    is_document: bool = False
    """Whether it has a place in a document, or parts as documents have."""

    @property
    def every(self) -> tuple[Lines, ...]:
        """All that is said of it and with it, what differs last."""
        groups = (lines for group in self.groups.values() for lines in group)
        return *groups, *self.pointing, *self.copies, *self.differing

    @property
    def claim_says(self) -> dict[str, tuple[Line, ...]]:
        """Of a claim, on what it rests and why, by the name of the basis, and ``note``."""
        forward = (lines for lines in self.every if lines.lines[0].fact.forward)
        said = {_BASES.get(lines.relation.iri or ""): lines.lines for lines in forward}
        return {basis: lines for basis, lines in said.items() if basis}

    @property
    def claim_why(self) -> str:
        """Of a claim, the query string of ``/why`` for the fact that it is about."""
        if self.claim is None:
            return ""
        return of_proof(*(dict(line.fact.terms[1]) for line in self.claim))


def thing(
    iri: str,
    facts: Iterable[Fact],
    nodes: Mapping[str, Node],
    schema: Schema,
    languages: tuple[str, ...],
) -> Thing:
    """Return the page of *iri* in the first of *languages* in which there is something."""
    every = tuple(facts)
    types = {fact.value.iri: fact.value for fact in every if fact.forward and fact.term == TYPE}
    most = schema.kinds.specific(each for each in types if each)
    once = without_repeats(every, schema, most)
    claim = _claim(every, nodes)
    sentence = _sentence(once.facts, languages, meanings.COMMENTS)
    quotation = _sentence(once.facts, languages, meanings.QUOTED)
    lists = {fact.value.iri: LISTS[fact.term] for fact in once.facts if fact.term in LISTS}
    evidence = {fact.term for fact in every if fact.is_evidence}
    hidden = {
        *BASES,
        *LISTS,
        *evidence,
        *meanings.QUOTED,
        *(meanings.COMMENTS if sentence else ()),
    }
    names = _names(every, languages)
    name = names[0] if names else Value(_end_of(iri))
    facts_shown = (fact for fact in once.facts if claim or fact.term not in hidden)
    shown = _in_one_language(facts_shown, languages)
    # What other sources say otherwise is a date, and not the days that it is reckoned as.
    bounds = [fact for fact in once.differing if fact.term in meanings.BOUNDS]
    return Thing(
        iri,
        name,
        tuple({each.text: each for each in reversed(names) if each.text != name.text}.values())[
            ::-1
        ],
        sentence,
        quotation,
        tuple(each for each in types if each),
        tuple(types[each] for each in most),
        _groups([*shown, *bounds], nodes, schema, lists),
        _pointing([fact for fact in once.pointing if fact.term not in evidence], nodes, schema),
        _by_property(once.copies, nodes),
        _by_property([fact for fact in once.differing if fact not in bounds], nodes, schema),
        claim,
        any(
            schema.is_one_of(fact.term, (meanings.PART_OF, meanings.POSITION)[fact.forward])
            for fact in every
        ),
    )


def _in_one_language(facts: Iterable[Fact], languages: tuple[str, ...]) -> list[Fact]:
    """Return *facts*; of texts of the same property, those in the best language, but for names.

    A translation rests on what the text rests on that it stands for.
    """
    every = list(facts)
    best: dict[str, Fact] = {}
    for fact in filter(_is_text, every):
        said = best.setdefault(fact.term, fact)
        if _rank(fact.value, languages) < _rank(said.value, languages):
            best[fact.term] = fact
    kept = []
    for fact in every:
        said = best.get(fact.term, fact)
        is_best = _rank(fact.value, languages) == _rank(said.value, languages)
        if is_best or fact.term in LABELS or not _is_text(fact):
            kept.append(fact)
        elif not said.evidence:
            said.rest_on(fact)
    return kept


def _is_text(fact: Fact) -> bool:
    return bool(fact.value.language) and not fact.value.iri


def _names(facts: Iterable[Fact], languages: tuple[str, ...]) -> list[Value]:
    """Return the names, the best first: by property, then by language."""
    named_by = [
        fact for fact in facts if fact.forward and fact.term in LABELS and not fact.value.iri
    ]
    named_by.sort(key=lambda fact: (_rank(fact.value, languages), LABELS.index(fact.term)))
    main = [fact.value for fact in named_by if fact.term not in _OTHER_NAMES]
    other = [fact.value for fact in named_by if fact.term in _OTHER_NAMES]
    return list(dict.fromkeys(main + other))


_OTHER_NAMES: Final = frozenset(
    meanings.iris("skos:altLabel schema:alternateName sdo:alternateName")
)


def _rank(value: Value, languages: tuple[str, ...]) -> int:
    tag = value.language.lower()
    for place, language in enumerate(languages):
        if tag == language or tag.split("-")[0] == language:
            return place
    return len(languages) + bool(tag)


def _sentence(
    facts: Iterable[Fact], languages: tuple[str, ...], terms: tuple[str, ...]
) -> Line | None:
    """Return the text on the thing that fits the languages best, by the first of *terms*."""
    comments = [fact for fact in facts if fact.term in terms and not fact.value.iri]
    comments.sort(key=lambda fact: (_rank(fact.value, languages), terms.index(fact.term)))
    return Line(comments[0]) if comments else None


def _end_of(iri: str) -> str:
    return re.split("[/#]", iri.removeprefix(namespaces.base()).rstrip("/#"))[-1] or iri


def _claim(facts: Iterable[Fact], nodes: Mapping[str, Node]) -> tuple[Line, Line, Line] | None:
    by_term = {fact.term: fact for fact in facts if fact.forward}
    if not all(term in by_term for term in _CLAIM):
        return None
    subject, predicate, value = (_line(by_term[term], nodes) for term in _CLAIM)
    return subject, predicate, value


# --- Groups --------------------------------------------------------------------------------------


def _groups(
    facts: Iterable[Fact],
    nodes: Mapping[str, Node],
    schema: Schema,
    lists: Mapping[str | None, str],
) -> dict[str, tuple[Lines, ...]]:
    groups: dict[str, list[Lines]] = {}
    for lines in _by_property(sorted(facts, key=lambda fact: fact.is_wider), nodes):
        listing = lists.get(lines.relation.iri, "")
        groups.setdefault(_group(lines, schema), []).append(replace(lines, listing=listing))
    return {group: tuple(several) for group, several in groups.items()}


def _pointing(
    facts: Iterable[Fact], nodes: Mapping[str, Node], schema: Schema
) -> tuple[Lines, ...]:
    """What has the thing as a value, but for claims, and its parts, which a page lists apart."""
    rest = (fact for fact in facts if not schema.is_one_of(fact.term, meanings.PART_OF))
    return _by_property(
        (fact for fact in rest if _CLAIMS.isdisjoint(_line(fact, nodes).node.types)), nodes, schema
    )


def _group(lines: Lines, schema: Schema) -> str:
    first = lines.lines[0]
    datatype = first.fact.terms[1].get("datatype", "")
    is_literal = first.fact.terms[1]["type"] == "literal"
    if first.node.is_amount:
        return "amount"
    types = (datatype,) if is_literal else first.node.types
    return meanings.group(lines.relation.iri or "", schema, types, is_literal=is_literal)


def _by_property(
    facts: Iterable[Fact], nodes: Mapping[str, Node], schema: Schema | None = None
) -> tuple[Lines, ...]:
    """The facts by property and direction; with the inverse of the property where *schema* is given."""
    by_property: dict[tuple[str, bool], list[Fact]] = {}
    for fact in facts:
        by_property.setdefault((fact.term, fact.forward), []).append(fact)
    return tuple(
        Lines(
            several[0].relation,
            tuple(_line(fact, nodes) for fact in sorted(several, key=_place)),
            schema.inverse_name(term) if schema and not forward else None,
        )
        for (term, forward), several in by_property.items()
    )


def _place(fact: Fact) -> tuple[bool, bool, bool, str]:
    """Facts of the main source come first, and what follows last."""
    return fact.derived, fact.completes, not fact.evidence, fact.value.text.casefold()


def _line(fact: Fact, nodes: Mapping[str, Node]) -> Line:
    term = fact.terms[1]
    is_node = term["type"] in ("uri", "bnode")
    return Line(fact, nodes.get(term["value"], NOTHING) if is_node else NOTHING)


_ASKED: Final = "schema:containedInPlace"
"""What stands in the query in place of all properties that lead to what a thing is in."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a thing is in, the nearest first; and the nearest point of it that is known, with its name.

    Of a point of its own the name is None. *beside* are the points of what is further out.
    """

    steps: tuple[Value, ...] = ()
    point: tuple[float, float] | None = None
    point_of: Value | None = None
    beside: tuple[tuple[Value, float, float], ...] = ()


def around_query(iri: str, schema: Schema) -> str:
    """Return a SELECT query for what *iri* is in, by all properties that the ontology knows for that."""
    every = (term for family in meanings.CONTAINMENT for term in schema.with_all_below(family))
    terms = [f"<{term}>" for term in dict.fromkeys(every)]
    text = about("features/things", "thing-containment", iri)
    text = text.replace(f"({_ASKED})*", f"({'|'.join(terms)})*")
    return text.replace(f"{{ {_ASKED} }}", f"{{ {' '.join(terms)} }}")


def read_around(iri: str, results: bytes, schema: Schema) -> Around:
    """Return what *iri* is in, from the answer to the query, with labels."""
    names: dict[str, Value] = {}
    points: dict[str, tuple[float, float]] = {}
    outward: list[tuple[str, str, str]] = []
    for row in rows(results):
        inner = row["inner"]["value"]
        names[inner] = named(row, "inner")
        if "outer" in row:
            names[row["outer"]["value"]] = named(row, "outer")
            outward.append((inner, row["property"]["value"], row["outer"]["value"]))
        else:
            latitude, longitude = (degrees(value_of(row[c])) for c in ("latitude", "longitude"))
            if latitude is not None and longitude is not None:
                points.setdefault(inner, (latitude, longitude))
    path = _path(iri, outward, schema)
    place = next((each for each in (iri, *path) if each in points), None)
    return Around(
        tuple(names[each] for each in path),
        points.get(place or ""),
        names[place] if place and place != iri else None,
        tuple((names[each], *points[each]) for each in path if each in points and each != place),
    )


def _path(iri: str, outward: list[tuple[str, str, str]], schema: Schema) -> list[str]:
    """Return the steps from *iri* outwards, by the first family of properties that has any."""
    for family in meanings.CONTAINMENT:
        terms = frozenset(schema.with_all_below(family))
        steps: dict[str, set[str]] = defaultdict(set)
        for inner, term, outer in outward:
            if term in terms and inner != outer:
                steps[inner].add(outer)
        if steps.get(iri):
            return _longest(iri, steps)
    return []


def _longest(iri: str, steps: Mapping[str, set[str]]) -> list[str]:
    """The path that takes the nearest step each time: the one from which most are still around."""
    path: list[str] = []
    here = iri
    while True:
        next_steps = {each for each in steps.get(here, ()) if each != iri and each not in path}
        if not next_steps:
            return path
        here = min(next_steps, key=lambda each: (-len(reached(each, steps)), each))
        path.append(here)
