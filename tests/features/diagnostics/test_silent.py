"""Queries that give wrong rows, or wrong numbers, and no error: what is said of them."""

import re

import pyoxigraph as ox
import pytest

from gbagraph.features.diagnostics.diagnosis import Explainer
from gbagraph.features.diagnostics.told import sides

FLEET = """
PREFIX : <http://e/>
:f1 a :Ferry ; :line :north ; :seats 100 ; :calls :p1 , :p2 ; :speed [ :value 20 ; :unit :Knot ] .
:f2 a :Ferry ; :line :north ; :seats 100 ; :calls :p2 ; :speed [ :value 15 ; :unit :Knot ] .
:f3 a :Ferry ; :line :south ; :seats 40 ; :calls :p1 .
"""

TICKETS = """
PREFIX : <http://e/>
:t1 :state "open" ; :hours "10" . :t2 :state "Open" ; :hours "10.0" . :t3 :state "OPEN " ; :hours 10 .
:t4 :state "closed" ; :label "open"@en , "Open"@de . :t5 :state "opens" ; :label "OPEN"@en .
"""


@pytest.fixture(scope="module")
def tickets():
    store = ox.Store()
    store.load(TICKETS.encode(), ox.RdfFormat.TURTLE)
    return Explainer(store)


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ('?t :state "open"', '"open" is also written "OPEN ", "Open", which this leaves out (2 '),
        ('?t :hours "10"', '"10" is also written "10.0", which this leaves out (1 solutions).'),
        ('?t :label "open"@en', '"open"@en is also written OPEN, which this leaves out (1 '),
        ('?t :state ?s FILTER(?s IN ("open", "closed"))', "which this leaves out (2 solutions)."),
        ('?t :state ?s FILTER(?s NOT IN ("Open"))', "which this keeps (2 solutions)."),
        ('?t :state ?s FILTER(?s != "open" && ?s != "closed")', "which this keeps (2 solutions)."),
        ('?t :state "closed"', ""),
        ('?t :state "open" ; :label ?l', ""),
        ('?t :state ?s ; :label ?l FILTER(?s IN ("closed", "opens"))', ""),
    ],
)
def test_other_forms_of_a_text(tickets, where, said):
    rows = found(tickets, f"SELECT * {{ {where} }}", "letter-case")
    told = [re.sub("(.*written )(.*)(, which.*)", _sorted, row.message) for row in rows]

    assert bool(rows) is bool(said)
    assert all(said in each for each in told)


def _sorted(match):
    return f"{match[1]}{', '.join(sorted(match[2].split(', ')))}{match[3]}"


@pytest.fixture(scope="module")
def fleet():
    store = ox.Store()
    store.load(FLEET.encode(), ox.RdfFormat.TURTLE)
    return Explainer(store)


def found(explainer, query, code):
    return [e for e in explainer.diagnose(f"PREFIX : <http://e/>\n{query}") if e.code == code]


