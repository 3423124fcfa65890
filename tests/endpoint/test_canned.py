"""Canned queries over HTTP: defaults, empty fields, pages, names of the server; values in any query."""

import csv
import io
import re

import pytest

from gbagraph.rdf.namespaces import BASE, declarations
from support import RunningServer, ok, problem

JSON = "application/sparql-results+json"


def get(server, path, accept=JSON, **parameters):
    return server.client.get(path, params=parameters, headers={"Accept": accept})


def test_the_defaults_hold_in_every_format(server):
    asked = get(server, "/queries/zones-for-topic", topic="blockchain")

    for accept in (JSON, "text/csv", "application/x-ndjson"):
        given = get(server, "/queries/zones-for-topic", accept, topic="blockchain")
        assert get(server, "/queries/zones-for-topic", accept).text == given.text
    assert len(asked.json()["results"]["bindings"]) == 2


def test_empty_fields_are_not_given(server):
    whole = get(server, "/queries/companies-to-zones")

    assert get(server, "/queries/companies-to-zones", company="", zone="").json() == whole.json()
    page = ok(get(server, "/queries/timeline", "text/html", **{"from": "", "until": ""}))
    assert re.search(r'<input[^>]* name="from"[^>]* type="number" step="1"', page.text)


@pytest.mark.parametrize(
    "value",
    [
        "knowledge-city",
        "id:knowledge-city",
        f"{BASE}id/knowledge-city",
        "Knowledge City",
        "中新广州知识城",
    ],
)
def test_a_thing_is_given_by_any_of_its_names(server, value):
    found = ok(get(server, "/queries/companies-to-zones", zone=value))

    assert len(found.json()["results"]["bindings"]) == 2


def test_an_item_of_wikidata_is_the_thing_that_it_is_the_same_as(server):
    asked = "SELECT ?q { id:guangzhou owl:sameAs ?q FILTER(STRSTARTS(STR(?q), STR(wd:))) }"
    (row,) = server.rows(declarations() + asked)
    by_item = get(server, "/queries/classes-of", thing=row["q"].rpartition("/")[2])
    assert by_item.json() == get(server, "/queries/classes-of", thing="guangzhou").json()
    assert by_item.json()["results"]["bindings"]


def test_a_thing_of_another_kind_is_an_error_that_lists_those_there_are(server):
    problem(
        get(server, "/queries/companies-to-zones", zone="baidu"),
        422,
        "bad-parameter",
        "knowledge-city",
    )


def test_pages_follow_one_another_to_the_end(server):
    whole = get(server, "/queries/timeline").json()["results"]["bindings"]
    path, rows, pages = "/queries/timeline?limit=8", [], 0
    while path:
        response = server.client.get(path, headers={"Accept": JSON})
        rows += response.json()["results"]["bindings"]
        pages += 1
        found = re.search(r'<([^>]+)>; rel="next"', response.headers.get("Link", ""))
        path = f"/queries/{found[1]}" if found else ""

    assert rows == whole
    assert pages == -(-len(whole) // 8)


def test_the_next_page_keeps_what_was_asked(server):
    response = get(
        server,
        "/queries/timeline",
        "*/*",
        limit="2",
        format="csv",
        sort="-thingLabel",
        infer="false",
    )

    (address,) = re.findall(r'<([^>]+)>; rel="next"', response.headers["Link"])
    following = server.client.get(f"/queries/{address}")

    assert following.headers["content-type"].startswith("text/csv")
    assert "infer=false" in address
    rows = [row for part in (response, following) for row in csv.DictReader(io.StringIO(part.text))]
    names = [row["thingLabel"] for row in rows]
    assert len(names) == 4
    assert names == sorted(names, reverse=True)


@pytest.mark.processes
def test_the_parameters_of_a_query_come_before_those_of_the_server(tmp_path):
    (tmp_path / "own.rq").write_text(
        "#+ summary: Q\n#+ params:\n#+   - format: F.\n#+   - evidence: E.\n"
        "SELECT (?_format AS ?f) (?__evidence AS ?e) {}"
    )
    with RunningServer("--queries", tmp_path) as server:
        answer = get(
            server, "/queries/own", "*/*", **{"format": "xml", "evidence": "x", "$format": "csv"}
        )
        assert answer.text.split() == ["f,e", "xml,x"]
        page = get(server, "/queries/own", "text/html", format="xml")
        assert "&amp;%24evidence=true" in page.text
        names = [
            row["name"]
            for row in server.client.get("/openapi.json").json()["paths"]["/queries/own"]["get"][
                "parameters"
            ]
        ]
        assert {"format", "$format", "evidence", "$evidence"} <= set(names)


# --- Values bound to any query -------------------------------------------------------------------

PROJECTS = (
    "PREFIX gba: <https://w3id.org/gbagraph/ontology#> "
    "SELECT ?project { ?company gba:develops ?project }"
)


@pytest.mark.parametrize("term", ["id:baidu", f"<{BASE}id/baidu>", f"{BASE}id/baidu"])
def test_a_variable_of_any_query_can_be_bound(server, term):
    assert server.rows(PROJECTS, **{"$company": term}) == [
        {"project": f"{BASE}id/apollo-rd-centre"}
    ]


@pytest.mark.parametrize(
    ("term", "value"),
    [
        ("2020", "2020"),
        ('"x"@en', "x"),
        ('"a\\"} UNION {"', 'a"} UNION {'),
        ('"1"^^xsd:gYear', "1"),
        ("plain words", "plain words"),
    ],
)
def test_a_literal_is_bound_as_it_is_written(server, term, value):
    (row,) = server.rows("SELECT ?x ?y { BIND(STR(?x) AS ?y) }", **{"$x": term})

    assert row == {"x": value, "y": value}


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"$nobody": "id:baidu"}, "no variable ?nobody. It has: project, company."),
        ({"$company": "<a b>"}, "is no term"),
        ({"$company": '"unclosed'}, "is no term"),
        ({"$company": "2020"}, "?company is the subject of a triple"),
    ],
)
def test_what_cannot_be_bound_is_told(server, parameters, says):
    assert says in problem(server.ask(PROJECTS, **parameters), 422, "bad-parameter")["detail"]


def test_a_variable_is_bound_once(server):
    response = server.client.get(
        "/sparql", params=[("query", PROJECTS), ("$company", "id:baidu"), ("$company", "id:xpeng")]
    )

    assert "bound twice" in problem(response, 422, "bad-parameter")["detail"]
