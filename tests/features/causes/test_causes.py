"""Causes of changed rows: proven again by another way, over any small data, and how they are told."""

from itertools import chain, combinations

import hypothesis.strategies as st
import pyoxigraph as ox
import pytest
from hypothesis import given, settings

import gbagraph
from gbagraph.features.causes.comparison import compare

NODES = [ox.NamedNode(f"urn:{name}") for name in "abc"]
PREDICATES = [ox.NamedNode(f"urn:{name}") for name in "pqr"]
GRAPH = ox.NamedNode("urn:g")
QUERIES = {
    "join": "SELECT * { ?x <urn:p> ?y . ?y <urn:q> ?z }",
    "optional": "SELECT * { ?x <urn:p> ?y OPTIONAL { ?y <urn:q> ?z } }",
    "minus": "SELECT ?x { ?x <urn:p> ?y MINUS { ?x <urn:q> ?z } }",
    "not exists": "SELECT ?x { ?x <urn:p> ?y FILTER NOT EXISTS { ?y <urn:q> ?x } }",
    "exists": "SELECT ?x { ?x <urn:p> ?y FILTER EXISTS { ?y <urn:q> ?z } }",
    "union": "SELECT ?x { { ?x <urn:p> ?y } UNION { ?y <urn:q> ?x } }",
    "distinct": "SELECT DISTINCT ?x { ?x ?p ?y }",
    "duplicates": "SELECT ?p { ?x ?p ?y }",
    "count": "SELECT ?x (COUNT(?y) AS ?n) { ?x <urn:p> ?y } GROUP BY ?x",
    "count of all": "SELECT (COUNT(*) AS ?n) { ?x <urn:p> ?y MINUS { ?y <urn:q> ?x } }",
    "having": "SELECT ?x (MIN(?y) AS ?m) { ?x <urn:p> ?y } GROUP BY ?x HAVING (COUNT(*) > 1)",
    "limit": "SELECT ?x ?y { ?x <urn:p> ?y } ORDER BY ?y ?x LIMIT 2",
    "offset": "SELECT ?x ?y { ?x <urn:p> ?y } ORDER BY ?x DESC(?y) OFFSET 1",
    "path": "SELECT ?x ?y { ?x <urn:p>+ ?y }",
    "path of none": "SELECT ?y { <urn:a> (<urn:p>|^<urn:q>)* ?y }",
    "negated": "SELECT ?x ?y { ?x !(<urn:p>|^<urn:q>) ?y }",
    "graph": "SELECT ?g ?x { GRAPH ?g { ?x <urn:p> ?y } }",
    "both graphs": "SELECT ?x { ?x <urn:p> ?y FILTER NOT EXISTS { GRAPH <urn:g> { ?x <urn:p> ?y } } }",
    "from": "SELECT ?x FROM <urn:g> { ?x <urn:p> ?y }",
    "subquery": "SELECT * { ?x <urn:q> ?y { SELECT ?y (COUNT(*) AS ?n) { ?z <urn:p> ?y } GROUP BY ?y } }",
    "ask": "ASK { ?x <urn:p> ?y . ?y <urn:p> ?x }",
    "construct": "CONSTRUCT { ?y <urn:n> ?x } WHERE { ?x <urn:p> ?y . ?x <urn:q> ?z }",
    "describe": "DESCRIBE <urn:a>",
}


def stored(quads):
    store = ox.Store()
    store.extend(sorted(quads, key=str))
    return store


def lines(quads, query):
    """The rows of an answer, by a store that is made anew."""
    answer = gbagraph.Graph(stored(quads), None).query(query)
    if isinstance(answer, bool) or not hasattr(answer, "variables"):
        return [repr(bool(answer))] if not hasattr(answer, "__iter__") else sorted(map(str, answer))
    return [str(list(row)) for row in answer]


def times(quads, query, row):
    found = ox_rows(quads, query)
    return sum(each == row for each in found)


def ox_rows(quads, query):
    store = stored(quads)
    if "FROM <urn:g>" in query:
        answer = store.query(query)
    else:
        answer = store.query(query)
    if isinstance(answer, ox.QueryBoolean):
        datatype = ox.NamedNode("http://www.w3.org/2001/XMLSchema#boolean")
        return [{"answer": ox.Literal(str(bool(answer)).lower(), datatype=datatype)}]
    if isinstance(answer, ox.QuerySolutions):
        names = [each.value for each in answer.variables]
        return [{name: row[name] for name in names if row[name] is not None} for row in answer]
    return [{"triple": triple} for triple in answer]


def made(lacking, having, triples):
    """The quads that lack a row, with all changes of these triples taken over."""
    of = {each.triple for each in triples}
    kept = {quad for quad in lacking if quad.triple not in of}
    return kept | {quad for quad in having if quad.triple in of}


def subsets(triples):
    return chain.from_iterable(combinations(triples, size) for size in range(len(triples)))


quads = st.frozensets(
    st.builds(
        ox.Quad,
        st.sampled_from(NODES),
        st.sampled_from(PREDICATES),
        st.sampled_from(NODES),
        st.sampled_from([ox.DefaultGraph(), GRAPH]),
    ),
    max_size=8,
)


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
@settings(max_examples=60, deadline=None)
@given(before=quads, after=quads)
def test_a_cause_gives_its_row_and_no_less_does(query, before, after):
    change = compare(stored(before), stored(after), ("1", "2"), query, (query, query))
    rows = {1: ox_rows(before, query), 2: ox_rows(after, query)}
    moved = [row for row in [*rows[1], *rows[2]] if rows[1].count(row) != rows[2].count(row)]

    assert {str(each.row) for each in change.rows} == {str(row) for row in moved}
    for each in change.rows:
        having, lacking = (before, after) if each.sign == "-" else (after, before)
        wanted, triples = max(each.before, each.after), each.cause.triples
        assert rows[1].count(each.row) == each.before
        assert rows[2].count(each.row) == each.after
        assert each.cause.is_minimal
        assert times(made(lacking, having, triples), query, each.row) == wanted
        for left in triples:
            fewer = [triple for triple in triples if triple is not left]
            assert times(made(lacking, having, fewer), query, each.row) != wanted
