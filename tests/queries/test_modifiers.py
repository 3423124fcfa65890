"""Rows chosen, sorted and filtered: queries of every shape, with and without an order of their own."""

import pytest

from gbagraph.errors import BadParameter
from gbagraph.queries import modifiers
from support import store_with

DATA = "\n".join(
    f'<urn:{name}> <urn:n> {n} ; <urn:l> "{name}" .' for n, name in enumerate("abcdef")
)
PLAIN = "SELECT ?x ?n WHERE { ?x <urn:n> ?n }"
SHAPES = {
    "plain": PLAIN,
    "ordered": f"{PLAIN} ORDER BY DESC(?n)",
    "comment between": f"{PLAIN} ORDER # how\nBY DESC(?n)",
    "length changes in upper case": 'SELECT ?x ?n { ?x <urn:n> ?n FILTER (?x != "ßßßßß") } ORDER BY ?n',
    "no space after BY": f"{PLAIN} ORDER BY(?n)",
    "values": f"{PLAIN} VALUES ?n {{ 0 1 2 3 4 5 }}",
    "distinct": "SELECT DISTINCT ?x ?n { ?x <urn:n> ?n . ?x ?p ?o }",
    "grouped": "SELECT ?x (SUM(?m) AS ?n) { ?x <urn:n> ?m } GROUP BY ?x",
    "grouped, having": "SELECT ?x (SUM(?m) AS ?n) { ?x <urn:n> ?m } GROUP BY ?x HAVING (SUM(?m) >= 0)",
    "grouped, ordered": "SELECT ?x (SUM(?m) AS ?n) { ?x <urn:n> ?m } GROUP BY ?x ORDER BY ?x",
}


@pytest.fixture(scope="module")
def store():
    return store_with(DATA)


def column(store, text, *given):
    return [int(row["n"].value) for row in store.query(modifiers.apply("q", text, given))]


@pytest.mark.parametrize("end", ["", "\n", " # the end"])
@pytest.mark.parametrize("shape", SHAPES)
def test_all_at_once(store, shape, end):
    text = SHAPES[shape] + end

    assert column(store, text, ("sort", "-n"), ("limit", "2")) == [5, 4]
    assert column(store, text, ("sort", "n"), ("offset", "4")) == [4, 5]
    assert column(store, text, ("filter", "n>1"), ("sort", "-n")) == [5, 4, 3, 2]
    assert len(column(store, text, ("filter", "n>1"), ("limit", "3"))) == 3
    given = [("filter", "n>1"), ("filter", "n<5"), ("sort", "n"), ("limit", "2"), ("offset", "1")]
    assert column(store, text, *given) == [3, 4]


def test_columns_that_are_not_named_are_said_to_be_so():
    with pytest.raises(BadParameter, match=r"SELECT \*"):
        modifiers.apply("q", "SELECT * { ?x <urn:n> ?n }", [("sort", "n")])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{PLAIN} ORDER BY ?n", True),
        (PLAIN, False),
        (f"SELECT ?x {{ {{ {PLAIN} ORDER BY ?n }} }}", False),
        ("SELECT", False),
    ],
)
def test_only_an_order_of_all_rows_is_one(text, expected):
    assert modifiers.is_ordered(text) is expected
