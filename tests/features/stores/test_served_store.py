"""A server of a store on disk: the same answers as from memory, by workers that can call nobody."""

import resource as limits
import socket
import sys
from pathlib import Path

import pytest

from gbagraph.engine import confinement, forkserver
from gbagraph.features.stores.loading import load
from gbagraph.features.stores.manifest import find
from gbagraph.features.stores.serving import OpenStore
from gbagraph.features.stores.versions import in_service
from gbagraph.paths import resource
from support import RunningServer, each_worker_has, ok, processes

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(sys.platform != "linux", reason="needs seccomp"),
]

FILES = sorted(resource("data").glob("*.ttl"))
QUERIES = resource("queries")
SHARED = ("--queries", QUERIES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A store with the files of the built-in dataset."""
    target = tmp_path_factory.mktemp("stores") / "store"
    load(target, FILES)
    return target


@pytest.fixture(scope="module")
def stored_server(folder):
    with RunningServer("--store", folder, *SHARED) as running:
        yield running


@pytest.fixture(scope="module")
def memory_server():
    options = [part for path in FILES for part in ("--data", path)]
    with RunningServer(*options, *SHARED) as running:
        yield running


def test_every_canned_query_answers_as_from_memory(stored_server, memory_server):
    names = sorted(path.stem for path in QUERIES.glob("*.rq"))
    assert names
    for name in names:
        address = f"/queries/{name}?format=csv"
        found, expected = (each.client.get(address) for each in (stored_server, memory_server))
        assert found.status_code == expected.status_code, name
        if found.status_code == 200:
            assert sorted(found.text.split("\n")) == sorted(expected.text.split("\n")), name


@pytest.mark.parametrize(
    "address",
    [
        *("/", "/sparql", "/queries", "/doc/id/baidu", "/docs", "/search?q=nansha", "/metrics"),
        *("/graphs?default", "/dumps/dataset.nq", "/sitemap.xml", "/prefixes"),
        "/sparql?query=SELECT*{?s ?p ?o}LIMIT 5",
    ],
)
def test_its_pages_answer(stored_server, address):
    accept = "application/n-triples" if address == "/graphs?default" else "text/html,*/*;q=0.1"
    ok(stored_server.client.get(address, headers={"Accept": accept}))


def test_the_whole_file_has_all_quads(stored_server, folder):
    assert (
        len(stored_server.client.get("/dumps/dataset.nq").text.splitlines())
        == find(in_service(folder)).triples
    )


def test_its_sizes_and_version_are_those_of_the_manifest(stored_server, folder):
    manifest = find(in_service(folder))
    assert (
        stored_server.ask("ASK {}").headers["dataset-version"] == f"sha256-{manifest.digest[:16]}"
    )
    (row,) = stored_server.rows("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    assert int(row["n"]) == manifest.default_graph


def test_a_parameter_that_would_change_the_default_graph_is_refused(tmp_path):
    data = tmp_path / "data.nq"
    inferred = "https://w3id.org/gbagraph/graph/inferred"
    data.write_text(f"<urn:a> <urn:p> <urn:b> <{inferred}> .\n")
    load(tmp_path / "store", [data])
    with RunningServer("--store", tmp_path / "store") as running:
        response = running.ask("SELECT * { ?s ?p ?o }", infer="true")
        assert response.status_code == 422
        assert "as it was loaded" in response.text
        assert running.rows("SELECT ?s { ?s ?p ?o }", infer="false") == []


def test_a_worker_can_make_no_socket():
    """The filter itself, as workers of a store set it, in a process of its own."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        code = f"""
import socket
import pyoxigraph as ox
from gbagraph.engine.confinement import confine
here = __import__("os").open({str(Path(__file__).parent)!r}, 0)
confine(here)
try:
    ox.Store().query("ASK {{ SERVICE <http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}")
except OSError as problem:
    print(problem)
try:
    socket.create_connection(("127.0.0.1", {port}))
except OSError as problem:
    print(problem)
print(len(open({str(__file__)!r}).read()) > 0)
"""
        found = processes.run([sys.executable, "-c", code], capture_output=True, text=True)
        listening.settimeout(0.2)
        with pytest.raises(TimeoutError):
            listening.accept()
    assert found.stdout.count("Permission denied") == 2, found.stdout + found.stderr
    assert found.stdout.endswith("True\n")


def test_workers_of_a_store_have_the_filter(stored_server):
    assert each_worker_has(stored_server, has_filter)


def has_filter(pid):
    return "Seccomp:\t2" in Path(f"/proc/{pid}/status").read_text()


def test_workers_have_a_bounded_number_of_files_open(stored_server):
    # Of each open file of the database, the engine keeps the index in memory.
    assert each_worker_has(
        stored_server, lambda pid: limits.prlimit(pid, limits.RLIMIT_NOFILE)[0] == 256
    )


def test_without_such_a_filter_no_store_is_served(folder, monkeypatch):
    monkeypatch.setattr(confinement, "_MACHINES", {})
    with pytest.raises(OSError, match="cannot forbid sockets"):
        forkserver._confined(OpenStore(folder), 64)
