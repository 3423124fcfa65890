"""The canned queries as a test suite of the W3C's form: what its files hold."""

import json

import pyoxigraph as ox
import pytest

from gbagraph.features.canned.manifest import write
from gbagraph.queries.catalog import find, local_queries
from gbagraph.rdf.namespaces import graph_iri
from gbagraph.sparql.parsed import ParsedQuery

BASE = "https://example.org/suite/"
TESTS = """
PREFIX mf: <http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#>
PREFIX qt: <http://www.w3.org/2001/sw/DataAccess/tests/test-query#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT * {
  ?manifest a mf:Manifest ; mf:entries/rdf:rest*/rdf:first ?test .
  ?test a mf:QueryEvaluationTest ; mf:name ?name ; mf:action ?action ; mf:result ?result .
  ?action qt:query ?query .
  OPTIONAL { ?action qt:data ?data }
  OPTIONAL { ?action qt:graphData [ qt:graph ?file ; rdfs:label ?graph ] }
}
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("suite")
    assert write(found, local_queries().values()) == len(local_queries())
    return found


@pytest.fixture(scope="module")
def rows(folder):
    store = ox.Store()
    store.load(path=folder / "manifest.ttl", base_iri=f"{BASE}manifest.ttl")
    return list(store.query(TESTS))


def path_of(folder, term):
    return folder / term.value.removeprefix(BASE)


def test_each_query_is_a_test(rows):
    assert {row["name"].value for row in rows} == set(local_queries())
    assert all(row["test"].value == f"{BASE}manifest.ttl#{row['name'].value}" for row in rows)


def test_all_files_that_are_named_exist(folder, rows):
    named = {row[name] for row in rows for name in ("query", "result", "data", "file") if row[name]}

    assert [term for term in named if not path_of(folder, term).stat().st_size] == []


def test_the_results_are_the_expected_answers(folder, rows):
    for row in rows:
        found = json.loads(path_of(folder, row["result"]).read_text())
        assert found == json.loads(find(row["name"].value).expected.read_text())


def test_parameters_with_a_value_are_bound(folder):
    for query in local_queries().values():
        text = (folder / "queries" / f"{query.name}.rq").read_text()
        bound = {row.variable for row in query.parameters if row.name in query.examples}
        assert set(ParsedQuery(text).variables) & bound == set()


def test_the_data_of_a_test_give_its_result(folder, rows):
    """By the files alone, with the graphs that the manifest names, in a store of their own."""
    for name in ("zones-by-area", "place-to-country", "is-in"):
        store = ox.Store()
        own = [row for row in rows if row["name"].value == name]
        for row in own:
            if row["data"]:
                store.load(path=path_of(folder, row["data"]))
            if row["file"]:
                graph = ox.NamedNode(row["graph"].value)
                store.load(path=path_of(folder, row["file"]), to_graph=graph)
        found = store.query(path_of(folder, own[0]["query"]).read_text())
        result = json.loads(found.serialize(format=ox.QueryResultsFormat.JSON))
        assert result == json.loads(path_of(folder, own[0]["result"]).read_text())


def test_a_test_has_no_data_that_its_query_does_not_read(rows):
    (only,) = [row for row in rows if row["name"].value == "aims"]

    assert only["data"] is None
    assert only["graph"].value == graph_iri("article")
