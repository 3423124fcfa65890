"""What contradicts the article, or would be added up with its figures, is not in the default graph."""

import pyoxigraph as ox
import pytest

from gbagraph.dataset.identity import BUILT_IN, VOCABULARIES, graph_of
from gbagraph.dataset.loader import read_into
from gbagraph.paths import resource
from gbagraph.rdf.namespaces import PREFIXES, expand

CHECKS = [
    resource("ontology", "checks", f"{name}.rq").read_text(encoding="utf-8")
    for name in ("what-differs-stands-apart", "figures-and-events-are-the-articles")
]
DIFFERING, CONTEXT = (graph_of(name) for name in ("differing", "context"))


def built_in():
    store = ox.Store()
    for name in (*VOCABULARIES, "article", "context", "differing", "links"):
        read_into(store, resource(*BUILT_IN[name]), graph_of(name))
    for quad in list(store):
        if quad.graph_name != DIFFERING:
            store.add(ox.Quad(*quad.triple))
    return store


def described(store):
    """What the graph of differing facts describes, but for the sources."""
    kind = ox.NamedNode(expand("gba:SourceDocument"))
    return sorted(
        {
            quad.subject.value
            for quad in store.quads_for_pattern(None, None, None, DIFFERING)
            if quad.subject.value.startswith(PREFIXES["id"])
            and not any(store.quads_for_pattern(quad.subject, None, kind, DIFFERING))
        }
    )


NODES = described(built_in())


def test_there_are_differing_facts():
    assert len(NODES) >= 12


def test_nothing_strayed():
    store = built_in()

    assert [list(store.query(check)) for check in CHECKS] == [[], []]


@pytest.mark.parametrize("node", NODES, ids=lambda node: node.removeprefix(PREFIXES["id"]))
def test_a_differing_fact_in_the_context_is_found(node):
    """With it moves whatever is said of it, and the claims about that stay where they were."""
    store = built_in()
    for quad in list(store.quads_for_pattern(ox.NamedNode(node), None, None, DIFFERING)):
        store.remove(quad)
        store.extend([ox.Quad(*quad.triple, CONTEXT), ox.Quad(*quad.triple)])

    assert any(list(store.query(check)) for check in CHECKS)


def test_what_another_source_tells_is_not_derived_from_the_article():
    """What is derived from a source is a claim or what was taken from it: a figure, a point."""
    store = built_in()
    derived = store.query(
        f"""PREFIX rdfs: <{PREFIXES["rdfs"]}> PREFIX ev: <{PREFIXES["ev"]}>
        SELECT ?node ?kind ?source {{
          ?basis rdfs:subPropertyOf* ev:restsOn .
          GRAPH ?graph {{ ?node ?basis ?source ; a ?kind }}
          VALUES ?graph {{ {DIFFERING} {CONTEXT} {graph_of("links")} }}
        }}"""
    )
    found = [(row["kind"].value, row["source"].value) for row in derived]
    kinds = {expand(f"{name}") for name in ("ev:Claim", "gba:Quantity", "geo:Geometry", "sf:Point")}

    assert {kind for kind, _ in found} <= kinds
    assert not [source for _, source in found if source.startswith(PREFIXES["art"])]
