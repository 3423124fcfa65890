"""Other people's SPARQL clients as programs: each must find the path from Baidu.

``make clients`` installs them. Without it a test is skipped; in CI it fails.
"""

import contextlib
import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pyoxigraph
import pytest
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import Wrapper

from gbagraph.rdf.namespaces import BASE
from support import CONSTRUCT, PATH, PROJECT, ZONE, RunningServer, eventually, plain_rows, processes
from support.installed import needs, output

JSON = "application/sparql-results+json"
FOUND = [{"project": PROJECT, "zone": ZONE}]
STATED = f"<{PROJECT}> <{BASE}ontology#locatedIn> <{ZONE}> ."
ASK = PATH.replace("SELECT ?project ?zone {", f"ASK {{ FILTER (?zone = <{ZONE}>)")

# Clients send what is longer than an address may be in another way, so the length must be real:
# comments are dropped by some.
OTHERS = " ".join(f"<https://example.org/a-project-of-someone-else/{n}>" for n in range(70))
LONG = PATH.replace("zone {", f"zone {{ VALUES ?project {{ id:apollo-rd-centre {OTHERS} }}")

short_and_long = pytest.mark.parametrize("query", [PATH, LONG], ids=["short", "long"])


def federated(query: str, endpoint: str) -> str:
    """The same question, its pattern asked of *endpoint* by a SERVICE clause."""
    return query.replace("zone {", f"zone {{ SERVICE <{endpoint}> {{") + "}"


def test_the_queries_are_what_the_tests_mean():
    assert len(LONG) > 3 * 1024
    assert "ASK" in ASK
    assert "SERVICE" in federated(LONG, "http://example.org/")


# --- Comunica ------------------------------------------------------------------------------------


def comunica(query: str, form: str, *endpoints: str) -> str:
    needs("comunica-sparql", "node")
    return output("comunica-sparql", *endpoints, "-q", query, "-t", form)


@short_and_long
def test_comunica_select(server, query):
    assert plain_rows(comunica(query, JSON, server.sparql)) == FOUND


def test_comunica_ask(server):
    assert json.loads(comunica(ASK, JSON, server.sparql))["boolean"] is True


def test_comunica_construct(server):
    assert STATED in comunica(CONSTRUCT, "application/n-triples", server.sparql)


@pytest.fixture
def halves(server, tmp_path):
    """Two endpoints: one knows who develops what, the other what is located where."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(half(server, tmp_path, p)) for p in ("develops", "locatedIn")]


def half(server, folder, predicate):
    """A server of its own that has the statements with one predicate, and no others."""
    file = folder / f"{predicate}.nt"
    statements = f"CONSTRUCT WHERE {{ ?s <{BASE}ontology#{predicate}> ?o . ?o a ?kind }}"
    file.write_text(server.ask(statements, "application/n-triples").text)
    return RunningServer("--data", file)


def test_comunica_finds_the_path_over_two_endpoints(halves):
    needs("comunica-sparql", "node")
    assert [one.rows(PATH) for one in halves] == [[], []]

    assert plain_rows(comunica(PATH, JSON, *(one.sparql for one in halves))) == FOUND


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


@short_and_long
def test_jena_service(server, tmp_path, query):
    needs("jena", "java")
    empty = tmp_path / "empty.ttl"
    empty.touch()

    found = output(
        *("jena", "arq.sparql", f"--data={empty}", "--results=json"),
        federated(query, server.sparql),
    )

    assert plain_rows(found) == FOUND


# --- Oxigraph ------------------------------------------------------------------------------------


@short_and_long
def test_oxigraph_service(server, tmp_path, query):
    needs("oxigraph")
    (tmp_path / "empty.nt").touch()
    output("oxigraph", "load", "--location", tmp_path / "db", "--file", tmp_path / "empty.nt")

    found = output(
        *("oxigraph", "query", "--location", tmp_path / "db", "--results-format", "json"),
        *("--query", federated(query, server.sparql)),
    )

    assert plain_rows(found) == FOUND


@short_and_long
def test_pyoxigraph_service(server, query):
    (row,) = pyoxigraph.Store().query(federated(query, server.sparql))

    assert (row["project"].value, row["zone"].value) == (PROJECT, ZONE)


# --- Virtuoso ------------------------------------------------------------------------------------


@short_and_long
def test_virtuoso_service(server, virtuoso, query):
    answer = httpx.post(
        virtuoso.sparql,
        data={"query": federated(query, server.sparql)},
        headers={"Accept": JSON},
        timeout=60,
    )

    assert answer.status_code == 200, answer.text
    assert plain_rows(answer.text) == FOUND


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


@pytest.fixture
def editor(server, chromium):
    """The editor as a first visit finds it."""
    with chromium.open(f"{server.url}/queries") as page:
        page.value("localStorage.clear()")
        page.go(server.sparql)
        ready = "document.documentElement.classList.contains('has-editor')"
        assert eventually(lambda: page.value(ready), 30), "no editor within 30 seconds"
        yield page


QUERY = "document.querySelector('textarea[name=query]')"
BUTTON = "[...document.querySelectorAll('button')].find(it => it.textContent.trim() === 'Run')"
SWITCH = "document.querySelector('#answer a.evidence-switch')"
CELLS = (
    "[...document.querySelectorAll('#answer tbody tr')]"
    ".map(row => [...row.cells].map(cell => [...cell.querySelectorAll('a')]"
    ".map(link => [new URL(link.href).pathname, link.textContent])))"
)
IS_TOLD = "/^Answered/.test(document.querySelector('#editor-tools [role=status]').textContent)"
EXPECTED = [
    [["/id/apollo-rd-centre", "Apollo R&D Centre"]],
    [["/id/knowledge-city", "China-Singapore Guangzhou Knowledge City"]],
]


def rows_after(page, element):
    """What each cell of the answer leads to, and by which words, after a click."""
    before = page.value(CELLS)
    page.click(element)
    assert eventually(lambda: page.value(CELLS) not in ([], before), 30), "no rows in 30 seconds"
    assert eventually(lambda: page.value(IS_TOLD), 30), "the answer never came to rest"
    return page.value(CELLS)


def test_the_query_that_stands_in_the_editor_finds_the_path(editor):
    assert EXPECTED in rows_after(editor, f"({BUTTON})")


def test_a_query_written_into_the_editor_finds_the_path(editor):
    editor.write(QUERY, PATH)

    assert rows_after(editor, f"({BUTTON})") == [EXPECTED]


def test_with_evidence_each_row_leads_to_its_paragraphs(editor):
    editor.write(QUERY, PATH)
    rows_after(editor, f"({BUTTON})")

    ((*values, sources),) = rows_after(editor, SWITCH)

    assert values == EXPECTED
    assert "/article/knowledge-city-3" in [path for path, _ in sources]


# --- Libraries of Python, and curl -----------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_sparqlstore(server, method):
    graph = rdflib.Graph(SPARQLStore(server.sparql, method=method))

    assert [tuple(map(str, row)) for row in graph.query(PATH)] == [(PROJECT, ZONE)]
    assert graph.query(f"ASK {{ <{BASE}id/baidu> ?p ?o }}").askAnswer is True


def test_rdflib_service(server):
    graph = rdflib.Graph()

    pattern = f"<{BASE}id/apollo-rd-centre> <{BASE}ontology#locatedIn> ?o"
    rows = list(graph.query(f"SELECT ?o {{ SERVICE <{server.sparql}> {{ {pattern} }} }}"))

    assert ZONE in [str(row[0]) for row in rows]


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
