"""The evidence of rows: each construct of SPARQL by its rule, on a graph of a few triples."""

import re

import pyoxigraph as ox
import pytest

from gbagraph.api.explanations import RowEvidence
from gbagraph.dataset.view import view
from gbagraph.features.why import paths, witnesses
from gbagraph.features.why import rows as rows_module
from gbagraph.sparql.parsed import ParsedQuery
from support import evidence as support
from support import store_with

PREFIX = "PREFIX : <http://e/>\n"
DATA = """
PREFIX : <http://e/>
:ann :knows :bob ; :name "Ann" ; :age 30 .
:bob :knows :cid ; :name "Bob" .
:cid :knows :dan ; :age 50 .
:dan :knows :ann .
:ann :likes :cid .
_:b :name "Nobody" .
GRAPH :g1 { :ann :knows :eve . :eve :name "Eve" }
GRAPH :g2 { :ann :knows :eve }
"""


@pytest.fixture(scope="module")
def store():
    return store_with(DATA, ox.RdfFormat.TRIG)


def ask(store, text, **dataset) -> list[tuple[ox.QuerySolution, RowEvidence]]:
    """The rows of a query, each with its evidence."""
    return support.explained(store, PREFIX + text, **dataset)


def short(term) -> str:
    return str(term.value).removeprefix("http://e/") if not isinstance(term, ox.BlankNode) else "_"


def triples(found: RowEvidence) -> list[str]:
    """The triples of a row as words, and @ with the graph."""
    return [
        " ".join(map(short, row.triple)) + (f" @{short(row.graph)}" if row.graph else "")
        for row in found.triples
    ]


