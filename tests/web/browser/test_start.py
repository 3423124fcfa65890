"""The start page in a browser: the story is drawn, and each way in leads somewhere."""

import pytest

from support.browser import until

pytestmark = pytest.mark.processes

LARGEST = 100_000
"""Bytes of HTML, uncompressed."""


@pytest.fixture
def page(server, chromium):
    with chromium.open(f"{server.url}/") as shown:
        shown.resize(1280, 900, mobile=False)
        yield shown
        assert shown.complaints == []


def texts(page, selector):
    found = f"[...document.querySelectorAll({selector!r})].map(e => e.textContent.trim())"
    return page.value(found)


def is_visible(page, selector):
    box = f"document.querySelector({selector!r}).getBoundingClientRect()"
    return page.value(f"{box}.width > 100 && {box}.height > 50")


def test_the_story_is_drawn(page, server):
    places = ".picture-wide .drawing-map a, .picture-wide .drawing-map g > title"
    assert len(texts(page, ".drawing-list li")) == 22
    assert len(texts(page, places)) > 15
    dated = {
        row["thing"]["value"]
        for row in server.client.get(
            "/queries/timeline", headers={"Accept": "application/sparql-results+json"}
        ).json()["results"]["bindings"]
    }
    assert len(texts(page, ".picture-wide .drawing-timeline a")) == len(dated) > 15
    boxes = texts(page, ".picture-wide .drawing-path a > title")
    assert [box.split(" (")[0] for box in boxes] == [
        "Baidu",
        "Apollo R&D Centre",
        "China-Singapore Guangzhou Knowledge City",
    ]
    assert len(texts(page, ".picture-wide .drawing-network a")) > 15
    for kind in ("map", "timeline", "path", "network"):
        assert is_visible(page, f".picture-wide .drawing-{kind}")
        assert not is_visible(page, f".picture-narrow .drawing-{kind}")


def test_the_search_box_leads_to_results(page):
    page.write("document.querySelector('.seek input')", "Nansha")
    page.click("document.querySelector('.seek button')")
    until(page, "location.pathname === '/search' && document.readyState === 'complete'")

    assert "Nansha" in page.value("document.querySelector('main').textContent")


def test_the_figures_are_those_of_the_data(page, server):
    (row,) = server.rows(
        "PREFIX gba: <https://w3id.org/gbagraph/ontology#> "
        "SELECT (COUNT(DISTINCT ?p) AS ?n) { ?p a gba:Paragraph }"
    )

    assert f"{row['n']} paragraphs" in texts(page, ".figures a")


def test_each_way_in_leads_somewhere(server, page):
    links = page.value("[...document.querySelectorAll('main a')].map(e => e.getAttribute('href'))")
    assert len(links) > 100
    for link in set(links):
        if link.startswith("/"):
            response = server.client.get(
                link.partition("#")[0], headers={"Accept": "text/html,*/*"}
            )
            assert response.status_code in (200, 303), link


def test_the_page_is_light(server):
    assert len(server.client.get("/", headers={"Accept": "text/html"}).text.encode()) < LARGEST
