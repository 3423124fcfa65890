"""What properties say of a thing: where it is, who takes part; and the queries about such things.

The terms of well-known vocabularies decide. The properties and classes of a dataset are found through
what its ontology says that they are below, so that no property of any dataset is named here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.names.texts import local_name
from gbagraph.rdf.evidence import TEXTS
from gbagraph.rdf.namespaces import PREFIXES, compact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gbagraph.queries.canned import CannedQuery
    from gbagraph.queries.parameters import Parameter
    from gbagraph.web.kinds import Schema


_MORE: Final = {
    **PREFIXES,
    "sdo": "http://schema.org/",
    "gn": "http://www.geonames.org/ontology#",
    "om": "http://www.ontology-of-units-of-measure.org/resource/om-2/",
}


def iris(names: str) -> tuple[str, ...]:
    """Return the IRIs of prefixed names, which stand between spaces."""
    pairs = (name.split(":", 1) for name in names.split())
    return tuple(_MORE[prefix] + local for prefix, local in pairs)


CONTAINMENT: Final = (
    iris("schema:containedInPlace sdo:containedInPlace geo:sfWithin wdt:P131 gn:parentFeature"),
    iris("dcterms:isPartOf schema:isPartOf sdo:isPartOf"),
    iris("skos:broader"),
)
"""The properties that lead from a thing to what it is in; a path keeps to one of these families."""

PART_OF: Final = iris("dcterms:isPartOf schema:isPartOf")
"""The properties that lead from a passage to the document, or the part of it, that it is in."""

COMMENTS: Final = iris(
    "rdfs:comment skos:definition schema:description sdo:description dcterms:description "
    "dcterms:abstract"
)
"""The properties whose value is a sentence on the thing, those of choice first."""

LATITUDE: Final = iris("wgs84:lat schema:latitude sdo:latitude")
LONGITUDE: Final = iris("wgs84:long schema:longitude sdo:longitude")
NUMBER: Final = iris(
    "schema:value sdo:value qudt:numericValue qudt:value rdf:value om:hasNumericalValue"
)
UNIT: Final = iris(
    "qudt:unit qudt:hasUnit om:hasUnit schema:unitText sdo:unitText "
    "schema:currency sdo:currency schema:unitCode sdo:unitCode"
)
BOUND: Final = iris("gba:bound")
STATUS: Final = iris("gba:status")
DIFFERS: Final = iris("gba:differsFrom")
TYPE: Final = PREFIXES["rdf"] + "type"
DATE: Final = iris("gba:deadline schema:startDate sdo:startDate dcterms:date dc:date")
EARLIEST: Final = iris("gba:earliest")
LATEST: Final = iris("gba:latest")
BOUNDS: Final = (*EARLIEST, *LATEST)
"""The days that a date is reckoned as, for comparison."""

QUOTED: Final = (TEXTS,)
"""The properties whose value is the text of a passage itself."""

TELLING: Final = (
    *(*NUMBER, *UNIT, *BOUND, *DATE, *EARLIEST, *LATEST),
    *(*LATITUDE, *LONGITUDE, *STATUS, *DIFFERS),
)
"""The properties that say of a node what number, date or point it is, and from what it differs."""

POSITION: Final = iris("schema:position sdo:position")

_PROPERTIES: Final[Mapping[str, tuple[str, ...]]] = {
    "bounds": BOUNDS,
    "names": iris(
        "rdfs:label skos:prefLabel skos:altLabel skos:hiddenLabel schema:name schema:alternateName "
        "sdo:name sdo:alternateName foaf:name dcterms:title dc:title"
    ),
    "elsewhere": iris(
        "owl:sameAs skos:exactMatch skos:closeMatch rdfs:seeAlso schema:sameAs sdo:sameAs "
        "dcterms:identifier skos:notation foaf:homepage schema:identifier sdo:identifier"
    ),
    "where": (
        *CONTAINMENT[0],
        *iris("schema:location sdo:location dcterms:spatial"),
        *iris("schema:containsPlace sdo:containsPlace geo:sfContains"),
    ),
    "point": (
        *LATITUDE,
        *LONGITUDE,
        *iris("wgs84:lat_long geo:asWKT geo:hasGeometry schema:geo sdo:geo"),
    ),
    "part": (*CONTAINMENT[1], *iris("dcterms:hasPart schema:hasPart sdo:hasPart")),
    "when": iris(
        "dcterms:date schema:startDate sdo:startDate schema:endDate sdo:endDate dcterms:issued "
        "dcterms:created dcterms:modified schema:datePublished sdo:datePublished"
    ),
    "who": iris(
        "dcterms:creator dcterms:publisher dcterms:contributor dc:publisher dc:creator "
        "schema:participant schema:agent schema:creator schema:organizer schema:founder "
        "prov:wasAttributedTo prov:wasAssociatedWith"
    ),
    "about": iris(
        "dcterms:subject schema:about sdo:about foaf:topic skos:broader skos:narrower skos:related"
    ),
    "what": iris("rdf:type schema:position sdo:position rdfs:subClassOf rdfs:subPropertyOf"),
}
_CLASSES: Final[Mapping[str, tuple[str, ...]]] = {
    "where": iris("schema:Place sdo:Place geo:Feature wgs84:SpatialThing dcterms:Location"),
    "who": iris(
        "schema:Organization sdo:Organization schema:Person sdo:Person foaf:Agent foaf:Organization "
        "foaf:Person org:Organization prov:Agent dcterms:Agent"
    ),
    "when": iris("schema:Event sdo:Event xsd:date xsd:dateTime xsd:gYear xsd:gYearMonth"),
    "amount": iris(
        "schema:QuantitativeValue sdo:QuantitativeValue schema:MonetaryAmount sdo:MonetaryAmount "
        "qudt:QuantityValue qudt:Quantity xsd:integer xsd:decimal xsd:double xsd:float xsd:int "
        "xsd:nonNegativeInteger xsd:positiveInteger xsd:long"
    ),
    "about": iris("skos:Concept"),
    "what": iris("schema:Enumeration sdo:Enumeration"),
}


def is_of(group: str, types: Iterable[str], schema: Schema) -> bool:
    """Return whether a node of these classes is what *group* is about: a number, an event, somebody."""
    every = {each for one in types for each in (one, *schema.kinds.above.get(one, ()))}
    return not every.isdisjoint(_CLASSES[group])


def _by_term(table: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {term: group for group, terms in table.items() for term in terms}


_OF_PROPERTY: Final = _by_term(_PROPERTIES)
_OF_CLASS: Final = _by_term(_CLASSES)


def group(term: str, schema: Schema, types: Iterable[str], *, is_literal: bool) -> str:
    """Return the group of the property *term*, a value of which is of these classes or this datatype."""
    for each in (term, *schema.above(term), *schema.close.get(term, ())):
        if each in _OF_PROPERTY:
            return _OF_PROPERTY[each]
    for each in (*schema.ranges(term), *types):
        if each in _OF_CLASS:
            return _OF_CLASS[each]
    return "what" if is_literal else "links"


_ANYTHING: Final = frozenset({"thing", "subject", "entity", "resource", "item"})
"""Parameters with these names take a thing of any kind."""

_OF_TERMS: Final = tuple(PREFIXES[name] for name in ("owl", "rdfs", "rdf"))
"""The namespaces of the kinds of classes and properties."""


class Question(NamedTuple):
    """A canned query about a thing: its name, what it asks, its parameters, and in which language."""

    name: str
    summary: str
    given: dict[str, str]
    language: str = ""


def questions(
    iri: str, types: Iterable[str], queries: Iterable[CannedQuery]
) -> tuple[Question, ...]:
    """Return the queries that ask about *iri*; those for its kind before those for things of any kind.

    There are none about a class or property. A parameter says by its name which kind of thing it
    takes: ``place``, or ``company``.
    """
    every = tuple(types)
    if any(each.startswith(_OF_TERMS) for each in every):
        return ()
    kinds = {local_name(each).lower() for each in every}
    rows = []
    for query in queries:
        fitting = _fitting(query, kinds)
        if fitting is not None and _needs_no_other(query, fitting):
            is_general = fitting.name.lower() in _ANYTHING
            given = {fitting.name: compact(iri)}
            rows.append((is_general, Question(query.name, query.summary, given, query.language)))
    return tuple(question for _, question in sorted(rows))


def _fitting(query: CannedQuery, kinds: set[str]) -> Parameter | None:
    every = [row for row in query.parameters if row.type.name == "iri" and not row.choices]
    by_kind = (row for row in every if row.name.lower() in kinds)
    general = (row for row in every if row.name.lower() in _ANYTHING)
    return next(by_kind, None) or next(general, None)


def _needs_no_other(query: CannedQuery, fitting: Parameter) -> bool:
    others = (row for row in query.parameters if row is not fitting)
    return not any(row.required and row.default is None for row in others)