def explained(store, text, **dataset) -> dict[str, list[str]]:
    """The triples of each row, by the values of the row; all of them are complete."""
    found = ask(store, text, **dataset)
    assert [row.note for _, row in found if not row.complete] == []
    return {
        " ".join(short(term) if term else "-" for term in solution): triples(row)
        for solution, row in found
    }


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        pytest.param(
            "SELECT ?x ?n { :ann :knows ?x . ?x :name ?n }",
            {"bob Bob": ["ann knows bob", "bob name Bob"]},
            id="a join",
        ),
        pytest.param(
            "SELECT ?n { :ann :knows [ :name ?n ] }",
            {"Bob": ["bob name Bob", "ann knows bob"]},
            id="a blank node of the query",
        ),
        pytest.param(
            "SELECT ?x ?n { ?x :knows ?y OPTIONAL { ?x :name ?n } FILTER(?x IN (:bob, :cid)) }",
            {"bob Bob": ["bob knows cid", "bob name Bob"], "cid -": ["cid knows dan"]},
            id="OPTIONAL only where it matched",
        ),
        pytest.param(
            "SELECT ?x { { ?x :age 30 } UNION { ?x :age 50 . ?x :knows :dan } }",
            {"ann": ["ann age 30"], "cid": ["cid age 50", "cid knows dan"]},
            id="the branch of a UNION that matched",
        ),
        pytest.param(
            "SELECT ?x ?double { ?x :age ?a BIND(?a * 2 AS ?double) FILTER(?double > 70) }",
            {"cid 100": ["cid age 50"]},
            id="FILTER and BIND rest on what they read",
        ),
        pytest.param(
            "SELECT (CONCAT(?n, '!') AS ?shout) { :ann :name ?n }",
            {"Ann!": ["ann name Ann"]},
            id="an expression as a column",
        ),
        pytest.param(
            "SELECT ?g ?n { GRAPH ?g { :ann :knows ?x . ?x :name ?n } }",
            {"g1 Eve": ["ann knows eve @g1", "eve name Eve @g1"]},
            id="the graph of GRAPH",
        ),
        pytest.param(
            "SELECT ?x { :ann :knows ?x . GRAPH :g1 { :eve :name ?n } }",
            {"bob": ["ann knows bob", "eve name Eve @g1"]},
            id="a triple is in a graph only where it was asked there",
        ),
        pytest.param(
            "SELECT ?x { VALUES ?x { :ann :bob } ?x :age ?a }",
            {"ann": ["ann age 30"]},
            id="VALUES rests on nothing",
        ),
        pytest.param(
            "SELECT ?x { ?x :age ?a } VALUES ?a { 50 }",
            {"cid": ["cid age 50"]},
            id="VALUES at the end",
        ),
        pytest.param("SELECT ?x { VALUES ?x { 1 } }", {"1": []}, id="no triple at all"),
        pytest.param(
            "SELECT ?x { :ann :knows/:knows ?x }",
            {"cid": ["ann knows bob", "bob knows cid"]},
            id="a path",
        ),
        pytest.param(
            "SELECT ?x { :ann (:knows|:likes)+ ?x FILTER(?x = :cid) }",
            {"cid": ["ann likes cid"]},
            id="the shortest way",
        ),
        pytest.param(
            "SELECT ?x { ?x ^:knows/^:knows :dan }",
            {"bob": ["ann knows bob", "dan knows ann"]},
            id="a path to a constant",
        ),
        pytest.param(
            "SELECT ?x { :cid ^:knows/^:knows ?x }",
            {"ann": ["bob knows cid", "ann knows bob"]},
            id="a path backward",
        ),
        pytest.param(
            "SELECT ?x { :cid ^(:knows/:knows) ?x }",
            {"ann": ["bob knows cid", "ann knows bob"]},
            id="a path backward as a whole",
        ),
        pytest.param(
            "SELECT ?x { :ann :knows* ?x FILTER(?x = :ann) }",
            {"ann": []},
            id="a way of no length",
        ),
        pytest.param(
            "SELECT ?x { :ann :knows+ ?x FILTER(?x = :ann) }",
            {"ann": ["ann knows bob", "bob knows cid", "cid knows dan", "dan knows ann"]},
            id="a way around",
        ),
        pytest.param(
            "SELECT ?x { :ann !(:knows|:name|:age) ?x }",
            {"cid": ["ann likes cid"]},
            id="any property but",
        ),
        pytest.param(
            "SELECT ?x { :cid !(^:knows|:age|:knows) ?x }",
            {"ann": ["ann likes cid"]},
            id="any property but, backward",
        ),
        pytest.param(
            "SELECT ?x { :ann :likes?/:knows ?x FILTER(?x = :dan) }",
            {"dan": ["ann likes cid", "cid knows dan"]},
            id="a step that may be left out",
        ),
        pytest.param(
            "SELECT ?x { ?x :knows ?y FILTER EXISTS { ?x :likes ?z . ?z :age ?a } }",
            {"ann": ["ann knows bob", "ann likes cid", "cid age 50"]},
            id="what EXISTS found",
        ),
        pytest.param(
            "SELECT ?x { ?x :age ?a FILTER EXISTS { ?y :age ?b FILTER(?b > ?a) } }",
            {"ann": ["ann age 30", "cid age 50"]},
            id="EXISTS whose filter reads what is outside",
        ),
        pytest.param(
            "SELECT ?x { ?x :knows ?y FILTER(?x = :dan || EXISTS { ?x :likes ?z }) }",
            {"ann": ["ann knows bob", "ann likes cid"], "dan": ["dan knows ann"]},
            id="EXISTS in an expression, where it holds",
        ),
        pytest.param(
            "SELECT ?x (EXISTS { ?x :likes ?z } AS ?does) { ?x :age ?a }",
            {"ann true": ["ann age 30", "ann likes cid"], "cid false": ["cid age 50"]},
            id="EXISTS as a column",
        ),
        pytest.param(
            "SELECT ?x { ?x :age ?a MINUS { ?x :likes ?y } }",
            {"cid": ["cid age 50"]},
            id="MINUS rests on absence",
        ),
        pytest.param(
            "SELECT ?x { ?x :age ?a FILTER NOT EXISTS { ?x :likes ?y } }",
            {"cid": ["cid age 50"]},
            id="NOT EXISTS rests on absence",
        ),
        pytest.param(
            "SELECT ?n { { SELECT ?x { :ann :knows ?x . ?x :knows ?hidden } } ?x :name ?n }",
            {"Bob": ["bob name Bob", "ann knows bob", "bob knows cid"]},
            id="a subquery with what it hides",
        ),
        pytest.param(
            "SELECT ?x { { SELECT ?x { ?x :age ?a } ORDER BY DESC(?a) LIMIT 1 } }",
            {"cid": ["cid age 50"]},
            id="a subquery with LIMIT",
        ),
        pytest.param(
            "SELECT (SUM(?a) AS ?all) { ?x :age ?a }",
            {"80": ["ann age 30", "cid age 50"]},
            id="an aggregate of all",
        ),
        pytest.param(
            "SELECT ?x (COUNT(*) AS ?n) { ?x :knows|:likes ?y } GROUP BY ?x HAVING(COUNT(*) > 1)",
            {"ann 2": ["ann knows bob", "ann likes cid"]},
            id="a group",
        ),
        pytest.param(
            "SELECT (COUNT(*) AS ?n) { ?x :knows|:likes ?y } GROUP BY ?x ORDER BY DESC(?n) LIMIT 1",
            {"2": ["ann knows bob", "ann likes cid"]},
            id="a group whose key is not shown",
        ),
        pytest.param(
            "SELECT ?old (COUNT(?x) AS ?n) { ?x :age ?a } GROUP BY (?a > 40 AS ?old)",
            {"false 1": ["ann age 30"], "true 1": ["cid age 50"]},
            id="a group by an expression",
        ),
        pytest.param(
            "SELECT (COUNT(*) AS ?n) { ?x :age ?a } GROUP BY STR(?x) HAVING(MAX(?a) > 40)",
            {"1": ["cid age 50"]},
            id="a group by an expression without a name",
        ),
        pytest.param(
            "SELECT ?name (MAX(?a) AS ?m) { ?x :age ?a OPTIONAL { ?x :name ?name } } GROUP BY ?name",
            {"Ann 30": ["ann age 30", "ann name Ann"], "- 50": ["cid age 50"]},
            id="a group without a key",
        ),
        pytest.param(
            "SELECT ?n ?max { { SELECT (MAX(?a) AS ?max) { ?y :age ?a } } ?x :age ?max ; :knows ?n }",
            {"dan 50": ["cid age 50", "cid knows dan", "ann age 30"]},
            id="an aggregate in a subquery",
        ),
        pytest.param(
            "SELECT (COUNT(*) AS ?n) { ?x :hates ?y }", {"0": []}, id="an aggregate of nothing"
        ),
        pytest.param(
            "SELECT ?x { ?x :name 'Nobody' }",
            {"_": ["_ name Nobody"]},
            id="a blank node of the data",
        ),
        pytest.param(
            "BASE <http://e/> PREFIX p: <> SELECT ?x { <ann> p:knows ?x ; a?/p:age ?y }",
            {"bob": ["ann knows bob", "ann age 30"]},
            id="names by base and prefix",
        ),
        pytest.param(
            "SELECT ?x { SERVICE SILENT <http://nowhere/> { ?x :p ?y } :ann :age ?x }",
            {"30": ["ann age 30"]},
            id="SERVICE SILENT gives nothing",
        ),
        pytest.param(
            "SELECT ?x FROM :g1 { ?x :knows ?y }", {"ann": ["ann knows eve"]}, id="FROM one graph"
        ),
        pytest.param(
            "SELECT ?n FROM :g1 FROM :g2 { :ann :knows ?x . ?x :name ?n }",
            {"Eve": ["ann knows eve", "eve name Eve"]},
            id="FROM two graphs",
        ),
    ],
)
def test_a_row_rests_on(store, query, rows):
    found = explained(store, query)

    assert {key: sorted(value) for key, value in found.items()} == {
        key: sorted(value) for key, value in rows.items()
    }


