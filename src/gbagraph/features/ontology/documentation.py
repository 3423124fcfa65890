"""The documentation of the ontology, from the graph itself.

:func:`queries` gives the queries, and :func:`documentation` makes the documentation from their answers.
How often a term is used and the worked examples are only shown for the built-in dataset: counting could
take long on others.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from gbagraph.features.ontology.diagram import Diagram, Name, draw
from gbagraph.paths import own_query, resource
from gbagraph.queries.catalog import queries_by_iri
from gbagraph.rdf.namespaces import BASE, ONTOLOGY, compact, expand
from gbagraph.rdf.results import Value, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gbagraph.queries.canned import CannedQuery

    Cell = dict[str, Any]


_QUERIES: Final = ("ontology", "terms", "shapes")
"""The queries for any dataset."""

_QUERIES_OF_USE: Final = ("instances", "uses")
"""Further queries for the built-in dataset: how often each term is used."""

KINDS: Final = {
    "owl:Class": ("classes-of-things", "Classes"),
    "owl:ObjectProperty": ("object-properties", "Object properties"),
    "owl:DatatypeProperty": ("data-properties", "Datatype properties"),
    "owl:AnnotationProperty": ("annotation-properties", "Annotation properties"),
    "owl:NamedIndividual": ("code-values", "Codes (named individuals)"),
    "owl:deprecated": ("retired-terms", "Retired terms"),
}
"""The kinds of terms in the order of the page: anchor and heading. No name of a term has a hyphen.

What no ontology declares any more, but the metadata keep as retired, is of the last kind.
"""

_MAPPINGS: Final = {
    "owl:equivalentClass": "equivalent to",
    "owl:equivalentProperty": "equivalent to",
    "skos:exactMatch": "exact match",
    "rdfs:subClassOf": "subclass of",
    "rdfs:subPropertyOf": "subproperty of",
    "skos:closeMatch": "close match",
    "gba:closeMatch": "close match",
}
_PARENTS: Final = ("rdfs:subClassOf", "rdfs:subPropertyOf")
_RELATIONS: Final = {
    "rdfs:subClassOf": ("Subclass of", "Subclasses"),
    "rdfs:subPropertyOf": ("Subproperty of", "Subproperties"),
    "rdf:type": ("Type", "Codes"),
    "rdfs:domain": ("Domain", "Domain of"),
    "rdfs:range": ("Range", "Range of"),
    "owl:inverseOf": ("Inverse", "Inverse"),
    "owl:disjointWith": ("Disjoint with", "Disjoint with"),
    "dcterms:isReplacedBy": ("Replaced by", "Replaces"),
}
"""The properties that link two terms: the heading at the subject, and the one at the object."""

_ABOVE: Final = ("Subclass of", "Subproperty of")
"""The headings of what is above a term."""
_BELOW: Final = ("Subclasses", "Subproperties")
"""The headings of what is below it."""

_OWN_ONLY: Final = (*_PARENTS, "rdf:type")
_CHARACTERISTICS: Final = {
    "owl:TransitiveProperty": "transitive",
    "owl:SymmetricProperty": "symmetric",
    "owl:AsymmetricProperty": "asymmetric",
    "owl:IrreflexiveProperty": "irreflexive",
    "owl:FunctionalProperty": "functional (one value at most)",
    "owl:InverseFunctionalProperty": "inverse functional (one subject at most)",
}
_ROWS: Final = (
    *("Replaced by", "Replaces", "Type", "Codes", "Subclass of", "Subclasses"),
    *("Subproperty of", "Subproperties", "Domain", "Range", "Inverse", "Characteristics"),
    *("Domain of", "Range of", "Disjoint with", "Mappings"),
)
"""The headings of the links of a term, in the order of the page."""

_TARGETS: Final = ("sh:targetClass", "sh:targetSubjectsOf", "sh:targetObjectsOf")
_PARENTHESES: Final = re.compile(r"\s*\([^()]*\{[?$]\w+\}[^()]*\)")
_PLACEHOLDERS: Final = re.compile(r"\{[?$]\w+\}(?:\s+\{[?$]\w+\})*")
_EXAMPLES: Final = ("link", "date", "number", "plan")


@dataclass(frozen=True, slots=True)
class Rule:
    """A SHACL rule in words: its name, and the message for data that violate it."""

    name: str
    message: str


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example: facts of the dataset as Turtle, and a query that finds them."""

    name: str
    turtle: str
    query: str


