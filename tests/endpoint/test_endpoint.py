"""The endpoint over HTTP, as its users meet it."""

import xml.etree.ElementTree as ET

import pytest
import rdflib

from gbagraph.rdf.formats import GRAPH
from gbagraph.rdf.namespaces import BASE, graph_iri
from gbagraph.rdf.result_formats import BOOLEAN, SOLUTIONS
from support import PATH, PROJECT, ZONE, ok, problem
from support.serving import serving

XML = "application/sparql-results+xml"


def test_the_four_ways_to_ask_give_one_answer(server):
    headers = {"Accept": "text/csv"}
    direct = {**headers, "Content-Type": "application/sparql-query"}
    answers = {
        server.client.get("/sparql", params={"query": PATH}, headers=headers).text,
        server.client.post("/sparql", data={"query": PATH}, headers=headers).text,
        server.client.post("/sparql", content=PATH, headers=direct).text,
        server.client.request("QUERY", "/sparql", content=PATH, headers=direct).text,
    }

    (answer,) = answers
    assert answer.splitlines()[1] == f"{PROJECT},{ZONE}"


@pytest.mark.parametrize(
    ("query", "offer", "word"),
    [
        *((PATH, offer, "apollo-rd-centre") for offer in SOLUTIONS),
        *(("ASK {}", offer, "true") for offer in BOOLEAN),
    ],
)
def test_every_format_for_solutions_and_booleans(server, query, offer, word):
    response = ok(server.ask(query, offer.media_type))

    assert response.headers["content-type"] == offer.content_type
    name = f'inline; filename="results.{offer.extension}"'
    assert response.headers["content-disposition"] == name
    assert word in response.text


@pytest.mark.parametrize("offer", GRAPH, ids=lambda offer: offer.media_type)
def test_every_format_for_graphs(server, offer):
    query = f"CONSTRUCT WHERE {{ <{BASE}id/baidu> ?p ?o }}"
    reader = {
        "ttl": "turtle",
        "nt": "nt",
        "rdf": "xml",
        "jsonld": "json-ld",
        "trig": "trig",
        "nq": "nquads",
        "n3": "n3",
    }

    response = server.ask(query, offer.media_type)

    assert response.headers["content-type"] == offer.content_type
    found = rdflib.Dataset(default_union=True)
    found.parse(data=response.text, format=reader[offer.extension])
    assert len(found) == len(server.rows(f"SELECT * {{ <{BASE}id/baidu> ?p ?o }}"))


@pytest.mark.parametrize(
    ("query", "accept"),
    [
        pytest.param("ASK {}", "image/png", id="no kind of result"),
        pytest.param("ASK {}", "text/turtle", id="a boolean is no graph"),
        pytest.param("CONSTRUCT WHERE { ?s ?p ?o }", "text/csv", id="a graph is no table"),
    ],
)
def test_not_acceptable_says_what_there_is(server, query, accept):
    assert problem(server.ask(query, accept), 406, "not-acceptable")["available"]


@pytest.mark.parametrize(
    ("query", "line", "column", "says"),
    [
        pytest.param("SELEC", 1, 1, "SELECT is meant", id="not sparql"),
        pytest.param("", 1, 1, "The query is empty", id="empty"),
        pytest.param("ASK { ?s ?p ?o", 1, 5, "is not closed", id="not closed"),
        pytest.param("ASK {\n  ?s ?p }", 2, 9, "needs an object", id="a triple too short"),
        pytest.param(
            "INSERT DATA { <a:a> <a:b> <a:c> }", 1, 1, "updates are not accepted", id="update"
        ),
        pytest.param(
            "SELECT * { ?s gba:area ?o }",
            1,
            15,
            "Add: PREFIX gba: <https://w3id.org/gbagraph/ontology#>",
            id="our prefix",
        ),
        pytest.param(
            "SELECT * { ?s x:area ?o }", 1, 15, "prefix x: is not declared", id="a foreign prefix"
        ),
    ],
)
def test_a_syntax_error_says_where_and_what(server, query, line, column, says):
    found = problem(server.ask(query), 400, "query-syntax", says)

    assert (found["line"], found["column"]) == (line, column)
    assert found["excerpt"].endswith("^")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/sparql", "/", "/queries", "/id/baidu", "/graphs?default"])
