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


@pytest.fixture(scope="module")
def store():
    found = ox.Store()
    for name in (*VOCABULARIES, "article", "context", "differing", "links"):
        read_into(found, resource(*BUILT_IN[name]), graph_of(name))
    found.extend([ox.Quad(*quad.triple) for quad in found if quad.graph_name != DIFFERING])
    return found


def strayed(store):
    return [row for check in CHECKS for row in store.query(check)]


def test_nothing_strayed(store):
    assert strayed(store) == []


def test_a_differing_fact_in_the_context_is_found(store):
    """With it moves whatever is said of it, and the claims about that stay where they were."""
    source = ox.NamedNode(expand("gba:SourceDocument"))
    nodes = {
        quad.subject
        for quad in store.quads_for_pattern(None, None, None, DIFFERING)
        if quad.subject.value.startswith(PREFIXES["id"])
        and not any(store.quads_for_pattern(quad.subject, None, source, DIFFERING))
    }
    assert len(nodes) >= 12
    for node in nodes:
        quads = list(store.quads_for_pattern(node, None, None, DIFFERING))
        moved = {ox.Quad(*quad.triple, *place) for quad in quads for place in ((CONTEXT,), ())}
        new = moved.difference(store)
        for quad in quads:
            store.remove(quad)
        store.extend(new)
        assert strayed(store), node
        for quad in new:
            store.remove(quad)
        store.extend(quads)
    assert strayed(store) == []


def test_what_another_source_tells_is_not_derived_from_the_article(store):
    """What is derived from a source is a claim or what was taken from it: a figure, a point."""
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
