"""Whether a graph of an engine holds what it has to, however values and blank nodes are written."""

import pyoxigraph as ox
import pytest

from gbagraph.errors import DatasetError, SettingError
from gbagraph.features.remote.contents import Content, Part, compared, parts_of, shares_blank_nodes
from support import store_with

XSD = "http://www.w3.org/2001/XMLSchema#"
WKT = "http://www.opengis.net/ont/geosparql#wktLiteral"
PART = Part(ox.DefaultGraph(), "")


def content(*lines):
    text = "".join(f"{line} .\n" for line in lines)
    return Content(quad.triple for quad in ox.parse(text.encode(), format=ox.RdfFormat.N_TRIPLES))


def literal(text, name):
    return content(f'<urn:s> <urn:p> "{text}"^^<{XSD}{name}>')


def test_blank_nodes_may_have_other_labels():
    one = content("_:a <urn:p> _:b", "_:b <urn:p> <urn:o>")
    assert compared(PART, one, content("_:y <urn:p> <urn:o>", "_:x <urn:p> _:y")).is_same


def test_what_is_not_the_same_is_told_by_an_example_of_each():
    found = compared(PART, content("<urn:s> <urn:p> <urn:a>"), content("<urn:s> <urn:p> <urn:b>"))

    assert not found.is_right
    assert found.example == (
        "Missing: <urn:s> <urn:p> <urn:a> .\n",
        "There: <urn:s> <urn:p> <urn:b> .\n",
    )
    assert "1 triple instead of 1" in found.text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (literal("1.50", "decimal"), literal("1.5", "decimal")),
        (literal("007", "integer"), literal("7", "decimal")),
        (literal("1E2", "double"), literal("100", "double")),
        (literal("true", "boolean"), literal("1", "boolean")),
        (content('<urn:s> <urn:p> "a"@en-GB'), content('<urn:s> <urn:p> "a"@en-gb')),
    ],
)
def test_the_same_value_may_be_written_otherwise(one, other):
    found = compared(PART, one, other)

    assert (found.is_same, found.is_same_by_value) in {(False, True), (True, False)}
    assert found.is_right


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (literal("1.5", "decimal"), literal("1.51", "decimal")),
        (literal("x", "integer"), literal("y", "integer")),
        (literal("INF", "double"), literal("-INF", "double")),
        (literal("1", "string"), literal("1", "integer")),
        (content('<urn:s> <urn:p> "a"@en'), content('<urn:s> <urn:p> "a"@fr')),
    ],
)
def test_another_value_is_another_triple(one, other):
    assert not compared(PART, one, other).is_right


def test_values_of_a_datatype_may_be_approximate_if_that_is_wanted():
    one, other = (content(f'<urn:s> <urn:p> "POINT({x} 1)"^^<{WKT}>') for x in ("1.1", "1.10001"))

    assert not compared(PART, one, other).is_right
    assert compared(PART, one, other, [WKT]).is_right
    assert not compared(PART, one, content('<urn:s> <urn:p> "POINT(1.1 1)"'), [WKT]).is_right


def store(text):
    return store_with(text, ox.RdfFormat.N_QUADS)


def test_each_graph_is_a_part_and_the_default_graph_may_have_a_name():
    data = store("<urn:s> <urn:p> <urn:o> <urn:g> .\n")

    assert [part.target for part in parts_of(data)] == ["urn:g", ""]
    assert [part.target for part in parts_of(data, "urn:d")] == ["urn:g", "urn:d"]
    with pytest.raises(SettingError):
        parts_of(data, "urn:g")


def test_a_graph_whose_name_is_a_blank_node_is_refused():
    with pytest.raises(DatasetError):
        parts_of(store("<urn:s> <urn:p> <urn:o> _:g .\n"))


@pytest.mark.parametrize(("other", "shared"), [("_:b", True), ("_:c", False)])
def test_blank_nodes_that_several_graphs_share_are_seen(other, shared):
    data = store(f"_:b <urn:p> <urn:o> <urn:g> .\n<urn:s> <urn:p> {other} <urn:h> .\n")

    assert shares_blank_nodes(data, parts_of(data)) is shared
