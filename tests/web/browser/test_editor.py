"""The editor at /sparql in a real browser: each thing that it does, done as a person would."""

import dataclasses
import gzip
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from gbagraph.features.search.search import MOST
from gbagraph.rdf.namespaces import BASE
from gbagraph.sparql.parsed import ParsedQuery
from support import ROOT, eventually
from support.browser import Chromium, until
from support.serving import serving

pytestmark = pytest.mark.processes

FIELD = "document.getElementById('query')"
TEXT = f"{FIELD}.value"
STATUS = "document.querySelector('#editor-tools [role=status]').textContent"
OPTIONS = "[...document.querySelectorAll('#completions:not([hidden]) [role=option]')]"
NAMES = f"{OPTIONS}.map(option => option.querySelector('b').textContent)"
ROWS = "document.querySelectorAll('#answer tbody tr').length"
TABS = "[...document.querySelectorAll('#tabs [role=tab]')].map(tab => tab.textContent)"
PROBLEMS = "document.querySelectorAll('.problems li').length"
MARKS = "[...CSS.highlights.entries()].flatMap(([name, marks]) => [...marks].map(String))"
LARGEST = 60_000
"""Bytes of scripts and styles that the page may load, compressed."""


@pytest.fixture
def page(server, chromium):
    """The editor as a first visit finds it; at the end, all that was loaded came from the server."""
    with chromium.open(f"{server.url}/queries") as shown:
        shown.value("localStorage.clear()")
        shown.go(f"{server.url}/sparql")
        until(shown, "document.documentElement?.classList.contains('has-editor')")
        yield shown
        # A query that is wrong has an answer of status 400, of which browsers complain.
        assert [told for told in shown.complaints if "status of 400" not in told] == []
        own = (server.url, "about:", "data:", "blob:")
        assert all(address.startswith(own) for address in shown.requests)


def begin(page, text=""):
    """Put *text* in place of the query, with the cursor at its end."""
    page.write(FIELD, text)


def tool(name):
    return f"document.querySelector('[data-action={name}]')"


def panel(name):
    return f"document.querySelector('[data-panel={name}] summary')"


def run(page):
    page.press("Enter", control=True)
    until(page, f"/Answered|No answer/.test({STATUS})")


def test_a_query_is_typed_by_completion_and_run(page):
    begin(page)
    page.type("SEL")
    until(page, f"{NAMES}[0] === 'SELECT'")
    page.press("Enter")
    page.type(" ?place { ?place a zon")
    until(page, f"{NAMES}[0] === 'gba:Zone'")
    page.press("Tab")
    page.type(" ; loca")
    until(page, f"{NAMES}[0] === 'gba:locatedIn'")
    page.press("Enter")
    page.type(" guangz")
    until(page, f"{NAMES}[0] === 'id:guangzhou'")
    page.press("Enter")
    run(page)

    assert page.value(ROWS) > 2
    assert page.value(TEXT) == (
        "PREFIX gba: <https://w3id.org/gbagraph/ontology#>\n"
        "PREFIX id: <https://w3id.org/gbagraph/id/>\n\n"
        "SELECT ?place { ?place a gba:Zone ; gba:locatedIn id:guangzhou}"
    )


def test_completion_knows_what_may_stand_where(page):
    begin(page, "SELECT * { ?s ")
    page.type("de")
    until(page, f"{OPTIONS}.length > 1")
    first = page.value(f"{OPTIONS}[0].className")
    page.press("Escape")
    begin(page, "SELECT ?thing { ?thing ?p ?o FILTER (str")
    page.type("s")
    until(page, f"{NAMES}[0] === 'STRSTARTS'")

    assert first == "is-property"
    assert page.value(f"{OPTIONS}[0].textContent.includes('(text, start)')")
    begin(page, "SELECT ?thing { ?")
    page.type("t")
    until(page, f"{NAMES}[0] === '?thing'")


def test_nothing_is_completed_in_strings_and_comments(page):
    begin(page, 'SELECT * { ?s ?p "')
    page.type("know")
    begin(page, "# ")
    page.type("know")

    assert page.value(f"{OPTIONS}.length") == 0


