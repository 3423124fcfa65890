"""What a newcomer asks is answered rightly in the default graph."""

import re
from collections import Counter

import pyoxigraph as ox
import pytest
from naive_queries import ALL

import gbagraph
from gbagraph.rdf.namespaces import BASE, declarations, graph_iri


def _cell(term) -> str:
    return re.sub(r"^.*[/#]", "", term.value) if isinstance(term, ox.NamedNode) else term.value


def _rows(found) -> list[str]:
    if isinstance(found, gbagraph.Boolean):
        return [str(bool(found)).lower()]
    return sorted(",".join(map(_cell, row)) for row in found)


def test_a_plain_question_is_answered_rightly(graph):
    for _, query, rows in ALL:
        assert _rows(graph.query(declarations() + query)) == sorted(rows.split()), query


def test_there_are_enough_of_each_kind():
    assert len(ALL) >= 60
    assert min(Counter(kind for kind, _, _ in ALL).values()) >= 6


def test_the_first_kinds_are_those_of_the_article_and_its_claims(graph):
    """Our own kinds, or those that ours are mapped to."""
    counted = "SELECT ?kind (COUNT(DISTINCT ?s) AS ?n) { ?s a ?kind } GROUP BY ?kind"
    first = [row[0] for row in graph.query(f"{counted} ORDER BY DESC(?n) LIMIT 10")]
    pattern = f"?ours rdfs:subClassOf* ?kind . ?s a ?ours FILTER (STRSTARTS(STR(?ours), '{BASE}'))"
    ours = graph.query(f"{declarations()} SELECT DISTINCT ?kind {{ {pattern} }}")

    assert set(first) <= {row[0] for row in ours}


def test_little_of_the_default_graph_describes_the_data(graph):
    """What is no fact, no term, no claim, no translation and does not follow."""
    said = {
        quad.triple
        for name in (
            "article",
            "context",
            "links",
            "translations",
            "ontology",
            "evidence",
            "inferred",
        )
        for quad in graph.store.quads_for_pattern(None, None, None, ox.NamedNode(graph_iri(name)))
    }
    default = graph.store.quads_for_pattern(None, None, None, ox.DefaultGraph())

    assert 500 < sum(quad.triple not in said for quad in default) <= 3000


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        ("?d void:classPartition ?p . ?p void:class ?class ; void:entities ?n", 40),
        ("?d void:propertyPartition ?p . ?p void:property ?property ; void:triples ?n", 100),
        ("?o sh:declare ?d . ?d sh:prefix ?prefix ; sh:namespace ?n", 20),
    ],
)
def test_what_tools_look_for_is_in_the_default_graph(graph, pattern, number):
    """The figures of classes and properties, prefixes: asked without GRAPH."""
    assert len(list(graph.query(f"{declarations()} SELECT * {{ {pattern} }}"))) > number
