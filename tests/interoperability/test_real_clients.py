"""Other people's SPARQL clients as programs: each must find the path from Baidu.

``make clients`` installs them. Without it a test is skipped; in CI it fails. Those that call others by
SERVICE are in ``test_federation_matrix``.
"""

import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import Wrapper

from gbagraph.rdf.namespaces import BASE
from support import CONSTRUCT, PATH, PROJECT, ZONE, plain_rows, processes
from support.installed import needs, output

JSON = "application/sparql-results+json"
FOUND = [{"project": PROJECT, "zone": ZONE}]
STATED = f"<{PROJECT}> <{BASE}ontology#locatedIn> <{ZONE}> ."
ASK = PATH.replace("SELECT ?project ?zone {", f"ASK {{ FILTER (?zone = <{ZONE}>)")

# Clients send what is longer than an address may be in another way, so the length must be real:
# comments are dropped by some.
OTHERS = " ".join(f"<https://example.org/a-project-of-someone-else/{n}>" for n in range(70))
LONG = PATH.replace("zone {", f"zone {{ VALUES ?project {{ id:apollo-rd-centre {OTHERS} }}")

# --- Comunica ------------------------------------------------------------------------------------


def comunica(query: str, form: str, endpoint: str) -> str:
    needs("comunica-sparql", "node")
    return output("comunica-sparql", endpoint, "-q", query, "-t", form)


@pytest.mark.parametrize("query", [PATH, LONG], ids=["short", "long"])
def test_comunica_select(server, query):
    assert plain_rows(comunica(query, JSON, server.sparql)) == FOUND


def test_comunica_ask(server):
    assert json.loads(comunica(ASK, JSON, server.sparql))["boolean"] is True


def test_comunica_construct(server):
    assert STATED in comunica(CONSTRUCT, "application/n-triples", server.sparql)


# --- Jena ARQ ------------------------------------------------------------------------------------


def rsparql(endpoint: str, query: str, form: str = "json") -> str:
    needs("jena", "java")
    return output("jena", "arq.rsparql", f"--service={endpoint}", f"--results={form}", query)


def test_jena_select(server):
    assert plain_rows(rsparql(server.sparql, PATH)) == FOUND


def test_jena_ask(server):
    assert json.loads(rsparql(server.sparql, ASK))["boolean"] is True


def test_jena_construct(server):
    assert STATED in rsparql(server.sparql, CONSTRUCT, "nt")


def test_jena_posts_a_long_query_and_offers_to_upgrade_to_http2(server):
    assert plain_rows(rsparql(server.sparql, LONG)) == FOUND


# --- A browser -----------------------------------------------------------------------------------


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Say nothing on stderr."""


@pytest.fixture(scope="module")
def page_elsewhere(chromium, tmp_path_factory):
    """A page of another origin than the endpoint's, open in a browser."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "index.html").write_text("<!doctype html><title>Someone's page</title>")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        with chromium.open(f"http://127.0.0.1:{http.server_port}/") as page:
            yield page
        http.shutdown()


def fetched(page, address: str, **options):
    """What a script in *page* gets to see of the answer."""
    return page.value(
        f"fetch({json.dumps(address)}, {json.dumps(options)}).then(async response => ({{"
        "status: response.status, text: await response.text(),"
        "version: response.headers.get('Dataset-Version') }))"
    )


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="a simple request"),
        pytest.param({"X-Requested-With": "XMLHttpRequest"}, id="a header that is asked for first"),
    ],
)
def test_a_page_of_another_origin_gets(server, page_elsewhere, headers):
    address = str(httpx.URL(server.sparql, params={"query": PATH}))

    found = fetched(page_elsewhere, address, headers={"Accept": JSON, **headers})

    assert plain_rows(found["text"]) == FOUND
    assert found["version"]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        pytest.param(
            "application/x-www-form-urlencoded", str(httpx.QueryParams(query=LONG)), id="a form"
        ),
        pytest.param("application/sparql-query", LONG, id="a type that is asked for first"),
    ],
)
def test_a_page_of_another_origin_posts(server, page_elsewhere, content_type, body):
    headers = {"Accept": f"{JSON},*/*;q=0.9", "Content-Type": content_type}

    found = fetched(page_elsewhere, server.sparql, method="POST", headers=headers, body=body)

    assert plain_rows(found["text"]) == FOUND


def test_a_page_of_another_origin_can_read_what_is_wrong(server, page_elsewhere):
    found = fetched(page_elsewhere, f"{server.sparql}?query=SELEC")

    assert found["status"] == 400
    assert "SELEC" in found["text"]


# --- Libraries of Python, and curl -----------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_sparqlstore(server, method):
    graph = rdflib.Graph(SPARQLStore(server.sparql, method=method))

    assert [tuple(map(str, row)) for row in graph.query(PATH)] == [(PROJECT, ZONE)]
    assert graph.query(f"ASK {{ <{BASE}id/baidu> ?p ?o }}").askAnswer is True


@pytest.mark.parametrize(
    ("method", "request_method"),
    [
        (Wrapper.GET, Wrapper.URLENCODED),
        (Wrapper.POST, Wrapper.URLENCODED),
        (Wrapper.POST, Wrapper.POSTDIRECTLY),
    ],
)
def test_sparqlwrapper_json(server, method, request_method):
    client = Wrapper.SPARQLWrapper(server.sparql)
    client.setQuery(PATH)
    client.setMethod(method)
    client.setRequestMethod(request_method)
    client.setReturnFormat(Wrapper.JSON)

    (row,) = client.queryAndConvert()["results"]["bindings"]

    assert (row["project"]["value"], row["zone"]["value"]) == (PROJECT, ZONE)


@pytest.mark.parametrize("form", [Wrapper.XML, Wrapper.CSV, Wrapper.TSV])
def test_sparqlwrapper_other_formats(server, form):
    client = Wrapper.SPARQLWrapper(server.sparql)
    client.setQuery(PATH)
    client.setReturnFormat(form)

    found = client.queryAndConvert()

    text = found.toxml() if form == Wrapper.XML else found.decode()
    assert PROJECT in text
    assert ZONE in text


@pytest.mark.parametrize("form", [Wrapper.RDFXML, Wrapper.TURTLE, Wrapper.JSONLD])
def test_sparqlwrapper_construct(server, form):
    client = Wrapper.SPARQLWrapper(server.sparql)
    client.setQuery(CONSTRUCT)
    client.setReturnFormat(form)

    found = client.queryAndConvert()

    graph = rdflib.Graph().parse(data=found, format="turtle") if form == Wrapper.TURTLE else found
    assert (
        rdflib.URIRef(PROJECT),
        rdflib.URIRef(BASE + "ontology#locatedIn"),
        rdflib.URIRef(ZONE),
    ) in graph


def test_curl(server):
    done = processes.run(
        ["curl", "-sf", server.sparql, "--data-urlencode", f"query={PATH}"],
        capture_output=True,
        check=True,
    )

    (row,) = json.loads(done.stdout)["results"]["bindings"]
    assert row["zone"]["value"] == ZONE
