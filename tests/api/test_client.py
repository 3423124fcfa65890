"""A server as a graph: the same answers, proofs, diagnostics and errors as in this process."""

import asyncio
import subprocess
import sys
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer

import pyoxigraph as ox
import pytest
import rdflib

import gbagraph
from gbagraph import errors
from gbagraph.api.remote import RemoteGraph
from gbagraph.queries.catalog import local_queries
from support import ENDLESS, PATH, RUNAWAY, ZONE, RunningServer, free_port

CONSTRUCT = "CONSTRUCT { ?s <urn:q> ?o } { ?s a ?o } ORDER BY ?s ?o LIMIT 20"
EVIDENCE = "SELECT ?who ?what { ?who <ontology#develops> ?what } ORDER BY ?who ?what"
LONG = f"SELECT ?who {{ ?who <ontology#develops> ?what }} ORDER BY ?who # {'long ' * 2000}"
FAULTS = [
    "SELECT",
    "SELECT * { ?s ?p ?o",
    "ASK { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
    "ASK { FILTER (<urn:f>(1)) }",
]


@pytest.fixture
def remote(server):
    with gbagraph.connect(server.url) as found:
        yield found


@pytest.mark.parametrize("name", local_queries())
def test_each_canned_query_answers_as_in_this_process(graph, remote, name):
    values = local_queries()[name].examples

    assert remote.run(name, **values) == graph.run(name, **values)


@pytest.mark.parametrize("query", [PATH, CONSTRUCT, "ASK {}", "ASK { ?s <urn:no> ?o }", LONG])
def test_a_query_of_any_form_answers_as_in_this_process(graph, remote, query):
    found = remote.query(query)

    assert type(found) is type(graph.query(query))
    assert found == graph.query(query)


def test_rows_have_the_same_evidence_as_in_this_process(graph, remote):
    found = remote.select(EVIDENCE, evidence=True)
    expected = graph.select(EVIDENCE, evidence=True)

    assert found == expected
    assert [row.evidence for row in found] == [row.evidence for row in expected]
    assert remote.run("place-to-country", evidence=True, place="apollo-rd-centre")[0].evidence


def test_a_proof_and_diagnostics_are_the_same_as_in_this_process(graph, remote):
    triple = ("id:baidu", "gba:involvedIn", "id:huangpu")
    terms = (ox.NamedNode(ZONE), rdflib.RDF.type, rdflib.URIRef("https://schema.org/Place"))

    assert remote.why(*triple) == graph.why(*triple)
    assert remote.why(*terms) == graph.why(*terms)
    assert remote.why("id:china", "rdfs:label", "China", lang="en").graphs
    for query in ("SELECT * { ?s <urn:no> ?o }", "SELECT", LONG, PATH):
        assert remote.explain(query) == graph.explain(query)


def test_a_look_up_is_the_same_as_in_this_process(graph, remote):
    iris = ["http://www.wikidata.org/entity/Q16572", "https://www.wikidata.org/wiki/Q16572", "no"]
    found = remote.lookup(*iris)

    assert found == graph.lookup(*iris)
    assert [each.iri for each in found] == iris
    assert [len(each.matches) > 0 for each in found] == [True, False, False]
    assert found[1].suggestions[0].iri == iris[0]
    assert remote.lookup() == graph.lookup() == []
    with pytest.raises(errors.RequestTooLarge, match="at most 500"):
        remote.lookup(*[f"http://e.example/{n}" for n in range(501)])


def test_version_and_hash_are_the_servers(graph, remote, server):
    assert (remote.version, remote.hash) == (graph.version, graph.hash)
    assert gbagraph.connect(f"{server.url}/sparql").version == graph.version
    assert repr(remote) == f"<RemoteGraph: {server.url}/>"


def raised(ask):
    with pytest.raises(errors.GbaGraphError) as caught:
        ask()
    return type(caught.value), caught.value.message, caught.value.details


@pytest.mark.parametrize("query", FAULTS)
def test_an_error_of_a_query_is_the_same_as_in_this_process(graph, remote, query):
    assert raised(lambda: remote.query(query)) == raised(lambda: graph.query(query))


def test_only_rows_have_evidence(graph, remote):
    found, expected = (
        raised(partial(each.query, "ASK {}", evidence=True)) for each in (remote, graph)
    )

    assert found == expected


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("zones-by-aera", {}),
        ("place-to-country", {"place": "atlantis"}),
        ("place-to-country", {"place": "china", "planet": "mars"}),
        ("timeline", {"from_": "soon"}),
        ("place-to-country", {"place": ["china", "guangzhou"]}),
    ],
)
def test_an_error_of_a_canned_query_is_the_same_as_in_this_process(graph, remote, name, values):
    found = raised(lambda: remote.run(name, **values))
    expected = raised(lambda: graph.run(name, **values))

    assert found == expected
    assert issubclass(found[0], errors.RequestError)


@pytest.mark.parametrize("triple", [("id:baidu", "a", "id:xpeng"), ("id:baidu", "a b", "c")])
def test_an_error_of_a_proof_is_the_same_as_in_this_process(graph, remote, triple):
    assert raised(lambda: remote.why(*triple)) == raised(lambda: graph.why(*triple))


def test_select_ask_and_construct_are_each_for_one_form(remote):
    assert remote.ask("ASK {}") == True  # noqa: E712  that is what is tested
    assert remote.select(PATH)
    assert remote.construct(CONSTRUCT)
    with pytest.raises(
        errors.RequestError, match=r"select\(\) is for .* SELECT.* form ASK.* ask\(\)"
    ):
        remote.select("ASK {}")


