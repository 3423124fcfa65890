"""Every canned query on every engine behind the server: the same answer, or a difference that is listed.

The table is in ``reports/engines-behind.md``. A difference that it lacks fails, and one that it has
and that is gone fails, too. The engines get the dataset by ``gbagraph publish``; of Comunica, which has
no data, three servers of Oxigraph hold some of the graphs each.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from gbagraph.dataset.loader import load
from gbagraph.features.remote.publishing import Publishing, Target
from gbagraph.features.remote.questions import PASSWORD, USER, of_environment
from gbagraph.queries.catalog import local_queries
from gbagraph.rdf.namespaces import expand, graph_iri
from support import ROOT, RunningServer
from support.installed import Virtuoso, comunica, needs
from support.oxigraph import Oxigraph

pytestmark = pytest.mark.processes

LIMIT, LONG_LIMIT = 20, 60
"""Seconds for each query, the second for an engine that is slow."""
START = 300
"""Seconds for the start of a server whose engine is slow."""
SERVERS = 3
DEFAULT = graph_iri("default")
JSON, NT, HTML = "application/sparql-results+json", "application/n-triples", "text/html"
GBA = "PREFIX gba: <https://w3id.org/gbagraph/ontology#> "
MAY_BE = {"slow": ("502", "503", "504", "order", ""), "order": ("order", "")}
"""What also fits what is listed: an engine may be in time, and give rows in our order by chance."""
REQUESTS = {
    "/doc/id/baidu": (HTML, {}),
    "/doc/id/knowledge-city": (HTML, {}),
    "/doc/id/baidu.nt": (NT, {}),
    "/search": ("application/json", {"q": "baidu"}),
    "/lookup": ("application/json", {"iri": "http://www.wikidata.org/entity/Q14772"}),
    "/why": ("application/json", {"s": "id:baidu", "p": "rdf:type", "o": "gba:Company"}),
    "/sparql/explain": (
        "application/json",
        {"query": GBA + "SELECT * { ?s gba:develops ?o . ?o a gba:Company }"},
    ),
}
"""Pages and what explains, which ask the engine in ways of their own."""


def expected() -> dict[tuple[str, str], set[str]]:
    """What may differ by engine and query, as the report has it."""
    text = (ROOT / "reports" / "engines-behind.md").read_text()
    table = text.partition("<!-- differences -->")[2].partition("<!-- /differences -->")[0]
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for line in table.splitlines()[3:]:
        engine, what, queries, _ = (cell.strip() for cell in line.strip("|").split("|"))
        for name in re.findall(r"`([^`]+)`", queries):
            found[engine.lower(), name].add(what)
    return dict(found)


EXPECTED = expected()


@pytest.fixture(scope="module")
def dataset():
    return load()[0]


@pytest.fixture(scope="module")
def embedded_server():
    with RunningServer(start=START) as running:
        yield running


@pytest.fixture(scope="module")
def oxigraph_server(dataset, tmp_path_factory):
    needs("oxigraph")
    with Oxigraph(tmp_path_factory.mktemp("oxigraph") / "store") as there:
        with Target(there.url, there.store, there.update) as target:
            Publishing(dataset, target).run()
        with behind(there.url) as running:
            yield running


@pytest.fixture(scope="module")
def virtuoso_server(dataset, tmp_path_factory):
    needs("virtuoso-t", "isql-vt")
    with Virtuoso(tmp_path_factory.mktemp("virtuoso")) as there:
        crud = there.sparql.removesuffix("/sparql") + "/sparql-graph-crud-auth"
        auth = of_environment({USER: "dba", PASSWORD: "dba"})
        with Target(there.sparql, crud, auth=auth) as target:
            Publishing(dataset, target, DEFAULT, approximate=[expand("geo:wktLiteral")]).run()
        options = ("--engine-default-graph", DEFAULT, "--engine-timeout", "timeout={ms}")
        with behind(there.sparql, *options) as running:
            yield running


@pytest.fixture(scope="module")
def comunica_server(dataset, tmp_path_factory):
    needs("oxigraph")
    with ExitStack() as running:
        folder = tmp_path_factory.mktemp("parts")
        files = divided(dataset, folder)
        parts = [
            running.enter_context(Oxigraph(folder / f"store-{number}", file))
            for number, file in enumerate(files)
        ]
        # A worker that is at work, or is started anew after a time limit, answers nobody else.
        asked = comunica(*(part.url for part in parts), seconds=LONG_LIMIT, workers=3)
        yield running.enter_context(behind(running.enter_context(asked), limit=LONG_LIMIT))


def behind(url: str, *options: str, limit: int = LIMIT) -> RunningServer:
    """A server with the engine at *url*, and a *limit* of seconds for each query."""
    return RunningServer("--engine", url, "--query-timeout", limit, *options, start=START)


def divided(dataset: ox.Store, folder: Path) -> Iterator[Path]:
    """Files that hold some graphs each, and of the default graph what is in these: each triple once."""
    parts: list[list[ox.Quad]] = [[] for _ in range(SERVERS)]
    places: dict[ox.Triple, int] = {}
    for number, graph in enumerate(sorted(dataset.named_graphs(), key=str)):
        for quad in dataset.quads_for_pattern(None, None, None, graph):
            parts[number % SERVERS].append(quad)
            places.setdefault(quad.triple, number % SERVERS)
    for quad in dataset.quads_for_pattern(None, None, None, ox.DefaultGraph()):
        parts[places.get(quad.triple, 0)].append(quad)
    for number, quads in enumerate(parts):
        file = folder / f"part-{number}.nq"
        ox.serialize(quads, file, format=ox.RdfFormat.N_QUADS)
        yield file


def difference(there: httpx.Response, here: httpx.Response) -> str:
    """How an answer differs: its status, or other rows, or the same rows in another order."""
    assert here.status_code == 200, here.text
    if there.status_code != 200:
        return str(there.status_code)
    text = there.text.replace(own(there), own(here))
    is_graph = here.headers["content-type"].startswith(NT)
    if text == here.text or (is_graph and rows(text) == rows(here.text)):
        return ""
    return "order" if rows(text) == rows(here.text) else "rows"


def own(response: httpx.Response) -> str:
    """The address of the server that answered."""
    return str(response.request.url.copy_with(raw_path=b"/")).rstrip("/")


def rows(text: str) -> Counter[str]:
    """The rows of SPARQL results JSON, or the words of another text, in no order."""
    try:
        found = json.loads(text)["results"]["bindings"]
    except (ValueError, LookupError, TypeError):
        return Counter(re.findall(r"[^\s<>\",;]+", text))
    return Counter(json.dumps(row, sort_keys=True) for row in found)


def both(name, server, embedded_server):
    """What both servers answer to a request of :data:`REQUESTS` or a canned query."""
    if name in REQUESTS:
        path, (accept, parameters) = name, REQUESTS[name]
    else:
        query = local_queries()[name]
        accept = NT if query.kind == "graph" else JSON
        path, parameters = f"/queries/{name}", query.examples
    return (
        each.client.get(path, params=parameters, headers={"Accept": accept}, timeout=2 * START)
        for each in (server, embedded_server)
    )


@pytest.mark.parametrize("name", [*local_queries(), *REQUESTS])
@pytest.mark.matrix
@pytest.mark.parametrize("engine", ["oxigraph", "virtuoso", "comunica"])
def test_the_answer_is_the_same_or_differs_as_the_manual_says(
    request, embedded_server, engine, name
):
    there, here = both(name, request.getfixturevalue(f"{engine}_server"), embedded_server)

    found, listed = difference(there, here), EXPECTED.get((engine, name), {""})
    assert any(found in MAY_BE.get(each, (each,)) for each in listed), there.text[:1000]


def test_the_manual_lists_what_is_asked_and_of_oxigraph_only_the_order():
    asked = {*local_queries(), *REQUESTS}

    assert [key for key in EXPECTED if key[1] not in asked] == []
    assert set().union(*(EXPECTED[key] for key in EXPECTED if key[0] == "oxigraph")) <= {"order"}
