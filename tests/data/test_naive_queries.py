"""What a newcomer asks is answered rightly in the default graph."""

import re
from collections import Counter

import pyoxigraph as ox
import pytest
from naive_queries import ALL

import gbagraph
from gbagraph.rdf.namespaces import declarations


def _cell(term) -> str:
    return re.sub(r"^.*[/#]", "", term.value) if isinstance(term, ox.NamedNode) else term.value


def _rows(found) -> list[str]:
    if isinstance(found, gbagraph.Boolean):
        return [str(bool(found)).lower()]
    return sorted(",".join(map(_cell, row)) for row in found)


@pytest.mark.parametrize(
    ("query", "rows"), [row[1:] for row in ALL], ids=[f"{k}-{q}" for k, q, _ in ALL]
)
def test_a_plain_question_is_answered_rightly(graph, query, rows):
    assert _rows(graph.query(declarations() + query)) == sorted(rows.split())


def test_there_are_enough_of_each_kind():
    assert len(ALL) >= 60
    assert min(Counter(kind for kind, _, _ in ALL).values()) >= 6


def test_the_kinds_of_things_are_not_drowned(graph):
    """The kinds of the article come first; claims are one row, and what describes the data few."""
    counted = {
        row["kind"].value: int(row["n"].value)
        for row in graph.query("SELECT ?kind (COUNT(?s) AS ?n) { ?s a ?kind } GROUP BY ?kind")
    }
    ours = {
        kind: n
        for kind, n in counted.items()
        if kind.startswith("https://w3id.org/gbagraph/ontology#")
    }
    languages = (
        "http://www.w3.org/2002/07/owl#",
        "http://www.w3.org/ns/shacl#",
        "http://rdfs.org/ns/void#",
        "http://www.w3.org/ns/dcat#",
        "http://www.w3.org/2000/01/rdf-schema#",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    )

    assert len(ours) > 40
    # The canned queries are there for tools, in two classes each.
    executable = "http://www.w3.org/ns/shacl#SPARQL"
    kinds = {kind for kind in counted if not kind.startswith(executable)}
    assert not [kind for kind in kinds if kind.startswith(languages) and counted[kind] > 1]
    assert len(counted) - len(kinds) == 3


def test_what_tools_look_for_is_in_the_default_graph(graph):
    """VoID partitions, prefixes: asked without GRAPH by editors and language models' tools."""
    partitions = "SELECT ?c ?n { ?d void:classPartition ?p . ?p void:class ?c ; void:entities ?n }"
    prefixes = "SELECT ?p ?n { ?o sh:declare ?d . ?d sh:prefix ?p ; sh:namespace ?n }"

    assert len(list(graph.query(declarations() + partitions))) > 40
    assert len(list(graph.query(declarations() + prefixes))) > 20
