"""The page of the endpoint: who gets it, and what it shows of a query, its answer and its errors."""

import html
import json
import re
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from support import links, ok, said
from support.serving import serving

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PREFIX = (
    "PREFIX gba: <https://w3id.org/gbagraph/ontology#> PREFIX id: <https://w3id.org/gbagraph/id/> "
)
QUERY = f"{PREFIX}SELECT ?what {{ id:baidu gba:develops ?what }}"
WRONG = "SELECT ?x { ?x a gba:Zone }"
MANY = "SELECT * { VALUES ?a { %s } VALUES ?b { %s } }" % ((" ".join(map(str, range(40))),) * 2)
ARTICLE = "https://w3id.org/gbagraph/graph/article"


def page(server, query, **parameters):
    """The page of a query, as a browser gets it."""
    response = server.client.get("/sparql", params={"query": query, **parameters}, headers=BROWSER)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return response


def answer(response):
    """The part with the answer, without its mark-up."""
    (found,) = re.findall(r'(?s)<section id="answer".*?</section>', response.text)
    return found


def form(server, **fields):
    return server.client.post("/sparql", data=fields, headers=BROWSER)


def test_a_browser_gets_the_form_with_the_query_and_its_answer(server):
    response = ok(page(server, QUERY))

    assert f">\n{html.escape(QUERY)}</textarea>" in response.text
    assert "Apollo R&D Centre" in said(answer(response))
    assert "id:apollo-rd-centre" in said(answer(response))
    assert "Answer 1 row" in said(answer(response))
    assert "Accept" in response.headers["vary"]


@pytest.mark.parametrize(
    ("name", "begins"), [("html-table", "<table>"), ("csv", "what"), ("html", "<!doctype html>")]
)
def test_a_format_by_name_comes_before_the_page(server, name, begins):
    assert server.ask(QUERY, BROWSER["Accept"], format=name).text.startswith(begins)


def test_a_form_leads_to_an_address_that_can_be_shared(server):
    response = form(server, query=QUERY, scope="all")

    assert response.status_code == 303
    assert response.headers["location"] == f"/sparql?query={quote(QUERY, safe='')}"
    assert server.client.get(response.headers["location"], headers=BROWSER).status_code == 200


@pytest.mark.parametrize(
    ("scope", "sends"),
    [
        ("all", {}),
        ("asserted", {"infer": ["false"]}),
        ("article", {"default-graph-uri": [ARTICLE]}),
    ],
)
def test_the_choice_of_a_part_of_the_data_sends_what_the_protocol_has_for_it(server, scope, sends):
    location = form(server, query=QUERY, scope=scope, infer="true").headers["location"]
    assert parse_qs(urlsplit(location).query) == {"query": [QUERY], **sends}
    chosen = re.findall(
        r'value="(\w+)" selected', server.client.get(location, headers=BROWSER).text
    )
    assert chosen == [scope]


def test_graphs_that_the_address_names_are_kept_by_the_form(server):
    response = page(
        server, QUERY, **{"default-graph-uri": "https://w3id.org/gbagraph/graph/context"}
    )

    assert 'value="given" selected' in response.text
    assert (
        'name="default-graph-uri" value="https://w3id.org/gbagraph/graph/context"' in response.text
    )


def test_the_words_of_the_editor_are_chinese_where_that_is_asked_for(server):
    found = re.search(r'(?s)id="editor-settings"[^>]*>(.*?)</script>', server.page("/sparql", "zh"))

    assert not [word for word in json.loads(found[1])["words"].values() if word.isascii()]


def test_a_long_query_is_answered_in_place(server):
    response = ok(form(server, query=f"{QUERY} # {'x' * 2000}", scope="asserted"))

    assert "Apollo R&D Centre" in said(answer(response))
    assert 'value="asserted" selected' in response.text
    assert "etag" not in response.headers


def test_an_error_stands_beside_the_query_with_its_repair(server):
    response = page(server, WRONG)

    assert response.status_code == 400
    assert response.headers["cache-control"] == "no-store"
    assert f">\n{WRONG}</textarea>" in response.text
    found = answer(response)
    assert 'role="alert" data-line="1" data-column="18"' in found
    assert "^</pre>" in found
    (repaired,) = links(found, "PREFIX gba:")
    assert "Guangzhou" in said(answer(server.client.get(repaired, headers=BROWSER)))


