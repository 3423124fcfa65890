"""Facts of a thing as its page shows them."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.dataset.identity import queries_graph
from gbagraph.features.things.meanings import TYPE
from gbagraph.rdf.namespaces import BASES, graph_iri
from gbagraph.rdf.results import Value, named, rows, value_of
from gbagraph.sparql.terms import from_json
from gbagraph.web.kinds import about
from gbagraph.web.table import of_proof

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gbagraph.web.kinds import Schema

    Term = Mapping[str, Any]
    Row = Mapping[str, Term]


_DERIVED, _CLAIMS, _DIFFERING, _CONTEXT = map(
    graph_iri, ("inferred", "evidence", "differing", "context")
)
_LIMIT: Final = 1000
"""Statements of one direction on one page, of which the query selects one more."""


class Evidence(NamedTuple):
    """Where a fact is stated, or from what it is inferred or worded, and the IRI of the claim.

    As a place, it has the *sentences* of a passage and the *words* that carry the fact there.
    """

    basis: str
    source: Value
    claim: str
    sentences: tuple[int, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(slots=True)
class Fact:
    """A property and one of its values, or, not *forward*, a thing that has this one as its value.

    ``derived`` ones follow by the ontology; ``differs`` says that it contradicts other facts,
    ``completes`` that it is not from the main source.
    """

    relation: Value
    value: Value
    forward: bool
    terms: tuple[Term, Term]
    graphs: set[str] = field(default_factory=set)
    evidence: list[Evidence] = field(default_factory=list)
    notes: list[Value] = field(default_factory=list)
    words: list[Value] = field(default_factory=list)
    is_evidence: bool = False
    """Whether it says itself on what something rests."""

    @property
    def key(self) -> str:
        """What distinguishes the value from others: blank nodes and literals too."""
        return _key(self.terms[1])

    @property
    def term(self) -> str:
        """The IRI of the property."""
        return self.relation.iri or ""

    @property
    def derived(self) -> bool:  # noqa: D102  see the class
        return _DERIVED in self.graphs and not self.evidence

    @property
    def differs(self) -> bool:  # noqa: D102
        return self.graphs == {_DIFFERING}

    @property
    def completes(self) -> bool:  # noqa: D102
        return _CONTEXT in self.graphs and any(each.basis == "stated" for each in self.evidence)

    @property
    def is_wider(self) -> bool:
        """Whether it follows from what is asserted of another thing, or in other words."""
        return _DERIVED in self.graphs

    @property
    def is_metadata(self) -> bool:
        """Whether it stands where the dataset is described, and nowhere else."""
        metadata = _metadata()
        return bool(self.graphs & metadata) and self.graphs <= {"", _DERIVED, *metadata}

    @property
    def is_kept(self) -> bool:
        """Whether it stands anywhere else than among what would follow, or among claims."""
        return bool(self.graphs - {_DERIVED, _CLAIMS})

    def why(self, iri: str) -> str:
        """Return the query string of ``/why`` for this fact about *iri*; empty if there is none."""
        this, (predicate, value) = {"type": "uri", "value": iri}, self.terms
        ends = (this, value) if self.forward else (value, this)
        return of_proof(dict(ends[0]), dict(predicate), dict(ends[1]))

    def triple(self, iri: str) -> tuple[str, str, str] | None:
        """Return the terms of this fact about *iri* in N-Triples syntax; None if one has no name."""
        ends = [from_json(dict(term)) for term in self.terms]
        if None in ends:
            return None
        predicate, value = map(str, ends)
        return (f"<{iri}>", predicate, value) if self.forward else (value, predicate, f"<{iri}>")

    def rest_as(self, told: Any) -> None:  # noqa: ANN401  JSON
        """Rest on what a worker says of it, *told*: false if it is evidence itself, null for nothing."""
        self.is_evidence = told is False
        if told:
            self.evidence = [_evidence(told, each) for each in told["places"]]
            self.notes = [Value(told["note"])] if told["note"] else []
            self.words = []

    @property
    def basis(self) -> str:
        """How it is known; empty where nothing says so."""
        return self.evidence[0].basis if self.evidence else "follows" if self.derived else ""

    def rest_on(self, other: Fact) -> None:
        """Take over the evidence for *other*, which says the same."""
        self.evidence, self.notes, self.words = other.evidence, other.notes, other.words


def _evidence(told: Mapping[str, Any], place: Mapping[str, Any]) -> Evidence:
    source = value_of(place["source"], place["label"])
    where = tuple(place["sentences"]), tuple(place["words"])
    return Evidence(told["basis"], source, told["claim"], *where)


def _metadata() -> frozenset[str]:
    """Return the graphs that describe the dataset and its queries."""
    return frozenset((*map(graph_iri, ("meta", "shapes")), queries_graph().value))


def _key(term: Term) -> str:
    return json.dumps([term.get(name, "") for name in ("type", "value", "xml:lang", "datatype")])


def facts_query(iri: str, page: int, language: str) -> str:
    """Return a SELECT query for a page of the facts of *iri*, from 1 on, with notes in *language*."""
    text = noted(about("features/things", "thing-facts", iri), language)
    return text.replace("OFFSET 0", f"OFFSET {(page - 1) * _LIMIT}")


def noted(text: str, language: str) -> str:
    """Return the query *text* for a reader of *language*: of notes, those in it, where there are any."""
    return text.replace('= "en"', f"= {ox.Literal(language)}")


Places = dict[tuple[str, str], tuple[tuple[int, ...], tuple[str, ...]]]
"""By claim and passage the numbers of its sentences there, and the words."""


def read_places(results: bytes, words: Mapping[str, tuple[str, int, str]]) -> Places:
    """Return where claims rest, from the answer to ``thing-selectors``; *words* are by selector."""
    numbers: dict[tuple[str, str], dict[int, None]] = defaultdict(dict)
    texts: dict[tuple[str, str], set[tuple[int, str]]] = defaultdict(set)
    for row in rows(results):
        place, selector = (row["claim"]["value"], row["passage"]["value"]), row["selector"]["value"]
        numbers[place][int(row["sentence"]["value"])] = None
        if selector in words:
            texts[place].add(words[selector][1:])
    return {
        place: (tuple(numbers[place]), tuple(text for _, text in sorted(texts[place])))
        for place in numbers
    }


def read_facts(results: bytes, places: Places) -> tuple[list[Fact], bool]:
    """Return the facts, from the answer to ``thing-facts`` with labels; and whether more follow.

    *places* are those in which the claims are found.
    """
    facts: dict[tuple[bool, str, str], Fact] = {}
    every = rows(results)
    numbers: Counter[tuple[str, bool]] = Counter()
    for row in every:
        if "claim" not in row:
            part = row["forward"]["value"], "graph" in row
            numbers[part] += 1
            if numbers[part] > _LIMIT:
                continue
            fact = facts.setdefault(_place_of(row), fact_of(row))
            fact.graphs.add(row["graph"]["value"] if "graph" in row else "")
    for row in every:
        if "claim" in row and _place_of(row) in facts:
            _add_evidence(facts[_place_of(row)], row, places)
    kept = [fact for fact in facts.values() if fact.is_kept]
    return sorted(kept, key=_place), max(numbers.values(), default=0) > _LIMIT


def _place_of(row: Row) -> tuple[bool, str, str]:
    return row["forward"]["value"] == "1", row["property"]["value"], _key(row["value"])


def _place(fact: Fact) -> tuple[str, str, str]:
    return fact.term, fact.value.language, fact.value.iri or fact.value.text


def fact_of(row: Row) -> Fact:
    """Return the fact that a row says, with the names of its terms."""
    return Fact(
        named(row, "property"),
        named(row, "value"),
        "forward" not in row or row["forward"]["value"] == "1",
        (row["property"], row["value"]),
    )


def _add_evidence(fact: Fact, row: Row, places: Places) -> None:
    claim, source = row["claim"]["value"], named(row, "source")
    place = places.get((claim, source.iri or ""), ((), ()))
    entry = Evidence(BASES[row["basis"]["value"]], source, claim, *place)
    if entry not in fact.evidence:
        fact.evidence.append(entry)
    for name, into in (("note", fact.notes), ("words", fact.words)):
        if name in row and value_of(dict(row[name])) not in into:
            into.append(value_of(dict(row[name])))


# --- Each fact once ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Distinct:
    """The facts as a page shows them.

    ``copies`` say again, in wider terms or those of other vocabularies, what *facts* say; *pointing* are
    facts of other things. *differing* contradict the facts.
    """

    facts: tuple[Fact, ...]
    copies: tuple[Fact, ...]
    pointing: tuple[Fact, ...]
    differing: tuple[Fact, ...]


def without_repeats(statements: Iterable[Fact], schema: Schema, kinds: Iterable[str]) -> Distinct:
    """Return each of the *statements* once; *kinds* are the classes of the thing that say most of it."""
    every = tuple(statements)
    is_described = any(fact.term == TYPE and not fact.differs for fact in every)
    differing = tuple(fact for fact in every if fact.differs and is_described)
    rest = [fact for fact in every if not (fact.differs and is_described)]
    forward = {(fact.term, fact.key): fact for fact in rest if fact.forward}
    backward = {(fact.term, fact.key): fact for fact in rest if not fact.forward}
    copies = _copies(forward, schema, frozenset(kinds))
    facts = {key: fact for key, fact in forward.items() if key not in copies}
    used = _with_evidence_of_the_other_end(forward, backward, schema)
    wider = _copies(backward, schema, None)
    hidden = used | wider
    is_metadata = any(fact.graphs & _metadata() for fact in forward.values())
    pointing = (
        fact
        for key, fact in backward.items()
        if key not in hidden and (is_metadata or not fact.is_metadata)
    )
    return Distinct(
        tuple(facts.values()), tuple(forward[key] for key in copies), tuple(pointing), differing
    )


_Keys = dict[tuple[str, str], Fact]


def _copies(
    facts: _Keys, schema: Schema, kinds: frozenset[str] | None
) -> dict[tuple[str, str], None]:
    """Return the keys of those that follow from another of *facts* with a narrower property, or kind."""
    wider: dict[tuple[str, str], None] = {}
    for term, key in facts:
        wider |= {(above, key): None for above in schema.above(term) if above != term}
    copies = {key: None for key in wider if key in facts and facts[key].derived}
    if kinds is not None:
        is_wide = (fact for fact in facts.values() if fact.term == TYPE and fact.derived)
        copies |= {(fact.term, fact.key): None for fact in is_wide if fact.value.iri not in kinds}
    return copies


def _with_evidence_of_the_other_end(
    facts: _Keys, backward: _Keys, schema: Schema
) -> dict[tuple[str, str], None]:
    """Return the keys of *backward* that are the same as one of *facts*, which get their evidence."""
    used: dict[tuple[str, str], None] = {}
    for key, fact in backward.items():
        for inverse in schema.inverses(fact.term):
            same = facts.get((inverse, fact.key))
            if same is not None:
                used[key] = None
                if same.derived and not fact.derived:
                    same.rest_on(fact)
    return used
