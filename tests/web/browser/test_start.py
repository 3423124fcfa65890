"""The start page in a browser: its first screen, its size, its drawings, and where its links lead."""

import pytest

from support.browser import until

pytestmark = pytest.mark.processes

HIGHEST = 2000
"""Pixels at 1280 x 800."""
HEAVIEST = 35_000
"""Bytes of the page and all that it loads, as they are sent."""
SIZES = {"desk": (1280, 800), "phone": (390, 844)}


@pytest.fixture
def page(server, chromium):
    with chromium.open(f"{server.url}/") as shown:
        shown.resize(*SIZES["desk"], mobile=False)
        yield shown
        assert shown.complaints == []


def texts(page, selector):
    found = f"[...document.querySelectorAll({selector!r})].map(e => e.textContent.trim())"
    return page.value(found)


def seen(page, selector):
    """How many elements have a size to be seen."""
    large = "e => e.clientWidth > 100 && e.clientHeight > 50"
    return page.value(f"[...document.querySelectorAll({selector!r})].filter({large}).length")


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_first_screen_says_what_is_built_and_who_says_so(page, size):
    page.resize(*size, mobile=size[0] < 500)
    first = "document.querySelector('.projects li')"

    assert page.value(f"{first}.getBoundingClientRect().bottom") < size[1]
    assert texts(page, ".projects li:first-child h3")[0].endswith("Knowledge City")
    said = page.value(f"{first}.innerText")
    assert "123 km²" in said
    assert "Others say: 178 km², 253 km²" in said
    assert "China, Singapore" in said
    assert "More exactly: 30 June 2010" in said
    assert "paragraph 1" in said


def test_the_page_is_low_and_light(page, server):
    assert page.value("document.documentElement.scrollHeight") <= HIGHEST
    page.for_the_first_time()
    before = page.octets
    page.go(f"{server.url}/")
    assert page.value("document.readyState") == "complete"
    assert 10_000 < page.octets - before < HEAVIEST


def test_the_projects_are_those_of_the_data_with_figures_and_passages(page, server):
    members = server.rows(
        "PREFIX gba: <https://w3id.org/gbagraph/ontology#> PREFIX id: <https://w3id.org/gbagraph/id/> "
        "SELECT ?project { ?project gba:memberOf id:mega-projects-picked-out }"
    )
    cards = texts(page, ".projects > li")
    assert len(cards) == len(members)
    nansha = next(card for card in cards if card.startswith("Nansha"))
    for said in ("Chinese Academy of Sciences", "Opening · planned", "Southern Metropolis Daily"):
        assert said in nansha
    assert set(texts(page, ".projects dd .soft")) == {"●stated", "○inferred"}
    for card in page.value("[...document.querySelectorAll('.projects li')].map(e => e.innerHTML)"):
        assert card.count("<dt") == 3
        assert "/article/" in card.partition("</dl>")[2]


def test_the_story_is_drawn(page):
    for kind, least in (("map", 8), ("timeline", 7), ("network", 6)):
        assert len(texts(page, f".picture-wide .drawing-{kind} a")) >= least
        assert seen(page, f".drawing-{kind}") == 1
    chain = texts(page, ".chain > li > a")
    assert (chain[0], chain[-1]) == ("Apollo R&D Centre", "Guangdong")
    assert len(texts(page, ".chain p a")) == len(chain) - 1


def test_the_search_box_leads_to_results(page):
    assert page.value("document.querySelectorAll('input[type=search]').length") == 1
    page.write("document.querySelector('.seek input')", "Nansha")
    page.click("document.querySelector('.seek button')")
    until(page, "location.pathname === '/search' && document.readyState === 'complete'")

    assert "Nansha" in page.value("document.querySelector('main').textContent")


def test_each_figure_leads_to_a_list_of_what_it_counts(page, server):
    links = "[...document.querySelectorAll('#files + ul a')].map(a => [a.textContent, a.href])"
    for text, address in page.value(links)[:3]:
        number, name = text.split()
        answer = server.client.get(address, headers={"Accept": "text/csv"}).text
        assert int(number) == len(answer.splitlines()) - 1, name


def test_each_way_in_leads_somewhere(server, page):
    links = page.value("[...document.querySelectorAll('main a')].map(e => e.getAttribute('href'))")
    assert len(links) > 80
    for link in set(links):
        if link.startswith("/"):
            response = server.client.get(
                link.partition("#")[0], headers={"Accept": "text/html,*/*"}
            )
            assert response.status_code in (200, 303), link
