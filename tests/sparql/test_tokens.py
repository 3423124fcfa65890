"""Tokens: what is a variable, and what only looks like one."""

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbagraph.errors import QuerySyntaxError
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.sparql.tokens import (
    declared_prefixes,
    excerpt,
    line_and_column,
    offset,
    token_at,
    tokens,
    without_comments,
    without_text,
)


@given(st.text(alphabet="?$ab_<>\"'#\\\n{}:. é1", max_size=60) | st.text(max_size=40))
def test_tokens_joined_are_the_text_again(text):
    assert "".join(token.text for token in tokens(text)) == text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT ?x { ?x ?y $z }", ["x", "y", "z"]),
        ("ASK { ?x ?p '?no' . # ?no\n ?y ?p <http://e/?no> }", ["x", "p", "y"]),
        ('ASK { ?x ?p """a " ?no "" b""" }', ["x", "p"]),
        (r'ASK { ?x ?p "\" ?no" }', ["x", "p"]),
        ("ASK { ?x <p>? ?y . ?x <p>?/<q> ?z }", ["x", "y", "z"]),
        ("SELECT * { FILTER(?a<?b && ?c>?d) }", ["a", "b", "c", "d"]),
    ],
)
def test_variables(query, expected):
    assert ParsedQuery(query).variables == expected


EDGES = (
    "2d 2e 30 39 3a 41 5a 5f 61 7a b7 c0 d6 d8 f6 f8 2ff 300 36f 370 37d 37f 1fff 200c 200d 203f 2040"
    " 2070 218f 2c00 2fef 3001 d7ff"
)
"""Where the ranges of PN_CHARS and its parts begin and end (SPARQL 1.1, section 19.8)."""


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("?{}", "SELECT {} {{}}"),
        ("?a{}", "SELECT {} {{}}"),
        ("_:{}", "ASK {{ {} ?p 1 }}"),
        ("_:a{}b", "ASK {{ {} ?p 1 }}"),
        ("a{}b:", "PREFIX {} <urn:> ASK {{}}"),
        ("a:{}", "PREFIX a: <urn:> ASK {{ {} ?p 1 }}"),
        ("a:a{}b", "PREFIX a: <urn:> ASK {{ {} ?p 1 }}"),
    ],
)
def test_a_character_is_part_of_a_name_where_the_engine_takes_it_for_one(name, query):
    edges = {int(edge, 16) + step for edge in EDGES.split() for step in (-1, 0, 1)}
    for character in map(chr, sorted(edges - set(map(ord, "/\\")) - {0xD800})):
        text = name.format(character)
        try:
            ox.Store().query(query.format(text))
        except SyntaxError:
            continue
        if character != ":" or not name.endswith(":"):
            assert text in [token.text for token in tokens(query.format(text))], ascii(text)


def test_a_name_ends_before_what_is_no_part_of_a_name():
    assert [token.text for token in tokens("?a\u00d7?b")] == ["?a", "\u00d7", "?b"]
    assert ParsedQuery("SELECT ?城、市 ?x\u2028?y {}").variables == ["城、市", "x", "y"]
    assert declared_prefixes("PREFIX 城、市: <urn:a> PREFIX 1: <urn:b>") == {"城、市": "urn:a"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            (
                "PREFIX a: <urn:a#> prefix : <urn:b#> # PREFIX c: <urn:c>\n"
                "SELECT * { a:x :y 'PREFIX d: <urn:d>' }"
            ),
            {"a": "urn:a#", "": "urn:b#"},
        ),
        (
            "PrEfIx # one\n a.b: #two #\n\n <urn:a#>PREFIX\tc:<urn:c> ASK { ?prefix e: <urn:e> }",
            {"a.b": "urn:a#", "c": "urn:c"},
        ),
    ],
)
def test_declared_prefixes(query, expected):
    assert declared_prefixes(query) == expected


def test_only_comments_are_taken_out():
    query = '#a\nASK { <urn:x#y> ?p \'#no\', """# no\n""" } # b'

    assert without_comments(query) == 'ASK { <urn:x#y> ?p \'#no\', """# no\n""" }'


