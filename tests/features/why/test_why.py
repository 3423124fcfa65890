"""``/why``: the proof of a triple for programs, for readers and for browsers."""

import html
import re

import pytest

from gbagraph.api.answer import proof
from gbagraph.rdf.namespaces import BASE
from support import file_with, ok, problem, said
from support.installed import needs, output

DERIVED = {"s": "id:apollo-rd-centre", "p": "gba:locatedIn", "o": "id:huangpu"}
STATED = {"s": "id:baidu", "p": "gba:develops", "o": "id:apollo-rd-centre"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def uri(term):
    return {"type": "uri", "value": f"{BASE}{term}"}


def test_a_proof_as_json(server, graph):
    response = server.client.get("/why", params=DERIVED)
    found = response.json()

    assert response.headers["content-type"] == "application/json"
    assert list(found) == ["triple", "basis", "paragraphs", "proof"]
    assert found["triple"] == {
        "subject": uri("id/apollo-rd-centre"),
        "predicate": uri("ontology#locatedIn"),
        "object": uri("id/huangpu"),
    }
    assert proof(response.content) == graph.why(*DERIVED.values())


@pytest.mark.parametrize(
    "terms",
    [
        {name: value.replace("id:", f"{BASE}id/") for name, value in STATED.items()},
        STATED | {"s": f"<{BASE}id/baidu>", "unknown": "is ignored"},
        {"s": "id:china", "p": "rdfs:label", "o": "China", "lang": "en"},
        {"s": "id:china", "p": "rdfs:label", "o": '"China"@en'},
        {"s": "id:baidu", "p": "a", "o": "gba:Company"},
    ],
)
def test_terms_are_written_in_several_ways(server, terms):
    assert server.client.get("/why", params=terms).json()["proof"]["rule"] == "asserted"


def test_a_proof_as_text(server):
    response = server.client.get("/why", params=DERIVED, headers={"Accept": "text/plain"})

    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    first, *_, last = response.text.splitlines()
    assert first.startswith("id:apollo-rd-centre gba:locatedIn id:huangpu  [prp-trp")
    assert "│   └── gba:directlyIn rdfs:subPropertyOf gba:locatedIn" in response.text
    assert (
        last == "Rests on art:knowledge-city-1 (sentence 2), art:knowledge-city-3 (sentence 1, 2)."
    )


def test_the_format_can_be_a_parameter(server):
    response = server.client.get("/why", params={**STATED, "format": "text"}, headers=BROWSER)

    assert response.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("missing", ["s", "p", "o"])
def test_a_part_is_missing(server, missing):
    response = server.client.get("/why", params={k: v for k, v in STATED.items() if k != missing})

    assert problem(response, 422, "bad-parameter")["parameter"] == missing


@pytest.mark.parametrize(
    "wrong", [{"s": "Bai du"}, {"o": "<x"}, {"lang": "e n"}, {"lang": "en", "datatype": "xsd:date"}]
)
def test_a_part_is_no_term(server, wrong):
    problem(server.client.get("/why", params=STATED | wrong), 422, "bad-parameter")


def test_a_part_is_given_twice(server):
    response = server.client.get("/why?s=id:baidu&s=id:china&p=gba:develops&o=id:x")

    assert "2 times" in problem(response, 422, "bad-parameter")["detail"]


def test_what_is_not_said(server):
    turned = {"s": STATED["o"], "p": STATED["p"], "o": STATED["s"]}
    found = problem(
        server.client.get("/why", params=turned),
        404,
        "unknown-triple",
        "id:baidu gba:develops id:apollo-rd-centre",
    )
    page = server.client.get("/why", params=turned, headers=BROWSER)

    assert {"subject": uri("id/baidu")}.items() <= found["near"][0].items()
    assert page.status_code == 404
    assert "id:baidu gba:develops" in page.text


def test_no_acceptable_format(server):
    response = server.client.get("/why", params=STATED, headers={"Accept": "text/turtle"})

    assert "application/json" in problem(response, 406, "not-acceptable")["available"]


# --- The page --------------------------------------------------------------------------------


def test_a_page_names_things_by_their_labels(server):
    page = server.client.get("/why", params=DERIVED, headers=BROWSER).text
    text = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page, flags=re.S)).split())

    assert "<h1>Why: Apollo R&amp;D Centre located in Huangpu</h1>" in page
    chain, formal = text.split("The formal proof")
    assert re.search(
        "Apollo R&D Centre ↓ directly in ○ inferred from Section .* ↓ directly in", chain
    )
    assert "prp-" not in chain
    assert "transitive prp-trp" in formal
    assert '<details class="formal">' in page
    assert "Section on the Knowledge City, paragraph 3" in text
    assert 'href="/article/knowledge-city-3"' in page
    assert 'href="/claim/apollo-rd-centre-directly-in-knowledge-city"' in page


