"""What graphs that are not asked have beside is told, if the query does not name them."""

import pyoxigraph as ox
import pytest

from gbagraph.features.diagnostics.diagnosis import Explainer

HEAD = "PREFIX : <http://e.example/> "
DATA = """
:a :size 3 ; a :Farm . :b a :Farm . :c a :Farm ; :size 5 .
GRAPH :survey { :a :size 4 , 5 . :c :size 5 . :b a :Farm }
"""


@pytest.fixture(scope="module")
def told():
    store = ox.Store()
    store.load((HEAD.replace("PREFIX", "@prefix") + "." + DATA).encode(), format=ox.RdfFormat.TRIG)
    explainer = Explainer(store)
    return lambda query: [
        each.message
        for each in explainer.diagnose(HEAD + query)
        if each.code == "partly-in-graph" and each.severity == "info"
    ]


def test_other_values_of_a_thing_are_counted_by_their_graph(told):
    (message,) = told("SELECT ?n { :a :size ?n }")

    assert message == (
        ":survey, which is not asked, has other values of :size of :a: 2. GRAPH :survey { … } asks it."
    )


def test_members_of_a_class_that_the_graph_asked_does_not_have_are_counted(told):
    (message,) = told("SELECT ?x { GRAPH :survey { ?x a :Farm } }")

    assert message.startswith("Here are 1 of the 3 instances of :Farm in the default graph")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?n { :c :size ?n }",
        "SELECT ?n { { :a :size ?n } UNION { GRAPH :survey { :a :size ?n } } }",
        "SELECT ?x { ?x a :Farm }",
        "SELECT ?x { GRAPH ?g { ?x a :Farm } }",
        "SELECT ?x { ?x :size ?n }",
    ],
)
def test_nothing_is_said_where_nothing_is_missed(told, query):
    assert told(query) == []
