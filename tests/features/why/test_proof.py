"""Proofs: every triple of the dataset has one, each step of it is valid, and none is shorter."""

import pyoxigraph as ox
import pytest
import rdflib
from rdflib import OWL, RDF, URIRef

import gbagraph
from gbagraph.dataset.identity import BUILT_IN, VOCABULARIES
from gbagraph.errors import UnknownTriple
from gbagraph.features.curation import reasoning
from gbagraph.features.why.proof import Proofs
from gbagraph.features.why.rules import RULES, Rules, closure
from gbagraph.paths import resource
from gbagraph.rdf.namespaces import BASE, expand, graph_iri
from gbagraph.sparql.terms import read, triple_of
from support import file_with

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
NO_FACT_OF_THEIR_OWN = {"selectors", "inferred", "meta", "shapes", "ontology/evidence"}


def named(name):
    return ox.NamedNode(graph_iri(name))


def triples(graph, name):
    return {quad.triple for quad in graph.store.quads_for_pattern(None, None, None, named(name))}


@pytest.fixture(scope="module")
def proofs(graph):
    return Proofs(graph.store)


@pytest.fixture(scope="module")
def asserted(graph):
    """Each asserted triple."""
    computed = (named("inferred"), ox.DefaultGraph())
    return {quad.triple for quad in graph.store if quad.graph_name not in computed}


def why(graph, subject, predicate, value):
    return Proofs(graph.store).why(read(subject, predicate, value))


def steps(proof):
    yield proof
    for premise in proof.premises:
        yield from steps(premise)


def height(proof):
    return 1 + max(map(height, proof.premises), default=0)


@pytest.mark.parametrize("place", ["pazhou-core-area", "guangzhou"])
def test_what_follows_from_a_plan_is_marked_as_planned(graph, server, place):
    triple = f"{BASE}id/tencent", expand("gba:plannedIn"), f"{BASE}id/{place}"
    asked = dict(zip("spo", triple, strict=True))
    told = {
        kind: server.client.get("/why", params={**asked, "format": kind})
        for kind in ("json", "text")
    }
    page = server.client.get("/why", params=asked, headers={"Accept": "text/html"}).text

    assert why(graph, *triple).marks == ("planned",)
    assert told["json"].json()["proof"]["marks"] == ["planned"]
    assert told["text"].text.partition("\n")[0].endswith("] (planned)")
    assert "<b>planned</b>" in page


@pytest.mark.parametrize("link", ["involvedIn", "involves", "plannedIn", "hasSitePlan", "siteOf"])
def test_each_link_that_rests_on_plans_says_so(graph, proofs, link):
    """The projects of companies are planned, too: what was signed need not have begun."""
    links = [
        each for each in triples(graph, "inferred") if each.predicate.value == expand(f"gba:{link}")
    ]
    rows = graph.select(f"SELECT ?s ?o {{ ?s <{expand(f'gba:{link}')}> ?o }}", evidence=True)

    assert links
    assert [proofs.why(each).marks for each in links] == [("planned",)] * len(links)
    assert all("planned" in row.evidence.marks for row in rows)


@pytest.mark.parametrize("number", [80000, 8])
def test_a_number_of_what_is_planned_is_marked(graph, number):
    (row,) = graph.select(f"SELECT ?n {{ ?n <{expand('gba:value')}> {number} }}", evidence=True)

    assert "planned" in row.evidence.marks


def test_what_follows_from_what_is_certain_has_no_mark(graph):
    triple = f"{BASE}id/huangpu", expand("gba:locatedIn"), f"{BASE}id/guangdong"

    assert why(graph, *triple).marks == ()


# --- The closure -----------------------------------------------------------------------------


def parsed(*names):
    found = rdflib.Graph()
    for name in names:
        found.parse(resource(*BUILT_IN[name]))
    return found


def facts_of(graph):
    return [tuple(term.n3() for term in triple) for triple in graph]


