"""The published files: served as they are written, merged, described."""

import gzip

import pyoxigraph as ox
import pytest
import rdflib

import gbagraph
from gbagraph.dataset.identity import BUILT_IN
from gbagraph.dataset.loader import load
from gbagraph.errors import DatasetError
from gbagraph.paths import resource
from gbagraph.rdf.namespaces import PREFIXES, expand, graph_iri

FILES = [resource(*parts) for parts in BUILT_IN.values()]
COMPUTED = {
    "meta": "description",
    "inferred": "what follows from claims",
    "differing": "its claims",
}
"""Graphs to which something is added at load, and what."""
WRITTEN = [name for name in BUILT_IN if name not in COMPUTED]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_names_its_licence(path):
    assert path.read_text().startswith("# SPDX-License-Identifier: CC-BY-4.0\n")


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_served_equals_what_is_written(graph, name):
    """The store keeps some literals by value, so files must be in the forms that it keeps."""
    written = ox.parse(path=str(resource(*BUILT_IN[name])), format=ox.RdfFormat.TURTLE)
    served = graph.store.quads_for_pattern(None, None, None, ox.NamedNode(graph_iri(name)))

    assert {quad.triple for quad in served} == {quad.triple for quad in written}


def oxigraph_terms(terms):
    """Terms by lexical form, datatype and language tag, whatever a library makes of their values."""
    return tuple(
        (term.value, term.datatype.value, term.language)
        if isinstance(term, ox.Literal)
        else term.value
        for term in terms
    )


def rdflib_terms(terms):
    string, tagged = rdflib.XSD.string, rdflib.RDF.langString
    return tuple(
        (str(term), str(tagged if term.language else term.datatype or string), term.language)
        if isinstance(term, rdflib.Literal)
        else str(term)
        for term in terms
    )


@pytest.fixture(scope="module")
def dump(server):
    """The whole dataset as the running server gives it."""
    response = server.client.get("/dumps/gbagraph.nq")
    assert response.headers["content-type"].startswith("application/n-quads")
    return response.content


@pytest.fixture
def _as_written(monkeypatch):
    """Keep rdflib from rewriting literals while it parses."""
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.usefixtures("_as_written")
def test_the_server_answers_term_by_term_what_the_files_say(dump, name):
    """Each file and the dump, by two parsers each: four times the same terms."""
    path, graph = resource(*BUILT_IN[name]), graph_iri(name)
    written = rdflib.Graph().parse(path)
    answered = rdflib.Dataset().parse(data=dump, format="nquads").graph(graph)
    quads = ox.parse(dump, format=ox.RdfFormat.N_QUADS)

    expected = {rdflib_terms(triple) for triple in written}
    assert {rdflib_terms(triple) for triple in answered} == expected
    assert {
        oxigraph_terms(quad.triple) for quad in quads if quad.graph_name.value == graph
    } == expected
    assert {
        oxigraph_terms(quad.triple) for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)
    } == expected


@pytest.mark.parametrize("name", COMPUTED)
@pytest.mark.usefixtures("_as_written")
def test_the_server_answers_what_the_file_says_with_what_is_computed(dump, name):
    written = rdflib.Graph().parse(resource(*BUILT_IN[name]))
    answered = rdflib.Dataset().parse(data=dump, format="nquads").graph(graph_iri(name))

    missing = {rdflib_terms(t) for t in written} - {rdflib_terms(t) for t in answered}
    assert missing == set()


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


def triples(graph, name=""):
    """The triples of one of our graphs, by default of the default graph, in a list."""
    place = ox.NamedNode(graph_iri(name)) if name else ox.DefaultGraph()
    return [quad.triple for quad in graph.store.quads_for_pattern(None, None, None, place)]


def test_the_default_graph_holds_each_triple_once(graph):
    default = triples(graph)

    assert len(default) == len(set(default)) == graph.description.default_graph


@pytest.mark.parametrize("name", ["article", "context", "links", "evidence", "inferred", "queries"])
def test_the_default_graph_holds_what_is_said_and_what_follows(graph, name):
    assert set(triples(graph, name)) <= set(triples(graph))


@pytest.mark.parametrize("name", ["differing", "shapes"])
def test_the_default_graph_does_not_hold_what_would_mislead(graph, name):
    elsewhere = ("article", "context", "links", "evidence", "inferred", "ontology", "meta")
    own = set(triples(graph, name)).difference(*(triples(graph, other) for other in elsewhere))

    # What differs is only led to: a figure beside that of the article is not.
    leads = {triple for triple in own if triple.predicate.value == expand("gba:differsFrom")}
    assert len(own) > 500
    assert bool(leads) == (name == "differing")
    assert own & set(triples(graph)) == leads


