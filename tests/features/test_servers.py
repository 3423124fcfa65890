"""A server without a feature: its addresses are gone, its code is not imported, no page links to it.

Of all features that is tried where the environment has GBAGRAPH_EACH_FEATURE, as the matrix does.
"""

import os
from importlib.util import resolve_name

import pytest

from gbagraph.feature import pattern
from gbagraph.features import FEATURES
from gbagraph.web import addresses
from support.features import ServerWithNotes, links

pytestmark = pytest.mark.processes

NAMES = [each.name for each in FEATURES]
DEPENDENT = {name: [each.name for each in FEATURES if name in each.needs] for name in NAMES}
DEPENDENT["operations"] = ["notes"]
SAMPLE = ["canned", "things", "why", "pictures"]
"""Those to which most pages lead."""

HTML = {"Accept": "text/html"}
PAGES = (
    *("/", "/sparql", "/nowhere", "/search?q=baidu", "/search", "/queries", "/queries/builders"),
    *("/doc/id/baidu", "/doc/id/knowledge-city", "/doc/dataset", "/doc/graph/article", "/prefixes"),
    *("/ontology", "/ontology/terms/Zone", "/docs", "/docs/query", "/why", "/lookup", "/openapi"),
    "/sparql?query=SELECT+*+{+%3Fs+a+%3Fo+}+LIMIT+9",
    "/lookup?iri=http://www.wikidata.org/entity/Q16572",
    *("/problem/unknown-resource", "/sitemap.xml"),
)


def code(feature, reference):
    return resolve_name(reference.partition(":")[0], feature.package)


def modules(feature):
    """The modules that a feature alone names for pages."""
    named = {
        each.name: {
            code(each, one) for one in (*(row.code for row in each.routes), *each.hooks.values())
        }
        for each in FEATURES
    }
    without = (feature.name, *DEPENDENT[feature.name])
    return named[feature.name].difference(*(named[name] for name in named if name not in without))


def example(path):
    for name, value in (("{path:path}", "id/baidu"), ("{name}", "article"), ("{version}", "0.2.0")):
        path = path.replace(name, value)
    return path.replace("{extension}", "ttl").replace("{kind}", "entity")


@pytest.fixture(scope="module", params=NAMES if os.environ.get("GBAGRAPH_EACH_FEATURE") else SAMPLE)
def without(request):
    """A feature, and a server that is without it."""
    (feature,) = (each for each in FEATURES if each.name == request.param)
    with ServerWithNotes(
        "--without", ",".join((feature.name, *DEPENDENT[feature.name]))
    ) as running:
        yield feature, running


def test_its_addresses_are_gone(without):
    feature, server = without
    for view in feature.routes:
        assert server.client.get(example(view.path)).status_code == 404, view.path


def test_its_modules_are_not_imported(without):
    feature, server = without
    if feature.name != "operations":
        imported = server.client.get("/notes/modules").json()
        assert "gbagraph.web.sparql" in imported
        assert modules(feature).isdisjoint(imported)


def test_pages_lead_nowhere_that_is_gone(without):
    """Of each template of addresses, one link is followed."""
    _, server = without
    templates = {view.path: pattern(view.path) for _, view in addresses.views()}
    followed = {}
    for page in PAGES:
        shown = server.client.get(page, headers=HTML)
        assert shown.status_code < 500, page
        for link in links(shown.text):
            path = link.partition("?")[0].partition("#")[0]
            fitting = [each for each, found in templates.items() if found.fullmatch(path)]
            followed.setdefault((fitting[0] if fitting else path), (link, page))
    assert len(followed) > 8
    for link, page in followed.values():
        status = server.client.get(link.partition("#")[0], headers=HTML).status_code
        assert status not in (404, 405), f"{link} on {page}"


def test_no_crawler_is_told_of_it(without):
    feature, server = without
    told = server.client.get("/robots.txt").text + server.client.get("/sitemap.xml").text
    for view in feature.routes:
        if "{" not in view.path:
            assert f" {view.path}\n" not in told
            assert f"{server.url}{view.path}<" not in told


def test_queries_are_answered(without):
    feature, server = without
    assert server.rows("SELECT (1 AS ?one) {}") == [{"one": "1"}]
    pages = ["/sparql?query=SELECT+*+{+%3Fs+a+%3Fo+}+LIMIT+9"]
    pages += [] if feature.name == "canned" else ["/queries/approvals"]
    for page in pages:
        shown = server.client.get(page, headers=HTML)
        assert shown.status_code < 400, page
        assert ("Show sources" in shown.text) == (feature.name != "why")


def test_nothing_of_the_sources_and_exchanges_that_are_left_out_is_imported():
    names = ("federation", "stores", "remote")
    with ServerWithNotes("--without", ",".join(names)) as server:
        assert server.rows("SELECT (1 AS ?one) {}") == [{"one": "1"}]
        assert "gbagraph_evaluations" in server.client.get("/metrics").text
        imported = server.client.get("/notes/modules").json()
    folders = tuple(f"gbagraph.features.{name}." for name in names)
    assert [each for each in imported if each.startswith(folders)] == []
