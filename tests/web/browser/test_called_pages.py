"""Pages of answers for which another endpoint was called, and the editor of such queries."""

from urllib.parse import urlencode

import pytest

from support import RunningServer, eventually, file_with
from support.browser import until
from support.services import allowed
from support.serving import serving

pytestmark = pytest.mark.processes

NOBODY = "http://127.0.0.1:1/sparql"
FIELD = "document.getElementById('query')"
OPTIONS = "[...document.querySelectorAll('#completions:not([hidden]) [role=option] b')]"
EXPLAINED = "performance.getEntriesByType('resource').some(({name}) => name.endsWith('/explain'))"
HAS_EDITOR = "document.documentElement?.classList.contains('has-editor')"


other_server = serving('@prefix : <http://e/> . :x :q "ex" . :y :q "why" .')


@pytest.fixture(scope="module")
def calling_server(tmp_path_factory, other_server):
    path = file_with(
        tmp_path_factory.mktemp("here") / "here.ttl", "@prefix : <http://e/> . :x :p 1 . :y :p 2 ."
    )
    options = [*allowed(other_server.sparql, name="Others"), *allowed(NOBODY, name="nobody")]
    with RunningServer("--data", path, *options) as running:
        yield running


def query(endpoint, inner="?s :q ?v", more=""):
    return (
        f"PREFIX : <http://e/>\nSELECT * {{ ?s :p ?n SERVICE <{endpoint}> {{ {inner} }} {more} }}"
    )


def address(server, text, **parameters):
    return f"{server.url}/sparql?{urlencode({'query': text, **parameters})}"


def test_nothing_keeps_anybody_from_reading_who_gave_what(chromium, calling_server, other_server):
    silent = f"SERVICE SILENT <{NOBODY}> {{ ?s :r ?o }}"
    pages = (
        address(calling_server, query(other_server.sparql)),
        address(calling_server, query(other_server.sparql, more=silent), evidence="true"),
        address(calling_server, query(other_server.sparql, "?s :none ?v")),
        address(calling_server, query(NOBODY)),
        address(calling_server, query("http://far.example/sparql")),
        f"{calling_server.url}/problem/service-failed",
    )
    for shown in pages:
        with chromium.open(shown) as page:
            for dark in (False, True):
                page.dark(on=dark)
                assert page.violations() == [], shown


def test_who_was_asked_is_told_also_when_the_editor_runs_the_query(
    chromium, calling_server, other_server
):
    with chromium.open(f"{calling_server.url}/sparql") as page:
        until(page, HAS_EDITOR)
        script = "document.querySelector('.called li')?.textContent ?? ''"

        def is_told():
            """What is pressed before all scripts have come is nothing to them."""
            page.write(FIELD, query(other_server.sparql))
            page.press("Enter", control=True)
            return eventually(lambda: page.value(script).startswith("Others: 2 rows"), 5)

        assert eventually(is_told)


def test_endpoints_are_offered_after_service(chromium, calling_server):
    with chromium.open(f"{calling_server.url}/sparql") as page:
        until(page, HAS_EDITOR)
        names = f"{OPTIONS}.map(name => name.textContent)"

        def are_offered(typed, *expected):
            """Typed again, for what is typed before all scripts have come is nothing to them."""
            page.write(FIELD, f"SELECT * {{ SERVICE {typed[:-1]}")
            page.type(typed[-1])
            return eventually(lambda: page.value(names) == [*expected], 2)

        assert eventually(lambda: are_offered("<", "Others", "nobody")), page.value(names)
        assert eventually(lambda: are_offered("<http://127.0.0.1:1/", "nobody"))
        page.press("Enter")
        assert page.value(f"{FIELD}.value") == f"SELECT * {{ SERVICE <{NOBODY}>"


def test_nobody_is_called_while_somebody_types(chromium, calling_server, other_server):
    before = other_server.metrics()["evaluations"]
    with chromium.open(f"{calling_server.url}/sparql") as page:
        until(page, HAS_EDITOR)

        def is_explained():
            page.write(FIELD, query(other_server.sparql, "?s :q ?typed"))
            return eventually(lambda: page.value(EXPLAINED), 3)

        assert eventually(is_explained)

    assert other_server.metrics()["evaluations"] == before
