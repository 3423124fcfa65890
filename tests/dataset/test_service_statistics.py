"""What a service says of its data, of what they unite and whom it calls: true, and never in the way."""

import pyoxigraph as ox
import pytest
import rdflib
from rdflib import DCAT, DCTERMS, OWL, RDF, RDFS, VOID

from gbagraph.dataset import service
from gbagraph.rdf.namespaces import DATASET, PREFIXES
from support.serving import serving

SD, VCARD = rdflib.Namespace(PREFIXES["sd"]), rdflib.Namespace(PREFIXES["vcard"])
E = "http://example.org/"


def default_graph(server, found):
    dataset = found.value(rdflib.URIRef(server.sparql), SD.defaultDataset)
    return found.value(dataset, SD.defaultGraph)


def test_they_are_those_of_the_data(small_server):
    found = small_server.turtle()
    graph = default_graph(small_server, found)

    figures = {
        name: found.value(graph, VOID[name]).toPython()
        for name in ("triples", "distinctSubjects", "distinctObjects", "classes", "properties")
    }
    assert figures == {
        "triples": 4,
        "distinctSubjects": 4,
        "distinctObjects": 4,
        "classes": 0,
        "properties": 1,
    }
    (part,) = found.objects(graph, VOID.propertyPartition)
    assert str(found.value(part, VOID.property)) == f"{E}p"


def test_of_ours_there_is_what_the_default_graph_leaves_out(server):
    found = server.turtle()

    assert 50 < len(set(found.subjects(VOID.propertyPartition)) - {rdflib.URIRef(DATASET)}) < 100
    assert found.value(default_graph(server, found), VOID.triples)


def test_there_are_no_blank_nodes_and_each_sd_resource_is_typed(small_server):
    found = small_server.turtle()

    assert not any(isinstance(term, rdflib.BNode) for triple in found for term in triple)
    assert (default_graph(small_server, found), RDF.type, VOID.Dataset) in found


UNITED = f"""
@prefix e: <{E}> . e:g1 {{ e:a e:p e:b . e:b e:p e:c }} e:g2 {{ e:a e:p e:b . e:c e:q e:d }}"""
ELSEWHERE = "http://127.0.0.1:9/sparql"
united_server = serving(
    UNITED,
    *("--allow-service", ELSEWHERE, "--license", "https://example.org/licence"),
    *("--contact", "mailto:who@example.org", "--publisher", "Who"),
    name="data.trig",
)
"""A server of graphs and of nothing else, which may call an endpoint."""

DEFAULT, UNION = "{ ?s ?p ?o }", "{ GRAPH ?g { ?s ?p ?o } }"
CALL = f"ASK {{ SERVICE <{ELSEWHERE}> {{ ?s ?p ?o }} }}"


@pytest.mark.processes
@pytest.mark.parametrize("which", ["united_server", "small_server", "server"])
def test_it_has_the_features_that_are_seen_when_it_is_asked(request, which):
    asked = request.getfixturevalue(which)
    found = asked.turtle()
    said = set(found.objects(rdflib.URIRef(asked.sparql), SD.feature))
    default, named = (
        {tuple(row.values()) for row in asked.rows(f"SELECT DISTINCT ?s ?p ?o {part}")}
        for part in (DEFAULT, UNION)
    )

    assert (SD.UnionDefaultGraph in said) is (default == named)
    # Nobody is there, so a call that may be made fails, and any other is refused.
    assert (SD.BasicFederatedQuery in said) is (asked.ask(CALL).status_code == 502)
    assert said <= {SD.UnionDefaultGraph, SD.BasicFederatedQuery}


