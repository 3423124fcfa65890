"""Causes of changed rows: proven again by another way, over any small data, and how they are told."""

import json
import statistics

import hypothesis.strategies as st
import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from typer.testing import CliRunner

import gbagraph
from gbagraph import feature
from gbagraph.cli import app
from gbagraph.errors import (
    BadParameter,
    QuerySyntaxError,
    RequestError,
    ServiceNotAllowed,
    UnknownResource,
)
from gbagraph.features.causes import comparison, hypotheses, search
from gbagraph.features.causes.writers import written
from support.causes import PAIRS, measured, opened, share

pytestmark = pytest.mark.slow

NODES = [ox.NamedNode(f"urn:{name}") for name in "abc"]
PREDICATES = [ox.NamedNode(f"urn:{name}") for name in "pqr"]
GRAPHS = [ox.DefaultGraph(), ox.NamedNode("urn:g")]
QUERIES = {
    "join": "SELECT * { ?x <urn:p> ?y . ?y <urn:q> ?z }",
    "optional": "SELECT * { ?x <urn:p> ?y OPTIONAL { ?y <urn:q> ?z } }",
    "minus": "SELECT ?x { ?x <urn:p> ?y MINUS { ?x <urn:q> ?z } }",
    "not exists": "SELECT ?x { ?x <urn:p> ?y FILTER NOT EXISTS { ?y <urn:q> ?x } }",
    "exists": "SELECT ?x { ?x <urn:p> ?y FILTER EXISTS { ?y <urn:q> ?z } }",
    "union": "SELECT ?x { { ?x <urn:p> ?y } UNION { ?y <urn:q> ?x } }",
    "distinct": "SELECT DISTINCT ?x { ?x ?p ?y }",
    "duplicates": "SELECT ?p { ?x ?p ?y }",
    "count": "SELECT ?x (COUNT(?y) AS ?n) { ?x <urn:p> ?y } GROUP BY ?x",
    "count of all": "SELECT (COUNT(*) AS ?n) { ?x <urn:p> ?y MINUS { ?y <urn:q> ?x } }",
    "having": "SELECT ?x (MIN(?y) AS ?m) { ?x <urn:p> ?y } GROUP BY ?x HAVING (COUNT(*) > 1)",
    "limit": "SELECT ?x ?y { ?x <urn:p> ?y } ORDER BY ?y ?x LIMIT 2",
    "offset": "SELECT ?x ?y { ?x <urn:p> ?y } ORDER BY ?x DESC(?y) OFFSET 1",
    "path": "SELECT ?x ?y { ?x <urn:p>+ ?y }",
    "path of none": "SELECT ?y { <urn:a> (<urn:p>|^<urn:q>)* ?y }",
    "negated": "SELECT ?x ?y { ?x !(<urn:p>|^<urn:q>) ?y }",
    "graph": "SELECT ?g ?x { GRAPH ?g { ?x <urn:p> ?y } }",
    "two graphs": "SELECT ?x { ?x <urn:p> ?y MINUS { GRAPH <urn:g> { ?x <urn:p> ?y } } }",
    "from": "SELECT ?x FROM <urn:g> { ?x <urn:p> ?y }",
    "subquery": "SELECT * { ?x ?p ?y { SELECT ?y (COUNT(*) AS ?n) { ?z <urn:p> ?y } GROUP BY ?y } }",
    "ask": "ASK { ?x <urn:p> ?y . ?y <urn:p> ?x }",
    "construct": "CONSTRUCT { ?y <urn:n> ?x } WHERE { ?x <urn:p> ?y . ?x <urn:q> ?z }",
    "describe": "DESCRIBE <urn:a>",
}
QUADS = st.frozensets(
    st.builds(ox.Quad, *map(st.sampled_from, (NODES, PREDICATES, NODES, GRAPHS))), max_size=8
)


def stored(quads):
    store = ox.Store()
    store.extend(sorted(quads, key=str))
    return store


