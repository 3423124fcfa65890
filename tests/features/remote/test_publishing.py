"""Publishing in Oxigraph and Virtuoso: at once or graph after graph, and what a failure leaves."""

from contextlib import contextmanager

import httpx
import pyoxigraph as ox
import pytest
from typer.testing import CliRunner

from gbagraph.cli import app
from gbagraph.errors import EngineFailed, SettingError
from gbagraph.features.remote.access import PASSWORD
from gbagraph.features.remote.contents import STAGING
from gbagraph.features.remote.publishing import Publishing, Target
from support import RunningServer, file_with, run
from support.behind import to_virtuoso
from support.oxigraph import PROGRAM, Oxigraph

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(not PROGRAM.exists(), reason="Oxigraph's server is not installed"),
]

DEFAULT = "urn:default"
VERSIONS = (
    "SELECT DISTINCT ?v {{ {{ GRAPH <urn:a> {{ <urn:s> <urn:v> ?v }} }} UNION "
    "{{ GRAPH <urn:b> {{ <urn:s> <urn:v> ?v }} }} {} }}"
).format("UNION { <urn:s> <urn:v> ?v }")


def data(version, *more):
    """A store of this *version* in two graphs and the default graph."""
    store = ox.Store()
    for graph in ("<urn:a>", "<urn:b>", ""):
        store.load(f'<urn:s> <urn:v> "{version}" {graph} .'.encode(), format=ox.RdfFormat.N_QUADS)
    for line in more:
        store.load(line.encode(), format=ox.RdfFormat.N_QUADS)
    return store


@pytest.fixture(scope="module")
def oxigraph(tmp_path_factory):
    with Oxigraph(tmp_path_factory.mktemp("engine") / "store") as running:
        yield running


WKT = "http://www.opengis.net/ont/geosparql#wktLiteral"


@contextmanager
def to(oxigraph, store, *, at_once=True, **options):
    """The graphs of *store* on their way to Oxigraph."""
    with Target(oxigraph.url, oxigraph.store, oxigraph.update if at_once else "") as target:
        yield Publishing(store, target, **options)


def publish(oxigraph, store, *, at_once=True, together=False, **options):
    with to(oxigraph, store, at_once=at_once, **options) as publishing:
        return publishing.run(together=together)


def values(oxigraph, query):
    """What the engine answers to a query for one column."""
    given, headers = {"query": query}, {"Accept": "text/csv"}
    found = httpx.get(oxigraph.url, params=given, headers=headers, timeout=60)
    return sorted(found.text.split()[1:])


def versions(oxigraph):
    """The versions that a reader sees in one query over all graphs."""
    return values(oxigraph, VERSIONS)


def graphs(oxigraph):
    with Target(oxigraph.url) as target:
        return target.graphs()


@pytest.mark.parametrize("together", [True, False])
def test_readers_see_the_old_dataset_until_all_of_the_new_one_is_there(oxigraph, together):
    publish(oxigraph, data(1))
    seen = []

    found = publish(
        oxigraph,
        data(2),
        together=together,
        tell=lambda text, *_: seen.append((text.split()[0], versions(oxigraph))),
    )

    assert all(each.is_same for each in found)
    before = seen.index(("Putting", ["1"]))
    assert {tuple(there) for _, there in seen[: before + 1]} == {("1",)}
    assert {tuple(there) for _, there in seen[before + 1 :]} == {("2",)}


def test_without_an_update_endpoint_readers_see_graph_after_graph(oxigraph):
    publish(oxigraph, data(1))
    seen = []

    publish(oxigraph, data(2), at_once=False, tell=lambda *_: seen.append(versions(oxigraph)))

    assert ["1", "2"] in seen
    assert versions(oxigraph) == ["2"]


def test_other_graphs_are_left_alone_and_nothing_of_ours_is_left_over(oxigraph):
    with Target(oxigraph.url, oxigraph.store) as target:
        target.put("urn:other", b"<urn:s> <urn:p> <urn:o> .\n")

    with to(oxigraph, data(1)) as publishing:
        publishing.run()
        assert publishing.others() == {"urn:other"}

    assert graphs(oxigraph) == {"urn:a", "urn:b", "urn:other"}


def test_an_empty_default_graph_is_empty_afterwards(oxigraph):
    publish(oxigraph, data(1))
    store = data(2)
    store.update("CLEAR DEFAULT")

    publish(oxigraph, store)

    assert versions(oxigraph) == ["2"]
    with Target(oxigraph.url) as target:
        assert list(target.triples("")) == []


@pytest.mark.parametrize(("together", "count"), [(True, 1), (False, 2)])
def test_blank_nodes_that_graphs_share_stay_one_if_all_are_sent_together(oxigraph, together, count):
    store = data(1, "_:b <urn:p> <urn:o> <urn:a> .\n_:b <urn:p> <urn:o> <urn:b> .")

    publish(oxigraph, store, together=together)

    query = "SELECT DISTINCT ?b { GRAPH ?g { ?b <urn:p> <urn:o> } FILTER isBlank(?b) }"
    assert len(values(oxigraph, query)) == count


# --- Failures --------------------------------------------------------------------------------------


def dies(engine, at):
    """Kill *engine* at the first step that begins so."""

    def tell(text, *_):
        if text.startswith(at):
            engine.kill()

    return tell


@pytest.mark.parametrize("at", ["Sending <urn:b>", "Comparing", "Putting"])
def test_an_engine_that_dies_has_the_old_dataset_and_the_next_attempt_puts_it_right(tmp_path, at):
    at = at.replace("<", "").replace(">", "")
    with Oxigraph(tmp_path / "store") as engine:
        publish(engine, data(1))
        with pytest.raises(EngineFailed) as failed:
            publish(engine, data(2), tell=dies(engine, at))
        assert "no answer" in failed.value.message

        engine.start()
        assert versions(engine) == ["1"]
        publish(engine, data(2))
        assert versions(engine) == ["2"]
        assert graphs(engine) == {"urn:a", "urn:b"}


