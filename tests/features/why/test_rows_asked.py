"""The evidence of rows, asked over HTTP, on pages, on the command line and in Python."""

import re
from html import unescape
from urllib.parse import urlencode

import httpx
import pyoxigraph as ox
import pytest

from gbagraph.errors import BadParameter, QuerySyntaxError, RequestError
from gbagraph.rdf.namespaces import BASE, graph_iri
from support import ENDLESS, PATH, PROJECT, RUNAWAY, ZONE, ok, run

JSON = "application/sparql-results+json"
PARAGRAPH = BASE + "article/knowledge-city-3"
TABLES = ["text/csv", "text/tab-separated-values"]
NO_ROOM = ["application/sparql-results+xml", "text/turtle"]


def answered(server, query, **parameters):
    return ok(server.ask(query, evidence="true", **parameters)).json()["results"]


def test_evidence_stands_beside_the_bindings(server):
    found = answered(server, PATH)

    (row,) = found["evidence"]
    assert found["bindings"] == server.ask(PATH).json()["results"]["bindings"]
    assert (row["complete"], "note" in row) == (True, False)
    assert PARAGRAPH in row["paragraphs"]
    assert row["paragraphs"] == sorted(
        {iri for triple in row["triples"] for iri in triple["paragraphs"]}
    )
    wanted = {
        "subject": {"type": "uri", "value": BASE + "id/baidu"},
        "predicate": {"type": "uri", "value": BASE + "ontology#develops"},
        "object": {"type": "uri", "value": PROJECT},
        "basis": "inferred",
        "paragraphs": [PARAGRAPH],
    }
    assert any(wanted.items() <= triple.items() for triple in row["triples"])


def test_what_follows_rests_on_the_paragraphs_of_its_proof(server):
    query = f"SELECT ?who {{ <{PROJECT}> <{BASE}ontology#developedBy> ?who }}"

    (row,) = answered(server, query)["evidence"]

    (triple,) = row["triples"]
    assert triple["basis"] == "derived"
    assert PARAGRAPH in triple["paragraphs"]


def test_a_graph_that_was_asked_is_named(server):
    query = f"SELECT ?x {{ GRAPH ?g {{ <{BASE}id/baidu> <{BASE}ontology#develops> ?x }} }}"

    (row,) = answered(server, query)["evidence"]

    assert row["triples"][0]["graph"] == {"type": "uri", "value": graph_iri("article")}


def test_a_canned_query_takes_it(server):
    path = "/queries/place-to-country?place=apollo-rd-centre&evidence=true"

    found = server.client.get(path, headers={"Accept": JSON}).json()["results"]

    assert len(found["evidence"]) == len(found["bindings"]) > 0
    assert all(row["complete"] and row["paragraphs"] for row in found["evidence"])


def test_an_answer_with_evidence_has_its_own_entity_tag(server):
    plain, explained = server.ask(PATH), server.ask(PATH, evidence="true")
    again = server.client.get(
        "/sparql",
        params={"query": PATH, "evidence": "true"},
        headers={"If-None-Match": explained.headers["etag"], "Accept": JSON},
    )

    assert plain.headers["etag"] != explained.headers["etag"]
    assert "evidence" not in plain.json()["results"]
    assert server.ask(PATH, evidence="false").json() == plain.json()
    assert again.status_code == 304


@pytest.mark.parametrize("accept", NO_ROOM)
def test_a_format_without_room_for_it_is_refused(server, accept):
    response = server.ask(PATH, accept, evidence="true")

    assert response.status_code == 406
    assert response.json()["available"] == [JSON, *TABLES]
    assert "room for the evidence" in response.json()["detail"]


@pytest.mark.parametrize("accept", ["application/json", "*/*", "*/*,text/html;q=0.8"])
def test_json_by_its_other_names_is_good(server, accept):
    assert "evidence" in server.ask(PATH, accept, evidence="true").json()["results"]


@pytest.mark.parametrize("query", ["ASK {}", "CONSTRUCT WHERE { ?s ?p ?o }", "DESCRIBE <a:b>"])
def test_a_query_without_rows_is_refused(server, query):
    response = server.ask(query, evidence="true")

    assert response.status_code == 400
    assert "rows of a SELECT query" in response.json()["detail"]


