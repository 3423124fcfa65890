"""The queries of the benchmark: the canned ones, and an ad-hoc mix."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from bench import generate
from bench.graphs import OWN, TRIPLES
from gbagraph.queries.catalog import local_queries

_PREFIXES: Final = (
    f"PREFIX gba: <{generate.GBA}> PREFIX id: <{generate.BASE}id/> "
    f"PREFIX rdf: <{generate.RDF}> PREFIX rdfs: <{generate.RDFS}> "
)
_ROWS: Final = "application/sparql-results+json"
_TRIPLES: Final = "text/turtle"
_INSTANCES: Final = 20
STAR: Final = "star"

_OWN_MIX: Final = {
    "point": "SELECT ?p ?o {{ id:{thing} ?p ?o }}",
    "star": "SELECT ?s ?name ?in {{ ?s a gba:Project ; rdfs:label ?name ; gba:locatedIn ?in }} LIMIT 60",
    "path": "SELECT ?in {{ id:{place} gba:locatedIn+ ?in }}",
    "aggregate": (
        "SELECT ?class (COUNT(*) AS ?n) {{ ?s gba:focusesOn ?o ; a ?class }} GROUP BY ?class"
    ),
    "sort": "SELECT ?s ?name {{ ?s a gba:Company ; rdfs:label ?name }} ORDER BY STR(?name)",
    "construct": "CONSTRUCT {{ id:{thing} ?p ?o }} WHERE {{ id:{thing} ?p ?o }}",
}
_GENERATED_MIX: Final = {
    "point": "SELECT ?p ?o {{ id:project-{n} ?p ?o }}",
    "star": (
        "SELECT * {{ id:project-{n} rdfs:label ?name ; gba:directlyIn ?zone ; gba:focusesOn ?topic . "
        "?company gba:develops id:project-{n} . ?launch gba:launched id:project-{n} ; gba:date ?date }}"
    ),
    "path": "SELECT ?in {{ id:project-{n} gba:directlyIn+ ?in }}",
    "aggregate": (
        "SELECT ?company (COUNT(?project) AS ?count) (SUM(?m) AS ?sum) {{ "
        "?project gba:directlyIn id:zone-{zone} . ?company gba:develops ?project . "
        "?launch gba:launched ?project ; gba:investment ?m }} GROUP BY ?company"
    ),
    "sort": (
        "SELECT ?project ?date {{ ?project gba:directlyIn id:zone-{zone} . "
        "?launch gba:launched ?project ; gba:earliest ?date }} ORDER BY ?date STR(?project)"
    ),
    "construct": "CONSTRUCT {{ id:project-{n} ?p ?o }} WHERE {{ id:project-{n} ?p ?o }}",
}
KINDS: Final = tuple(_GENERATED_MIX)
_THINGS: Final = ("baidu", "guangzhou", "knowledge-city", "greater-bay-area", "guangdong", "china")
_PLACES: Final = ("knowledge-city", "apollo-rd-centre", "guangzhou", "guangdong")


@dataclass(frozen=True, slots=True)
class Query:
    """A query: a kind or the name of a canned one, its text, and the requested format."""

    kind: str
    text: str
    accept: str

    def path(self, server_path: str) -> str:
        """The request target for a GET."""
        return f"{server_path}?query={quote(self.text, safe='')}"

    def cold(self, salt: str) -> Query:
        """The same query in a text that nobody has sent before."""
        return Query(self.kind, f"{self.text} #{salt}", self.accept)


def canned_queries() -> list[Query]:
    """Every canned query that calls no other endpoint, with its example parameters."""
    return [
        Query(row.name, row.bind(row.examples.items()), _ROWS) for row in local_queries().values()
    ]


def ad_hoc(size: str) -> list[Query]:
    """A mix of ad-hoc queries, the kinds in turn, each about other things."""
    chance = random.Random(size)  # noqa: S311  not for secrets
    texts = _OWN_MIX if size == OWN else _GENERATED_MIX
    return [
        Query(
            kind,
            _PREFIXES + text.format(**_values(size, chance)),
            _TRIPLES if kind == "construct" else _ROWS,
        )
        for _ in range(_INSTANCES)
        for kind, text in texts.items()
    ]


def _values(size: str, chance: random.Random) -> dict[str, object]:
    if size == OWN:
        return {"thing": chance.choice(_THINGS), "place": chance.choice(_PLACES)}
    zone = chance.randrange(generate.zones(TRIPLES[size]) - 1)
    return {"zone": zone, "n": zone * generate.PROJECTS + chance.randrange(generate.PROJECTS)}


def workloads(size: str) -> dict[str, list[Query]]:
    """The sets of queries that are measured on a graph of that size."""
    mix = ad_hoc(size)
    if size != OWN:
        return {"ad-hoc": mix}
    stars = [query for query in mix if query.kind == STAR]
    return {"canned": canned_queries(), "ad-hoc": mix, STAR: stars}
