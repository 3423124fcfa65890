"""What a row is said to rest on is enough: alone in an empty store it gives the row again."""

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbagraph.queries.catalog import local_queries
from gbagraph.sparql.parsed import ParsedQuery
from support.evidence import explained

NODES = [f"<http://e/{name}>" for name in "abcd"]
PREDICATES = [f"<http://e/{name}>" for name in "pq"]
VARIABLES = ["?x", "?y", "?z"]


def alone(row):
    """A store with nothing but the triples of a row."""
    store = ox.Store()
    for found in row.triples:
        store.add(ox.Quad(*found.triple, found.graph or ox.DefaultGraph()))
    return store


def gives(store, query, solution):
    return tuple(solution) in set(map(tuple, store.query(ParsedQuery(query).normalized.text)))


nodes = st.sampled_from(NODES)
graphs = st.lists(
    st.tuples(nodes, st.sampled_from(PREDICATES), nodes), min_size=1, max_size=12, unique=True
)
ends = st.sampled_from([*VARIABLES, *VARIABLES, *NODES[:2], "[]", "_:n"])
paths = st.sampled_from([*PREDICATES * 3, "?p"])
long_paths = st.sampled_from(
    [
        *PREDICATES,
        "<http://e/p>/<http://e/q>",
        "^<http://e/p>",
        "<http://e/p>+",
        "(<http://e/p>|^<http://e/q>)/<http://e/q>",
        "!<http://e/p>",
        "(<http://e/p>/<http://e/q>)+",
        "^(<http://e/q>/<http://e/p>)",
    ]
)


def patterns(predicates):
    triple = st.tuples(ends, predicates, ends).map(lambda parts: f"{' '.join(parts)} .")
    return st.lists(triple, min_size=1, max_size=3).map(" ".join)


def combined(inner):
    """Larger groups from groups."""
    two = st.tuples(inner, inner)
    return st.one_of(
        two.map(lambda pair: f"{{ {pair[0]} }} UNION {{ {pair[1]} }}"),
        two.map(lambda pair: f"{pair[0]} OPTIONAL {{ {pair[1]} }}"),
        two.map(lambda pair: f"{pair[0]} {{ {pair[1]} }}"),
        two.map(lambda pair: f"{{ SELECT ?x ?y {{ {pair[0]} }} }} {pair[1]}"),
        two.map(lambda pair: f"{pair[0]} FILTER EXISTS {{ {pair[1]} }}"),
        inner.map(lambda text: f"{text} FILTER(!BOUND(?x) || ?x != <http://e/a>)"),
        inner.map(lambda text: f"{{ {text} }} BIND(STR(?x) AS ?s{len(text)})"),
    )


groups = st.recursive(patterns(long_paths), combined, max_leaves=4)


def store_of(triples):
    store = ox.Store()
    text = "".join(f"{' '.join(triple)} .\n" for triple in triples)
    store.load(text.encode(), format=ox.RdfFormat.N_TRIPLES)
    return store


# A label of a blank node belongs to one group: the queries that name it in two are not asked.
def is_legal(query):
    try:
        ox.Store().query(query)
    except SyntaxError:
        return False
    return True


@given(graphs, patterns(paths))
def test_the_triples_of_a_row_of_a_conjunctive_query_give_it(triples, where):
    store, query = store_of(triples), f"SELECT * {{ {where} }}"

    for solution, row in explained(store, query):
        assert row.complete, row.note
        assert gives(alone(row), query, solution)
        # As many as patterns, at most: nothing that has no part in it.
        assert 1 <= len(row.triples) <= where.count(" .")
        assert all(ox.Quad(*found.triple) in store for found in row.triples)


@given(graphs, groups.map(lambda where: f"SELECT * {{ {where} }}").filter(is_legal))
def test_the_triples_of_a_row_of_any_group_give_it(triples, query):
    for solution, row in explained(store_of(triples), query):
        if row.complete:
            assert gives(alone(row), query, solution)


@given(graphs, patterns(paths))
def test_the_triples_of_a_group_give_its_count(triples, where):
    query = f"SELECT ?x (COUNT(*) AS ?n) {{ {where} }} GROUP BY ?x"

    for solution, row in explained(store_of(triples), query):
        assert row.complete, row.note
        assert gives(alone(row), query, solution)


QUERIES = {
    query.name: query.bind(query.examples.items())
    for query in local_queries().values()
    if "ASK" not in query.text
}


def test_nearly_all_canned_queries_have_rows():
    assert len(QUERIES) >= 53


@pytest.fixture(scope="module", params=QUERIES)
def canned(request, graph):
    """The name of a canned query, and its rows with their evidence."""
    return request.param, explained(graph.store, QUERIES[request.param])


def test_every_row_of_a_canned_query_is_explained(canned):
    name, rows = canned
    found = [row for _, row in rows]

    assert [row.note for row in found if not row.complete] == []
    known = [row.basis for each in found for row in each.triples]
    assert "asserted" not in known or known.count("asserted") < len(known) / 2
    if name not in ("terms-of-the-ontology", "codes-in-use"):
        assert all(row.paragraphs for row in found)


def test_the_triples_of_a_row_of_a_canned_query_give_it(canned):
    name, rows = canned

    for solution, row in rows[:20]:
        if "absence" not in row.note and name not in ("sources", "counts-by-class"):
            assert gives(alone(row), QUERIES[name], solution)
