"""How far a text is read: the token that cannot stand there, what could, and what is around a query."""

import pytest

from gbagraph.sparql.failures import syntax_error
from gbagraph.sparql.slips import slip
from gbagraph.sparql.slips.reach import first_wrong, reads
from gbagraph.sparql.tokens import replaced, words
from support.corpus import corpus

GBA = "PREFIX gba: <https://w3id.org/gbagraph/ontology#> "


@pytest.mark.parametrize(
    ("query", "token", "says"),
    [
        ("SELECT ?s { ?s ?p ?o } PRAGMA x", "PRAGMA", "only GROUP BY, HAVING"),
        ("SELECT ?s { ?s ?p ?o FILTER(?o ~ 3) }", "~", "an operator such as ="),
        ("SELECT ?s { ?s ?p ?o FILTER(?o = ~ 3) }", "~", "a value can come"),
        ("SELECT ?s ~ { ?s ?p ?o }", "~", "a computed column"),
        ("SELECT ?s { ?s ~ ?p ?o }", "~", "a property can come"),
        ("SELECT ?s { ?s ?p ~ }", "~", "a value can come"),
        ("SELECT ?s { ?s ?p ?o % }", "%", "a dot, a semicolon"),
        ("SELECT ?s { ~ ?s ?p ?o }", "~", "a triple can come"),
        ("CONSTRUCT { ?s ?p ?o FILTER(?o) } { ?s ?p ?o }", "FILTER", "no place here"),
        ("SELECT ?s { ?s ?p ?o } ORDER BY", "BY", "ends too early"),
        ("SELECT ?s { ?s ?p ?o FILTER(?o > 1 && ?s || ~ 2) }", "~", "a value can come"),
        ("SELECT ?s { ?s ?p ?o BIND(STR(?s) AS ?o) }", "?o", "a value already"),
    ],
)
def test_where_no_slip_is_known_the_parser_tells_what_can_come(query, token, says):
    found = syntax_error(query, "error at 1:1: x")

    assert found.details["token"] == token
    assert says in found.message


def test_a_sign_that_could_begin_an_iri_is_wrong_where_none_can_come():
    query = "SELECT ?s { ?s ?p ?o FILTER(?o >= 3 || <= 1) }"
    read = words(query)

    assert read[first_wrong(query, read)].text == "<="


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?s { ?s a << ?o ; ?p ?q FILTER(?p > 1) } ORDER BY ?s",
        "SELECT ?s { ?s ?p ?o FILTER(?o < ?p ~ 3) } ORDER BY ?s",
        "SELECT ?s { ?s ?p ?o FILTER(?o <= ?p ~ 3) } ORDER BY ?s",
    ],
)
def test_after_less_the_rest_is_not_taken_for_an_iri(query):
    found = syntax_error(query, "error at 1:1: x")

    assert found.details["token"] in ("<<", "~")
    assert "too early" not in found.message


def test_all_that_is_right_is_read():
    texts = [query.text for query in corpus("fifth-*") if query.right]

    assert len(texts) > 40
    for text in texts:
        read = words(text)
        assert first_wrong(text, read) == len(read), text


def test_nobody_is_called_and_nothing_answered():
    assert reads("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o }")


@pytest.mark.parametrize(
    "text",
    [
        "%%sparql\nSELECT * {{ ?s ?p ?o }} LIMIT 3",
        '"SELECT * {{ ?s ?p ?o }} LIMIT 3"',
        'g.query("""SELECT * {{ ?s ?p ?o }} LIMIT 3""")',
        "{{'query': 'SELECT * {{ ?s ?p ?o }} LIMIT 3'}}",
        "SPARQL> SELECT * {{ ?s ?p ?o }} LIMIT 3",
        "EXPLAIN SELECT * {{ ?s ?p ?o }} LIMIT 3",
        "SELECT * {{ ?s ?p ?o }} LIMIT 3\nGO",
    ],
)
def test_what_stands_around_a_query_is_left_out(text):
    query = text.replace("{{", "{").replace("}}", "}")
    found = slip(query)

    assert "Only the query itself" in str(found.reason)
    assert replaced(query, found.edits).strip() == "SELECT * { ?s ?p ?o } LIMIT 3"


