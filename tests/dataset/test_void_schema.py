"""The schema in the metadata is that of the data: counted in one pass, and again by the engine."""

import pyoxigraph as ox
import pytest

from gbagraph.dataset import void
from gbagraph.dataset.identity import INFERRED, META
from gbagraph.rdf.namespaces import DATASET, PREFIXES, expand

TYPE = ox.NamedNode(expand("rdf:type"))


def rows(store, query):
    return [tuple(term.value for term in row) for row in store.query(query)]


def by_queries(store):
    asked = void.schema_queries().items()
    return void.schema_of_rows({name: rows(store, query) for name, query in asked})


@pytest.fixture(scope="module")
def counted(described):
    """Class and property, and what the engine counts of them."""
    return {(use.subjects, use.predicate): use for use in by_queries(described)}


PARTITIONS = f"""
PREFIX void: <{PREFIXES["void"]}>
PREFIX void-ext: <http://ldf.fi/void-ext#>
SELECT ?class ?property ?triples ?kind ?size {{
  <{DATASET}> void:classPartition ?of_class .
  ?of_class void:class ?class ; void:propertyPartition ?part .
  ?part void:property ?property ; void:triples ?triples .
  OPTIONAL {{
    ?part (void:classPartition/void:class)|(void-ext:datatypePartition/void-ext:datatype) ?kind .
    ?part void:classPartition|void-ext:datatypePartition ?values .
    ?values void:class|void-ext:datatype ?kind ; void:triples ?size
  }}
}}"""


@pytest.fixture(scope="module")
def partitions(graph):
    """The same from the metadata, asked without GRAPH."""
    found = {}
    for row in graph.store.query(PARTITIONS):
        key = row["class"].value, row["property"].value
        _, kinds = found.setdefault(key, (int(row["triples"].value), {}))
        if row["kind"] is not None:
            kinds[row["kind"].value] = int(row["size"].value)
    return found


def test_each_figure_is_the_one_that_the_engine_counts(partitions, counted):
    assert len(partitions) > 600
    for key, (triples, kinds) in partitions.items():
        use = counted[key]
        known = {**use.classes, **use.datatypes}
        assert triples == use.triples, key
        assert kinds.items() <= known.items(), key
        assert use.datatypes.items() <= kinds.items(), key


def asserted(described, pattern):
    """The terms of the default graph that stand at this place of a triple that is not inferred."""
    query = "SELECT DISTINCT ?term {{ {} GRAPH ?g {{ {} }} FILTER (isIRI(?term) && ?g != {}) }}"
    return {term for (term,) in rows(described, query.format(pattern, pattern, INFERRED))}


def test_no_asserted_class_nor_property_is_left_out(described, partitions, counted):
    classes = asserted(described, f"?thing {TYPE} ?term")
    properties = asserted(described, "?thing ?term ?value") - {TYPE.value}
    expected = {key for key in counted if key[0] in classes and key[1] in properties}

    assert len(classes) > 40
    assert expected <= set(partitions)
    for key in expected:
        known = {kind for kind in counted[key].classes if kind in classes}
        assert known <= set(partitions[key][1]), key


def test_of_other_terms_only_ours_are_in(described, partitions):
    others = {kind for kind, _ in partitions} - asserted(described, f"?thing {TYPE} ?term")

    assert f"{PREFIXES['gba']}Place" in others
    assert all(kind.startswith(PREFIXES["gba"]) for kind in others)


def test_the_metadata_stay_small(graph):
    sizes = graph.description.graphs
    assert len(list(graph.store.query(PARTITIONS))) < 2500
    assert sizes[META.value] < 0.4 * graph.description.default_graph


def test_partitions_of_a_small_graph():
    store = ox.Store()
    store.load(
        b"""PREFIX e: <http://example.org/>
        e:a a e:C, e:D ; e:p e:b, 1, "x"@en, e:nothing . e:b a e:D ; e:p e:a . e:c e:p e:a .""",
        format=ox.RdfFormat.TURTLE,
    )
    e = "http://example.org/"

    uses = by_queries(store)

    literals = {PREFIXES["xsd"] + "integer": 1, PREFIXES["rdf"] + "langString": 1}
    assert uses == [
        void.Use(f"{e}C", f"{e}p", 4, {f"{e}D": 1}, literals),
        void.Use(f"{e}D", f"{e}p", 5, {f"{e}C": 1, f"{e}D": 2}, literals),
    ]
    assert uses == void.schema_of_store(store, {f"{e}C", f"{e}D", f"{e}p"})
    subjects = {statement.subject for statement in void.schema_partitions("http://x/d", uses)}
    ends = {iri.rpartition("/")[2] for iri in subjects}
    assert ends >= {"xsd-integer", "rdf-langString"}