def test_what_the_default_graph_holds_is_somewhere(graph):
    everywhere = set().union(*(triples(graph, name) for name in (*BUILT_IN, "evidence", "queries")))

    assert set(triples(graph)) <= everywhere


def test_explicit_statements_are_all_but_what_follows(graph):
    explicit = gbagraph.open(infer=False)

    assert explicit.version == f"{graph.version}+explicit"
    assert explicit.hash == graph.hash
    assert set(triples(explicit)).isdisjoint(triples(explicit, "inferred"))
    facts = set(triples(graph, "article")) | set(triples(graph, "evidence"))
    assert facts <= set(triples(explicit))


def test_the_older_name_of_infer_warns():
    with pytest.warns(DeprecationWarning, match="now called infer"):
        assert gbagraph.open(inference=False).version.endswith("+explicit")


def test_what_is_described_is_the_licence_and_the_version(graph):
    for name in BUILT_IN:
        assert graph.query(f"""
            PREFIX dcterms: <{PREFIXES["dcterms"]}>
            ASK {{ GRAPH <{graph_iri("meta")}> {{
              <{graph_iri(name)}> dcterms:license <https://creativecommons.org/licenses/by/4.0/>
            }} }}""")


def test_files_in_place_of_the_dataset(tmp_path, small_file):
    turtle = tmp_path / "more.ttl"
    turtle.write_text("<#it> <urn:p> 'x' .")

    graph = gbagraph.open([small_file, turtle])

    assert graph.description.graphs == {"http://example.org/g1": 2, "http://example.org/g2": 2}
    assert graph.query(f"ASK {{ <{turtle.as_uri()}#it> <urn:p> 'x' }}")
    assert graph.version.startswith("sha256-")
    assert graph.version != gbagraph.open([small_file]).version


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        pytest.param("bad.ttl", "<a:a> <a:b> .", r"bad\.ttl, line 1, column \d+", id="syntax"),
        pytest.param("data.csv", "a,b", r"names no RDF format\. Known are: \.ttl", id="format"),
        pytest.param("utf16.nt", "\xff\xfe", r"utf16\.nt", id="encoding"),
    ],
)
def test_a_file_that_cannot_be_loaded(tmp_path, name, text, says):
    path = tmp_path / name
    path.write_bytes(text.encode("latin-1"))

    with pytest.raises(DatasetError, match=says):
        load([path])


def test_a_file_may_be_compressed(tmp_path, small_file):
    path = tmp_path / "data.trig.gz"
    path.write_bytes(gzip.compress(small_file.read_bytes()))

    assert gbagraph.open(path).description.graphs == gbagraph.open(small_file).description.graphs


WHOLE = gzip.compress(b"<a:a> <a:b> <a:c> .\n" * 50)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        pytest.param("data.nq.gz", b"<a:a> <a:b> <a:c> .", "no file that gzip made", id="not gzip"),
        pytest.param("data.nq.gz", WHOLE[:-9], "not all of it", id="cut"),
        pytest.param("data.nq.gz", WHOLE[:12] + b"\xff\xff" + WHOLE[14:], "gzip", id="corrupt"),
        pytest.param("data.nq.gz", gzip.compress(b"<a:a> ."), "line 1, column", id="syntax"),
        pytest.param("data.gz", WHOLE, r"names no RDF format.*each also with \.gz", id="no format"),
    ],
)
def test_a_compressed_file_that_cannot_be_loaded(tmp_path, name, content, says):
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(DatasetError, match=rf"{name}.*{says}"):
        load([path])


def test_a_folder_without_a_file_is_told(tmp_path):
    with pytest.raises(DatasetError, match="has no RDF file in it"):
        load([tmp_path])


def test_nothing_follows_from_files_without_that_graph(small_file):
    with pytest.raises(DatasetError, match=r"small\.trig have no graph .*graph/inferred"):
        load([small_file], infer=True)


def test_a_missing_file(tmp_path):
    with pytest.raises(DatasetError, match=r"nowhere\.ttl cannot be read"):
        load([tmp_path / "nowhere.ttl"])


def test_a_remote_context_is_told(tmp_path):
    path = tmp_path / "data.jsonld"
    path.write_text('{"@context": "https://example.org/context", "name": "x"}')

    with pytest.raises(DatasetError, match=r"data\.jsonld: it refers to a JSON-LD context"):
        load([path])
