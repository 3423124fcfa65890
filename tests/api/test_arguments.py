"""Which values and terms stand for which terms, and what is no value."""

import datetime as dt
import math
from decimal import Decimal

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from gbagraph.api import conversion as arguments
from gbagraph.api.conversion import native
from gbagraph.errors import BadParameter

XSD = "http://www.w3.org/2001/XMLSchema#"


def literal(text, datatype):
    return ox.Literal(text, datatype=ox.NamedNode(XSD + datatype))


@pytest.mark.parametrize(
    ("value", "term"),
    [
        ("text", ox.Literal("text")),
        (5, literal("5", "integer")),
        (True, literal("true", "boolean")),
        (Decimal("1.10"), literal("1.10", "decimal")),
        (Decimal("1E+3"), literal("1000", "decimal")),
        (1.5, literal("1.5", "double")),
        (dt.date(2020, 8, 31), literal("2020-08-31", "date")),
        (
            dt.datetime(2020, 8, 31, 10, tzinfo=dt.UTC),
            literal("2020-08-31T10:00:00+00:00", "dateTime"),
        ),
        (dt.time(10, 30), literal("10:30:00", "time")),
        (ox.NamedNode("urn:a"), ox.NamedNode("urn:a")),
        (ox.Literal("a", language="en"), ox.Literal("a", language="en")),
        (rdflib.URIRef("urn:a"), ox.NamedNode("urn:a")),
        (rdflib.Literal("a"), ox.Literal("a")),
        (rdflib.Literal("a", lang="en"), ox.Literal("a", language="en")),
        (rdflib.Literal(5), literal("5", "integer")),
        (rdflib.RDF.type, ox.NamedNode(str(rdflib.RDF.type))),
    ],
)
def test_a_value_stands_for_a_term(value, term):
    assert arguments.term("x", value) == term
    assert arguments.texts([("x", value)]) == [("x", term.value)]


@pytest.mark.parametrize(
    "value",
    [object(), b"bytes", ox.BlankNode("b"), rdflib.BNode("b"), Decimal("NaN"), {"a": 1}],
)
def test_what_stands_for_no_term_is_an_error_that_names_it(value):
    with pytest.raises(BadParameter, match=f"parameter x .*{type(value).__name__}"):
        arguments.term("x", value)


SCALARS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.integers(-(2**62), 2**62),
    st.booleans(),
    st.floats(allow_nan=False),
    st.dates(),
    st.datetimes(timezones=st.just(dt.UTC)),
    st.times(),
    st.decimals(-1000, 1000, places=3),
)


@given(SCALARS)
def test_a_value_comes_back_from_its_term(value):
    found = native(arguments.term("x", value))

    assert found == value
    assert type(found) is type(value)


def test_not_a_number_and_infinity_are_written_as_xml_schema_has_them():
    assert arguments.term("x", math.nan).value == "NaN"
    assert arguments.term("x", -math.inf).value == "-INF"


def test_names_lose_an_underscore_none_is_left_out_and_lists_are_repeated():
    given = {"from_": 2020, "until": None, "kind": ["a", None, "b"], "x__": (1,), "of": []}

    assert arguments.pairs(given) == [("from", 2020), ("kind", "a"), ("kind", "b"), ("x_", 1)]


def test_a_variable_takes_one_value():
    query = "SELECT * { ?s ?p ?o }"

    assert "5" in arguments.bound(query, {"o": [5]})
    assert arguments.bound(query, {"o": None}) == query
    with pytest.raises(BadParameter, match="VALUES"):
        arguments.bound(query, {"o": [5, 6]})