def test_a_chinese_name_is_completed(page):
    begin(page, "SELECT * { ?s ?p ")
    page.value(f"{FIELD}.focus()")
    page.type("知识城")
    until(page, f"{NAMES}[0] === 'id:knowledge-city'")

    assert page.value(f"{OPTIONS}[0].querySelector('span').lang") == "zh-hans"
    page.press("Enter")
    assert page.value(TEXT).endswith("?p id:knowledge-city")


def test_a_prefix_is_declared_when_it_is_typed(page):
    begin(page, "SELECT * { ?s ")
    page.type("gba:")
    until(page, f"{TEXT}.startsWith('PREFIX gba: <https://w3id.org/gbagraph/ontology#>')")
    page.type("builds")

    assert page.value(TEXT).endswith("SELECT * { ?s gba:builds")
    assert page.value(TEXT).count("PREFIX") == 1


large_server = serving(
    "PREFIX e: <http://example.org/> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
    'e:rare rdfs:label "uncommon" .\n'
    + "".join(f'e:t{n} rdfs:label "thing number {n}" .\n' for n in range(MOST + 500))
    + "".join(f"e:t1 e:knows e:t{n} .\n" for n in range(MOST))
)
"""A graph of more names than an editor holds; one of them is seldom used."""


def test_a_name_in_a_large_graph_is_searched_while_it_is_typed(chromium, large_server):
    with chromium.open(f"{large_server.url}/sparql") as page:
        begin(page, "SELECT * { ?s ?p ")
        page.type("uncomm")
        until(page, f"{NAMES}[0] === 'e:rare'")
        page.press("Enter")

        assert page.value(TEXT).endswith("?p e:rare")
        assert any("/search?q=uncomm" in address for address in page.requests)
        assert not page.value(f"{panel('examples')} !== null")


def test_the_list_is_told_to_screen_readers(page):
    begin(page, "SELECT * { ?s ?p ")
    page.type("guang")
    until(page, f"{OPTIONS}.length > 2")
    page.press("ArrowDown")
    chosen = page.value(f"{FIELD}.getAttribute('aria-activedescendant')")

    assert chosen == "completion-1"
    assert page.value(f"{FIELD}.getAttribute('aria-controls')") == "completions"
    assert (
        page.value(f"document.getElementById('{chosen}').getAttribute('aria-selected')") == "true"
    )
    page.press("Escape")
    assert page.value(f"{OPTIONS}.length") == 0
    assert page.value(f"document.activeElement === {FIELD}")


def test_completions_are_asked_for_by_a_key_and_taken_by_the_mouse(page):
    begin(page, "SELECT * { ?s gba:part")
    chosen = f"{OPTIONS}.findIndex(option => option.ariaSelected === 'true')"
    page.press(" ", control=True)
    until(page, f"{OPTIONS}.length > 1")
    page.press("ArrowUp")
    assert page.value(f"{chosen} === {OPTIONS}.length - 1")
    page.press("ArrowDown")
    assert page.value(chosen) == 0
    page.value(f"{FIELD}.setSelectionRange(0, 0)")
    until(page, f"{OPTIONS}.length === 0")
    page.value(f"{FIELD}.setSelectionRange(99, 99)")
    page.press(" ", control=True)
    until(page, f"{NAMES}[1] === 'gba:partnerIn'")
    page.click(f"{OPTIONS}[1]")
    assert page.value(TEXT).endswith("SELECT * { ?s gba:partnerIn")


def test_tab_indents_and_escape_leads_out(page):
    begin(page, "ASK {}")
    page.press("Tab")
    assert page.value(TEXT) == "ASK {}  "
    page.press("Escape")
    page.press("Tab")
    assert not page.value(f"document.activeElement === {FIELD}")


def test_an_error_is_underlined_and_repaired_by_a_click(page):
    """Of a property without plans among its values, for these are told of the repaired query."""
    begin(page, "PREFIX gba: <https://w3id.org/gbagraph/ontology#>\nSELECT * { ?s gba:gbCodes ?o ")
    page.type("}")
    until(page, f"{PROBLEMS} === 1")

    assert page.value(MARKS) == ["gba:gbCodes"]
    page.click("document.querySelector('.problems .place')")
    assert page.value("getSelection().toString()") == "gba:gbCodes"
    page.value(f"{FIELD}.setSelectionRange(9999, 9999)")
    page.type(" LIMIT 3")
    assert page.value(MARKS) == ["gba:gbCodes"]
    until(page, "document.querySelector('.problems .repair:not([disabled])')")
    page.click("document.querySelector('.problems .repair')")
    until(page, f"{PROBLEMS} === 0")
    assert "gba:gbCode ?o" in page.value(TEXT)
    page.value(f"{FIELD}.focus()")
    page.press("z", control=True)
    assert "gba:gbCodes ?o" in page.value(TEXT)


