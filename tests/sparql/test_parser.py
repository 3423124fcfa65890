"""The parts of a query: what the parser takes apart, and what it leaves as text."""

import pytest

from gbagraph.sparql.parser import NotAnalysed, parse
from gbagraph.sparql.tree import Alternative, Negated, Pattern, Repeat, Sequence, Step, visible


def patterns(where):
    (part,) = parse(f"PREFIX : <http://e/> SELECT * {{ {where} }}").where.elements
    return list(part.patterns)


TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
FIRST, REST, NIL = (
    f"<http://www.w3.org/1999/02/22-rdf-syntax-ns#{name}>" for name in ("first", "rest", "nil")
)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        pytest.param("?s :p.q ?o.", [("?s", ":p.q", "?o")], id="a dot in a name and at its end"),
        pytest.param("$s a :C", [("?s", TYPE, ":C")], id="a dollar and a"),
        pytest.param("?s :p 1.5", [("?s", ":p", "1.5")], id="a decimal"),
        pytest.param("?s :p 1.", [("?s", ":p", "1")], id="an integer and a dot"),
        pytest.param("?s :p -1.0e-3 .", [("?s", ":p", "-1.0e-3")], id="a signed double"),
        pytest.param("?s :p TRUE", [("?s", ":p", "TRUE")], id="a boolean"),
        pytest.param('?s :p "a.b"@en-GB', [("?s", ":p", '"a.b"@en-GB')], id="a language"),
        pytest.param("?s :p 'x'^^:dt", [("?s", ":p", "'x'^^:dt")], id="a datatype"),
        pytest.param("?s :p '''it's } .'''", [("?s", ":p", "'''it's } .'''")], id="a long string"),
        pytest.param(r"?s :a\,b%20c ?o", [("?s", r":a\,b%20c", "?o")], id="escapes in a name"),
        pytest.param("?s :p ?o # } .\n", [("?s", ":p", "?o")], id="a comment"),
        pytest.param(
            "?s :p ?o, 2 ;; :q ?r ; .",
            [("?s", ":p", "?o"), ("?s", ":p", "2"), ("?s", ":q", "?r")],
            id="lists of predicates and objects",
        ),
        pytest.param(
            "_:a :p [ :q [] ]",
            [("?___a", ":p", "?__1"), ("?__1", ":q", "?__2")],
            id="blank nodes",
        ),
        pytest.param(
            "( 1 ?x ) :p ()",
            [
                ("?__1", FIRST, "1"),
                ("?__1", REST, "?__2"),
                ("?__2", FIRST, "?x"),
                ("?__2", REST, NIL),
                ("?__1", ":p", NIL),
            ],
            id="lists",
        ),
        pytest.param("[ :p 1 ]", [("?__1", ":p", "1")], id="a blank node alone"),
        pytest.param("?s ?p ?o", [("?s", "?p", "?o")], id="a variable as predicate"),
    ],
)
def test_triple_patterns(where, found):
    assert sorted(patterns(where), key=str) == sorted((Pattern(*row) for row in found), key=str)


A, B = Step(":a"), Step(":b")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (":a/:b", Sequence((A, B))),
        (":a|:b/:a", Alternative((A, Sequence((B, A))))),
        ("^:a", Step(":a", backward=True)),
        ("^(:a/:b)", Sequence((Step(":b", backward=True), Step(":a", backward=True)))),
        ("^(^:a)/:b", Sequence((A, B))),
        ("(:a)+", Repeat(A, 1, many=True)),
        (":a*/:b?", Sequence((Repeat(A, 0, many=True), Repeat(B, 0, many=False)))),
        ("^:a+", Repeat(Step(":a", backward=True), 1, many=True)),
        ("!:a", Negated((":a",), None)),
        ("!(:a|^:b)", Negated((":a",), (":b",))),
        ("!^:a", Negated(None, (":a",))),
        ("^(!:a)", Negated(None, (":a",))),
        ("!()", Negated((), None)),
        ("a/:b", Sequence((Step(TYPE), B))),
    ],
)
def test_paths(path, found):
    (pattern,) = patterns(f"?s {path} ?o")

    assert pattern.path == found


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("SELECT * { ?a ?b [] }", ["?a", "?b"]),
        ("SELECT * { GRAPH ?g { ?a :b 1 } MINUS { ?c :d 1 } FILTER(?e > 1) }", ["?g", "?a"]),
        (
            "SELECT * { VALUES (?a ?b) { (1 2) } BIND(1 AS ?c) } VALUES ?d { 1 }",
            ["?a", "?b", "?c", "?d"],
        ),
        ("SELECT * { { SELECT ?a { ?a :b ?c } } OPTIONAL { ?d :e 1 } }", ["?a", "?d"]),
        ("select distinct (COUNT(*) as ?n) ?k where { ?k :b ?c } group by ?k", ["?n", "?k"]),
        ("SELECT ?__x ?a { ?a :b ?__x . ?a :c [] }", ["?__x", "?a"]),
    ],
)
def test_columns(query, columns):
    assert sorted(parse(f"PREFIX : <http://e/> {query}").columns) == sorted(columns)


def test_own_variables_are_not_those_of_the_query():
    query = parse("SELECT * { ?__1 ?p [] OPTIONAL { ?__1 ?q ?__ } }")

    assert sorted(query.columns) == ["?__", "?__1", "?p", "?q"]
    assert query.own == "?___"
    assert len(visible(query.where)) == 5


@pytest.mark.parametrize(
    ("query", "is_aggregated"),
    [
        ("SELECT ?x { ?x ?p ?o }", False),
        ("SELECT (count(?x) AS ?n) { ?x ?p ?o }", True),
        ("SELECT (1 + MAX(?o) AS ?n) { ?x ?p ?o }", True),
        ("SELECT ?x { ?x ?p ?o } GROUP BY ?x", True),
        ("SELECT ('MAX (a)' AS ?n) { ?x ?p ?o }", False),
        ("SELECT ?n { { SELECT (COUNT(*) AS ?n) { ?x ?p ?o } } }", False),
    ],
)
def test_groups_of_aggregates(query, is_aggregated):
    assert parse(query).is_aggregated is is_aggregated


@pytest.mark.parametrize(
    "query",
    ["ASK {}", "CONSTRUCT WHERE { ?s ?p ?o }", "", "SELECT", "SELECT ?x { ?x", "SELECT ?x { ) }"],
)
def test_what_is_no_select_query_is_not_analysed(query):
    with pytest.raises(NotAnalysed):
        parse(query)