QUOTES = "\"'" * 5000 + " "
OPTIONALS = " ".join(f"OPTIONAL {{ ?s ?p{n} ?o }}" for n in range(60))
HOSTILE = {
    "endless, cut": f"{ENDLESS} LIMIT 5",
    "a cross join": "SELECT DISTINCT ?s { ?s ?p ?o . ?a ?b ?c . ?d ?e ?f } LIMIT 5",
    "many OPTIONALs": f"SELECT ?s {{ ?s ?p ?o {OPTIONALS} }} LIMIT 5",
    "paths everywhere": f"SELECT * {{ <{BASE}id/baidu> (!<a:b>)* ?o }} LIMIT 50",
    "a large group": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o . ?o ?q ?r }",
    "nested": f"SELECT ?s {{ {'{ ' * 60} ?s ?p ?o {'} ' * 60} }} LIMIT 5",
    "nested deeply": f"SELECT ?s {{ {'{ ' * 200} ?s ?p ?o {'} ' * 200} }} LIMIT 5",
    "parentheses": f"SELECT ?s {{ ?s ?p ?o FILTER {'( ' * 140} true {') ' * 140} }} LIMIT 5",
    "quotes": f"SELECT ?s {{ ?s ?p ?o FILTER(?o != '''{QUOTES}''') }} LIMIT 5",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_query_is_answered_within_the_limits(server, name):
    found = answered(server, HOSTILE[name])

    assert len(found["evidence"]) == len(found["bindings"]) > 0


def test_a_query_that_runs_away_is_stopped_and_others_are_answered(small_server):
    assert small_server.ask(RUNAWAY, evidence="true", timeout="2").status_code == 504
    with pytest.raises(httpx.RemoteProtocolError):
        small_server.ask(ENDLESS, evidence="true", timeout="2")

    found = answered(small_server, "SELECT * { ?s ?p ?o }")
    assert all(row["complete"] for row in found["evidence"])
    assert {triple["basis"] for row in found["evidence"] for triple in row["triples"]} == {
        "asserted"
    }


ANSWER = re.compile(r'<section id="answer".*?</section>', re.DOTALL)


def test_pages_show_it(server):
    path = "/queries/place-to-country?place=apollo-rd-centre"

    for address in (path, f"/sparql?{urlencode({'query': PATH})}"):
        plain = server.page(address)
        (switch,) = re.findall(r'<a class="evidence-switch" href="([^"]+)">Show', plain)
        explained = server.page(unescape(switch))

        assert '<th scope="col">Sources</th>' not in plain
        assert '<th scope="col">Sources</th>' in explained
        assert '<a href="/article/knowledge-city-3">' in explained
        (back,) = re.findall(r'<a class="evidence-switch" href="([^"]+)">Hide', explained)
        assert ANSWER.search(server.page(unescape(back)))[0] == ANSWER.search(plain)[0]


@pytest.mark.processes
def test_the_commands_print_it():
    table = run("run", "place-to-country", "place=apollo-rd-centre", "--evidence", "-f", "table")
    refused = run("query", PATH, "--evidence", "--format", "xml")

    assert "rests on" in table.stdout
    assert "art:" in table.stdout
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "evidence" in refused.stderr


def test_rows_in_python_are_as_before_and_have_evidence(graph):
    (row,) = graph.query(PATH, evidence=True)
    (plain,) = graph.query(PATH)

    assert row["zone"] == row[1] == row[ox.Variable("zone")] == ox.NamedNode(ZONE)
    assert list(row) == list(plain)
    assert len(row) == len(plain) == 2
    assert PARAGRAPH in row.evidence.paragraphs
    assert row.evidence.complete
    assert {known.basis for known in row.evidence.triples} <= {"stated", "inferred", "derived"}


def test_rows_in_python_can_be_counted_and_have_variables(graph):
    rows = graph.run("place-to-country", evidence=True, place="apollo-rd-centre")

    assert len(rows) == len(list(rows)) > 1
    assert rows[0]["outerLabel"] == rows[0][rows.variables.index("outerLabel")]


def test_in_python_errors_are_as_before(graph):
    with pytest.raises(QuerySyntaxError):
        graph.query("SELECT", evidence=True)
    with pytest.raises(RequestError):
        graph.query("ASK {}", evidence=True)
    with pytest.raises(BadParameter):
        graph.run("place-to-country", evidence=True, planet="mars")