def test_a_query_that_fails_is_marked_where_it_fails(page):
    begin(page, "SELECT * { ?s gba:develops ?o }")
    run(page)

    assert page.value("document.querySelector('#answer #error') !== null")
    assert page.value(MARKS) == ["gba:develops"]
    page.click("document.querySelector('#answer a.repair')")
    until(page, f"{ROWS} > 0")
    assert page.value(TEXT).startswith("PREFIX gba:")


def test_a_query_is_set_out(page):
    begin(page, "select ?s{?s a ?c;?p ?o.filter(?s=?o)}limit 3")
    page.click(tool("format"))

    assert page.value(TEXT) == (
        "SELECT ?s {\n  ?s a ?c ;\n    ?p ?o .\n  FILTER (?s=?o)\n}\nLIMIT 3\n"
    )
    page.press("z", control=True)
    assert page.value(TEXT).startswith("select ?s{")


CANNED = {path.stem: path.read_text() for path in sorted((ROOT / "queries").glob("*.rq"))}
NEW_IN_1_2 = """version "1.2" prefix : <http://example.org/>
select*{<<( :a :b ?c )>>:p "x"@en--ltr;:q :r{|:s 1;:t[:u 2]|}.# why
<< :a :b :c ~:d>> ?p ?o optional{?p a ?o;:q 'a{b'}
filter(isTRIPLE(?o)&&!EXISTS{?o ?p 1.5e3})}order by desc(?p)limit 1"""


PLACES = {"start", "end", "place", "body"}
"""What a part of a tree tells of where it stands in the text."""


def formatted(page, texts):
    """What the formatter of the editor makes of *texts*."""
    made = f"import('/static/formatting.js').then(made => {json.dumps(texts)}.map(made.format))"
    return page.value(made)


def meaning(query):
    """The tree of a query, without the places of its parts."""

    def plain(part):
        if isinstance(part, tuple | list):
            return [plain(each) for each in part]
        if not dataclasses.is_dataclass(part):
            return part
        names = [field.name for field in dataclasses.fields(part)]
        return {name: plain(getattr(part, name)) for name in names if name not in PLACES}

    return plain(ParsedQuery(query, BASE).tree)


def test_to_set_out_a_query_changes_nothing_that_it_means(page):
    in_one_line = [
        " ".join(line.strip() for line in text.splitlines() if not line.startswith("#+"))
        for text in CANNED.values()
    ]
    in_one_line = [text for text in in_one_line if " # " not in text]
    for texts in (list(CANNED.values()), in_one_line):
        made = formatted(page, texts)

        assert len(made) > 50
        assert formatted(page, made) == made
        for before, after in zip(texts, made, strict=True):
            assert meaning(after) == meaning(before)


def test_what_is_new_in_sparql_1_2_is_set_out(page):
    (made,) = formatted(page, [NEW_IN_1_2])

    assert (
        made
        == """VERSION "1.2"
PREFIX : <http://example.org/>

SELECT * {
  <<( :a :b ?c )>> :p "x"@en--ltr ;
    :q :r {| :s 1 ; :t[:u 2] |} .  # why
  << :a :b :c ~:d >> ?p ?o
  OPTIONAL {
    ?p a ?o ;
      :q 'a{b'
  }
  FILTER (isTRIPLE(?o) && !EXISTS { ?o ?p 1.5e3 })
}
ORDER BY DESC(?p)
LIMIT 1
"""
    )
    assert formatted(page, [made]) == [made]


def test_what_is_new_in_sparql_1_2_is_highlighted(page):
    begin(page, 'SELECT * { <<( ?s ?p ?o )>> ?q "x"@en--ltr . FILTER (hasLANGDIR(?q)) }')
    kinds = page.value(
        "Object.fromEntries([...document.querySelectorAll('.pce-line .token')]"
        ".map(token => [token.textContent, token.classList[1]]))"
    )

    assert kinds["<<("] == kinds[")>>"] == "punctuation"
    assert kinds["@en--ltr"] == "language"
    assert kinds["hasLANGDIR"] == "function"


