"""The evidence in other forms says the same: read back by a parser and compared with the graphs."""

import pyoxigraph as ox
import pytest

from gbagraph.dataset.catalog import downloads
from gbagraph.rdf.namespaces import PREFIXES, expand, graph_iri

GRAPHS = [ox.NamedNode(graph_iri(name)) for name in ("article", "context", "links")]
TYPE, CLAIM = ox.NamedNode(expand("rdf:type")), ox.NamedNode(expand("ev:Claim"))
REIFIES = ox.NamedNode(expand("rdf:reifies"))
PARTS = [ox.NamedNode(PREFIXES["rdf"] + name) for name in ("subject", "predicate", "object")]
BASES = {ox.NamedNode(expand(f"ev:{name}")) for name in ("statedIn", "inferredFrom", "wordedFrom")}
NOT_TOLD = {ox.NamedNode(expand(f"ev:{name}")) for name in ("note", "resolves", "relativeTo")}
EVIDENCE = ox.NamedNode(graph_iri("evidence"))


@pytest.fixture(scope="module")
def facts(graph):
    """The quads of the three graphs of facts but for the claims, which are all in graph/evidence."""
    quads = {quad for quad in graph.store if quad.graph_name in GRAPHS}
    claims = {quad.subject for quad in quads if (quad.predicate, quad.object) == (TYPE, CLAIM)}
    return {quad for quad in quads if quad.subject not in claims}


@pytest.fixture(scope="module")
def evidence(graph):
    return set(graph.store.quads_for_pattern(None, None, None, EVIDENCE))


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
def test_reifiers_mapped_back_are_the_claims(server, facts, evidence, extension):
    found = read(server, "gbagraph-rdf12", extension)

    claims = {quad.subject for quad in evidence}
    assert {quad.subject for quad in found if quad.predicate == REIFIES} == claims
    assert len(claims) > 1000
    assert len(found) == len(set(found))
    assert set(with_claims(found)) == facts | evidence


@pytest.mark.parametrize("extension", ["ttl", "nt"])
def test_reifiers_without_graphs(server, facts, evidence, extension):
    found = read(server, "gbagraph-rdf12", extension)

    expected = {quad.triple for quad in facts | evidence}
    assert {quad.triple for quad in with_claims(found)} == expected


def sources(evidence):
    """Each fact with each source on which it rests, by the claims."""
    told = {}
    for quad in evidence:
        told.setdefault(quad.subject, []).append((quad.predicate, quad.object))
    for rows in told.values():
        parts = dict(rows)
        triple = ox.Triple(*(parts[part] for part in PARTS))
        yield from ((triple, value) for predicate, value in rows if predicate in BASES)


@pytest.mark.parametrize("extension", ["trig", "nq"])
def test_a_graph_for_each_source_holds_what_rests_on_it_beside_the_claims(
    server, facts, evidence, extension
):
    found = read(server, "gbagraph-sources", extension)
    named = {
        (quad.triple, quad.graph_name) for quad in found if quad.graph_name != ox.DefaultGraph()
    }

    assert named == set(sources(evidence))
    assert len({source for _, source in named if "/article/" in source.value}) > 10
    default = {quad.triple for quad in found if quad.graph_name == ox.DefaultGraph()}
    assert default == {quad.triple for quad in evidence}
    in_evidence = {*BASES, *NOT_TOLD}
    assert {triple for triple, _ in named} == {
        quad.triple for quad in facts if quad.predicate not in in_evidence
    }


def test_a_format_without_triple_terms_is_not_offered(server):
    for name in ("gbagraph-rdf12.rdf", "gbagraph-rdf12.jsonld", "gbagraph-sources.ttl"):
        assert server.client.get(f"/dumps/{name}").status_code == 404


def test_the_page_of_the_dataset_names_each(server, graph):
    page = server.page("/doc/dataset")
    graphs = [f"{iri.rpartition('/')[2]}.ttl" for iri in graph.description.graphs]
    of_all = [f"gbagraph{end}" for end in (".trig", ".nq", "-rdf12.ttl", "-sources.trig")]

    assert [name for name in (*graphs, *of_all) if f'href="/dumps/{name}"' not in page] == []


def test_other_data_offers_its_own_graphs(small_server):
    assert small_server.client.get("/dumps/gbagraph.nq").status_code == 200
    for name in ("article.ttl", "gbagraph-rdf12.ttl"):
        assert small_server.client.get(f"/dumps/{name}").status_code == 404
    assert "gbagraph-rdf12" not in small_server.client.get("/").text
    assert not [name for name in downloads(["http://example.org/g"]) if "example" in name]
