"""One page of an answer: which rows, in which order, and how many there are."""

import json

import pyoxigraph as ox
import pytest

from gbagraph.engine import paging
from gbagraph.engine.jobs import Page
from gbagraph.engine.paging import written
from gbagraph.errors import BadParameter
from gbagraph.rdf.labels import LabelFinder

STORE = ox.Store()
STORE.load(
    b"""
    PREFIX e: <http://example.org/>
    PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
    e:a e:size 9 ; rdfs:label "zebra"@en .
    e:b e:size 10.5 ; rdfs:label "Apple"@en .
    e:c e:size "big" .
    e:d e:other e:a .
    """,
    format=ox.RdfFormat.TURTLE,
)
PREFIX = "PREFIX e: <http://example.org/> "
SIZES = f"""{PREFIX} SELECT ?thing ?size {{
  ?thing ?p ?v OPTIONAL {{ ?thing e:size ?size }} FILTER (?p IN (e:size, e:other))
}} ORDER BY ?thing"""
MANY = "SELECT * { VALUES ?a { %s } VALUES ?b { %s } VALUES ?c { %s } }" % (
    (" ".join(map(str, range(50))),) * 3
)


def page(query, *arguments, languages=("en",), **options):
    label = LabelFinder(STORE, languages or None)
    return json.loads(b"".join(written(STORE.query(query), Page(*arguments, **options), label)))


def test_the_same_answer_is_the_same_to_the_byte_so_that_its_page_keeps_its_tag():
    first, second = (
        b"".join(written(STORE.query(MANY), Page(10), LabelFinder(STORE, ("en",))))
        for _ in range(2)
    )

    assert first == second


def column(found, name):
    return [
        row.get(name, {}).get("value", "").removeprefix("http://example.org/")
        for row in rows(found)
    ]


def rows(found):
    return found["results"]["bindings"]


def test_rows_come_as_the_query_orders_them_and_all_are_counted():
    found = page(SIZES, 2, 1)

    assert column(found, "thing") == ["b", "c"]
    assert found["page"]["total"] == 4
    assert found["page"]["exact"] is True
    assert found["page"]["form"] == "solutions"


@pytest.mark.parametrize(
    ("order", "things"), [("size", ["a", "b", "c", "d"]), ("-size", ["c", "b", "a", "d"])]
)
def test_numbers_are_sorted_by_value_and_what_has_none_comes_last(order, things):
    assert column(page(SIZES, 10, order=order), "thing") == things


def test_iris_are_sorted_by_what_is_shown_of_them():
    assert column(page(SIZES, 2, order="thing"), "thing") == ["b", "c"]  # Apple, http://…
    assert column(page(SIZES, 1, order="-thing"), "thing") == ["a"]  # zebra


def test_the_whole_answer_is_sorted_and_not_only_the_page():
    found = page(SIZES, 1, 1, order="size")

    assert column(found, "thing") == ["b"]
    assert found["page"]["total"] == 4


@pytest.mark.parametrize(("text", "things"), [("ZEB", ["a"]), ("10.5", ["b"]), ("nowhere", [])])
def test_rows_are_found_by_labels_and_values(text, things):
    found = page(SIZES, 10, find=text)

    assert column(found, "thing") == things
    assert found["page"]["total"] == len(things)


def test_labels_are_those_of_the_page_alone():
    assert list(page(SIZES, 1)["labels"]) == ["http://example.org/a"]
    assert page(SIZES, 1, languages=())["labels"] == {}


def test_the_triples_of_a_graph_are_rows():
    found = page(f"{PREFIX} DESCRIBE e:d", 10)

    assert found["head"]["vars"] == ["subject", "predicate", "object"]
    assert found["page"]["form"] == "graph"
    assert column(found, "object") == ["a"]


def test_there_is_an_end_to_counting(monkeypatch):
    monkeypatch.setattr(paging, "COUNTED", 1000)

    told = page(MANY, 10)["page"]

    assert told["exact"] is False
    assert 1000 <= told["total"] < 125_000


def test_what_is_sorted_is_counted_to_the_end(monkeypatch):
    monkeypatch.setattr(paging, "COUNTED", 1000)

    told = page(MANY, 3, order="-b")

    assert told["page"] == {"total": 125_000, "exact": True, "form": "solutions"}
    assert column(told, "b") == ["49"] * 3


def test_a_column_that_is_not_there_is_refused():
    with pytest.raises(BadParameter, match="The columns are thing, size"):
        page(SIZES, 10, order="height")
