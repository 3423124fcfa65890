"""What is said of rows: which values there are, what is counted, and what is left out."""

import pyoxigraph as ox
import pytest

from gbagraph.features.diagnostics.diagnosis import Explainer

HEAD = """PREFIX : <http://e.example/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
DATA = """
:c1 a :Class ; :label "Ash" . :c2 a :Class ; :label "Elm" . :p1 a :Other ; :label "Yew" .
:k1 a :Kind ; :name "slow" . :k2 a :Kind ; :name "fast" . :k3 a :Kind ; :name "none" .
:l1 a :Limit ; :of :k1 . :l2 a :Limit ; :of :k1 . :l3 a :Limit ; :of :k2 . :l4 :of :k3 .
:a1 a :Firm . :a2 a :Firm . :a3 a :Firm . :s1 :by :a1 ; :status :Planned . :s2 :by :a2 .
:r1 :quality "good" . :r2 :quality :Good . :r3 :quality :Good . :r4 :quality :Bad .
:b1 :subject :moss . :b2 :subject :plants . :b3 :subject :peat . :plants skos:broader :science .
:moss skos:broader :plants . :peat skos:broader :moss . :science skos:broader :all .
:h1 :mark "641.71 LUN" . :h2 :mark "385 MAR" .
:e1 :at "2024-08-01Z"^^xsd:date ; :due "2024-08-01"^^xsd:date .
:e2 :at "2024-08-09Z"^^xsd:date ; :due "2024-08-01"^^xsd:date .
:v1 :volt 10.5 . :v2 :volt 380 . :w1 :load 0 . :w2 :load 380 . :w3 :load 90 .
:t1 :title "Ash"@en . :t2 :title "Elm" . :t3 :title "Yew"@en , "Eibe"@de .
:g1 :level "9.5" ; :site :x . :g2 :level "110.0" ; :site :y . :g3 :level "225.0" ; :site :x .
:g4 :level "225.0" ; :site :y . :g5 :level "220.0" ; :site :x . :g6 :level "220.0" ; :site :y .
:n1 :keeper :o1 , :o2 ; :tenure _:n11 , _:n12 . _:n11 :who :o1 ; :from 1801 .
_:n12 :who :o2 ; :from 1850 . :n2 :keeper :o1 .
:o1 a :Item . :board a :Item .
:f1 a :Forecast ; :seen :o1 . :f2 a :Reading ; :seen :o1 .
:m1 :cost 1.5 . :m2 :cost "3,50" .
:i1 a :Item ; :on :skerry ; :owner :board . :i2 a :Item ; :on :isle ; :warden :o1 .
"""


@pytest.fixture(scope="module")
def told():
    store = ox.Store()
    store.load((HEAD + DATA).encode(), format=ox.RdfFormat.TURTLE)
    explainer = Explainer(store)

    def messages(query):
        return " ".join(each.message for each in explainer.diagnose(HEAD + query))

    return messages


@pytest.mark.parametrize(
    ("query", "said", "never"),
    [
        # Of the values, those that the FILTER meets.
        ('ASK { ?c a :Class ; :label ?l FILTER(LCASE(?l) = "oak") }', '"Ash"', '"Yew"'),
        (
            "SELECT ?n (COUNT(*) AS ?k) { ?t :name ?n OPTIONAL { ?l a :Limit ; :of ?t } } GROUP BY ?n",
            "COUNT(*) is 1 also where OPTIONAL has no match, as in 1 groups",
            "no finding",
        ),
        (
            "SELECT ?n (COUNT(*) AS ?k) { ?t a :Kind ; :name ?n OPTIONAL { ?t :year ?y } } GROUP BY ?n",
            "",
            "COUNT(*) is 1",
        ),
        (
            "SELECT ?f ?n { ?f a :Firm { SELECT (COUNT(?s) AS ?n) { ?s :by ?f } } } ORDER BY ?n",
            "there is one result for all",
            "not yet fact",
        ),
        (
            "SELECT ?f ?n { ?f a :Firm { SELECT (COUNT(?f) AS ?n) { ?s :by ?f } } }",
            "",
            "one result for all",
        ),
        (
            'SELECT (COUNT(?r) AS ?n) { ?r :quality "good" }',
            "with ?value in its place, finds both. The result goes from 1 to 3.",
            "no finding",
        ),
        (
            "SELECT ?b ?s { ?b :subject ?s . ?s skos:broader :science }",
            "skos:broader+ follows any number of them, and finds 2 more",
            "is left out",
        ),
        ("SELECT ?s { ?s skos:broader+ :science }", "", "The other way round"),
        (
            'SELECT ?h { ?h :mark ?m FILTER(CONTAINS(?m, "641%")) }',
            '% stands for itself in "641%".',
            "Each letter counts",
        ),
        (
            "SELECT ?e { ?e :at ?a ; :due ?d FILTER(?a > ?d) }",
            "at most 14 hours apart",
            "no finding",
        ),
        ("SELECT ?v { ?v :volt ?x FILTER(?x > 200000) }", "?x is 10.5 to 380, and", "not 0"),
        (
            "SELECT ?k { ?k a :Kind FILTER EXISTS { ?k :name ?n FILTER(STRLEN(?n) > 9) } }",
            "STRLEN(?n) is: 4.",
            "removes all",
        ),
        ("SELECT ?v { ?v :load ?x FILTER(?x > 200000) }", "where it is not 0", "no finding"),
        (
            "SELECT ?w { { ?w :load ?x } UNION { ?w :volt ?y } FILTER(?y > 200000) }",
            "?y is",
            "not 0",
        ),
        ('SELECT ?t ?n { ?t :title ?n FILTER(LANG(?n) = "") }', "", "have none for which"),
        (
            "SELECT ?l { ?g :level ?l ; :site ?s } GROUP BY ?l HAVING(COUNT(*) > 1) ORDER BY ?l",
            "",
            "letter by letter",
        ),
        ("SELECT ?s { ?s :by ?a } ORDER BY ?s LIMIT 1", "", "not yet fact"),
        (
            "SELECT ?n ?k ?f { ?n :keeper ?k ; :from ?f }",
            "One node has both here: ?n :tenure ?node . ?node :from ?f ; :who ?k.",
            "In place of",
        ),
        ("SELECT ?s (MAX(?l) AS ?m) { ?g :level ?l ; :site ?s }", "GROUP BY ?s", "LIMIT 1"),
        ("SELECT ?v (MAX(?x) AS ?m) { ?v :volt ?x }", "of all comes by ORDER BY and LIMIT 1", "@"),
        ("SELECT (MAX(?p) AS ?m) { ?b :cost ?p }", "several kinds", "no finding"),
        ("ASK { ?i :on :skerry ; :warden ?w }", "never together", "In place of"),
        # In NOT EXISTS, what has another value is what is left out.
        (
            "SELECT ?n { ?n :keeper ?k FILTER NOT EXISTS { ?n :keeper ?o FILTER(?o != :o1) } }",
            "",
            "FILTER keeps",
        ),
        # && is joined first, which matters only where both readings keep something else.
        (
            "SELECT ?l { ?l a :Limit ; :of ?k FILTER(?k = :k1 || ?k = :k2 && ?l = :l2) }",
            "before ||, so this keeps 2 of 3 solutions; (?k = :k1 || ?k = :k2) && ?l = :l2 keeps 1.",
            "removes all",
        ),
        (
            "SELECT ?l { ?l a :Limit ; :of ?k FILTER(?k = :k3 || ?k = :k1 && ?l = :l1) }",
            "",
            "joined",
        ),
        # What follows from a product is not told again.
        ("SELECT (COUNT(?f) AS ?n) { ?f a :Firm . ?l a :Limit }", "share no variable", "DISTINCT"),
    ],
)
def test_rows(told, query, said, never):
    message = told(query)

    assert said in message
    assert never not in message


def test_that_there_are_more_values_is_said_where_not_all_were_looked_at():
    lines = "".join(f':s{n} :kind "{"a" if n < 2500 else "b"}" .\n' for n in range(3000))
    store = ox.Store()
    store.load((HEAD + lines).encode(), format=ox.RdfFormat.TURTLE)
    query = f'{HEAD} SELECT ?s {{ ?s :kind ?k FILTER(SUBSTR(?k, 1, 1) > "x") }}'

    said = " ".join(each.message for each in Explainer(store).diagnose(query))

    assert "?k is: " in said
    assert said.endswith(" ….")


def test_a_number_of_a_graph_may_have_its_unit_there_alone():
    store = ox.Store()
    data = ":q1 :amount 3 ; :unit :KiloM2 . :g { :q3 :amount 5 . :q4 :amount 6 ; :unit :KiloM2 }"
    store.load((HEAD + data).encode(), format=ox.RdfFormat.TRIG)
    query = "SELECT ?v { { ?q :amount ?v } UNION { GRAPH :g { ?q :amount ?v } } } ORDER BY ?v"

    assert [each.code for each in Explainer(store).diagnose(HEAD + query)] == []
