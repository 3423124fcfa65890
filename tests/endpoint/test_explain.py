"""Diagnostics over HTTP, and the links by which an answer without rows leads there."""

import json
import re
from html import escape
from urllib.parse import parse_qs, urljoin, urlsplit
from xml.etree import ElementTree as ET

import pytest

PREFIX = "PREFIX gba: <https://w3id.org/gbagraph/ontology#>\n"
WRONG = PREFIX + "SELECT ?x { ?x a gba:Zones }"
RIGHT = PREFIX + "SELECT ?x { ?x a gba:Zone }"
RESULTS = "{http://www.w3.org/2005/sparql-results#}"


def explained(server, query, **parameters):
    response = server.client.get("/sparql/explain", params={"query": query, **parameters})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    return response.json()["diagnostics"]


def test_a_name_that_there_is_not(server):
    (found,) = explained(server, WRONG)

    assert found["code"] == "unknown-class"
    assert found["severity"] == "error"
    assert (found["line"], found["column"]) == (2, 18)
    assert found["suggestion"] == "gba:Zone"
    assert found["query"] == RIGHT


def test_what_is_no_query_is_explained_too(server):
    (found,) = explained(server, "SELCT * { ?s ?p ?o }")

    assert found["severity"] == "error"
    assert (found["line"], found["column"]) == (1, 1)


@pytest.mark.parametrize("method", ["form", "direct", "QUERY"])
def test_it_is_sent_as_to_the_endpoint(server, method):
    direct = {"Content-Type": "application/sparql-query"}
    response = {
        "form": lambda: server.client.post("/sparql/explain", data={"query": WRONG}),
        "direct": lambda: server.client.post("/sparql/explain", content=WRONG, headers=direct),
        "QUERY": lambda: server.client.request(
            "QUERY", "/sparql/explain", content=WRONG, headers=direct
        ),
    }[method]()

    assert [found["code"] for found in response.json()["diagnostics"]] == ["unknown-class"]


ARTICLE = "https://w3id.org/gbagraph/graph/article"


@pytest.mark.parametrize(
    ("parameters", "codes"),
    [
        pytest.param({"default-graph-uri": ARTICLE}, [], id="a graph that has it"),
        pytest.param({"default-graph-uri": "graph:article"}, [], id="by its prefixed name"),
        pytest.param(
            {"default-graph-uri": "graph:links"}, ["only-in-another-graph"], id="one without"
        ),
        pytest.param({"default-graph-uri": "graph:artical"}, ["unknown-graph"], id="no such graph"),
        pytest.param({"named-graph-uri": ARTICLE}, ["graph-matches-nothing"], id="named alone"),
        pytest.param({"$x": "id:baidu"}, ["no-solution"], id="a value of a variable"),
    ],
)
def test_the_dataset_and_the_values_of_the_request_count(server, parameters, codes):
    found = explained(server, RIGHT, **parameters)

    assert [each["code"] for each in found if each["code"] != "not-analysed"] == codes
    assert all(each["query"] == "" for each in found)


def test_an_empty_answer_leads_to_where_its_dataset_is_explained(server):
    asked = {"query": RIGHT, "default-graph-uri": "graph:links"}
    response = server.client.get("/sparql", params=asked)

    (link,) = [part for part in response.headers["link"].split(",") if 'rel="help"' in part]
    sent = parse_qs(urlsplit(link.partition("<")[2].partition(">")[0]).query)
    assert sent["default-graph-uri"] == ["https://w3id.org/gbagraph/graph/links"]


def test_a_graph_that_the_request_names_by_its_prefix_is_asked(server):
    rows = [
        server.rows(RIGHT, **{"default-graph-uri": name}) for name in (ARTICLE, "graph:article")
    ]

    assert len(rows[0]) == 13
    assert rows[1] == rows[0]


def test_for_people(server):
    text = server.client.get(
        "/sparql/explain", params={"query": WRONG}, headers={"Accept": "text/plain"}
    ).text
    page = server.client.post(
        "/sparql/explain",
        data={"query": WRONG},
        headers={"Accept": "text/html"},
        follow_redirects=True,
    ).text

    assert text.startswith("2:18 error unknown-class: ")
    assert f"Repaired:\n{RIGHT}\n" in text
    assert text.endswith("Where the rows went:\n  ?x a gba:Zones  1 → 0\n")
    assert 'class="button repair"' in page
    assert "<textarea" in server.page("/sparql/explain")


def test_without_a_query_it_says_what_is_missing(server):
    response = server.client.get("/sparql/explain")

    assert response.status_code == 422
    assert "query is missing" in response.text


def help_of(response):
    target = response.links["help"]["url"]
    return urlsplit(target).path, parse_qs(urlsplit(target).query)