@pytest.mark.processes
@pytest.mark.parametrize("which", ["united_server", "server"])
def test_it_says_whose_data_these_are_and_where_they_are_to_be_had(request, which):
    asked = request.getfixturevalue(which)
    found = asked.turtle()
    me = found.value(rdflib.URIRef(asked.sparql), SD.defaultDataset)
    contact = found.value(me, DCAT.contactPoint)
    dumps = sorted(found.objects(me, VOID.dataDump))  # of ours all are tried elsewhere
    links = [*dumps[:1], *found.objects(me, RDFS.seeAlso)]
    links += sorted(found.objects(None, DCAT.downloadURL))[:3]

    assert isinstance(found.value(me, DCTERMS.license), rdflib.URIRef)
    assert found.value(me, DCTERMS.publisher)
    assert found.value(contact, VCARD.hasEmail) or found.value(contact, VCARD.hasURL)
    assert len(dumps) > 3
    assert len(links) > 4
    for link in links:
        assert link.startswith(asked.url), "it is here"
        path = link.removeprefix(asked.url)
        assert asked.client.get(path, headers={"Accept": "*/*"}).status_code == 200, link
    listed = asked.client.get("/versions", headers={"Accept": "application/json"}).json()
    present = {row["version"] for row in listed["versions"] if row["present"]}
    assert str(found.value(me, OWL.versionInfo)) in present


def test_ours_is_small_and_its_figures_are_those_of_the_data(server):
    accept = {"Accept": "text/turtle"}
    assert len(server.client.get("/sparql", headers=accept).content) < 250_000
    answer = server.client.get("/.well-known/void", headers=accept)
    assert answer.status_code == 200
    assert len(answer.content) < 60_000
    found, me = rdflib.Graph().parse(data=answer.text), rdflib.URIRef(DATASET)
    assert found.value(me, VOID.sparqlEndpoint) == rdflib.URIRef(server.sparql)
    assert all(file.startswith(f"{server.url}/dumps/") for file in found.objects(me, VOID.dataDump))
    sizes = {
        str(found.value(part, VOID.property)): int(found.value(part, VOID.triples))
        for part in found.objects(me, VOID.propertyPartition)
    }
    kinds = {
        str(found.value(part, VOID["class"])): int(found.value(part, VOID.entities))
        for part in found.objects(me, VOID.classPartition)
    }
    label, zone = PREFIXES["rdfs"] + "label", PREFIXES["gba"] + "Zone"
    (row,) = server.rows(f"SELECT (COUNT(DISTINCT ?s) AS ?n) {{ ?s a <{zone}> }}")
    assert kinds[zone] == int(row["n"])
    assert len(sizes) == int(found.value(me, VOID.properties))
    assert sizes[label] > 1000
    assert len(kinds) == int(found.value(me, VOID.classes))
    for graph in found.objects(me, VOID.subset):
        assert found.value(graph, VOID.triples), graph


hurried_server = serving(
    "".join(f"<{E}{n}> a <{E}C{n % 9}> .\n" for n in range(25_000))
    + "".join(
        f"<{E}{n}> <{E}p{k}> <{E}{(n * 7) % 25_000}> .\n" for n in range(25_000) for k in range(5)
    ),
    *("--query-timeout", "0.02"),
)
"""A server whose data cannot be counted within its time limit."""


def test_a_service_whose_data_are_not_counted_in_time_is_described_without(hurried_server):
    found = hurried_server.turtle()

    assert (rdflib.URIRef(hurried_server.sparql), RDF.type, SD.Service) in found
    assert not list(found.triples((None, VOID.propertyPartition, None)))
    assert not list(found.triples((None, VOID.classPartition, None)))
    assert int(found.value(default_graph(hurried_server, found), VOID.triples)) == 150_000


def answers(properties):
    """Answers about a graph of one class with so many properties."""
    store = ox.Store()
    kind = ox.Quad(ox.NamedNode(f"{E}a"), ox.NamedNode(str(RDF.type)), ox.NamedNode(f"{E}C"))
    store.add(kind)
    for n in range(properties):
        store.add(ox.Quad(kind.subject, ox.NamedNode(f"{E}p{n}"), ox.Literal(n)))
    return {
        name: [tuple(term.value for term in row) for row in store.query(query)]
        for name, query in service.queries().items()
    }


def test_a_schema_that_nobody_would_wait_for_is_left_out():
    nested = f"{E}sparql#default-graph/class/"
    for properties, is_said in ((1000, True), (1001, False)):
        found = service.statistics(f"{E}sparql", answers(properties), {})
        parts = [row for row in found if row.curie == "void:propertyPartition"]

        assert any(row.subject.startswith(nested) for row in parts) is is_said
        assert len(parts) == properties + 1 + (properties if is_said else 0)