@dataclass(slots=True)
class Term:
    """All that the page says about a term; ``rows`` are its links to other terms by heading."""

    iri: str
    kind: str
    labels: dict[str, str]
    definitions: dict[str, str]
    notes: dict[str, list[str]]
    deprecated: bool
    rows: dict[str, list[Value]] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    queries: tuple[CannedQuery, ...] = ()
    without_query: str = ""
    number: int | None = None
    children: list[Term] = field(default_factory=list)

    @property
    def fragment(self) -> str:
        """The part of the IRI after the number sign, which is the anchor of the term."""
        return self.iri.partition("#")[2]

    @property
    def path(self) -> str:
        """The path of its page."""
        return f"/{self.iri.removeprefix(BASE).replace('#', '/terms/')}"

    @property
    def top(self) -> bool:
        """Whether it is below no other of its vocabulary."""
        return not _near(self, _ABOVE)

    @property
    def label(self) -> str:
        """The English label, else the fragment."""
        return self.labels.get("en", self.fragment)

    def label_in(self, language: str) -> str:
        """Return the label in the language of a page, else the English one."""
        return self.labels.get(language.lower()) or self.label

    def definition_in(self, language: str) -> str:
        """Return the definition in the language of a page, else the English one."""
        return self.definitions.get(language.lower()) or self.definitions.get("en", "")

    def notes_in(self, language: str) -> list[str]:
        """Return the examples and notes in the language of a page, else the English ones."""
        return self.notes.get(language.lower()) or self.notes.get("en", [])


@dataclass(frozen=True, slots=True)
class Documentation:
    """The content of a page: about the vocabulary *iri*, its terms by kind, and the diagram.

    *by_iri* are the terms of all our vocabularies.
    """

    iri: str
    about: dict[str, list[Value]]
    titles: dict[str, str]
    descriptions: dict[str, str]
    kinds: dict[str, list[Term]]
    by_iri: dict[str, Term]
    in_use: Mapping[str, Term]

    def of(self, name: str) -> str:
        """Return the IRI of the term with a local name that is in use."""
        return self.in_use[name].iri if name in self.in_use else f"{ONTOLOGY}#{name}"

    def diagram(self, language: str) -> Diagram:
        """Return the diagram of the main classes, with names in the language of a page."""
        return draw({name: _name(term, language) for name, term in self.in_use.items()}, language)

    def title_in(self, language: str) -> str:
        """Return the title in the language of a page, else the English one."""
        return self.titles.get(language.lower()) or self.titles.get("en", "")

    def lineage(self, term: Term) -> list[Term]:
        """Return the terms above *term*, the highest first; of several the first by name."""
        lineage: list[Term] = []
        while True:
            names = (value for name in _ABOVE for value in term.rows.get(name, ()))
            above = next((self.by_iri[v.iri] for v in names if v.iri in self.by_iri), None)
            if above is None or above in lineage:
                return lineage[::-1]
            lineage.append(above)
            term = above

    @property
    def terms(self) -> list[Term]:
        """All terms in the order of the page."""
        return [term for terms in self.kinds.values() for term in terms]


class _Facts:
    """Rows of (subject, property, value) by subject and property, in the order of the rows."""

    def __init__(self, rows: Iterable[Cell]) -> None:
        self._found: dict[str, dict[str, list[Cell]]] = defaultdict(lambda: defaultdict(list))
        for row in rows:
            name = compact(row["property"]["value"])
            self._found[row["subject"]["value"]][name].append(row["value"])

    def subjects(self) -> list[str]:
        return list(self._found)

    def cells(self, subject: str, *names: str) -> list[Cell]:
        cells = self._found.get(subject, {})
        return [cell for name in names for cell in cells.get(name, ())]

    def values(self, subject: str, *names: str) -> list[str]:
        return [cell["value"] for cell in self.cells(subject, *names)]

    def text(self, subject: str, *names: str) -> str:
        return next(iter(self.values(subject, *names)), "")

    def by_language(self, subject: str, name: str) -> dict[str, str]:
        return {tag: texts[-1] for tag, texts in self.all_by_language(subject, name).items()}

    def all_by_language(self, subject: str, *names: str) -> dict[str, list[str]]:
        texts: dict[str, list[str]] = defaultdict(list)
        for cell in self.cells(subject, *names):
            texts[cell.get("xml:lang", "")].append(cell["value"])
        return texts


@cache
def examples() -> tuple[Example, ...]:
    """Return the worked examples of the built-in dataset."""
    folder = resource("ontology", "examples")
    return tuple(
        Example(
            name,
            (folder / f"{name}.ttl").read_text(encoding="utf-8").strip(),
            (folder / f"{name}.rq").read_text(encoding="utf-8").strip(),
        )
        for name in _EXAMPLES
    )