@pytest.mark.parametrize(
    ("query", "said", "repaired"),
    [
        ("(SUM(DISTINCT ?n) AS ?t) { ?f :seats ?n }", "only 2 of 3 values", "(SUM(?n) AS ?t)"),
        ("(AVG(DISTINCT ?n) AS ?t) { ?f :seats ?n }", "AVG(?n) takes each.", "(AVG(?n) AS ?t)"),
        ("?l (SUM(DISTINCT ?n) AS ?t) { ?f :seats ?n ; :line ?l } GROUP BY ?l", "2 of 3", "(SUM(?n)"),
        ("(SUM(DISTINCT ?n) AS ?t) { ?f :seats ?n ; :calls ?p }", "only 2 of 3 values", ""),
        ("(SUM(?n) AS ?t) { ?f :seats ?n }", "", ""),
        ("?f (SUM(DISTINCT ?n) AS ?t) { ?f :seats ?n ; :calls ?p } GROUP BY ?f", "", ""),
        ("(COUNT(DISTINCT ?n) AS ?t) { ?f :seats ?n }", "", ""),
    ],
)  # fmt: skip
def test_distinct_takes_equal_numbers_of_different_things_once(fleet, query, said, repaired):
    rows = found(fleet, f"SELECT {query}", "rows-multiplied")

    assert bool(rows) is bool(said)
    assert all(said in row.message and row.severity == "warning" for row in rows)
    assert [bool(row.query) for row in rows] == [bool(repaired)] * len(rows)
    assert all(repaired in row.query for row in rows)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (
            "?p = :p1 || ?p = :p2 && ?n > 50",
            "this keeps 4 of 4 solutions; (?p = :p1 || ?p = :p2) && ?n > 50 keeps 3.",
        ),
        ("?n > 50 && ?p = :p2 || ?p = :p1", "?n > 50 && (?p = :p2 || ?p = :p1) keeps 3."),
        ("!(?p = :p1 || ?p = :p2 && ?n > 50) || ?f = :f3", ""),
        ("(?p = :p1 || ?p = :p2) && ?n > 50", ""),
        ("?p = :p1 || (?p = :p2 && ?n > 50)", ""),
        ("?p = :p1 && ?n > 50 || ?p = :p2 && ?n < 50", ""),
        ("?p = :p1 || ?n > 50 && ?p = :p2", ""),
        ("?p = :p1 || ?p = :p2 && ?n > 30", ""),
        ("?p = :p1 || ?p = :p2 && ?n > 300", ""),
    ],
)
def test_a_condition_that_is_joined_with_one_of_two_alternatives(fleet, condition, said):
    query = f"SELECT * {{ ?f :seats ?n ; :calls ?p FILTER({condition}) }}"
    rows = found(fleet, query, "asked-in-part")

    assert bool(rows) is bool(said)
    assert all(row.message.endswith(said) and row.severity == "info" for row in rows)


def test_numbers_that_are_compared_have_their_unit(fleet):
    query = "PREFIX : <http://e/> SELECT * { ?f :speed/:value ?v FILTER(?v > 18) }"

    assert sides(fleet.diagnose(query).steps[-1]) == ["left out: 15 Knot", "kept: 20 Knot"]


@pytest.mark.parametrize(
    ("query", "severity", "said"),
    [
        (
            "?f :line ?l FILTER(?l != :east)",
            "warning",
            "The data has no :east, so this leaves nothing",
        ),
        ("?f :line ?l FILTER(?l != :f1)", "info", "No ?l is :f1 here"),
        ("?f :line ?l FILTER(?l != :nort)", "warning", "?l is: :north."),
        ("?f :line ?l FILTER(?l NOT IN (:north, :nowhere))", "warning", "no :nowhere, so"),
        ("?f :seats ?n FILTER(?n > 0 && ?n != 7)", "info", "No ?n is 7 here"),
        ("?f :line ?l FILTER(?l != :north)", "", ""),
        ("?f :seats ?n FILTER(?n != 40.0)", "", ""),
        ("?f :none ?l FILTER(?l != :north)", "", ""),
    ],
)
def test_what_is_excluded_and_not_there(fleet, query, severity, said):
    rows = found(fleet, f"SELECT * {{ {query} }}", "filter-always-true")

    assert [row.severity for row in rows] == [severity] * bool(said)
    assert all(said in row.message for row in rows)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            "?f { ?f a :Ferry . ?g :speed ?s FILTER(?g != ?f) }",
            "FILTER NOT EXISTS { ?f :speed ?s . }, in place of both, keeps what has none: 1 of 3 ?f.",
        ),
        ("?f ?g { ?f a :Ferry . ?g :speed ?s FILTER(?g != ?f) }", ""),
        ("?f { ?f a :Ferry ; :line ?l . ?g :line ?l FILTER(?g != ?f) }", ""),
        ("?f { ?f a :Ferry . ?g :seats ?s FILTER(?g != ?f) }", ""),
    ],
)
def test_what_only_an_inequality_joins(fleet, query, said):
    rows = found(fleet, f"SELECT DISTINCT {query}", "kept-by-another-value")

    assert bool(rows) is bool(said)
    assert all(row.message.endswith(said) for row in rows)


