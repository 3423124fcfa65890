"""A slip of the pen is told where it is, not where the parser stopped, and what would be right."""

import pyoxigraph as ox
import pytest

from conformance import suite
from gbagraph.sparql.failures import syntax_error
from gbagraph.sparql.slips import slip, slips_in
from gbagraph.sparql.tokens import replaced, words
from support.corpus import corpus

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
        (GBA + "SELECT ?s { ?s a gba:Zone ?s gba:area ?a }", "?s", "A dot is missing before ?s"),
        ("SELECT ?s, ?o { ?s ?p ?o }", ",", "not separated by commas"),
        ("SELECT ?s { ?s ?p ?o } ORDER BY ?s, ?o", ",", "not separated by commas"),
        (GBA + "SELECT ?s { ?s gba:x “Baidu” }", "“", "typographic"),
        ("SELECT ?s { ?s ?p \u2018x\u2019 }", "\u2018", "typographic"),
        ("SELECT ?s\u00a0{ ?s ?p ?o }", "\u00a0", "U+00A0"),
        (
            "PREFIX gba <https://w3id.org/gbagraph/ontology#> ASK { ?s a gba:Zone }",
            "gba",
            "with a colon",
        ),
        ("PREFIX gba: https://w3id.org/gbagraph/ontology# ASK {}", "https:", "angle brackets"),
        ("PREFIX gba: <http://x/>; ASK {}", ";", "ends without ;"),
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
        ("SELECT (?s AS ?x) (?o AS ?x) { ?s ?p ?o }", "?x", "?x has a value already"),
        ("SELECT (?s + 1 + AS ?x) { ?s ?p ?o }", "+", "A value is missing after +"),
        ("SELECT (?s * AS ?x) {}", "*", "A value is missing after *"),
        ("SELECT ?s { ?s ?p ?o FILTER(?s && ) }", "&&", "A value is missing after &&"),
        ("SELECT (1 AS) {}", ")", ") cannot stand after AS. There, a variable can come."),
        ("SELECT COUNT(?s) { ?s ?p ?o }", "COUNT", "(COUNT(?s) AS ?count)"),
        ("SELECT (COUNT(?s)) { ?s ?p ?o }", ")", "needs a name"),
        ("SELECT (COUNT(?s) ?n) { ?s ?p ?o }", "?n", "AS goes before"),
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
        ("SELECT ?s { ?s ?p ?o } LIMIT 3 OFFSET", "OFFSET", "whole number"),
        ("SELECT ?s WHERE ?s ?p ?o", "?s", "WHERE { … }"),
        ("SELECT * { ?s ?p ?o OPTIONAL ?s ?q ?r }", "?s", "OPTIONAL { … }"),
        ("SELECT * { GRAPH { ?s ?p ?o } }", "{", "the graph's IRI"),
        ("SELECT * { ?s ?p ?o FILTER(?o == 3) }", "==", "write ="),
        ("SELECT * { ?s ?p ?o FILTER(?o => 3) }", "=>", "write >="),
        ("SELECT * { ?s ?p ?o FILTER(?o = 3 AND ?s = 4) }", "AND", "write &&"),
        ('SELECT * { ?s ?p ?o FILTER(?o LIKE "x") }', "LIKE", "CONTAINS"),
        ("SELECT * { ?s ?p ?o FILTER(?o != null) }", "!= null", "BOUND(?o)"),
        ("SELECT * { ?s ?p ?o FILTER(CONTAIN(?o, 'x')) }", "CONTAIN", "CONTAINS is meant"),
        ("SELECT * { ?s a Zone }", "Zone", "lacks a prefix"),
        (GBA + "SELECT * { ?x a gba:Zone , gba:area ?l }", ",", "semicolon"),
        (GBA + "SELECT * { ?s gba:a gba:b, }", ",", "one more object"),
        ("SELECT * { ?s rdf:type ?o }", "rdf:type", "Add: PREFIX rdf:"),
        (GBA + "SELECT * { ?s gbaa:area ?o }", "gbaa:area", "gba: is"),
        ("INSERT DATA { <a:a> <b:b> <c:c> }", "INSERT", "updates are not accepted"),
        ("", "", "The query is empty"),
        ("PREFIX gba: <http://x/>", "<http://x/>", "ends after its declarations"),
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
        ("SELECT ?s { ?s ?p ?o ?q ?r }", "SELECT ?s { ?s ?p ?o ; ?q ?r }"),
        ('SELECT ?s { ?s ?p "a" "b" }', 'SELECT ?s { ?s ?p "a" , "b" }'),
        ("SELECT ?s WHERE ?s ?p ?o }", "SELECT ?s WHERE { ?s ?p ?o }"),
        ('SELECT ?s { ?s ?p "a@en }', 'SELECT ?s { ?s ?p "a"@en }'),
        ("SELECT s { s ?p ?o }", "SELECT ?s { ?s ?p ?o }"),
        ("SELECT COUNT(?s) AS ?n { ?s ?p ?o }", "SELECT (COUNT(?s) AS ?n) { ?s ?p ?o }"),
        # Clauses
        (
            "SELECT ?s { ?s ?p ?o } LIMIT 5 ORDER BY ?s",
            "SELECT ?s { ?s ?p ?o } ORDER BY ?s LIMIT 5 ",
        ),
        (
            "SELECT ?p (COUNT(?s) AS ?n) { ?s ?p ?o } HAVING(?n > 1) GROUP BY ?p",
            "SELECT ?p (COUNT(?s) AS ?n) { ?s ?p ?o } GROUP BY ?p HAVING(?n > 1) ",
        ),
        ("SELECT ?s { ?s ?p ?o } FILTER(?o > 1)", "SELECT ?s { ?s ?p ?o  FILTER(?o > 1) } "),
        ("{ ?s ?p ?o } SELECT ?s", "SELECT ?s { ?s ?p ?o } "),
        ("SELECT ?s { ?s ?p ?o } FROM <a:b>", "SELECT ?s FROM <a:b> { ?s ?p ?o } "),
        ("SELECT ?s PREFIX x: <a:b> { ?s ?p ?o }", "PREFIX x: <a:b> SELECT ?s  { ?s ?p ?o }"),
        (
            "SELECT ?s { ?s ?p ?o ORDER BY ?s LIMIT 3 }",
            "SELECT ?s { ?s ?p ?o } ORDER BY ?s LIMIT 3",
        ),
        (
            "SELECT ?s { ?s a ?c } UNION { ?s ?p ?o }",
            "SELECT ?s { { ?s a ?c } UNION { ?s ?p ?o } }",
        ),
        # Of other languages and versions
        ("SELECT ?s DISTINCT { ?s ?p ?o }", "SELECT DISTINCT ?s { ?s ?p ?o }"),
        ("SELECT (?s) { ?s ?p ?o }", "SELECT ?s { ?s ?p ?o }"),
        ("SELECT TOP 3 ?s { ?s ?p ?o }", "SELECT ?s { ?s ?p ?o } LIMIT 3"),
        ("SELECT ?s { ?s ?p ?o } LIMIT 10, 20", "SELECT ?s { ?s ?p ?o } LIMIT 20 OFFSET 10"),
        ("SELECT ?s { ?s ?p ?o } ORDER BY ?s DESC", "SELECT ?s { ?s ?p ?o } ORDER BY DESC(?s)"),
        (
            'SELECT (STRING_AGG(STR(?o), ", ") AS ?all) { ?s ?p ?o }',
            'SELECT (GROUP_CONCAT(STR(?o); SEPARATOR=", ") AS ?all) { ?s ?p ?o }',
        ),
        (
            'SELECT (LISTAGG(?o, "; ") WITHIN GROUP (ORDER BY ?o) AS ?all) { ?s ?p ?o }',
            'SELECT (GROUP_CONCAT(?o; SEPARATOR="; ") AS ?all) { ?s ?p ?o }',
        ),
        (
            'SELECT (GROUP_CONCAT(?o, ", ") AS ?all) { ?s ?p ?o }',
            'SELECT (GROUP_CONCAT(?o; SEPARATOR=", ") AS ?all) { ?s ?p ?o }',
        ),
        ("SELECT ?s { ?s ?p ?o } ORDER BY ?s -?o", "SELECT ?s { ?s ?p ?o } ORDER BY ?s DESC(?o)"),
        ("SELECT ?s { ?s ?p ?o } ORDER BY ?o / 2", "SELECT ?s { ?s ?p ?o } ORDER BY (?o / 2)"),
        ("SELECT ?s { ?s <a:b> { ?p ?o } }", "SELECT ?s { ?s <a:b> [ ?p ?o ] }"),
        (
            "SELECT ?s { ?s ?p ?o ; <a:b> { ?q ?r } . ?r ?q ?o }",
            "SELECT ?s { ?s ?p ?o ; <a:b> [ ?q ?r ] . ?r ?q ?o }",
        ),
        ("SELECT * { ?s ?p ?o LET (?x := ?o + 1) }", "SELECT * { ?s ?p ?o BIND(?o + 1 AS ?x) }"),
        ("SELECT * { ?s ?p ?o BIND(?x = ?o + 1) }", "SELECT * { ?s ?p ?o BIND(?o + 1 AS ?x) }"),
        (
            "SELECT * { ?s ?p ?o NOT EXISTS { ?o ?q ?s } }",
            "SELECT * { ?s ?p ?o FILTER NOT EXISTS { ?o ?q ?s } }",
        ),
        (
            "SELECT * { ?s ?p ?o FILTER !EXISTS { ?o ?q ?s } }",
            "SELECT * { ?s ?p ?o FILTER NOT EXISTS { ?o ?q ?s } }",
        ),
        ("SELECT * { ?s ?p ?o FILTER(?o IS NULL) }", "SELECT * { ?s ?p ?o FILTER(!BOUND(?o)) }"),
        (
            "SELECT * { ?s ?p ?o FILTER(?o BETWEEN 1 AND 3) }",
            "SELECT * { ?s ?p ?o FILTER((?o >= 1 && ?o <= 3)) }",
        ),
        (
            "SELECT * { ?s ?p ?o FILTER(1 < ?o < 3) }",
            "SELECT * { ?s ?p ?o FILTER((1 < ?o && ?o < 3)) }",
        ),
        (
            "SELECT * { ?s ?p ?o FILTER(?o LIKE '%City%') }",
            "SELECT * { ?s ?p ?o FILTER(CONTAINS(STR(?o), 'City')) }",
        ),
        (
            "SELECT (IF ?o > 3 THEN 1 ELSE 2 AS ?x) { ?s ?p ?o }",
            "SELECT (IF(?o > 3, 1, 2) AS ?x) { ?s ?p ?o }",
        ),
        (
            "SELECT (CASE WHEN ?o > 3 THEN 1 ELSE 2 END AS ?x) { ?s ?p ?o }",
            "SELECT (IF(?o > 3, 1, 2) AS ?x) { ?s ?p ?o }",
        ),
        ("SELECT * { ?s ?p ?o FILTER(?o <> 4) }", "SELECT * { ?s ?p ?o FILTER(?o != 4) }"),
        (
            "SELECT * { ?s ?p ?o FILTER(BOUND(?o) && ?o & ?s) }",
            "SELECT * { ?s ?p ?o FILTER(BOUND(?o) && ?o && ?s) }",
        ),
        ("SELECT * { ?s ?p ?o FILTER(?o & ?s) }", "SELECT * { ?s ?p ?o FILTER(?o && ?s) }"),
        (
            "SELECT * { ?s ?p ?o FILTER(?o = 3 | ?s = 4) }",
            "SELECT * { ?s ?p ?o FILTER(?o = 3 || ?s = 4) }",
        ),
        ("SELECT * { { ?s a ?c } OR { ?s ?p ?o } }", "SELECT * { { ?s a ?c } UNION { ?s ?p ?o } }"),
        ("SELECT * { ?s a ?c AND ?s ?p ?o }", "SELECT * { ?s a ?c . ?s ?p ?o }"),
        (
            "SELECT * { VALUES (?s) { <a:b> } ?s ?p ?o }",
            "SELECT * { VALUES ?s { <a:b> } ?s ?p ?o }",
        ),
        ("SELECT * { VALUES ?s { <a:b>, <a:c> } }", "SELECT * { VALUES ?s { <a:b>  <a:c> } }"),
        ("SELECT ?a-b { ?s ?p ?a-b }", "SELECT ?a_b { ?s ?p ?a_b }"),
        ("SELECT * { ?s is a ?o }", "SELECT * { ?s a ?o }"),
        ("SELECT * { ?s A ?o }", "SELECT * { ?s a ?o }"),
        ("SELECT * { ?s ?p ?o // all\n }", "SELECT * { ?s ?p ?o # all\n }"),
        ("SELECT * { ?s ?p ?o\uff1b}", "SELECT * { ?s ?p ?o;}"),
        ('SELECT * { ?s ?p "a"@"en" }', 'SELECT * { ?s ?p "a"@en }'),
        (
            "SELECT * { ?s ?p ?o FILTER(LANG(?o) = en) }",
            'SELECT * { ?s ?p ?o FILTER(LANG(?o) = "en") }',
        ),
        (
            "SELECT * { ?s ?p 2020-01-31 }",
            'SELECT * { ?s ?p "2020-01-31"^^<http://www.w3.org/2001/XMLSchema#date> }',
        ),
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


