"""Real SPARQL clients against the real endpoint: each must find the path from Baidu."""

import json

import pytest
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import (
    CSV,
    JSON,
    JSONLD,
    POST,
    RDFXML,
    TSV,
    TURTLE,
    URLENCODED,
    XML,
    SPARQLWrapper,
)
from SPARQLWrapper.Wrapper import GET, POSTDIRECTLY

from gbagraph.rdf.namespaces import BASE
from support import CONSTRUCT, PATH, PROJECT, ZONE, processes


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_sparqlstore(server, method):
    graph = rdflib.Graph(SPARQLStore(server.sparql, method=method))

    assert [tuple(map(str, row)) for row in graph.query(PATH)] == [(PROJECT, ZONE)]
    assert graph.query(f"ASK {{ <{BASE}id/baidu> ?p ?o }}").askAnswer is True


def test_rdflib_service(server):
    graph = rdflib.Graph()

    pattern = f"<{BASE}id/apollo-rd-centre> <{BASE}ontology#locatedIn> ?o"
    rows = list(graph.query(f"SELECT ?o {{ SERVICE <{server.sparql}> {{ {pattern} }} }}"))

    assert ZONE in [str(row[0]) for row in rows]


@pytest.mark.parametrize(
    ("method", "request_method"), [(GET, URLENCODED), (POST, URLENCODED), (POST, POSTDIRECTLY)]
)
def test_sparqlwrapper_json(server, method, request_method):
    wrapper = SPARQLWrapper(server.sparql)
    wrapper.setQuery(PATH)
    wrapper.setMethod(method)
    wrapper.setRequestMethod(request_method)
    wrapper.setReturnFormat(JSON)

    (row,) = wrapper.queryAndConvert()["results"]["bindings"]

    assert (row["project"]["value"], row["zone"]["value"]) == (PROJECT, ZONE)


@pytest.mark.parametrize("form", [XML, CSV, TSV])
def test_sparqlwrapper_other_formats(server, form):
    wrapper = SPARQLWrapper(server.sparql)
    wrapper.setQuery(PATH)
    wrapper.setReturnFormat(form)

    found = wrapper.queryAndConvert()

    text = found.toxml() if form == XML else found.decode()
    assert PROJECT in text
    assert ZONE in text


@pytest.mark.parametrize("form", [RDFXML, TURTLE, JSONLD])
def test_sparqlwrapper_construct(server, form):
    wrapper = SPARQLWrapper(server.sparql)
    wrapper.setQuery(CONSTRUCT)
    wrapper.setReturnFormat(form)

    found = wrapper.queryAndConvert()

    graph = rdflib.Graph().parse(data=found, format="turtle") if form == TURTLE else found
    assert (
        rdflib.URIRef(PROJECT),
        rdflib.URIRef(BASE + "ontology#locatedIn"),
        rdflib.URIRef(ZONE),
    ) in graph


def test_curl(server):
    done = processes.run(
        ["curl", "-sf", server.sparql, "--data-urlencode", f"query={PATH}"],
        capture_output=True,
        check=True,
    )

    (row,) = json.loads(done.stdout)["results"]["bindings"]
    assert row["zone"]["value"] == ZONE