def test_the_address_is_the_query_and_back_restores_both(page):
    begin(page, "SELECT ?a { VALUES ?a { 1 2 } }")
    run(page)
    first = page.value("location.href")
    begin(page, "SELECT ?b { VALUES ?b { 3 } }")
    run(page)

    assert parse_qs(urlsplit(page.value("location.href")).query)["query"] == [page.value(TEXT)]
    page.value("history.back()")
    until(page, f"{ROWS} === 2 && {TEXT}.includes('?a')")
    assert page.value("location.href") == first
    page.value("history.forward()")
    until(page, f"{ROWS} === 1 && {TEXT}.includes('?b')")


def test_what_is_asked_is_chosen_by_a_switch(page):
    begin(page, "ASK {}")
    choice = "document.querySelector('[name=scope]')"
    page.value(f"{choice}.value = 'asserted', {choice}.dispatchEvent(new Event('change'))")
    page.value(f"{FIELD}.focus()")
    run(page)

    assert "infer=false" in page.value("location.search")
    page.value("history.back()")
    until(page, "!location.search")


def test_rows_are_sorted_and_filtered_in_place(page):
    begin(page, f"SELECT ?n {{ VALUES ?n {{ {' '.join(map(str, range(30, 0, -1)))} }} }}")
    run(page)
    page.value("window.isSame = true")
    page.click("document.querySelector('#answer thead a')")
    until(page, "document.querySelector('#answer tbody td').textContent.trim() === '1'")

    assert page.value("window.isSame")
    assert "order=" in page.value("location.search")
    assert page.value("document.activeElement.closest('#answer thead') !== null")
    page.write("document.querySelector('#answer input[type=search]')", "6")
    page.press("Enter")
    until(page, f"{ROWS} === 3")
    assert page.value("document.activeElement.type") == "search"


def test_a_page_of_rows_is_turned_and_keeps_what_is_shown(page):
    begin(page, "SELECT * { ?s a ?kind } ORDER BY ?s ?kind LIMIT 150")
    run(page)
    page.click("document.getElementById('names')")
    page.click("document.querySelector('#answer .pages a')")
    until(page, f"{ROWS} === 50")

    assert page.value("document.getElementById('names').checked")
    assert page.value("document.activeElement.id") == "answer-title"
    page.value(
        "addEventListener('click', event => {"
        " window.taken = event.defaultPrevented; event.preventDefault() })"
    )
    page.click("document.querySelector('.leave summary')")
    page.click("document.querySelector('.leave .chips a')")
    assert page.value("window.taken") is False


def test_a_query_that_is_too_long_for_an_address_is_posted(page):
    begin(page, f"SELECT ?n {{ VALUES ?n {{ {' '.join(map(str, range(2000, 4000)))} }} }}")
    run(page)

    assert page.value("location.search") == ""
    page.click("document.querySelector('#answer thead a')")
    until(page, "document.querySelector('#answer thead [aria-sort=ascending]')")
    assert page.value(ROWS) == 100


def test_a_server_that_is_away_is_told_of(page):
    begin(page, "ASK {}")
    page.value("window.fetch = () => Promise.reject(new TypeError('away'))")
    page.press("Enter", control=True)
    until(page, f"{STATUS} === 'The server cannot be reached.'")


def test_what_was_run_is_run_again_with_its_choices(page):
    runs = "document.querySelectorAll('[data-panel=runs] li button')"
    begin(page, "SELECT ?a { VALUES ?a { 1 2 } }")
    page.value("document.querySelector('[name=scope]').value = 'asserted'")
    run(page)
    page.value("document.querySelector('[name=scope]').value = 'all'")
    begin(page, "SELECT ?b { VALUES ?b { 3 } }")
    run(page)
    run(page)
    page.click(panel("runs"))
    until(page, f"{runs}.length === 2")
    page.press("Escape")
    assert page.value("document.activeElement.textContent") == "History"
    page.click(panel("runs"))
    page.click("document.querySelector('h1')")
    assert not page.value("document.querySelector('[data-panel=runs]').open")
    page.click(panel("runs"))
    page.click(f"{runs}[1]")
    until(page, f"{ROWS} === 2 && location.search.includes('infer=false')")
    assert page.value(TABS) == ["Query 1", "Query 2"]


