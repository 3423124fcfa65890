"""Looking up identifiers of elsewhere over HTTP: formats, batches, limits, and the page."""

import csv
import io
import json
import re

import pytest
import rdflib

from support.serving import serving

HTML = {"Accept": "text/html"}
AS_JSON, AS_TEXT = ({"Content-Type": kind} for kind in ("application/json", "text/plain"))
GUANGZHOU = "http://www.wikidata.org/entity/Q16572"
PAGE = "https://www.wikidata.org/wiki/Q16572"
OURS = "https://w3id.org/gbagraph/id/guangzhou"
STRANGE = """
@prefix ex: <http://strange.example/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
ex:tea rdfs:label "Tea & <b>more</b>"@en , "茶"@zh ; owl:sameAs <http://www.wikidata.org/entity/Q6097> ;
  skos:broadMatch <http://www.wikidata.org/entity/Q40050> .
"""


strange_server = serving(STRANGE)


def results(server, *iris, **more):
    response = server.client.get("/lookup", params={"iri": iris, **more})
    assert response.status_code == 200, response.text
    return response.json()["results"]


def test_an_identifier_leads_to_our_thing(server):
    (result,) = results(server, GUANGZHOU)
    first = result["matches"][0]

    assert (first["iri"], first["relation"]) == (OURS, "owl:sameAs")
    assert server.client.get(f"/{first['address']}", follow_redirects=True).status_code == 200


def test_many_are_asked_in_one_address_or_in_a_body(server):
    iris = [GUANGZHOU, "http://example.org/unknown", PAGE, GUANGZHOU]
    found = results(server, *iris)

    assert [result["iri"] for result in found] == iris
    by_json = server.client.post("/lookup", json={"iris": iris}).json()
    by_form = server.client.post("/lookup", data={"iri": iris}).json()
    in_lines = server.client.get("/lookup", params={"iri": "\r\n".join(iris)}).json()
    by_query = server.client.request("QUERY", "/lookup", json={"iris": iris}).json()
    assert by_json == by_form == in_lines == by_query == {"results": found}


def test_a_table_has_a_row_for_each_iri(server):
    response = server.client.get(
        "/lookup", params={"iri": [GUANGZHOU, PAGE]}, headers={"Accept": "text/csv"}
    )
    rows = list(csv.DictReader(io.StringIO(response.text)))

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert (rows[0]["iri"], rows[0]["match"], rows[0]["object"]) == (GUANGZHOU, OURS, GUANGZHOU)
    assert (rows[-1]["iri"], rows[-1]["match"]) == (PAGE, "")


@pytest.mark.parametrize(
    ("accept", "form"),
    [("text/turtle", "turtle"), ("application/n-triples", "nt"), ("application/rdf+xml", "xml")],
)
def test_links_come_as_rdf(server, accept, form):
    response = server.client.get("/lookup", params={"iri": GUANGZHOU}, headers={"Accept": accept})
    found = rdflib.Graph().parse(data=response.text, format=form)

    assert response.headers["Content-Type"].startswith(accept)
    assert (rdflib.URIRef(OURS), rdflib.OWL.sameAs, rdflib.URIRef(GUANGZHOU)) in found


def test_labels_come_in_the_languages_asked_for(strange_server):
    iri = "http://www.wikidata.org/entity/Q6097"

    assert results(strange_server, iri)[0]["matches"][0]["label"] == "Tea & <b>more</b>"
    assert results(strange_server, iri, labels="zh")[0]["matches"][0]["label"] == "茶"


@pytest.mark.parametrize(
    ("request_", "status", "said"),
    [
        ({"method": "GET"}, 422, "The parameter iri is missing"),
        ({"method": "POST", "json": {"iris": []}}, 422, "missing"),
        ({"method": "POST", "json": {"iri": "x"}}, 422, "iris"),
        ({"method": "POST", "json": {"iris": [1]}}, 422, "Expected `str`"),
        ({"method": "POST", "content": "{", "headers": AS_JSON}, 422, "JSON"),
        ({"method": "POST", "content": "x", "headers": AS_TEXT}, 415, "text/plain"),
        ({"method": "POST", "json": {"iris": ["http://a/"] * 501}}, 413, "at most 500"),
        ({"method": "DELETE"}, 405, "not offered"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(server, request_, status, said):
    response = server.client.request(url="/lookup", **request_)

    assert response.status_code == status
    assert said in response.json()["detail"]


@pytest.mark.parametrize("text", ["\ud800", "http://a/\x00", "x" * 100_000, "http://[::1", "%"])
def test_a_hostile_text_is_one_that_is_not_known(server, text):
    body = json.dumps({"iris": [text]})
    response = server.client.post(
        "/lookup", content=body, headers={"Content-Type": "application/json"}
    )

    assert response.status_code in (200, 422)
    if response.status_code == 200:
        assert response.json()["results"][0]["matches"] == []


def page(server, *iris):
    return server.page("/lookup", iri=iris)


def test_the_page_has_a_form_and_is_found_from_every_page(server):
    text = page(server)

    assert '<textarea id="iris" name="iri"' in text
    assert "<table" not in text
    (example,) = re.findall(r'For example: <a href="([^"]+)">', text)
    assert 'href="/id/' in server.page(example)
    assert '<a href="/lookup">' in server.client.get("/search", headers=HTML).text


def test_the_page_shows_what_was_found_and_the_evidence(server):
    text = page(server, GUANGZHOU)

    assert '<a href="/id/guangzhou">Guangzhou</a>' in text
    assert "/why?s=https" in text
    assert f">{GUANGZHOU}</textarea>" in text
    assert "source-csc-cities" in text


def test_the_page_suggests_another_spelling(server):
    text = page(server, PAGE)
    (link,) = re.findall(r'<a href="(/lookup\?iri=[^"]+)"><code>', text)

    assert "Guangzhou</a>" not in text
    assert "Guangzhou</a>" in server.client.get(link, headers=HTML).text


def test_what_was_asked_can_be_had_as_data(server):
    links = re.findall(r'href="(/lookup\?[^"]+format=\w+)"', page(server, GUANGZHOU, PAGE))
    kinds = [
        server.client.get(link.replace("&amp;", "&")).headers["Content-Type"] for link in links
    ]

    assert [kind.partition(";")[0] for kind in kinds] == [
        "application/json",
        "text/csv",
        "text/turtle",
    ]


def test_nothing_that_is_looked_up_is_markup(strange_server):
    text = page(
        strange_server, "<b>x</b>", "http://www.wikidata.org/entity/Q6097", "javascript:alert(1)"
    )

    assert "<b>" not in text
    assert 'href="javascript' not in text
