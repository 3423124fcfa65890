"""The search page, suggestions in place of what there is not, and labels in forms of queries."""

import re
from urllib.parse import urljoin

import pytest

from support import ok

HTML = {"Accept": "text/html"}


def search(server, text, **parameters):
    return ok(server.client.get("/search", params={"q": text, **parameters})).json()


def results(text):
    """The addresses of a page's results, those of the manual left out."""
    listed = text.partition('<ol class="results"')[2].partition("</ol>")[0]
    return re.findall(r'<li><a href="([^"]+)"', listed)


def test_a_result_has_its_name_once_and_the_one_that_fits(server):
    text = server.page("/search", q="knowledge city")
    first = text.partition('href="/id/knowledge-city"')[2].partition("</li>")[0]

    assert (
        ' lang="en">China-Singapore Guangzhou <mark>Knowledge</mark> <mark>City</mark></a>' in first
    )
    assert 'also: <span lang="en"><mark>Knowledge</mark> <mark>City</mark></span>' in first
    assert first.count("China-Singapore") == 1
    assert "Zone</span>" in first
    passages = server.page("/search", q="knowledge city", kind="paragraph")
    assert "<mark>Knowledge</mark> <mark>City</mark>, paragraph 1</a>" in passages
    assert "In the manual" in text
    assert "├" not in text


def test_names_are_those_of_the_reader(server):
    text = server.page("/search", "zh-CN", q="Baidu")
    assert 'href="/id/baidu" lang="zh-hans">百度</a>' in text
    assert '<span lang="en"><mark>Baidu</mark>' in text
    assert search(server, "Baidu", labels="zh-hant")["results"][0]["label"] == "百度"


def test_kinds_are_filters_with_counts(server):
    counts = search(server, "zone")["counts"]
    text = server.page("/search", q="zone")

    assert f'href="/search?q=zone&amp;kind=query">Questions {counts["query"]}</a>' in text
    assert f'aria-current="true">All {sum(counts.values())}</a>' in text


def test_the_page_without_a_text_lists_what_there_is(server):
    text = server.page("/search")
    (number,) = re.findall(r'href="/search\?kind=thing">Things (\d+)<', text)

    assert 'type="search" name="q"' in text
    assert 'href="/queries"' in text
    assert int(number) == search(server, "", kind="thing")["total"]
    assert len(results(server.page("/search", kind="thing"))) == 20


def test_the_page_says_what_was_tried(server):
    nothing = server.page("/search", q="xqzvw")

    assert "Nothing here about “xqzvw”." in nothing
    assert 'href="/queries"' in nothing
    assert "no name with guangzhu; these have guangzhou." in server.page("/search", q="Guangzhu")


def test_one_kind_is_paged(server):
    number = search(server, "zone", kind="thing")["total"]
    found = []
    for at in range(1, 2 + (number - 1) // 20):
        text = server.page("/search", q="zone", kind="thing", page=at)
        found += results(text)

    assert len(found) == len(set(found)) == number
    assert 'rel="next"' not in text


def test_a_text_is_not_markup(server):
    assert "<b>" not in server.page("/search", q="<b>x</b>")


@pytest.mark.parametrize("text", ["Nansha", "zone", "area", "develops", "Claim", "schema", "wd"])
def test_each_address_leads_to_a_page(server, text):
    for row in search(server, text, limit=5)["results"]:
        address = urljoin(f"{server.url}/search", row["address"])
        ok(server.client.get(address, headers=HTML, follow_redirects=True))


@pytest.mark.parametrize(
    "wrong",
    [
        *({"limit": "101"}, {"limit": "0"}, {"limit": "many"}),
        *({"offset": "-1"}, {"kind": "planet"}, {"q": " "}),
    ],
)
def test_wrong_parameters_are_errors(server, wrong):
    assert server.client.get("/search", params={"q": "x", **wrong}).status_code == 422


def test_the_list_for_editors_has_a_tag(server):
    response = server.client.get("/search/index.json")

    assert {"complete", "prefixes", "services", "terms"} == response.json().keys()
    again = {"If-None-Match": response.headers["etag"]}
    assert server.client.get("/search/index.json", headers=again).status_code == 304


def test_addresses_in_a_message_are_links(server):
    text = server.page("/search?format=json", status=422)
    assert 'Ask like this: <a href="/search?q=NAME">' in text


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/id/Baidu", "/id/baidu"),
        ("/doc/id/knowledgecity", "/id/knowledge-city"),
        ("/id/knowledge-village", "/id/knowledge-city"),
        ("/queries/timelines", "/queries/timeline"),
        ("/queries/zones", "/queries/parts-of-zones"),
        ("/ontology/terms/develop", "/ontology/terms/develops"),
        ("/nowhere", ""),
        ("/doc?iri=http://x.example/a", ""),
    ],
)
def test_a_page_that_is_not_there_names_what_is_near_or_nothing(server, path, near):
    text = server.page(path, status=404)
    named = [each["address"] for each in server.client.get(path).json()["suggestions"]]

    assert (near in named) if near else (named == [])
    assert (f'<a href="{near}">' in text) if near else ("<h2>" not in text)
    assert "SELECT" not in text


def test_a_label_in_a_form_is_read_and_the_page_says_as_what(server):
    for value in ("Knowledge City", "知识城", "中新广州知识城"):
        response = server.client.get(
            "/queries/everything-in", params={"place": value}, headers=HTML
        )
        if response.status_code == 200:
            assert f"<q>{value}</q>: <code>id:knowledge-city</code>" in response.text
            assert "xpeng-production-site" in response.text
        else:
            assert "?place=knowledge-city" in response.text


def test_a_value_that_names_nothing_has_links_to_what_does(server):
    text = server.page("/queries/everything-in", status=422, place="guangzhu")

    assert '<a href="?place=guangzhou">Guangzhou</a>' in text
    assert "names nothing here" in text


def test_programs_get_an_error_with_suggestions(server):
    response = server.client.get("/queries/everything-in?place=guangzhu&format=csv")

    assert response.status_code == 422
    assert response.json()["suggestions"][0]["value"] == "guangzhou"


def test_fields_say_what_can_be_suggested(server):
    assert 'data-suggest="thing"' in server.page("/queries/everything-in")
