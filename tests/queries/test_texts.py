"""Texts of canned queries in other languages: read, checked, and served wherever queries are."""

import json
from dataclasses import replace

import pytest

from gbagraph import publication
from gbagraph.errors import QueryFileError
from gbagraph.queries.catalog import all_queries, queries_json, told_queries

QUERY = """#+ summary: What is there?
#+ params:
#+   - thing: Only this.
SELECT ?thing ?way { ?thing ?p ?o BIND ("in" AS ?way) FILTER (?thing = ?__thing_iri) }
"""


@pytest.fixture
def published(tmp_path, monkeypatch):
    """What publishes a query with these texts, by the names of their files."""

    def publish(**texts):
        (tmp_path / "texts").mkdir()
        (tmp_path / "what.rq").write_text(QUERY)
        for name, text in texts.items():
            path = tmp_path / "texts" / f"{name.replace('_', '-')}.json"
            path.write_text(text if isinstance(text, str) else json.dumps(text))
        own = replace(publication.OWN, queries=str(tmp_path))
        monkeypatch.setattr(publication._Current, "publication", own)

    return publish


def test_a_query_is_told_in_a_language_else_in_its_other_script_else_as_it_is(published):
    said = {"summary": "有什么", "params": {"thing": "只看这个。"}}
    published(zh_Hans={"queries": {"what": said}})

    for language in ("zh-Hans", "zh-Hant"):
        query = told_queries(language)["what"]
        assert (query.summary, query.language) == ("有什么", "zh-Hans")
        assert query.parameters[0].description == "只看这个。"
    assert told_queries("en")["what"] == all_queries()["what"]
    assert json.loads(queries_json(all_queries().values()))["queries"][0]["texts"] == {
        "zh-Hans": said
    }


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("tlh", {}, "'tlh' is no language of pages; these are en, zh-Hans, zh-Hant"),
        ("zh_Hans", "{", "truncated"),
        ("zh_Hans", {"colours": {}}, "unknown field `colours`"),
        ("zh_Hans", {"queries": {"what": {"title": "x"}}}, "unknown field `title`"),
        ("zh_Hans", {"columns": {"thing": 1}}, "expected `str`"),
        ("zh_Hans", {"queries": {"whither": {}}}, "there is no query 'whither'"),
        ("zh_Hans", {"queries": {"what": {"params": {"x": "y"}}}}, "what has no parameter 'x'"),
    ],
)
def test_what_is_wrong_is_told_with_the_file(published, name, text, says):
    published(**{name: text})

    with pytest.raises(QueryFileError, match=f"texts/{name.replace('_', '-')}.json: .*{says}"):
        all_queries()


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant"])
def test_each_of_our_queries_and_parameters_has_a_text(language):
    for name, query in told_queries(language).items():
        english = all_queries()[name]
        assert query.language == language, name
        assert query.summary != english.summary, name
        for row, same in zip(query.parameters, english.parameters, strict=True):
            assert not same.description or row.description != same.description, (name, row.name)


def test_the_queries_graph_has_the_texts_with_their_languages(graph):
    found = graph.query(
        "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>"
        "SELECT ?text { GRAPH ?g { <https://w3id.org/gbagraph/query/builders> rdfs:comment ?text } }"
    )

    assert {row["text"].language for row in found} == {"en", "zh-hans", "zh-hant"}