@pytest.mark.parametrize(
    "query",
    [
        "INSERT { ?s ?p ?o } WHERE { SELECT * { ?s ?p ?o } }",
        "WITH x AS (SELECT * { ?s ?p ?o }) SELECT * { ?s ?p ?o }",
        "DECLARE x = 3; SELECT * { ?s ?p ?o }",
    ],
)
def test_a_query_inside_of_another_text_that_means_more_is_not_taken_out(query):
    assert "Only the query itself" not in str(slip(query).reason)


@pytest.mark.parametrize(
    ("query", "token", "not_said"),
    [
        ("SELECT ?title name { ?s ?p ?title }", "name", "NAMED"),
        ("SELECT ?s { ?s ?p ?o } FOR UPDATE", "FOR", "FLOOR"),
        ("SELECT ?s { ?s ?p ?o FILTER(?o IS ?s) }", "IS", "prefix"),
    ],
)
def test_a_keyword_is_only_meant_where_it_can_stand(query, token, not_said):
    found = syntax_error(query, "error at 1:1: x")

    assert found.details["token"] == token
    assert not_said not in found.message.replace(query, "")


@pytest.mark.parametrize(
    "row",
    """
    SELECT ?s { ?s ?p ?o . ?o > 3 }              | ?s ?p ?o . FILTER(?o > 3)
    SELECT ?s { ?s ?p ?o > 3 }                   | ?s ?p ?o  FILTER(?o > 3)
    SELECT ?s { ?s <a:n> > 3 ; ?p ?o }           | ?s <a:n> ?n ; ?p ?o  FILTER(?n > 3)
    SELECT ?s { ?s <a:n> = 3 }                   | ?s <a:n> 3
    SELECT ?s { ?s ?p ?o . ?n = STR(?o) }        | ?s ?p ?o . BIND(STR(?o) AS ?n)
    SELECT ?s { ?s ?p ?o , ?x ?q ?r }            | ?s ?p ?o . ?x ?q ?r
    SELECT ?s { ?s ?p ?o WHERE ?o > 3 }          | ?s ?p ?o FILTER(?o > 3)
    SELECT ?s { CONTAINS(?s, "a") }              | FILTER(CONTAINS(?s, "a"))
    SELECT ?s { NOT { ?s ?p ?o } }               | FILTER NOT EXISTS { ?s ?p ?o }
    SELECT ?s { ?s ?p ?o FILTER(NOT ?o = 3) }    | ?s ?p ?o FILTER(!(?o = 3))
    SELECT ?s { ?s ?p ?o FILTER(?o % 2 = 1) }    | ?s ?p ?o FILTER((?o - 2 * FLOOR(?o / 2)) = 1)
    SELECT ?s { ?s ?p ?o FILTER(?o = 1 or 2) }   | ?s ?p ?o FILTER(?o IN (1, 2))
    SELECT ?s { ?s ?p ?o FILTER(?o > 9 || < 2) } | ?s ?p ?o FILTER(?o > 9 || ?o < 2)
    SELECT ?s { ?s ?p ?o FILTER("a" IN ?o) }     | ?s ?p ?o FILTER(CONTAINS(STR(?o), "a"))
    SELECT ?s { ?s ?p ?o FILTER(?o.contains("a")) } | ?s ?p ?o FILTER(CONTAINS(STR(?o), "a"))
    SELECT ?s { ?s ?p ?o FILTER(?o gt 3) }       | ?s ?p ?o FILTER(?o > 3)
    SELECT ?s { ?s <a:b>++ ?o }                  | ?s <a:b>+ ?o
    SELECT ?s { ?s <a:b>/<a:c>/ ?o }             | ?s <a:b>/<a:c> ?o
    SELECT ?s { ?s <a:b>||<a:c> ?o }             | ?s <a:b>|<a:c> ?o
    SELECT ?s { ?s a [<a:b>, <a:c>] }            | ?s a ?one . VALUES ?one { <a:b> <a:c> }
    SELECT ?s { ?s a {<a:b> <a:c>} }             | ?s a ?one . VALUES ?one { <a:b> <a:c> }
    SELECT ?s { (?s a ?c) }                      | ?s a ?c
    SELECT ?s { ?s, a, ?c }                      | ?s a ?c
    SELECT ?s { ?s ?p 'Let's go' }               | ?s ?p "Let's go"
    SELECT ?s { ?s ?p Anna@en }                  | ?s ?p "Anna"@en
    SELECT ?s { ?s ?p ''Anna'' }                 | ?s ?p "Anna"
    SELECT ?s { ?s ?p ?o FILTER(REGEX(?o, "\\d")) } | ?s ?p ?o FILTER(REGEX(?o, "\\\\d"))
    SELECT ?s { ?s ?p ?o FILTER[?o > 3] }        | ?s ?p ?o FILTER(?o > 3)
    SELECT ?s { ?s ?p ?o FILTER(?o) AND FILTER(?s) } | ?s ?p ?o FILTER(?o) FILTER(?s)
    SELECT ?s { ?s ?p ?o FILTER(?o <a:b> ?s) }   | ?s ?p ?o FILTER EXISTS { ?o <a:b> ?s }
    SELECT ?s { ?s ?p ?o FILTER(BOUND ?o) }      | ?s ?p ?o FILTER(BOUND(?o))
    SELECT ?s { ?s ?p ?o OPTIONAL { <a:b> ?x } } | ?s ?p ?o OPTIONAL { ?s <a:b> ?x }
    SELECT ?s { ?s ?p ?o ?s != <a:b> }           | ?s ?p ?o FILTER(?s != <a:b>)
    SELECT ?s { ?s ?p ?o , FILTER(?o) }          | ?s ?p ?o . FILTER(?o)
    SELECT ?s { ?s ?p ?o FILTER(?o > 1,5) }      | ?s ?p ?o FILTER(?o > 1.5)
    SELECT ?s { ?s ?p ?o FILTER(?o.lang = "en") } | ?s ?p ?o FILTER(LANG(?o) = "en")
    SELECT ?s { ?s (<a:b> OR <a:c>) ?o }         | ?s (<a:b>|<a:c>) ?o
    SELECT ?s { ?s <-a:b- ?o }                   | ?s ^a:b ?o
    SELECT ?s { { ?s ?p ?o } || { ?o ?p ?s } }   | { ?s ?p ?o } UNION { ?o ?p ?s }
    SELECT ?s { { ?s ?p ?o } UNION ALL { ?o ?p ?s } } | { ?s ?p ?o } UNION { ?o ?p ?s }
    SELECT ?s { ?s ?p ?o . EXCEPT { ?o ?p ?s } } | ?s ?p ?o . MINUS { ?o ?p ?s }
    SELECT ?s { ?s ?p ?o AND NOT ?o ?p ?s }      | ?s ?p ?o FILTER NOT EXISTS { ?o ?p ?s }
    SELECT ?s { ?s IN (<a:b>, <a:c>) . ?s ?p ?o } | VALUES ?s { <a:b> <a:c> } . ?s ?p ?o
    SELECT ?s { VALUES ?s { (<a:b>) } ?s ?p ?o } | VALUES (?s) { (<a:b>) } ?s ?p ?o
    SELECT ?s { VALUES (?s, ?o) { (1, "a, b") } } | VALUES (?s ?o) { (1 "a, b") }
    SELECT ?s { ?s ?p ?o FILTER(LANG(?o) = @en) } | ?s ?p ?o FILTER(LANG(?o) = "en")
    SELECT ?s { ?s ?p ?o FILTER(?o > 1,000) }    | ?s ?p ?o FILTER(?o > 1000)
    SELECT ?s { ?s ?p ?o FILTER(?o > 10.) }      | ?s ?p ?o FILTER(?o > 10)
    SELECT ?s { ?s ?p ?o FILTER(¬BOUND(?x)) }    | ?s ?p ?o FILTER(!BOUND(?x))
    SELECT ?s { ?s ?p ?o FILTER(?o =~ /^a/i) }   | ?s ?p ?o FILTER(REGEX(STR(?o), "^a", "i"))
    SELECT ?s { ?s ?p ?o . OPTIONAL: { ?s ?q ?r } } | ?s ?p ?o . OPTIONAL { ?s ?q ?r }
    SELECT ?s { ?s "a:b" ?o }                    | ?s a:b ?o
    SELECT ?s { ?s ?p ?o BIND(STR(?o)) AS ?n }   | ?s ?p ?o BIND(STR(?o) AS ?n)
    SELECT ?s { ?s ?p ?o BIND(STR(?o), ?n) }     | ?s ?p ?o BIND(STR(?o) AS ?n)
    """.strip().splitlines(),
)
def test_what_triples_and_conditions_would_be(row):
    query, _, right = (part.strip() for part in row.rpartition(" | "))
    edited = replaced(query, slip(query).edits)

    assert edited.split() == f"SELECT ?s {{ {right} }}".split()


