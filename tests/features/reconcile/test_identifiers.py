"""Looking up identifiers: which links are followed, how far, in which direction, and what is told."""

import json

import pyoxigraph as ox
import pytest

from gbagraph.features.reconcile.identifiers import lookup, same
from gbagraph.rdf.labels import LabelFinder

PREFIXES = """
@prefix ex: <http://example.org/> .
@prefix wd: <http://www.wikidata.org/entity/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
"""
EX, WD = "http://example.org/", "http://www.wikidata.org/entity/"


def store_of(turtle, graph=None):
    store = ox.Store()
    to_graph = ox.NamedNode(graph) if graph else ox.DefaultGraph()
    store.load((PREFIXES + turtle).encode(), format=ox.RdfFormat.TURTLE, to_graph=to_graph)
    return store


def results(store, *iris):
    return json.loads(lookup(store, iris, LabelFinder(store, ("en",))))["results"]


def found(store, iri):
    """The matches of an IRI: what, and by which relation."""
    return [(m["iri"].rpartition("/")[2], m["relation"]) for m in results(store, iri)[0]["matches"]]


@pytest.mark.parametrize(
    ("relation", "back"),
    [
        ("owl:sameAs", "owl:sameAs"),
        ("skos:exactMatch", "skos:exactMatch"),
        ("skos:closeMatch", "skos:closeMatch"),
        ("skos:relatedMatch", "skos:relatedMatch"),
        ("skos:broadMatch", "skos:narrowMatch"),
        ("skos:narrowMatch", "skos:broadMatch"),
        ("schema:sameAs", "schema:sameAs"),
    ],
)
def test_a_link_is_followed_from_both_ends(relation, back):
    said = f"ex:a rdfs:label 'A' . ex:b rdfs:label 'B' . ex:a {relation} wd:Q1 . wd:Q2 {relation} ex:b ."
    store = store_of(said)

    assert found(store, f"{WD}Q1") == [("a", relation)]
    assert found(store, f"{WD}Q2") == [("b", back)]


def test_a_link_is_told_as_it_stands_with_its_graph():
    store = store_of("ex:a rdfs:label 'A'@en ; skos:broadMatch wd:Q1 .", f"{EX}g")
    (match,) = results(store, f"{WD}Q1")[0]["matches"]

    assert match["label"] == "A"
    assert match["described"] is True
    assert match["links"] == [
        {
            "subject": f"{EX}a",
            "predicate": "http://www.w3.org/2004/02/skos/core#broadMatch",
            "object": f"{WD}Q1",
            "basis": "asserted",
            "graphs": [f"{EX}g"],
            "sources": [],
        }
    ]


def test_what_is_the_same_is_followed_to_the_end_with_the_chain():
    store = store_of("ex:a rdfs:label 'A' ; owl:sameAs ex:b . ex:c owl:sameAs ex:b , wd:Q1 .")
    result = results(store, f"{WD}Q1")[0]

    assert [m["iri"] for m in result["matches"]] == [f"{EX}a", f"{EX}c", f"{EX}b"]
    assert [m["described"] for m in result["matches"]] == [True, False, False]
    chain = result["matches"][0]["links"]
    assert [(link["subject"], link["object"]) for link in chain] == [
        (f"{EX}c", f"{WD}Q1"),
        (f"{EX}c", f"{EX}b"),
        (f"{EX}a", f"{EX}b"),
    ]


FOLLOWED = {
    "an exact match, no further": (
        "ex:a rdfs:label 'A' ; skos:exactMatch ex:b . ex:b rdfs:label 'B' ; skos:exactMatch wd:Q1 .",
        [("b", "skos:exactMatch")],
    ),
    "a close match, no further": (
        "ex:a rdfs:label 'A' ; skos:closeMatch ex:b . ex:b rdfs:label 'B' ; skos:closeMatch wd:Q1 .",
        [("b", "skos:closeMatch")],
    ),
    "a page, no further": (
        "ex:a rdfs:label 'A' ; schema:sameAs ex:b . ex:b rdfs:label 'B' ; schema:sameAs wd:Q1 .",
        [("b", "schema:sameAs")],
    ),
    "a match of what is the same, if it is described": (
        "ex:a skos:closeMatch ex:b , ex:bare . ex:b rdfs:label 'B' . ex:a owl:sameAs wd:Q1 .",
        [("b", "skos:closeMatch"), ("a", "owl:sameAs")],
    ),
    "itself, before others": (
        "wd:Q1 rdfs:label 'One' . ex:a rdfs:label 'A' ; owl:sameAs wd:Q1 .",
        [("Q1", "itself"), ("a", "owl:sameAs")],
    ),
    "a property that is declared below one of them": (
        """ex:same rdfs:subPropertyOf ex:nearly . ex:nearly rdfs:subPropertyOf skos:closeMatch .
        ex:same rdfs:subPropertyOf ex:same . ex:a rdfs:label 'A' ; ex:same wd:Q1 .""",
        [("a", "skos:closeMatch")],
    ),
    "nothing that cannot be looked up again": (
        '[] owl:sameAs wd:Q1 . wd:Q1 owl:sameAs [] ; schema:sameAs "text" .',
        [],
    ),
    "a circle, once": (
        "wd:Q1 owl:sameAs ex:b . ex:b owl:sameAs ex:c . ex:c owl:sameAs wd:Q1 .",
        [("b", "owl:sameAs"), ("c", "owl:sameAs")],
    ),
}


