"""What is not there may be the answer, and what is there beside the answer is told without alarm."""

import re

import pyoxigraph as ox
import pytest

from gbagraph.features.diagnostics.diagnosis import Explainer
from support.corpus_graphs import store_of

HEAD = """PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX : <http://e.example/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> PREFIX owl: <http://www.w3.org/2002/07/owl#>
"""
DATA = """
:Tool rdfs:subClassOf :Thing . :Saw rdfs:subClassOf :Tool . :Axe rdfs:subClassOf :Tool .
:Ripsaw rdfs:subClassOf :Saw . :b a :Bird .
:steps rdfs:subPropertyOf :under .
:a :steps :b ; :under :b , :c . :b :steps :c ; :under :c .
:x1 :at :s1 ; :kind :red . :x2 :at :s1 ; :kind :blue . :x3 :at :s2 ; :kind :blue .
:a rdfs:label "Reed bed"@en . :b rdfs:label "reed warbler"@en . :c rdfs:label "Marsh"@en .
:r1 :height 12 . :r2 :height 40 . :height rdfs:comment "The height in centimetres." .
:r3 :depth 12 ; :unit :Fathom . :r4 :depth 40 ; :unit :Fathom .
:w1 :width 9 ; :text "9.5 m" ; :house "9 Court" . :w2 :width 10 ; :text "10.5 m" ; :house "10 Court" .
GRAPH :one { :a :says :b } GRAPH :two { :b :says :c . :a :likes :b } GRAPH :three { :b :is :c }
"""


@pytest.fixture(scope="module")
def explainer():
    store = ox.Store()
    store.load((HEAD + DATA).encode(), format=ox.RdfFormat.TRIG)
    return Explainer(store)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ('ASK { ?x rdfs:label ?t FILTER(LANGMATCHES(LANG(?t), "zh")) }', "language-tag-wrong"),
        ('SELECT ?x { ?x rdfs:label ?t FILTER(LANG(?t) = "zh") }', "language-tag-wrong"),
        ("ASK { GRAPH :one { ?x :says :c } }", "only-in-another-graph"),
        ("ASK { ?x a :Tool }", "class-without-data"),
        ('ASK { ?x rdfs:label "Fen"@en }', "unknown-text"),
    ],
)
def test_what_is_simply_not_there_is_no_error(explainer, query, code):
    (found,) = explainer.diagnose(HEAD + query)

    assert (found.code, found.severity, found.query) == (code, "info", "")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("ASK { ?x :saith :c }", "unknown-property"),
        ("ASK { ?x a :Tule }", "unknown-class"),
        ('SELECT ?x { ?x rdfs:label ?t FILTER(LANG(?t) = "english") }', "language-tag-wrong"),
        ("SELECT ?x { GRAPH :one { ?x :says :c } }", "only-in-another-graph"),
    ],
)
def test_what_is_no_name_here_is_an_error(explainer, query, code):
    assert (code, "error") in [(e.code, e.severity) for e in explainer.diagnose(HEAD + query)]


def test_of_the_graphs_with_a_thing_those_are_named_that_have_the_pattern(explainer):
    (found,) = explainer.diagnose(HEAD + "SELECT ?x { GRAPH :one { ?x :says :c } }")

    assert "It is in another graph: :two." in found.message


