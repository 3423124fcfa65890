"""Pages of things in a real browser: who says so on a phone, and nothing that shuts anybody out."""

import pytest

from support import RunningServer

KINDS = [
    "id/baidu",
    "id/knowledge-city",
    "id/guangzhou",
    "id/completion-xpeng-site",
    "id/knowledge-city-area",
    "id/blockchain",
    "claim/baidu-develops-apollo-rd-centre",
    "article/knowledge-city-3",
    "article/knowledge-city",
    "id/article",
    "id/source-china-pictorial-2018-06-06",
]
PHONE, NARROW = (390, 844), (320, 640)


@pytest.fixture
def tab(chromium):
    with chromium.open("about:blank") as opened:
        yield opened


@pytest.mark.processes
def test_on_a_phone_who_says_so_is_in_sight_for_each_fact(tab, server):
    tab.resize(*PHONE)
    tab.go(f"{server.url}/doc/id/baidu")

    facts = tab.value(
        """[...document.querySelectorAll("dd.fact:not(.follows)")]
        .filter(each => !each.closest("details"))
        .map(each => { const says = each.querySelector(".says").getBoundingClientRect();
                       return [says.left >= 0, says.right <= innerWidth, says.height > 0] })"""
    )
    assert len(facts) >= 4
    assert all(all(fact) for fact in facts)
    assert tab.value("document.documentElement.scrollWidth") == PHONE[0]


@pytest.mark.processes
@pytest.mark.parametrize("kind", KINDS)
def test_no_page_shuts_anybody_out(tab, server, kind):
    for size, dark in ((None, False), (None, True), (PHONE, False), (PHONE, True)):
        if size:
            tab.resize(*size)
        tab.dark(on=dark)
        tab.go(f"{server.url}/doc/{kind}")
        assert tab.violations() == []
        if size:
            assert tab.value("document.documentElement.scrollWidth") <= size[0]
    tab.resize(*NARROW)
    assert tab.value("document.documentElement.scrollWidth") <= NARROW[0]
    assert tab.complaints == []
    assert all(
        request.startswith(server.url) for request in tab.requests if "about:" not in request
    )


@pytest.mark.processes
def test_a_page_tells_the_same_without_scripts(tab, server):
    tab.without_scripts()
    tab.go(f"{server.url}/doc/id/knowledge-city")

    assert tab.value("document.querySelectorAll('.fact').length") > 20
    assert tab.value("document.querySelector('button.copy').hidden") is True


@pytest.mark.processes
def test_with_scripts_the_citation_has_the_day(tab, server):
    tab.go(f"{server.url}/doc/id/knowledge-city")

    assert "Accessed on" in tab.value("document.getElementById('cite').textContent")


@pytest.mark.processes
def test_the_data_of_others_have_pages_that_shut_nobody_out(tab, tmp_path):
    path = tmp_path / "house.ttl"
    path.write_text(
        "PREFIX e: <http://e.example/> PREFIX s: <https://schema.org/>\n"
        'e:house a e:House ; s:name "The house"@en , "家"@ja ; s:containedInPlace e:town ; e:of 3 .\n'
        "e:town s:latitude 52.1 ; s:longitude 13.2 .",
        encoding="utf-8",
    )
    with RunningServer("--data", path) as other:
        tab.resize(*PHONE)
        for name in ("house", "town", "House"):
            tab.go(f"{other.url}/doc?iri=http://e.example/{name}")
            assert tab.violations() == []
            assert tab.value("document.documentElement.scrollWidth") <= PHONE[0]
    assert tab.complaints == []
