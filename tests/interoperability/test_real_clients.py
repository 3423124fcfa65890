"""Other people's SPARQL clients as programs: each must find the path from Baidu.

``make clients`` installs them. Without it a test is skipped; in CI it fails. Those that call others by
SERVICE are in ``test_federation_matrix``.
"""

import json
import os
import subprocess

import pytest
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import Wrapper

from gbagraph.rdf.namespaces import BASE
from support import CONSTRUCT, PATH, PROJECT, ROOT, ZONE, plain_rows, processes
from support.examples import examples
from support.installed import needs, output

MANUAL = ROOT / "docs" / "first-test.md"
JSON, NT = "application/sparql-results+json", "application/n-triples"
FOUND = [{"project": PROJECT, "zone": ZONE}]
STATED = f"<{PROJECT}> <{BASE}ontology#locatedIn> <{ZONE}> ."
ASK = PATH.replace("SELECT ?project ?zone {", f"ASK {{ FILTER (?zone = <{ZONE}>)")

# Clients send what is longer than an address may be in another way, so the length must be real:
# comments are dropped by some.
OTHERS = " ".join(f"<https://example.org/a-project-of-someone-else/{n}>" for n in range(70))
LONG = PATH.replace("zone {", f"zone {{ VALUES ?project {{ id:apollo-rd-centre {OTHERS} }}")

# --- Programs ------------------------------------------------------------------------------------


def comunica(endpoint: str, query: str, form: str) -> str:
    needs("comunica-sparql", "node")
    return output("comunica-sparql", endpoint, "-q", query, "-t", form)


def jena(endpoint: str, query: str, form: str) -> str:
    """It offers to upgrade to HTTP/2 where it sends a long query by POST."""
    needs("jena", "java")
    name = {JSON: "json", NT: "nt"}[form]
    return output("jena", "arq.rsparql", f"--service={endpoint}", f"--results={name}", query)


each_program = pytest.mark.parametrize(
    "ask", [comunica, pytest.param(jena, marks=pytest.mark.matrix)]
)


@pytest.mark.parametrize(
    ("ask", "query"),
    [
        pytest.param(comunica, PATH, id="comunica, short"),
        pytest.param(jena, LONG, id="jena, long"),
        pytest.param(comunica, LONG, id="comunica, long", marks=pytest.mark.matrix),
        pytest.param(jena, PATH, id="jena, short", marks=pytest.mark.matrix),
    ],
)
def test_a_program_selects(server, ask, query):
    assert plain_rows(ask(server.sparql, query, JSON)) == FOUND


@each_program
def test_a_program_asks(server, ask):
    assert json.loads(ask(server.sparql, ASK, JSON))["boolean"] is True


@each_program
def test_a_program_constructs(server, ask):
    assert STATED in ask(server.sparql, CONSTRUCT, NT)


# --- Libraries of Python, and curl -----------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_sparqlstore(server, method):
    graph = rdflib.Graph(SPARQLStore(server.sparql, method=method))

    assert [tuple(map(str, row)) for row in graph.query(PATH)] == [(PROJECT, ZONE)]
    assert graph.query(f"ASK {{ <{BASE}id/baidu> ?p ?o }}").askAnswer is True


def wrapped(server, query, form, method=Wrapper.GET, request_method=Wrapper.URLENCODED):
    """What SPARQLWrapper makes of an answer."""
    client = Wrapper.SPARQLWrapper(server.sparql)
    client.setQuery(query)
    client.setMethod(method)
    client.setRequestMethod(request_method)
    client.setReturnFormat(form)
    return client.queryAndConvert()


@pytest.mark.parametrize(
    ("method", "request_method"),
    [
        (Wrapper.GET, Wrapper.URLENCODED),
        (Wrapper.POST, Wrapper.URLENCODED),
        (Wrapper.POST, Wrapper.POSTDIRECTLY),
    ],
)
def test_sparqlwrapper_json(server, method, request_method):
    found = wrapped(server, PATH, Wrapper.JSON, method, request_method)

    assert plain_rows(json.dumps(found)) == FOUND


@pytest.mark.parametrize("form", [Wrapper.XML, Wrapper.CSV, Wrapper.TSV])
def test_sparqlwrapper_other_formats(server, form):
    found = wrapped(server, PATH, form)

    text = found.toxml() if form == Wrapper.XML else found.decode()
    assert PROJECT in text
    assert ZONE in text


@pytest.mark.parametrize("form", [Wrapper.RDFXML, Wrapper.TURTLE, Wrapper.JSONLD])
def test_sparqlwrapper_construct(server, form):
    found = wrapped(server, CONSTRUCT, form)

    graph = rdflib.Graph().parse(data=found, format="turtle") if form == Wrapper.TURTLE else found
    assert STATED in graph.serialize(format="nt")


def test_curl(server):
    done = processes.run(
        ["curl", "-sf", server.sparql, "--data-urlencode", f"query={PATH}"],
        capture_output=True,
        check=True,
    )

    (row,) = json.loads(done.stdout)["results"]["bindings"]
    assert row["zone"]["value"] == ZONE


@pytest.mark.matrix
def test_r(server, tmp_path):
    """What the manual shows; that a wrong number ends it with 1, too."""
    needs("Rscript")
    (text,) = [each.text for each in examples(MANUAL) if each.language == "r"]
    (tmp_path / "zones.R").write_text(text)
    (tmp_path / "wrong.R").write_text(text.replace("123", "124"))
    codes = [
        processes.run(
            ["Rscript", tmp_path / name],
            env={**os.environ, "GRAPH": server.url},
            stderr=subprocess.DEVNULL,
        ).returncode
        for name in ("zones.R", "wrong.R")
    ]

    assert codes == [0, 1]