@pytest.mark.parametrize(
    "form", ["json", "xml", "csv", "tsv", "records", "ndjson", "csv-bom", "md", "html-table"]
)
def test_an_answer_without_rows_leads_to_its_explanation(server, form):
    response = server.client.get("/sparql", params={"query": WRONG, "format": form})

    assert help_of(response) == ("/sparql/explain", {"query": [WRONG]})
    assert "help" not in server.client.get("/sparql", params={"query": RIGHT, "format": form}).links


def test_json_and_xml_name_it_in_their_head(server):
    wanted = "/sparql/explain"
    found = json.loads(server.client.get("/sparql", params={"query": WRONG}).content)
    root = ET.fromstring(
        server.client.get("/sparql", params={"query": WRONG, "format": "xml"}).content
    )
    links = (
        found["head"]["link"],
        [link.get("href") for link in root.findall(f"{RESULTS}head/{RESULTS}link")],
    )

    assert found["head"]["vars"] == ["x"]
    assert found["results"]["bindings"] == []
    for (link,) in links:
        assert urljoin(server.sparql, link).partition("?")[0].endswith(wanted)
        assert server.client.get(urljoin(server.sparql, link)).json()["diagnostics"]


def test_false_and_an_empty_graph_lead_there_too(server):
    for query in (WRONG.replace("SELECT ?x", "ASK"), WRONG.replace("SELECT ?x", "CONSTRUCT WHERE")):
        assert help_of(server.ask(query, "*/*"))[1] == {"query": [query]}
    assert "help" not in server.ask(RIGHT.replace("SELECT ?x", "CONSTRUCT WHERE"), "*/*").links
    boolean = server.ask(WRONG.replace("SELECT ?x", "ASK")).json()
    assert boolean["boolean"] is False
    assert boolean["head"]["link"]


def test_a_canned_query_leads_there_from_its_own_address(server):
    url = "/queries/everything-in?place=apollo-rd-centre&format=json"
    response = server.client.get(url)
    (link,) = response.json()["head"]["link"]

    path, parameters = help_of(response)
    assert path == "/sparql/explain"
    assert urlsplit(urljoin(url, link)).path == path
    assert "apollo-rd-centre" in parameters["query"][0]


def test_a_prefix_whose_iri_names_a_service_calls_for_no_help(server):
    query = f"PREFIX sd: <http://www.w3.org/ns/sparql-service-description#>\n{RIGHT}"

    assert "help" not in server.ask(query).links


def test_it_is_told_in_the_language_of_the_reader(server):
    def told(path, language, accept):
        headers = {"Accept-Language": language, "Accept": accept}
        return server.client.get(path, params={"query": WRONG}, headers=headers)

    english = told("/sparql/explain", "en", "application/json")
    chinese = told("/sparql/explain", "zh-CN,en;q=0.5", "application/json")
    (message,) = [each["message"] for each in chinese.json()["diagnostics"]]

    assert "Accept-Language" in chinese.headers["vary"]
    assert re.search("[\u4e00-\u9fff]", message)
    assert message not in english.text
    assert escape(message) in told("/sparql", "zh-CN", "text/html").text
    assert told("/sparql/explain", "de", "application/json").text == english.text


def test_a_long_query_is_to_be_posted(server):
    assert help_of(server.ask(WRONG + " #" + "x" * 3000)) == ("/sparql/explain", {})


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p ?o SERVICE SILENT <http://example.org/> { ?s ?q ?r } } LIMIT 1",
        PREFIX
        + "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
        + 'SELECT ?x { ?x gba:date ?d FILTER (?d >= "2020"^^xsd:gYear) }',
    ],
    ids=["service", "year"],
)
def test_an_answer_that_may_lack_rows_leads_there_too(server, query):
    response = server.ask(query)

    assert response.json()["results"]["bindings"]
    assert help_of(response)[1]["query"] == [query]
    assert explained(server, query)


def test_without_what_follows(server):
    located = (
        PREFIX
        + "PREFIX id: <https://w3id.org/gbagraph/id/>\n"
        + "SELECT ?x { id:apollo-rd-centre gba:builtBy ?x }"
    )
    assert help_of(server.ask(located, infer="false"))[1]["infer"] == ["false"]


def test_what_is_learnt_without_what_follows_is_not_used_with_it(server):
    """The process that explains keeps what it learns of the graph, of each of the two."""
    query = (
        PREFIX
        + "PREFIX id: <https://w3id.org/gbagraph/id/>\n"
        + "SELECT ?x { id:apollo-rd-centre gba:developedBy ?x }"
    )
    for turn in range(3):
        assert "developedBy" in explained(server, f"{query} # {turn}", infer="false")[0]["message"]
        assert explained(server, f"{query} # {turn}") == []
