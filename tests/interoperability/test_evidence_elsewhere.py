"""The one pattern of evidence finds the same in the engines of others."""

import csv
import io

import httpx
import pyoxigraph as ox
import pytest

import gbagraph
from gbagraph.rdf.namespaces import declarations
from support.installed import Virtuoso, needs, output

pytestmark = pytest.mark.processes

QUERY = f"""{declarations()}
SELECT ?basis (COUNT(DISTINCT ?c) AS ?claims) (COUNT(DISTINCT ?passage) AS ?passages) {{
  ?c rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; ?basis ?passage .
  FILTER (?basis IN (gba:statedIn, gba:inferredFrom))
}}
GROUP BY ?basis ORDER BY STR(?basis)"""


@pytest.fixture(scope="module")
def graph():
    return gbagraph.open()


@pytest.fixture(scope="module")
def expected(graph):
    rows = [tuple(term.value for term in row) for row in graph.query(QUERY)]
    assert len(rows) == 2
    assert all(int(claims) > 500 for _, claims, _ in rows)
    return rows


@pytest.fixture(scope="module")
def folder(graph, tmp_path_factory):
    """A folder with the default graph as N-Triples."""
    folder = tmp_path_factory.mktemp("evidence")
    graph.store.dump(folder / "default.nt", ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph())
    return folder


def rows(text: str) -> list[tuple[str, ...]]:
    return [tuple(row) for row in csv.reader(io.StringIO(text))][1:]


def test_jena(folder, expected):
    needs("jena", "java")
    found = output("jena", "arq.sparql", f"--data={folder / 'default.nt'}", "--results=csv", QUERY)

    assert rows(found) == expected


def test_virtuoso(folder, expected):
    needs("virtuoso-t", "isql-vt")
    with Virtuoso(folder) as running:
        running.load(folder / "default.nt", "urn:default")
        answer = httpx.post(
            running.sparql,
            data={"query": QUERY, "default-graph-uri": "urn:default"},
            headers={"Accept": "text/csv"},
            timeout=180,
        )

    assert answer.status_code == 200, answer.text
    assert rows(answer.text) == expected
