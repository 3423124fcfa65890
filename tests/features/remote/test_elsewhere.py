"""An engine elsewhere: Oxigraph's server holds the data, and every job asks it."""

import concurrent.futures
import contextlib
import json
import re

import pyoxigraph as ox
import pytest

from gbagraph.dataset.loader import load
from gbagraph.queries.catalog import local_queries
from gbagraph.rdf.namespaces import BASE
from support import RUNAWAY, RunningServer, eventually, free_port, ok, problem, run
from support.assistant import Assistant
from support.oxigraph import PROGRAM, Oxigraph
from support.queries import sample_query
from support.services import Listener

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(not PROGRAM.exists(), reason="Oxigraph's server is not installed"),
]

JSON = "application/sparql-results+json"
GBA = (
    "PREFIX gba: <https://w3id.org/gbagraph/ontology#> PREFIX id: <https://w3id.org/gbagraph/id/> "
)
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
FEW = GBA + "SELECT ?s ?o { ?s gba:locatedIn ?o } ORDER BY ?s ?o LIMIT 20"


@pytest.fixture(scope="module")
def quads(tmp_path_factory):
    """The whole built-in dataset as a server holds it, its default graph, too."""
    file = tmp_path_factory.mktemp("quads") / "all.nq"
    load()[0].dump(file, ox.RdfFormat.N_QUADS)
    return file


@pytest.fixture(scope="module")
def oxigraph(quads, tmp_path_factory):
    with Oxigraph(tmp_path_factory.mktemp("store") / "store", quads) as running:
        yield running


@pytest.fixture(scope="module")
def engine_server(oxigraph):
    with RunningServer("--engine", oxigraph.url) as running:
        yield running


def both(engine_server, server, path, accept=JSON, **parameters):
    """What a server with an engine answers, and one that holds the data itself."""
    responses = [
        each.client.get(path, params=parameters, headers={"Accept": accept})
        for each in (engine_server, server)
    ]
    return [
        (each.status_code, each.text.replace(engine_server.url, server.url)) for each in responses
    ]


# --- The same as the embedded engine ---------------------------------------------------------------


@sample_query
def test_canned_queries_give_the_same_bytes(engine_server, server, query):
    accept = "application/n-triples" if query.kind == "graph" else JSON

    there, here = both(engine_server, server, f"/queries/{query.name}", accept, **query.examples)

    assert here[0] == 200
    assert there == here


@pytest.mark.parametrize("name", ["companies-to-zones", "appointments"])
@pytest.mark.parametrize("more", [{"evidence": "true"}, {"labels": "zh-hant"}])
def test_evidence_and_labels_are_the_same(engine_server, server, name, more):
    given = local_queries()[name].examples | more

    there, here = both(engine_server, server, f"/queries/{name}", **given)

    assert here[0] == 200
    assert there == here


def test_labels_of_many_rows_are_few_questions(engine_server):
    before = engine_server.metrics()["engine_questions"]

    found = engine_server.rows("SELECT ?s { ?s a ?c } ORDER BY ?s LIMIT 900", labels="en")

    assert sum("sLabel" in row for row in found) > 100
    assert engine_server.metrics()["engine_questions"] - before < 10


@pytest.mark.parametrize("name", ["timeline", "companies-to-zones"])
def test_the_evidence_of_rows_is_few_questions(engine_server, name):
    before = engine_server.metrics()["engine_questions"]

    found = engine_server.client.get(
        f"/queries/{name}", params={"evidence": "true"}, headers={"Accept": JSON}
    )

    triples = sum(len(row["triples"]) for row in found.json()["results"]["evidence"])
    assert triples > 100
    assert engine_server.metrics()["engine_questions"] - before < triples / 2


ROWS = (JSON, "application/sparql-results+xml", "text/csv", "text/tab-separated-values")
GRAPHS = ("text/turtle", "application/rdf+xml", "application/ld+json")
DEVELOPED = GBA + "CONSTRUCT { id:baidu gba:develops ?o } WHERE { id:baidu gba:develops ?o }"
ARTICLE, LINKS = f"{BASE}graph/article", f"{BASE}graph/links"
DATASETS = (
    {"query": COUNT, "default-graph-uri": ARTICLE},
    {"query": COUNT, "default-graph-uri": [ARTICLE, LINKS]},
    {"query": COUNT.replace("{", f"FROM <{ARTICLE}> {{", 1)},
    {"query": "ASK { GRAPH ?g { ?s ?p ?o } }", "default-graph-uri": ARTICLE},
    {"query": "ASK { ?s ?p ?o }", "named-graph-uri": ARTICLE},
    {"query": "SELECT * { <id/baidu> ?p ?o } ORDER BY ?p ?o"},
)


