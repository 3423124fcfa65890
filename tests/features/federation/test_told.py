"""Who asks a query with SERVICE is told what happened: in header fields, pages, tools, figures."""

import re

import pytest
import rdflib

import gbagraph
from gbagraph.dataset.limits import CALL_LIMITS
from gbagraph.rdf.namespaces import SERVICE
from support import RunningServer, file_with, problem
from support.services import LEAKY, NAMED, allowed

pytestmark = pytest.mark.processes

PREFIX = "PREFIX : <http://e/>\n"
JOIN = PREFIX + f"SELECT * {{ ?s :p ?n SERVICE <{NAMED}> {{ ?s :q ?v }} }}"
NOBODY = "http://127.0.0.1:1/sparql"
SILENT = JOIN.replace("} }", f"}} SERVICE SILENT <{NOBODY}> {{ ?s :r ?o }} }}")
FAILS = JOIN.replace(NAMED, NOBODY)
HTML = {"Accept": "text/html"}


def page(server, query, **parameters):
    return server.client.get("/sparql", params={"query": query, **parameters}, headers=HTML)


def figures(server, name):
    text = server.client.get("/metrics").text
    found = re.findall(r'gbagraph_endpoint_(\w+)_total{endpoint="([^"]*)"} (\S+)', text)
    return {kind: float(value) for kind, endpoint, value in found if endpoint == name}


# --- Explained ------------------------------------------------------------------------------------


def test_to_explain_a_query_its_endpoints_are_really_asked_and_that_is_not_kept(calling_server):
    response = calling_server.client.get("/sparql/explain", params={"query": JOIN})
    (found,) = response.json()["diagnostics"]

    assert response.headers["cache-control"] == "no-store"
    assert (found["severity"], found["code"]) == ("info", "service-called")
    assert f"named <{NAMED}>, asked for 3 bindings, gave 3 solutions" in found["message"]


def test_nobody_is_called_where_that_is_not_wanted(calling_server):
    before = figures(calling_server, "named")
    given = {"query": JOIN + " # unheard", "call": "false"}

    assert calling_server.client.get("/sparql/explain", params=given).json()["diagnostics"] == []
    assert figures(calling_server, "named") == before


def test_a_graph_in_this_process_says_that_nobody_is_called(tmp_path):
    path = file_with(tmp_path / "some.ttl", "<a:a> <a:b> <a:c> .")
    (found,) = gbagraph.open(path).explain("SELECT * { SERVICE <http://e/> { ?s ?p ?o } }")

    assert found.code == "service-not-allowed"
    assert "nobody is called here" in found.message
    assert "--allow-service" in found.message


# --- Header fields and clients --------------------------------------------------------------------


def test_a_failure_that_is_passed_over_is_in_a_header_field(calling_server):
    response = calling_server.ask(SILENT)

    assert response.headers["proxy-status"].startswith(f'gbagraph; next-hop="{NOBODY}"; details="')
    assert NOBODY not in response.headers["link"].partition('rel="help"')[0]


def test_answers_in_python_have_their_sources(calling_server):
    with gbagraph.connect(calling_server.url) as graph:
        answers = (
            graph.query(SILENT),
            graph.query(SILENT, evidence=True),
            graph.query(SILENT.replace("SELECT *", "ASK")),
            graph.query(SILENT.replace("SELECT *", "CONSTRUCT { ?s :v ?v } WHERE")),
        )
        own = graph.query("ASK {}")

    for answer in answers:
        given, failed = answer.sources
        assert (given.endpoint, given.name, given.rows) == (NAMED, "named", 3)
        assert (failed.endpoint, failed.rows) == (NOBODY, 0)
        assert NOBODY in failed.failure
    assert own.sources == ()


def test_rows_in_python_say_from_whom_they_are(calling_server):
    query = PREFIX + f"SELECT * {{ ?s :p ?n OPTIONAL {{ SERVICE <{NAMED}> {{ ?s :q ?v }} }} }}"
    with gbagraph.connect(calling_server.url) as graph:
        rows = graph.query(query, evidence=True)

    for row in rows:
        assert [each.endpoint for each in row.evidence.services] == [NAMED] * (row.v is not None)
        assert "http://e/p" in str(row.evidence.triples), "our part"
        assert row.evidence.complete is (row.v is None)


