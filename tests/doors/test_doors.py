"""One query file, seven doors: by each of them a canned query gives the answer that is expected."""

import html
import json
import re
import sys

import pyoxigraph as ox
import pytest
from openapi_spec_validator import validate

import gbagraph
from gbagraph.queries.catalog import all_queries
from gbagraph.queries.parse import parse
from gbagraph.rdf.namespaces import BASE, declarations
from support import file_with, ok, processes
from support.queries import sample_query

QUERIES = list(all_queries().values())
JSON = "application/sparql-results+json"
OWN_MODULE = r'<script type="module" src="/static/[\w.-]+"(?: data-[^>]*)?></script>'


def rows(results):
    """Results as they are compared: true or false, or the rows in order."""
    found = results if isinstance(results, dict) else json.loads(results)
    found.get("head", {}).pop("link", None)
    if "boolean" in found:
        return found["boolean"]
    return found["head"]["vars"], found["results"]["bindings"]


@pytest.fixture(scope="module")
def described(server):
    """The text of each query as RDF has it, by the query that the SIB's tools send."""
    asked = """SELECT DISTINCT ?sq ?comment ?query WHERE {
        ?sq a sh:SPARQLExecutable ; rdfs:comment ?comment ;
            sh:select|sh:ask|sh:construct|sh:describe ?query . } ORDER BY ?sq"""
    # They find none in the default graph, and ask the service description.
    assert server.rows(declarations() + asked) == []
    found = server.turtle().query(declarations() + asked)
    return {str(row.sq).removeprefix(f"{BASE}query/"): row.asdict() for row in found}


@pytest.fixture(scope="module")
def api(server):
    found = server.client.get("/openapi.json").json()
    validate(found)
    return found["paths"]


class Door:
    """The ways to an answer, each as a stranger goes it."""

    def __init__(self, server, described, api, tmp_path):
        self.server, self.described, self.api, self.folder = server, described, api, tmp_path

    def sparql(self, query):
        return self._asked(query.bind(query.examples.items()))

    def rdf(self, query):
        path = file_with(self.folder / f"{query.name}.rq", self.described[query.name]["query"])
        return self._asked(parse(path).bind(query.examples.items()))

    def rest(self, query):
        operation = self.api[f"/queries/{query.name}"]["get"]
        examples = {
            row["name"]: str((row["schema"].get("examples") or [row["schema"].get("default")])[0])
            for row in operation["parameters"]
            if row["name"] in query.names
        }
        given = {name: value for name, value in examples.items() if value != "None"}
        found = self.server.client.get(
            f"/queries/{query.name}", params=given, headers={"Accept": JSON}
        )
        return found.content

    def form(self, query):
        """The answer to what the form sends: what each of its fields has, the empty ones as well."""
        page = self.server.client.get(f"/queries/{query.name}", headers={"Accept": "text/html"})
        fields = re.findall(
            r'<input[^>]* name="([^"]+)" value="([^"]*)" type="(?!checkbox)', page.text
        )
        for name, options in re.findall(
            r'<select[^>]* name="([^"]+)">(.*?)</select>', page.text, re.S
        ):
            chosen = re.findall(r'<option value="([^"]*)" selected>', options)
            fields += [(name, value) for value in chosen or [""]]
        assert {name for name, _ in fields} == query.names
        sent = [(name, html.unescape(value)) for name, value in fields]
        again = ok(
            self.server.client.get(
                f"/queries/{query.name}", params=sent, headers={"Accept": "text/html"}
            )
        )
        self._same_page(page.text, again.text)
        found = self.server.client.get(
            f"/queries/{query.name}", params=sent, headers={"Accept": JSON}
        )
        return found.content

    @staticmethod
    def _same_page(one, other):
        answers = [
            re.search(r'<section id="answer".*?</section>', text, re.S)[0] for text in (one, other)
        ]
        assert '<h2 id="answer-title">Answer</h2>' in answers[0]
        assert answers[0] == answers[1]

    def python(self, query):
        with gbagraph.connect(self.server.url) as graph:
            answer = graph.run(query.name, **{f"{n}_": v for n, v in query.examples.items()})
            return answer.serialize(format=ox.QueryResultsFormat.JSON)

    def _asked(self, text):
        found = self.server.client.post("/sparql", data={"query": text}, headers={"Accept": JSON})
        return found.content


@pytest.fixture
def door(server, described, api, tmp_path):
    return Door(server, described, api, tmp_path)


@sample_query
def test_all_doors_are_equal(query, door):
    expected = rows(query.expected.read_text(encoding="utf-8"))
    answers = {
        "SPARQL": door.sparql(query),
        "RDF": door.rdf(query),
        "REST": door.rest(query),
        "form": door.form(query),
        "Python": door.python(query),
        "test": query.expected.read_bytes(),
    }

    equal = {name: rows(answer) == expected for name, answer in answers.items()}

    assert equal == dict.fromkeys(answers, True)


@pytest.mark.processes
@pytest.mark.parametrize("name", ["is-in", "names-in-languages"])
def test_a_query_by_the_command_line(name):
    query = all_queries()[name]
    given = [f"{key}={value}" for key, value in query.examples.items()]
    done = processes.run(
        [sys.executable, "-m", "gbagraph", "run", name, *given, "-f", "json"],
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )

    assert rows(done.stdout) == rows(query.expected.read_text(encoding="utf-8"))


def test_every_query_is_an_operation_with_its_parameters(api):
    assert {path.removeprefix("/queries/") for path in api} == set(all_queries())
    for query in QUERIES:
        given = {row["name"]: row for row in api[f"/queries/{query.name}"]["get"]["parameters"]}
        assert query.names <= given.keys()
        for row in query.parameters:
            assert given[row.name]["required"] == (row.required and row.default is None)
            assert given[row.name]["description"].startswith(row.description)


def test_the_values_of_a_parameter_that_a_query_finds_are_in_the_document(api):
    (zone,) = (
        row for row in api["/queries/planned-roles"]["get"]["parameters"] if row["name"] == "zone"
    )

    assert "knowledge-city" in zone["schema"]["enum"]
    assert "Knowledge City" in zone["schema"]["x-labels"]["knowledge-city"]


def test_the_examples_are_at_their_well_known_address(server, described):
    found = ok(server.client.get("/.well-known/sparql-examples", headers={"Accept": "text/turtle"}))

    assert found.text.count("sh:SPARQLExecutable") == len(QUERIES)
    assert set(described) == set(all_queries())
    page = server.client.get("/.well-known/sparql-examples", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, "/queries")


def test_the_iri_of_a_query_leads_to_its_page_and_its_description(server):
    address = "/query/timeline"
    page = server.client.get(address, headers={"Accept": "text/html"}, follow_redirects=True)
    turtle = server.client.get(address, headers={"Accept": "text/turtle"}, follow_redirects=True)

    assert "<h1>What happens when?</h1>" in page.text
    assert "sh:SPARQLSelectExecutable" in turtle.text


def test_the_page_of_the_interface_names_every_query(server):
    page = server.page("/openapi")

    assert all(f"GET /queries/{query.name}<" in page for query in QUERIES)
    assert page.count("<script") == len(re.findall(OWN_MODULE, page)) == 1
