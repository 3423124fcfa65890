"""Canned queries in a site of files: bound, answered and refused as by a server."""

import itertools
import json
import os
import shutil
import sys
from random import Random

import pytest

from gbagraph.errors import GbaGraphError
from gbagraph.features.site.questions import described
from gbagraph.queries.catalog import all_queries
from gbagraph.rdf import namespaces
from gbagraph.settings import Settings
from support import RunningServer, processes, questions
from support.browser import until
from support.installed import cannot_run, needs
from support.node import evaluated
from support.queries import SAMPLE_QUERIES
from support.questions import given, requests, written
from support.static_host import StaticHost

pytestmark = pytest.mark.processes

DATA = """
PREFIX : <https://x.example/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
:ann a :Person ; rdfs:label "Ann"@en, "安"@zh-hans ; :born 1990 ; :knows :bob, :cy .
:bob a :Person ; rdfs:label "Bob"@en ; :born 1980 ; :knows :cy .
:cy a :Person ; rdfs:label "Cy, \\"the\\" =third"@en ; :born 2000 .
:dee a :Person ; rdfs:label "Cy"@en ; :born 1970 .
"""
HEAD = "PREFIX : <https://x.example/>\nPREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
QUERIES = {
    "people": f"""#+ summary: Who is there?
#+ pagination: 2
#+ defaults:
#+   - least: 1975
#+ enumerate:
#+   - year: [1980, 1990]
{HEAD}SELECT ?person ?name ?born {{
  ?person a :Person ; rdfs:label ?name ; :born ?born .
  FILTER (?born >= ?_least_integer && COALESCE(?born IN (?__year_integer_list), true))
  FILTER (COALESCE(sameTerm(?person, ?__who_iri), true) && LANG(?name) = "en")
}} ORDER BY ?born""",
    "numbers": f"""#+ summary: How many know somebody?
{HEAD}SELECT ?person (COUNT(?other) AS ?known) {{ ?person :knows ?other }}
GROUP BY ?person ORDER BY ?person""",
    "about": f"""#+ summary: What is known of somebody?
#+ values:
#+   - who:
#+       query: people
#+       value: person
{HEAD}CONSTRUCT {{ ?_who_iri ?p ?o }} {{ ?_who_iri ?p ?o }}""",
    "knows": f"""#+ summary: Do they know each other?
{HEAD}ASK {{ ?_who_iri :knows ?_whom_iri }}""",
    "named": f"""#+ summary: Who is called so?
{HEAD}SELECT * {{ ?person rdfs:label ?_name_en }}""",
    "far": """#+ summary: What does another say?
SELECT ?x { SERVICE <https://far.example/sparql> { ?x ?y ?z } }""",
}
ASKED = (
    *(
        "people",
        "people?limit=1",
        "people?limit=9",
        "people?who=Ann&least=1",
        "people?who=%E5%AE%89",
    ),
    *("people?who=nobody", "people?who=Cy", "people?who=bo", "people?year=1990&year=1980&limit=5"),
    *(
        "people?year=1991",
        "people?least=x",
        "people?least=1&least=2",
        "people?least=",
        "people?year=",
    ),
    *(
        "people?nope=1",
        "people?filter=name~O&sort=-born",
        "people?filter=born%3E=1990",
        "people?sort=x",
    ),
    *("people?labels=zh-hans,en", "people?labels=!", "people?infer=perhaps", "people?limit=-1"),
    *(
        "numbers",
        "numbers?filter=known%3E1",
        "numbers?sort=-known,person",
        "numbers?filter=known%3E9",
    ),
    *(
        "about",
        "about?who=bob",
        "about?who=dee",
        "about?who=<ann>",
        "about?who=Bob",
        "about?limit=1",
    ),
    *("knows", "knows?who=ann&whom=cy", "knows?who=bob&whom=ann", "knows?who=1&whom=:"),
    *("knows?who=ann&whom=cy&evidence=true", "people?evidence=perhaps", "named?name=Ann", "named"),
    *("named?name=Zed", "named?name=Ann&sort=person", "peeple", "the-people", "xyz"),
)
IN_ALL_FORMATS = ("people", "people?who=dee", "about?who=bob", "knows?who=ann&whom=cy")
FORMATS = ("", "srj", "srx", "csv", "tsv", "records", "md", "ttl", "rdf", "boolean", "nothing")
BATCH = """
const site = await module.open(given.folder, "http://x.example/"), found = {};
for (const address of given.addresses) {
  const response = await site.respond(new Request(`http://x.example/${address}`));
  const headers = given.headers.map((name) => response.headers.get(name));
  found[address] = [response.status, headers, Buffer.from(await response.arrayBuffer()).toString()];
}
return found;
"""
HEADERS = ("content-type", "content-disposition", "link")
BOUND = """
const attempt = (name, pairs) => {
  const { text, references } = module.bound(given.questions[name], pairs, given.settings);
  return [text, references.map((row) => [row.parameter, row.value, row.term, row.among, row.column])];
};
return given.cases.map(([name, pairs]) => {
  try { return attempt(name, pairs); } catch (error) { return [error.name, error.message, error.more]; }
});
"""