def test_variables_of_any_query_are_bound(graph, remote):
    query = "SELECT ?zone { ?project <ontology#locatedIn> ?zone } ORDER BY ?zone"
    node = graph.select(PATH)[0]["project"]

    assert remote.select(query, project=node) == graph.select(query, project=node)
    assert remote.select(query, project=node, zone=None)
    assert remote.ask("ASK { FILTER (?text = 'a \"quote\"') }", text='a "quote"')


def test_a_limit_of_the_server_is_the_same_error(small_server):
    with gbagraph.connect(small_server.url) as remote, pytest.raises(errors.QueryTimeout) as caught:
        remote.query(RUNAWAY)

    assert caught.value.details["limit"] == 1


def test_an_answer_that_breaks_off_is_an_error(small_server):
    with gbagraph.connect(small_server.url) as remote, pytest.raises(errors.EvaluationError):
        remote.query(ENDLESS)


def test_a_server_that_is_too_slow_for_the_client_is_a_timeout(server):
    # Not connected: that asks a query, too, for which the time may be too short on a busy machine.
    with (
        RemoteGraph(server.url, 0.3) as remote,
        pytest.raises(errors.QueryTimeout, match="longer timeout"),
    ):
        remote.query(RUNAWAY)


def test_many_threads_ask_at_once(graph, remote):
    expected, found = graph.select(PATH), []
    threads = [threading.Thread(target=lambda: found.append(remote.select(PATH))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [expected] * 8


def test_a_closed_graph_says_so(server):
    with gbagraph.connect(server.url) as remote:
        pass
    with pytest.raises(errors.EngineUnavailable, match="closed"):
        remote.ask("ASK {}")


def test_where_nobody_listens_the_error_names_the_address():
    address = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(errors.EngineUnavailable, match=address):
        gbagraph.connect(address)


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "ftp://127.0.0.1/", "http://[", "x y"])
def test_what_is_no_address_is_an_error(address):
    with pytest.raises(errors.GbaGraphError, match="address"):
        gbagraph.connect(address)


class _Other(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"hi")

    def log_message(self, *_):
        pass


def test_what_is_no_gbagraph_is_an_error():
    with HTTPServer(("127.0.0.1", 0), _Other) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        try:
            with pytest.raises(errors.UnknownResource, match="no gbagraph"):
                gbagraph.connect(f"http://127.0.0.1:{other.server_address[1]}")
        finally:
            other.shutdown()
            thread.join()


class _Proxy(BaseHTTPRequestHandler):
    def do_POST(self):
        self.send_response(503)
        self.end_headers()
        self.wfile.write(b"no backend")

    do_GET = do_POST  # noqa: N815

    def log_message(self, *_):
        pass


def test_what_a_proxy_says_is_told_as_it_is():
    with HTTPServer(("127.0.0.1", 0), _Proxy) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        with pytest.raises(errors.EvaluationError, match="answered 503: no backend"):
            gbagraph.connect(f"http://127.0.0.1:{proxy.server_port}")
        proxy.shutdown()


@pytest.mark.processes
def test_a_server_below_a_path_is_asked_there(small_file):
    with (
        RunningServer("--data", small_file, "--root-path", "/graphs") as server,
        gbagraph.connect(f"{server.url}/graphs") as remote,
    ):
        assert remote.ask("ASK { ?s ?p ?o }")


def test_the_same_can_be_awaited(graph, server):
    async def ask():
        async with gbagraph.connect_async(server.url) as remote:
            assert (remote.version, remote.hash) == (graph.version, graph.hash)
            found = await asyncio.gather(
                remote.select(PATH),
                remote.ask("ASK {}"),
                remote.construct(CONSTRUCT),
                remote.query(EVIDENCE, evidence=True),
                remote.run("timeline", from_=2020, until=None),
                remote.why("id:baidu", "gba:develops", "id:apollo-rd-centre"),
                remote.explain("SELECT"),
                remote.lookup("http://www.wikidata.org/entity/Q16572"),
            )
            with pytest.raises(errors.QuerySyntaxError):
                await remote.query("SELECT")
            with pytest.raises(errors.RequestError, match=r"ask\(\)"):
                await remote.select("ASK {}")
        with pytest.raises(errors.EngineUnavailable, match="closed"):
            await remote.ask("ASK {}")
        return found

    assert asyncio.run(ask()) == [
        graph.select(PATH),
        True,
        graph.construct(CONSTRUCT),
        graph.query(EVIDENCE, evidence=True),
        graph.run("timeline", from_=2020, until=None),
        graph.why("id:baidu", "gba:develops", "id:apollo-rd-centre"),
        graph.explain("SELECT"),
        graph.lookup("http://www.wikidata.org/entity/Q16572"),
    ]


def test_a_graph_to_be_awaited_has_no_version_before_it_is_asked():
    remote = gbagraph.connect_async("http://127.0.0.1:1")

    with pytest.raises(errors.RequestError, match="async with"):
        remote.version  # noqa: B018

    async def enter():
        async with remote:
            pass

    with pytest.raises(errors.EngineUnavailable):
        asyncio.run(enter())


@pytest.mark.processes
def test_without_httpx_the_error_says_what_to_install():
    code = (
        "import sys; sys.modules['httpx'] = None\n"
        "import gbagraph\n"
        "try: gbagraph.connect('http://127.0.0.1:1')\n"
        "except gbagraph.errors.GbaGraphError as problem: print(problem)\n"
        "gbagraph.open\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "pip install 'gbagraph[client]'" in done.stdout