def test_the_dataset_of_the_protocol_is_what_is_asked(store):
    query = "SELECT ?x ?g { :ann :knows ?x . GRAPH ?g { :ann :knows ?x } }"
    graphs = {"default_graphs": ["http://e/g2"], "named_graphs": ["http://e/g1"]}

    assert explained(store, query, **graphs) == {"eve g1": ["ann knows eve", "ann knows eve @g1"]}


def test_rows_that_are_the_same_rest_on_different_solutions(store):
    found = ask(store, "SELECT ?p { ?x ?p ?y FILTER(?p = :knows) }")

    assert len(found) == 4
    assert len({tuple(triples(row)) for _, row in found}) == 4


def test_a_distinct_row_rests_on_one_solution(store):
    ((_, row),) = ask(store, "SELECT DISTINCT ?p { ?x ?p ?y FILTER(?p = :knows) }")

    assert len(row.triples) == 1


def test_order_and_slices_do_not_mix_rows_up(store):
    found = ask(store, "SELECT ?x ?n { ?x :name ?n } ORDER BY DESC(?n) OFFSET 1 LIMIT 2")

    assert [(short(row["n"]), triples(known)) for row, known in found] == [
        ("Bob", ["bob name Bob"]),
        ("Ann", ["ann name Ann"]),
    ]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?x { ?x :age ?a FILTER NOT EXISTS { ?x :likes ?y } }",
        "SELECT ?x { ?x :age ?a MINUS { ?x :likes ?y } }",
        "SELECT (COUNT(*) AS ?n) { ?x :hates ?y }",
        "SELECT (EXISTS { ?x :hates ?z } AS ?does) { ?x :age 30 }",
    ],
)
def test_what_rests_on_absence_says_so(store, query):
    ((_, row),) = ask(store, query)

    assert row.complete
    assert re.search("Nothing is in the data|absence", row.note)


