"""How the data that is served is built: which property joins what, in which kinds of value.

Everything is read from the store, when it is asked for, and from a bounded number of triples
(:data:`SAMPLE`). Only what it means that a property is called *unit*, *status* or *part of* is known
here, for that stands in no data.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final, Literal

import pyoxigraph as ox

from gbagraph.names.texts import local_name, words
from gbagraph.rdf.dataset import Dataset, access
from gbagraph.rdf.namespaces import PREFIXES, expand
from gbagraph.rdf.results import INTEGERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


XSD: Final = PREFIXES["xsd"]

STRING: Final = expand("xsd:string")

TEXTS: Final = (STRING, expand("rdf:langString"))

DATES: Final = frozenset(
    map(expand, ("xsd:gYear", "xsd:gYearMonth", "xsd:date", "xsd:dateTime", "xsd:dateTimeStamp"))
)

NUMBERS: Final = frozenset(XSD + name for name in (*INTEGERS, "decimal", "double", "float"))

SAMPLE: Final = 2_000
"""Triples of a property that are looked at."""

LARGE: Final = 100_000
"""Triples or solutions from which on not each is asked for what takes more than a FILTER."""

Role = Literal["unit", "bound", "status", "part", "listing", "rank", "inference"]
Place = ox.NamedNode | ox.BlankNode | ox.DefaultGraph

DEFAULT: Final = (ox.DefaultGraph(),)

_ROLES: Final[dict[Role, frozenset[frozenset[str]]]] = {
    "unit": frozenset(map(frozenset, [{"unit"}, {"units"}, {"currency"}, {"uom"}])),
    "bound": frozenset(map(frozenset, [{"bound"}, {"qualifier"}, {"precision"}, {"comparator"}])),
    "status": frozenset(map(frozenset, [{"status"}, {"stage"}])),
    "part": frozenset(
        map(frozenset, [{"part", "of"}, {"within"}, {"located", "in"}, {"contained"}])
    ),
    "rank": frozenset(map(frozenset, [{"rank"}])),
    "inference": frozenset(map(frozenset, [{"inferred", "from"}, {"inferred", "by"}])),
    "listing": frozenset(map(frozenset, [{"open", "list"}, {"listing"}, {"incomplete", "list"}])),
}
"""The words in a property's name, or in that of a wider one, that say what it is for."""


_MATCHES: Final = frozenset({"exactMatch", "closeMatch"})
"""The local names of properties that join terms of the same, or nearly the same, meaning."""

_REPLACED: Final = frozenset({"isreplacedby", "replacedby", "supersededby", "issupersededby"})
"""The local names of properties that lead from a retired term to what is to be used instead."""

_OF_WIKIDATA: Final = {"P31": expand("rdf:type"), "P279": expand("rdfs:subClassOf")}
"""What the properties of Wikidata are in RDF that say what everything is."""

_STATEMENTS: Final = {
    expand(name): expand(other)
    for one, two in (
        ("owl:Axiom", "rdf:Statement"),
        ("owl:annotatedSource", "rdf:subject"),
        ("owl:annotatedProperty", "rdf:predicate"),
        ("owl:annotatedTarget", "rdf:object"),
    )
    for name, other in ((one, two), (two, one))
}
"""How OWL says of a triple what RDF says of it."""

_INVERSES: Final = {
    expand(name): expand(other)
    for pair in (
        ("skos:broader", "skos:narrower"),
        ("skos:hasTopConcept", "skos:topConceptOf"),
        ("skos:broaderTransitive", "skos:narrowerTransitive"),
        ("dcterms:isPartOf", "dcterms:hasPart"),
        ("dcterms:isVersionOf", "dcterms:hasVersion"),
        ("schema:isPartOf", "schema:hasPart"),
    )
    for name, other in (pair, pair[::-1])
}
"""Properties that say the same backward by their vocabularies, which the data need not repeat."""

_INVERSE: Final = expand("owl:inverseOf")

SUBCLASS: Final = expand("rdfs:subClassOf")

_TYPE: Final = ox.NamedNode(expand("rdf:type"))


