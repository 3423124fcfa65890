"""The schema in the metadata: counted in one pass, and by queries, as the data of others are."""

from gbagraph.dataset import void
from gbagraph.dataset.identity import META
from gbagraph.rdf.namespaces import DATASET, PREFIXES
from support import store_with

E, GBA = "http://example.org/", PREFIXES["gba"]
DATA = f"""
PREFIX e: <{E}> PREFIX gba: <{GBA}>
e:a a e:C, e:D ; e:p e:b, 1, "x"@en, e:nothing . e:b a e:D ; e:p e:a . e:c e:p e:a .
"""
INFERRED = "e:b a e:Wider, gba:Place ; e:wider e:a ; gba:near e:a . "
LITERALS = {PREFIXES["xsd"] + "integer": 1, PREFIXES["rdf"] + "langString": 1}
USES = [
    void.Use(f"{E}C", f"{E}p", 4, {f"{E}D": 1}, LITERALS),
    void.Use(f"{E}D", f"{E}p", 5, {f"{E}C": 1, f"{E}D": 2}, LITERALS),
]


def test_both_ways_count_the_same():
    store = store_with(DATA)
    answers = {
        name: [tuple(term.value for term in row) for row in store.query(query)]
        for name, query in void.schema_queries().items()
    }

    assert void.schema_of_rows(answers) == USES
    assert void.schema_of_store(store, {f"{E}C", f"{E}D", f"{E}p"}) == USES


def test_of_terms_that_are_inferred_only_ours_are_in():
    """As what things have, but not as the kinds of values."""
    found = void.schema_of_store(store_with(DATA + INFERRED), {f"{E}C", f"{E}D", f"{E}p"})

    values = {f"{E}C": 1, f"{E}D": 1}
    assert found == [
        *USES,
        void.Use(f"{E}D", f"{GBA}near", 1, values, {}),
        void.Use(f"{GBA}Place", f"{E}p", 1, values, {}),
        void.Use(f"{GBA}Place", f"{GBA}near", 1, values, {}),
    ]


def test_partitions_have_their_terms_in_their_iris():
    subjects = {statement.subject for statement in void.schema_partitions("http://x/d", USES)}

    assert {iri.rpartition("/")[2] for iri in subjects} >= {"xsd-integer", "rdf-langString"}


PARTITIONS = f"""
PREFIX void: <{PREFIXES["void"]}>
PREFIX void-ext: <http://ldf.fi/void-ext#>
SELECT ?class ?property ?triples ?kind ?size {{ GRAPH {META} {{
  <{DATASET}> void:classPartition ?of_class .
  ?of_class void:class ?class ; void:propertyPartition ?part .
  ?part void:property ?property ; void:triples ?triples .
  OPTIONAL {{
    ?part (void:classPartition/void:class)|(void-ext:datatypePartition/void-ext:datatype) ?kind .
    ?part void:classPartition|void-ext:datatypePartition ?values .
    ?values void:class|void-ext:datatype ?kind ; void:triples ?size
  }}
}} }}"""


def test_the_metadata_have_it_and_stay_small(graph):
    assert 600 < len(list(graph.store.query(PARTITIONS))) < 2500
    assert graph.description.graphs[META.value] < 0.45 * graph.description.default_graph
