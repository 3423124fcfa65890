"""Buttons beside the examples of the manual, and beside prefixes, in a real browser."""

import pytest

from gbagraph.features.manual.routes import EXAMPLE
from support import ROOT
from support.browser import until
from support.examples import commands, examples

PAGES = [ROOT / "docs" / f"{name}.md" for name in ("first-answers", "large")]
"""Their commands have quotes, go on over lines, and ask the server."""
KEEP = "navigator.clipboard.writeText = text => { window.copied = text; return Promise.resolve() }"


@pytest.fixture
def tab(chromium):
    with chromium.open("about:blank") as opened:
        yield opened


def copied(tab, number):
    """What the clipboard has after a click on the button with this number."""
    tab.value("window.copied = ''")
    tab.click(f"document.querySelectorAll('main .copy')[{number}]")
    until(tab, "window.copied")
    return tab.value("window.copied")


@pytest.mark.processes
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_an_example_is_copied_as_it_is_typed(tab, server, page):
    """Of a console the commands alone, whole, without prompts and what they print."""
    tab.go(f"{server.url}/docs/{page.stem}")
    tab.value(KEEP)
    found = examples(page)

    assert tab.value("document.querySelectorAll('main .copy').length") == len(found)
    for number, example in enumerate(found):
        typed = [command for command, _ in commands(example.text)] or [example.text]
        wanted = "".join(typed).replace(EXAMPLE, server.url).strip()
        assert copied(tab, number) == wanted, str(example)
    until(tab, "document.querySelector('main .copy').textContent === 'Copied'")
    assert tab.complaints == []


@pytest.mark.processes
def test_prefixes_are_copied_as_a_query_declares_them(tab, server):
    tab.go(f"{server.url}/prefixes")
    tab.value(KEEP)

    assert copied(tab, 0).startswith("PREFIX ")