@pytest.mark.parametrize("wrong", ["gba.Zone", "gba/Zone", "gba: Zone", "gba :Zone", "gba#Zone"])
def test_a_name_has_a_colon_and_no_space(wrong):
    query = f"{GBA}SELECT ?s {{ ?s a {wrong} }}"

    assert replaced(query, slip(query).edits) == f"{GBA}SELECT ?s {{ ?s a gba:Zone }}"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (
            "CASE WHEN ?o > 3 THEN 1 WHEN ?o > 2 THEN 2 ELSE 3 END",
            "IF(?o > 3, 1, IF(?o > 2, 2, 3))",
        ),
        ("CASE ?o WHEN 3 THEN 1 ELSE 2 END", "IF(?o = 3, 1, 2)"),
        ("?o > 3 ? 1 : 2", "IF(?o > 3, 1, 2)"),
        ("?o ?? 0", "COALESCE(?o, 0)"),
        ("?o::int", "<http://www.w3.org/2001/XMLSchema#integer>(?o)"),
        ("?o[0]", "SUBSTR(?o, 1, 1)"),
        ("NULLIF(?o, 0)", "IF(?o = 0, ?none, ?o)"),
        ("isset(?o)", "BOUND(?o)"),
    ],
)
def test_what_an_expression_would_be(wrong, right):
    query = f"SELECT ({wrong} AS ?x) {{ ?s ?p ?o }}"

    assert replaced(query, slip(query).edits) == f"SELECT ({right} AS ?x) {{ ?s ?p ?o }}"


