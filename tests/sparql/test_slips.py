"""A slip of the pen is told where it is, not where the parser stopped, and what would be right."""

import pyoxigraph as ox
import pytest

from gbagraph.sparql.failures import syntax_error
from gbagraph.sparql.slips import slip

GBA = "PREFIX gba: <https://w3id.org/gbagraph/ontology#> "


def _complaint(query: str) -> str:
    with pytest.raises(SyntaxError) as caught:
        ox.Store().query(query)
    return str(caught.value)


@pytest.mark.parametrize(
    ("query", "token", "says"),
    [
        ("SELCT ?s { ?s ?p ?o }", "SELCT", "SELECT is meant"),
        ("select distinct ?s were { ?s ?p ?o }", "were", "WHERE is meant"),
        (GBA + "SELECT ?s { ?s a gba:Zone ?s gba:area ?a }", "?s", "a dot is missing before ?s"),
        ("SELECT ?s, ?o { ?s ?p ?o }", ",", "without commas"),
        ("SELECT ?s { ?s ?p ?o } ORDER BY ?s, ?o", ",", "without commas"),
        (GBA + "SELECT ?s { ?s gba:x “Baidu” }", "“", "typographic"),
        ("SELECT ?s { ?s ?p \u2018x\u2019 }", "\u2018", "typographic"),
        ("SELECT ?s\u00a0{ ?s ?p ?o }", "\u00a0", "U+00A0"),
        (
            "PREFIX gba <https://w3id.org/gbagraph/ontology#> ASK { ?s a gba:Zone }",
            "gba",
            "with a colon",
        ),
        ("PREFIX gba: https://w3id.org/gbagraph/ontology# ASK {}", "https:", "angle brackets"),
        ("PREFIX gba: <http://x/>; ASK {}", ";", "nothing stands after"),
        ("@prefix gba: <http://x/> . ASK {}", "@prefix", "without @"),
        ("SELECT ?s (COUNT(?o) AS ?n) { ?s ?p ?o } GROUP BY ?p", "?s", "neither in GROUP BY"),
        (
            "SELECT ?x ?l (COUNT(?o) AS ?n) { ?x ?p ?o, ?l } GROUP BY ?x",
            "?l",
            "neither in GROUP BY",
        ),
        (
            "SELECT (STR(?x) AS ?y) (COUNT(?o) AS ?n) { ?x ?p ?o } GROUP BY ?p",
            "?x",
            "neither in GROUP BY",
        ),
        ("SELECT ?s (COUNT(?o) AS ?n) { ?s ?p ?o }", "?s", "needs GROUP BY ?s"),
        ("SELECT * { ?s ?p ?o } GROUP BY ?s", "*", "must be named"),
        ("SELECT ?s ?s { ?s ?p ?o }", "?s", "a column already"),
        ("SELECT (?s AS ?o) { ?s ?p ?o }", "?o", "another name"),
        ("SELECT COUNT(?s) { ?s ?p ?o }", "COUNT", "(COUNT(?s) AS ?count)"),
        ("SELECT (COUNT(?s)) { ?s ?p ?o }", ")", "needs a name"),
        ("SELECT (COUNT(?s) ?n) { ?s ?p ?o }", "?n", "AS stands before"),
        ("SELECT { ?s ?p ?o }", "{", "or *"),
        ("SELECT s { ?s ?p ?o }", "s", "question mark"),
        ("SELECT ?s { ?s ?p ?o FILTER ?o > 3 }", "?o", "in parentheses"),
        ("SELECT ?s { ?s ?p ?o FILTER(?o > 3 }", "(", "not closed"),
        ("SELECT ?s { ?s ?p ?o ", "{", "not closed"),
        ("SELECT ?s { ?s ?p ?o } }", "}", "closes nothing"),
        ('SELECT ?s { ?s ?p "abc }', '"', "not closed in this line"),
        ("SELECT ?s { ?s ?p ?o } ORDER ?s", "ORDER", "followed by BY"),
        ("SELECT ?s { ?s ?p ?o } ORDER BY DESC ?s", "?s", "DESC(?s)"),
        ("SELECT ?s { ?s ?p ?o } LIMIT ten", "ten", "whole number"),
        ("SELECT ?s WHERE ?s ?p ?o", "?s", "WHERE { … }"),
        ("SELECT * { ?s ?p ?o OPTIONAL ?s ?q ?r }", "?s", "OPTIONAL { … }"),
        ("SELECT * { GRAPH { ?s ?p ?o } }", "{", "the graph's IRI"),
        ("SELECT * { ?s ?p ?o FILTER(?o == 3) }", "==", "write ="),
        ("SELECT * { ?s ?p ?o FILTER(?o => 3) }", "=>", "write >="),
        ("SELECT * { ?s ?p ?o FILTER(?o = 3 AND ?s = 4) }", "AND", "write &&"),
        ('SELECT * { ?s ?p ?o FILTER(?o LIKE "x") }', "LIKE", "CONTAINS"),
        ("SELECT * { ?s ?p ?o FILTER(?o != null) }", "null", "BOUND(?x)"),
        ("SELECT * { ?s ?p ?o FILTER(CONTAIN(?o, 'x')) }", "CONTAIN", "CONTAINS is meant"),
        ("SELECT * { ?s a Zone }", "Zone", "lacks a prefix"),
        (GBA + "SELECT * { ?x a gba:Zone , gba:area ?l }", ",", "semicolon"),
        (GBA + "SELECT * { ?s gba:a gba:b, }", ",", "one more object"),
        ("SELECT * { ?s rdf:type ?o }", "rdf:type", "Add: PREFIX rdf:"),
        (GBA + "SELECT * { ?s gbaa:area ?o }", "gbaa:area", "gba: is"),
        ("INSERT DATA { <a:a> <b:b> <c:c> }", "INSERT", "updates are not accepted"),
        ("", "", "the query is empty"),
    ],
)
def test_the_token_that_is_wrong(query, token, says):
    found = syntax_error(query, _complaint(query))

    assert found.details["token"] == token
    assert says in found.message
    line = query.split("\n")[found.details["line"] - 1]
    assert line[found.details["column"] - 1 :].startswith(token)


