"""Who says so: every asserted triple answers to one pattern, whatever asks."""

import re
from collections import defaultdict

import pyoxigraph as ox
import pytest

from gbagraph.dataset import computed as evidence
from gbagraph.dataset import loader
from gbagraph.dataset.identity import EVIDENCE
from gbagraph.rdf.namespaces import BASES, PREFIXES, declarations, expand, graph_iri

PATTERN = """
SELECT ?s ?p ?o ?basis ?passage {
  ?c rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; ?basis ?passage .
  FILTER (?basis IN (ev:statedIn, ev:inferredFrom, ev:wordedFrom))
}
"""
CLAIM = ox.NamedNode(expand("ev:Claim"))
FACTS = ("article", "context", "links")
OF_EVIDENCE = {
    *BASES,
    *(expand(f"ev:{name}") for name in ("note", "resolves", "relativeTo")),
}


def asserted(parts, names=FACTS):
    """The triples of these graphs, but for claims and what nodes say of their own evidence."""
    triples = set().union(*(parts[graph_iri(name)] for name in names))
    claims = {triple.subject for triple in triples if triple.object == CLAIM}
    return {
        triple
        for triple in triples
        if triple.subject not in claims and triple.predicate.value not in OF_EVIDENCE
    }


@pytest.fixture(scope="module")
def bases(graph):
    """The bases of each triple that answers to the pattern."""
    known = defaultdict(set)
    for row in graph.query(declarations() + PATTERN):
        known[ox.Triple(row["s"], row["p"], row["o"])].add(row["basis"].value)
    return known


def test_every_asserted_triple_answers_to_the_pattern(bases, parts):
    assert set(bases) == asserted(parts)


def test_a_triple_is_stated_or_inferred_or_worded_by_us_and_one_of_them(bases):
    assert [triple for triple, several in bases.items() if len(several) > 1] == []


def test_one_claim_a_triple(graph, parts):
    counted = "SELECT (COUNT(?c) AS ?n) { ?c rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o }"
    (row,) = graph.query(declarations() + counted)

    assert int(row["n"].value) == len(asserted(parts))


def test_what_differs_has_its_claims_in_its_own_graph(graph, parts):
    pattern = PATTERN.replace("{\n  ?c", "{ GRAPH graph:differing {\n  ?c").replace(
        "?passage .", "?passage } ."
    )
    found = {
        ox.Triple(row["s"], row["p"], row["o"]) for row in graph.query(declarations() + pattern)
    }

    assert found == asserted(parts, ["differing"])
    assert not found & asserted(parts)


def test_the_bounds_of_a_date_rest_on_what_the_date_rests_on(bases):
    """The bounds of an inferred date are inferred."""
    dates = {expand(f"gba:{name}") for name in ("date", "start", "end", "deadline")}
    bounds = {expand("gba:earliest"), expand("gba:latest")}
    basis_of = defaultdict(set)
    for triple, known in bases.items():
        if triple.predicate.value in dates:
            basis_of[triple.subject] |= known
    compared = 0
    for triple, known in bases.items():
        if triple.predicate.value in bounds and len(basis_of[triple.subject]) == 1:
            assert known == basis_of[triple.subject], triple
            compared += 1
    assert compared > 30


def test_names_and_remarks_are_worded_by_us_unless_a_claim_by_hand_says_otherwise(graph):
    rows = graph.query(
        declarations()
        + """SELECT DISTINCT ?c ?basis {
          VALUES ?p { rdfs:label skos:prefLabel skos:altLabel rdfs:comment }
          VALUES ?basis { ev:statedIn ev:inferredFrom ev:wordedFrom }
          GRAPH graph:evidence { ?c rdf:predicate ?p ; ?basis ?passage } }"""
    )
    read = loader.read_built_in().quads_for_pattern(None, None, CLAIM, None)
    written = {quad.subject for quad in read}
    by_hand, computed = set(), set()
    for row in rows:
        name = row["c"]
        (by_hand if name in written else computed).add(BASES[row["basis"].value])

    assert computed == {"ours"}
    assert by_hand == {"stated", "inferred", "ours"}


def test_names_of_claims_tell_what_they_are_about(graph):
    rows = graph.query(declarations() + "SELECT ?c { ?c a ev:Claim }")
    names = [row["c"].value.removeprefix(PREFIXES["c"]) for row in rows]
    computed = [name for name in names if "." in name]

    assert len(computed) > 1000
    assert all(re.fullmatch(r"[^.]+\.[^.]+\.[0-9a-f]{12}", name) for name in computed)


def test_a_link_from_elsewhere_does_not_rest_on_the_article():
    """What another graph adds to a node of the article rests on what it links to."""
    store = ox.Store()
    node, plan, source = (
        ox.NamedNode(PREFIXES["id"] + name) for name in ("target", "plan", "source")
    )
    stated, aim = ox.NamedNode(expand("ev:statedIn")), ox.NamedNode(expand("gba:hasAim"))
    article, context = (ox.NamedNode(graph_iri(name)) for name in ("article", "context"))
    store.extend(
        [
            ox.Quad(plan, stated, ox.NamedNode(PREFIXES["art"] + "title"), article),
            ox.Quad(node, stated, source, context),
            ox.Quad(plan, aim, node, context),
        ]
    )

    evidence.add_claims(store)

    (claim,) = store.quads_for_pattern(None, ox.NamedNode(expand("rdf:object")), node, EVIDENCE)
    (row,) = store.quads_for_pattern(claim.subject, stated, None, EVIDENCE)
    assert row.object == source
