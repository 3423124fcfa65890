"""Statistics are the same from whichever source."""

from collections import defaultdict

import pyoxigraph as ox
import pytest

from gbagraph.dataset import service, void
from gbagraph.rdf.namespaces import PREFIXES
from support import store_with

ENDPOINT = "http://localhost/sparql"
GRAPH = f"{ENDPOINT}#default-graph"
FIGURES = (
    *("void:triples", "void:distinctSubjects", "void:distinctObjects", "void:classes"),
    *("void:properties", "void:entities", "void:uriSpace"),
)
DATA = """@prefix e: <http://e.org/> . @prefix v: <http://v.org/ns#> .
e:a a v:C ; v:p 1, "x"@en, e:b . e:b a v:D, v:C ; v:q e:a . _:c v:p e:a ."""


@pytest.fixture(scope="module")
def store():
    return store_with(DATA)


def by_queries(store):
    figures = {
        name: [tuple(term.value for term in row) for row in store.query(query)]
        for name, query in service.queries().items()
    }
    return set(service.statistics(ENDPOINT, figures, {}))


def by_index(store):
    def numbers(query):
        return [(term.value, int(number.value)) for term, number in store.query(query)]

    counts = {
        "index": "ready",
        "properties": numbers("SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p"),
        "classes": numbers("SELECT ?o (COUNT(*) AS ?n) { ?s a ?o } GROUP BY ?o"),
    }
    return set(service.counted(ENDPOINT, len(store), counts))


def test_each_source_says_the_same(store):
    in_memory = set(void.describe(GRAPH, GRAPH, store))
    distinct = {row for row in in_memory if row.curie.startswith("void:distinct")}

    assert by_queries(store) >= in_memory
    assert by_index(store) == in_memory - distinct
    assert len(distinct) == 2 * (1 + 3)


def test_what_only_some_figures_allow_is_said_of_these():
    figures = {"sizes": [("7",)], "classes": [("http://v.org/ns#C", "2")]}
    said = {(row.curie, row.value.value) for row in void.statistics(GRAPH, GRAPH, figures)}

    assert ("void:triples", "7") in said
    assert ("void:class", "http://v.org/ns#C") in said
    assert not any("propert" in curie or "vocabulary" in curie for curie, _ in said)


def test_each_figure_is_that_of_the_graph(store):
    more = ox.Store()
    more.bulk_extend(store)
    thing = ox.NamedNode(PREFIXES["id"] + "x")
    more.add(ox.Quad(thing, ox.NamedNode("http://v.org/ns#p"), ox.Literal(1)))

    said = defaultdict(dict)
    for subject, curie, value in void.describe(GRAPH, GRAPH, more):
        said[subject.removeprefix(GRAPH)][curie] = value.value
    figures = {
        subject: tuple(row[curie] for curie in FIGURES if curie in row)
        for subject, row in said.items()
    }
    assert figures == {
        "": ("9", "4", "6", "2", "3", "1", PREFIXES["id"]),
        "/class/http-v-org-ns-C": ("2",),
        "/class/http-v-org-ns-D": ("1",),
        "/property/http-v-org-ns-p": ("5", "3", "4"),
        "/property/http-v-org-ns-q": ("1", "1", "1"),
        "/property/rdf-type": ("3", "2", "2"),
    }
    vocabularies = {row for row in void.describe(GRAPH, GRAPH, more) if row[1] == "void:vocabulary"}
    assert {row.value.value for row in vocabularies} == {"http://v.org/ns#", PREFIXES["rdf"]}