@pytest.mark.slow
def test_what_follows_is_what_the_reasoner_found():
    """By these rules from the same files follows exactly what ``data/inferred.ttl`` keeps."""
    premises = facts_of(parsed(*reasoning._READ))
    found = {
        tuple(map(rdflib_term, triple_of(fact))) for fact in closure(premises, Rules(premises))
    }

    everything = parsed(*(name for name in BUILT_IN if name != "inferred"))
    kept = reasoning._kept_terms(parsed(*VOCABULARIES))
    claims = set(everything.subjects(RDF.type, URIRef(expand("ev:Claim"))))
    of_data = {
        triple
        for triple in found
        if triple not in everything
        and reasoning._is_kept(triple, kept, claims)
        and is_reasoned_with(triple)
    }
    assert of_data == set(parsed("inferred"))


def rdflib_term(term):
    return rdflib.util.from_n3(str(term))


NAME = URIRef(expand("schema:name"))
"""Each label answers to it, though both are annotations."""
ANNOTATIONS = {*parsed(*VOCABULARIES).subjects(RDF.type, OWL.AnnotationProperty)} - {NAME}


def is_reasoned_with(triple):
    """OWL's direct semantics gives annotations no consequences (OWL 2 Syntax, section 10)."""
    return triple[1] not in ANNOTATIONS


# --- Every triple has a proof ----------------------------------------------------------------


@pytest.mark.slow
def test_everything_that_follows_has_a_valid_proof(graph, proofs, asserted):
    for triple in triples(graph, "inferred"):
        proof = proofs.why(triple)
        assert proof.triple == triple
        assert proof.basis == "derived"
        for step in steps(proof):
            if step.rule == "asserted":
                assert step.triple in asserted
                assert not step.premises
            else:
                assert RULES[step.rule], "words for it"
                assert is_step(graph, step), step
                passages = {name for premise in step.premises for name in premise.paragraphs}
                assert step.paragraphs == tuple(sorted(passages))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*BUILT_IN, "evidence"} - NO_FACT_OF_THEIR_OWN))
def test_what_is_asserted_says_who_says_so(graph, proofs, name):
    for triple in triples(graph, name):
        proof = proofs.why(triple)
        assert proof.rule == "asserted"
        assert not proof.premises
        if proof.basis != "ontology":
            assert proof.basis in ("stated", "inferred", "ours")
            assert proof.paragraphs, triple


TABLES = {
    "cax-sco": ("?x rdf:type ?c", "?c rdfs:subClassOf ?d", "?x rdf:type ?d"),
    "prp-spo1": ("?x ?p ?y", "?p rdfs:subPropertyOf ?q", "?x ?q ?y"),
    "prp-dom": ("?x ?p ?y", "?p rdfs:domain ?c", "?x rdf:type ?c"),
    "prp-rng": ("?x ?p ?y", "?p rdfs:range ?c", "?y rdf:type ?c"),
    "prp-inv1": ("?x ?p ?y", "?p owl:inverseOf ?q", "?y ?q ?x"),
    "prp-inv2": ("?x ?p ?y", "?q owl:inverseOf ?p", "?y ?q ?x"),
    "prp-symp": ("?x ?p ?y", "?p rdf:type owl:SymmetricProperty", "?y ?p ?x"),
    "prp-trp": ("?x ?p ?y", "?y ?p ?z", "?p rdf:type owl:TransitiveProperty", "?x ?p ?z"),
    "prp-spo2": ("?p owl:propertyChainAxiom ?list",),
}
"""Rules (OWL 2 Profiles, tables 5, 7 and 9): premises in the order of a proof, and what follows."""


def is_step(graph, step):
    """Whether a step is what the tables say of its rule."""
    patterns, bound = TABLES[step.rule], {}
    if step.rule == "prp-spo2":
        members = listed(graph, step.premises[-1].triple.object)
        bound = {f"?p{place}": member for place, member in enumerate(members)}
        links = [f"?x{place} ?p{place} ?x{place + 1}" for place in range(len(members))]
        patterns = (*links, *patterns, f"?x0 ?p ?x{len(members)}")
    triples = [*(premise.triple for premise in step.premises), step.triple]
    return all(
        bound.setdefault(name, term) == term if name.startswith("?") else node(name) == term
        for pattern, triple in zip(patterns, triples, strict=True)
        for name, term in zip(pattern.split(), triple, strict=True)
    )


