"""robots.txt and sitemap.xml: read as crawlers read them, and compared with what is there."""

import re
import xml.etree.ElementTree as ET
from urllib.robotparser import RobotFileParser

from gbagraph.queries.catalog import all_queries
from gbagraph.rdf.namespaces import PREFIXES
from support import ok
from support.serving import serving

LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


def robots(server):
    response = ok(server.client.get("/robots.txt"))
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    parser = RobotFileParser()
    parser.parse(response.text.splitlines())
    return parser


def addresses(server, **headers):
    response = ok(server.client.get("/sitemap.xml", headers=headers))
    assert response.headers["Content-Type"] == "application/xml"
    return [element.text for element in ET.fromstring(response.text).iter(LOC)]


def test_crawlers_may_read_pages_but_not_ask_for_ever(server):
    rules = robots(server)

    for path in ("/", "/sparql", "/queries/is-in", "/doc/id/baidu", "/dumps/gbagraph.trig"):
        assert rules.can_fetch("AnyBot", f"{server.url}{path}"), path
    for path in ("/sparql?query=ASK%20%7B%7D", "/search?q=Nansha", "/why?s=id:baidu", "/metrics"):
        assert not rules.can_fetch("AnyBot", f"{server.url}{path}"), path
    assert rules.site_maps() == [f"{server.url}/sitemap.xml"]


def test_the_sitemap_lists_each_page_once(server):
    found = addresses(server)

    assert len(found) == len(set(found)) < 50_000
    assert f"{server.url}/" in found
    assert {f"{server.url}/queries/{name}" for name in all_queries()} <= set(found)
    things = {
        row["thing"].replace(PREFIXES["id"], f"{server.url}/doc/id/")
        for row in server.rows(
            f"SELECT DISTINCT ?thing {{ ?thing a ?kind "
            f'FILTER (STRSTARTS(STR(?thing), "{PREFIXES["id"]}")) }}'
        )
    }
    assert {address for address in found if "/doc/id/" in address} == things
    assert f"{server.url}/doc/graph/article" in found
    assert {f"{server.url}/doc/dataset", f"{server.url}/docs/query"} <= set(found)
    assert len(things) > 250


def test_it_says_when_the_data_changed(server):
    text = server.client.get("/sitemap.xml").text

    assert re.search(r"/doc/id/baidu</loc><lastmod>\d{4}-\d\d-\d\d</lastmod>", text)
    assert "/docs/query</loc></url>" in text


def test_the_picture_of_the_site_is_where_browsers_look_for_it(server):
    response = server.client.get("/favicon.ico")

    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/svg+xml")


def test_its_addresses_are_pages(server):
    found = addresses(server)

    for address in [*found[:8], *found[8::60]]:
        response = ok(server.client.get(address, headers={"Accept": "text/html"}))
        assert response.headers["Content-Type"].startswith("text/html"), address


def test_addresses_are_those_of_the_host_that_was_asked(server):
    assert all(a.startswith("http://graph.test/") for a in addresses(server, Host="graph.test"))
    assert server.client.get("/sitemap.xml").headers["Cache-Control"] == "no-store"


def test_data_without_a_base_have_no_pages_of_things(small_server):
    found = addresses(small_server)

    assert f"{small_server.url}/" in found
    assert not [address for address in found if "/doc/" in address]


based_server = serving(
    """@prefix tea: <http://example.org/tea/> .
    tea:oolong a tea:Tea . <http://example.org/tea/龍井&co> a tea:Tea .
    <http://elsewhere.example/x> a tea:Tea . <http://example.org/tea/Tea#part> a tea:Part .""",
    *("--base", "http://example.org/tea/", "--public-url", "https://example.org/kg"),
)
"""Data of others under a base, with an IRI that has to be escaped, published behind a prefix."""


def test_things_of_others_are_listed_under_their_base(based_server):
    found = addresses(based_server)

    base = "https://example.org/kg"
    assert [address for address in found if "/doc/" in address] == [
        f"{base}/doc/oolong",
        f"{base}/doc/%E9%BE%8D%E4%BA%95&co",
    ]
    assert f"{base}/" in found
    rules = robots(based_server)
    assert rules.site_maps() == [f"{base}/sitemap.xml"]
    assert not rules.can_fetch("AnyBot", "/kg/search?q=x")