def test_a_method_that_is_not_offered(server, method, path):
    response = server.client.request(method, path)

    problem(response, 405, "method-not-allowed")
    assert "GET" in response.headers["allow"]


@pytest.mark.parametrize(
    "path", ["/sparql", "/", "/queries", "/why", "/id/baidu", "/doc/id/baidu", "/ontology"]
)
def test_options_names_the_methods(server, path):
    response = server.client.options(path)

    assert response.status_code == 204
    assert "GET, HEAD" in response.headers["allow"]


def test_errors_are_negotiated_too(server):
    assert server.ask("SELEC", "text/plain, */*;q=0.1").text.startswith("Not a SPARQL query\n")
    page = server.ask("SELEC", "text/html, */*;q=0.1").text
    assert '<h2 id="answer-title">No answer</h2>' in page
    assert "<strong>This is not valid SPARQL.</strong>" in page


def test_a_problem_type_resolves(server):
    kind = server.ask("SELEC").json()["type"].removeprefix(BASE)

    assert "not valid SPARQL" in server.client.get(f"/{kind}").text


@pytest.mark.parametrize(
    "path",
    [
        "/sparql?query=ASK%20%7B%7D",
        "/sparql",
        "/",
        "/queries",
        "/doc/id/baidu.ttl",
        "/dumps/article.ttl",
    ],
)
def test_head_is_get_without_the_body(server, path):
    get, head = server.client.get(path), server.client.head(path)

    assert head.content == b""
    assert head.status_code == get.status_code
    assert head.headers["content-type"] == get.headers["content-type"]
    if "content-length" in head.headers:
        assert head.headers["content-length"] == get.headers["content-length"]


def test_scripts_of_other_sites_may_ask(server):
    headers = {
        "Origin": "https://editor.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }

    preflight = server.client.options("/sparql", headers=headers)
    answer = server.client.get("/sparql", params={"query": "ASK {}"}, headers=headers)

    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-headers"] == "content-type"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert server.client.get("/sparql?query=SELEC", headers=headers).headers[
        "access-control-allow-origin"
    ]
    assert "Dataset-Version" in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/", "/sparql", "/sparql?query=SELEC", "/nothing/here", "/id/baidu"]
)
def test_every_answer_names_the_dataset_version(server, graph, path):
    response = server.client.get(path)

    assert response.headers["dataset-version"] == graph.version
    assert "Accept" in response.headers["vary"]


# --- The dataset of a query --------------------------------------------------------------------


def count(server, **parameters):
    return int(server.rows("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", **parameters)[0]["n"])


@pytest.mark.parametrize(
    ("parameters", "size"),
    [
        pytest.param({}, 4, id="all graphs are merged"),
        pytest.param({"default-graph-uri": "http://example.org/g1"}, 2, id="one graph"),
        pytest.param(
            {"default-graph-uri": ["http://example.org/g1", "http://example.org/g2"]},
            3,
            id="two graphs are merged",
        ),
        pytest.param(
            {"default-graph-uri": "http://example.org/unknown"},
            0,
            id="an unknown graph is an empty graph",
        ),
        pytest.param(
            {"named-graph-uri": "http://example.org/g1"},
            0,
            id="named graphs only: the default graph is empty",
        ),
    ],
)
def test_the_protocol_chooses_the_default_graph(small_server, parameters, size):
    assert count(small_server, **parameters) == size


@pytest.mark.parametrize(
    ("parameters", "graphs"),
    [
        ({}, ["g1", "g2"]),
        ({"named-graph-uri": "http://example.org/g2"}, ["g2"]),
        ({"default-graph-uri": "http://example.org/g1"}, []),
    ],
)
def test_the_protocol_chooses_the_named_graphs(small_server, parameters, graphs):
    rows = small_server.rows(
        "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY STR(?g)", **parameters
    )

    assert [row["g"].rpartition("/")[2] for row in rows] == graphs


def test_the_protocol_overrides_from(small_server):
    query = "SELECT * FROM <http://example.org/g1> { ?s ?p ?o }"

    assert len(small_server.rows(query)) == 2
    assert small_server.rows(query, **{"default-graph-uri": "http://example.org/unknown"}) == []