def listed(graph, cell):
    """The members of a list in the ontology."""
    members = []
    while cell != node("rdf:nil"):
        first, cell = (
            next(graph.store.quads_for_pattern(cell, node(name), None, named("ontology"))).object
            for name in ("rdf:first", "rdf:rest")
        )
        members.append(first)
    return members


def node(curie):
    return ox.NamedNode(expand(curie))


# --- The shortest ----------------------------------------------------------------------------

EXAMPLE = """
PREFIX e: <http://example.org/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
e:in a owl:TransitiveProperty ; owl:inverseOf e:holds ; rdfs:domain e:Thing ; rdfs:range e:Place .
e:with a owl:SymmetricProperty .
e:at rdfs:subPropertyOf e:in .
e:Town rdfs:subClassOf e:Place . e:Place rdfs:subClassOf e:Thing .
e:made owl:propertyChainAxiom e:l1 . e:l1 rdf:first e:by ; rdf:rest e:l2 .
e:l2 rdf:first e:of ; rdf:rest e:l3 . e:l3 rdf:first e:in ; rdf:rest rdf:nil .
e:a e:at e:b . e:b e:in e:c . e:c e:in e:d . e:d e:in e:e .
e:a e:with e:z . e:x e:by e:y . e:y e:of e:a . e:e e:named "E" .
"""


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    return gbagraph.open([file_with(tmp_path_factory.mktemp("data") / "example.ttl", EXAMPLE)])


def proof_of(graph, text):
    subject, predicate, value = (
        part if part == "a" or ":" in part[2:] else f"http://example.org/{part[2:]}"
        for part in text.split()
    )
    return why(graph, subject, predicate, value)


@pytest.mark.parametrize(
    ("triple", "rule", "high", "size"),
    [
        ("e:a e:in e:b", "prp-spo1", 2, 3),
        ("e:b e:in e:d", "prp-trp", 2, 4),
        ("e:b e:in e:e", "prp-trp", 3, 6 + 1),
        ("e:a e:in e:e", "prp-trp", 4, 6 + 4 + 2),
        ("e:c e:holds e:b", "prp-inv1", 2, 3),
        ("e:z e:with e:a", "prp-symp", 2, 3),
        ("e:c a e:Place", "prp-rng", 2, 3),
        ("e:b a e:Thing", "prp-dom", 2, 3),
        ("e:e a e:Thing", "cax-sco", 3, 5),
        ("e:x e:made e:b", "prp-spo2", 3, 1 + 1 + 1 + 3 + 1),
    ],
)
def test_the_lowest_proof_is_found_and_of_those_the_smallest(example, triple, rule, high, size):
    proof = proof_of(example, triple)

    assert (proof.rule, height(proof), len(list(steps(proof)))) == (rule, high, size)


@pytest.mark.parametrize(
    ("triple", "rule"),
    [
        (("e:Town", "rdfs:subClassOf", "e:Thing"), "scm-sco"),
        (("e:in", "rdfs:range", "e:Thing"), "scm-rng1"),
        (("e:at", "rdfs:domain", "e:Thing"), "scm-dom2"),
    ],
)
def test_what_follows_of_terms(example, triple, rule):
    terms = (
        part.replace("e:", "http://example.org/", 1) if part[1] == ":" else part for part in triple
    )

    assert why(example, *terms).rule == rule


def test_a_literal_is_no_subject(tmp_path):
    path = file_with(
        tmp_path / "x.ttl", EXAMPLE + "e:named rdfs:range e:Thing ; owl:inverseOf e:names ."
    )

    with pytest.raises(UnknownTriple):
        proof_of(gbagraph.open([path]), "e:E e:names e:e")


