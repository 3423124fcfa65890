"""The statistics in the description of a service of others' data: true, and never in the way."""

import pyoxigraph as ox
import rdflib
from rdflib import RDF, VOID

from gbagraph.dataset import service
from gbagraph.rdf.namespaces import DATASET, PREFIXES
from support.serving import serving

SD = rdflib.Namespace(PREFIXES["sd"])
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