def _right_texts():
    """Queries that are right, with every construct of SPARQL where the W3C's suites are here."""
    texts = [query.text for query in corpus() if query.right]
    if (folder := suite.root()) is not None:
        tests = suite.collect(folder).tests
        texts += [test.text for test in tests if test.query and test.kind != suite.NEGATIVE]
    return [
        text for text in texts if any(word.text == "}" for word in words(text)) and _is_taken(text)
    ]


def _is_taken(text):
    try:
        ox.Store().query(text)
    except SyntaxError:
        return False
    except (RuntimeError, OSError, ValueError):
        pass
    return True


@pytest.mark.slow
def test_what_is_right_is_no_slip_whatever_comes_after_it():
    """Slips are looked for where the engine refuses a text, which is for one place in it."""
    texts = _right_texts()
    found = [(text, [*slips_in(text)]) for text in texts]
    for text in texts[::4]:
        last = max(word.start for word in words(text) if word.text == "}")
        if _is_taken(f"{text[:last]} FILTER(true) {text[last:]}"):
            broken = f"{text[:last]} FILTER(nosuchthing(?x, 1)) {text[last:]}"
            found.append((broken, [s for s in [slip(broken)] if s.token.text != "nosuchthing"]))
        if text.rstrip().endswith("}"):
            found.append((text[:last], [s for s in [slip(text[:last])] if s.token.text != "{"]))

    assert len(found) > 150
    assert [(text, str(s[0].reason)) for text, s in found if s] == []


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELECT (MIN(?x) + MAX(?x)) { ?s ?p ?x }", "AS ?min"),
        ("SELECT ((MIN(?x) + MAX(?x)) / 2 AS ?c) { ?s ?p ?x } GROUP BY ?p ?p (", "( is not closed"),
        ("SELECT * { ?s ?p ?o } WHERE { ?s ?p ?o }", "one WHERE"),
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } WHERE { ?s ?p ?o }", "one WHERE"),
        ("SELECT * { ?s ?p ?o FILTER(?o<>4) }", "written !="),
    ],
)
def test_what_is_wrong_beside_what_is_right(query, says):
    assert says in str(slip(query).reason)