def test_from_with_several_graphs_is_their_merge(small_server):
    query = """PREFIX e: <http://example.org/>
    SELECT * FROM e:g1 FROM e:g2 FROM NAMED e:g1 { ?s ?p ?o . OPTIONAL { GRAPH ?g { ?s ?p ?o } } }"""

    assert len(small_server.rows(query)) == 3


# --- Service description -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "accept",
    [
        "application/rdf+xml",
        "application/ld+json",
        "application/n-triples",
        "application/n-quads;q=0.9,text/turtle;q=0.6",
    ],
)
def test_the_service_description_is_negotiated(server, accept):
    response = ok(server.client.get("/sparql", headers={"Accept": accept}))

    assert "sparql-service-description" in response.text


# --- Canned queries over HTTP ------------------------------------------------------------------


def test_the_list_of_queries_for_programs(server):
    rows = server.client.get("/queries").json()["queries"]

    assert len(rows) >= 20
    assert all(row["summary"] and row["path"] == f"/queries/{row['name']}" for row in rows)
    terms = {row["name"]: row["terms"] for row in rows}
    assert BASE + "ontology#SigningRound" in terms["signing-rounds"]
    assert terms["names-in-languages"] == []


def test_an_unknown_query_suggests_near_names(server):
    found = problem(server.client.get("/queries/place-to-contry"), 404, "not-found")

    assert "place-to-country" in found["near"]


def test_the_text_of_a_query(server):
    response = server.client.get("/queries/place-to-country.rq")

    assert response.headers["content-type"].startswith("application/sparql-query")
    assert response.text.startswith("#+ summary:")


# --- Conveniences and the Graph Store Protocol -------------------------------------------------


@pytest.mark.parametrize(
    ("value", "accept", "content_type"),
    [
        pytest.param("csv", "*/*", "text/csv; charset=utf-8", id="where any is accepted"),
        pytest.param("xml", "text/html, */*;q=0.8", "application/sparql-results+xml", id="browser"),
        pytest.param(
            "csv", "application/sparql-results+xml", "text/csv; charset=utf-8", id="before Accept"
        ),
        pytest.param(
            "csv", "*/*, text/csv;q=0", "text/csv; charset=utf-8", id="whatever Accept says"
        ),
        pytest.param("text/csv", "*/*", "text/csv; charset=utf-8", id="a media type"),
        pytest.param("json", "*/*", "application/sparql-results+json", id="JSON is SPARQL's"),
        pytest.param("", "*/*", "application/sparql-results+json", id="an empty one is none"),
    ],
)
@pytest.mark.parametrize("parameter", ["format", "output"])
def test_the_parameter_format(server, value, accept, content_type, parameter):
    assert server.ask(PATH, accept, **{parameter: value}).headers["content-type"] == content_type


@pytest.mark.parametrize(
    "path", ["/sparql?query=ASK%7B%7D", "/sparql", "/doc/id/baidu", "/queries"]
)
@pytest.mark.parametrize("parameter", ["format", "output"])
def test_a_format_that_there_is_not_is_refused_with_those_there_are(server, path, parameter):
    response = server.client.get(f"{path}{'&' if '?' in path else '?'}{parameter}=nonsense")

    found = problem(response, 400, "malformed-request", "nonsense")
    assert len(found["available"]) >= 2


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/doc/id/baidu?format=jsonld", "application/ld+json"),
        ("/graph/article?format=nt", "application/n-triples"),
        ("/graphs?default&format=rdf", "application/rdf+xml"),
        ("/ontology?output=ttl", "text/turtle; charset=utf-8"),
        ("/sparql?format=ttl", "text/turtle; charset=utf-8"),
        ("/queries?format=html", "text/html; charset=utf-8"),
    ],
)
def test_every_resource_knows_the_parameter_format(server, path, content_type):
    assert server.client.get(path).headers["content-type"] == content_type


def test_the_parameter_format_of_a_canned_query(server):
    response = server.client.get("/queries/zones-by-area", params={"format": "csv"})

    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"] == 'inline; filename="zones-by-area.csv"'


def test_relative_iris_are_ours(server):
    assert server.ask("ASK { <id/baidu> <ontology#develops> <id/apollo-rd-centre> }").json()[
        "boolean"
    ]


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("?default", None),
        ("?graph=https://w3id.org/gbagraph/graph/links", "links"),
    ],
)
def test_the_graph_store_is_read(server, graph, query, size):
    response = server.client.get(f"/graphs{query}", headers={"Accept": "application/n-triples"})

    described = graph.description
    expected = described.graphs[graph_iri(size)] if size else described.default_graph
    assert len(response.text.splitlines()) == expected
    assert server.client.head(f"/graphs{query}").status_code == 200


