"""All pages: what they may load and do, and that browsers keep them until they change."""

import re

import pytest

BROWSER = {"Accept": "text/html"}
PAGES = {
    "start": "/",
    "endpoint": "/sparql",
    "answer": "/sparql?query=ASK%7B%7D",
    "diagnostics": "/sparql/explain?query=ASK%7B%7D",
    "queries": "/queries",
    "query": "/queries/developers",
    "openapi": "/openapi",
    "why": "/why",
    "proof": "/why?s=id:apollo-rd-centre&p=gba:locatedIn&o=id:huangpu",
    "ontology": "/ontology",
    "manual": "/docs",
    "page of the manual": "/docs/guarantees",
    "search": "/docs?q=timeout",
    "thing": "/doc/id/baidu",
    "error": "/queries/none",
}


def directives(response):
    """The Content-Security-Policy of a response."""
    return dict(
        part.split(" ", 1) for part in response.headers["content-security-policy"].split("; ")
    )


@pytest.fixture(scope="module", params=PAGES.values(), ids=PAGES)
def page(server, request):
    response = server.client.get(request.param, headers=BROWSER)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return response


def test_a_page_loads_only_files_of_its_server(page):
    found = directives(page)

    assert found["default-src"] == "'none'"
    assert found["script-src"] == found["style-src"] == found["connect-src"] == "'self'"
    assert found["base-uri"] == found["frame-ancestors"] == "'none'"
    assert "unsafe" not in page.headers["content-security-policy"]


def test_a_page_says_what_it_does_not_need(page):
    assert page.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "camera=()" in page.headers["permissions-policy"]


def test_what_is_quoted_turns_no_sentence_of_ours(server):
    error = server.client.get("/doc?iri=urn:%E2%80%AEx%1B", headers=BROWSER).text
    assert r"urn:\u202ex\x1b is not the name of anything" in error
    found = server.client.get("/search?q=%E2%80%AEx", headers=BROWSER).text
    assert '<meta property="og:title" content="\u2068\u202ex\u2069 ' in found
    asked = {"query": "SELECT * { ?s <urn:\u2067x> ?o }"}
    explained = server.client.get("/sparql/explain", params=asked).json()
    assert r"<urn:\u2067x>" in explained["diagnostics"][0]["message"]


def test_no_script_and_no_style_stands_in_a_page(page):
    scripts = re.findall(r"<script\b([^>]*)>", page.text)

    # Data are no scripts.
    assert all(re.search(r'src=|"application/(ld\+)?json"', tag) for tag in scripts)
    assert "<style" not in page.text
    assert not re.search(r"<[^>]+\s(?:style|on\w+)=", page.text)


def test_a_page_that_has_not_changed_is_not_sent_again(server, page):
    if page.status_code != 200:
        assert page.headers["cache-control"] == "no-store"
        return
    again = server.client.get(page.url, headers={**BROWSER, "If-None-Match": page.headers["etag"]})

    assert "no-cache" in page.headers["cache-control"]
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == page.headers["etag"]


def test_a_page_in_another_coding_has_another_tag(server):
    tags = {
        server.client.get("/", headers={**BROWSER, "Accept-Encoding": coding}).headers["etag"]
        for coding in ("identity", "gzip", "br")
    }

    assert len(tags) == 3


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_below_a_path_all_links_of_a_page_have_it(prefixed_server, path):
    text = prefixed_server.client.get(path, headers=BROWSER).text
    links = re.findall(r'\s(?:href|src|action|data-\w+)="(/[^"]*)"', text)

    assert len(links) > 5
    assert [link for link in links if not link.startswith("/gba/")] == []
