"""Answers in a real browser: each view, on a desk and on a phone, with scripts and without."""

from urllib.parse import quote

import pytest

from support import RunningServer
from support.browser import Chromium, until

pytestmark = pytest.mark.processes

PREFIX = "PREFIX gba: <https://w3id.org/gbagraph/ontology#>\nPREFIX id: <https://w3id.org/gbagraph/id/>\n"
PATH = f"{PREFIX}SELECT * {{ ?who gba:develops ?what . ?what gba:locatedIn ?place }}"
GRAPH = "DESCRIBE <https://w3id.org/gbagraph/id/baidu>"
LARGE = "SELECT * { VALUES ?a { %s } VALUES ?b { %s } }" % ((" ".join(map(str, range(317))),) * 2)
WRONG = "SELECT ?zone { ?zone a gba:Zone }"
ROWS = "document.querySelectorAll('#answer tbody tr').length"
NODES = "document.querySelectorAll('*').length"
TEXT = "document.getElementById('answer').textContent"


def asking(query, more=""):
    return f"/sparql?query={quote(query)}{more}"


VIEWS = {
    "table": asking(PATH),
    "evidence": asking(PATH, "&evidence=true"),
    "second page": asking(LARGE, "&page=2"),
    "sorted": asking(PATH, "&order=-place"),
    "triples": asking(GRAPH),
    "turtle": asking(GRAPH, "&view=turtle"),
    "network": asking(GRAPH, "&view=network"),
    "paths": asking(PATH, "&view=path"),
    "yes": asking(f"{PREFIX}ASK {{ id:baidu gba:develops ?what }}"),
    "empty": asking(f"{PREFIX}SELECT * {{ id:baidu gba:develop ?what }}"),
    "error": asking(WRONG),
    "diagnostics": f"/sparql/explain?query={quote(WRONG)}",
    "chart": "/queries/zones-by-area?view=chart",
    "timeline": "/queries/timeline?view=timeline",
    "map": "/queries/coordinates?view=map",
    "form of a query": "/queries/companies-to-zones",
    "list of queries": "/queries",
}


@pytest.fixture
def page(server, chromium):
    """A tab; whatever it loads comes from the server."""
    with chromium.open("about:blank") as shown:
        yield shown
        assert all(
            address.startswith((server.url, "about:", "data:")) for address in shown.requests
        )


def follow(page, words):
    """Go where the link with these words leads."""
    found = f"[...document.querySelectorAll('a')].find(a => a.textContent.includes({words!r}))"
    page.go(page.value(f"{found}.href"))


@pytest.mark.parametrize("path", VIEWS.values(), ids=VIEWS)
def test_a_view_is_for_everybody(page, server, path):
    for is_dark in (False, True):
        for width, height in ((1280, 900), (390, 844), (320, 640)):
            page.dark(on=is_dark)
            page.resize(width, height)
            page.go(server.url + path)
            assert page.value("document.documentElement.scrollWidth") <= width
            assert page.violations() == []
    assert [text for text in page.complaints if " 400 " not in text] == []


@pytest.mark.parametrize("view", ["network", "paths", "chart", "timeline", "map"])
def test_a_picture_is_drawn(page, server, view):
    page.go(server.url + VIEWS[view])

    assert page.value("document.querySelectorAll('#answer svg a').length") >= 3
    assert "view=" in page.value("document.querySelector('.views [aria-current]').href")


def test_a_link_is_the_query_without_scripts_too(page, server):
    page.without_scripts()
    page.go(server.url + VIEWS["sorted"])

    assert page.value("document.getElementById('query').value") == PATH
    assert page.value(ROWS) == 10
    assert page.value("document.querySelector('[aria-sort=descending]').textContent").startswith(
        "place"
    )


def test_a_query_is_asked_by_the_form_without_scripts(page, server):
    page.without_scripts()
    page.go(f"{server.url}/sparql")
    page.write("document.getElementById('query')", GRAPH)
    page.value("document.querySelector('[value=asserted]').checked = true")
    page.click("document.querySelector('#editor-tools button')")

    until(page, "location.search.endsWith('infer=false') && !!document.getElementById('answer')")
    assert "gba:develops" in page.value(TEXT)


