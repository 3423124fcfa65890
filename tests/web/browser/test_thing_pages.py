"""Pages of things in a real browser: who says so on a phone, and a citation with the day."""

import pytest

PHONE = 390, 844


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
def test_with_scripts_the_citation_has_the_day(tab, server):
    tab.go(f"{server.url}/doc/id/knowledge-city")

    assert "Accessed on" in tab.value("document.getElementById('cite').textContent")
