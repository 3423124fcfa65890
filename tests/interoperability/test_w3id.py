"""The redirects for w3id.org lead every IRI of ours to the running server, through a real Apache."""

import contextlib
import json
import shutil
import tempfile
from pathlib import Path

import httpx
import pytest
import rdflib

from gbagraph.features.site.places import Link, Places
from gbagraph.features.site.variants import Variants
from gbagraph.rdf.namespaces import BASE
from support import ROOT, ok, plain_rows
from support.installed import apache, needs, output

FOLDER = ROOT / "w3id" / "gbagraph"
PLACEHOLDER = "https://gbagraph.example.org"
RULES = (FOLDER / ".htaccess").read_text()

SITE = """
DocumentRoot {folder}/htdocs
<Directory {folder}/htdocs>
  AllowOverride All
  Require all granted
</Directory>
"""
TYPES = {
    "text/turtle": "text/turtle; charset=utf-8",
    "application/ld+json": "application/ld+json",
    "application/rdf+xml": "application/rdf+xml",
    "application/n-triples": "application/n-triples",
    "text/html": "text/html; charset=utf-8",
}


@contextlib.contextmanager
def running(rules):
    """Run an Apache with our folder as w3id.org has it, with these *rules*; give its address."""
    needs("apache2")
    # Not tmp_path: Apache, started by root, serves as another user, who may not look into it.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        target = folder / "htdocs" / "gbagraph"
        target.mkdir(parents=True)
        shutil.copy(FOLDER / "README.md", target)
        (target / ".htaccess").write_text(rules)
        with apache(folder, SITE.format(folder=folder)) as url:
            yield url


@pytest.fixture(scope="module")
def w3id(server):
    """Where the host is the running server."""
    with running(RULES.replace(PLACEHOLDER, server.url)) as url:
        yield url


@pytest.fixture(scope="module")
def client(w3id):
    with httpx.Client(base_url=f"{w3id}/gbagraph/", timeout=60) as client:
        yield client


def follow(client, path, accept="*/*", **options):
    return client.get(path, headers={"Accept": accept}, follow_redirects=True, **options)


def test_the_host_is_one_line():
    assert RULES.count(PLACEHOLDER) == 1
    assert "example.org" in (FOLDER / "README.md").read_text()


@pytest.mark.parametrize("accept", TYPES)
@pytest.mark.parametrize(
    "path", ["id/baidu", "claim/article-title", "article/title", "dataset", "ontology"]
)
def test_an_iri_leads_to_the_format_that_is_accepted(client, path, accept):
    response = ok(follow(client, path, accept))

    assert response.headers["Content-Type"] == TYPES[accept]
    if accept != "text/html":
        data = rdflib.Graph().parse(data=response.text, format=accept)
        assert (rdflib.URIRef(BASE + path), None, None) in data


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("id/baidu", 303),
        ("claim/article-title", 303),
        ("article/title", 303),
        ("dataset", 303),
        ("dataset/prefix/gba", 303),
        ("ontology", 302),
        ("ontology/0.1.0", 302),
        ("ontology.ttl", 302),
        ("shapes", 302),
        ("graph/article", 302),
        ("dumps/gbagraph.nq", 302),
        ("queries/zones-by-area", 302),
        ("", 302),
        ("sparql", 307),
        ("graphs", 307),
        ("versions/0.2.0/sparql", 307),
    ],
)
def test_the_first_step_has_its_status_and_keeps_the_path(client, server, path, status):
    response = client.get(path)

    assert response.status_code == status
    assert response.headers["Location"] == f"{server.url}/{path}"
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_every_route_is_reached(client):
    for path in ("", "queries", "prefixes", ".well-known/void", "graph/shapes", "dumps/meta.ttl"):
        assert follow(client, path).status_code == 200, path


def test_the_folder_without_its_slash(w3id):
    assert httpx.get(f"{w3id}/gbagraph", follow_redirects=True, timeout=60).is_success


def test_a_term_is_found_in_the_document_at_the_end(client):
    response = follow(client, "ontology#City", "text/turtle")

    data = rdflib.Graph().parse(data=response.text, format="turtle")
    assert (rdflib.URIRef(f"{BASE}ontology#City"), rdflib.RDF.type, rdflib.OWL.Class) in data


