"""Large data: no question to the store looks at all of it for what takes long."""

import re
import runpy
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

import gbagraph
from gbagraph.features.diagnostics import case, modifiers, schema, way
from gbagraph.features.diagnostics.asked import Asked, OutOfTime
from gbagraph.features.diagnostics.case import Case
from gbagraph.features.diagnostics.diagnosis import Explainer
from gbagraph.features.diagnostics.told import text
from gbagraph.sparql.parsed import ParsedQuery

GENERATOR = Path(__file__).parent / "graphs" / "large.py"
PREFIX = "PREFIX vm: <https://velmara.example/ont#> PREFIX vd: <https://velmara.example/id/>\n"
READING = "?r a vm:Measurement ; vm:quality ?q"
GROUPED = "{ SELECT ?s (MAX(?v) AS ?m) { ?r vm:sensor ?s ; vm:value ?v } GROUP BY ?s }"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("large") / "large.nt"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["large.py", str(path), "--triples", "20000"])
        runpy.run_path(str(GENERATOR), run_name="__main__")
    return gbagraph.open(path).store


@pytest.fixture
def asked(monkeypatch):
    """Twenty thousand triples count as large; the questions that are put to the store."""
    for module in (case, schema):
        monkeypatch.setattr(module, "LARGE", 2_000)
    for module in (way, modifiers):
        monkeypatch.setattr(module, "BOUND", 1_000)
    questions = []
    read = Case._read

    def recorded(self, query, reader):
        questions.append(query)
        return read(self, query, reader)

    monkeypatch.setattr(Case, "_read", recorded)
    return questions


@pytest.mark.parametrize(
    ("query", "never", "code"),
    [
        # A path that may have no steps, from everything to everything.
        ("SELECT * { ?x vm:inRegion* ?y }", r"inRegion\*", "not-analysed"),
        # All pairs of two parts.
        (
            "SELECT (COUNT(*) AS ?n) { ?a vm:sensor ?s . ?b vm:unit ?t }",
            r"\(COUNT\(\*\) AS \?n\)",
            "cross-product",
        ),
        (
            f"SELECT * {{ {READING} OPTIONAL {{ ?o vm:time ?t }} FILTER(!BOUND(?t)) }}",
            r"ASK.*BOUND",
            "cross-product",
        ),
        # What is asked of each solution: only of the first ones.
        (
            f"SELECT ?r {{ {READING} FILTER NOT EXISTS {{ ?r vm:quality ?q }} }}",
            r"ASK\s+\{ \?r a .*FILTER",
            "not-analysed",
        ),
        (
            'SELECT ?s { ?s ?p ?o FILTER(CONTAINS(STR(?o), "zzyzx")) }',
            r"ASK\s+\{ \?s \?p .*FILTER",
            "not-analysed",
        ),
        # What takes all solutions before it gives one.
        ("SELECT DISTINCT ?v { ?r vm:value ?v } ORDER BY ?v", "ORDER BY", ""),
        (
            "SELECT ?s (AVG(?v) AS ?a) { ?r vm:sensor ?s ; vm:value ?v } GROUP BY ?s HAVING(?a > 9)",
            r"(?<!LIMIT 10000 } } )GROUP BY \?s",
            "aggregate-of-texts",
        ),
        (f"SELECT * {{ {GROUPED} ?s vm:serial ?n }}", r"\{ SELECT \?s \(MAX", "not-analysed"),
        # A repaired query is not run where it does.
        (
            "SELECT ?s (AVG(?v) AS ?a) { ?r vm:sensr ?s ; vm:value ?v } GROUP BY ?s",
            r"vm:sensor .*GROUP BY",
            "unknown-property",
        ),
    ],
)
def test_what_takes_long_is_not_asked_of_all(store, asked, query, never, code):
    explanation = Explainer(store).diagnose(PREFIX + query, seconds=float("inf"))
    list(explanation.steps)

    assert [each for each in asked if re.search(never, each)] == []
    assert not code or code in {each.code for each in explanation}


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT ?r {{ {READING} FILTER EXISTS {{ ?r vm:value ?v }} }}",
        "SELECT ?x ?y { ?x a vm:City . ?x vm:inRegion* ?y }",
    ],
)
@pytest.mark.usefixtures("asked")
def test_what_the_first_solutions_tell_is_enough(store, query):
    assert [each.code for each in Explainer(store).diagnose(PREFIX + query)] == []


@pytest.mark.usefixtures("asked")
def test_what_is_not_measured_is_said(store):
    of_all = "?r a vm:Measurement ; vm:value ?v BIND(STR(?v) AS ?t) FILTER(BOUND(?t))"
    queries = [
        f"SELECT (COUNT(*) AS ?n) {{ {of_all} }}",
        "SELECT ?x { ?r vm:value ?v . ?x a vm:Country }",
        f"SELECT ?r {{ {of_all} }}",
        "SELECT ?x { ?x a vm:City }",
    ]
    found = [Explainer(store).diagnose(PREFIX + query) for query in queries]

    assert [each.is_cut for each in found] == [True, True, False, False]
    assert found[0].steps[-1].kind == "filter"
    assert text(found[0]).endswith(
        b"\n  What is not shown here was not measured: it takes too long.\n"
    )
    assert b"not measured" not in text(found[2])


@pytest.mark.usefixtures("asked")
def test_a_repair_is_offered_though_all_solutions_are_not_looked_at(store):
    query = "SELECT ?s (COUNT(?r) AS ?n) { ?r vm:sensr ?s ; vm:value ?v } GROUP BY ?s"
    [found] = Explainer(store).diagnose(PREFIX + query)

    assert found.suggestion == "vm:sensor"
    assert found.query == PREFIX + query.replace("sensr", "sensor")


def test_rows_that_come_slowly_are_given_up(store):
    parsed, explainer = ParsedQuery("SELECT * { ?s ?p ?o }"), Explainer(store)
    examined = Case(
        parsed,
        parsed.tree,
        explainer.names,
        explainer.schema,
        Asked(store),
        ends=float("inf"),
    )

    def slow():
        yield "first"
        examined.ends = 0
        yield "second"
        pytest.fail("it is read on")

    with pytest.raises(OutOfTime):
        examined._in_time(slow())


def test_of_a_large_default_graph_no_named_graph_is_looked_for(monkeypatch):
    monkeypatch.setattr(schema, "LARGE", 2)
    triples = [
        ox.Triple(ox.NamedNode(f"urn:{i}"), ox.NamedNode("urn:p"), ox.Literal("o")) for i in (1, 2)
    ]
    asked = []

    class Recorded:
        def __init__(self, graph):
            self.store = ox.Store()
            self.store.extend(ox.Quad(*each, graph) for each in triples)

        def query(self, text):
            asked.append("GRAPH" in text)
            return self.store.query(text)

    assert schema.Schema(Recorded(ox.DefaultGraph())).is_large
    assert asked == [False]
    assert schema.Schema(Recorded(ox.NamedNode("urn:g"))).is_large
    assert not schema.Schema(ox.Store()).is_large
