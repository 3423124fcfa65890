"""What is said of a thing, as a record: the questions that it takes, and how their answers are read.

No part of it asks anybody: a graph, here or elsewhere, answers each question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gbagraph.api.asking import Evaluate, Search
from gbagraph.api.solutions import Solutions
from gbagraph.errors import UnknownResource
from gbagraph.feature import hook
from gbagraph.features.things import facts, meanings, nested, page, passages
from gbagraph.features.things import nodes as nodes_of
from gbagraph.names.names import CLASS_KINDS, PASSAGES, PROPERTY_KINDS
from gbagraph.names.texts import local_name, plain
from gbagraph.rdf.evidence import WAYS, read_ways
from gbagraph.rdf.formats import BRIEF
from gbagraph.rdf.namespaces import PREFIXES, of_evidence
from gbagraph.rdf.results import rows
from gbagraph.sparql.terms import iri as iri_of
from gbagraph.web.kinds import about, of_dataset, read_kinds, read_schema

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from gbagraph.api.asking import Asking
    from gbagraph.api.explanations import Passage, RowEvidence
    from gbagraph.features.things.facts import Fact
    from gbagraph.features.things.page import Line, Lines, Thing
    from gbagraph.features.things.passages import Sentence, Supported
    from gbagraph.rdf.results import Value
    from gbagraph.web.kinds import Schema

    Record = dict[str, Any]
    Told = Mapping[tuple[str, ...], RowEvidence]
    _Said = tuple[bool, str, str | None]
    """Whether the thing is its subject, its property, its other end."""

_MOST_CLASSES: Final = 20_000
_EXPLAINED: Final = 300
"""Facts for which it is asked on what they rest."""
_NEAR: Final = 5
_NO_ROWS: Final = b'{"results":{"bindings":[]}}'
_GROUPS: Final = ("amount", "when", "who", "where", "part", "links", "about", "what", "point")
"""The groups of facts in their order; names and identifiers stand by themselves."""
_KINDS: Final = {
    "paragraph": (*of_evidence("Passage"), *PASSAGES),
    "class": CLASS_KINDS,
    "property": PROPERTY_KINDS,
    "thing": (),
}


def describe(name: str, languages: tuple[str, ...] = ("en",)) -> Asking:
    """Yield the questions that tell what *name* is, to be sent their answers; return a record.

    *name* is an IRI, in full or with a prefix, the end of one, or a label in any language; texts are in
    the first of *languages* in which there are any. The record has the ``iri``, ``label``, ``kind``
    (thing, class, property or paragraph), ``types``, ``summary``, ``names`` and ``identifiers`` of the
    thing; its ``facts``, its ``neighbours``, which have it as a value, and what ``other_sources`` say,
    each by property; what ``rests`` on it, and the ``uses`` of a property; and the ``passages`` on which
    all that rests. A derived fact that another says in narrower terms, or of what is inside its value,
    ``repeats`` it. *more* says that it is not all. Of a name that means several things, the record has
    these as ``candidates``.

    Raises:
        UnknownResource: nothing has that name; the nearest names are its ``suggestions``.
    """
    iri, found = yield from meant(name, languages)
    if not iri:
        return {"asked": name, "candidates": found}
    statements, more = found
    known = rows((yield from _rows(WAYS)))
    ways = read_ways((row["known"]["value"], row["term"]["value"]) for row in known)
    classes = f"{of_dataset('web', 'superclasses')} LIMIT {_MOST_CLASSES}"
    kinds = read_kinds(_NO_ROWS, (yield from _rows(classes)), languages)
    properties = yield from _rows(of_dataset("web", "properties"), languages)
    schema = read_schema(properties, kinds, languages)
    around = yield from _rows(nodes_of.around_query(iri, schema), languages)
    nodes = nodes_of.read_nodes(around, schema)
    if unnamed := nodes_of.unnamed(statements):
        beside = yield from _rows(about("features/things", "thing-nested", iri), languages)
        nodes = nodes_of.tell_of_unnamed(statements, nodes, nested.read(beside, unnamed))
    for fact in statements:
        fact.is_evidence = fact.term in ways.of_things
    thing = page.thing(iri, statements, nodes, schema, languages)
    supports = passages.supports_query(iri, 1, ways, languages[0])
    supported = passages.supported(iri, (yield from _rows(supports, languages)), schema, {})
    uses = yield from _rows(about("features/things", "thing-uses", iri), languages)
    shown = (line.fact.triple(iri) for lines in thing.every for line in lines.lines)
    evidence = yield from evidence_of(each for each in shown if each)
    told = _Teller(thing, evidence, _repeating(thing, schema)).record(supported)
    told["uses"] = [
        {n: _term(v) for n, v in each._asdict().items()} for each in passages.uses(uses)
    ]
    told |= {"asked": name, "more": more or supported.more}
    return {member: value for member, value in told.items() if value}


def meant(name: str, languages: tuple[str, ...]) -> Asking:
    """Return the IRI that *name* means and what is said of it; or none, and what it may mean.

    Raises:
        UnknownResource: nothing has that name.
    """
    try:
        iri = iri_of(name.strip()).value
    except ValueError:
        iri = ""
    found = (yield from _facts(iri, languages)) if iri else ()
    if found and found[0]:
        return iri, found
    answer = yield Search(name)
    near = [
        row for row in (*answer["results"], *answer.get("suggestions", ())) if row["kind"] in _KINDS
    ]
    labelled = [row for row in near if plain(name) in map(plain, _labels(row))]
    same = labelled or [row for row in near if plain(name) == plain(row["match"])]
    if len(same) == 1:
        return same[0]["iri"], (yield from _facts(same[0]["iri"], languages))
    told = [{n: row[n] for n in ("iri", "label", "kind")} for row in (same or near[:_NEAR])]
    if same:
        return "", told
    listed = ", ".join(f"{row['name']} ({row['label']})" for row in near[:_NEAR])
    nearest = f" The nearest names are: {listed}." if near else ""
    raise UnknownResource(f"Nothing here is called {name!r}.{nearest}", suggestions=told)


def _labels(row: Record) -> list[str]:
    """The labels of what was found: a match may be the end of the IRI, which says less."""
    match = [row["match"]] * (row["match"] != local_name(row["iri"]))
    return [row["label"], *match, *(each["text"] for each in row["names"])]


def _facts(iri: str, languages: tuple[str, ...]) -> Asking:
    said = yield from _rows(facts.facts_query(iri, 1, languages[0]), languages)
    return facts.read_facts(said, {})


def _rows(text: str, languages: tuple[str, ...] = ()) -> Asking:
    """Return the rows of a query in SPARQL results JSON, with labels in *languages*."""
    answer: Solutions = yield Evaluate(False, text, {}, Solutions, languages)
    return answer.serialize(format="json")


def evidence_of(triples: Iterable[tuple[str, str, str]]) -> Asking:
    """Return by triple, in N-Triples, on what the first of *triples* rest, where that is known."""
    named = [each for each in triples if not any(term.startswith(("_:", "<<")) for term in each)]
    if not named or not hook("row evidence"):
        return {}
    values = " ".join(f"({' '.join(each)})" for each in named[:_EXPLAINED])
    text = f"SELECT ?s ?p ?o {{ VALUES (?s ?p ?o) {{ {values} }} ?s ?p ?o }}"
    answer = yield Evaluate(BRIEF, text, {}, Solutions)
    return {tuple(map(str, row)): row.evidence for row in answer}


def _repeating(thing: Thing, schema: Schema) -> set[_Said]:
    """The derived facts that another implies, which does not follow from them in turn."""
    every = {_said(line.fact): line for lines in thing.every for line in lines.lines}
    implied = {said: set(_implied(line, schema)) for said, line in every.items()}
    pairs = ((said, wider) for said, all_wider in implied.items() for wider in all_wider)
    derived = {said for said, line in every.items() if line.fact.derived}
    return {wider for said, wider in pairs if wider in derived and said not in implied[wider]}


def _said(fact: Fact) -> _Said:
    return fact.forward, fact.term, fact.value.iri


def _implied(line: Line, schema: Schema) -> Iterator[_Said]:
    """Yield what a fact implies: by wider or inverse properties, of what its value is in. Itself too."""
    fact = line.fact
    ways = [(fact.forward, each) for each in (fact.term, *schema.above(fact.term))]
    ways += [(not fact.forward, each) for each in schema.inverses(fact.term)]
    values = (fact.value.iri, *line.node.within) if fact.value.iri else ()
    yield from ((*way, value) for way in ways for value in values)


class _Teller:
    """Writes the record of *thing*; *evidence* is on what its facts rest, by their terms."""

    def __init__(self, thing: Thing, evidence: Told, repeating: Container[_Said]) -> None:
        self._thing, self._evidence, self._repeating = thing, evidence, repeating
        self._passages: dict[str, Record] = {}

    def record(self, supported: Supported) -> Record:
        """Return the record, with what rests on the thing."""
        thing = self._thing
        every = (lines for name in _GROUPS for lines in thing.groups.get(name, ()))
        kinds = (kind for kind, known in _KINDS.items() if not set(known).isdisjoint(thing.types))
        return {
            "iri": thing.iri,
            "label": thing.name.text,
            "kind": next(kinds, "thing"),
            "types": list(map(_term, thing.kinds)),
            "summary": thing.sentence.fact.value.text if thing.sentence else "",
            "names": self._values_of("names"),
            "identifiers": self._values_of("elsewhere"),
            "facts": [self._lines(each) for each in every if _tells(each)],
            "neighbours": [self._lines(each) for each in thing.pointing if _tells(each)],
            "other_sources": list(map(self._lines, thing.differing)),
            "rests": list(map(_sentence, _once(supported))),
            "passages": list(self._passages.values()),
        }

    def _values_of(self, group: str) -> list[Record]:
        lines = (line for each in self._thing.groups.get(group, ()) for line in each.lines)
        return list(map(_term, dict.fromkeys(line.fact.value for line in lines)))

    def _lines(self, lines: Lines) -> Record:
        """What is said with one property; ``inverse`` is what it is called from its values."""
        inverse = {"inverse": _term(lines.inverse)} if lines.inverse else {}
        values = list(map(self._value, lines.lines))
        back = not lines.lines[0].fact.forward
        return {"property": _term(lines.relation), "back": back, **inverse, "values": values}

    def _value(self, line: Line) -> Record:
        """A value, the number or date that it stands for, how it is known and from which passages."""
        fact, node = line.fact, line.node
        says = " ".join(e.text for e in (node.bound, node.number, node.unit, node.date) if e)
        repeats = {"repeats": True} if _said(fact) in self._repeating else {}
        said = {**_term(fact.value), **({"says": says} if says else {}), **repeats}
        told = self._evidence.get(fact.triple(self._thing.iri) or ())
        if told is not None and told.facts:
            self._passages |= {each.iri: said_of(each) for each in told.passages}
            sentences = {"sentences": [[*e] for e in told.sentences]} if told.sentences else {}
            known = {"basis": told.facts[0].basis, "passages": [*told.paragraphs]}
            return {**said, **known, **sentences}
        sources = {each.source.iri or "": each.source.text for each in fact.evidence}
        self._passages |= {iri: {"iri": iri, "label": text} for iri, text in sources.items()}
        basis = "derived" if fact.derived else fact.basis or "asserted"
        return {**said, "basis": basis, "passages": [*sources]}


def _tells(lines: Lines) -> bool:
    """Whether it says more than kinds, which stand by themselves, or words and hashes."""
    term = lines.relation.iri or ""
    is_type = term == meanings.TYPE and lines.lines[0].fact.forward
    return not is_type and not term.startswith(PREFIXES["ev"])


def said_of(passage: Passage) -> Record:
    """Return a passage as data: its ``iri``, ``label``, and our ``summary`` if there is one."""
    said = {**passage._asdict(), "label": passage.label or passage.iri}
    return {name: value for name, value in said.items() if value}


def _term(value: Value) -> Record:
    """A term as data: the IRI and its label, or the text with its language or datatype."""
    if value.iri:
        return {"iri": value.iri, "label": value.text}
    return {"text": value.text, **({"kind": value.note} if value.note else {})}


def _once(supported: Supported) -> list[Sentence]:
    """Each fact that rests on a passage once, what only names last, then what rests there somehow."""
    told = [each for group in supported.groups.values() for _, said in group for each in said]
    told += supported.naming
    known = {each.why: each for each in reversed(told) if each.basis != "asserted"}
    others = {each.why: each for each in reversed(told) if each.why not in known}
    return [*reversed(known.values()), *reversed(others.values())]


def _sentence(said: Sentence) -> Record:
    parts = {name: _term(getattr(said, name)) for name in ("subject", "property", "value")}
    return {**parts, "basis": said.basis}
