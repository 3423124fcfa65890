"""``/docs``: the manual as pages, as Markdown, and searched."""

import re
from html import unescape

import pytest

from gbagraph.features.manual import routes as manual
from gbagraph.web.addresses import asset
from support import ROOT

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
DOCS = ROOT / "docs"


def test_a_browser_gets_a_page_and_others_the_markdown_that_it_is_made_from(server):
    page = server.client.get("/docs/query", headers=BROWSER)
    text = server.client.get("/docs/query")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert '<h2 id="declare-prefixes">Declare prefixes</h2>' in page.text
    assert '<a href="#declare-prefixes">Declare prefixes</a>' in page.text
    assert text.headers["content-type"] == "text/markdown; charset=utf-8"
    assert text.text == (DOCS / "query.md").read_text()


@pytest.mark.parametrize(
    ("address", "accept"),
    [("/docs/reference/http.md", "text/html"), ("/docs/reference/http", "text/markdown")],
)
def test_a_page_is_markdown_by_its_suffix_or_by_the_accept_header(server, address, accept):
    answer = server.client.get(address, headers={"Accept": accept})

    assert answer.text == (DOCS / "reference" / "http.md").read_text()


def test_the_links_of_every_page_lead_to_pages(server):
    """To which sections is tested with their sources."""
    targets = set()
    for path in manual.pages():
        main = server.page(manual.address(path)).partition("<main")[2].partition("</main>")[0]
        assert not re.search(r'(?:href|src)="(?!/|#|[a-z]+:)', main), path
        targets.update(map(unescape, re.findall(r'(?:href|src)="(/[^"#]*)', main)))
    got = {target: server.client.get(target, headers=BROWSER).status_code for target in targets}

    assert len(got) > 20
    assert [target for target, status in got.items() if status != 200] == []


def test_links_in_the_markdown_of_the_index_lead_to_markdown(server):
    targets = re.findall(r"\]\(([^)]+)\)", server.client.get("/docs").text)

    assert len(targets) > 15
    for target in targets:
        assert server.client.get(f"/{target}").headers["content-type"].startswith("text/markdown")


def test_a_search_finds_the_section_that_is_about_it(server):
    page = server.client.get("/docs", params={"q": "retry-after"}, headers=BROWSER)
    text = server.client.get("/docs", params={"q": "Trusted proxies"})
    first = text.text.splitlines()[0]

    assert 'href="/docs/reference/http#header-fields-of-answers"' in page.text
    (script,) = re.findall("<script.*?</script>", page.text, re.S)
    assert script.startswith(f'<script type="module" src="{asset("search.js")}"')
    assert re.match(r"- \[[^]]+\]\(/docs/[^)]+\): .*trusted", first)
    assert text.headers["content-type"] == "text/markdown; charset=utf-8"


def test_a_search_for_what_no_section_has_says_so(server):
    page = server.client.get("/docs", params={"q": "<b>unicorns"}, headers=BROWSER)

    assert "No section of the manual has all of these words" in page.text
    assert "&lt;b&gt;unicorns" in page.text
    assert "<b>unicorns" not in page.text


def test_a_word_in_a_heading_counts_more_than_one_in_a_text():
    found = manual.search("pin the data")

    assert found[0].section.heading.text == "Pin the data"
    assert len(found) > 1


def test_a_search_for_nothing_finds_nothing():
    assert manual.search("  ") == []


def test_an_excerpt_is_around_the_word():
    found = manual.search("RDFC-1.0")

    assert found
    assert all("rdfc-1.0" in row.excerpt.casefold() for row in found)
    assert all(len(row.excerpt) < 300 for row in found)


@pytest.mark.parametrize("path", ["nothing", "../CHANGELOG", "../pyproject.toml", "reference"])
def test_what_is_no_page_is_not_there(server, path):
    # httpx would take the dots out of an address.
    answer = server.raw(f"GET /docs/{path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()).response()

    assert b" 404 " in answer[0].splitlines()[0]


@pytest.mark.parametrize("suffix", ["", ".md"])
def test_an_earlier_address_leads_to_the_page_that_has_its_text(server, suffix):
    answer = server.client.get(f"/docs/scaling{suffix}", headers=BROWSER)

    assert (answer.status_code, answer.headers["location"]) == (308, f"/docs/large{suffix}")


def test_a_reader_is_led_through_the_pages_in_the_order_of_the_contents(server):
    path, seen = "/docs", []
    while path:
        seen.append(path)
        text = server.page(path)
        assert [f'rel="prev" href="{before}"' in text for before in seen[-2:-1]] == [True] * (
            len(seen) > 1
        )
        path = next(iter(re.findall(r'rel="next" href="([^"]+)"', text)), None)

    assert seen == manual.addresses()
    assert seen[0] == "/docs"


def test_examples_ask_the_server_that_the_page_is_on(server):
    headers = BROWSER | {"Host": "graph.example.org"}
    page = server.client.get("/docs/first-answers", headers=headers)

    assert "http://graph.example.org/sparql" in page.text
    assert manual.EXAMPLE not in page.text
    assert f"{manual.EXAMPLE}/sparql" in server.client.get("/docs/first-answers.md").text
    assert manual.pages().keys() >= manual.OWN
    for name in manual.OWN:
        assert manual.EXAMPLE in server.client.get(f"/docs/{name}", headers=headers).text


def test_code_that_looks_like_markup_is_shown_as_it_is():
    page = manual.pages()["formats"]

    assert "&lt;table&gt;" in page.html
    assert "<!-- made:" not in page.html


def test_the_changelog_is_a_page_and_is_linked(server):
    headers = {"Accept": "text/html"}
    changes, versions = (
        server.client.get(f"/docs/{name}", headers=headers).text
        for name in ("changelog", "versions")
    )

    assert "For tests that assert answers" in changes
    assert 'href="/docs/diagnostics#where-the-rows-went"' in changes
    assert 'href="/docs/changelog"' in versions


def test_a_page_of_the_manual_may_be_in_another_language(tmp_path, monkeypatch):
    (tmp_path / "zh-hans" / "reference").mkdir(parents=True)
    (tmp_path / "query.md").write_text("# Query\n\n[Settings](reference/settings.md)\n")
    chinese = "# 查询\n\n[设置](reference/settings.md), [数据](../data.md)\n"
    (tmp_path / "zh-hans" / "query.md").write_text(chinese, encoding="utf-8")
    monkeypatch.setattr(manual, "resource", lambda _: tmp_path)
    monkeypatch.setattr(manual, "pages", manual.pages.__wrapped__)

    page = manual.translated.__wrapped__("zh-Hans")["query"]

    assert (page.path, page.title, page.language) == ("query", "查询", "zh-Hans")
    assert 'href="manual:/docs/reference/settings"' in page.html
    assert 'href="manual:/docs/data"' in page.html
    assert manual.translated.__wrapped__("zh-Hant") == {}