def bound_by_server(name, pairs):
    try:
        text, references = all_queries()[name].bind_references(pairs)
    except GbaGraphError as problem:
        return [problem.name, problem.message, problem.details]
    return [text, [[*reference] for reference in references]]


@pytest.mark.parametrize("names", [SAMPLE_QUERIES, pytest.param(None, marks=pytest.mark.matrix)])
def test_values_are_bound_as_on_the_server(names):
    needs("node")
    queries = [row for row in all_queries().values() if names is None or row.name in names]
    cases = [(query.name, pairs) for query in queries for pairs in given(query, Random(2))]
    settings = {
        "things": namespaces.things(),
        "relative_to": namespaces.base_iri(),
        "prefixes": dict(namespaces.prefixes()),
    }
    questions = {row["name"]: row for row in described()}

    found = evaluated(
        "binding.js", BOUND, {"cases": cases, "questions": questions, "settings": settings}
    )

    assert found == json.loads(json.dumps([bound_by_server(*case) for case in cases]))


def by_site(folder, addresses):
    """What the site in a folder answers: status, header fields, body."""
    module = str(folder / "endpoint" / "endpoint.js")
    asked = {"folder": str(folder), "addresses": list(addresses), "headers": HEADERS}
    return {name: comparable(*row) for name, row in evaluated(module, BATCH, asked).items()}


def by_server(server, addresses):
    """What a server answers at these addresses."""
    answers = {address: server.client.get(f"/{address}") for address in addresses}
    return {
        name: comparable(
            row.status_code, [row.headers.get(n) for n in HEADERS], row.content.decode()
        )
        for name, row in answers.items()
    }


def comparable(status, headers, body):
    """An answer to the byte; of an error, what its document says."""
    return status, tuple(headers), body if status == 200 else json.loads(body)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Data and canned queries of others, and what names them to a command."""
    return questions.project(tmp_path_factory.mktemp("project"), DATA, QUERIES)


@pytest.fixture(scope="module")
def project_server(project):
    options = ("--data", *project.data, "--queries", project.queries, "--base", project.base)
    with RunningServer(*options) as running:
        yield running


@pytest.fixture(scope="module")
def project_site(project, tmp_path_factory):
    return written(project, tmp_path_factory.mktemp("site"))


def test_questions_of_others_are_answered_as_by_their_server(project_server, project_site):
    in_all = [(address, name) for address in IN_ALL_FORMATS for name in FORMATS]
    asked = [*in_all, *zip(ASKED, itertools.cycle(FORMATS))]
    addresses = [
        f"queries/{each}{'&' if '?' in each else '?'}format={name}" for each, name in asked
    ]

    assert by_site(project_site, addresses) == by_server(project_server, addresses)


def test_what_needs_a_server_is_refused(project_site):
    addresses = ["queries/far", "queries/people?evidence=true", "queries/people?evidence=brief"]
    addresses.append("queries?q=who")

    found = by_site(project_site, addresses).values()

    assert [(status, body["type"].rpartition("/")[2]) for status, _, body in found] == [
        (501, "engine-unsupported")
    ] * 4


def test_an_answer_that_is_a_file_needs_no_engine(project_site, tmp_path):
    folder = tmp_path / "site"
    shutil.copytree(project_site, folder)
    for path in (folder / "endpoint").glob("*.lzma"):
        if path.name != "questions.json.lzma":
            path.unlink()
    files = (
        "numbers.csv",
        "knows.srj",
        "numbers.evidence.srj",
        "about/who=~3Aann.ttl",
        "numbers.md.md",
    )
    for name in files:
        (folder / "queries" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "queries" / name).write_text(f"The file {name}.")
    asked = ["numbers?format=csv", "numbers?format=csv&infer=false", "people?format=csv"]
    asked += ["numbers?format=srj&evidence=true", "about?who=:ann&format=ttl"]
    asked += ["numbers?format=srj&evidence=brief"]

    found = by_site(folder, [f"queries/{address}" for address in asked]).values()

    assert [body if status == 200 else status for status, _, body in found] == [
        *("The file numbers.csv.", 503, 503),
        *("The file numbers.evidence.srj.", "The file about/who=~3Aann.ttl.", 501),
    ]


EXAMPLE = """
import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./site/endpoint/endpoint.js";

