"""A store whose default graph is the union of its graphs, asked over HTTP beside the same as it is."""

import json
import os
import sys

import pyoxigraph as ox
import pytest

from gbagraph.features.stores.loading import load
from support import RunningServer, ok, run

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(sys.platform != "linux", reason="needs seccomp"),
]

E = "http://union.example/"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
SD = "http://www.w3.org/ns/sparql-service-description#"
VOID = "http://rdfs.org/ns/void#"
QUADS = f"""
<{E}a> <{E}knows> <{E}b> <{E}g1> .
<{E}a> <{E}knows> <{E}b> <{E}g2> .
<{E}b> <{E}knows> <{E}c> <{E}g2> .
<{E}c> <{LABEL}> "Cedar"@en <{E}g1> .
<{E}c> <{E}knows> <{E}d> .
"""
ALL = "SELECT * { ?s ?p ?o }"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A store with one triple in two graphs, and one in the default graph of the file."""
    here = tmp_path_factory.mktemp("union")
    (here / "quads.nq").write_text(QUADS)
    load(here / "store", [here / "quads.nq"])
    return here / "store"


@pytest.fixture(scope="module")
def union_server(folder):
    with RunningServer("--store", folder, "--default-graph", "union") as running:
        yield running


@pytest.fixture(scope="module")
def stored_server(folder):
    with RunningServer("--store", folder) as running:
        yield running


def test_a_triple_is_found_once_for_each_graph_that_has_it(union_server, stored_server):
    assert len(union_server.rows(ALL)) == 5
    assert len(union_server.rows(ALL.replace("*", "DISTINCT *"))) == 4
    assert len(stored_server.rows(ALL)) == 1


def test_a_path_crosses_graphs(union_server, stored_server):
    path = f"SELECT DISTINCT ?x {{ <{E}a> <{E}knows>+ ?x }}"
    assert {row["x"] for row in union_server.rows(path)} == {E + "b", E + "c", E + "d"}
    assert stored_server.rows(path) == []


@pytest.mark.parametrize(
    ("query", "parameters", "expected"),
    [
        (f"SELECT * FROM <{E}g1> {{ ?s ?p ?o }}", {}, 2),
        (f"SELECT * FROM <{E}g1> FROM <{E}g2> {{ ?s ?p ?o }}", {}, 3),
        (f"SELECT * FROM NAMED <{E}g1> {{ ?s ?p ?o }}", {}, 0),
        (f"SELECT * FROM NAMED <{E}g1> {{ GRAPH ?g {{ ?s ?p ?o }} }}", {}, 2),
        (f"SELECT * {{ GRAPH <{E}g2> {{ ?s ?p ?o }} }}", {}, 2),
        ("SELECT * { GRAPH ?g { ?s ?p ?o } }", {}, 4),
        (ALL, {"default-graph-uri": E + "g2"}, 2),
        (ALL, {"default-graph-uri": [E + "g1", E + "g2"]}, 3),
        (ALL, {"named-graph-uri": E + "g2"}, 0),
        (f"SELECT * FROM <{E}g1> {{ ?s ?p ?o }}", {"default-graph-uri": E + "g2"}, 2),
    ],
)
def test_a_dataset_that_is_named_is_the_same_as_without(
    union_server, stored_server, query, parameters, expected
):
    for server in (union_server, stored_server):
        assert len(server.rows(query, **parameters)) == expected


def test_the_service_description_says_so(union_server, stored_server):
    for server, is_union in ((union_server, True), (stored_server, False)):
        found = server.client.get("/sparql", headers={"accept": "application/n-triples"})
        assert (f"<{SD}feature> <{SD}UnionDefaultGraph>" in found.text) is is_union
        assert (f"#default-graph> <{VOID}triples>" in found.text) is not is_union


def test_entity_tags_of_the_two_differ(union_server, stored_server):
    tags = {
        server.client.get("/sparql", params={"query": ALL, "format": "csv"}).headers["etag"]
        for server in (union_server, stored_server)
    }
    assert len(tags) == 2


OF_B = f"SELECT ?x {{ <{E}b> <{E}knows> ?x }}"


@pytest.mark.parametrize(
    ("path", "asked", "found"),
    [
        ("/sparql", {"query": OF_B, "evidence": "true"}, E + "knows"),
        ("/why", {"s": E + "b", "p": E + "knows", "o": E + "c"}, E + "c"),
        ("/search", {"q": "cedar"}, E + "c"),
    ],
)
def test_features_find_what_is_in_named_graphs(union_server, path, asked, found):
    assert found in ok(union_server.client.get(path, params={**asked, "format": "json"})).text


def test_explain_does_not_send_to_graphs_what_is_in_the_union(union_server, stored_server):
    in_union, as_stored = (
        server.client.get("/sparql/explain", params={"query": OF_B, "format": "json"}).json()
        for server in (union_server, stored_server)
    )
    assert [each["code"] for each in in_union["diagnostics"]] == ["asked-in-part"]
    assert "GRAPH" not in json.dumps(in_union)
    assert "GRAPH" in json.dumps(as_stored)


def test_the_graph_store_gives_the_union(union_server, stored_server):
    for server, expected in ((union_server, 4), (stored_server, 1)):
        text = server.client.get("/graphs?default", headers={"accept": "application/n-triples"})
        found = {quad.triple for quad in ox.parse(text.content, format=ox.RdfFormat.N_TRIPLES)}
        assert len(found) == expected


def test_what_is_dumped_whole_is_as_it_was_loaded(union_server):
    text = union_server.client.get("/dumps/dataset.nq")
    assert len(list(ox.parse(text.content, format=ox.RdfFormat.N_QUADS))) == 5


def test_the_commands_take_it_from_the_environment(folder):
    variables = {"GBAGRAPH_STORE": str(folder), "GBAGRAPH_DEFAULT_GRAPH": "union"}
    found = run("query", ALL, "-f", "csv", env={**os.environ, **variables})
    assert found.stdout.count(E + "knows") == 4
