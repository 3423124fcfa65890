"""The service description (SPARQL 1.1 Service Description), computed from what is served."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from gbagraph.dataset.description.catalog import checksum
from gbagraph.dataset.description.void import name
from gbagraph.rdf.formats import GRAPHS, TABLES
from gbagraph.rdf.namespaces import DATASET, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.dataset.identity import Description
    from gbagraph.rdf.formats import Format

_SPARQL = "http://www.w3.org/ns/sparql#"
_GEOSPARQL = "http://www.opengis.net/def/function/geosparql/sf"
_FUNCTIONS = tuple(
    _GEOSPARQL + relation
    for relation in (
        *("Contains", "Crosses", "Disjoint", "Equals"),
        *("Intersects", "Overlaps", "Touches", "Within"),
    )
)
_PREFIXES = {
    name: PREFIXES[name] for name in ("sd", "void", "dcat", "dcterms", "owl", "spdx", "xsd")
}


def say(subject: str, curie: str, value: str | int | ox.NamedNode | ox.Literal) -> ox.Triple:
    """A triple with its predicate as a prefixed name."""
    term = ox.Literal(value) if isinstance(value, str | int) else value
    return ox.Triple(ox.NamedNode(subject), name(curie), term)


def _hash(dataset: str, description: Description) -> Iterator[ox.Triple]:
    """The hash of the data, on the version that has it."""
    version = f"{DATASET}/{description.version}" if description.built_in else dataset
    if description.built_in:
        yield say(dataset, "dcat:hasCurrentVersion", ox.NamedNode(version))
    for statement in checksum(version, description.hash.removeprefix("sha256:")):
        yield say(*statement)


def triples(endpoint: str, description: Description) -> Iterator[ox.Triple]:
    """The description of the service at the URL *endpoint*, without blank nodes."""
    service, default = f"{endpoint}#service", f"{endpoint}#default-graph"
    dataset = DATASET if description.built_in else f"{endpoint}#dataset"
    yield say(service, "rdf:type", name("sd:Service"))
    yield say(service, "sd:endpoint", ox.NamedNode(endpoint))
    for language in ("sd:SPARQL11Query", "sd:SPARQLQuery"):
        yield say(service, "sd:supportedLanguage", name(language))
    for version in ("1.0", "1.1", "1.2"):
        yield say(service, "sd:supportedVersion", ox.NamedNode(f"{_SPARQL}version-{version}"))
    for iri in dict.fromkeys(offer.iri for offer in (*TABLES, *GRAPHS)):
        yield say(service, "sd:resultFormat", ox.NamedNode(iri))
    for function in _FUNCTIONS:
        yield say(service, "sd:extensionFunction", ox.NamedNode(function))
        yield say(function, "rdf:type", name("sd:Function"))
    yield say(service, "sd:defaultDataset", ox.NamedNode(dataset))
    yield say(dataset, "rdf:type", name("sd:Dataset"))
    yield say(dataset, "dcterms:title", description.title)
    yield say(dataset, "owl:versionInfo", description.version)
    yield say(service, "sd:availableGraphs", ox.NamedNode(dataset))
    if description.hash:
        yield from _hash(dataset, description)
    yield say(dataset, "sd:defaultGraph", ox.NamedNode(default))
    yield say(default, "rdf:type", name("sd:Graph"))
    yield say(default, "void:triples", description.default_graph)
    for position, (graph, size) in enumerate(description.graphs.items(), start=1):
        entry = f"{endpoint}#named-graph-{position}"
        yield say(dataset, "sd:namedGraph", ox.NamedNode(entry))
        yield say(entry, "rdf:type", name("sd:NamedGraph"))
        yield say(entry, "sd:name", ox.NamedNode(graph))
        # The graphs of the built-in dataset are described in graph/meta, under their own names.
        described = graph if description.built_in else f"{entry}-graph"
        yield say(entry, "sd:graph", ox.NamedNode(described))
        yield say(described, "rdf:type", name("sd:Graph"))
        yield say(described, "void:triples", size)


def serialize(endpoint: str, description: Description, offer: Format) -> bytes:
    """The description in the given format."""
    found = ox.serialize(
        triples(endpoint, description),
        format=ox.RdfFormat.from_extension(offer.serializer),
        prefixes=_PREFIXES,
    )
    return found or b""
