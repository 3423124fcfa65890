"""Linked data: IRIs that resolve, documents that tell who says so, dumps and pages."""

import html
import re

import pytest
import rdflib

import gbagraph
from gbagraph.rdf.formats import GRAPH
from gbagraph.rdf.namespaces import BASE, graph_iri
from support import file_with, problem

BROWSER = {"Accept": "text/html, */*;q=0.1"}


@pytest.mark.parametrize(
    "path",
    ["id/baidu", "claim/baidu-develops-apollo-rd-centre", "article/knowledge-city-3", "dataset"],
)
def test_a_thing_leads_to_its_document(server, path):
    seen = server.client.get(f"/{path}")

    assert seen.status_code == 303
    assert (rdflib.URIRef(BASE + path), None, None) in server.turtle(seen.headers["location"])


@pytest.mark.parametrize(
    "offer", [offer for offer in GRAPH if offer.standard], ids=lambda offer: offer.extension
)
def test_a_suffix_chooses_the_format(server, offer):
    response = server.client.get(f"/doc/id/baidu.{offer.extension}")

    assert response.headers["content-type"] == offer.content_type


@pytest.mark.parametrize(
    "path",
    [
        "/id/nobody",
        "/doc/id/nobody",
        "/doc/id/nobody.ttl",
        f"/doc?iri={BASE}id/nobody",
        "/id/%3E%20x",
        "/graph/none",
        "/dumps/none.ttl",
        "/dumps/article.zip",
        "/ontology/9.9.9",
        "/problem/none",
        "/queries/none",
        "/queries/none.rq",
    ],
)
def test_what_does_not_exist(server, path):
    problem(server.client.get(path), 404, "not-found")


def test_the_ontology_is_at_its_iri(server):
    term, kind = rdflib.URIRef(f"{BASE}ontology#locatedIn"), rdflib.OWL.TransitiveProperty

    assert 'id="locatedIn"' in server.page("/ontology")
    assert (term, rdflib.RDF.type, kind) in server.turtle("/ontology")


def test_the_version_iri_of_the_ontology_resolves(server):
    (row,) = server.rows(
        f"SELECT ?v {{ <{BASE}ontology> <http://www.w3.org/2002/07/owl#versionIRI> ?v }}"
    )

    assert server.client.get("/" + row["v"].removeprefix(BASE)).status_code == 200


def test_a_dump_of_other_data_can_be_loaded_again(small_server, tmp_path):
    path = file_with(tmp_path / "again.nq", small_server.client.get("/dumps/gbagraph.nq").content)

    again = gbagraph.open([path])

    assert len(again.store) == 4 + 4
    assert again.description.default_graph == 4


def test_a_named_graph_is_at_its_iri(server, graph):
    text = server.client.get("/graph/links", headers={"Accept": "application/n-triples"}).text

    assert len(text.splitlines()) == graph.description.graphs[graph_iri("links")]


@pytest.mark.parametrize(
    "path",
    [
        "/sparql",
        "/queries",
        "/queries/place-to-country",
        "/doc/id/knowledge-city",
        "/doc/article/knowledge-city-3",
        "/doc/graph/article",
    ],
)
def test_pages_link_only_to_what_exists(server, path):
    for link in sorted(set(re.findall(r'href="(/[^"]*)"', server.page(path))))[::5]:
        response = server.client.get(
            html.unescape(link), headers={"Accept": "text/html, */*;q=0.1"}
        )
        assert response.status_code in (200, 303), link


@pytest.mark.parametrize(
    ("path", "says"),
    [
        pytest.param("id/apollo-rd-centre", "inferred from", id="by a claim"),
        pytest.param("id/target-5g-base-stations", "stated in <a", id="by the node itself"),
        pytest.param(
            "id/knowledge-city",
            ">Section on the Knowledge City, paragraph 1</a>",
            id="by the value",
        ),
    ],
)
def test_a_page_tells_who_says_so(server, path, says):
    assert says in server.page(f"/doc/{path}")


def test_a_document_links_to_its_thing_and_its_forms(server):
    for accept in ("text/turtle", "text/html"):
        link = server.client.get("/doc/id/baidu", headers={"Accept": accept}).headers["link"]
        assert f'<{BASE}id/baidu>; rel="canonical"' in link
        assert '</doc/id/baidu.ttl>; rel="alternate"; type="text/turtle"' in link


def test_a_page_number_that_is_none(server):
    response = server.client.get(
        "/doc/id/baidu", params={"page": "0"}, headers={"Accept": "text/html, */*;q=0.1"}
    )

    assert response.status_code == 400
    assert "Give a number from 1 on" in response.text