@pytest.mark.parametrize("between", ["\n", ";\n"])
def test_queries_are_sent_one_at_a_time(between):
    found = slip(f"SELECT ?s {{ ?s ?p ?o }}{between}SELECT ?o {{ ?s ?p ?o }}")

    assert "one at a time" in str(found.reason)


@pytest.mark.parametrize(
    "wrong",
    [
        "'31JAN2020'd",
        "#2020-01-31#",
        "DATE('2020-01-31')",
        "date '2020-01-31'",
        "DATE(2020, 1, 31)",
        "TO_DATE('2020-01-31', 'YYYY-MM-DD')",
    ],
)
def test_a_date_is_a_literal(wrong):
    query = f"SELECT ?s {{ ?s ?p ?o FILTER(?o > {wrong}) }}"
    date = '"2020-01-31"^^<http://www.w3.org/2001/XMLSchema#date>'

    assert replaced(query, slip(query).edits) == query.replace(wrong, date)


def test_texts_are_joined_by_concat_and_conditions_by_two_signs():
    query = 'SELECT (?s & ", " & ?o AS ?x) { ?s ?p ?o }'
    condition = "SELECT ?s { ?s ?p ?o FILTER(?o > 1 & ?o < 3) }"

    assert 'CONCAT(STR(?s), ", ", STR(?o)) AS ?x' in replaced(query, slip(query).edits)
    assert "?o > 1 && ?o < 3" in replaced(condition, slip(condition).edits)


