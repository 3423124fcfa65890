"""Answers as plain records and tables over HTTP, labels beside IRIs, and formats that do not fit."""

import csv
import io
import json

import pytest

from gbagraph.errors import BadParameter
from gbagraph.queries.catalog import local_queries
from gbagraph.rdf.result_formats import ALL, OFFERS
from gbagraph.rdf.results import json_value
from gbagraph.sparql.negotiation import languages
from support import PATH, PROJECT, ZONE, problem
from support.queries import sampled

GRAPH = "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 3"
LARGE = "SELECT * { ?a ?b ?c . ?d a ?e } LIMIT 30000"
SELECTED = {name: each for name, each in local_queries().items() if each.kind == "solutions"}


def names(kind):
    return list(dict.fromkeys(offer.name for offer in ALL[kind]))


@pytest.mark.parametrize(
    ("query", "kind"),
    [(PATH, "solutions"), ("ASK {}", "boolean"), (GRAPH, "graph")],
    ids=["SELECT", "ASK", "CONSTRUCT"],
)
def test_a_format_that_does_not_fit_is_refused_with_those_that_do(server, query, kind):
    """Never is the answer in a format that was not asked for."""
    for name in dict.fromkeys(name for each in ALL for name in names(each)):
        response = server.ask(query, "*/*", format=name)
        if name in names(kind):
            assert response.status_code == 200, name
        else:
            found = problem(response, 406, "not-acceptable")
            assert found["available"] == [
                offer.media_type for offer in OFFERS[kind] if offer.standard
            ]
            assert ", ".join(names(kind)) in found["detail"]


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("application/vnd.gbagraph.records+json", "application/vnd.gbagraph.records+json"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("application/jsonl", "application/jsonl"),
        ("text/markdown;variant=GFM", "text/markdown; charset=utf-8"),
        ("text/*", "text/csv; charset=utf-8"),
        ("application/json", "application/json"),
    ],
)
def test_the_formats_are_negotiated(server, accept, content_type):
    assert server.ask(PATH, accept).headers["content-type"] == content_type


def test_a_large_answer_is_streamed(server):
    with server.client.stream(
        "GET", "/sparql", params={"query": LARGE, "format": "ndjson"}
    ) as response:
        assert response.headers["transfer-encoding"] == "chunked"
        lines = list(response.iter_lines())

    assert len(lines) == 30_000
    assert all(json.loads(line).keys() == {"a", "b", "c", "d", "e"} for line in lines[::1000])


def test_a_table_in_html_may_load_nothing(server):
    response = server.ask("SELECT * {}", "*/*", format="html-table")

    assert response.headers["content-security-policy"].startswith("default-src 'none'; ")
    assert response.headers["x-content-type-options"] == "nosniff"


# --- labels --------------------------------------------------------------------------------------

LABELLED = ["srj", "csv", "csv-bom", "csv-spreadsheet", "records", "ndjson", "md", "html-table"]


@pytest.mark.parametrize("name", LABELLED)
def test_labels_stand_beside_iris(server, name):
    text = server.ask(PATH, "*/*", format=name, labels="zh-hant").text

    assert "zoneLabel" in text
    assert "中新廣州知識城" in text


def test_labels_are_columns_after_those_they_label(server):
    head, row = csv.reader(io.StringIO(server.ask(PATH, "text/csv", labels="en").text))

    assert head == ["project", "projectLabel", "zone", "zoneLabel"]
    assert (row[0], row[2]) == (PROJECT, ZONE)
    assert row[3] == "China-Singapore Guangzhou Knowledge City"


def test_labels_in_sparql_results_are_literals_with_their_language(server):
    (row,) = server.ask(PATH, labels="fr,zh-hans").json()["results"]["bindings"]

    assert row["zoneLabel"] == {"type": "literal", "value": "中新广州知识城", "xml:lang": "zh-hans"}


def test_a_label_that_the_query_selects_stays(server):
    response = server.client.get(
        "/queries/zones-by-area", params={"format": "records", "labels": "zh"}
    )

    first = response.json()[0]
    assert first["zoneLabel"] == "China-Singapore Guangzhou Knowledge City"
    assert list(first).count("zoneLabel") == 1
    assert "boundLabel" in first


@pytest.mark.parametrize("name", ["srx", "tsv"])
def test_a_format_without_room_for_labels_is_refused(server, name):
    problem(server.ask(PATH, "*/*", format=name, labels="en"), 406, "not-acceptable", "records")


@pytest.mark.parametrize(
    ("query", "parameters"),
    [("ASK {}", {}), (GRAPH, {}), (PATH, {"evidence": "true"})],
    ids=["ASK", "CONSTRUCT", "evidence"],
)
def test_labels_that_have_no_place_are_refused(server, query, parameters):
    problem(server.ask(query, "*/*", labels="en", **parameters), 400, "bad-request")


def test_a_language_that_is_none_is_refused(server):
    found = problem(server.ask(PATH, labels="not one"), 422, "bad-parameter")

    assert found["parameter"] == "labels"


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        ("", ()),
        ("en", ("en",)),
        (" zh-Hans , en,", ("zh-hans", "en")),
        ("en,EN", ("en",)),
    ],
)
def test_languages_are_a_list_with_commas(value, tags):
    assert languages(value) == tags


@pytest.mark.parametrize("value", ["a b", "*", "en_GB", "-", ",".join("abcdefghijk")])
def test_what_is_no_language_is_an_error(value):
    with pytest.raises(BadParameter, match="Give language tags"):
        languages(value)


# --- all canned queries --------------------------------------------------------------------------


@pytest.mark.parametrize("query", sampled(SELECTED))
def test_the_records_of_a_canned_query_are_its_expected_rows(server, graph, query):
    given = query.examples
    response = server.client.get(f"/queries/{query.name}", params={**given, "format": "ndjson"})
    found = graph.run(query.name, **given)
    expected = [{name: json_value(row[name]) for name in found.variables} for row in found]

    assert list(map(json.loads, response.text.splitlines())) == json.loads(
        json.dumps(expected, default=float)
    )