const site = await open("site");

test("two people were born since 1985", async () => {
  const request = new Request("http://localhost/queries/people?least=1985&format=records");
  const people = await (await site.respond(request)).json();
  assert.deepEqual(people.map(({ born }) => born), [1990, 2000]);
});
"""


def test_a_test_in_node_asks_the_folder(project_site, tmp_path):
    (tmp_path / "site").symlink_to(project_site)
    (tmp_path / "people.test.mjs").write_text(EXAMPLE)

    done = processes.run(["node", "--test"], cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout
    assert "# pass 1" in done.stdout


ENGINE_OF_BROWSERS = "0.5.11"
"""The release of Oxigraph that npm has; PyPI has a later one, which servers use."""


class _OtherEngine(RunningServer):
    """A server with another release of Oxigraph than is installed, from a folder."""

    def __init__(self, folder, *options):
        super().__init__(*options)
        self.environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}


@pytest.fixture(scope="module")
def article_site(tmp_path_factory):
    return written(Settings(), tmp_path_factory.mktemp("article"), versions=["0.3.0"])


@pytest.fixture(scope="module", params=[ENGINE_OF_BROWSERS, "installed"])
def any_server(request, tmp_path_factory):
    """A server with the release of Oxigraph that browsers have, and with that of servers."""
    if request.param == "installed":
        with RunningServer() as running:
            yield running
        return
    folder = tmp_path_factory.mktemp("engine")
    wanted = f"pyoxigraph=={request.param}"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder]
    done = processes.run([*pip, wanted], capture_output=True, text=True)
    if done.returncode:
        cannot_run(f"{wanted} cannot be had: {done.stderr.strip()}")
    with _OtherEngine(folder) as running:
        yield running


@pytest.mark.matrix
def test_all_canned_queries_are_answered_as_by_a_server(any_server, article_site):
    addresses = [asked.address for asked in requests()]

    assert by_site(article_site, addresses) == by_server(any_server, addresses)


SLOW = {"open-lists": "Oxigraph 0.5.11 takes 12 s for it on that data, a later one 0.1 s"}


@pytest.mark.matrix
def test_canned_queries_of_an_earlier_version_are_answered_as_by_a_server(server, article_site):
    every = [asked for asked in requests() if not asked.given and asked.name not in SLOW]
    asked = [row.address for row in every if row.format in ("srj", "csv", "boolean")]
    addresses = [f"versions/0.3.0/{address}" for address in asked]

    found, expected = by_site(article_site, addresses), by_server(server, addresses)

    # A server also says in a header field where other versions are.
    assert {name: row[::2] for name, row in found.items()} == {
        name: row[::2] for name, row in expected.items()
    }


PAGE = """<!doctype html><html lang="en"><head><title>Page</title>
<script defer src="boot.js" data-root="" data-file="A file."></script></head><body></body></html>
"""
FETCHED = """(async () => {{
  const found = {{}}, read = new TextDecoder("utf-8", {{ ignoreBOM: true }});
  for (const address of {addresses}) {{
    const response = await fetch(address), headers = {headers}.map((name) => response.headers.get(name));
    found[address] = [response.status, headers, read.decode(await response.arrayBuffer())];
  }}
  return found;
}})()"""


@pytest.fixture
def page(chromium, article_site):
    """A page of the site in a browser, on a host of files, once its service worker answers."""
    (article_site / "index.html").write_text(PAGE)
    with StaticHost(article_site) as host, chromium.open(f"{host.url}/") as tab:
        until(tab, "navigator.serviceWorker.controller")
        yield tab


@pytest.mark.matrix
def test_a_page_gets_the_bytes_of_a_server(page, server):
    addresses = [
        row.address for row in requests() if not row.given and row.format in ("srj", "csv")
    ]
    script = FETCHED.format(addresses=json.dumps(addresses), headers=json.dumps(HEADERS))

    found = {name: comparable(*row) for name, row in page.value(script).items()}

    assert found == by_server(server, addresses)


@pytest.mark.matrix
def test_a_slip_in_the_name_of_a_query_is_told_as_by_a_server(server, article_site):
    names = ["bilders", "zones-by-aria", "names-of-wikidata", "x", "in", "milestone", "city"]
    addresses = [f"queries/{name}?format=csv" for name in names]

    assert by_site(article_site, addresses) == by_server(server, addresses)