@dataclass(slots=True)
class Use:
    """How a property is used, in up to :data:`SAMPLE` of its triples.

    ``values`` counts them by what the object is: ``iri``, ``blank``, a datatype, or ``@`` and a
    language tag. ``things`` counts the objects that are IRIs.
    """

    triples: int = 0
    subjects: Counter[str] = field(default_factory=Counter)
    objects: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    things: Counter[str] = field(default_factory=Counter)

    @property
    def is_of_things(self) -> bool:
        """Whether all values are things, not literals."""
        return self.triples > 0 and self.values.total() == self.values["iri"] + self.values["blank"]

    @property
    def is_of_literals(self) -> bool:
        """Whether all values are literals."""
        return self.triples > 0 and not self.values["iri"] and not self.values["blank"]

    @property
    def languages(self) -> list[str]:
        """The language tags of its values, the commonest first."""
        return [kind[1:] for kind, _ in self.values.most_common() if kind[0] == "@"]

    @property
    def datatypes(self) -> list[str]:
        """The datatypes of its values, the commonest first; none for things and tagged texts."""
        return [
            kind
            for kind, _ in self.values.most_common()
            if kind[0] != "@" and kind not in ("iri", "blank")
        ]


def kind_of(term: Any) -> str:  # noqa: ANN401  a term
    """What kind of value *term* is, as :class:`Use` counts it."""
    if isinstance(term, ox.Literal):
        return f"@{term.language}" if term.language else term.datatype.value
    return "iri" if isinstance(term, ox.NamedNode) else "blank"


def is_text(kind: str) -> bool:
    """Whether literals of a kind are texts."""
    return kind == STRING or kind[0] == "@"