@given(st.text(alphabet="?$ab_<>\"'#\\\n{}:. é1", max_size=60))
def test_without_text_everything_else_is_where_it_was(text):
    expected = "".join(
        " " * len(token.text) if token.kind in ("comment", "iri", "string") else token.text
        for token in tokens(text)
    )

    assert without_text(text) == expected


@pytest.mark.parametrize(
    "piece",
    ['"\\', "'\\", '"', '"""a', '""a', "<a", "#", "#\n", "PREFIX ", "PREFIX#\n", "FROM ", "COUNT("],
)
def test_a_megabyte_of_anything_is_read_in_one_go(piece):
    """Were any part read again for each part before it, this would take hours."""
    text = piece * (1_000_000 // len(piece))

    assert len(without_text(text)) == len(text)
    assert len(without_comments(text)) <= len(text)
    assert declared_prefixes(text) == {}
    assert ParsedQuery(text, "urn:x").dataset == ([], [])


def test_the_pointer_stands_under_the_column():
    text, pointer = excerpt("ASK {\n  ?x oops }", 2, 6).splitlines()

    assert text[pointer.index("^")] == "o"


@given(st.text(max_size=30), st.integers(1, 50), st.integers(1, 200))
def test_an_excerpt_never_fails(query, line, column):
    assert "^" in excerpt(query, line, column)


def test_dataset_clauses():
    query = """PREFIX g: <urn:g/> SELECT ('FROM <urn:no>' AS ?x) FROM <urn:a> from named g:b
    FROM g:c { ?from g:FROM ?z } # FROM <urn:no>"""

    assert ParsedQuery(query, "urn:x").dataset == (["urn:a", "urn:g/c"], ["urn:g/b"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("BASE <http://e/a/> SELECT * FROM <g> { }", ["http://e/a/g"]),
        (
            "BASE <b/> PREFIX g: <c#> SELECT * FROM g:x FROM <../y> { }",
            ["http://e/b/c#x", "http://e/y"],
        ),
        ("SELECT * FROM <g> { }", ["http://e/g"]),
        ("SELECT * FROM <http://e/\\u0067> FROM <h> { }", ["http://e/g", "http://e/h"]),
        ("SELECT * FROM x:y { }", []),
        ("ASK {}", []),
    ],
)
def test_relative_graphs(query, expected):
    assert ParsedQuery(query, "http://e/q").dataset == (expected, [])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ASK { FILTER (TRUE || False) }", "ASK { FILTER (true || false) }"),
        ("ASK { ?s ?p 'TRUE' , ex:TRUE } # TRUE", "ASK { ?s ?p 'TRUE' , ex:TRUE } # TRUE"),
        ("SELECT (COUNT(?x) + SUM(?y) AS ?z) {}", "SELECT (COUNT(?x) + SUM(?y) AS ?z) {}"),
        (
            "SELECT (MAX(IF(EXISTS { SELECT (COUNT(*) AS ?n) {} }, 1, 2)) AS ?z) {}",
            "SELECT (MAX(IF(EXISTS { SELECT (COUNT(*) AS ?n) {} }, 1, 2)) AS ?z) {}",
        ),
    ],
)
def test_what_the_engine_takes_otherwise_is_normalize(query, expected):
    assert ParsedQuery(query).normalized.text == expected


def test_an_aggregate_in_an_aggregate_is_refused():
    with pytest.raises(QuerySyntaxError, match="column 13: An aggregate stands inside"):
        _ = ParsedQuery("SELECT (SUM(COUNT(?x)) AS ?z) {}").normalized


@pytest.mark.parametrize("query", ["SELECT * {\n  ?s a <x> # no\n}", 'ASK { "a\nb" }', ""])
def test_the_token_at_each_place_is_the_one_that_begins_there(query):
    for token in tokens(query):
        assert token_at(query, token.start) == token
        line, column = line_and_column(query, token.start)
        assert offset(query, line, column) == token.start
    assert token_at(query, len(query)) is None
