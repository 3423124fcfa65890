"""The tree of a query, and its parts as text and as variables."""

import pytest

from gbagraph.sparql.expressions import NotRead
from gbagraph.sparql.nodes import Term
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.sparql.restated import NamedSelect, path_text


def select_of(query):
    return NamedSelect(ParsedQuery(query))


def patterns(where):
    """The triple patterns of a group as they are asked: subject, predicate or path, object."""
    select = select_of(f"PREFIX : <http://e/> SELECT * {{ {where} }}")

    def text(part):
        if not isinstance(part, Term):
            return path_text(part)
        return select.name(part) if part.is_free else part.text

    return [tuple(map(text, (e.subject, e.path, e.object))) for e in select.query.where.elements]


FIRST, REST, NIL = (
    f"<http://www.w3.org/1999/02/22-rdf-syntax-ns#{name}>" for name in ("first", "rest", "nil")
)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        pytest.param("?s :p.q ?o.", [("?s", ":p.q", "?o")], id="a dot in a name and at its end"),
        pytest.param("$s a :C", [("?s", "a", ":C")], id="a dollar and a"),
        pytest.param("?s :p 1.5", [("?s", ":p", "1.5")], id="a decimal"),
        pytest.param("?s :p 1.", [("?s", ":p", "1")], id="an integer and a dot"),
        pytest.param("?s :p -1.0e-3 .", [("?s", ":p", "-1.0e-3")], id="a signed double"),
        pytest.param("?s :p TRUE", [("?s", ":p", "true")], id="a boolean"),
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
            [("?___blank_na", ":p", "?___blank_1"), ("?___blank_1", ":q", "?___blank_2")],
            id="blank nodes",
        ),
        pytest.param(
            "( 1 ?x ) :p ()",
            [
                ("?___blank_1", FIRST, "1"),
                ("?___blank_1", REST, "?___blank_2"),
                ("?___blank_2", FIRST, "?x"),
                ("?___blank_2", REST, NIL),
                ("?___blank_1", ":p", NIL),
            ],
            id="lists",
        ),
        pytest.param("[ :p 1 ]", [("?___blank_1", ":p", "1")], id="a blank node alone"),
        pytest.param("?s ?p ?o", [("?s", "?p", "?o")], id="a variable as predicate"),
    ],
)
def test_triple_patterns(where, found):
    assert sorted(patterns(where)) == sorted(found)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (":a/:b", "(:a)/(:b)"),
        (":a|:b/:a", "(:a)|((:b)/(:a))"),
        ("^:a", "^(:a)"),
        ("^(^:a)/:b", "(^(^(:a)))/(:b)"),
        ("(:a)+", "(:a)+"),
        (":a*/:b?", "((:a)*)/((:b)?)"),
        ("^:a+", "^((:a)+)"),
        ("!:a", "!(:a)"),
        ("!(:a|^:b)", "!(:a|^:b)"),
        ("!^:a", "!(^:a)"),
        ("!()", "!()"),
        ("a/:b", "(a)/(:b)"),
    ],
)
def test_paths(path, found):
    ((_, text, _),) = patterns(f"?s {path} ?o")

    assert text == found
    assert patterns(f"?s {text} ?o") == [("?s", found, "?o")]


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
    select = select_of(f"PREFIX : <http://e/> {query}")

    assert sorted(select.scopes.columns(select.query)) == sorted(columns)


def test_what_has_no_name_gets_one_that_the_query_does_not_have():
    select = select_of("SELECT * { ?__1 ?p [] . _:1 ?p [] OPTIONAL { ?__1 ?q ?__ } }")

    assert sorted(select.scopes.columns(select.query)) == ["?__", "?__1", "?p", "?q"]
    assert len(select.scopes.visible(*select.query.where.elements)) == 7


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
    assert select_of(query).query.is_aggregated is is_aggregated


@pytest.mark.parametrize(
    "query",
    ["ASK {}", "CONSTRUCT WHERE { ?s ?p ?o }", "", "SELECT", "SELECT ?x { ?x", "SELECT ?x { ) }"],
)
def test_what_is_no_select_query_is_not_read(query):
    with pytest.raises(NotRead):
        select_of(query)
