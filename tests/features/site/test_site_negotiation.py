"""The endpoint in browsers chooses formats as the server does."""

import pytest

from gbagraph.errors import GbaGraphError
from gbagraph.features.site.offers import tables
from gbagraph.rdf.formats import GRAPH, HTML
from gbagraph.sparql import negotiation
from support.installed import needs
from support.node import evaluated

HEADERS = [
    *("", "*/*", "*", "text/csv", "TEXT/CSV", "text/*", "text/csv; charset=utf-8", "image/png"),
    *("text/csv;q=0.5, text/tab-separated-values", "*/*, text/csv;q=0.1", "*/*;q=0", ";;;", ", ;"),
    *("application/json", "application/ld+json;q=1.000, text/turtle;q=.9", "text/csv;q=2"),
    "*/*, application/sparql-results+json;q=0",
    'text/csv;x="a,b;c"',
    'text/csv;q=0.1;x="a,b", application/sparql-results+xml',
    'text/csv;x="never closed, text/turtle',
    "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "application/rdf+xml, application/sparql-results+xml",
    "text/csv;q=, text/csv;;q=0.5;",
    "text/plain;q=0.3, */turtle, a/b/c, text/x\u00e9",
    "text/n3;q=0.9,application/n-quads;q=0.9,application/x-ndjson;q=0.9",
]
NAMES = ["csv", "CSV", "json", "xml", "records", "ttl", "csv-bom", "html", "htm", "text/csv;x=1"]
NAMES += ["nothing,tsv", "turtle", "application/json", "'\"\\", "html-table", "jsonl", "markdown"]
CASES = [(accept, ()) for accept in HEADERS] + [("*/*", (name,)) for name in NAMES]
CASES += [
    ("*/*", ("csv", "ttl")),
    ("text/csv", ("", "xml")),
    ("image/png", ("text/turtle", "json")),
]

SCRIPT = """
const attempt = (made) => {
  try { return made(); } catch ({ name, message, more }) { return [name, message, more]; }
};
const offers = [...given.tables.graph, module.HTML];
return given.cases.map(([accept, requested]) => [
  attempt(() => Object.fromEntries(Object.entries(module.resultFormats(given.tables, accept, requested))
    .map(([kind, offer]) => [kind, offer.media_type]))),
  attempt(() => module.choose(accept, offers, requested, "a document").media_type),
  module.prefersPage(given.tables, accept, requested),
  module.prefersPage(given.tables, accept, requested, true),
]);
"""


def attempt(made):
    try:
        return made()
    except GbaGraphError as problem:
        return [problem.name, problem.message, problem.details]


def by_server(accept, requested):
    offers = (*GRAPH, HTML)
    return [
        attempt(lambda: negotiation.formats(accept, requested, evidence=False)),
        attempt(lambda: negotiation.choose(accept, offers, requested, "a document").media_type),
        negotiation.prefers_page(accept, requested),
        negotiation.prefers_page(accept, requested, is_bare=True),
    ]


@pytest.mark.processes
def test_formats_are_chosen_as_by_the_server():
    needs("node")

    found = evaluated("negotiation.js", SCRIPT, {"tables": tables(), "cases": CASES})

    assert found == [by_server(*case) for case in CASES]


FEW = [
    ("*/*", "", "not-found", ["thing.ttl", "thing/index.html", "doc/thing.ttl"]),
    ("*/*", "doc/thing.ttl", 303, ["thing.ttl", "thing/index.html", "doc/thing.ttl"]),
    ("application/n-triples, */*;q=0.1", "thing.ttl", 200, ["thing.ttl", "thing.nt"]),
    ("application/n-triples", "thing.nt", 200, ["thing.nt"]),
]
"""What is accepted, the file that there is, what is answered, what the host is asked for."""
LOOKED_FOR = """
const base = new URL("http://x.example/a/"), url = new URL("thing", base), request = new Request(url);
const settings = async () => ({ formats: given.tables, left_out: [], iri_base: "" });
return Promise.all(given.cases.map(async ([accept, there]) => {
  const paths = [];
  const read = async (path) => {
    paths.push(path);
    return new Response("", { status: path === there ? 200 : 404 });
  };
  const site = { base, settings, read }, asked = { url, path: "/thing", accept, request };
  const { status } = await module.file(site, asked)
    .catch(({ name }) => ({ status: name }));
  return [accept, there, status, paths];
}));
"""


@pytest.mark.processes
def test_a_host_is_asked_for_few_files():
    needs("node")

    found = evaluated("files.js", LOOKED_FOR, {"tables": tables(), "cases": FEW})

    assert found == [list(case) for case in FEW]


ACCEPTED = {
    "text/html": False,
    "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8": False,
    "text/html;q=0.2,text/turtle": True,
    "application/n-quads,text/html;q=0.2": True,
    "*/*": True,
}
"""Whether the endpoint is asked what a script fetches that accepts this."""


@pytest.mark.processes
def test_a_page_that_is_only_accepted_is_no_file_at_once():
    needs("node")
    script = """return Object.fromEntries(given.map((accept) => {
      const headers = { accept }, url = "http://x.example/sparql";
      return [accept, module.isAsked(new Request(url, { headers }))];
    }));"""

    assert evaluated("asked.js", script, list(ACCEPTED)) == ACCEPTED