def changed_on_its_way(oxigraph, change, **options):
    """What is said when *change* has been made to each document of version 2."""
    publish(oxigraph, data(1))
    with to(oxigraph, data(2), **options) as publishing:
        put = publishing._target.put
        publishing._target.put = lambda graph, document: put(graph, change(graph, document))
        with pytest.raises(EngineFailed) as failed:
            publishing.run()
    return failed.value.message


def test_what_an_engine_holds_after_half_of_it_is_told(oxigraph):
    said = changed_on_its_way(
        oxigraph,
        lambda graph, document: b"no triple" if graph == "urn:b" else document,
        at_once=False,
    )

    for part in (
        "answered 400",
        "It holds 1 of 3 graphs",
        "not as they have to be: urn:b, the default graph",
        "The same command again",
    ):
        assert part in said


def test_what_was_changed_on_its_way_is_not_put_in_place(oxigraph):
    said = changed_on_its_way(oxigraph, lambda _, document: document.replace(b"2", b"3"))

    assert [part for part in ('"2"', '"3"', "as they were") if part not in said] == []
    assert versions(oxigraph) == ["1"]
    assert not any(graph.startswith(STAGING) for graph in graphs(oxigraph))


def test_sending_all_together_needs_an_update_endpoint(oxigraph):
    with pytest.raises(SettingError):
        publish(oxigraph, data(1), at_once=False, together=True)


# --- Virtuoso: credentials, no default graph of its own --------------------------------------------


@pytest.mark.parametrize("at_once", [False, pytest.param(True, marks=pytest.mark.matrix)])
def test_virtuoso_takes_it_with_a_graph_for_the_default_graph(virtuoso, at_once):
    large = '"170000000000"^^<http://www.w3.org/2001/XMLSchema#integer>'  # a decimal, if sent so
    point = f'"POINT(114.0683 22.54554)"^^<{WKT}>'  # rounded, if sent so
    store = data(1, f"<urn:s> <urn:n> {large} <urn:a> .", f"<urn:s> <urn:w> {point} <urn:a> .")
    with to_virtuoso(virtuoso, at_once=at_once) as target:
        found = Publishing(store, target, DEFAULT, approximate=[WKT]).run()
        left = {graph for graph in target.graphs() if graph.startswith("urn:x-")}

    assert [each.is_same for each in found] == [True, True, True]
    assert not left
    with RunningServer(
        *("--engine", virtuoso.sparql, "--engine-default-graph", DEFAULT)
    ) as running:
        assert running.rows("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }") == [{"n": "1"}]
        assert running.ask("ASK { <urn:s> <urn:n> ?n }").json()["boolean"] is False
        assert running.ask("ASK { <urn:s> <urn:v> ?n }").json()["boolean"] is True
        assert running.rows("SELECT DISTINCT ?g { GRAPH ?g { <urn:s> ?p ?o } } ORDER BY ?g") == [
            {"g": "urn:a"},
            {"g": "urn:b"},
        ]


def test_a_default_graph_that_is_a_union_is_not_written_to(virtuoso):
    with to_virtuoso(virtuoso) as target:
        before = target.graphs()
        with pytest.raises(EngineFailed) as failed:
            Publishing(data(3), target).run()
        assert target.graphs() == before

    assert "--engine-default-graph" in failed.value.message


def test_who_has_no_right_is_told_so_and_the_password_is_not(virtuoso):
    with (
        to_virtuoso(virtuoso, password="wrong-password") as target,
        pytest.raises(EngineFailed) as no,
    ):
        Publishing(data(3), target, DEFAULT).run()

    assert "401" in no.value.message
    assert PASSWORD in no.value.message
    assert "wrong-password" not in no.value.message


# --- The command -----------------------------------------------------------------------------------


def where(oxigraph, *more):
    return ("publish", "--engine", oxigraph.url, "--graph-store", oxigraph.store, *more)


def test_files_are_published_and_compared_by_the_command(oxigraph, tmp_path):
    file = file_with(tmp_path / "data.trig", "<urn:x> { <urn:s> <urn:p> <urn:o> }")

    done = run(*where(oxigraph, "--update", oxigraph.update, "--data", str(file)))
    assert done.returncode == 0, done.stderr
    assert "2 graphs, 2 triples" in done.stdout
    assert "urn:x: 1 triple, sha256:" in done.stdout

    same = ("publish", "--engine", oxigraph.url, "--verify-only", "--data", str(file))
    assert run(*same).returncode == 0
    file.write_text("<urn:x> { <urn:s> <urn:p> <urn:other> }")
    changed = run(*same)
    assert changed.returncode == 1
    assert changed.stderr.endswith("of 2 graphs.\n")


def test_an_engine_that_is_not_there_is_told_in_a_line():
    nobody = "http://127.0.0.1:1"
    done = run("publish", "--engine", f"{nobody}/q", "--graph-store", f"{nobody}/s")

    assert done.returncode == 3
    assert f"{nobody}/s gave no answer" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--engine", "http://127.0.0.1:1/"),
        ("--engine", "http://127.0.0.1:1/", "--graph-store", "http://u:secret@127.0.0.1:1/"),
        ("--engine", "http://127.0.0.1:1/", "--engine", "http://127.0.0.1:2/", "--verify-only"),
    ],
)
def test_options_that_do_not_say_where_are_refused(options):
    assert CliRunner().invoke(app, ["publish", *options]).exit_code == 2