def rows_of(quads, query):
    """The rows of an answer, by a store that is made anew."""
    answer = stored(quads).query(query)
    if isinstance(answer, ox.QueryBoolean):
        datatype = ox.NamedNode("http://www.w3.org/2001/XMLSchema#boolean")
        return [{"answer": ox.Literal(str(bool(answer)).lower(), datatype=datatype)}]
    if isinstance(answer, ox.QuerySolutions):
        names = [each.value for each in answer.variables]
        return [{name: row[name] for name in names if row[name] is not None} for row in answer]
    return [{"triple": triple} for triple in answer]


def made(lacking, having, changed):
    """The quads of the version that lacks a row, with these triples as the other has them."""
    triples = {each.triple for each in changed}
    kept = {quad for quad in lacking if quad.triple not in triples}
    return kept | {quad for quad in having if quad.triple in triples}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
@settings(max_examples=40, deadline=None)
@given(before=QUADS, after=QUADS)
def test_a_cause_gives_its_row_and_no_less_does(query, before, after):
    stores = stored(before), stored(after)
    change = comparison.compare(*stores, ("1", "2"), query, (query, query))
    rows = rows_of(before, query), rows_of(after, query)
    moved = [row for row in (*rows[0], *rows[1]) if rows[0].count(row) != rows[1].count(row)]

    assert {str(each.row) for each in change.rows} == {str(row) for row in moved}
    for each in change.rows:
        having, lacking = (before, after) if each.sign == "-" else (after, before)

        def times(changed, row=each.row, lacking=lacking, having=having):
            return rows_of(made(lacking, having, changed), query).count(row)

        wanted, triples = max(each.before, each.after), each.cause.triples
        assert [some.count(each.row) for some in rows] == [each.before, each.after]
        assert each.cause.is_minimal
        assert times(triples) == wanted
        for left in triples:
            assert times([triple for triple in triples if triple is not left]) != wanted


def graph(text):
    store = ox.Store()
    store.load(text, format=ox.RdfFormat.TURTLE, base_iri="urn:x")
    return store


def compared(before, after, query, other=None):
    stores = [
        graph(text.replace("<", "<urn:").replace("urn:urn:", "urn:")) for text in (before, after)
    ]
    return comparison.compare(*stores, ("1", "2"), "q", (query, other or query))


def caused(row):
    return [(each.sign, each.triple.object.value) for each in row.cause.triples]


def test_gone_and_new_ones_by_turns_leave_a_count_to_what_it_rose_by():
    before = "".join(f"<a> <p> {number} . " for number in range(30))
    after = "".join(f"<a> <p> {number} . " for number in range(100, 132))

    change = compared(before, after, "SELECT (COUNT(*) AS ?n) { <urn:a> <urn:p> ?o }")

    assert [len(row.cause.triples) for row in change.rows] == [2, 2]


def test_what_a_row_rests_on_is_tried_first(monkeypatch):
    query = "SELECT ?z { ?x <urn:p> ?y . ?y <urn:q> ?z }"
    rows = [f"<x{n}> <p> <y{n}> . <y{n}> <q> <z{n}> ." for n in range(60)]
    data = "".join(rows[:30]), "".join(rows[30:])
    monkeypatch.setattr(search, "MOST_TRIALS", 5)

    assert all(row.cause.is_minimal for row in compared(*data, query).rows)
    monkeypatch.setattr(hypotheses, "hook", lambda _: None)
    assert not all(row.cause.is_minimal for row in compared(*data, query).rows)


def test_the_text_is_the_cause_where_it_alone_gives_the_row():
    both, one = "SELECT ?y { ?x <urn:p>|<urn:q> ?y }", "SELECT ?y { ?x <urn:q> ?y }"
    change = compared("<a> <p> <b> ; <q> <c> .", "<a> <p> <b> .", both, one)

    causes = {row.row["y"].value: row for row in change.rows}
    assert causes["urn:b"].cause.by_query
    assert not causes["urn:b"].cause.triples
    assert not causes["urn:c"].cause.by_query
    assert caused(causes["urn:c"]) == [("-", "urn:c")]


def test_the_text_and_the_data_can_be_a_cause_together():
    texts = "SELECT ?y { ?x <urn:old> ?y }", "SELECT ?y { ?x <urn:new> ?y }"
    change = compared("<a> <old> <b> .", "<a> <new> <c> .", *texts)

    assert [(row.sign, row.cause.by_query, caused(row)) for row in change.rows] == [
        ("-", True, [("-", "urn:b")]),
        ("+", True, [("+", "urn:c")]),
    ]