@pytest.mark.parametrize("status", [302, 500])
def test_what_an_endpoint_says_of_its_failure_is_for_the_log_alone(calling_server, leaky, status):
    query = f"SELECT * {{ SERVICE <{LEAKY}> {{ ?s ?p ?o }} }}"
    leaky.status = status
    responses = [
        calling_server.ask(query),
        calling_server.ask(query.replace("SERVICE", "SERVICE SILENT"), evidence="true"),
        calling_server.client.get("/sparql/explain", params={"query": query}),
        page(calling_server, query),
        calling_server.client.get("/metrics"),
    ]
    leaky.status = 400  # by which it is there again
    calling_server.ask(query)

    told = "".join(f"{each.headers}{each.text}" for each in responses)
    assert told.count(f"answered {status} ") > 3
    for secret in ("SECRET", "10.0.0.5", "Traceback", f":{leaky.port}"):
        assert secret not in told
    noted = "http://…@10.0.0.5/internal\n" if status == 302 else "Traceback\\x1b[31m at db.SECRET"
    assert f"call of <{LEAKY}>: {noted}" in calling_server.said


# --- Pages ----------------------------------------------------------------------------------------


def test_a_page_says_who_gave_how_many_rows_when(calling_server):
    text = page(calling_server, JOIN).text

    assert re.search(rf'<a href="{NAMED}"[^>]*>named</a>: 3 rows · <time datetime="20', text)
    assert 'id="diagnostics"' not in text


def test_a_page_warns_of_a_failure_that_silent_passes_over(calling_server):
    text = page(calling_server, SILENT).text

    assert re.search(rf'<li class="notice warning"><a href="{NOBODY}"[^>]*>nobody</a>: ', text)


def test_a_row_on_a_page_says_from_whom_it_is(calling_server):
    text = page(calling_server, JOIN, evidence="true").text

    assert text.count("from <a") == 3
    assert "It rests also on what" not in text


def test_no_iri_that_data_name_as_an_endpoint_is_a_link(calling_server):
    query = "SELECT * { VALUES ?e { <javascript:alert(1)> } SERVICE SILENT ?e { ?s ?p ?o } }"
    text = page(calling_server, query).text

    assert "<code>javascript:alert(1)</code>" in text
    assert 'href="javascript' not in text


def test_a_call_that_failed_is_not_made_again_to_explain_it(calling_server):
    before = figures(calling_server, "nobody")["failures"]
    response = page(calling_server, FAILS)

    assert response.status_code == 502
    assert "nobody &lt;http" in response.text
    assert figures(calling_server, "nobody")["failures"] == before + 1


# --- The description, the editor, tools, figures ---------------------------------------------------


def test_the_description_names_whom_the_service_calls_and_within_which_limits(calling_server):
    terms, found = rdflib.Namespace(SERVICE), calling_server.turtle()
    nodes = set(found.objects(rdflib.URIRef(calling_server.sparql), terms.calls))
    (named,) = (n for n in nodes if (n, terms.endpoint, rdflib.URIRef(NAMED)) in found)

    assert len(nodes) == len(set(found.subjects(rdflib.RDF.type, terms.CalledEndpoint))) > 2
    assert str(found.value(named, rdflib.RDFS.label)) == "named"
    said = {limit.name: str(found.value(named, terms[limit.name])) for limit in CALL_LIMITS}
    assert said == {
        "callTimeout": "PT10S",
        "answerSize": str(10 * 1024 * 1024),
        "parallelCalls": "4",
        "batchSize": "500",
    }


def test_each_term_of_the_description_is_declared(calling_server):
    found = calling_server.turtle("/service")

    for name in ("calls", "endpoint", "CalledEndpoint", *(each.name for each in CALL_LIMITS)):
        assert found.value(rdflib.URIRef(SERVICE + name), rdflib.RDFS.comment), name


def test_completions_have_the_endpoints(calling_server):
    services = calling_server.client.get("/search/index.json").json()["services"]

    assert {"iri": NAMED, "name": "named"} in services


def test_figures_count_calls_by_endpoint(calling_server):
    before = figures(calling_server, "named")
    query = JOIN.replace("?v", "?counted")
    calling_server.rows(query)
    calling_server.rows(query + " # again")
    after = figures(calling_server, "named")

    assert after["calls"] == before["calls"] + 1
    assert after["cached"] == before["cached"] + 1
    assert after["seconds"] > before["seconds"]


# --- Limits ---------------------------------------------------------------------------------------


def test_a_busy_query_that_calls_others_ends_at_its_limit(files, other_server):
    """It is checked by its use of the processor like any other, and that must not end the checks."""
    products = " ".join(
        f"VALUES ?{name} {{ {' '.join(map(str, range(400)))} }}" for name in "abcde"
    )
    busy = f"SELECT (COUNT(*) AS ?c) {{ {products} SERVICE <{NAMED}> {{ ?s ?p 'w' }} }}"
    options = [*allowed(NAMED, address=other_server.sparql), "--query-timeout", 4]
    with RunningServer("--data", files["here"], *options) as server:
        problem(server.ask(busy), 504, "query-timeout")