def test_a_shared_link_opens_the_same_in_another_browser(server, tmp_path, page):
    page.go(server.url + VIEWS["table"])
    with Chromium(tmp_path) as other, other.open(page.value("location.href")) as elsewhere:
        assert elsewhere.value(TEXT) == page.value(TEXT)


def test_a_repair_is_a_click(page, server):
    page.go(server.url + VIEWS["error"])
    page.go(page.value("document.querySelector('a.repair').href"))

    assert page.value("document.getElementById('query').value").startswith("PREFIX gba:")
    assert page.value(ROWS) > 5


def test_rows_are_sorted_filtered_and_explained_by_clicks(page, server):
    page.go(server.url + VIEWS["table"])
    follow(page, "place")
    assert "China" in page.value("document.querySelector('#answer tbody tr').textContent")

    page.write("document.querySelector('#answer [name=find]')", "xpeng")
    page.value("document.querySelector('#answer [name=find]').form.submit()")
    until(page, f"location.search.includes('find=xpeng') && {ROWS} === 5")

    follow(page, "Show what each row rests on")
    assert "paragraph" in page.value("document.querySelector('td.rests').textContent")
    assert page.value(ROWS) == 5


def test_who_says_so_is_on_the_screen_of_a_phone(page, server):
    page.resize(390, 844)
    page.go(server.url + VIEWS["evidence"])
    box = page.value("document.querySelector('td.rests').getBoundingClientRect().toJSON()")

    assert box["left"] >= 0
    assert box["right"] <= 390


def test_files_can_be_fetched_from_the_page(page, server):
    page.go(server.url + VIEWS["table"])
    fetched = page.value(
        "Promise.all([...document.querySelectorAll('.leave .chips a')].map("
        "a => fetch(a.href).then(r => r.status + ' ' + r.headers.get('content-type'))))"
    )

    assert len(fetched) == 9
    assert all(told.startswith("200 ") for told in fetched)
    assert "200 text/csv; charset=utf-8" in fetched


def test_a_hundred_thousand_rows_stay_a_small_page(page, server):
    page.go(server.url + asking(LARGE))

    assert "100,489" in page.value(TEXT) or "more than 100,000" in page.value(TEXT)
    assert page.value(ROWS) == 100
    assert page.value(NODES) < 2000

    page.go(server.url + asking(LARGE, "&order=-a&page=1004"))
    assert page.value(ROWS) == 100
    assert "100,489 rows" in page.value(TEXT)


def test_the_list_of_queries_is_filtered_while_typing(page, server):
    page.go(f"{server.url}/queries")
    page.write("document.querySelector('#filter input')", "large zones")
    shown = "[...document.querySelectorAll('#questions li')].filter(row => row.offsetParent).length"

    assert 1 <= page.value(shown) < 10
    page.write("document.querySelector('#filter input')", "dragons")
    assert page.value("document.getElementById('nothing').offsetParent !== null")


def test_texts_of_other_languages_say_so(page, server):
    query = "SELECT ?name { <https://w3id.org/gbagraph/id/baidu> rdfs:label ?name }"
    page.go(server.url + asking(f"PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n{query}"))

    found = page.value("[...document.querySelectorAll('#answer td [lang]')].map(e => e.lang)")
    assert sorted(found) == ["zh-hans", "zh-hant"]


def test_the_data_of_others_are_drawn_too(chromium, tmp_path):
    file = tmp_path / "bridges.ttl"
    file.write_text(
        "@prefix e: <http://example.org/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        'e:b1 rdfs:label "Old"@en ; e:span 100 . e:b2 rdfs:label "New"@en ; e:span 250 .\n'
    )
    query = "PREFIX e: <http://example.org/> SELECT * { ?bridge e:span ?span }"
    with (
        RunningServer("--data", file) as other,
        chromium.open(other.url + asking(query, "&view=chart")) as page,
    ):
        assert page.value("document.querySelectorAll('#answer svg rect').length") >= 2
        assert page.violations() == []