def test_what_is_kept_in_the_browser_may_be_anything(server, page):
    for kept in ("no JSON", '{"tabs": [{"query": 1}], "runs": []}', '{"tabs": {}}'):
        page.value(f"localStorage.setItem('sparql-editor:', {json.dumps(kept)})")
        page.before(f"localStorage.setItem('sparql-editor:', {json.dumps(kept)})")
        page.go(f"{server.url}/sparql")
        assert page.value(TABS) == ["Query 1"]
        assert page.value(ROWS) > 2


def test_tabs_and_history_outlast_the_page(server, page):
    begin(page, "# Numbers\nSELECT ?a { VALUES ?a { 1 2 } }")
    run(page)
    page.click("document.querySelector('[data-tabs=new]')")
    begin(page, "ASK {}")
    until(page, f"{TABS}.length === 2")
    page.go("about:blank")
    page.go(f"{server.url}/sparql")

    assert page.value(TABS) == ["Numbers", "Query 2"]
    assert page.value(TEXT) == "ASK {}"
    page.click("document.querySelector('#tabs [role=tab]')")
    until(page, f"{ROWS} === 2")
    page.click(panel("runs"))
    until(page, "document.querySelector('[data-panel=runs] li')")
    assert "2 rows" in page.value("document.querySelector('[data-panel=runs] li').textContent")


def test_the_focus_is_never_lost(page):
    begin(page, "SELECT ?n { VALUES ?n { 1 } }")
    page.click(tool("run"))
    until(page, f"{ROWS} === 1 && /Answered/.test({STATUS})")
    assert page.value("document.activeElement.dataset.action") == "run"
    page.click(panel("runs"))
    until(page, "document.querySelector('[data-run]')")
    page.click("document.querySelector('[data-run]')")
    until(page, f"/Answered/.test({STATUS})")
    assert page.value("document.activeElement.dataset.action") == "run"
    page.click(panel("runs"))
    until(page, "document.querySelector('[data-panel=runs]').open")
    page.value(f"{FIELD}.focus()")
    assert not page.value("document.querySelector('[data-panel=runs]').open")
    page.click("document.querySelector('[data-tabs=new]')")
    assert page.value(f"document.activeElement === {FIELD}")


def test_completions_stay_on_the_screen_of_a_phone(page):
    page.resize(390, 844)
    begin(page, "SELECT * { ?s a ")
    page.type("gba:C")
    until(page, f"{OPTIONS}.length > 3")
    for _ in range(4):
        box = "document.getElementById('completions').getBoundingClientRect()"
        assert page.value(f"{box}.left >= 0 && {box}.right <= document.documentElement.clientWidth")
        page.press("ArrowDown")


def test_tabs_are_picked_and_closed_by_keys(page):
    begin(page, "# One\nASK {}")
    page.click("document.querySelector('[data-tabs=new]')")
    page.value("document.querySelector('#tabs [aria-selected=true]').focus()")
    for key, text in (("ArrowLeft", "# One"), ("ArrowLeft", ""), ("Home", "# One"), ("End", "")):
        page.press(key)
        assert page.value(f"{TEXT}.split('\\n')[0]") == text
    page.press("F2")
    page.type("x")
    page.press("Escape")
    assert page.value(TABS) == ["One", "Query 2"]
    page.press("Delete")
    assert page.value(TABS) == ["One"]
    assert page.value("document.activeElement.textContent") == "One"


def test_tabs_are_renamed_and_closed(page):
    page.click("document.querySelector('[data-tabs=new]')")
    page.click("document.querySelector('[data-tabs=rename]')")
    page.type("Mine")
    page.press("Enter")

    assert page.value(TABS) == ["Query 1", "Mine"]
    assert page.value("document.activeElement.textContent") == "Mine"
    page.click("document.querySelector('[data-tabs=close]')")
    assert page.value(TABS) == ["Query 1"]


def test_without_storage_the_editor_works(server, chromium):
    with chromium.open("about:blank") as page:
        page.before("Object.defineProperty(window, 'localStorage', { get() { throw Error() } })")
        page.go(f"{server.url}/sparql")
        begin(page, "SELECT ?a { VALUES ?a { 1 2 } }")
        run(page)

        assert page.value(ROWS) == 2
        assert page.complaints == []


