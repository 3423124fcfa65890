"""Which terms are which values in Python, and which stay their text."""

import datetime as dt
import math
from decimal import Decimal

import pyoxigraph as ox
import pytest

from gbagraph.answers.terms import from_json
from gbagraph.answers.values import native
from gbagraph.rdf.results import as_json

XSD = "http://www.w3.org/2001/XMLSchema#"
UTC = dt.UTC


def literal(text, datatype):
    return ox.Literal(text, datatype=ox.NamedNode(XSD + datatype))


@pytest.mark.parametrize(
    ("text", "datatype", "value"),
    [
        ("007", "integer", 7),
        ("-5", "long", -5),
        (" 5 ", "nonNegativeInteger", 5),
        ("9" * 30, "integer", int("9" * 30)),
        ("1.10", "decimal", Decimal("1.10")),
        ("1", "decimal", Decimal(1)),
        ("1e3", "double", 1000.0),
        ("-INF", "double", -math.inf),
        ("1.5", "float", 1.5),
        ("1", "boolean", True),
        ("false", "boolean", False),
        ("2020-08-31", "date", dt.date(2020, 8, 31)),
        ("2020-08-31T10:00:00", "dateTime", dt.datetime(2020, 8, 31, 10)),  # noqa: DTZ001
        ("2020-08-31T10:00:00.5Z", "dateTime", dt.datetime(2020, 8, 31, 10, 0, 0, 500000, UTC)),
        ("10:00:00Z", "time", dt.time(10, tzinfo=UTC)),
        ("2020", "gYear", 2020),
        ("-0044", "gYear", -44),
        ("text", "string", "text"),
        ("https://e/", "anyURI", "https://e/"),
    ],
)
def test_what_python_has_is_its_value(text, datatype, value):
    found = native(literal(text, datatype))

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "datatype"),
    [
        ("abc", "integer"),
        ("1_000", "integer"),
        ("\u0661", "integer"),
        ("1" * 5000, "integer"),
        ("1e3", "decimal"),
        ("NaN", "decimal"),
        ("infinity", "double"),
        ("0x1", "double"),
        ("yes", "boolean"),
        ("2020-02-30", "date"),
        ("2020-08-31Z", "date"),
        ("10000-01-01", "date"),
        ("2020-W01-1", "date"),
        ("2020-08-31T24:00:00", "dateTime"),
        ("2020-08-31", "dateTime"),
        ("2020-08-31T10:00:00.1234567", "dateTime"),
        ("2020Z", "gYear"),
        ("2020-08", "gYearMonth"),
        ("P1D", "duration"),
    ],
)
def test_what_python_has_not_stays_its_text(text, datatype):
    assert native(literal(text, datatype)) == text


def test_not_a_number_is_one_in_python():
    assert math.isnan(native(literal("NaN", "double")))


def test_other_terms_are_texts_and_a_triple_is_itself():
    triple = ox.Triple(ox.NamedNode("urn:a"), ox.NamedNode("urn:b"), ox.Literal("c"))

    assert native(ox.NamedNode("urn:a")) == "urn:a"
    assert native(ox.BlankNode("b0")) == "_:b0"
    assert native(ox.Literal("中国", language="zh")) == "中国"
    assert native(ox.Literal("1", datatype=ox.NamedNode("urn:own"))) == "1"
    assert native(triple) is triple
    assert native(None) is None


@pytest.mark.parametrize(
    "term",
    [
        ox.NamedNode("urn:a"),
        ox.BlankNode("b0"),
        ox.Literal("a"),
        ox.Literal("a", language="en"),
        ox.Literal("a", language="he", direction=ox.BaseDirection.RTL),
        ox.Literal(5),
        ox.Triple(ox.BlankNode("b"), ox.NamedNode("urn:b"), ox.Literal(5)),
    ],
)
def test_a_term_comes_back_from_json(term):
    assert from_json(as_json(term)) == term