@pytest.mark.parametrize(
    ("query", "status", "name"),
    [
        ("?graph=urn:unknown", 404, "not-found"),
        ("?graph=article", 400, "malformed-request"),
        ("", 400, "malformed-request"),
        ("?default&graph=urn:a", 400, "malformed-request"),
    ],
)
def test_what_the_graph_store_does_not_have(server, query, status, name):
    problem(server.client.get(f"/graphs{query}"), status, name)


def test_a_character_that_xml_cannot_carry_is_an_error_there(server):
    query = 'SELECT ("a\\u0001b" AS ?x) {}'

    problem(server.ask(query, "application/sparql-results+xml"), 406, "not-acceptable", "U+0001")

    assert server.ask(query).json()["results"]["bindings"][0]["x"]["value"] == "a\x01b"


def test_a_carriage_return_survives_xml(server):
    text = server.ask('SELECT ("a\\r\\nb" AS ?x) {}', "application/sparql-results+xml").content

    (literal,) = ET.fromstring(text).iter("{http://www.w3.org/2005/sparql-results#}literal")
    assert literal.text == "a\r\nb"


def test_prefixes(server):
    found = server.client.get("/prefixes").json()
    text = server.client.get("/prefixes", headers={"Accept": "text/plain"}).text

    assert found["gba"] == BASE + "ontology#"
    assert server.ask(text + "ASK { id:baidu a gba:Company }").json()["boolean"]


@pytest.mark.parametrize("sent", ["/gba", ""])
def test_behind_a_proxy_with_a_prefix(prefixed_server, sent):
    """Whether the proxy sends the prefix on or takes it off."""
    client = prefixed_server.client
    forwarded = {"X-Forwarded-Proto": "https", "Host": "example.org", "Accept": "text/turtle"}
    page = client.get(f"{sent}/", headers={"Accept": "text/html"}).text

    described = client.get(f"{sent}/sparql", headers=forwarded).text
    assert "<https://example.org/gba/sparql>" in described
    assert 'href="/gba/queries"' in page
    assert client.get(f"{sent}/id/baidu").headers["location"] == "/gba/doc/id/baidu"
    answer = client.get(f"{sent}/sparql", params={"query": f"ASK {{}} #{sent}"})
    assert answer.json()["boolean"] is True


# --- RDF 1.2 -----------------------------------------------------------------------------------

rdf12_server = serving(
    "PREFIX e: <http://example.org/>\n"
    'e:a e:p e:b ~ e:r {| e:since 2020 |} . e:a e:says "x"@ar--rtl .'
)


def test_triple_terms_come_in_and_go_out(rdf12_server):
    query = "SELECT ?t { ?r <http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies> ?t }"

    (row,) = rdf12_server.ask(query).json()["results"]["bindings"]

    assert row["t"]["type"] == "triple"
    assert row["t"]["value"]["subject"]["value"] == "http://example.org/a"
    query = "ASK { ?r <http://example.org/since> 2020 . ?s ?p ?o FILTER (LANGDIR(?o) = 'rtl') }"
    assert rdf12_server.ask(query).json()["boolean"] is True


def test_a_result_that_json_ld_cannot_carry_is_refused_there(rdf12_server):
    query = "CONSTRUCT WHERE { ?r <http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies> ?t }"

    found = problem(rdf12_server.ask(query, "application/ld+json"), 406, "not-acceptable")

    assert "text/turtle" in found["available"]
    assert "<<(" in rdf12_server.ask(query, "text/turtle").text
    graph = rdf12_server.client.get("/graphs?default", headers={"Accept": "application/ld+json"})
    problem(graph, 406, "not-acceptable")


def test_variables_are_bound_in_queries_of_some_length_alone(server):
    """To read a longer one takes seconds."""
    query = f"ASK {{ VALUES ?x {{ {'1 ' * 100_000} }} }}"
    response = server.client.post("/sparql", data={"query": query, "$x": "1"})
    assert "200000" in problem(response, 422, "bad-parameter")["detail"]
    assert server.client.post("/sparql", data={"query": query}).status_code == 200