@pytest.mark.parametrize(
    ("condition", "right"),
    [
        ('?l["Garden"', 'CONTAINS(STR(?l), "Garden")'),
        ('?l =~ "Garden"', 'REGEX(STR(?l), "Garden")'),
        ('?l ~* "garden"', 'REGEX(STR(?l), "garden", "i")'),
        ('?l !~ "Garden"', '!REGEX(STR(?l), "Garden")'),
        ('LCASE(?l) contains "garden"', 'CONTAINS(LCASE(?l), "garden")'),
        ('?l does not contain "Garden"', '!CONTAINS(STR(?l), "Garden")'),
        ('?l icontains "Garden"', 'CONTAINS(LCASE(STR(?l)), LCASE("Garden"))'),
        ('?l begins with "The"', 'STRSTARTS(STR(?l), "The")'),
        ('?l doesNotContain "Garden"', '!CONTAINS(STR(?l), "Garden")'),
        ('?l startswith ("The")', 'STRSTARTS(STR(?l), "The")'),
        ('?l endsWith "den"', 'STRENDS(STR(?l), "den")'),
        ("?l contains ?m", "CONTAINS(STR(?l), ?m)"),
        ('?l.StartsWith("The")', 'STRSTARTS(STR(?l), "The")'),
        ("?l |> BOUND", "BOUND(?l)"),
    ],
)
def test_what_is_said_of_an_operator_or_a_method_is_what_is_right(condition, right):
    query = f"SELECT ?s {{ ?s ?p ?l FILTER({condition}) }}"
    found = slip(query)

    assert str(found.reason).endswith(f"{right}.")
    assert replaced(query, found.edits) == f"SELECT ?s {{ ?s ?p ?l FILTER({right}) }}"


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("?l?.name = 3", "no attributes"),
        ("?l->name = 3", "no attributes"),
        ('?l["name"] = 3', "no attributes"),
        ("?l <=> 3", "write = for equal"),
        ('?l is "Garden"', "Equal is written ="),
        ("?l NOT BETWEEN 1 AND 3", "BETWEEN is SQL"),
        ("DATEDIFF(day, ?l, ?m) > 3", "(?m - ?l) is meant"),
        ("DATEDIFF('year', ?l, ?m) > 3", "(YEAR(?m) - YEAR(?l)) is meant"),
        ("?b->dct:title = 3", "no attributes"),
    ],
)
def test_operators_of_others_are_named(condition, says):
    assert says in str(slip(f"SELECT ?s {{ ?s ?p ?l FILTER({condition}) }}").reason)


@pytest.mark.parametrize(
    ("query", "right"),
    [
        ("?x a << gba:Zone ; ?p ?y", "?x a/rdfs:subClassOf* gba:Zone ; ?p ?y"),
        ("?x a < gba:Zone .", "?x a/rdfs:subClassOf+ gba:Zone ."),
        ("?x << gba:Zone", ""),
    ],
)
def test_the_operators_of_ecl_are_paths(query, right):
    rdfs = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
    text = f"{GBA}{rdfs}SELECT ?x {{ {query} }}"
    found = slip(text)

    assert "is of ECL" in str(found.reason)
    if right:
        wanted = f"{GBA}{rdfs}SELECT DISTINCT ?x {{ {right} }}"
        assert replaced(text, found.edits) == wanted
    else:
        assert not found.edits
