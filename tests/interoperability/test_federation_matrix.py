"""Other people's engines join their data with ours: each engine with each kind of query.

An engine has ten thousand orders and calls a server of ours, which has the shops; Comunica, which has
no data, gets a second server with the orders. What each cell asks and must find is in
``support/federation``. How an engine ships its bindings is its own affair; the number of requests shows
that it does. At the end it is the other way round: our server has the orders, and calls theirs.

RDF4J is on none of Debian, PyPI and npm: ``test_recorded_clients`` sends what its source says.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore

from support import RunningServer, installed, ok
from support.federation import KINDS, ORDERS, Kind, Row, write
from support.installed import Virtuoso, needs, output
from support.oxigraph import Oxigraph
from support.services import allowed

JSON, NT = "application/sparql-results+json", "application/n-triples"


@dataclass(frozen=True)
class Place:
    """Where things are: the endpoint of the shops, and the orders, as an endpoint and as a file."""

    shops: str
    orders: str
    file: Path
    folder: Path


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write(tmp_path_factory.mktemp("federation"))


@pytest.fixture(scope="module")
def shops_server(files, orders_server):
    with RunningServer("--data", files[0], *allowed(orders_server.sparql)) as running:
        yield running


@pytest.fixture(scope="module")
def orders_server(files):
    with RunningServer("--data", files[1]) as running:
        yield running


@pytest.fixture(scope="module")
def place(shops_server, orders_server, files):
    return Place(shops_server.sparql, orders_server.sparql, files[1], files[1].parent)


# --- The engines -------------------------------------------------------------------------------


def of_json(kind: Kind, text: str) -> list[Row]:
    """The rows of SPARQL results JSON."""
    found = json.loads(text)["results"]["bindings"]
    return [tuple(row[name]["value"] for name in kind.columns) for row in found]


def of_graph(text: str) -> list[Row]:
    """The triples of N-Triples."""
    found = ox.parse(text.encode(), format=ox.RdfFormat.N_TRIPLES)
    return [(quad.subject.value, quad.predicate.value, quad.object.value) for quad in found]


def read(kind: Kind, text: str) -> list[Row]:
    return of_json(kind, text) if kind.columns else of_graph(text)


def jena(place: Place, kind: Kind) -> list[Row]:
    needs("jena", "java")
    form = "json" if kind.columns else "nt"
    query = kind.service(place.shops, place.orders)
    return read(
        kind, output("jena", "arq.sparql", f"--data={place.file}", f"--results={form}", query)
    )


def oxigraph(place: Place, kind: Kind) -> list[Row]:
    needs("oxigraph")
    location = place.folder / "oxigraph"
    if not location.exists():
        output("oxigraph", "load", "--location", location, "--file", place.file)
    form = "json" if kind.columns else "nt"
    query = kind.service(place.shops, place.orders)
    asked = ("oxigraph", "query", "--location", location, "--results-format", form)
    return read(kind, output(*asked, "--query", query))


def pyoxigraph(place: Place, kind: Kind) -> list[Row]:
    store = ox.Store()
    store.bulk_load(path=str(place.file), format=ox.RdfFormat.N_TRIPLES)
    found = store.query(kind.service(place.shops, place.orders))
    if kind.columns:
        return [tuple(row[name].value for name in kind.columns) for row in found]
    return [(each.subject.value, each.predicate.value, each.object.value) for each in found]


def rdflib_(place: Place, kind: Kind) -> list[Row]:
    if kind.calls_on:  # its parser has no SERVICE in a SERVICE, so it sends us the whole query
        remote = rdflib.Graph(SPARQLStore(place.shops))
        return [tuple(map(str, row)) for row in remote.query(kind.plain(place.orders))]
    graph = rdflib.Graph().parse(place.file, format="nt")
    return [tuple(map(str, row)) for row in graph.query(kind.service(place.shops, place.orders))]


def comunica(place: Place, kind: Kind) -> list[Row]:
    needs("comunica-sparql", "node")
    form = JSON if kind.columns else NT
    # It calls the endpoint of a SERVICE itself, whichever source the rest is of.
    sources = [place.shops] if kind.calls_on else [place.shops, place.orders]
    asked = ("comunica-sparql", *sources, "-q", kind.plain(place.orders), "-t", form)
    return read(kind, output(*asked))


def holding(folder: Path, file: Path) -> Iterator[Virtuoso]:
    """Virtuoso with what is in *file*."""
    needs("virtuoso-t", "isql-vt")
    shutil.copy(file, folder)
    with Virtuoso(folder) as running:
        running.load(file, "https://data.example/graph")
        yield running


@pytest.fixture(scope="module")
def virtuoso_with_orders(files, tmp_path_factory):
    yield from holding(tmp_path_factory.mktemp("virtuoso"), files[1])


@pytest.fixture(scope="module")
def virtuoso(virtuoso_with_orders):
    def ask(place: Place, kind: Kind) -> list[Row]:
        answer = ok(
            httpx.post(
                virtuoso_with_orders.sparql,
                data={"query": kind.service(place.shops, place.orders)},
                headers={"Accept": JSON if kind.columns else NT},
                timeout=120,
            )
        )
        return read(kind, answer.text)

    return ask


ENGINES: dict[str, Callable[[Place, Kind], list[Row]] | str] = {
    "Jena ARQ": jena,
    "Virtuoso": "virtuoso",
    "Oxigraph": oxigraph,
    "pyoxigraph": pyoxigraph,
    "rdflib": rdflib_,
    "Comunica": comunica,
}
"""How each engine is asked: a function, or the fixture that is one."""

# --- The matrix --------------------------------------------------------------------------------

ONE_EACH = range(ORDERS, ORDERS + 1)
PULLED = range(1, 2)
REQUESTS = {
    "Jena ARQ": ONE_EACH,
    "Virtuoso": ONE_EACH,
    "Oxigraph": PULLED,
    "pyoxigraph": PULLED,
    "rdflib": ONE_EACH,
    "Comunica": range(500, 2_000),
}
"""With how many requests a bound join comes: one for each binding, one for all shops, or blocks."""


QUICK = ("pyoxigraph", "rdflib", "oxigraph")


def cells(engines, kinds, of_all):
    """Parameters: of an engine all kinds, of those that are quick to start a join; else the matrix."""
    return [
        pytest.param(
            engine,
            kind,
            id=f"{engine}, {kind}",
            marks=[]
            if engine == of_all or (kind == "join" and engine in QUICK)
            else [pytest.mark.matrix],
        )
        for engine in engines
        for kind in kinds
    ]


def requests(server) -> int:
    """Requests for a result so far, whoever answered them."""
    found = server.metrics()
    names = ("evaluations", "evaluations_shared", "results_from_cache", "responses_from_cache")
    return sum(found.get(name, 0) for name in names)


def called(server) -> int:
    """Calls of other endpoints so far."""
    return server.metrics().get("service_calls", 0)


@pytest.mark.parametrize(("engine", "kind"), cells(ENGINES, KINDS, "Oxigraph"))
def test_each_engine_finds_the_rows_of_each_kind_of_query(
    request, shops_server, place, engine, kind
):
    asked, wanted = ENGINES[engine], KINDS[kind]
    ask = request.getfixturevalue(asked) if isinstance(asked, str) else asked
    before, calls = requests(shops_server), called(shops_server)

    assert sorted(ask(place, wanted)) == sorted(wanted.rows())
    if wanted.calls_on and engine != "Comunica":
        assert called(shops_server) - calls == 1
    if kind == "bound join":
        assert requests(shops_server) - before in REQUESTS[engine]


# --- The other way round: we call them ------------------------------------------------------------


@pytest.fixture(scope="module")
def oxigraph_server(files, tmp_path_factory):
    """The Oxigraph server with the shops."""
    needs("oxigraph")
    with Oxigraph(tmp_path_factory.mktemp("oxigraph") / "db", files[0]) as running:
        yield running.url


@pytest.fixture(scope="module")
def virtuoso_server(files, tmp_path_factory):
    """Virtuoso with the shops."""
    yield from holding(tmp_path_factory.mktemp("virtuoso-shops"), files[0])


@pytest.fixture(scope="module")
def comunica_server(oxigraph_server):
    """Comunica's endpoint over the Oxigraph server with the shops."""
    with installed.comunica(oxigraph_server, seconds=100) as url:
        yield url


@pytest.fixture(scope="module")
def endpoint(request):
    """An endpoint that has the shops."""
    found = request.getfixturevalue(f"{request.param}_server")
    return getattr(found, "sparql", found)


@pytest.fixture(scope="module")
def caller_server(files, endpoint):
    """A server with the orders that may call it."""
    options = ("--query-timeout", "60", *allowed(endpoint, timeout=60))
    with RunningServer("--data", files[1], *options) as running:
        running.client.timeout = 60
        yield running


@pytest.mark.parametrize(
    ("endpoint", "kind"),
    cells(
        ["shops", "oxigraph", "virtuoso", "comunica"],
        [kind for kind, wanted in KINDS.items() if not wanted.calls_on],
        "shops",
    ),
    indirect=["endpoint"],
)
def test_we_call_each_engine_for_each_kind_of_query(caller_server, endpoint, kind):
    wanted = KINDS[kind]
    answer = ok(caller_server.ask(wanted.service(endpoint), JSON if wanted.columns else NT))

    assert sorted(read(wanted, answer.text)) == sorted(wanted.rows())
