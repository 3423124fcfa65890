"""The pages of canned queries, and their list."""

import re
import sys
from urllib.parse import parse_qs, urlsplit

import pytest

from gbagraph.queries.catalog import all_queries
from support import RunningServer, links, ok, processes, said
from support.queries import sample_query

BROWSER = {"Accept": "text/html,*/*;q=0.8"}


@sample_query
def test_each_query_has_a_page_with_its_answer(server, query):
    text = said(server.page(f"/queries/{query.name}"))

    assert text.startswith(query.summary)
    assert not re.search(r"\b0 rows", text)


@pytest.mark.parametrize(
    "thing", ["blockchain-zone", "Guangzhou blockchain development pilot zone"]
)
def test_each_query_opens_in_the_editor_with_its_values(server, thing):
    (address,) = links(server.page("/queries/topics-of", thing=thing), "Open in the editor")
    (query,) = parse_qs(urlsplit(address).query)["query"]

    assert "#+" not in query
    assert "id/blockchain-zone>" in query
    assert "?_" not in query
    assert server.page(address)


def test_terms_have_labels_and_links(server):
    assert "area gba:area" in said(server.page("/queries/zones-by-area"))


def test_an_error_of_a_value_leaves_the_form(server):
    response = server.client.get("/queries/timeline", params={"until": "soon"}, headers=BROWSER)

    assert response.status_code == 422
    assert 'name="until"' in response.text
    assert "Expected: an integer" in said(response.text)
    assert response.headers["cache-control"] == "no-store"


def test_a_query_with_a_limit_has_a_next_page_only_if_its_rows_are_ordered(server):
    ordered = server.page("/queries/zones-by-area", limit="1")

    assert 'rel="next"' in ordered
    assert "Answer 1 row" in said(server.page(links(ordered, "The rows after these")[0]))


def test_parameters_for_pages_change_nothing_for_programs(server):
    plain = server.client.get("/queries/zones-by-area")
    shown = ok(server.client.get("/queries/zones-by-area?order=zone&page=1&view=map&find=x"))

    assert shown.content == plain.content


def test_variants_ask_the_same_of_others(server):
    text = server.page("/queries/open-lists", listing="gba:openListOf")
    variants = re.search(r'(?s)<details class="variants.*?</details>', text)[0]

    assert [urlsplit(a).query for a in links(variants, "")] == ["listing=gba%3AclosedListOf"]


def test_the_list_begins_with_what_a_visitor_asks_first(server):
    everything = server.page("/queries")

    assert everything.count("<li data-words") == len(all_queries())
    groups = re.findall("<h2>(.+)</h2>", everything)
    assert groups[:3] == ["Projects", "Companies", "Places"]
    assert groups[-3:] == ["Inference", "Ontology", "Wikidata"]
    assert "zone, square kilometres, bound, basis, paragraph" in said(everything)
    assert said(everything).count("needs query.wikidata.org; switched off here") == 3
    assert "/sparql?query=" not in everything


def test_the_list_can_be_filtered(server):
    few = server.page("/queries", q="zones large")

    assert "How large are the zones?" in said(few)
    assert few.count("<li data-words") < 5
    assert "No question has these words" in said(server.page("/queries", q="dragons"))


@pytest.fixture(scope="module")
def other_server(tmp_path_factory):
    """A server with data and queries of somebody else."""
    folder = tmp_path_factory.mktemp("other")
    (folder / "data.ttl").write_text(
        "<http://e.org/a> <http://e.org/p> 1 ; <http://e.org/q> 'LANGUAGES'@en , '多种语言'@zh-hans ."
    )
    queries = folder / "queries"
    queries.mkdir()
    (queries / "all.rq").write_text("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")
    (queries / "texts.rq").write_text(
        'SELECT * { ?s <http://e.org/q> ?o FILTER (LANG(?o) = "en") }'
    )
    (queries / "every.rq").write_text("#+ tags: [later]\n#+ order: 2\nSELECT * { ?s ?p ?o }")
    (queries / "when.rq").write_text(
        "#+ summary: What is there?\n#+ tags: [first-of-all]\n#+ order: 1\n"
        "#+ defaults:\n#+   - time: '2020-08-31T12:00:00+08:00'\n"
        "SELECT ?s (?_time_dateTime AS ?t) { ?s ?p ?o } LIMIT 5\n"
    )
    with RunningServer("--data", folder / "data.ttl", "--queries", queries) as running:
        yield running


def test_a_text_of_the_data_is_told_in_the_language_of_the_page_whatever_it_is(other_server):
    assert "多种语言" in said(other_server.page("/queries/texts", "zh-CN"))


def test_a_time_keeps_its_zone(other_server):
    text = other_server.page("/queries/when")

    assert 'value="2020-08-31T12:00:00+08:00" type="text"' in text
    assert "Answer 3 rows" in said(text)


def test_groups_are_in_the_order_that_the_queries_say(other_server):
    text = other_server.page("/queries")

    assert re.findall("<h2>(.+)</h2>", text) == ["First of all", "Later", "More"]
    assert "a graph" in said(text)
    found = other_server.page("/search", q="what is there")
    assert 'href="/queries/when"' in found.partition('id="manual"')[0]


@pytest.mark.processes
def test_no_server_imports_fastapi_before_its_document_is_wanted():
    modules = "gbagraph.features.canned.routes, gbagraph.features.canned.api_pages"
    code = f"import sys, gbagraph.server, {modules}; sys.exit('fastapi' in sys.modules)"

    assert processes.run([sys.executable, "-c", code]).returncode == 0