def test_what_somebody_else_found_to_follow_is_recorded(tmp_path):
    path = file_with(
        tmp_path / "x.trig",
        EXAMPLE + f"<{graph_iri('inferred')}> {{ e:e e:like e:d . e:a e:in e:b . }}",
    )
    found = gbagraph.open([path])

    assert proof_of(found, "e:e e:like e:d").rule == "recorded"
    assert proof_of(found, "e:a e:in e:b").rule == "prp-spo1"


# --- What it says ----------------------------------------------------------------------------


def test_a_derived_triple(graph):
    proof = graph.why("id:apollo-rd-centre", "gba:locatedIn", "id:huangpu")

    assert proof.rule == "prp-trp"
    assert proof.basis == "derived"
    assert proof.paragraphs == (
        f"{BASE}article/knowledge-city-1",
        f"{BASE}article/knowledge-city-3",
    )
    leaf = proof.premises[0].premises[0]
    assert leaf.claim == f"{BASE}claim/apollo-rd-centre-directly-in-knowledge-city"
    assert leaf.basis == "inferred"
    assert leaf.note.startswith("Signed there")
    assert leaf.graphs == (graph_iri("article"),)


@pytest.mark.parametrize(
    ("triple", "basis", "paragraphs"),
    [
        (
            ("id:baidu", "gba:develops", "id:apollo-rd-centre"),
            "inferred",
            (f"{BASE}article/knowledge-city-3",),
        ),
        (
            ("id:knowledge-city", "gba:directlyIn", "id:huangpu"),
            "stated",
            (f"{BASE}article/knowledge-city-1",),
        ),
        (
            ("id:assessment-promotion-commitment", "gba:judgement", '"sign of commitment"@en'),
            "ours",
            (f"{BASE}article/knowledge-city-1",),
        ),
        ((BASE + "dataset", "dcterms:license", LICENCE), "asserted", ()),
    ],
    ids=["an inference", "a statement", "words of ours", "metadata, of which nobody is named"],
)
def test_an_asserted_triple(graph, triple, basis, paragraphs):
    proof = graph.why(*triple)

    assert (proof.rule, proof.basis, proof.premises) == ("asserted", basis, ())
    assert proof.paragraphs == paragraphs


def test_a_term_that_is_mapped(graph):
    proof = graph.why("id:knowledge-city", "a", "schema:Place")

    assert proof.rule == "cax-sco"
    assert proof.premises[-1].basis == "ontology"


def test_what_differs_says_in_which_graph_it_stands(graph, proofs):
    (triple, *_) = sorted(triples(graph, "differing") - triples(graph, "article"), key=str)

    assert graph_iri("differing") in proofs.why(triple).graphs


def test_terms_of_the_engine_are_taken_too(graph):
    label = ox.Literal("China", language="en")

    proof = graph.why(ox.NamedNode(BASE + "id/china"), node("rdfs:label"), label)

    assert proof.triple.object == label


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        (
            ("id:apollo-rd-centre", "gba:develops", "id:baidu"),
            ("id:baidu", "gba:develops", "id:apollo-rd-centre"),
        ),
        (
            ("id:baidu", "gba:develops", "id:china"),
            ("id:baidu", "gba:develops", "id:apollo-rd-centre"),
        ),
        (
            ("id:baidu", "gba:locatedIn", "id:apollo-rd-centre"),
            ("id:baidu", "gba:develops", "id:apollo-rd-centre"),
        ),
        (("id:china", "rdfs:label", "China"), ("id:china", "rdfs:label", '"China"@en')),
    ],
)
def test_what_is_not_there_has_something_near(graph, asked, near):
    with pytest.raises(UnknownTriple) as caught:
        graph.why(*asked)

    assert " ".join(near) in caught.value.message
    assert caught.value.details["near"]


def test_what_is_not_there_and_has_nothing_near(graph):
    with pytest.raises(UnknownTriple, match="nothing near"):
        graph.why("id:nobody", "gba:knows", "id:nothing")


def test_of_what_is_not_there_no_proof_is_given(proofs):
    known = read("id:apollo-rd-centre", "gba:locatedIn", "id:huangpu")

    assert proofs.proof(known) == proofs.why(known)
    assert proofs.proof(read("id:nobody", "gba:locatedIn", "id:huangpu")) is None