@pytest.mark.parametrize(
    ("column", "right"),
    [
        ("(STR(?o)) AS ?x", "(STR(?o) AS ?x)"),
        ("(?o + 1) AS ?x", "(?o + 1 AS ?x)"),
        ("STR(?o)", "(STR(?o) AS ?str)"),
        ("STR(?o) ?x", "(STR(?o) AS ?x)"),
        ("?x = STR(?o)", "(STR(?o) AS ?x)"),
        ("(STR(?o) AS x)", "(STR(?o) AS ?x)"),
    ],
)
def test_a_computed_column_has_its_name_in_parentheses(column, right):
    query = f"SELECT {column} {{ ?s ?p ?o }}"

    assert replaced(query, slip(query).edits) == f"SELECT {right} {{ ?s ?p ?o }}"


def test_a_name_that_has_no_value_yet_is_not_called_one_that_has():
    found = slip("SELECT ?s { ?s ?p ?o ; BIND(STR(?o) AS ?n) ; ?q ?r }")

    assert "needs its subject again" in str(found.reason)


def test_a_brace_in_a_comment_closes_nothing():
    query = "SELECT ?s { ?s ?p ?o # the value }"
    found = slip(query)

    assert "stands in a comment" in str(found.reason)
    assert query[found.token.start :] == "}"
    assert replaced(query, found.edits) == "SELECT ?s { ?s ?p ?o # the value \n}"


def test_a_modifier_before_the_pattern_goes_after_it():
    query = "SELECT ?s LIMIT 5 { ?s ?p ?o }"
    found = slip(query)

    assert found.token.text == "LIMIT"
    assert replaced(query, found.edits).split() == [
        "SELECT",
        "?s",
        "{",
        "?s",
        "?p",
        "?o",
        "}",
        "LIMIT",
        "5",
    ]


def test_an_encoded_query_is_decoded():
    query = "query=SELECT%20*%20%7B%20?s%20?p%20?o%20%7D"

    assert replaced(query, slip(query).edits) == "SELECT * { ?s ?p ?o }"


def test_a_function_that_none_replaces_has_others_beside_it():
    assert "It has STRLEN" in str(slip("SELECT (LPAD(?s, 3) AS ?x) { ?s ?p ?o }").reason)


def test_what_a_repair_gives_is_read_further_than_before():
    wrong = [query.text for query in corpus("f*") if not query.right]
    slips = [(text, found) for text in wrong if (found := slip(text)) and found.edits]

    assert len(slips) > 15
    for text, found in slips:
        edited = replaced(text, found.edits)
        before, after = words(text), words(edited)
        left = len(before) - first_wrong(text, before)
        assert len(after) - first_wrong(edited, after) <= left, text


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("proc sql; select title from books; quit;", "SAS"),
        ("EVALUATE FILTER('Books', 'Books'[Pages] > 300)", "DAX"),
        ("Books | where Pages > 300 | project Title", "KQL"),
        ("db.books.find({ pages: { $gt: 300 } })", "MongoDB"),
        ("book(X) :- pages(X, P), P > 300.", "Datalog"),
        ("title:cook* AND pages:[300 TO 400]", "Lucene"),
        ("books %>% filter(pages > 300)", "R,"),
        ("Which books have more than 300 pages?", "a question in words"),
        ("哪些书超过300页", "a question in words"),
    ],
)
def test_another_language_is_named(text, language):
    assert f"This looks like {language}" in str(slip(text).reason)


def test_a_text_that_is_longer_than_people_write_is_not_searched():
    condition = "?o < 3 && " * 20_000

    assert "at or before" in syntax_error(f"SELECT ?s {{ FILTER({condition} }}", "error").message