@pytest.mark.parametrize(
    ("path", "accept", "parameters"),
    [
        *(("/sparql", accept, {"query": FEW}) for accept in ROWS),
        *(("/sparql", accept, {"query": DEVELOPED}) for accept in GRAPHS),
        *(("/sparql", JSON, parameters) for parameters in DATASETS),
        ("/search", "application/json", {"q": "baidu"}),
        ("/search", "text/html", {"q": "nansha"}),
        ("/lookup", "application/json", {"iri": "http://www.wikidata.org/entity/Q14772"}),
        ("/why", "application/json", {"s": "id:baidu", "p": "rdf:type", "o": "gba:Company"}),
        ("/sparql/explain", "application/json", {"query": GBA + "ASK { ?s gba:developps ?o }"}),
        (
            "/sparql/explain",
            "application/json",
            {"query": GBA + "SELECT * { ?s gba:develops ?o . ?o a gba:Company }"},
        ),
        ("/reconcile", "application/json", {"queries": '{"q": {"query": "Baidu"}}'}),
        ("/context.jsonld", "application/ld+json", {}),
        ("/doc/id/baidu", "text/html", {}),
        ("/queries/aims", "text/html", {}),
        ("/sparql", "text/html", {"query": FEW}),
        (
            "/sparql",
            "text/html",
            {"query": GBA + "CONSTRUCT { id:baidu a ?o } { id:baidu gba:develops ?o }"},
        ),
    ],
)
def test_answers_and_pages_are_the_same(engine_server, server, path, accept, parameters):
    there, here = both(engine_server, server, path, accept, **parameters)

    assert here[0] == 200
    # An engine may have nodes without names, to whose answers no link leads.
    link = r'<p(?: class="soft")?>(?:The data have nodes without|<a href="/answers/of).*?</p>\s*'
    assert there[0] == 200
    assert re.sub(link, "", there[1]) == re.sub(link, "", here[1])


@pytest.mark.parametrize(
    "path", [f"/graphs?graph={BASE}graph/links", "/graphs?default", "/dumps/gbagraph.nq"]
)
def test_dumps_have_the_same_quads(engine_server, server, path):
    there, here = (
        each.client.get(path, headers={"Accept": "application/n-triples"}).text.splitlines()
        for each in (engine_server, server)
    )

    assert len(here) > 100
    assert sorted(there) == sorted(here)


def test_an_answer_that_is_not_needed_to_its_end_leaves_the_next_as_it_is(engine_server):
    for _ in range(5):
        ok(
            engine_server.client.get(
                "/sparql",
                params={"query": "SELECT * { ?s ?p ?o }"},
                headers={"Accept": "text/html"},
            )
        )
        assert engine_server.rows("SELECT (1 AS ?n) {}") == [{"n": "1"}]


# --- Errors, limits, caching -----------------------------------------------------------------------


def test_a_query_that_is_none_is_told_as_ever_and_not_sent(engine_server):
    before = engine_server.metrics()["engine_questions"]

    found = problem(engine_server.ask("SELECT * { ?s ?p"), 400, "query-syntax")

    assert (found["line"], found["token"]) == (1, "{")
    assert engine_server.metrics()["engine_questions"] == before


def test_what_the_engine_says_of_its_failure_is_told(engine_server):
    query = "SELECT (<http://e/f>(1) AS ?x) {}"

    assert "custom function" in problem(engine_server.ask(query), 502, "engine-failed")["detail"]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * {{ SERVICE <http://127.0.0.1:{}/> {{ ?s ?p ?o }} }}",
        "SELECT * {{ S\\u0045RVICE <http://127.0.0.1:{}/> {{ ?s ?p ?o }} }}",
        "SELECT * {{ ?s ?p 'x\\u0027 }} SERVICE <http://127.0.0.1:{}/> {{ ?s ?p ?o' }}",
        "SELECT * {{ # \\u000a SERVICE <http://127.0.0.1:{}/> {{ ?s ?p ?o }}\n }}",
        "SELECT * {{ SERVICE SILENT <http://127.0.0.1:{}/> {{ ?s ?p ?o }} }}",
    ],
)
def test_the_engine_is_never_made_to_call_others(engine_server, query):
    with contextlib.closing(Listener()) as listener:
        engine_server.ask(query.format(listener.port))
        assert not listener.connections


def test_a_query_is_stopped_at_its_limit_and_others_go_on(engine_server):
    stopped = problem(engine_server.ask(RUNAWAY, timeout="1"), 504, "query-timeout")

    assert stopped["limit"] <= 1
    assert engine_server.rows("SELECT (1 AS ?n) {}") == [{"n": "1"}]


def test_what_follows_cannot_be_left_out_and_that_is_said(engine_server):
    problem(engine_server.ask(COUNT, infer="false"), 501, "engine-unsupported", "infer")

    assert engine_server.ask(COUNT, infer="true").status_code == 200


