"""Pages of things in a real browser: heights, marks and identifiers without scripts, a copied IRI."""

import pytest

from support.browser import until

PHONE = 390, 844


@pytest.fixture
def tab(chromium):
    with chromium.open("about:blank") as opened:
        yield opened


@pytest.mark.processes
@pytest.mark.parametrize(("size", "height"), [((1280, 800), 1600), (PHONE, 3500)])
def test_a_page_is_short_and_opens_without_scripts(tab, server, size, height):
    """Key facts, relations, map and timeline are in sight; marks and identifiers open by a click."""
    tab.without_scripts()
    tab.resize(*size)
    tab.go(f"{server.url}/doc/id/knowledge-city")

    assert tab.value("document.documentElement.scrollHeight") <= height
    in_sight = "!!document.querySelector({!r})?.checkVisibility()"
    for part in (".keys .sign", ".lines .sign", ".drawing-map", ".drawing-timeline"):
        assert tab.value(in_sight.format(part)), part
    for closed in (".sign .says", "#all table", ".keys code"):
        assert not tab.value(in_sight.format(closed)), closed
    tab.click("document.querySelector('.keys summary')")
    tab.click("document.querySelector('#identifiers')")
    until(tab, "document.querySelector('.keys .says').checkVisibility()")
    until(tab, "document.querySelector('.keys code').checkVisibility()")
    assert tab.value("document.documentElement.scrollWidth") == size[0]


@pytest.mark.processes
def test_a_mark_is_closed_by_escape_or_a_click_elsewhere(tab, server):
    tab.go(f"{server.url}/doc/id/knowledge-city")
    for close in (
        "dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape'}))",
        "document.querySelector('h1').click()",
    ):
        tab.click("document.querySelector('.keys summary')")
        until(tab, "document.querySelector('.sign[open]') !== null")
        tab.value(close)
        until(tab, "document.querySelector('.sign[open]') === null")


@pytest.mark.processes
def test_the_iri_is_copied(tab, server):
    tab.go(f"{server.url}/doc/id/knowledge-city")
    tab.value("navigator.clipboard.writeText = async text => { globalThis.copied = text }")
    tab.click("document.querySelector('#identifiers')")
    tab.click("document.querySelector('button.copy')")

    until(tab, "globalThis.copied === 'https://w3id.org/gbagraph/id/knowledge-city'")
