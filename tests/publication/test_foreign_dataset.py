"""A dataset of others with its own queries: pages, addresses and files are theirs alone."""

from __future__ import annotations

import gzip
import html
import json
import re
import subprocess
import sys
from pathlib import Path

import pyshacl
import pytest
import zstandard

from support import RunningServer, problem

pytestmark = pytest.mark.processes

WORDS = re.compile(r"gbagraph|guangzhou|baidu|knowledge.city|greater bay", re.IGNORECASE)
SHOP = """
@prefix shop: <https://shop.example/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
shop:Tea a owl:Class ; rdfs:label "Tea" ; rdfs:comment "What is drunk." .
shop:price a owl:DatatypeProperty ; rdfs:label "price" ; rdfs:domain shop:Tea .
shop:sencha a shop:Tea ; rdfs:label "Sencha" ; shop:price 7 ;
  rdfs:seeAlso <https://other.example/sencha> .
shop:assam a shop:Tea ; rdfs:label "Assam" ; shop:price 5 .
"""
QUERY = """#+ summary: Which teas cost at most this?
#+ params:
#+   - most: The highest price.
#+ defaults:
#+   - most: 10
PREFIX shop: <https://shop.example/>
SELECT ?tea ?price { ?tea a shop:Tea ; shop:price ?price FILTER(?price <= ?_most_decimal) }
ORDER BY ?price
"""
SETTINGS = """
title = "Tea shop"
description = "Teas and their prices."
license = "https://creativecommons.org/licenses/by-sa/4.0/"
publisher = "A shop"
home = "https://shop.example/"
base = "https://shop.example/"
data = ["shop.ttl"]
queries = "queries"
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop.ttl").write_text(SHOP)
    (folder / "queries").mkdir()
    (folder / "queries" / "teas.rq").write_text(QUERY)
    (folder / "gbagraph.toml").write_text(SETTINGS)
    return folder


@pytest.fixture(scope="module")
def shop_server(project):
    with RunningServer("--config", project / "gbagraph.toml") as running:
        yield running


@pytest.fixture(scope="module")
def schema_server():
    """schema.org in RDF, which comes with pySHACL: 17,000 triples that others wrote."""
    path = Path(pyshacl.__file__).parent / "assets" / "schema.ttl"
    options = ("--data", path, "--base", "http://schema.org/", "--title", "Schema.org")
    with RunningServer(*options) as running:
        yield running


BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def page(server, address):
    return server.client.get(address, headers=BROWSER, follow_redirects=True)


def crawled(server, start="/", most=60):
    """The pages that links lead to from a start, by address."""
    found, waiting = {}, [start]
    while waiting and len(found) < most:
        address = waiting.pop(0)
        response = page(server, address)
        found[address] = response
        if not response.headers["content-type"].startswith("text/html"):
            continue
        for target in map(html.unescape, re.findall(r'href="(/[^"#]*)"', response.text)):
            if target not in found and target not in waiting and not target.startswith("/docs"):
                waiting.append(target)
    return found


@pytest.mark.parametrize("name", ["shop_server", "schema_server"])
def test_no_page_has_a_word_of_ours_and_no_link_leads_nowhere(name, request):
    server = request.getfixturevalue(name)

    pages = crawled(server)

    assert len(pages) > 15
    for address, response in pages.items():
        assert response.status_code == 200, address
        if response.headers["content-type"].startswith("text/html"):
            assert not WORDS.search(response.text), (address, WORDS.search(response.text))


def test_the_start_page_says_what_it_is_and_what_is_in_it(shop_server):
    text = page(shop_server, "/").text

    for words in (
        "Tea shop",
        "Teas and their prices.",
        "A shop",
        "CC BY-SA 4.0",
        "Which teas cost",
    ):
        assert words in text
    assert '<a href="/Tea">shop:Tea</a>' in text


def test_own_iris_have_pages_and_so_has_any_other(shop_server):
    seeing = shop_server.client.get("/sencha", headers={"Accept": "text/html"})
    assert (seeing.status_code, seeing.headers["location"]) == (303, "/doc/sencha")
    assert "<h1>Sencha</h1>" in page(shop_server, "/doc/sencha").text
    other = shop_server.client.get("/doc", params={"iri": "https://other.example/sencha"})
    assert "shop:sencha rdfs:seeAlso <https://other.example/sencha>" in other.text
    turtle = shop_server.client.get(
        "/doc", params={"iri": "https://shop.example/assam", "format": "ttl"}
    )
    assert "shop:price 5" in turtle.text
    unknown = shop_server.client.get("/doc", params={"iri": "https://other.example/none"})
    problem(unknown, 404, "not-found")
    problem(shop_server.client.get("/doc"), 400, "malformed-request")


def test_its_queries_are_the_only_ones_and_open_all_doors(shop_server):
    listed = shop_server.client.get("/queries", headers={"Accept": "application/json"}).json()
    assert [query["name"] for query in listed["queries"]] == ["teas"]
    answer = shop_server.client.get("/queries/teas", params={"most": "6"}).json()
    assert len(answer["results"]["bindings"]) == 1
    assert list(shop_server.client.get("/openapi.json").json()["paths"]) == ["/queries/teas"]
    triples = {"Accept": "application/n-triples"}
    examples = shop_server.client.get("/.well-known/sparql-examples", headers=triples).text
    assert "<https://shop.example/query/teas>" in examples
    problem(shop_server.client.get("/queries/timeline"), 404, "not-found")


def test_its_terms_have_a_page_and_a_document(shop_server):
    text = page(shop_server, "/ontology").text
    assert "What is drunk." in text
    turtle = shop_server.client.get("/ontology.ttl").text
    assert "shop:price" in turtle
    assert "sencha" not in turtle


def test_its_prefixes_and_its_base_are_those_that_people_use(shop_server):
    assert shop_server.client.get("/prefixes").json()["shop"] == "https://shop.example/"
    assert "gba" not in shop_server.client.get("/prefixes").json()
    rows = shop_server.rows("SELECT ?price { <sencha> <price> ?price }")
    assert rows == [{"price": "7"}]
    by_name = shop_server.rows("SELECT ?p { ?x ?p ?o }", **{"$x": "shop:sencha"})
    assert len(by_name) == 4


def test_nothing_of_the_built_in_dataset_can_be_had(shop_server):
    for address in (
        "/dumps/gbagraph-0.1.0.nq.gz",
        "/id/baidu",
        "/graph/article",
    ):
        assert shop_server.client.get(address).status_code == 404, address
    dump = shop_server.client.get("/dumps/dataset.nq").text
    assert "shop.example" in dump
    assert not WORDS.search(dump)


def test_without_a_base_every_iri_has_a_page(tmp_path):
    path = tmp_path / "shop.ttl"
    path.write_text(SHOP)
    with RunningServer("--data", path) as server:
        text = page(server, "/").text
        assert 'href="/doc?iri=https%3A%2F%2Fshop.example%2FTea"' in text
        assert (
            "<h1>Tea</h1>"
            in server.client.get(
                "/doc", params={"iri": "https://shop.example/Tea"}, headers={"Accept": "text/html"}
            ).text
        )


def test_a_base_may_end_with_a_number_sign_and_queries_may_have_none(tmp_path, project):
    path = tmp_path / "shop.ttl"
    path.write_text(SHOP.replace("https://shop.example/>", "https://shop.example/terms#>"))
    queries = ("--queries", project / "queries")
    with RunningServer("--data", path, "--base", "https://shop.example/terms#", *queries) as server:
        assert "<h1>Sencha</h1>" in page(server, "/sencha").text
        assert 'href="/Tea"' in page(server, "/").text
        triples = {"Accept": "application/n-triples"}
        examples = server.client.get("/.well-known/sparql-examples", headers=triples).text
        assert "<https://shop.example/terms/query/teas>" in examples
    with RunningServer("--data", path, *queries) as server:
        found = problem(server.client.get("/.well-known/sparql-examples"), 404, "not-found")
        assert "without a base" in found["detail"]


def test_a_document_declares_no_prefix_of_ours(shop_server):
    text = shop_server.client.get("/doc/sencha.ttl").text

    assert "shop:price 7" in text
    assert not WORDS.search(text)


def test_folders_and_compressed_files_are_read(tmp_path):
    folder = tmp_path / "data"
    (folder / "more").mkdir(parents=True)
    (folder / "a.ttl").write_text("<urn:a> <urn:p> 1 .")
    (folder / "notes.md").write_text("not RDF")
    (folder / "more" / "b.nt.gz").write_bytes(gzip.compress(b'<urn:b> <urn:p> "2" .\n'))
    (folder / "more" / "c.ttl.zst").write_bytes(zstandard.compress(b"<urn:c> <urn:p> 3 ."))
    done = run(
        tmp_path, "query", "SELECT ?s { ?s <urn:p> ?o } ORDER BY ?s", "--data", folder, "-f", "csv"
    )

    assert done.stdout.split() == ["s", "urn:a", "urn:b", "urn:c"]


def test_an_empty_folder_is_told(tmp_path):
    (tmp_path / "empty").mkdir()
    done = run(tmp_path, "query", "ASK {}", "--data", "empty")

    assert (done.returncode, done.stderr.strip()) == (1, "The folder empty has no RDF file in it.")


def test_the_commands_use_the_settings_of_their_folder(project):
    listed = json.loads(run(project, "queries", "-f", "json").stdout)
    assert [query["name"] for query in listed["queries"]] == ["teas"]
    written = run(project, "queries", "check", "--update")
    assert (written.returncode, run(project, "queries", "check").returncode) == (0, 0)
    expected = json.loads((project / "queries" / "expected" / "teas.srj").read_text())
    assert len(expected["results"]["bindings"]) == 2
    answer = run(project, "run", "teas", "most=6", "-f", "csv").stdout.split()
    assert answer == ["tea,price", "https://shop.example/assam,5"]


def test_data_are_checked_by_shapes_of_their_own(project):
    (project / "shapes.ttl").write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix shop: <https://shop.example/> . "
        "shop:Shape a sh:NodeShape ; sh:targetClass shop:Tea ; "
        'sh:property [ sh:path shop:price ; sh:maxInclusive 6 ; sh:message "too dear" ] .'
    )
    done = run(project, "validate", "shop.ttl", "--shapes", "shapes.ttl")

    assert done.returncode == 1
    assert re.match(r"shop\.ttl:\d+: shop:sencha: too dear", done.stdout)
    assert "gba" not in done.stdout


def run(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "gbagraph", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        cwd=folder,
    )