def test_rows_are_compared_by_the_columns_of_both():
    texts = "SELECT ?x { ?x <urn:p> ?n }", "SELECT ?n ?x { ?x <urn:p> ?n }"
    change = compared("<a> <p> 1 .", "<a> <p> 1 . <b> <p> 2 .", *texts)

    assert change.columns == ("+n",)
    assert [dict(row.row) for row in change.rows] == [{"x": ox.NamedNode("urn:b")}]


def test_the_same_rows_in_another_order_have_a_cause_if_the_query_orders_them():
    query = "SELECT ?x { ?x <urn:p> ?n } ORDER BY ?n"
    change = compared("<a> <p> 1 . <b> <p> 2 .", "<a> <p> 3 . <b> <p> 2 .", query)

    assert not change.rows
    assert sorted(each.sign for each in change.order.triples) == ["+", "-"]
    assert "in another order" in written([change], "text")
    assert not compared("<a> <p> 1 . <b> <p> 2 .", "<b> <p> 2 . <a> <p> 1 .", query)


def test_a_row_that_other_changes_take_away_too_is_told_so():
    query = "SELECT DISTINCT ?x { ?x <urn:p>|<urn:q> ?y }"
    change = compared("<a> <p> 1 ; <q> 2 . <b> <p> 3 .", "<b> <p> 3 .", query)

    assert not change.rows[0].cause.is_mirrored
    assert "other changes would do as well" in written([change], "text")


def test_blank_nodes_are_the_same_where_all_is_said_alike():
    data = "<a> <p> [ <q> 1 ], [ <q> 2 ; <r> [ <q> 3 ] ] ."
    after = f"<z> <p> [ <q> 0 ] . {data} <a> <p> [ <q> 3 ] ."
    change = compared(data, after, "SELECT * { <urn:a> <urn:p> ?x }")

    assert [row.sign for row in change.rows] == ["+"]


def test_only_the_first_rows_are_explained(monkeypatch):
    monkeypatch.setattr(comparison, "MOST_ROWS", 3)
    change = compared("<a> <p> 1, 2, 3, 4, 5 .", "", "SELECT ?o { ?s <urn:p> ?o }")

    assert (len(change.rows), change.left_out) == (3, 2)


def test_it_works_without_what_tells_evidence():
    feature.leave_out(["why", "assistants"])
    try:
        change = compared("<a> <p> 1 .", "<b> <p> 1 .", "SELECT ?s { ?s <urn:p> ?o }")
    finally:
        feature.leave_out(None)

    assert [len(row.cause.triples) for row in change.rows] == [1, 1]


@pytest.mark.parametrize(
    ("query", "error", "says"),
    [
        ("SELECT (NOW() AS ?t) {}", RequestError, "another each time"),
        ("CONSTRUCT { [] <urn:p> ?s } WHERE { ?s ?p ?o }", RequestError, "another each time"),
        ("SELECT * { SERVICE <urn:x> { ?s ?p ?o } }", ServiceNotAllowed, "without SERVICE"),
        ("SELECT {", QuerySyntaxError, "line 1"),
        ("no-such-query", UnknownResource, "no canned query named"),
    ],
)
def test_what_cannot_be_compared_is_said(query, error, says):
    before = opened("0.1.0")

    with pytest.raises(error, match=says):
        before.compare(opened("0.2.0"), query)


def test_graphs_are_compared_in_python_and_json_has_all():
    before, after = opened("0.2.0"), opened("0.3.0")
    change = before.compare(after, "builders")
    (row,) = change.rows
    (triple,) = row.cause.triples

    assert (change.before, change.after, change.columns) == ("0.2.0", "0.3.0", ("+jointWork",))
    assert (row.sign, row.row["work"].value.rpartition("/")[2]) == ("-", "nansha-science-city")
    assert (triple.basis, triple.sign) == ("stated", "-")
    assert [iri.rpartition("/")[2] for iri in triple.paragraphs] == ["nansha-1"]
    with pytest.raises(BadParameter, match="no parameter nothing"):
        before.compare(after, "builders", nothing=1)

    (row,) = json.loads(written([change], "json"))["rows"]
    assert (row["sign"], row["before"], row["after"]) == ("-", 1, 0)
    assert row["row"]["deed"]["value"] == "https://w3id.org/gbagraph/ontology#builds"
    cause = row["cause"]
    assert cause["triples"][0]["removed"] == ["https://w3id.org/gbagraph/graph/article", ""]
    assert (cause["minimal"], cause["mirrored"]) == (True, True)


