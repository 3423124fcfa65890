"""What mends a slip is of the data: its namespaces, names, datatypes and nodes."""

import pyoxigraph as ox
import pytest

from gbagraph.features.diagnostics.diagnosis import Explainer

HEAD = """PREFIX : <http://e.example/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX d: <http://e.example/prop/direct/>
PREFIX p: <http://e.example/prop/> PREFIX ps: <http://e.example/prop/statement/>
"""
DATA = """
:a skos:broader :b ; skos:prefLabel "Reed"@en . :b skos:broader :c .
:x1 :at "2024-02-21T00:00:00Z"^^xsd:dateTime ; :day "2024-02-21"^^xsd:date .
:x2 :when "2024-02-21T00:00:00Z"^^xsd:dateTime . :x3 :when "2024-02-22"^^xsd:date .
:i d:P7 12 ; d:P8 :j ; p:P7 :s ; p:P8 :s .
:s ps:P7 12 ; :since 1999 . :j d:P7 13 ; p:P7 :t . :t ps:P7 13 .
:k1 a :Book ; :about :local-history , :rail . :rail a :Topic ; :under :history .
:z1 a :Zone ; :of :foshan . :r a :Region ; :holds :zhuhai . :zhuhai a :City .
:q1 :amount 3 ; :unit :KiloM2 . :x1 :size :q1 . :n :unit :Kilo . :m :unit :Year .
"""


@pytest.fixture(scope="module")
def explainer():
    store = ox.Store()
    store.load((HEAD + DATA).encode(), format=ox.RdfFormat.TURTLE)
    return Explainer(store)


@pytest.mark.parametrize(
    ("query", "right"),
    [
        ("SELECT ?x { ?x wdt:P7 ?v }", "PREFIX wdt: <http://e.example/prop/direct/>"),
        # All names of a namespace are meant elsewhere, also those of steps that need not be there.
        (
            "PREFIX wdt: <http://www.wikidata.org/prop/direct/> SELECT ?x { ?x wdt:P8*/wdt:P7 ?v }",
            "PREFIX wdt: <http://e.example/prop/direct/>",
        ),
        ("SELECT ?x { ?x :at ?t FILTER(?t > datetime(2024-02-20)) }", "T00:00:00Z"),
        ("SELECT ?x { ?x :at ?t FILTER(?t > 2024-02-20) }", "T00:00:00Z"),
        ("SELECT ?x { ?x :day ?t FILTER(?t > 2024-02-20) }", '"2024-02-20"^^'),
        (
            (
                "SELECT ?x ?xLabel { ?x skos:broader :b SERVICE wikibase:label { bd:serviceParam "
                'wikibase:language "en" } }'
            ),
            "OPTIONAL { ?x skos:prefLabel ?xLabel",
        ),
        ("SELECT ?x ?v { ?x <http://e.example/entity/P7> ?v }", "?x d:P7 ?v"),
        (
            "SELECT ?v { << :i d:P7 ?v >> :since ?y }",
            ":i p:P7 ?claim . ?claim ps:P7 ?v ; :since ?y",
        ),
        (
            'SELECT (GROUP_CONCAT(STRAFTER(STR(?x), "/"), "; ") AS ?all) { ?x :at ?y }',
            'GROUP_CONCAT(STRAFTER(STR(?x), "/"); SEPARATOR="; ")',
        ),
    ],
)
def test_the_repair_is_of_the_data(explainer, query, right):
    assert any(right in each.query for each in explainer.diagnose(HEAD + query))


def test_of_days_and_times_both_are_told_and_none_is_chosen(explainer):
    (found,) = explainer.diagnose(HEAD + "SELECT ?x { ?x :when ?t FILTER(?t > 2024-02-20) }")

    assert "xsd:dateTime" in found.message
    assert found.query == ""


@pytest.mark.parametrize(
    ("query", "never"),
    [
        ("SELECT ?x { ?x :about :history }", "local-history"),
        ("SELECT ?x { ?x :about :history }", ":under"),
        ("SELECT ?x { ?x a :Zone ; :of :zhuhai }", ":holds"),
        ("SELECT ?x { ?x :size ?q . ?q :unit :KM2 }", ":Year"),
    ],
)
def test_what_is_of_other_things_is_not_offered(explainer, query, never):
    assert not any(never in each.message for each in explainer.diagnose(HEAD + query))


def test_an_ask_for_a_thing_that_is_not_there_may_be_false(explainer):
    (found,) = explainer.diagnose(HEAD + "ASK { ?x :unit :Kelvin }")

    assert (found.code, found.severity) == ("unknown-thing", "info")