@pytest.mark.parametrize(
    ("query", "right"),
    [
        ("SELCT ?s { ?s ?p ?o }", "SELECT ?s { ?s ?p ?o }"),
        ("SELECT ?s { ?s ?p ?o ?o ?q ?r }", "SELECT ?s { ?s ?p ?o . ?o ?q ?r }"),
        ("SELECT ?s { ?s ?p “a” }", 'SELECT ?s { ?s ?p "a" }'),
        ("SELECT COUNT(?s) { ?s ?p ?o }", "SELECT (COUNT(?s) AS ?count) { ?s ?p ?o }"),
        ("SELECT ?s { ?s ?p ?o FILTER ?o > 3 }", "SELECT ?s { ?s ?p ?o FILTER (?o > 3) }"),
        ("SELECT ?s { ?s ?p ?o", "SELECT ?s { ?s ?p ?o }"),
        ("SELECT ?s { ?s ?p ?o } GROUP ?s", "SELECT ?s { ?s ?p ?o } GROUP BY ?s"),
        (
            "SELECT ?s ?p (COUNT(?o) AS ?n) { ?s ?p ?o } GROUP BY ?s",
            "SELECT ?s ?p (COUNT(?o) AS ?n) { ?s ?p ?o } GROUP BY ?s ?p",
        ),
    ],
)
def test_what_would_be_right(query, right):
    for start, end, text in sorted(slip(query).edits, reverse=True):
        query = query[:start] + text + query[end:]

    assert query == right
    ox.Store().query(query)


def test_a_text_that_only_looks_wrong_is_left_alone():
    query = 'SELECT ?s { ?s ?p "SELCT “x”, AND" FILTER(?s = ?p ?o) }'

    assert syntax_error(query, _complaint(query)).details["token"] != "“"