@cache
def without_query() -> dict[str, str]:
    """Return the terms that no canned query uses, each with the reason for that."""
    path = resource("ontology", "terms-without-query.tsv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return {expand(row["term"]): row["reason"] for row in rows}


def queries(*, built_in: bool) -> dict[str, str]:
    """Return the queries whose answers the page needs, by name."""
    names = (*_QUERIES, *_QUERIES_OF_USE) if built_in else _QUERIES
    answered = {row.name: row.query for row in examples()} if built_in else {}
    return {name: own_query("features/ontology", name) for name in names} | answered


@lru_cache(maxsize=4)
def documentation(answers: tuple[tuple[str, bytes], ...], iri: str) -> Documentation:
    """Return the documentation of a vocabulary, from answers as SPARQL JSON, by the names of queries.

    It is cached: making it takes a tenth of a second.
    """
    rows = {name: json.loads(body)["results"]["bindings"] for name, body in answers}
    facts = _Facts(rows["terms"])
    terms = {iri: _term(iri, facts) for iri in facts.subjects()}
    for term in terms.values():
        _link(term, facts, terms)
    _add_rules(terms, _Facts(rows["shapes"]))
    for row in (*rows.get("uses", ()), *rows.get("instances", ())):
        if row["term"]["value"] in terms:
            terms[row["term"]["value"]].number = int(row["number"]["value"])
    about = _Facts(rows["ontology"])
    in_use = {term.fragment: term for term in terms.values() if not term.deprecated}
    return Documentation(
        iri,
        about=_about(row for row in rows["ontology"] if row["subject"]["value"] == iri),
        titles=about.by_language(iri, "dcterms:title"),
        descriptions=about.by_language(iri, "dcterms:description"),
        kinds=_by_kind(terms, f"{iri}#"),
        by_iri=terms,
        in_use=in_use,
    )


def _about(rows: Iterable[Cell]) -> dict[str, list[Value]]:
    about: dict[str, list[Value]] = defaultdict(list)
    for row in rows:
        about[compact(row["property"]["value"])].append(value_of(row["value"], row.get("label")))
    return dict(about)


def _term(iri: str, facts: _Facts) -> Term:
    types = {compact(name) for name in facts.values(iri, "rdf:type")}
    deprecated = facts.text(iri, "owl:deprecated") in ("true", "1")
    types |= {"owl:deprecated"} if deprecated else set()
    return Term(
        iri=iri,
        kind=next((kind for kind in KINDS if kind in types), "owl:NamedIndividual"),
        labels=facts.by_language(iri, "rdfs:label"),
        definitions=facts.by_language(iri, "skos:definition")
        or facts.by_language(iri, "rdfs:comment"),
        notes=facts.all_by_language(iri, "skos:example", "skos:scopeNote"),
        deprecated=deprecated,
        queries=queries_by_iri().get(iri, ()),
        without_query=without_query().get(iri, ""),
    )


def _link(term: Term, facts: _Facts, terms: Mapping[str, Term]) -> None:
    """Fill the rows of *term*, and add the reverse links to the rows of the other terms."""
    for name, (words, reverse) in _RELATIONS.items():
        for iri in facts.values(term.iri, name):
            if iri in terms:
                _row(term, words, Value(terms[iri].label, iri))
                _row(terms[iri], reverse, Value(term.label, term.iri))
            elif name not in _OWN_ONLY:
                _row(term, words, Value(compact(iri), iri))
    for iri in facts.values(term.iri, "rdf:type"):
        if compact(iri) in _CHARACTERISTICS:
            _row(term, "Characteristics", Value(_CHARACTERISTICS[compact(iri)]))
    for name, words in _MAPPINGS.items():
        for iri in facts.values(term.iri, name):
            if iri not in terms:
                _row(term, "Mappings", Value(compact(iri), iri, words))


def _row(term: Term, name: str, value: Value) -> None:
    values = term.rows.setdefault(name, [])
    if value not in values:
        values.append(value)


def in_general(message: str) -> str:
    """Return what a rule says to those who break it, without the values."""
    return _PLACEHOLDERS.sub("…", _PARENTHESES.sub("", message))


def _add_rules(terms: Mapping[str, Term], shapes: _Facts) -> None:
    """Add each rule of a shape to the terms that it targets and to the property that it is about."""
    for shape in shapes.subjects():
        targets = shapes.values(shape, *_TARGETS)
        if not targets:
            continue  # a part of another shape, which is handled there
        for part in (shape, *shapes.values(shape, "sh:property", "sh:sparql")):
            message = shapes.text(part, "sh:message")
            name = shapes.text(part, "sh:name", "rdfs:label") or shapes.text(shape, "rdfs:label")
            if not message:
                continue
            rule = Rule(name, in_general(message))
            for iri in dict.fromkeys([*targets, *shapes.values(part, "sh:path")]):
                if iri in terms and rule not in terms[iri].rules:
                    terms[iri].rules.append(rule)


def _near(term: Term, names: Iterable[str]) -> list[str]:
    """The terms of the same vocabulary that *term* links to under these headings."""
    values = (value.iri or "" for name in names for value in term.rows.get(name, ()))
    return [iri for iri in values if iri.partition("#")[0] == term.iri.partition("#")[0]]


def _place(term: Term) -> tuple[str, str]:
    return term.label.lower(), term.iri


def _by_kind(terms: Mapping[str, Term], space: str) -> dict[str, list[Term]]:
    """The terms in *space* by kind; the rows and children of all are put in order."""
    kinds: dict[str, list[Term]] = {kind: [] for kind in KINDS}
    for term in sorted(terms.values(), key=_place):
        term.children = sorted((terms[iri] for iri in _near(term, _BELOW)), key=_place)
        term.rows = {name: term.rows[name] for name in _ROWS if name in term.rows}
        if term.iri.startswith(space):
            kinds[term.kind].append(term)
    return {kind: listed for kind, listed in kinds.items() if listed}


def _name(term: Term, language: str) -> Name:
    return Name(
        label=term.label_in(language),
        chinese=term.labels.get("zh-hans", "") if language == "en" else "",
        kinds=[child.label_in(language) for child in term.children],
    )
