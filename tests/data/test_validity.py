"""Four independent parsers accept what is published and served, without a warning, and agree on it.

The parsers are rdflib, pyoxigraph, Jena's riot and Raptor's rapper. Nothing has a blank node, so
graphs are equal when their sets of triples are.
"""

import logging
import re

import pyoxigraph as ox
import pytest
import rdflib

from gbagraph.dataset.catalog import published
from gbagraph.dataset.identity import BUILT_IN, META
from gbagraph.paths import resource
from gbagraph.rdf.formats import GRAPH
from support import file_with, ok
from support.installed import finished, needs
from support.queries import sampled

FILES = sorted([*resource("ontology").glob("*.ttl"), *resource("data").glob("*.ttl")])
ONE_GRAPH = {"ttl": "turtle", "nt": "ntriples", "rdf": "rdfxml", "n3": "turtle", "jsonld": None}
"""Formats of a single graph, and what rapper calls them; it cannot read JSON-LD."""
ALL_GRAPHS = {"trig": None, "nq": "nquads"}
"""Formats of several graphs; rapper 2.0.16 dies on any TriG file of some thousand statements."""

_NQUADS = ox.RdfFormat.N_QUADS


def quads(text):
    """The statements of N-Triples or N-Quads, whatever is escaped in them."""
    return set(ox.parse(text, format=_NQUADS))


def read_by_pyoxigraph(path):
    known = ox.RdfFormat.from_extension(path.suffix[1:])
    return set(ox.parse(path=str(path), format=known, base_iri=path.as_uri()))


def read_by_rdflib(path, store=rdflib.Graph):
    return quads(store().parse(path).serialize(format="nt" if store is rdflib.Graph else "nquads"))


def read_by_riot(*paths, form="nt"):
    needs("jena", "java")
    # Jena's reader of JSON-LD 1.1 needs a library that Debian does not have; ours is within 1.0.
    syntax = ["--syntax=jsonld10"] if paths[0].suffix == ".jsonld" else []
    # In strict mode what is else a warning is an error, which ends the program with 1.
    options = ("--check", "--strict", f"--output={form}")
    return quads(finished("jena", "riotcmd.riot", *syntax, *options, *paths).stdout)


def read_by_rapper(path, syntax, form="ntriples"):
    needs("rapper")
    done = finished("rapper", "-i", syntax, "-o", form, path)
    assert "warning" not in done.stderr.lower()
    assert "error" not in done.stderr.lower()
    return quads(done.stdout)


@pytest.fixture(autouse=True)
def literals_as_they_are(monkeypatch):
    """Else rdflib writes the zone of a time as +00:00, which the data and the other parsers write Z."""
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)


@pytest.fixture(autouse=True)
def silent(caplog):
    """rdflib tells of literals that are not of their datatype only by its log."""
    caplog.set_level(logging.WARNING)
    yield
    assert [record.getMessage() for record in caplog.records] == []


def test_there_are_files_to_read():
    assert {resource(*parts) for parts in BUILT_IN.values()} <= set(FILES)


@pytest.mark.processes
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_parser_reads_the_same_in_a_file(path):
    read = read_by_pyoxigraph(path)

    assert len(read) > 10
    assert read_by_rdflib(path) == read
    assert read_by_rapper(path, "turtle") == read


@pytest.mark.processes
def test_a_fourth_parser_reads_the_same_in_all_files():
    """At once, for starting Java takes longer than reading."""
    assert read_by_riot(*FILES) == set.union(*map(read_by_pyoxigraph, FILES))


def test_language_tags_are_in_lower_case():
    """The store would make them so; a reader of the file should see what is served."""
    for path in FILES:
        tags = re.findall(r'"@([\w-]+)', path.read_text())
        assert set(tags) <= {"en", "zh-hans", "zh-hant"}, path


def downloaded(server, folder, name, extension):
    """A dump of the running server as a file."""
    response = ok(server.client.get(f"/dumps/{name}.{extension}"))
    return file_with(folder / f"{name}.{extension}", response.content)


def test_every_format_is_read():
    assert {form.extension for form in GRAPH} == {*ONE_GRAPH, *ALL_GRAPHS}


def as_written(store, graph):
    """The triples of a graph; those of the metadata have the datatypes of DCAT, which no store keeps."""
    quads = store.quads_for_pattern(None, None, None, graph)
    triples = published(store) if graph == META else (quad.triple for quad in quads)
    return {ox.Quad(*triple) for triple in triples}


@pytest.mark.parametrize(
    "extension",
    # N-Quads of all graphs are read below, and Turtle above.
    sampled({name: name for name in ONE_GRAPH}, []),
)
def test_every_parser_reads_the_same_in_the_dump_of_a_graph(server, graph, tmp_path, extension):
    syntax = ONE_GRAPH[extension]
    paths = []
    merged = set(graph.store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    for iri in graph.description.graphs:
        path = downloaded(server, tmp_path, iri.rpartition("/")[2], extension)
        stored = as_written(graph.store, ox.NamedNode(iri))
        merged |= stored
        assert read_by_pyoxigraph(path) == stored
        assert syntax is None or read_by_rapper(path, syntax) == stored
        paths.append(path)
    # All at once, which is their merge.
    assert read_by_riot(*paths) == merged


@pytest.mark.parametrize(
    "extension",
    # rdflib takes a minute for all; the files above have shown that it reads what we write.
    [
        pytest.param("jsonld", marks=pytest.mark.matrix),
        *(pytest.param(name, marks=pytest.mark.soak) for name in ONE_GRAPH if name != "jsonld"),
    ],
)
def test_rdflib_reads_the_same_in_the_dump_of_a_graph(server, graph, tmp_path, extension):
    for iri in graph.description.graphs:
        path = downloaded(server, tmp_path, iri.rpartition("/")[2], extension)

        assert read_by_rdflib(path) == as_written(graph.store, ox.NamedNode(iri))


@pytest.mark.parametrize(
    "extension", ["nq", pytest.param("trig", marks=pytest.mark.matrix)], ids=str
)
def test_every_parser_reads_the_same_in_the_dump_of_all_graphs(server, graph, tmp_path, extension):
    syntax = ALL_GRAPHS[extension]
    path = downloaded(server, tmp_path, "gbagraph", extension)
    stored = {quad for quad in graph.store if quad.graph_name != ox.DefaultGraph()}

    assert read_by_pyoxigraph(path) == stored
    assert syntax is None or read_by_rapper(path, syntax, "nquads") == stored
    assert read_by_riot(path, form="nq") == stored


@pytest.mark.matrix
@pytest.mark.parametrize("extension", ALL_GRAPHS)
def test_rdflib_reads_the_same_in_the_dump_of_all_graphs(server, graph, tmp_path, extension):
    path = downloaded(server, tmp_path, "gbagraph", extension)

    stored = {quad for quad in graph.store if quad.graph_name != ox.DefaultGraph()}
    assert read_by_rdflib(path, rdflib.Dataset) == stored
