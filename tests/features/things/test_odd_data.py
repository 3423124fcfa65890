"""Pages of data that nobody would write: each is a page, with nothing in it that a browser runs."""

import re

import httpx
import pytest

from support import ok
from support.serving import serving

BASE = "http://ex.example/"
PAGE = {"Accept": "text/html"}
DIGITS = "9" * 5000

_ODD = rf"""
@prefix ex: <{BASE}> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
ex:script a <javascript:Class> ; <javascript:prop> <javascript:value> .
ex:told rdf:reifies <<( ex:a ex:b "c" )>> ; a ex:Thing .
ex:dates a ex:Thing ; ex:on "{DIGITS}"^^xsd:gYear, "{"9" * 22}-01-01"^^xsd:date, "2020-13-45"^^xsd:date .
ex:number a ex:Thing ; ex:is {DIGITS} .
ex:characters a ex:Thing ; rdfs:label "bell\u0007\uFFFF" .
ex:广州\/🏙 a ex:Thing .
<{BASE}50%25?of=it> a ex:Thing .
<{BASE}/other.example/> a ex:Thing .
"""


odd_server = serving(
    _ODD.replace(r"\/", "%2F").replace("ex:广州%2F🏙", f"<{BASE}广州/🏙>"), "--base", BASE
)


def ask(server, path, **parameters):
    return httpx.get(f"{server.url}{path}", params=parameters or None, headers=PAGE, timeout=30)


def select(server, query):
    return server.page("/sparql", query=query)


pytestmark = pytest.mark.processes


def test_no_link_is_a_script(odd_server):
    text = odd_server.page("/doc/script")

    assert "javascript:" in text
    assert not re.search(r'(href|src)="javascript:', text)
    assert 'href="/doc?iri=javascript%3AClass"' in text
    assert odd_server.page("/doc", iri="javascript:Class")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("told", "&lt;&lt;( ex:a ex:b c )&gt;&gt;", id="a triple term"),
        pytest.param("dates", DIGITS, id="a year of any length"),
        pytest.param("dates", "2020-13-45", id="a date of no calendar"),
        pytest.param("number", DIGITS, id="a number of any length"),
    ],
)
def test_an_odd_value_is_shown(odd_server, name, value):
    assert value in odd_server.page(f"/doc/{name}")


def test_characters_that_html_forbids_are_replaced(odd_server):
    text = odd_server.page("/doc/characters")

    assert "bell\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}" in text
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", text)
    assert "\x01" not in select(odd_server, 'SELECT ("a\\u0001" AS ?x) {}')


@pytest.mark.parametrize("end", ["广州/🏙", "50%25?of=it", "/other.example/"])
def test_a_link_to_a_thing_leads_to_its_page(odd_server, end):
    text = select(odd_server, f"SELECT (<{BASE}{end}> AS ?x) {{}}")
    link = re.search(rf'<a href="([^"]*)"[^>]*>[^<]*{re.escape(end)}</a>', text)[1]

    assert not link.startswith("//")
    found = ok(
        httpx.get(f"{odd_server.url}{link}", headers=PAGE, follow_redirects=True, timeout=60)
    )
    assert f"{BASE}{end}" in found.text


def test_header_fields_have_iris_as_uris(odd_server):
    links = ask(odd_server, "/doc/%E5%B9%BF%E5%B7%9E/%F0%9F%8F%99").headers["link"]

    assert f'<{BASE}%E5%B9%BF%E5%B7%9E/%F0%9F%8F%99>; rel="canonical"' in links
    assert '</doc/%E5%B9%BF%E5%B7%9E/%F0%9F%8F%99.ttl>; rel="alternate"' in links


def test_a_service_describes_itself_whatever_its_terms_are(odd_server):
    headers = {"Accept": "application/n-triples"}
    found = ok(httpx.get(f"{odd_server.url}/sparql", headers=headers, timeout=60))

    assert f"<http://rdfs.org/ns/void#vocabulary> <{BASE}> ." in found.text


@pytest.mark.parametrize("number", [DIGITS, "0" * 8 + "1" + "9" * 30, "0", "-1", "x", ""])
@pytest.mark.parametrize("path", ["/sparql?query=SELECT*{}", "/search?q=a&kind=thing"])
def test_a_number_that_is_none_is_an_error_of_who_asks(odd_server, path, number):
    assert ask(odd_server, f"{path}&page={number}").status_code in (
        {200, 422} if number == "" else {422}
    )


def test_a_very_wide_answer_does_not_repeat_the_query_for_each_column(odd_server):
    query = f"SELECT {' '.join(f'({n} AS ?c{n})' for n in range(1000))} {{}}"

    assert len(select(odd_server, query)) < 1_000_000