def test_a_page_has_notes_in_the_language_of_the_reader(server):
    """And the words of the text that a claim resolves; data have the note in English."""
    terms = {"s": "id:approval-kc-master-plan", "p": "gba:date", "o": '"2020-08"^^xsd:gYearMonth'}
    said = {
        "zh-CN": ("2020年8月。", "<q>去年8月</q>"),
        "en": ("Resolved against the article&#39;s year: August 2020.", "<q>last August</q>"),
    }
    for language in said:
        headers = {**BROWSER, "Accept-Language": language}
        page = server.client.get("/why", params=terms, headers=headers).text
        found = {tag for tag, texts in said.items() if all(text in page for text in texts)}
        assert found == {language}
    told = server.client.get("/why", params=terms).json()["proof"]["note"]
    assert told == "Resolved against the article's year: August 2020. from the words “last August”"


@pytest.mark.parametrize("terms", [DERIVED, STATED, {}])
def test_a_page_links_only_to_what_exists(server, terms):
    page = ok(server.client.get("/why", params=terms, headers=BROWSER))
    for link in set(re.findall(r'href="([/?][^"]*)"', page.text)):
        address = link if link.startswith("/") else f"/why{link}"
        response = server.client.get(
            html.unescape(address), headers={"Accept": "text/html, */*;q=0.1"}
        )
        assert response.status_code in (200, 303), link


def test_without_a_triple_a_browser_gets_a_form(server):
    page = server.client.get("/why", headers=BROWSER).text

    assert page.partition("<main")[2].count("<input") == 3
    examples = re.findall(r'href="(\?s=[^"]+)"', page)
    assert len(examples) == 2
    pages = [server.page(f"/why{html.unescape(each)}") for each in examples]
    assert sum("It follows from these" in each for each in pages) == 1
    problem(server.client.get("/why"), 422, "bad-parameter")


def test_a_class_is_told_in_words(server):
    text = said(server.page("/why", s="id:baidu", p="rdf:type", o="gba:Organization"))

    assert "Baidu is a Organization" in text
    assert "It follows from this fact: Baidu ↓ is a ● stated in" in text


def test_a_text_cannot_become_markup(server):
    terms = STATED | {"o": '"<script>alert(1)</script>"'}
    page = server.client.get("/why", params=terms, headers=BROWSER)

    assert page.status_code == 404
    assert "<script>alert" not in page.text


@pytest.mark.parametrize(
    "path", ["id/knowledge-city", "id/target-5g-base-stations", "article/knowledge-city-3"]
)
def test_each_fact_of_a_page_leads_to_its_proof(server, path):
    page = server.client.get(f"/doc/{path}", headers=BROWSER).text
    links = re.findall(r'class="why" href="(/why[^"]*)"', page)

    assert len(links) > 10
    for link in links:
        ok(server.client.get(html.unescape(link), headers={"Accept": "application/json"}))


def test_the_page_is_good_html(server, tmp_path):
    needs("java", "node", "vnu")
    file = file_with(
        tmp_path / "why.html", server.client.get("/why", params=DERIVED, headers=BROWSER).text
    )

    assert output("vnu", "--format", "gnu", "--exit-zero-always", "--stdout", file).strip() == ""
