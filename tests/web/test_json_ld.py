"""JSON-LD documents, read by a JSON-LD processor, say what the Turtle documents say."""

import json

import pyoxigraph as ox
import pytest
from pyld import jsonld

from gbagraph.errors import NotAcceptable
from gbagraph.rdf.namespaces import BASE, PREFIXES
from gbagraph.web import jobs

NQUADS = "application/n-quads"


def things(graph):
    rows = graph.query(f"""
        SELECT DISTINCT ?thing {{ ?thing a ?class
          FILTER (STRSTARTS(STR(?thing), "{PREFIXES["id"]}")) }} ORDER BY STR(?thing)""")
    return [row["thing"].value for row in rows]


@pytest.fixture(scope="module")
def sample(graph):
    """Every eighth thing, and one of each other kind."""
    others = (
        *("id/guangzhou", "id/baidu", "id/ai-zone-area", "dataset", "graph/article"),
        *("claim/baidu-develops-apollo-rd-centre", "article/knowledge-city-3", "dataset/0.1.0"),
    )
    return [*things(graph)[::8], *(BASE + path for path in others)]


def quads_by_pyld(document, contexts=()):
    """The N-Quads of a document; a remote context is one of *contexts*, and nothing else is loaded."""

    def load(address, _):
        return {"contextUrl": None, "documentUrl": address, "document": dict(contexts)[address]}

    text = jsonld.to_rdf(document, {"format": NQUADS, "documentLoader": load})
    return set(ox.parse(text, format=ox.RdfFormat.N_QUADS))


def get(server, iri, extension):
    return server.client.get(f"{iri.replace(BASE, '/doc/')}.{extension}")


def test_documents_expand_to_the_triples_of_the_turtle(server, sample):
    assert len(sample) > 30
    address = f"{BASE}context.jsonld"
    context = json.loads(server.client.get("/context.jsonld").text)
    for iri in sample:
        document = json.loads(get(server, iri, "jsonld").text)
        expected = set(ox.parse(get(server, iri, "nt").content, format=ox.RdfFormat.N_QUADS))
        assert quads_by_pyld(document) == expected, iri
        named = {**document, "@context": address}
        assert quads_by_pyld(named, [(address, context)]) == expected, iri


def test_a_document_reads_as_plain_json(server):
    response = server.client.get("/doc/id/baidu", headers={"Accept": "application/ld+json"})
    found = response.json()

    assert response.headers["Content-Type"] == "application/ld+json"
    assert found["@id"] == "id:baidu"
    assert found["@type"] == ["Company", "Agent", "Organization"]
    assert found["label"]["en"] == "Baidu"
    assert found["develops"] == "id:apollo-rd-centre"
    (claim,) = (n for n in found["@included"] if n["@id"] == "c:baidu-develops-apollo-rd-centre")
    assert claim["inferredFrom"] == "art:knowledge-city-3"
    assert get(server, f"{BASE}id/ai-zone-area", "jsonld").json()["value"] == 81


def test_the_context_has_every_class_and_property(server, graph):
    found = server.client.get("/context.jsonld")
    names = {
        definition["@id"]: definition
        for definition in found.json()["@context"].values()
        if isinstance(definition, dict)
    }
    rows = graph.query(f"""
        PREFIX owl: <{PREFIXES["owl"]}> PREFIX rdfs: <{PREFIXES["rdfs"]}>
        SELECT ?term ?kind {{ GRAPH <{BASE}graph/ontology> {{
          VALUES ?vocabulary {{ <{BASE}ontology> <{BASE}evidence> }}
          ?term rdfs:isDefinedBy ?vocabulary ; a ?kind
          FILTER NOT EXISTS {{ ?term owl:deprecated ?retired }} }}
          FILTER (?kind IN (owl:Class, owl:ObjectProperty, owl:DatatypeProperty)) }}""")
    kinds = {(row["term"].value, row["kind"].value.rpartition("#")[2]) for row in rows}

    assert found.headers["Content-Type"] == "application/ld+json"
    assert len(kinds) > 150
    for iri, kind in kinds:
        assert ("@type" in names[iri] and names[iri]["@type"] == "@id") == (
            kind == "ObjectProperty"
        ), iri
    assert names[f"{PREFIXES['gba']}earliest"]["@type"] == f"{PREFIXES['xsd']}date"
    assert names[f"{PREFIXES['rdfs']}label"]["@container"] == "@language"


ODD = f"""
PREFIX gba: <{PREFIXES["gba"]}>
PREFIX xsd: <{PREFIXES["xsd"]}>
PREFIX : <{BASE}id/>
:odd gba:develops "no thing", <id:not-a-prefix>, <pkg:npm/%40a/b@1>, _:blank ; a gba:Zone, <urn:x:y> ;
  gba:label <a:a> ; <{PREFIXES["rdfs"]}label> "no language", "two"@en, "Two"@en, <a:b> ;
  gba:earliest "2020"^^xsd:gYear, "2020-01-01"^^xsd:date, "no date" ;
  gba:value 1, 1.50, 9007199254740993, "01"^^xsd:int, true, "x"^^<a:type> ;
  <http://example.org/a/b> "é </script> \\n" ; <a:p> "" .
_:blank <a:p> :odd .
"""


def test_values_that_do_not_fit_their_terms():
    store = ox.Store()
    store.load(ODD.encode(), ox.RdfFormat.TURTLE)
    triples = [quad.triple for quad in store]
    text = jobs.document(f"{BASE}id/odd", triples, jobs.context(store))
    ontology = ox.Store()
    ontology.load(path="ontology/gba.ttl", to_graph=ox.DefaultGraph())
    ontology.load(path="ontology/shapes.ttl", to_graph=ox.DefaultGraph())
    for document in (text, jobs.document(f"{BASE}id/odd", triples, jobs.context(ontology))):
        found = quads_by_pyld(json.loads(document))
        assert {by_name(quad) for quad in found} == {by_name(quad) for quad in store}


def by_name(quad):
    return tuple("_:" if isinstance(t, ox.BlankNode) else str(t) for t in quad.triple)


@pytest.mark.parametrize(
    "value", [ox.Literal("x", language="ar", direction=ox.BaseDirection.RTL), None]
)
def test_rdf_12_is_refused(value):
    name = ox.NamedNode(f"{BASE}id/x")
    term = value or ox.Triple(name, name, name)

    with pytest.raises(NotAcceptable, match=r"RDF 1\.2"):
        jobs.document(name.value, [ox.Triple(name, name, term)], jobs.context(ox.Store()))


def test_documents_of_all_kinds_carry_the_evidence_of_each_fact(server, graph):
    """For each thing of the sample's facts in the article: a claim, or an end that says its source."""
    for path in ("id/guangzhou", "id/knowledge-city", "id/baidu"):
        iri = ox.NamedNode(BASE + path)
        text = server.client.get(f"/doc/{path}.nt").content
        served = {q.triple for q in ox.parse(text, format=ox.RdfFormat.N_TRIPLES)}
        bases = {PREFIXES["ev"] + name for name in ("statedIn", "inferredFrom")}
        for node in {t.subject for t in served if t.object == iri} | {iri}:
            own = {
                quad.triple
                for quad in graph.store.quads_for_pattern(node, None, None, ox.DefaultGraph())
                if quad.predicate.value in bases
            }
            assert own <= served, node
