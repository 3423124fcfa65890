"""Terms in place of variables: the same answer as rdflib's initBindings, and a query that parses."""

import json

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib.plugins.sparql import prepareQuery

from gbagraph.errors import BadParameter
from gbagraph.sparql.binding import bind, pieces, render
from gbagraph.sparql.tokens import tokens
from support import store_with

DATA = """
PREFIX e: <http://example.org/>
e:a e:p e:b, e:c ; e:n 1 ; e:l "x"@en .
e:b e:p e:c ; e:n 2 ; e:l "y" .
e:c e:n 2 ; e:l "x" .
"""
A = ox.NamedNode("http://example.org/a")
C = ox.NamedNode("http://example.org/c")
TWO = ox.Literal("2", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer"))
PREFIX = "PREFIX e: <http://example.org/> "


@pytest.fixture(scope="module")
def store():
    return store_with(DATA)


def rows(store, query):
    return table(
        json.loads(store.query(PREFIX + query).serialize(format=ox.QueryResultsFormat.JSON))
    )


def table(found):
    if "boolean" in found:
        return found["boolean"]
    cells = [
        sorted((name, cell["value"]) for name, cell in row.items())
        for row in found["results"]["bindings"]
    ]
    return sorted(cells)


# Queries for which substitution and initial bindings are the same, with what ?x may be.
SAME = [
    ("SELECT ?y { ?x e:p ?y }", A),
    ("SELECT ?x ?y { ?x e:p ?y }", A),
    ("SELECT * { ?x e:p ?y }", A),
    ("SELECT DISTINCT ?x { ?x e:p ?y }", A),
    ("SELECT ?y { ?y e:n ?x }", TWO),
    ("SELECT ?y { ?y e:n ?n FILTER(?n = ?x) }", TWO),
    ("SELECT ?y { ?y e:n ?n FILTER(!BOUND(?x) || ?n = ?x) }", TWO),
    ("SELECT ?y { ?y e:n ?n FILTER(?n IN (?x, 7)) }", TWO),
    ("SELECT ?y { ?y e:n ?n } ORDER BY ?x ?y", TWO),
    ("SELECT ?y { ?y e:n ?n } ORDER BY DESC(?x) ?y", TWO),
    ("SELECT (COUNT(?x) AS ?k) { ?x e:p ?y }", A),
    ("SELECT ?x (COUNT(?y) AS ?k) { ?x e:p ?y } GROUP BY ?x", A),
    ("SELECT ?y (COUNT(?x) AS ?k) { ?x e:p ?y } GROUP BY ?y HAVING(COUNT(?x) > 0)", A),
    ("ASK { ?x e:p e:b }", A),
    ("SELECT ?y { ?y e:p ?z FILTER EXISTS { ?x e:p ?z } }", A),
    ("SELECT ?p { e:a ?p ?x }", C),
    ("SELECT (STR(?x) AS ?s) { ?x e:n 1 }", A),
    ("SELECT ?y { { ?x e:p ?y } UNION { ?y e:p ?x } }", A),
    ("SELECT ?y { ?y e:p ?z . OPTIONAL { ?z e:p ?x } }", C),
]


@pytest.mark.parametrize(("query", "term"), SAME, ids=[query for query, _ in SAME])
def test_the_answer_is_that_of_initial_bindings(store, query, term):
    graph = rdflib.Graph().parse(data=DATA, format="turtle")
    initial = {"x": rdflib.util.from_n3(str(term))}
    answer = graph.query(prepareQuery(PREFIX + query), initBindings=initial)

    assert rows(store, bind(query, {"x": term})) == table(
        json.loads(answer.serialize(format="json"))
    )


@pytest.mark.parametrize(
    ("query", "bound"),
    [
        ("SELECT ?x { ?x e:p ?y }", f"SELECT ({A} AS ?x) {{ {A} e:p ?y }}"),
        ("SELECT ?y { ?y e:p $x }", f"SELECT ?y {{ ?y e:p {A} }}"),
        ("SELECT ?y { ?y e:p ?xx . ?x e:p ?y }", f"SELECT ?y {{ ?y e:p ?xx . {A} e:p ?y }}"),
        ('SELECT ?y { ?y e:p "?x" . <?x> e:p ?x }', f'SELECT ?y {{ ?y e:p "?x" . <?x> e:p {A} }}'),
        ("ASK { FILTER(BOUND ( ?x )) }", "ASK { FILTER( true ) }"),
        ('ASK { ?x ?p "?x" . <urn:?x> ?p ?xb }', f'ASK {{ {A} ?p "?x" . <urn:?x> ?p ?xb }}'),
        ("DESCRIBE ?x", f"DESCRIBE {A}"),
        ("ASK { GRAPH ?x { ?s ?p ?o } }", f"ASK {{ GRAPH {A} {{ ?s ?p ?o }} }}"),
        ("SELECT ?y { ?y e:p ?z } ORDER BY ?x", f"SELECT ?y {{ ?y e:p ?z }} ORDER BY ({A})"),
        (
            "SELECT ?y { { SELECT ?x ?y { ?x e:p ?y } } }",
            f"SELECT ?y {{ {{ SELECT ({A} AS ?x) ?y {{ {A} e:p ?y }} }} }}",
        ),
        (
            "SELECT ?x (COUNT(*) AS ?n) { ?x e:p ?y } GROUP BY ?x",
            f"SELECT ?x (COUNT(*) AS ?n) {{ {A} e:p ?y }} GROUP BY ({A} AS ?x)",
        ),
    ],
)
def test_a_term_is_written_as_the_grammar_needs_it_there(query, bound):
    written = bind(query, {"x": A})

    assert " ".join(written.split()) == bound
    ox.Store().query(PREFIX + written, base_iri="http://base.example/")


def test_a_comment_is_left_out_and_never_ends_what_is_bound():
    assert bind("ASK { # ?x\n?x ?p ?o }", {"x": A}) == f"ASK {{ \n{A} ?p ?o }}"


@pytest.mark.parametrize(
    ("query", "term", "says"),
    [
        ("SELECT ?x { ?x e:p ?y }", TWO, r"\?x is the subject of a triple"),
        ("SELECT ?s { ?s ?x ?y }", TWO, r"\?x is the property of a triple"),
        ("SELECT ?s { ?s e:p 1 ; ?x ?y }", TWO, r"\?x is the property of a triple"),
        ("SELECT ?x { VALUES ?x { 1 } }", TWO, r"gets its values in the query itself"),
        ("SELECT ?x { VALUES (?y ?x) { (1 2) } }", TWO, r"gets its values in the query itself"),
        ("SELECT ?x { BIND(1 AS ?x) }", TWO, r"gets its values in the query itself"),
        ("SELECT (1 AS ?x) { }", TWO, r"gets its values in the query itself"),
        ("SELECT ?y ?z { ?y e:p ?z }", TWO, r"has no variable \?x\. It has: y, z\."),
        ("ASK { }", TWO, r"has no variable \?x\. It has none\."),
    ],
)
def test_what_cannot_be_bound_is_told(query, term, says):
    with pytest.raises(BadParameter, match=says):
        bind(query, {"x": term})


def test_a_list_stands_in_the_parentheses_of_in_only():
    parts = pieces("SELECT ?y { ?y e:p ?z FILTER(?z IN (?x)) }", ["x"])

    assert "IN (<urn:a>, <urn:b>)" in render(parts, {"x": ["<urn:a>", "<urn:b>"]})
    with pytest.raises(BadParameter, match=r"got 2 values, but stands where only one can"):
        render(pieces("ASK { ?y e:p ?x }", ["x"]), {"x": ["<urn:a>", "<urn:b>"]})


def test_without_terms_a_query_means_the_same(store):
    for query, _ in SAME:
        assert rows(store, render(pieces(query, ["x"]), {})) == rows(store, query)


@given(st.text(max_size=60), st.text(max_size=30))
def test_a_text_never_becomes_more_than_one_literal(before, value):
    """Whatever stands around it and whatever is bound, the tokens around stay the same."""
    query = f"SELECT ?y {{ ?y ?p ?x . ?y ?p {ox.Literal(before)} }}"

    bound = bind(query, {"x": ox.Literal(value)})

    kinds = [token.kind for token in tokens(query) if token.kind not in ("space", "comment")]
    kinds[kinds.index("variable", 5)] = "variable"
    found = [token for token in tokens(bound) if token.kind not in ("space", "comment")]
    assert [t.kind for t in found] == [
        "string" if position == 5 else kind for position, kind in enumerate(kinds)
    ]
    assert found[5].text == str(ox.Literal(value))