def test_answers_are_kept_only_if_the_version_is_known(engine_server, oxigraph):
    unknown = engine_server.ask(FEW)
    assert "etag" not in unknown.headers
    assert unknown.headers["cache-control"] == "no-store"

    with RunningServer("--engine", oxigraph.url, "--engine-version", "7") as running:
        known = running.ask(FEW)
        again = running.client.get(
            known.request.url, headers={"Accept": JSON, "If-None-Match": known.headers["etag"]}
        )
        assert known.headers["dataset-version"] == "7"
        assert again.status_code == 304


@pytest.fixture(scope="module")
def fruit_server(tmp_path_factory):
    """A server of an engine with data of others: an apple, and a triple that is in two graphs."""
    folder = tmp_path_factory.mktemp("fruit")
    (folder / "data.nq").write_text(
        '<http://e/a> <http://www.w3.org/2000/01/rdf-schema#label> "Apple" .\n'
        '<http://e/s> <http://e/p> "x" <http://e/a> .\n<http://e/s> <http://e/p> "x" <http://e/b> .\n'
    )
    with (
        Oxigraph(folder / "store", folder / "data.nq") as there,
        RunningServer("--engine", there.url, "--title", "Fruit", "--base", "http://e/") as running,
    ):
        yield running


def test_data_of_others_are_served_by_the_same_way(fruit_server):
    assert fruit_server.rows("SELECT * { <http://e/a> ?p ?o }")[0]["o"] == "Apple"
    assert "Fruit" in fruit_server.page("/")


def test_a_default_graph_of_several_graphs_is_their_merge(fruit_server):
    clauses = "FROM <http://e/a> FROM <http://e/b>"
    assert fruit_server.rows(f"SELECT (COUNT(*) AS ?n) {clauses} {{ ?s ?p ?o }}") == [{"n": "1"}]
    given = {"default-graph-uri": ["http://e/a", "http://e/b"]}
    assert fruit_server.rows(COUNT, **given) == [{"n": "1"}]
    problem(fruit_server.ask(f"SELECT * {clauses} {{ ?s"), 400, "query-syntax")
    unknown = f"SELECT (<http://e/f>(1) AS ?x) {clauses} {{}}"
    problem(fruit_server.ask(unknown), 400, "unsupported-function")


def test_a_server_whose_engine_does_not_answer_says_so_and_ends():
    done = run("serve", "--port", free_port(), "--engine", "http://127.0.0.1:1/query")

    assert done.returncode == 3
    assert "http://127.0.0.1:1/query" in done.stderr


# --- Replicas --------------------------------------------------------------------------------------


def asked(server):
    """How often each replica was asked."""
    lines = server.client.get("/metrics").text.splitlines()
    found = (line.rpartition(" ") for line in lines if line.startswith("gbagraph_engine_asked"))
    return {name.split('"')[1]: int(float(value)) for name, _, value in found}


def is_up(server, replica):
    return f'gbagraph_engine_up{{engine="{replica.url}"}} 1.0' in server.client.get("/metrics").text


def test_a_replica_is_killed_under_load_and_nothing_is_lost(quads, oxigraph, tmp_path):
    with (
        Oxigraph(tmp_path / "second", quads) as second,
        RunningServer("--engine", oxigraph.url, "--engine", second.url) as running,
        concurrent.futures.ThreadPoolExecutor(4) as pool,
    ):
        expected = running.ask(FEW).json()["results"]

        def ask(number):
            if number == 100:
                second.kill()
            response = running.ask(FEW + f" # {number}")
            return response.status_code, json.loads(response.text).get("results") == expected

        assert set(pool.map(ask, range(300))) == {(200, True)}
        assert min(asked(running).values()) > 20
        assert eventually(lambda: not is_up(running, second))

        second.start()
        assert eventually(lambda: is_up(running, second))
        before = asked(running)[second.url]
        list(pool.map(ask, range(301, 400)))
        assert asked(running)[second.url] > before + 20


# --- Commands in a folder whose data an engine holds -----------------------------------------------


def test_commands_ask_the_engine_or_say_that_they_cannot(oxigraph, tmp_path):
    (tmp_path / "gbagraph.toml").write_text(f'engine = ["{oxigraph.url}"]\n')

    asked = run("query", FEW, "--format", "json", cwd=tmp_path)
    assert len(json.loads(asked.stdout)["results"]["bindings"]) == 20

    assert run("queries", "manifest", "m.ttl", cwd=tmp_path).returncode == 2


def test_an_assistant_asks_the_engine(oxigraph):
    with Assistant.over_stdio("--tools", "all", "--engine", oxigraph.url) as assistant:
        assert len(assistant.call("query", sparql=FEW, evidence=True)["rows"]) == 20
        assert "Baidu" in str(assistant.call("search", text="baidu"))
