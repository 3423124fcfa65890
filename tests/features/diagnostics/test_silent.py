"""Queries that give wrong rows, or wrong numbers, and no error: what is said of them."""

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
