"""Answers of the endpoint in all formats: the bytes of the server, of whatever kind the result is."""

import pytest

from gbagraph.rdf.result_formats import ALL
from support.installed import needs
from support.sites import SiteServer

NAMES = dict.fromkeys(offer.name for offers in ALL.values() for offer in offers)
_PREFIXES = (
    "PREFIX gba: <https://w3id.org/gbagraph/ontology#> PREFIX : <https://w3id.org/gbagraph/> "
    "PREFIX id: <https://w3id.org/gbagraph/id/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
)
QUERIES = {
    "rows": "SELECT ?s ?p ?o { ?s ?p ?o } ORDER BY STR(?s) STR(?p) STR(?o) LIMIT 300",
    "as they come": "SELECT * { ?s ?p ?o } LIMIT 50",
    "kinds": _PREFIXES
    + r"""SELECT * { VALUES (?a ?b) { (1 1.50) (1e0 "x,\"y\n"@en) (true <http://e/a(b)>) (UNDEF UNDEF)
    ("=1" "-5") (1.5e-7 123456789012345678) (.1e17 0.00000010) ("a|b<c>&*" "\uFFFE\u0001")
    ("2024"^^xsd:gYear "+5"^^xsd:integer) ("INF"^^xsd:double "1e-5"^^xsd:double) } }""",
    "one column": 'SELECT ?x { VALUES ?x { UNDEF "" "a" } }',
    "no row": "SELECT * { ?s <nix:x> ?o }",
    "triple terms": 'SELECT ?x { VALUES ?x { <<( <a:a> <a:b> "c"@en--ltr )>> } }',
    "true": "ASK {}",
    "false": "ASK { FILTER(false) }",
    "a graph": _PREFIXES + "CONSTRUCT WHERE { ?s gba:locatedIn ?o ; a ?type }",
    "no triple": _PREFIXES + "CONSTRUCT WHERE { ?s <a:x> ?o }",
    "a graph of triple terms": "PREFIX a: <a:> CONSTRUCT { "
    "a:a a:b <<( a:a a:b 5 )>> . a:a a:c 1.5, 1e0, true, 'x'^^a:d, 'a\\tb\\rc' } WHERE {}",
}


@pytest.fixture(scope="module")
def site_server():
    needs("node")
    with SiteServer() as running:
        yield running


@pytest.mark.matrix
@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
@pytest.mark.parametrize("labels", ["", "zh-hans,en"], ids=["plain", "labelled"])
def test_the_bytes_are_those_of_the_server(server, site_server, query, labels):
    for name in NAMES:
        asked = {"query": query, "format": name, "labels": labels}

        ours, theirs = (each.client.get("/sparql", params=asked) for each in (site_server, server))

        assert ours.status_code == theirs.status_code, name
        if ours.is_success:
            assert ours.content == theirs.content, name
            assert ours.headers["content-type"] == theirs.headers["content-type"]
        else:
            assert ours.json() == theirs.json(), name
