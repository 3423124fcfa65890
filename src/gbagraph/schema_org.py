"""What pages say to crawlers: the thing they show, in schema.org terms as JSON-LD.

Types and properties are those that the ontology maps our terms to; where a mapping is only close,
nothing is claimed. The markup needs no context from elsewhere.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from gbagraph.sparql_text import replace_variables
from gbagraph.vocabulary import DATASET, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEADER: Final = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
_CONTEXT: Final[dict[str, Any]] = {
    "@vocab": PREFIXES["schema"],
    **{name: {"@type": "@id"} for name in ("sameAs", "url", "license", "contentUrl", "isBasedOn")},
}

_THING: Final = (
    _HEADER
    + """
SELECT DISTINCT ?property ?value ?name ?kind
WHERE {
  {
    BIND ("@type" AS ?property)
    ?this a/rdfs:subClassOf* ?class . ?class rdfs:subClassOf ?value .
    FILTER (STRSTARTS(STR(?value), STR(schema:)))
    FILTER NOT EXISTS {
      ?this a/rdfs:subClassOf* ?narrower .
      ?narrower rdfs:subClassOf+ ?class ; rdfs:subClassOf ?other .
      FILTER (STRSTARTS(STR(?other), STR(schema:)))
    }
  }
  UNION
  {
    VALUES (?path ?property) {
      (rdfs:label "name") (skos:altLabel "alternateName") (rdfs:comment "description")
      (owl:sameAs "sameAs") (skos:exactMatch "sameAs") (gba:url "url")
    }
    ?this ?path ?value .
  }
  UNION
  {
    ?this gba:directlyIn|gba:locatedIn ?value .
    ?value rdfs:label ?name FILTER (lang(?name) = "en")
    BIND (EXISTS { ?this a/rdfs:subClassOf* gba:Place } AS ?place)
    BIND (IF(?place, "containedInPlace", "location") AS ?property)
    BIND ("Place" AS ?kind)
  }
}
ORDER BY ?property STR(?value) LANG(?value)"""
)

DATASET_QUERY: Final = (
    _HEADER
    + f"""
SELECT DISTINCT ?property ?value ?name ?kind
WHERE {{
  {{
    VALUES (?path ?property) {{
      (dcterms:title "name") (dcterms:description "description") (dcterms:license "license")
      (dcat:version "version") (dcterms:issued "datePublished") (dcterms:modified "dateModified")
      (dcat:keyword "keywords") (dcterms:source "isBasedOn") (dcat:landingPage "url")
    }}
    <{DATASET}> ?path ?value .
  }}
  UNION
  {{
    VALUES (?path ?property ?kind) {{
      (dcterms:creator "creator" "Organization") (dcterms:spatial "spatialCoverage" "Place")
    }}
    <{DATASET}> ?path ?value .
    ?value rdfs:label ?name FILTER (lang(?name) = "en")
  }}
  UNION
  {{
    BIND ("distribution" AS ?property)
    <{DATASET}> dcat:distribution ?distribution .
    ?distribution dcat:downloadURL ?value ; dcat:mediaType ?type .
    BIND (STRAFTER(STR(?type), "media-types/") AS ?name)
    BIND ("DataDownload" AS ?kind)
  }}
}}
ORDER BY ?property STR(?value) LANG(?value)"""
)


def thing_query(iri: str) -> str:
    """A SELECT query for the markup of the page about *iri*."""
    return replace_variables(_THING, {"this": f"<{iri}>"})


def markup(iri: str, results: bytes, kind: str = "Thing") -> dict[str, Any]:
    """JSON-LD about *iri* from its query's JSON results; *kind* is its type where they have none."""
    found: dict[str, list[Any]] = defaultdict(list)
    for row in json.loads(results)["results"]["bindings"]:
        found[row["property"]["value"]].append(_value(row))
    properties = {key: values[0] if len(values) == 1 else values for key, values in found.items()}
    return {"@context": _CONTEXT, "@id": iri, "@type": kind, **properties}


def _value(row: Mapping[str, Mapping[str, str]]) -> Any:  # noqa: ANN401  any JSON
    term = row["value"]
    if "kind" in row:
        return _node(term["value"], row["name"]["value"], row["kind"]["value"])
    if row["property"]["value"] == "@type":
        return term["value"].removeprefix(PREFIXES["schema"])
    if "xml:lang" in term:
        return {"@value": term["value"], "@language": term["xml:lang"]}
    return term["value"]


def _node(iri: str, name: str, kind: str) -> dict[str, str]:
    if kind == "DataDownload":
        return {"@type": kind, "contentUrl": iri, "encodingFormat": name}
    return {"@type": kind, "@id": iri, "name": name}