def test_a_changing_value_does_not_hide_what_the_rest_is_on(store):
    ((_, row),) = ask(store, "SELECT ?x (NOW() AS ?now) (RAND() AS ?r) { ?x :age 30 }")

    assert triples(row) == ["ann age 30"]
    assert row.complete


def test_a_value_that_changes_inside_is_told_as_not_found(store):
    ((_, row),) = ask(store, "SELECT ?id { ?x :age 30 BIND(STRUUID() AS ?id) }")

    assert not row.complete
    assert "no solution was found again" in row.note


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT ?x { << ?s ?p ?o >> :p ?x } VALUES ?x { 1 }", "SPARQL 1.2"),
        ("SELECT ?x { VALUES ?x { <<( :a :b :c )>> } }", "SPARQL 1.2"),
        ("SELECT ?x { :ann :age ?x " + "FILTER(?x > 1) " * 800 + "}", "too large"),
        ("SELECT ?x { " + "{ " * 90 + ":ann :age ?x" + " }" * 90 + "}", "too large"),
    ],
)
def test_a_query_that_is_not_analysed_says_so(store, query, reason):
    for _, row in ask(store, query):
        assert not row.complete
        assert row.triples == ()
        assert row.note.startswith("Not analysed: ")
        assert reason in row.note


def test_a_group_of_too_many_triples_is_cut_and_says_so(store, monkeypatch):
    monkeypatch.setattr(paths, "MOST_TRIPLES", 2)

    ((_, row),) = ask(store, "SELECT (COUNT(*) AS ?n) { ?x :knows ?y }")

    assert len(row.triples) == 2
    assert not row.complete
    assert "more than is given" in row.note


def test_all_rows_together_have_a_limit(store, monkeypatch):
    monkeypatch.setattr(witnesses, "MOST_IN_ALL", 3)

    found = ask(store, "SELECT ?x { ?x :knows ?y }")

    assert [row.complete for _, row in found] == [True, True, True, False]


def test_solutions_are_not_read_without_end(store, monkeypatch):
    monkeypatch.setattr(witnesses, "MOST_READ", 5)
    cross = "{ ?a ?b ?c . ?d ?e ?f . ?x :age ?age }"

    groups = ask(store, f"SELECT (COUNT(*) AS ?n) {cross}")
    single = explained(store, f"SELECT DISTINCT ?x {cross}")

    assert [row.complete for _, row in groups] == [False]
    assert [len(found) for found in single.values()] == [3, 3]


def test_rows_after_the_last_that_is_explained_say_so(store, monkeypatch):
    monkeypatch.setattr(rows_module, "MOST_ROWS", 1)
    query = ParsedQuery(PREFIX + "SELECT ?x { ?x :age ?a }")
    asked = view(store, query)

    found = rows_module.rows_with_evidence(store, asked, query)

    assert [row.evidence.complete for row in found] == [True, False]
    assert "LIMIT and OFFSET" in found[1].evidence.note
