"""The search box of every page in a browser: what is typed is suggested, and what is chosen opens."""

import pytest

from support.browser import until

pytestmark = pytest.mark.processes

HEADER = "document.querySelector('header input[type=search]')"
START = "document.querySelector('.seek input')"
SHOWN = "document.activeElement.getAttribute('aria-expanded') === 'true'"


@pytest.fixture
def opened(server, chromium):
    """Open a page of the server by its path; at the end, nothing was complained of."""
    with chromium.open(f"{server.url}/") as page:
        page.resize(1280, 900, mobile=False)

        def go(path):
            page.go(server.url + path)
            until(page, "document.querySelector('input[role=combobox]')")
            return page

        yield go
        assert page.complaints == []


def suggestions(page, field, text):
    """What is suggested when *text* is typed into *field*."""
    page.value(f"{field}.focus()")
    page.type(text)
    until(page, SHOWN)
    return page.value("[...document.querySelectorAll('[role=option]')].map(e => e.textContent)")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/", START),
        ("/doc/id/baidu", HEADER),
        ("/ontology/terms/Zone", HEADER),
    ],
)
def test_a_suggestion_is_opened(opened, path, field):
    page = opened(path)
    assert any("Nansha" in text for text in suggestions(page, field, "Nansha"))

    page.press("ArrowDown")
    page.press("Enter")

    until(page, "location.pathname === '/doc/id/nansha'")


def test_a_suggestion_is_opened_by_a_click(opened):
    page = opened("/queries")
    assert suggestions(page, HEADER, "nansha")

    page.click("document.querySelector('[role=option]')")

    until(page, "location.pathname === '/doc/id/nansha'")