@pytest.mark.parametrize(
    ("query", "code", "said"),
    [
        (
            "?f { { ?f :seats ?n } UNION { ?g :line ?l } }",
            "unbound-variable",
            "gives none of the columns (?f) a value",
        ),
        ("?f ?g { { ?f :seats ?n } UNION { ?g :line ?l } }", "unbound-variable", ""),
        ("?f { ?f a :Ferry { ?f :seats ?n } UNION { ?g :line ?l } }", "unbound-variable", ""),
        ("DISTINCT ?f { { ?f :calls :p1 } UNION { ?f :calls :p2 } }", "rows-multiplied", ""),
        ("?f { { ?f :line :north } UNION { ?f :line :south } }", "rows-multiplied", ""),
        (
            "(AVG(?m) AS ?a) { { SELECT (AVG(?n) AS ?m) { ?f :seats ?n } GROUP BY ?f } }",
            "inner-select",
            "",
        ),
    ],
)
def test_what_comes_twice_or_counts_alike(fleet, query, code, said):
    rows = found(fleet, f"SELECT {query}", code)

    assert bool(rows) is bool(said)
    assert all(said in row.message for row in rows)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            "?f (COUNT(?s) AS ?n) { ?f a :Ferry . ?f :speed ?s } GROUP BY ?f",
            "1 more ?f have nothing to count, and so no group, as :f3. With OPTIONAL { ?f :speed ?s . }",
        ),
        (
            "?f (COUNT(?s) AS ?n) { ?f a :Ferry ; :line :north . ?f :speed ?s } GROUP BY ?f",
            "",
        ),
        ("?f (COUNT(?s) AS ?n) { ?f :seats ?x ; :speed ?s } GROUP BY ?f", ""),
        ("?f (COUNT(?p) AS ?n) { ?f a :Ferry ; :calls ?p } GROUP BY ?f", ""),
        ("?l (COUNT(?f) AS ?n) { ?f a :Ferry ; :line ?l ; :speed ?s } GROUP BY ?l", ""),
        (
            "?f (COUNT(?s) AS ?n) { ?f a :Ferry OPTIONAL { ?f :speed ?s } } GROUP BY ?f",
            "",
        ),
    ],
)
def test_members_without_a_group_are_told(fleet, query, said):
    rows = found(fleet, f"SELECT {query}", "asked-in-part")

    assert bool(rows) is bool(said)
    assert all(row.message.startswith(said) for row in rows)


SWITCHES = 'PREFIX : <http://e/> :s1 :open "false" ; :on true . :s2 :open "true" ; :on true .'


@pytest.mark.parametrize(
    ("condition", "repaired"),
    [
        ("FILTER(?o)", 'FILTER(?o = "true")'),
        ("FILTER ?o", None),
        ("FILTER(!?o)", 'FILTER(!(?o = "true"))'),
        ("FILTER(?o && ?t)", 'FILTER((?o = "true") && ?t)'),
        ("FILTER(?t)", None),
        ('FILTER(?o = "true")', None),
    ],
)
def test_a_text_is_true_also_where_it_says_false(condition, repaired):
    store = ox.Store()
    store.load(SWITCHES.encode(), ox.RdfFormat.TURTLE)
    query = f"SELECT * {{ ?s :open ?o ; :on ?t {condition} }}"
    rows = found(Explainer(store), query, "filter-always-true")

    assert bool(rows) is bool(repaired)
    assert all(repaired in row.query and '"false" is, too' in row.message for row in rows)


def test_what_is_false_is_counted_too(fleet):
    counted = "SELECT (COUNT(?x) AS ?t) { ?f :seats ?n BIND(?n > 50 AS ?x) }"
    (row,) = found(fleet, counted, "rows-multiplied")

    assert "counts what is false, too: 1 of 3." in row.message
    assert "SELECT (SUM(IF(?x, 1, 0)) AS ?t)" in row.query
    assert found(fleet, counted.replace("> 50", "> 5"), "rows-multiplied")[0].severity == "info"


def test_a_group_of_nothing_that_having_leaves_out_is_not_told(fleet):
    query = "SELECT ?f { ?f a :Ferry . ?f :speed ?s } GROUP BY ?f HAVING(COUNT(?s) %s)"

    assert found(fleet, query % "> 0", "asked-in-part") == []
    assert found(fleet, query % "< 2", "asked-in-part")


def test_what_is_left_out_of_all_pairs_is_not_told(fleet):
    query = "PREFIX : <http://e/> SELECT * { ?f :line :north . ?g :seats ?n . ?f :seats ?n }"

    assert sides(fleet.diagnose(query).steps[-1]) == []
