"""What a message advises is tried: it is said only where it works, with what comes of it."""

import pyoxigraph as ox
import pytest

from gbagraph.features.diagnostics.diagnosis import Explainer, text

HEAD = """PREFIX : <http://e.example/> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
DATA = """
:x1 a :Mill ; :topic :flour , :water ; :name "Upper"@en , "Obere"@de . :x2 a :Mill ; :topic :water .
:x3 a :Mill ; :topic :oil ; :year 1801 .
:x4 a :Barn ; :topic :hay , :oil . :x5 a :Barn ; :topic :oil , :hay .
:m1 :in :north ; :mark "12" . :m2 :in :north ; :mark "12.0" . :m3 :in :south ; :mark "9" .
:d1 :level :low . :d2 :level :low . :d3 :kind :ditch . :d1 :kind :ditch .
skos:broader <http://www.w3.org/2002/07/owl#inverseOf> skos:narrower .
:l1 :out "2024-01-01"^^xsd:date ; :due "2024-01-29"^^xsd:date
  ; :back "2024-02-02T10:00:00Z"^^xsd:dateTime .
:w1 rdfs:label "Ann"@en , "Anna"@de ; :wrote :b1 , :b2 ; :of :a ; :since 1 .
:w2 :wrote :b1 , :b3 ; :of :k ; :since 2 .
:t1 :at "2024-02-01T00:00:00Z"^^xsd:dateTime . :t2 :at "2024-02-01"^^xsd:date .
:t3 :at "2024-02-02"^^xsd:date .
:t4 :at "2024-01-31"^^xsd:date . :t5 :text "a" ; :word "b" .
:n1 :sign "1" ; :of :o ; :near :x1 . :n2 :sign "2" ; :of :o .
:g1 :grade :good . :g2 :grade "good" . :g3 :grade :bad .
:v1 :version "1.3.1" . :v2 :version "1.4.0" . :p1 :price 2.5 . :p2 :price "3,50" .
:d1 :seen :d3 ; :told :d3 . :x1 :name "Mill"@de . :x9 :name "Nine"@en .
:e1 :on "2020-06"^^xsd:gYearMonth . :e2 :on "2019"^^xsd:gYear . :e3 :on "2021"^^xsd:gYear .
:e4 :on "2018"^^xsd:gYear . :e5 :on "2017"^^xsd:gYear . :e6 :on "2016"^^xsd:gYear .
:a skos:narrower :b . :c skos:broader :a .
"""


@pytest.fixture(scope="module")
def explainer():
    store = ox.Store()
    store.load((HEAD + DATA).encode(), format=ox.RdfFormat.TURTLE)
    return Explainer(store)


@pytest.fixture
def told(explainer):
    return lambda query: " ".join(each.message for each in explainer.diagnose(HEAD + query))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            "SELECT DISTINCT ?x { ?x a :Mill ; :topic ?t FILTER(?t != :flour) }",
            "FILTER NOT EXISTS { ?x :topic :flour . } leaves it out. Rows go from 3 to 2.",
        ),
        (
            'SELECT DISTINCT ?x { ?x a :Mill ; :topic ?t FILTER(!STRENDS(STR(?t), "flour")) }',
            '{ ?x :topic ?t2 . FILTER(STRENDS(STR(?t2), "flour")) } leaves it out.',
        ),
        (
            "SELECT (COUNT(?x) AS ?n) { ?x a :Mill ; :topic ?t }",
            "counts each once. The result goes from 4 to 3.",
        ),
        (
            "SELECT ?x { ?x a :Mill OPTIONAL { ?x :year ?y } FILTER(?y > 1800) }",
            "FILTER would keep them all, without that value. Rows go from 1 to 3.",
        ),
        (
            'SELECT ?x ?y { ?x a :Mill OPTIONAL { ?x :year ?y } FILTER(?y = "") }',
            "What has no value is found by !BOUND(?y) in its place. Rows go from 0 to 2.",
        ),
        (
            "SELECT ?x { ?x a :Mill ; :year ?y FILTER(!BOUND(?y)) }",
            "NOT EXISTS { ?x :year ?y }, in place of FILTER and its patterns. Rows go from 0 to 2.",
        ),
        (
            "SELECT ?x { ?x :kind :ditch ; :level ?l FILTER(?l != :low) }",
            "NOT EXISTS { ?x :level :low }, in place of FILTER and its patterns. Rows go from 0 to 1.",
        ),
        (
            "SELECT ?x { ?x :topic ?t FILTER(?t = :oil && ?t = :hay) }",
            "and ?t2 in the second comparison: ?x :topic ?t2. Rows go from 0 to 2.",
        ),
        (
            "SELECT ?m (COUNT(*) AS ?n) { ?x :mark ?m } GROUP BY ?m",
            "?number as a column in place of ?m, makes them one. Rows go from 3 to 2.",
        ),
        (
            "SELECT ?x ?n ?m { ?x :name ?n . ?m :sign ?k ; :of ?o }",
            "?m :near ?x joins them. Rows go from 8 to 3.",
        ),
        (
            "SELECT DISTINCT ?b { ?w :wrote ?b ; :of ?k ; :since ?y BIND(?y AS ?z) FILTER(?k != :a) }",
            "FILTER NOT EXISTS { ?w2 :of ?k2 . ?w2 :wrote ?b . FILTER(?k2 = :a) } leaves it out.",
        ),
        (
            "SELECT ?x { :a skos:narrower ?x }",
            "skos:narrower|^skos:broader follows both. Rows go from 1 to 2.",
        ),
        (
            "SELECT ?x (COUNT(?t) AS ?n) { { ?x :topic ?t FILTER(COUNT(?t) > 1) } } GROUP BY ?x",
            "After GROUP BY, ask HAVING (COUNT(?t) > 1). Rows go from 0 to 3.",
        ),
    ],
)
def test_what_works_is_said_with_what_comes_of_it(told, query, said):
    assert said in told(query)


@pytest.mark.parametrize(
    ("query", "never"),
    [
        ("SELECT DISTINCT ?x { ?x a :Barn ; :topic ?t FILTER(?t != :oil) }", "NOT EXISTS"),
        ("SELECT ?x { ?x :level ?l FILTER(?l != :low) }", "NOT EXISTS"),
        ("SELECT ?x { ?x :topic ?t FILTER(?t = :oil && ?t = :flour) }", "second comparison"),
        ("SELECT ?x { ?x :level ?l FILTER(!BOUND(?l)) }", "NOT EXISTS"),
        ("SELECT ?x { :c skos:narrower ?x }", "follows both"),
        ("SELECT DISTINCT ?x { :a skos:narrower ?x FILTER(?x = :b) }", "follows both"),
    ],
)
def test_what_does_not_work_here_is_not_said(told, query, never):
    assert never not in told(query)


RIGHT = (
    "SELECT (COUNT(?x) AS ?n) { ?x a :Mill }",
    # A date that is told less exactly than what is asked for is left out on purpose.
    'SELECT ?e { ?e :on ?d FILTER(?d >= "2020-05"^^xsd:gYearMonth && ?d <= "2020-08"^^xsd:gYearMonth) }',
    # What is counted are triples, of which two may join the same things.
    "SELECT ?x (COUNT(?in) AS ?n) { ?x :kind :ditch . ?in ?p ?x } GROUP BY ?x",
    # VALUES behind the pattern chooses, too.
    'SELECT ?x { ?x :name ?n FILTER(LANG(?n) = "de") } VALUES ?x { :x1 }',
    # A name in one branch of a UNION is another variable's value there than in the other.
    "SELECT ?k ?x { { VALUES ?k { :flour } ?x :topic ?k } UNION { ?x a ?k } }",
    # What reads like a thing is excluded, too.
    'SELECT ?x { ?x :grade ?g FILTER(?g != :good && ?g != "good") }',
    # The names behind another key are in the order of their letters.
    "SELECT ?a ?m { ?x :in ?a ; :mark ?m } ORDER BY ?a ?m",
    # Who is asked for by a word in one language is not who has a name in it.
    'SELECT ?x { ?x :name ?n FILTER(LANG(?n) = "en" && CONTAINS(?n, "Up")) }',
)


@pytest.mark.parametrize("query", RIGHT)
def test_a_right_query_is_not_warned_of(explainer, query):
    found = [each for each in explainer.diagnose(HEAD + query) if each.severity != "info"]

    assert found == []


@pytest.mark.parametrize(
    ("query", "repair"),
    [
        (
            "SELECT ?l { ?l :due ?d ; :out ?o BIND(?d - ?o AS ?days) FILTER(?days > 14) }",
            '"P14D"^^xsd:dayTimeDuration',
        ),
        (
            "SELECT ?l (?b - ?d AS ?late) { ?l :due ?d ; :back ?b }",
            "STRDT(SUBSTR(STR(?b), 1, 10), xsd:date)",
        ),
        (
            "SELECT ?w ?wLabel { ?w :wrote ?b }",
            'OPTIONAL { ?w rdfs:label ?wLabel FILTER(LANG(?wLabel) = "en") }',
        ),
        ("SELECT ?x { ?x :version ?v FILTER(?v >= 1.4) }", '"1.4"'),
        (
            "SELECT (AVG(?p) AS ?mean) { ?x :price ?p }",
            'xsd:decimal(REPLACE(STR(?p), ",", "."))',
        ),
    ],
)
def test_the_values_of_a_kind_are_asked_for_as_they_are_written(explainer, query, repair):
    (found,) = (e for e in explainer.diagnose(HEAD + query) if e.severity == "error")

    assert found.suggestion == repair


def test_a_repair_of_what_loses_rows_loses_no_others(explainer):
    """Moved out of its branch, the FILTER would drop what the other branch gives."""
    branches = "{ ?x :topic ?t FILTER(STR(?t) = ?w) } UNION { ?x :mark ?w }"
    found, *_ = explainer.diagnose(HEAD + f'SELECT ?x {{ VALUES ?w {{ "12" }} {branches} }}')

    assert (found.code, found.query) == ("filter-out-of-scope", "")


def test_the_class_of_what_has_it_is_not_turned_around(explainer):
    found = explainer.diagnose(
        HEAD + "SELECT ?x ?k { ?x a ?k . ?k rdfs:subClassOf* :Mill . ?k :topic ?t }"
    )

    assert "reversed-direction" not in [each.code for each in found]


def test_days_and_times_are_compared_as_texts_with_the_day_from_which_on_they_are(explainer):
    query = 'SELECT ?r { ?r :at ?t FILTER(?t >= "2024-02-01T00:00:00Z"^^xsd:dateTime) }'
    messages = [each.message for each in explainer.diagnose(HEAD + query)]

    assert (
        'With STR(?t) >= "2024-02-01" there are no such errors. Rows go from 1 to 3.' in messages[0]
    )


def test_a_repair_of_several_findings_is_shown_once(explainer):
    query = "SELECT ?x ?s { BIND(CONCAT(?a, ?b) AS ?s) ?x :text ?a ; :word ?b }"
    explanation = explainer.diagnose(HEAD + query)

    assert [bool(each.query) for each in explanation] == [True, True]
    assert text(explanation).count(b"Repaired:") == 1


def test_a_version_is_not_compared_as_a_text_where_that_is_another_order(explainer):
    """As a text, 1.4.0 is greater than 1.4."""
    found = explainer.diagnose(HEAD + "SELECT ?x { ?x :version ?v FILTER(?v > 1.4) }")

    assert [each.query for each in found] == [""]


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        (
            "SELECT ?x (COUNT(?t) AS ?n) { ?x :topic ?t FILTER(?n > 1) } GROUP BY ?x",
            ["aggregate-in-filter"],
        ),
        ('SELECT (COUNT(?x) AS ?n) { ?x :name ?l FILTER(LANG(?l) = "en") }', []),
    ],
)
def test_one_mistake_is_told_once_and_no_name_that_is_not_shown(explainer, query, codes):
    assert [each.code for each in explainer.diagnose(HEAD + query)] == codes


def test_of_a_value_that_is_to_be_two_only_these_comparisons_are_named(told):
    query = (
        'SELECT ?x { ?x :topic ?t ; :name ?n FILTER(?t = :oil && ?t = :hay && LANG(?n) = "en") }'
    )

    assert "?t = :oil, ?t = :hay are never true together" in told(query)
