"""What is asked of an engine behind the server, and how its answers differ from the server's own."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pyoxigraph as ox

from gbagraph.features.remote.access import PASSWORD, USER, of_environment
from gbagraph.features.remote.publishing import Publishing, Target
from gbagraph.queries.catalog import local_queries
from gbagraph.rdf.namespaces import expand, graph_iri
from support import ROOT, RunningServer
from support.installed import Virtuoso, comunica
from support.oxigraph import Oxigraph

LIMIT, LONG_LIMIT = 20, 60
"""Seconds for each query, the second for an engine that is slow."""
START = 300
"""Seconds for the start of a server whose engine is slow."""
SERVERS = 3
DEFAULT = graph_iri("default")
"""What Virtuoso, which has no default graph, calls that of the dataset."""
MENDED = {
    "COMUNICA_CONFIG": str(ROOT / "deploy" / "comunica" / "config.json"),
    "NODE_OPTIONS": f"--require {ROOT / 'deploy' / 'comunica' / 'patch.cjs'}",
}
"""What Comunica needs to lose no rows."""
JSON, NT, HTML = "application/sparql-results+json", "application/n-triples", "text/html"
GBA = "PREFIX gba: <https://w3id.org/gbagraph/ontology#> "
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


def to_virtuoso(there: Virtuoso, *, at_once: bool = False, password: str = "dba") -> Target:
    """The way to put graphs into a Virtuoso; *at_once* by its update endpoint."""
    base = there.sparql.removesuffix("/sparql")
    auth = of_environment({USER: "dba", PASSWORD: password})
    update = f"{base}/sparql-auth" if at_once else ""
    return Target(there.sparql, f"{base}/sparql-graph-crud-auth", update, auth)


def hold(there: Virtuoso, dataset: ox.Store) -> None:
    """Put *dataset* into a Virtuoso, its default graph as DEFAULT."""
    with to_virtuoso(there) as target:
        Publishing(dataset, target, DEFAULT, approximate=[expand("geo:wktLiteral")]).run()


def behind(url: str, *options: str, limit: int = LIMIT) -> RunningServer:
    """A server with the engine at *url*, and a *limit* of seconds for each query."""
    return RunningServer("--engine", url, "--query-timeout", limit, *options, start=START)


def divided(dataset: ox.Store, folder: Path) -> Iterator[Path]:
    """Files of what each server holds: the default graph, or every second of the named graphs."""
    graphs = [ox.DefaultGraph(), *sorted(dataset.named_graphs(), key=str)]
    parts: list[list[ox.Quad]] = [[] for _ in range(SERVERS)]
    for number, graph in enumerate(graphs):
        place = 1 + number % (SERVERS - 1) if number else 0
        parts[place] += dataset.quads_for_pattern(None, None, None, graph)
    for number, quads in enumerate(parts):
        file = folder / f"part-{number}.nq"
        ox.serialize(quads, file, format=ox.RdfFormat.N_QUADS)
        yield file


@contextmanager
def over_oxigraph(dataset: ox.Store, folder: Path, workers: int) -> Iterator[str]:
    """The query address of Comunica over servers of Oxigraph that hold some of the graphs each."""
    with ExitStack() as running:
        parts = [
            running.enter_context(Oxigraph(folder / f"store-{number}", file))
            for number, file in enumerate(divided(dataset, folder))
        ]
        urls = [part.url for part in parts]
        asked = comunica(*urls, seconds=LONG_LIMIT, workers=workers, environment=MENDED)
        yield running.enter_context(asked)


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


def response(name: str, server: RunningServer) -> httpx.Response:
    """What *server* answers to a request of :data:`REQUESTS` or a canned query."""
    if name in REQUESTS:
        path, (accept, parameters) = name, REQUESTS[name]
    else:
        query = local_queries()[name]
        accept = NT if query.kind == "graph" else JSON
        path, parameters = f"/queries/{name}", query.examples
    headers = {"Accept": accept}
    return server.client.get(path, params=parameters, headers=headers, timeout=2 * START)
