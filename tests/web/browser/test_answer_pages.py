"""Answers in a real browser: pictures, rows and files, on a desk and on a phone, without scripts too."""

import re
from urllib.parse import quote

import pytest

from support.browser import until
from support.queries import sampled

pytestmark = pytest.mark.processes

PREFIX = "PREFIX gba: <https://w3id.org/gbagraph/ontology#>\nPREFIX id: <https://w3id.org/gbagraph/id/>\n"
PATH = f"{PREFIX}SELECT * {{ ?who gba:develops ?what . ?what gba:locatedIn ?place }}"
GRAPH = "DESCRIBE <https://w3id.org/gbagraph/id/baidu>"
LARGE = "SELECT * { VALUES ?a { %s } VALUES ?b { %s } }" % ((" ".join(map(str, range(317))),) * 2)
ROWS = "document.querySelectorAll('#answer tbody tr').length"
NODES = "document.querySelectorAll('*').length"
TEXT = "document.getElementById('answer').textContent"


def asking(query, more=""):
    return f"/sparql?query={quote(query)}{more}"


PICTURES = {
    "network": asking(GRAPH, "&view=network"),
    "paths": asking(PATH, "&view=path"),
    "chart": "/queries/zones-by-area?view=chart",
    "timeline": "/queries/timeline?view=timeline",
    "map": "/queries/coordinates?view=map",
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


def test_text_of_data_moves_nothing_beside_it(page, server):
    """Neither by characters that turn the direction, nor by ends of isolates that it has not begun."""
    texts = [r'"\u202Eevil"@ar', r'"a\u2069\u202Eevil"@ar', '"שלום 5"@he', '"abc (d)"@ar--rtl']
    query = f"SELECT * {{ VALUES ?l {{ {' '.join(texts)} }} }}"
    page.go(server.url + asking(query, "&view=table"))

    boxes = "[...td.children].map(each => each.getBoundingClientRect())"
    in_order = f"(td => {{ const [a, b] = {boxes}; return a.right <= b.left }})"
    found = page.value(f"[...document.querySelectorAll('#rows td')].map({in_order})")
    assert found == [True] * len(texts)
    assert page.value("document.querySelectorAll('#rows td [dir=rtl]').length") == 1
    page.value(
        "document.querySelector('#rows td').innerHTML = '<span>שלום</span> <small>5</small>'"
    )
    assert page.value(f"({in_order})(document.querySelector('#rows td'))")

    page.go(server.url + asking(query, "&view=table&find=%E2%80%AEnone"))
    page.value("globalThis.text = document.querySelector('#answer .notice').firstChild")
    page.value("globalThis.range = new Range()")
    left = (
        "(range.setStart(text, text.data.indexOf('{0}')), range.setEnd(text, range.startOffset + 1),"
        " range.getBoundingClientRect().left)"
    )
    assert page.value(left.format("n")) < page.value(left.format("”"))
    assert page.value("document.querySelector('input[name=find]').value") == "\u202enone"


every_picture = pytest.mark.parametrize("path", sampled(PICTURES, ("network", "chart")))


@every_picture
def test_a_picture_is_drawn(page, server, path):
    page.go(server.url + path)

    assert page.value("document.querySelectorAll('#answer svg a').length") >= 3
    assert "view=" in page.value("document.querySelector('.views [aria-current]').href")


def test_the_columns_of_a_chart_are_chosen_by_a_form_without_scripts(page, server):
    page.without_scripts()
    page.go(server.url + "/queries/zones-by-area?view=chart")
    bars = (
        "[...document.querySelectorAll('.picture-wide a, .picture-wide g')].map(e => e.textContent)"
    )
    assert "China-Singapore Guangzhou Knowledge City" in page.value(f"{bars}.join()")

    page.value("document.querySelector('#answer [name=by]').value = 'basis'")
    page.click("document.querySelector('#answer form:has([name=by]) button')")
    until(page, "location.search.includes('by=basis')")
    assert "stated in" in page.value(f"{bars}.join()")
    assert page.value("document.querySelector('.views [aria-current]').textContent") == "Chart"


def test_no_line_of_a_network_runs_through_a_box_on_a_phone(page, server):
    page.resize(390, 844)
    page.go(server.url + "/queries/companies-to-zones?view=network")
    shown = ".picture-narrow .drawing-network"

    assert page.value(f"document.querySelector('{shown}').checkVisibility()")
    assert page.value(f"document.querySelectorAll('{shown} .cross').length") == 0
    # The list below tells them.
    assert page.value("document.querySelectorAll('.picture-narrow .drawing-others li').length") == 5


@every_picture
def test_a_picture_fills_the_column_and_its_names_are_in_the_language_of_the_page(
    page, server, path
):
    page.resize(1280, 800, mobile=False)
    page.speak("zh-CN")
    page.go(server.url + path)
    column = page.value("document.getElementById('answer').offsetWidth")
    drawing = "document.querySelector('.picture-wide > svg')"

    assert page.value(f"{drawing}.getBoundingClientRect().width") == column
    assert re.search("[\u4e00-\u9fff]", page.value(f"{drawing}.getAttribute('aria-label')"))


def test_rows_that_are_not_drawn_are_counted(page, server):
    page.go(server.url + "/queries/milestones?view=timeline")

    assert "2 of 9 rows (no date)" in page.value(TEXT)
    assert "Chart" not in page.value("document.querySelector('.views').textContent")


def test_a_link_is_the_query_without_scripts_too(page, server):
    page.without_scripts()
    page.go(server.url + asking(PATH, "&order=-place"))

    assert page.value("document.getElementById('query').value") == PATH
    assert page.value(ROWS) == 12
    assert page.value("document.querySelector('[aria-sort=descending]').textContent").startswith(
        "place"
    )


def test_a_query_is_asked_by_the_form_without_scripts(page, server):
    page.without_scripts()
    page.go(f"{server.url}/sparql")
    page.write("document.getElementById('query')", GRAPH)
    page.value("document.querySelector('[name=scope]').value = 'asserted'")
    page.click("document.querySelector('#editor-tools .primary')")

    until(page, "location.search.endsWith('infer=false') && !!document.getElementById('answer')")
    assert "gba:develops" in page.value(TEXT)


def test_rows_are_sorted_filtered_and_explained_by_clicks(page, server):
    page.go(server.url + asking(PATH))
    follow(page, "place")
    assert "China" in page.value("document.querySelector('#answer tbody tr').textContent")

    page.go(server.url + asking(PATH, "&find=xpeng"))
    page.write("document.querySelector('#answer [name=find]')", "baidu")
    page.value("document.querySelector('#answer [name=find]').form.submit()")
    until(page, f"location.search.includes('find=baidu') && {ROWS} === 6")

    follow(page, "Show sources")
    assert "paragraph" in page.value("document.querySelector('td.rests').textContent")
    assert page.value(ROWS) == 6


def test_what_links_a_row_is_told_before_what_kinds_its_things_are(page, server):
    page.without_scripts()
    page.go(f"{server.url}/queries/companies-to-zones?evidence=true")
    cells = "[...document.querySelectorAll('td.rests')]"
    links = f"{cells}.map(cell => cell.querySelectorAll(':scope > a').length)"
    more = "document.querySelector('td.rests details')"

    assert page.value(ROWS) == 10
    assert max(page.value(links)) <= 2
    assert page.value(f"{more}.textContent").strip().startswith("+3 on kinds and conclusions")
    assert not page.value(f"{more}.querySelector('a').checkVisibility()")
    page.click(f"{more}.querySelector('summary')")
    assert page.value(f"{more}.querySelector('a').checkVisibility()")


def test_rows_are_low_and_have_identifiers_when_asked_for(page, server):
    page.without_scripts()
    page.go(f"{server.url}/sparql")
    row = "document.querySelector('#answer tbody tr').offsetHeight"
    code = "document.querySelector('#answer td code.name').offsetHeight"

    assert page.value("document.querySelector('#answer th').ariaSort") == "none"
    assert page.value(row) <= 36
    assert page.value(code) == 0
    page.click("document.getElementById('names')")
    assert page.value(code) > 0


def test_menus_close_as_menus_do_and_identifiers_stay_shown(page, server):
    page.go(f"{server.url}/queries/zones-by-area")
    menu = "document.querySelector('details.leave[name=leave]')"
    until(page, f"document.readyState === 'complete' && {menu}")
    page.click(f"{menu}.querySelector('summary')")
    until(page, f"{menu}.open")
    page.press("Escape")
    assert page.value(f"!{menu}.open && document.activeElement.parentElement === {menu}")
    page.press("Enter")
    until(page, f"{menu}.open")
    page.value("document.querySelector('header a').focus()")
    assert not page.value(f"{menu}.open")
    page.click("document.getElementById('names')")
    until(page, "document.getElementById('names').checked")
    page.click("document.querySelector('#rows thead a')")
    until(page, "location.hash === '#answer' && document.getElementById('names')?.checked")


def test_an_answer_is_copied_and_read_as_code(page, server):
    page.before("navigator.clipboard.writeText = async text => { window.copied = text }")
    for place in ("/queries/companies-to-zones", asking(PATH)):
        page.go(server.url + place)
        until(page, "document.querySelector('[data-from]:not([hidden])')")
        page.click("document.querySelector('[data-from]')")
        until(page, "document.querySelector('[data-from]').textContent === 'Copied'")
        assert page.value("window.copied.split('\\n')[0].startsWith('?')")
        page.click(
            "[...document.querySelectorAll('.leave summary')].find(s => s.textContent === 'Code')"
        )
        page.click("document.querySelector('.leave details[open] button.copy')")
        until(page, "window.copied.startsWith('curl')")
        page.press("Escape")


def test_the_answer_of_a_question_begins_on_the_first_screen(page, server):
    page.resize(1280, 800, mobile=False)
    page.go(f"{server.url}/queries/companies-to-zones")

    assert page.value("document.getElementById('answer').offsetTop") < 380
    assert not page.value("document.querySelector('.variants a').checkVisibility()")
    page.click("document.querySelector('.variants summary')")
    assert page.value("document.querySelector('.variants a').checkVisibility()")


def test_an_error_is_told_once_with_its_repair(page, server):
    page.without_scripts()
    page.go(server.url + asking("SELECT * { ?s gba:develops ?o }"))

    assert page.value("document.querySelectorAll('#answer .notice').length") == 1
    assert page.value("document.querySelector('#error .repair') !== null")
    assert page.value(TEXT).count("is not declared") == 1
    assert "400" not in page.value(TEXT)


@pytest.mark.parametrize("more", ["", "&evidence=true"])
def test_all_of_a_row_is_on_the_screen_of_a_phone(page, server, more):
    page.resize(390, 844)
    page.go(server.url + asking(PATH, more))
    cells = "[...document.querySelectorAll('#answer td, #answer th a')]"
    boxes = page.value(f"{cells}.map(cell => cell.getBoundingClientRect().toJSON())")

    assert all(box["left"] >= 0 and 0 < box["right"] <= 390 for box in boxes)


def test_files_can_be_fetched_from_the_page(page, server):
    page.go(server.url + asking(PATH))
    fetched = page.value(
        "Promise.all([...document.querySelectorAll('.leave .chips a')].map("
        "a => fetch(a.href).then(r => r.status + ' ' + r.headers.get('content-type'))))"
    )

    assert len(fetched) == 10
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

    assert 1 <= page.value(shown) < 12
    page.write("document.querySelector('#filter input')", "dragons")
    assert page.value("document.getElementById('nothing').offsetParent !== null")