class Schema:
    """What is there in *store*."""

    def __init__(self, store: Dataset) -> None:
        self.store = store
        self.use = cache(self._used)
        self.literals_of = cache(self._literals_of)
        self._roles: dict[str, frozenset[Role]] = {}

    def occurs(
        self,
        subject: Any = None,  # noqa: ANN401  a term
        predicate: str | None = None,
        value: Any = None,  # noqa: ANN401  a term
        places: Iterable[Place | None] = DEFAULT,
    ) -> bool:
        """Whether one of these graphs (None: any) has such a triple."""
        wanted = ox.NamedNode(predicate) if predicate else None
        return any(
            next(self.store.quads_for_pattern(subject, wanted, value, place), None) is not None
            for place in places
        )

    def mentions(self, node: ox.NamedNode, places: Iterable[Place | None] = DEFAULT) -> bool:
        """Whether something is said of *node* in one of these graphs, or by it of something else."""
        chosen = tuple(places)
        return self.occurs(node, places=chosen) or self.occurs(None, None, node, chosen)

    def graphs_with(
        self,
        subject: Any = None,  # noqa: ANN401  a term
        predicate: str | None = None,
        value: Any = None,  # noqa: ANN401  a term
    ) -> list[str]:
        """The named graphs that have such a triple, by size; at most :data:`SAMPLE` are looked at."""
        wanted = ox.NamedNode(predicate) if predicate else None
        quads = self.store.quads_for_pattern(subject, wanted, value, None)
        graphs = Counter(quad.graph_name for quad in islice(quads, SAMPLE))
        return [graph.value for graph, _ in graphs.most_common() if isinstance(graph, ox.NamedNode)]

    def _used(self, predicate: str, places: tuple[Place, ...] = DEFAULT) -> Use:
        """How *predicate* is used in these graphs."""
        use = Use()
        for place in places:
            matching = self.store.quads_for_pattern(None, ox.NamedNode(predicate), None, place)
            quads = list(islice(matching, SAMPLE))
            access(self.store).prefetch((end for quad in quads for end in quad.triple), (_TYPE,))
            for quad in quads:
                use.triples += 1
                use.values[kind_of(quad.object)] += 1
                use.subjects.update(self.classes_of(quad.subject))
                if isinstance(quad.object, ox.NamedNode):
                    use.things[quad.object.value] += 1
                    use.objects.update(self.classes_of(quad.object))
        return use

    def _literals_of(self, predicate: str, places: tuple[Place, ...] = DEFAULT) -> list[ox.Literal]:
        """The literals in up to :data:`SAMPLE` triples of *predicate*, each once."""
        node = ox.NamedNode(predicate)
        quads = (self.store.quads_for_pattern(None, node, None, place) for place in places)
        terms = (quad.object for some in quads for quad in islice(some, SAMPLE))
        return list(dict.fromkeys(term for term in terms if isinstance(term, ox.Literal)))

    def same_literals(
        self, text: str, predicate: str, places: tuple[Place, ...]
    ) -> list[ox.Literal]:
        """Values of *predicate* that are written as *text* is, or are the same number."""
        use = self.use(predicate, places)
        candidates: list[ox.Literal] = [
            ox.Literal(text, language=language) for language in use.languages
        ]
        for datatype in use.datatypes:
            candidates += (
                ox.Literal(form, datatype=ox.NamedNode(datatype)) for form in _forms(text)
            )
        same = [term for term in candidates if self.occurs(None, predicate, term, places)]
        value = _number(text)
        if same or value is None:
            return same
        return [t for t in self.literals_of(predicate, places) if _number(t.value) == value]

    def classes_of(self, thing: Any) -> list[str]:  # noqa: ANN401  a term
        """The classes of *thing*, in any graph."""
        if not isinstance(thing, ox.NamedNode | ox.BlankNode):
            return []
        quads = self.store.quads_for_pattern(thing, _TYPE, None, None)
        return list(
            dict.fromkeys(q.object.value for q in quads if isinstance(q.object, ox.NamedNode))
        )

    @cached_property
    def properties(self) -> dict[str, int]:
        """The properties of the default graph, with the number of their triples (up to a bound)."""
        query = f"""SELECT ?p (COUNT(*) AS ?n)
            {{ {{ SELECT ?p {{ ?s ?p ?o }} LIMIT {100 * SAMPLE} }} }} GROUP BY ?p"""
        rows: Any = self.store.query(query)
        return {row["p"].value: int(row["n"].value) for row in rows}

    @cached_property
    def is_large(self) -> bool:
        """Whether there are so many triples that not every question is asked of all of them."""
        # In this order: to look for named graphs, the engine reads all of the default graph.
        return any(map(self._has_many, ("?s ?p ?o", "GRAPH ?g { ?s ?p ?o }")))

    def _has_many(self, pattern: str) -> bool:
        inner = f"{{ SELECT * {{ {pattern} }} LIMIT {LARGE} }}"
        rows: Any = self.store.query(f"SELECT (COUNT(*) AS ?n) {{ {inner} }}")
        return any(int(row["n"].value) >= LARGE for row in rows)

    # What the ontology says, in whatever graph it stands

    def related(self, term: str, relation: str, *, backward: bool = False) -> list[str]:
        """The IRIs that *relation* joins to *term*, in any graph."""
        node, by = ox.NamedNode(term), ox.NamedNode(relation)
        if backward:
            nodes = [q.subject for q in self.store.quads_for_pattern(None, by, node, None)]
        else:
            nodes = [q.object for q in self.store.quads_for_pattern(node, by, None, None)]  # type: ignore[misc]
        return list(dict.fromkeys(end.value for end in nodes if isinstance(end, ox.NamedNode)))

    def inverses(self, predicate: str) -> list[str]:
        """The properties that say the same backward."""
        node = ox.NamedNode(predicate)
        said = self.store.quads_for_pattern(node, None, None, None)
        # owl:inverseOf, and what other modelling languages call like it.
        by = {
            q.predicate.value for q in said if local_name(q.predicate.value).startswith("inverse")
        }
        ways = ((each, way) for each in sorted(by | {_INVERSE}) for way in (False, True))
        both = (self.related(predicate, each, backward=way) for each, way in ways)
        known = [_INVERSES[predicate]] if predicate in _INVERSES else []
        return list(dict.fromkeys(chain(*both, known)))

    def wider(self, term: str) -> list[str]:
        """The terms above *term*, at any height."""
        return self._closure(term, backward=False)

    def narrower(self, term: str) -> list[str]:
        """The terms below *term*, at any depth."""
        return self._closure(term, backward=True)

    def _closure(self, term: str, *, backward: bool) -> list[str]:
        terms: list[str] = [term]
        for each in terms:
            for relation in ("rdfs:subPropertyOf", "rdfs:subClassOf"):
                near = self.related(each, expand(relation), backward=backward)
                terms += [iri for iri in near if iri not in terms]
        return terms[1:]

    def special(self, terms: Iterable[str]) -> list[str]:
        """*terms* without those that are wider than another of them."""
        chosen = list(terms)
        above = {wider for each in chosen for wider in self.wider(each)}
        return [each for each in chosen if each not in above]

    def successors(self, term: str) -> list[str]:
        """What is to be used instead of *term*, which is retired."""
        quads = islice(self.store.quads_for_pattern(ox.NamedNode(term), None, None, None), SAMPLE)
        after = (q.object for q in quads if local_name(q.predicate.value).lower() in _REPLACED)
        return list(dict.fromkeys(each.value for each in after if isinstance(each, ox.NamedNode)))

    def equivalents(self, term: str) -> list[str]:
        """What the ontology says to mean the same as *term*."""
        relations = map(expand, ("owl:equivalentProperty", "owl:equivalentClass"))
        ways = [(each, way) for each in relations for way in (False, True)]
        found = [iri for each, way in ways for iri in self.related(term, each, backward=way)]
        return [iri for iri in dict.fromkeys(found) if iri != term]

    def is_class(self, term: str) -> bool:
        """Whether *term* is said to be a class, or to have one above or below it."""
        kinds = self.classes_of(ox.NamedNode(term))
        return any(local_name(each).endswith("Class") for each in kinds) or bool(
            self.related(term, SUBCLASS) or self.related(term, SUBCLASS, backward=True)
        )

    def matches(self, term: str) -> list[str]:
        """What is said to mean the same as *term*, or nearly, in either direction."""
        node = ox.NamedNode(term)
        before = self.store.quads_for_pattern(None, None, node, None)
        after = self.store.quads_for_pattern(node, None, None, None)
        nodes = [
            *((quad.predicate, quad.subject) for quad in islice(before, SAMPLE)),
            *((quad.predicate, quad.object) for quad in islice(after, SAMPLE)),
        ]
        found = [
            end.value
            for by, end in nodes
            if local_name(by.value) in _MATCHES and isinstance(end, ox.NamedNode)
        ]
        if term.startswith("http://www.wikidata.org/prop/"):
            found += filter(None, [_OF_WIKIDATA.get(local_name(term))])
        found += filter(None, [_STATEMENTS.get(term)])
        return list(dict.fromkeys(found))

    def is_declared(self, term: str) -> bool:
        """Whether some graph says anything of *term*."""
        return self.occurs(ox.NamedNode(term), places=(None,))

    # What properties are for

    def has_role(self, predicate: str, role: Role) -> bool:
        """Whether *predicate*, or one above it, is called what one with this role is called."""
        if predicate not in self._roles:
            names = [words(local_name(iri)) for iri in (predicate, *self.wider(predicate))]
            self._roles[predicate] = frozenset(
                role
                for role, called in _ROLES.items()
                if any(wanted <= set(name) for name in names for wanted in called)
            )
        return role in self._roles[predicate]

    def with_role(self, role: Role) -> list[str]:
        """The properties of the default graph with this role, the rarest (most special) first."""
        iris = [iri for iri in self.properties if self.has_role(iri, role)]
        return sorted(iris, key=lambda iri: (self.properties[iri], iri))

    def values_of(self, thing: Any, predicate: str) -> Iterator[Any]:  # noqa: ANN401  a term
        """The objects of *thing* and *predicate* in the default graph."""
        quads = self.store.quads_for_pattern(thing, ox.NamedNode(predicate), None, *DEFAULT)
        return (quad.object for quad in quads)


def _forms(text: str) -> list[str]:
    """A number with and without its decimal point, in plain digits; of a day also its month."""
    plainly = unicodedata.normalize("NFKC", text).strip()
    value = _number(plainly)
    forms = [text, plainly]
    if value is not None and value.is_integer() and abs(value) < 1e15:
        forms += (str(int(value)), f"{int(value)}.0")
    elif re.fullmatch(r"\d{4}-\d\d?(-\d\d?)?", plainly):
        padded = re.sub(r"-(?=\d(?:-|$))", "-0", plainly)
        forms += (padded, padded[:7])
    return list(dict.fromkeys(forms))


def _number(text: str) -> float | None:
    """The number that *text* writes, if it writes one."""
    try:
        return float(text)
    except ValueError:
        return None