@pytest.mark.parametrize(
    ("query", "code", "said"),
    [
        (
            "SELECT ?x { ?x a :Tool }",
            "class-without-data",
            "2 by rdfs:subClassOf, 3 by rdfs:subClassOf+.",
        ),
        ("SELECT ?x { ?x :under :c }", "asked-in-part", ":steps, a narrower property, finds 1 of"),
        (
            "SELECT DISTINCT ?s { ?x :at ?s ; :kind ?k FILTER(?k != :red) }",
            "kept-by-another-value",
            "?k = :red in another solution, as :s1. FILTER NOT EXISTS",
        ),
        (
            'SELECT ?x { ?x rdfs:label ?t FILTER(CONTAINS(?t, "reed")) }',
            "letter-case",
            'Ignoring case, 1 more match: CONTAINS(LCASE(STR(?t)), "reed").',
        ),
        (
            'SELECT ?x { ?x rdfs:label ?t FILTER(?t = "marsh"@en || ?t = "Reed bed"@en) }',
            "letter-case",
            'Ignoring case, 1 more match: LCASE(STR(?t)) = "marsh".',
        ),
        (
            'SELECT ?x { ?x rdfs:label ?t FILTER(REGEX(?t, "reed!", "i")) }',
            "filter-removes-all",
            '! stands for itself in "reed!". REGEX(?t, "reed", "i") would find: "reed warbler"@en,',
        ),
        (
            "SELECT ?x { ?x :height ?h FILTER(?h > 20000) }",
            "filter-removes-all",
            "it may be 20. Here the unit is centimetres.",
        ),
        (
            "SELECT ?x { ?x :depth ?h FILTER(?h <= 0.02) }",
            "filter-removes-all",
            "0.02 is far from that; in another unit it may be 20. Here the unit is Fathom.",
        ),
    ],
)
def test_what_stands_beside_the_answer_is_told(explainer, query, code, said):
    (found,) = (each for each in explainer.diagnose(HEAD + query) if each.code == code)

    assert said in found.message


@pytest.mark.parametrize(
    "query",
    [
        'SELECT ?x { ?x rdfs:label ?t FILTER(CONTAINS(LCASE(?t), "reed")) }',
        'SELECT ?x { ?x rdfs:label ?t FILTER(CONTAINS(?t, "warb")) }',
        "SELECT ?x { ?x :height ?h FILTER(?h < 20) }",
        "SELECT DISTINCT ?x { ?x :at ?s ; :kind ?k FILTER(?k != :red) }",
        "SELECT DISTINCT ?s { ?x :at ?s ; :kind ?k FILTER(?k != :red) FILTER(?s = :s1) }",
        "SELECT ?x { ?x :steps :c }",
        "SELECT ?x { ?x :under :c . ?x a :Bird }",
    ],
)
def test_nothing_is_said_where_nothing_more_is_there(explainer, query):
    assert not [
        each
        for each in explainer.diagnose(HEAD + query)
        if re.search("Ignoring|unit|narrower|another solution", each.message)
    ]


@pytest.mark.parametrize(
    "select",
    [
        "SELECT ?s (GROUP_CONCAT(STR(?k)) AS ?ks) { %s } GROUP BY ?s",
        "SELECT ?s ?k { %s }",
        "SELECT ?s (STR(?k) AS ?text) { %s }",
    ],
)
def test_the_other_values_may_be_what_is_asked_for(explainer, select):
    query = HEAD + select % "?s ^:at/:kind :red, ?k FILTER(?k NOT IN (:red))"
    assert [each.code for each in explainer.diagnose(query)] == []


def test_a_variable_that_an_inner_select_hides_is_given_by_the_repair(explainer):
    inner = "{ SELECT (COUNT(?x) AS ?n) { ?x :under ?s } }"
    (found,) = explainer.diagnose(HEAD + f"SELECT ?s ?n {{ ?s rdfs:label ?name {inner} }}")

    assert (found.code, found.severity) == ("inner-select", "warning")
    assert "{ SELECT ?s (COUNT(?x) AS ?n) { ?x :under ?s } GROUP BY ?s }" in found.query


@pytest.mark.parametrize(
    ("columns", "rest"),
    [
        ("?s ?n", "?x2 :at ?s {}"),
        ("?s (1 / ?n AS ?part)", "?s ^:at/:kind :blue {}"),
        ("?s ?n", "?s ^:at/:kind :blue {} FILTER(?n > 1)"),
    ],
)
def test_a_result_for_all_may_be_meant(explainer, columns, rest):
    inner = "{ SELECT (COUNT(?x) AS ?n) { ?x :at ?s } }"
    found = explainer.diagnose(f"{HEAD}SELECT DISTINCT {columns} {{ {rest.format(inner)} }}")

    assert [(each.code, each.severity) for each in found] == [("inner-select", "info")]


