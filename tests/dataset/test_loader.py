"""The published files: served as they are written, merged, described."""

import gzip
import re
from collections import defaultdict

import pyoxigraph as ox
import pytest
import zstandard

import gbagraph
from gbagraph.dataset.identity import BUILT_IN, graph_of
from gbagraph.dataset.loader import load
from gbagraph.errors import DatasetError
from gbagraph.paths import resource
from gbagraph.rdf.namespaces import PREFIXES, expand, graph_iri
from support import file_with

FILES = [resource(*parts) for parts in BUILT_IN.values()]
COMPUTED = set(map(graph_iri, ("meta", "inferred", "differing", "evidence")))
"""Graphs to which something is added at load: a description, what follows from claims, and claims."""


def test_a_file_names_its_licence():
    for path in FILES:
        assert path.read_text().startswith("# SPDX-License-Identifier: CC-BY-4.0\n"), path


def test_what_is_held_equals_what_is_written(parts):
    """The store keeps some literals by value, so files must be in the forms that it keeps."""
    written = defaultdict(set)
    for name, place in BUILT_IN.items():
        quads = ox.parse(path=str(resource(*place)), format=ox.RdfFormat.TURTLE)
        written[graph_of(name).value] |= {quad.triple for quad in quads}

    for graph, triples in written.items():
        assert triples <= parts[graph]
        assert graph in COMPUTED or triples == parts[graph]


def test_geosparql_functions_take_the_geometries(graph):
    """From Foshan to Guangzhou it is a little less than sixteen kilometres."""
    (row,) = graph.query(f"""
        PREFIX geo: <{PREFIXES["geo"]}>
        PREFIX geof: <http://www.opengis.net/def/function/geosparql/>
        PREFIX id: <{PREFIXES["id"]}>
        SELECT (geof:distance(?a, ?b, <http://www.opengis.net/def/uom/OGC/1.0/metre>) AS ?metres) {{
          id:foshan geo:hasGeometry/geo:asWKT ?a . id:guangzhou geo:hasGeometry/geo:asWKT ?b
        }}""")

    assert 15_500 < float(row["metres"].value) < 16_000


def test_the_default_graph_holds_each_triple_once(graph, parts):
    quads = graph.store.quads_for_pattern(None, None, None, ox.DefaultGraph())

    assert len(list(quads)) == len(parts[""]) == graph.description.default_graph


def test_the_default_graph_holds_what_is_said_and_what_follows(parts):
    for name in ("article", "context", "links", "evidence", "inferred"):
        assert parts[graph_iri(name)] <= parts[""]


@pytest.mark.parametrize("name", ["differing", "selectors", "shapes", "queries"])
def test_the_default_graph_does_not_hold_what_would_mislead(parts, name):
    elsewhere = ("article", "context", "links", "evidence", "inferred", "ontology", "meta")
    own = parts[graph_iri(name)].difference(*(parts[graph_iri(other)] for other in elsewhere))

    # What differs is only led to: a figure beside that of the article is not.
    leads = {triple for triple in own if triple.predicate.value == expand("gba:differsFrom")}
    assert len(own) > 500
    assert bool(leads) == (name == "differing")
    assert own & parts[""] == leads


def test_what_the_default_graph_holds_is_somewhere(parts):
    assert parts[""] <= set().union(*(held for iri, held in parts.items() if iri))


def test_explicit_statements_are_all_but_what_follows(graph, parts):
    explicit = gbagraph.open(infer=False)

    assert explicit.version == f"{graph.version}+explicit"
    assert explicit.hash == graph.hash
    held = {
        quad.triple
        for quad in explicit.store.quads_for_pattern(None, None, None, ox.DefaultGraph())
    }
    assert held.isdisjoint(parts[graph_iri("inferred")])
    assert parts[graph_iri("article")] | parts[graph_iri("evidence")] <= held


def test_the_older_name_of_infer_warns(small_file):
    with (
        pytest.warns(DeprecationWarning, match="now called infer"),
        pytest.raises(DatasetError, match="nothing that follows"),
    ):
        gbagraph.open(small_file, inference=True)