def test_a_diagnostic_says_where_it_stands(server):
    found = answer(page(server, f"{PREFIX}SELECT * {{ id:baidu gba:develop ?x }}"))
    (item,) = re.findall(r'<li class="notice error" ([^>]*)>', found)

    assert 'data-code="unknown-property"' in item
    assert 'data-length="11"' in item  # gba:develop
    assert "The answer is empty" in said(found)
    assert "gba:develops" in said(found)


def test_a_diagnostic_is_not_sought_for_an_answer_that_is_right(server):
    assert 'id="diagnostics"' not in page(server, QUERY).text


@pytest.mark.parametrize(
    ("query", "parameters", "words"),
    [
        ("ASK { id:baidu gba:develops ?what }", {}, "Yes."),
        ("ASK { id:baidu gba:develops id:china }", {}, "No."),
        ("SELECT ?what { id:baidu gba:develops ?what }", {"page": "9"}, "no rows on this page"),
        ("SELECT ?what { id:baidu gba:develops ?what }", {"find": "zebra"}, "No row contains"),
        ("SELECT ?what { id:baidu gba:develops ?what }", {"order": "size"}, "The columns are what"),
    ],
)
def test_what_is_no_row_is_said_in_words(server, query, parameters, words):
    assert words in said(answer(page(server, PREFIX + query, **parameters)))


def test_a_graph_is_a_table_a_text_and_a_network(server):
    query = "DESCRIBE <https://w3id.org/gbagraph/id/baidu>"
    table = answer(page(server, query))

    assert "subject ↕ predicate ↕ object ↕" in said(table)
    assert "develops gba:develops" in said(table)
    assert "@prefix" in answer(page(server, query, view="turtle")) or "<https" in html.unescape(
        answer(page(server, query, view="turtle"))
    )
    assert "<svg" in answer(page(server, query, view="network"))


def test_pages_of_a_large_answer(server):
    first = answer(page(server, MANY))
    (address,) = links(first, "Next")
    second = answer(server.client.get(address, headers=BROWSER))

    assert "1,600 rows" in said(first)
    assert "rows 1 to 100" in said(first)
    assert "rows 101 to 200" in said(second)
    assert links(second, "Previous") == [address.replace("&page=2", "")]
    assert first.count("<tr>") == 101


def test_texts_of_other_languages_say_so(server):
    query = (
        "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> SELECT ?n { id:baidu rdfs:label ?n }"
    )
    found = answer(page(server, PREFIX + query))

    assert sorted(re.findall(r'<td[^>]*>\s*<[^>]*lang="([^"]*)"', found)) == ["zh-hans", "zh-hant"]


def test_diagnostics_have_the_same_page(server):
    response = ok(server.client.get("/sparql/explain", params={"query": WRONG}, headers=BROWSER))

    assert links(response.text, "PREFIX gba:")
    right = server.client.get("/sparql/explain", params={"query": QUERY}, headers=BROWSER)
    assert "No problems found" in said(right.text)
    posted = server.client.post("/sparql/explain", data={"query": QUERY}, headers=BROWSER)
    assert posted.headers["location"].startswith("/sparql/explain?query=")


other_server = serving(
    "@prefix e: <http://example.org/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    'e:b1 a e:Bridge ; rdfs:label "Old bridge"@en ; e:span 100 .\n'
    'e:b2 a e:Bridge ; rdfs:label "New bridge"@en ; e:span 250 .\n'
)
"""A server with the data of somebody else, which say nothing of evidence."""


def test_of_other_data_only_what_applies_is_offered(other_server):
    query = "PREFIX e: <http://example.org/> SELECT * { ?bridge e:span ?span }"
    response = page(other_server, query)

    assert "Old bridge" in said(answer(response))
    assert "sources" not in said(response.text)
    assert 'name="scope"' not in response.text
    assert "gba:" not in said(other_server.client.get("/sparql", headers=BROWSER).text)
    assert "<svg" in answer(page(other_server, query, view="chart"))


def test_an_empty_answer_shows_how_its_property_is_used(server):
    told = said(answer(page(server, f"{PREFIX}SELECT * {{ ?x gba:develops id:guangzhou }}")))
    assert "for example: Baidu → Apollo R&D Centre" in told

    nothing = {"level": "gba:MunicipalLevel", "authority": "id:baidu"}
    response = server.client.get("/queries/acts-of-authority", params=nothing, headers=BROWSER)
    assert " Why " in said(answer(ok(response)))
