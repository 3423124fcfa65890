"""Namespaces and prefixes, and how IRIs are shortened and expanded."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

BASE: Final = "https://w3id.org/gbagraph/"
BASE_IRI: Final = BASE + "sparql"
"""Base of relative IRIs in queries (RFC 3986, section 5.1.4): ``<id/baidu>`` is an IRI of ours."""

ONTOLOGY: Final = BASE + "ontology"
DATASET: Final = BASE + "dataset"

PREFIXES: Final = MappingProxyType(
    {
        "gba": BASE + "ontology#",
        "gsh": BASE + "shapes#",
        "id": BASE + "id/",
        "c": BASE + "claim/",
        "art": BASE + "article/",
        "graph": BASE + "graph/",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "owl": "http://www.w3.org/2002/07/owl#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "sh": "http://www.w3.org/ns/shacl#",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "dc": "http://purl.org/dc/elements/1.1/",
        "dcterms": "http://purl.org/dc/terms/",
        "prov": "http://www.w3.org/ns/prov#",
        "org": "http://www.w3.org/ns/org#",
        "schema": "https://schema.org/",
        "foaf": "http://xmlns.com/foaf/0.1/",
        "qudt": "http://qudt.org/schema/qudt/",
        "unit": "http://qudt.org/vocab/unit/",
        "void": "http://rdfs.org/ns/void#",
        "dcat": "http://www.w3.org/ns/dcat#",
        "sd": "http://www.w3.org/ns/sparql-service-description#",
        "vann": "http://purl.org/vocab/vann/",
        "spdx": "http://spdx.org/rdf/terms#",
        "vcard": "http://www.w3.org/2006/vcard/ns#",
        "wgs84": "http://www.w3.org/2003/01/geo/wgs84_pos#",
        "geo": "http://www.opengis.net/ont/geosparql#",
        "sf": "http://www.opengis.net/ont/sf#",
        "wd": "http://www.wikidata.org/entity/",
    }
)


def graph_iri(name: str) -> str:
    """IRI of one of the dataset's named graphs, such as ``article``."""
    return PREFIXES["graph"] + name


SPARQL_PREFIXES: Final = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
"""The PREFIX declarations at the head of a query."""


def expand(curie: str) -> str:
    """The IRI of a prefixed name; raises KeyError for an unknown prefix."""
    prefix, _, local = curie.partition(":")
    return PREFIXES[prefix] + local


def compact(iri: str) -> str:
    """*iri* as a prefixed name if that needs no escaping, else unchanged."""
    candidates = [(name, base) for name, base in PREFIXES.items() if iri.startswith(base)]
    if not candidates:
        return iri
    name, base = max(candidates, key=lambda pair: len(pair[1]))
    local = iri[len(base) :]
    return f"{name}:{local}" if local and not set(local) & set("/#?:") else iri