def test_what_is_described_is_the_licence_and_the_version(graph):
    for name in BUILT_IN:
        assert graph.query(f"""
            PREFIX dcterms: <{PREFIXES["dcterms"]}>
            ASK {{ GRAPH <{graph_iri("meta")}> {{
              {graph_of(name)} dcterms:license <https://creativecommons.org/licenses/by/4.0/>
            }} }}""")


def test_files_in_place_of_the_dataset(tmp_path, small_file):
    turtle = file_with(tmp_path / "more.ttl", "<#it> <urn:p> 'x' .")

    graph = gbagraph.open([small_file, turtle])

    assert graph.description.graphs == {"http://example.org/g1": 2, "http://example.org/g2": 2}
    assert graph.query(f"ASK {{ <{turtle.as_uri()}#it> <urn:p> 'x' }}")
    assert graph.version.startswith("sha256-")
    assert graph.version != gbagraph.open([small_file]).version


def test_a_graph_without_an_iri_is_merged_too(tmp_path):
    path = file_with(tmp_path / "blank.trig", "_:g { <urn:a> <urn:p> 1 } <urn:b> <urn:p> 2 .")

    assert len(gbagraph.open(path).select("SELECT * { ?s <urn:p> ?o }")) == 2


def test_folders_and_compressed_files_are_read(tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "a.ttl").write_text("<urn:a> <urn:p> 1 .")
    (tmp_path / "notes.md").write_text("not RDF")
    (tmp_path / "more" / "b.nt.gz").write_bytes(gzip.compress(b'<urn:b> <urn:p> "2" .\n'))
    (tmp_path / "more" / "c.ttl.zst").write_bytes(zstandard.compress(b"<urn:c> <urn:p> 3 ."))

    found = gbagraph.open(tmp_path).select("SELECT ?s { ?s <urn:p> ?o } ORDER BY ?s")
    assert found.column("s") == ["urn:a", "urn:b", "urn:c"]


REMOTE = b'{"@context": "https://example.org/context", "name": "x"}'
WHOLE = gzip.compress(b"<a:a> <a:b> <a:c> .\n" * 50)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        pytest.param("nowhere.ttl", None, "cannot be read", id="missing"),
        pytest.param("bad.ttl", b"<a:a> <a:b> .", r"line 1, column \d+", id="syntax in text"),
        pytest.param("data.csv", b"a,b", r"names no RDF format\. Known are: \.ttl", id="format"),
        pytest.param("utf16.nt", b"\xff\xfe", "", id="encoding"),
        pytest.param("data.jsonld", REMOTE, "refers to a JSON-LD context", id="remote context"),
        pytest.param("data.nq.gz", b"<a:a> <a:b> <a:c> .", "no file that gzip made", id="not gzip"),
        pytest.param("data.nq.gz", WHOLE[:-9], "not all of it", id="cut"),
        pytest.param("data.nq.gz", WHOLE[:12] + b"\xff\xff" + WHOLE[14:], "gzip", id="corrupt"),
        pytest.param("data.nq.gz", gzip.compress(b"<a:a> ."), "line 1, column", id="syntax"),
        pytest.param("data.gz", WHOLE, r"names no RDF format.*each also with \.gz", id="no format"),
    ],
)
def test_a_file_that_cannot_be_loaded(tmp_path, name, content, says):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(DatasetError, match=rf"{name}.*{says}") as caught:
        load([path])

    assert caught.value.message.count(name) == 1
    assert caught.value.message.count(" column ") <= 1
    assert "[Errno" not in caught.value.message


def test_a_folder_without_a_file_is_told(tmp_path):
    with pytest.raises(DatasetError, match="has no RDF file in it"):
        load([tmp_path])


def test_nothing_follows_from_files_without_that_graph(small_file):
    with pytest.raises(DatasetError, match=r"small\.trig have no graph .*graph/inferred"):
        load([small_file], infer=True)


def test_blank_nodes_have_the_same_names_at_each_start(tmp_path):
    path = tmp_path / "data.ttl"
    path.write_text("[] <x:p> [ <x:q> 1 ] . <x:a> <x:p> <<( _:b <x:p> _:c )>> .")
    other = tmp_path / "other.ttl"
    other.write_text("_:b <x:q> 2 .")
    first, second = (list(load([path, other])[0]) for _ in range(2))
    assert first == second
    named = re.findall("BlankNode value=([0-9a-f]{32})", str(first))
    assert len(set(named)) == 5