@pytest.mark.processes
def test_graphs_elsewhere_are_not_compared():
    with gbagraph.open("0.1.0", safe=True) as safe:
        for pair in ((safe, opened("0.2.0")), (opened("0.2.0"), safe)):
            with pytest.raises(RequestError, match="in this process"):
                pair[0].compare(pair[1], "builders")


def test_a_query_that_one_version_has_is_asked_of_both():
    change = opened("0.1.0").compare(opened("0.2.0"), "periods")

    assert change.only_in == "0.2.0"
    assert "Only 0.2.0 has this query" in written([change], "text")


def test_what_follows_is_told_with_what_it_follows_from():
    query = (
        "PREFIX id: <https://w3id.org/gbagraph/id/> "
        "SELECT ?p ?o { GRAPH <https://w3id.org/gbagraph/graph/inferred> "
        "{ id:nansha-science-city ?p ?o } }"
    )
    change = opened("0.2.0").compare(opened("0.3.0"), query)
    derived = [each for row in change.rows for each in row.cause.triples]

    assert {each.basis for each in derived} == {"derived"}
    assert any(each.follows_from for each in derived)
    assert "follows, from" in written([change], "text")


def test_causes_are_the_same_each_time():
    query = "SELECT ?c (COUNT(*) AS ?n) { ?s a ?c } GROUP BY ?c"
    again = gbagraph.open("0.1.0")
    told = [
        written([each.compare(opened("0.2.0"), query)], "json") for each in (opened("0.1.0"), again)
    ]

    assert told[0] == told[1]


def test_a_comment_is_bounded_and_cannot_be_broken_out_of():
    data = "".join(f'<s{n}> <p> "{"`" * 5}</details> {n} {"x" * 500}" .' for n in range(200))
    change = compared("", data, "SELECT * { ?s <urn:p> ?o }")
    comment = written([change] * 30, "markdown")

    assert len(comment) < 65_536
    assert comment.count("\n<details>") == comment.count("\n``````diff") == 30
    assert "tells all" in comment


def test_a_sample_of_canned_queries_is_explained():
    names = "builders", "codes-in-use", "organizations-and-roles", "timeline"
    found = list(measured(("0.2.0", "0.3.0"), names))

    assert len(found) == len(names)
    assert share(found, "sufficient") == 100
    assert share(found, "minimal") >= 95


@pytest.mark.matrix
@pytest.mark.slow
def test_all_canned_queries_of_all_versions_are_explained():
    found = [each for pair in PAIRS for each in measured(pair)]

    assert share(found, "sufficient") == 100
    assert share(found, "minimal", "plain") >= 95
    assert share(found, "minimal", "other") >= 80
    assert statistics.median(size for each in found for size in each.sizes) <= 3


def test_the_command_explains_a_query_of_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.ttl").write_text("<urn:a> <urn:p> 1 .")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "data.ttl").write_text("<urn:b> <urn:p> 1 .")
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "q.rq").write_text("#+ summary: Which?\nSELECT ?s { ?s <urn:p> ?o }")

    for arguments, code, says in (
        (("b", "--query", "queries/q.rq"), 1, "- s urn:a\n    - <urn:a> <urn:p>"),
        (("b", "--queries-from", "queries", "-f", "markdown"), 1, "| `q` | 1 | 1 |"),
        (("none.ttl", "--query", "queries/q.rq"), 2, "none.ttl"),
    ):
        done = CliRunner().invoke(app, ["diff", "a.ttl", *arguments])
        assert done.exit_code == code, done.output
        assert says in (done.stderr if code == 2 else done.stdout)