@pytest.mark.parametrize("path", ["graph/article", "dumps/article.nt"])
def test_a_graph_arrives_whole(client, graph, path):
    text = follow(client, path, "application/n-triples").text

    assert len(text.splitlines()) == graph.description.graphs[f"{BASE}graph/article"]


QUERY = 'SELECT ?name { BIND ("100 % & ü ? # +" AS ?name) }'
ANSWER = [{"name": "100 % & ü ? # +"}]


FORM = {"data": {"query": QUERY}}
DIRECT = {"content": QUERY.encode(), "headers": {"Content-Type": "application/sparql-query"}}


@pytest.mark.parametrize(
    ("method", "sent"),
    [
        pytest.param("GET", {"params": {"query": QUERY}}, id="address"),
        *(pytest.param(method, FORM, id=f"{method}, form") for method in ("POST", "QUERY")),
        *(pytest.param(method, DIRECT, id=f"{method}, direct") for method in ("POST", "QUERY")),
    ],
)
def test_a_query_arrives(client, method, sent):
    response = client.request(method, "sparql", follow_redirects=True, **sent)

    assert response.history[0].status_code == 307
    assert plain_rows(response.text) == ANSWER


def test_a_canned_query_with_parameters(client):
    response = follow(client, "queries/is-in?inner=apollo-rd-centre&outer=china&format=json")

    assert json.loads(response.text)["boolean"] is True


@pytest.mark.parametrize(
    "name",
    ["no-such-thing", "a%20b", "%E5%B9%BF%E5%B7%9E", "a%25b", "a+b&c=d;e", "a%23b", "~'(x)!"],
)
def test_names_arrive_as_they_were_written_and_what_is_unknown_is_not_found(client, server, name):
    target = httpx.URL(client.get(f"id/{name}").headers["Location"])
    assert target.path == httpx.URL(f"{server.url}/id/{name}").path
    assert not target.query
    assert not target.fragment
    assert follow(client, f"id/{name}").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/evil.example", "//evil.example/x", "https://evil.example/", "@evil.example", "id/a%3Fb=c"],
)
def test_nobody_is_led_elsewhere(w3id, server, path):
    response = httpx.get(f"{w3id}/gbagraph/{path}", timeout=60)

    if response.is_redirect:
        assert httpx.URL(response.headers["Location"]).netloc == httpx.URL(server.url).netloc
    else:
        assert response.status_code in {403, 404}


def test_jena_federates_through_the_iri_of_the_endpoint(client, tmp_path):
    needs("jena", "java")
    empty = tmp_path / "empty.ttl"
    empty.touch()
    pattern = f"<{BASE}id/baidu> <{rdflib.RDFS.label}> ?name"
    query = f"SELECT ?name {{ SERVICE <{client.base_url.join('sparql')}> {{ {pattern} }} }}"

    text = output("jena", "arq.sparql", f"--data={empty}", "--results=csv", query)

    assert "Baidu" in text.split()


@pytest.mark.processes
def test_a_host_of_files_gets_their_suffixes():
    asked = {
        ("id/baidu", "text/turtle"): "doc/id/baidu.ttl",
        ("id/baidu", "text/html, */*"): "id/baidu",
        ("ontology", "application/ld+json"): "ontology.jsonld",
        ("ontology/0.2.0", "application/rdf+xml"): "doc/ontology/0.2.0.ttl",
        ("claim/article-title", "application/ld+json"): "doc/claim/article-title.ttl",
        ("dataset", "application/n-triples"): "doc/dataset.ttl",
        ("graph/article", "application/n-triples"): "dumps/article.nt",
        ("sparql", "text/turtle"): "sparql",
    }
    places = Places("http://h", ["en"], (), Variants().path, has_things=True)
    with running(RULES.replace("KIND:server", "KIND:files")) as url:
        for (path, accept), target in asked.items():
            answer = httpx.get(f"{url}/gbagraph/{path}", headers={"Accept": accept}, timeout=60)
            assert answer.headers["Location"] == f"{PLACEHOLDER}/{target}", accept
            assert not places.is_left_out(Link(f"/{target}", "", "en")), target