@pytest.mark.parametrize(
    ("query", "by"),
    [
        ('SELECT ?x { ?x :width ?h BIND(CONCAT(STR(?h), " cm") AS ?t) } ORDER BY ?t', "?h"),
        ('SELECT ?x (CONCAT(STR(?h), " cm") AS ?t) { ?x :width ?h } ORDER BY DESC(?t)', "?h"),
        ("SELECT ?x { ?x :width ?h } ORDER BY STR(?h)", ""),  # as may be meant
        ("SELECT ?x { ?x :text ?t } ORDER BY ?t", 'xsd:decimal(STRBEFORE(?t, " m"))'),
        (
            'SELECT ?x { ?x :width ?h BIND(CONCAT(STR(10 * ?h), " cm") AS ?t) } ORDER BY ?t',
            'xsd:integer(STRBEFORE(?t, " cm"))',
        ),
    ],
)
def test_texts_made_of_numbers_are_put_in_the_order_of_these(explainer, query, by):
    found = explainer.diagnose(HEAD + query)

    assert [each.suggestion for each in found if each.code == "order-of-mixed-kinds"] == [by]


@pytest.mark.parametrize(
    "query",
    [
        'SELECT ?x { ?x :height ?h BIND(CONCAT(STR(?h), " cm") AS ?t) } ORDER BY ?t',
        "SELECT ?x { ?x :height ?h } ORDER BY STR(?h)",
        "SELECT ?x { ?x :house ?t } ORDER BY ?t",
        "SELECT ?x (STR(SUM(?h)) AS ?t) { ?x :width ?h } GROUP BY ?x ORDER BY STR(SUM(?h))",
        'SELECT ?x { ?x :text ?h BIND(CONCAT("about ", ?h) AS ?t) } ORDER BY ?t',
    ],
)
def test_texts_may_be_in_the_order_of_letters(explainer, query):
    found = explainer.diagnose(HEAD + query)

    assert "order-of-mixed-kinds" not in [each.code for each in found]


def test_how_often_properties_are_used_is_a_count_of_triples():
    query = """PREFIX wikibase: <http://wikiba.se/ontology#>
        SELECT ?p (COUNT(?s) AS ?n) { ?p wikibase:directClaim ?d . ?s ?d ?o } GROUP BY ?p"""
    found = Explainer(store_of("opaque", 0)).diagnose(query)

    assert [each.severity for each in found if each.code == "rows-multiplied"] == ["info"]
    assert not any(each.query for each in found)


@pytest.mark.parametrize(
    ("query", "code", "right"),
    [
        ("SELECT ?y { ?x :steps.:at ?y }", "unknown-property", None),
        ("SELECT ?y { ?x :steps.:under ?y }", "unknown-property", "?x :steps/:under ?y"),
        ("SELECT ?y { ?x e:steps.e:under ?y }", "unknown-property", "?x e:steps/e:under ?y"),
        ("SELECT ?y { ?x e:steps.under ?y }", "unknown-property", "?x e:steps/e:under ?y"),
        ("SELECT ?y { ?x e:steps.e:under* ?y }", "unknown-property", "?x (e:steps/e:under)* ?y"),
        (
            "SELECT (SUBSTR(STR(?t), 0, 4) AS ?y) { ?x rdfs:label ?t }",
            "text-function-of-other",
            "SUBSTR(STR(?t), 1, 4)",
        ),
        ("SELECT (SUBSTR(STR(?t), 0) AS ?y) { ?x rdfs:label ?t }", None, None),
    ],
)
def test_what_other_languages_write_with_a_dot_or_count_from_zero(explainer, query, code, right):
    found = explainer.diagnose(HEAD + "PREFIX e: <http://e.example/> " + query)

    assert [e.code for e in found if right or e.severity != "info"] == [code] * bool(code)
    assert not right or right in found[0].query
