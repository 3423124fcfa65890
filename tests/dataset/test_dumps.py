"""The evidence in other forms says the same: read back by a parser and compared with the graphs."""

import pyoxigraph as ox
import pytest

from gbagraph.dataset.description.dumps import downloads
from gbagraph.rdf.namespaces import PREFIXES, expand, graph_iri

GRAPHS = [ox.NamedNode(graph_iri(name)) for name in ("article", "context", "links")]
TYPE, CLAIM = ox.NamedNode(expand("rdf:type")), ox.NamedNode(expand("gba:Claim"))
REIFIES = ox.NamedNode(expand("rdf:reifies"))
PARTS = [ox.NamedNode(PREFIXES["rdf"] + name) for name in ("subject", "predicate", "object")]
BASES = {ox.NamedNode(expand("gba:statedIn")), ox.NamedNode(expand("gba:inferredFrom"))}
NOTE = ox.NamedNode(expand("gba:note"))


@pytest.fixture(scope="module")
def facts(graph):
    """The quads of the three graphs of facts."""
    return {quad for quad in graph.store if quad.graph_name in GRAPHS}


def read(server, name, extension):
    response = server.client.get(f"/dumps/{name}.{extension}")
    assert response.status_code == 200
    assert f'filename="{name}.{extension}"' in response.headers["Content-Disposition"]
    return list(ox.parse(response.content, format=ox.RdfFormat.from_extension(extension)))


def with_claims(quads):
    """RDF 1.2 mapped back: a reifier becomes a claim with subject, predicate and object."""
    for quad in quads:
        if quad.predicate != REIFIES:
            yield quad
            continue
        triple = quad.object
        terms = (triple.subject, triple.predicate, triple.object)
        for predicate, term in zip(PARTS, terms, strict=True):
            yield ox.Quad(quad.subject, predicate, term, quad.graph_name)


@pytest.mark.parametrize("extension", ["trig", "nq"])
def test_reifiers_mapped_back_are_the_claims(server, facts, extension):
    found = read(server, "gbagraph-rdf12", extension)

    claims = {quad.subject for quad in facts if (quad.predicate, quad.object) == (TYPE, CLAIM)}
    assert {quad.subject for quad in found if quad.predicate == REIFIES} == claims
    assert len(claims) > 100
    assert len(found) == len(set(found))
    assert set(with_claims(found)) == facts


@pytest.mark.parametrize("extension", ["ttl", "nt"])
def test_reifiers_without_graphs(server, facts, extension):
    found = read(server, "gbagraph-rdf12", extension)

    assert {quad.triple for quad in with_claims(found)} == {quad.triple for quad in facts}


def evidence(facts):
    """By the rules of the data: (fact, source), by a claim, else the subject's, else the object's."""
    sources, claims = {}, {}
    for quad in facts:
        if quad.predicate in BASES:
            sources.setdefault((quad.graph_name, quad.subject), set()).add(quad.object)
        if quad.predicate in PARTS:
            about = claims.setdefault((quad.graph_name, quad.subject), {})
            about[PARTS.index(quad.predicate)] = quad.object
    found = set()
    claimed = set()
    for key, about in claims.items():
        triple = ox.Triple(about[0], about[1], about[2])
        claimed.add((key[0], triple))
        found |= {(triple, source) for source in sources[key]}
    for quad in facts:
        key = (quad.graph_name, quad.subject)
        covered = (quad.graph_name, quad.triple) in claimed or key in claims
        if covered or quad.predicate in BASES or quad.predicate == NOTE:
            continue
        own = sources.get(key) or sources.get((quad.graph_name, quad.object), set())
        found |= {(quad.triple, source) for source in own}
    return found


@pytest.mark.parametrize("extension", ["trig", "nq"])
def test_a_graph_for_each_source_holds_what_rests_on_it(server, facts, extension):
    found = read(server, "gbagraph-sources", extension)
    named = {
        (quad.triple, quad.graph_name) for quad in found if quad.graph_name != ox.DefaultGraph()
    }

    assert named == evidence(facts)
    assert len({source for _, source in named if "/article/" in source.value}) > 10


def test_the_claims_stand_in_the_default_graph(server, facts):
    found = read(server, "gbagraph-sources", "trig")
    claims = {quad.subject for quad in facts if (quad.predicate, quad.object) == (TYPE, CLAIM)}

    default = {quad.triple for quad in found if quad.graph_name == ox.DefaultGraph()}
    assert default == {quad.triple for quad in facts if quad.subject in claims}


def test_a_format_without_triple_terms_is_not_offered(server):
    for name in ("gbagraph-rdf12.rdf", "gbagraph-rdf12.jsonld", "gbagraph-sources.ttl"):
        assert server.client.get(f"/dumps/{name}").status_code == 404


def test_the_start_page_names_them(server):
    page = server.client.get("/").text

    for name in ("gbagraph-rdf12.ttl", "gbagraph-sources.trig"):
        assert f'href="/dumps/{name}"' in page


def test_other_data_offers_its_own_graphs(small_server):
    assert small_server.client.get("/dumps/gbagraph.nq").status_code == 200
    for name in ("article.ttl", "gbagraph-rdf12.ttl"):
        assert small_server.client.get(f"/dumps/{name}").status_code == 404
    assert "gbagraph-rdf12" not in small_server.client.get("/").text
    assert not [name for name in downloads(["http://example.org/g"]) if "example" in name]