def test_an_example_is_two_clicks_away(page):
    page.click(panel("examples"))
    until(page, "document.querySelectorAll('[data-panel=examples] li').length > 40")
    page.type("who was given")
    shown = (
        "[...document.querySelectorAll('[data-panel=examples] li')].filter(row => row.offsetHeight)"
    )
    until(page, f"{shown}.length === 1")
    assert page.value(f"{shown}[0].querySelector('.about').offsetHeight") > 0
    assert page.value(f"{shown}[0].querySelector('.shape').textContent") == "timeline"
    page.click(f"{shown}[0].firstChild")

    until(page, f"/Answered/.test({STATUS})")
    assert "gba:Appointment" in page.value(TEXT)
    assert page.value(TABS)[0].startswith("Who was given")
    assert page.value(ROWS) > 0


def test_an_example_and_a_name_leave_what_is_written(page):
    begin(page, "# Mine\nASK {}")
    until(page, f"{TABS}[0] === 'Mine'")
    page.value("document.querySelector('[role=tablist]').dispatchEvent(new Event('dblclick'))")
    page.type("Ours")
    page.press("Enter")
    page.click(panel("examples"))
    until(page, "document.querySelectorAll('[data-panel=examples] li').length > 40")
    page.click("document.querySelector('[data-panel=examples] li button')")
    until(page, f"{TABS}.length === 2")
    assert page.value(f"{TABS}[0]") == "Ours"
    page.click(panel("prefixes"))
    until(page, "document.querySelector('[data-prefix=gba]')")
    assert page.value("document.querySelector('[data-prefix=gba]').disabled")


def test_a_first_visit_shows_an_answer_until_something_else_is_asked(server, page):
    assert page.value(ROWS) > 2
    assert page.value("location.search") == ""
    page.click("document.querySelector('[data-tabs=new]')")
    assert page.value(ROWS) == 0
    page.click("document.querySelector('#tabs [role=tab]')")
    until(page, f"{ROWS} > 2")
    page.go(f"{server.url}/sparql")
    assert page.value(f"{ROWS} > 2 && {TABS}.length === 2")


def test_an_answer_of_an_earlier_text_is_marked_and_repairs_nothing(page):
    stale = "document.querySelector('.stale').offsetHeight > 0"
    wrong = "PREFIX gba: <https://w3id.org/gbagraph/ontology#>\nASK { ?s gba:developes ?o }"
    begin(page, wrong)
    run(page)
    repair = "document.querySelector('#answer a.repair').offsetHeight"
    until(page, f"{repair} > 0 && !({stale})")

    page.type(" ")
    assert page.value(f"!({stale})")
    page.type("# more")
    assert page.value(f"{stale} && {repair} === 0")
    page.write(FIELD, "SELECT ?n { VALUES ?n { 2 1 } }")
    run(page)
    page.type(" # mine")
    page.click("document.querySelector('#answer thead a')")
    until(page, "document.querySelector('#answer tbody td').textContent.trim() === '1'")
    assert page.value(f"{stale} && {TEXT}.endsWith('# mine')")
    page.value("document.querySelector('[name=scope]').value = 'asserted'")
    begin(page, "SELECT ?n { VALUES ?n { 2 1 } }")
    assert page.value(stale)
    page.value("history.back()")
    until(page, f"!({stale})")


def test_the_query_is_run_from_wherever_the_focus_is(page):
    begin(page, "SELECT ?n { VALUES ?n { 1 } }")
    page.press("Escape")
    assert page.value(f"document.activeElement === {FIELD}")
    page.press("Tab")
    assert page.value("document.activeElement.matches('#editor-tools *')")
    run(page)

    assert page.value(ROWS) == 1


def test_from_the_text_to_the_rows_it_is_few_keys(page):
    page.value(f"{FIELD}.focus()")
    page.press("Escape")
    passed = 0
    while page.value("document.activeElement.getAttribute('href')") != "#rows":
        page.press("Tab")
        passed += 1
    page.press("Enter")

    assert passed < 6
    assert page.value("location.hash") == "#rows"


def test_to_explain_is_the_first_thing_on_the_page_of_that(server, chromium):
    with chromium.open(f"{server.url}/sparql/explain") as page:
        primary = "document.querySelector('#editor-tools .primary')"
        assert page.value(f"{primary}.textContent") == "Explain"
        begin(page, "SELECT ?s { ?s a ?c } GROUP BY ?c")
        page.press("Enter", control=True)
        until(page, f"{PROBLEMS} > 0 && /Problems/.test({STATUS})")
        begin(page, "ASK {}")
        page.click(primary)
        until(page, f"{STATUS} === 'No problems found.'")


