"""Expected answers as files: written so that they are read as the same, and little is changed."""

import pyoxigraph as ox
import pytest

from gbagraph.errors import QueryFileError
from gbagraph.features.testing.assertion import RUN
from gbagraph.features.testing.cells import OURS
from gbagraph.features.testing.query_files import QueryFile, query_files, without_query
from gbagraph.features.testing.reading import read
from gbagraph.testing import assert_solutions, compare
from support import file_with

XSD = "http://www.w3.org/2001/XMLSchema#"
TERMS = [
    ox.NamedNode("https://w3id.org/gbagraph/id/baidu"),
    ox.NamedNode("http://example.org/a b".replace(" ", "%20")),
    ox.Literal('plain, with "quotes" and\na line'),
    ox.Literal("百度", language="zh"),
    ox.Literal("1", datatype=ox.NamedNode(XSD + "integer")),
    ox.Literal("1.50", datatype=ox.NamedNode(XSD + "decimal")),
    ox.Literal("2020", datatype=ox.NamedNode(XSD + "gYear")),
    ox.Literal("true", datatype=ox.NamedNode(XSD + "boolean")),
    ox.BlankNode("b"),
    None,
]


@pytest.fixture
def updating():
    """As with --update-answers."""
    was, RUN.is_wanted = RUN.is_wanted, True
    yield RUN
    RUN.is_wanted = was
    RUN.files.clear()


@pytest.mark.parametrize("extension", [".srj", ".json", ".csv", ".tsv"])
@pytest.mark.parametrize("order", ["bag", "ordered"])
def test_solutions_are_read_as_they_were_written(updating, tmp_path, extension, order):
    rows = [{"a": term, "b": number} for number, term in enumerate(TERMS)]
    path = tmp_path / f"x{extension}"

    assert_solutions(rows, path, order=order)
    assert compare(rows, path, order=order) is None
    assert updating.lines()[0].endswith(": new")


@pytest.mark.usefixtures("updating")
@pytest.mark.parametrize("extension", [".srj", ".csv"])
def test_booleans_are_read_as_they_were_written(tmp_path, extension):
    for value in (True, False):
        path = tmp_path / f"{value}{extension}"
        assert_solutions(value, path)
        assert compare(value, path) is None
        assert compare(not value, path) is not None


@pytest.mark.usefixtures("updating")
@pytest.mark.parametrize("extension", [".nt", ".ttl"])
def test_graphs_are_read_as_they_were_written(tmp_path, extension):
    triples = [
        ox.Triple(ox.BlankNode("x"), ox.NamedNode("urn:p"), term)
        for term in TERMS
        if term is not None
    ]
    path = tmp_path / f"x{extension}"

    assert_solutions(triples, path)
    assert compare(triples, path) is None


@pytest.mark.usefixtures("updating")
def test_a_graph_is_not_written_as_csv(tmp_path):
    triple = ox.Triple(ox.BlankNode("x"), ox.NamedNode("urn:p"), ox.Literal("x"))
    with pytest.raises(QueryFileError, match=r"Known are: \.ttl, \.nt"):
        assert_solutions([triple], tmp_path / "x.csv")


def test_what_agrees_stays_where_and_how_it_was_written(updating, tmp_path):
    path = file_with(
        tmp_path / "x.csv", "n,thing\n3.0,baidu\n2.50,https://w3id.org/gbagraph/id/gac\n1,tencent\n"
    )
    rows = [
        {"thing": ox.NamedNode(OURS["id"] + name), "n": n}
        for name, n in [("alibaba", 4), ("tencent", 9), ("gac", 2.5), ("baidu", 3)]
    ]

    assert_solutions(rows, path)
    assert path.read_text() == (
        "n,thing\n3.0,baidu\n2.50,https://w3id.org/gbagraph/id/gac\n9,tencent\n4,id:alibaba\n"
    )
    assert updating.lines()[0].endswith(": rows 1 changed, 1 added")


@pytest.mark.usefixtures("updating")
def test_exact_cells_stay_exact(tmp_path):
    """Those that agree as they were written, another one as a term of its own."""
    exact = """1,"Guangzhou"@en,"5"^^xsd:integer,<http://e.org/a>,"a, b"\n"""
    path = file_with(tmp_path / "x.csv", f"n,name,size,x,y\n{exact}" + exact.replace("1", "2", 1))
    rows = [
        {
            "n": n,
            "name": ox.Literal(name, language="en"),
            "size": 5,
            "x": ox.NamedNode("http://e.org/a"),
            "y": "a, b",
        }
        for n, name in ((1, "Guangzhou"), (2, "Canton"))
    ]

    assert_solutions(rows, path)
    changed = exact.replace("1", "2", 1).replace("Guangzhou", "Canton")
    assert path.read_text() == f"n,name,size,x,y\n{exact}{changed}"
    assert compare([{**row, "name": "Canton"} for row in rows], path).changed[0].columns == (1,)


def test_an_empty_file_says_in_which_format_to_write(updating, tmp_path):
    path = file_with(tmp_path / "x.csv", "")

    assert_solutions([{"n": 1}], path)
    assert path.read_text() == "n\n1\n"
    assert updating.lines()[0].endswith(": rewritten")


def test_an_answer_that_is_right_is_not_written_again(updating, tmp_path):
    path = file_with(tmp_path / "x.csv", "n\n1.000\n")

    assert_solutions([{"n": 1}], path)
    assert path.read_text() == "n\n1.000\n"
    assert updating.lines() == []


@pytest.mark.usefixtures("updating")
def test_expected_rows_in_the_test_itself_are_not_updated():
    with pytest.raises(AssertionError):
        assert_solutions([{"n": 1}], [{"n": 2}])


def test_query_files_and_their_expected_answers_are_found(tmp_path):
    for name in (
        "a.rq",
        "b.sparql",
        "sub/c.rq",
        "expected/a.csv",
        "b.expected.srj",
        "expected/z.srj",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("ASK {}")
    found = query_files([tmp_path])

    assert [query.name for query in found] == ["a", "b", "c"]
    assert [query.expected() and query.expected().name for query in found] == [
        "a.csv",
        "b.expected.srj",
        None,
    ]
    assert without_query([tmp_path]) == [tmp_path / "expected" / "z.srj"]


def test_rows_are_compared_in_order_where_the_query_orders_them(tmp_path):
    (tmp_path / "a.rq").write_text("SELECT ?x { { SELECT ?x { ?x ?p ?o } ORDER BY ?x } }")
    (tmp_path / "b.rq").write_text("SELECT ?x { ?x ?p ?o } # } \nORDER BY ?x LIMIT 3")

    assert [QueryFile(tmp_path / name).order for name in ("a.rq", "b.rq")] == ["bag", "ordered"]


def test_a_csv_file_may_begin_with_a_byte_order_mark_and_have_question_marks(tmp_path):
    path = file_with(tmp_path / "x.csv", "﻿?x, ?y\n1,2\n".encode())

    assert read(path).columns == ("x", "y")
    assert_solutions([{"x": 1, "y": 2}], path)
