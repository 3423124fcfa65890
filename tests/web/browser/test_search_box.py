"""The search box of every page in a browser: what is typed is suggested, and what is chosen opens."""

import pytest

from support.browser import until

pytestmark = pytest.mark.processes

HEADER = "document.querySelector('header input[type=search]')"
START = "document.querySelector('.seek input')"
SEARCH = "document.getElementById('asked')"
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


@pytest.mark.parametrize(
    ("path", "field", "is_phone"),
    [
        ("/", START, False),
        ("/queries", HEADER, True),
        pytest.param("/search", SEARCH, False, marks=pytest.mark.matrix),
    ],
)
def test_suggestions_lie_below_their_field_within_the_screen(opened, path, field, is_phone):
    page = opened(path)
    if is_phone:
        page.resize(390, 844)
    found = suggestions(page, field, "nansha")
    top, left, right, width = page.value(
        f"(() => {{ const box = {field}.getBoundingClientRect(), "
        "list = document.querySelector('.suggestions:not([hidden])').getBoundingClientRect();"
        "return [list.top - box.bottom, list.left, list.right, list.width - box.width] })()"
    )

    assert 0 <= top < 5
    assert width > -1
    assert left >= 0
    assert right <= page.value("document.documentElement.clientWidth")
    said = "[...document.querySelectorAll('[role=status]')].map(e => e.textContent)"
    assert f"Suggestions: {len(found)}" in page.value(said)


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
        pytest.param("/doc/id/baidu", HEADER, marks=pytest.mark.matrix),
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


def test_the_keyboard_goes_through_the_suggestions_and_leaves_them(opened):
    page = opened("/search")
    listed = suggestions(page, "document.getElementById('asked')", "nansha")
    chosen = (
        "[...document.querySelectorAll('[role=option]')].map(e => e.ariaSelected).indexOf('true')"
    )

    places = []
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowUp"):
        page.press(key)
        places.append(page.value(chosen))
    assert places == [0, 1, 0, -1, len(listed) - 1]
    assert page.value("document.querySelector('[role=listbox]:not([hidden])').ariaLabel")

    page.press("Escape")
    until(page, "document.activeElement.getAttribute('aria-expanded') === 'false'")
    page.press("Enter")
    until(page, "location.search === '?q=nansha'")


def test_suggestions_are_named_in_the_language_of_the_page(server, chromium):
    with chromium.open("about:blank") as page:
        page.speak("zh-CN")
        page.go(f"{server.url}/search")
        until(page, f"{HEADER}.getAttribute('role') === 'combobox'")

        assert any(text.startswith("百度") for text in suggestions(page, HEADER, "Baidu"))


def test_questions_are_filtered_while_somebody_types(opened):
    page = opened("/queries")
    rows = "[...document.querySelectorAll('#questions li')].filter(e => e.checkVisibility())"
    everything = page.value(f"{rows}.length")

    page.value("document.querySelector('#filter input').focus()")
    page.type("zones large")
    until(page, f"{rows}.length < {everything}")
    assert "How large are the zones?" in page.value(f"{rows}.map(e => e.textContent).join()")
    groups = "[...document.querySelectorAll('#questions h2')].filter(e => e.checkVisibility())"
    assert "Names" not in page.value(f"{groups}.map(e => e.textContent)")

    page.press("Enter")
    page.type(" dragons")
    until(page, "document.getElementById('nothing').checkVisibility()")
    assert page.value("location.search") == ""
    assert page.value(f"{rows}.length") == 0


def test_the_form_of_a_question_folds_what_need_not_be_given(opened):
    page = opened("/queries/timeline")
    shown = "document.getElementById('from').checkVisibility()"
    assert not page.value(shown)

    page.click("document.querySelector('#parameters summary')")
    until(page, shown)
    page.value("document.getElementById('from').focus()")
    page.type("2030")
    page.press("Enter")

    until(page, "location.search.includes('from=2030')")
    until(page, f"document.readyState === 'complete' && {shown}")