@pytest.mark.parametrize(("turtle", "matches"), FOLLOWED.values(), ids=FOLLOWED)
def test_what_is_followed(turtle, matches):
    assert found(store_of(turtle), f"{WD}Q1") == matches


def test_two_relations_are_two_matches_and_two_graphs_are_one():
    store = store_of("ex:a rdfs:label 'A' ; owl:sameAs wd:Q1 ; skos:exactMatch wd:Q1 .")
    triple = ox.NamedNode(f"{EX}a"), ox.NamedNode("http://www.w3.org/2002/07/owl#sameAs")
    store.add(ox.Quad(*triple, ox.NamedNode(f"{WD}Q1"), ox.NamedNode(f"{EX}g")))

    assert found(store, f"{WD}Q1") == [("a", "owl:sameAs"), ("a", "skos:exactMatch")]


def test_nothing_is_lost_and_the_order_is_that_of_the_question():
    store = store_of("ex:a rdfs:label 'A' ; owl:sameAs wd:Q1 .")
    asked = [f"{WD}Q9", f"{WD}Q1", "no IRI", f"{WD}Q9", "", "http://example.org/<>"]

    told = results(store, *asked)

    assert [result["iri"] for result in told] == asked
    assert [len(result["matches"]) for result in told] == [0, 1, 0, 0, 0, 0]
    assert ["error" in result for result in told] == [False, False, True, False, True, True]


def test_another_spelling_is_suggested_and_never_taken():
    store = store_of("ex:a rdfs:label 'A' ; owl:sameAs wd:Q1 .")
    (result,) = results(store, "https://www.wikidata.org/wiki/Q1")

    assert result["matches"] == []
    assert result["suggestions"] == [{"iri": f"{WD}Q1", "label": ""}]
    assert "suggestions" not in results(store, f"{WD}Q1")[0]


def test_a_crowd_of_the_same_is_bounded():
    crowd = "".join(f"ex:n{n} rdfs:label '{n}' ; owl:sameAs wd:Q1 ." for n in range(2000))

    assert len(results(store_of(crowd), f"{WD}Q1")[0]["matches"]) == 200


def test_of_the_built_in_data_the_evidence_is_told(graph):
    (result,) = results(graph.store, f"{WD}Q16572")
    first = result["matches"][0]

    assert (first["name"], first["relation"]) == ("id:guangzhou", "owl:sameAs")
    (link,) = first["links"]
    assert (link["basis"], len(link["sources"])) == ("stated", 2)
    assert link["claim"].endswith("claim/link-guangzhou-wikidata")
    assert link["graphs"] == ["https://w3id.org/gbagraph/graph/links"]


def test_close_matches_of_the_built_in_data_are_found(graph):
    (result,) = results(graph.store, "http://dbpedia.org/resource/Guangzhou")
    first = result["matches"][0]

    assert (first["name"], first["relation"]) == ("id:guangzhou", "skos:closeMatch")


def test_the_things_that_an_identifier_means_are_those_that_are_described():
    store = store_of("ex:a rdfs:label 'A' ; owl:sameAs wd:Q1 , wd:Q2 .")

    assert same(store, f"{WD}Q1") == [(f"{EX}a", "owl:sameAs")]
    assert same(store, "no IRI") == []


def test_a_label_in_another_language_is_better_than_none():
    store = store_of("ex:a rdfs:label '茶'@zh ; owl:sameAs wd:Q1 . ex:b owl:sameAs wd:Q1 .")

    assert [m["label"] for m in results(store, f"{WD}Q1")[0]["matches"]] == ["茶", ""]