@pytest.mark.parametrize(
    ("before", "typed", "first"),
    [
        ("?c ", "gba:dev", "gba:develops"),
        ("?c a gba:Cooperation ; ", "gba:partne", "gba:partner"),
        ("?c a gba:Country . ?c ", "gba:partne", "gba:partnerIn"),
        ("?x gba:partner ?c . ?c ", "gba:dev", "gba:develops"),
        ("?c ", "gba:partne", "gba:partnerIn"),
    ],
)
def test_what_fits_and_what_is_used_is_completed_first(page, before, typed, first):
    begin(page, f"PREFIX gba: <https://w3id.org/gbagraph/ontology#>\nSELECT * {{ {before}")
    page.type(typed)
    until(page, f"{OPTIONS}.length > 1 && {NAMES}[0].startsWith('{typed}')")

    assert page.value(f"{NAMES}[0]") == first


def test_a_prefix_is_declared_from_the_list(page):
    begin(page, "ASK {}")
    page.click(panel("prefixes"))
    until(page, "document.querySelector('[data-prefix=skos]')")
    page.click("document.querySelector('[data-prefix=skos]')")

    assert page.value(TEXT) == "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n\nASK {}"


def test_to_cancel_frees_the_slot(server, page):
    late = 'stopped_total{reason="timeout"}'
    before = server.metrics()[late]
    begin(page, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    page.press("Enter", control=True)
    until(page, f"/Running: [1-9]/.test({STATUS})")
    # For a moment, the explanation of what is written takes a slot, too.
    assert eventually(lambda: sum(server.slots().values()) == 1)
    page.click("document.querySelector('[data-part=cancel]')")
    until(page, f"{STATUS}.startsWith('Cancelled')")

    assert eventually(lambda: sum(server.slots().values()) == 0)
    assert server.metrics()[late] == before, "it went on until its limit"
    assert not page.value("document.querySelector('#editor-tools .primary').disabled")


def test_a_link_opens_the_answer_in_another_browser(page, tmp_path):
    begin(page, "SELECT ?a { VALUES ?a { 1 2 } }")
    page.value(
        "navigator.clipboard.writeText = text => { window.copied = text; return Promise.resolve() }"
    )
    page.click(tool("share"))
    until(page, "window.copied")
    page.value("navigator.clipboard.writeText = () => Promise.reject(Error())")
    page.click(tool("share"))
    until(page, f"{STATUS} === 'The link is in the address bar.'")
    assert page.value("location.href === window.copied")
    with Chromium(tmp_path) as other, other.open(page.value("window.copied")) as shown:
        until(shown, "document.documentElement?.classList.contains('has-editor')")

        assert shown.value(ROWS) == 2
        assert shown.value(TEXT).strip() == page.value(TEXT)
        assert shown.value(TABS) == ["Query 1"]


@pytest.mark.parametrize(("is_dark", "size"), [(False, None), (True, (390, 844))])
def test_nothing_is_in_the_way_of_people_with_disabilities(page, is_dark, size):
    page.dark(on=is_dark)
    if size:
        page.resize(*size)
    begin(page, '# A comment\nSELECT ?s (STR(1.5) AS ?n) { ?s gba:devlops "a"@en ; a <x:y> , true ')
    page.type("}")
    until(page, f"{PROBLEMS} > 0")
    assert page.violations() == []
    begin(page, "SELECT * { ?s ?p ")
    page.type("guang")
    until(page, f"{OPTIONS}.length > 2")
    assert page.violations() == []
    assert page.value("document.documentElement.scrollWidth <= window.innerWidth")
    page.press("Escape")
    page.click(panel("examples"))
    until(page, "document.querySelectorAll('[data-panel=examples] li').length > 40")
    assert eventually(lambda: page.violations() == []), page.violations()
    assert page.value("document.documentElement.scrollWidth <= window.innerWidth")


def test_scripts_and_styles_are_small(server, page):
    loaded = {urlsplit(address).path for address in page.requests}
    files = [path for path in loaded if path.endswith((".js", ".css"))]

    assert len(files) > 5
    assert sum(len(gzip.compress(server.client.get(path).content, 9)) for path in files) < LARGEST
