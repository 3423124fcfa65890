"""Which terms are which values in Python, and which values stand for which terms."""

import datetime as dt
import math
from decimal import Decimal

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from gbagraph.api import conversion
from gbagraph.api.conversion import native
from gbagraph.errors import BadParameter
from gbagraph.rdf.results import as_json, from_json

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


TRIPLE = ox.Triple(ox.NamedNode("urn:a"), ox.NamedNode("urn:b"), ox.Literal("c"))


@pytest.mark.parametrize(
    ("term", "value"),
    [
        (ox.NamedNode("urn:a"), "urn:a"),
        (ox.BlankNode("b0"), "_:b0"),
        (ox.Literal("中国", language="zh"), "中国"),
        (ox.Literal("1", datatype=ox.NamedNode("urn:own")), "1"),
        (TRIPLE, TRIPLE),
        (None, None),
    ],
)
def test_other_terms_are_texts_and_a_triple_is_itself(term, value):
    assert native(term) == value


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
    assert conversion.term("x", value) == term
    assert conversion.texts([("x", value)]) == [("x", term.value)]


@pytest.mark.parametrize(
    "value",
    [object(), b"bytes", ox.BlankNode("b"), rdflib.BNode("b"), Decimal("NaN"), {"a": 1}],
)
def test_what_stands_for_no_term_is_an_error_that_names_it(value):
    with pytest.raises(BadParameter, match=f"parameter x .*{type(value).__name__}"):
        conversion.term("x", value)


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
    found = native(conversion.term("x", value))

    assert found == value
    assert type(found) is type(value)


def test_not_a_number_and_infinity_are_written_as_xml_schema_has_them():
    assert conversion.term("x", math.nan).value == "NaN"
    assert conversion.term("x", -math.inf).value == "-INF"


def test_names_lose_an_underscore_none_is_left_out_and_lists_are_repeated():
    given = {"from_": 2020, "until": None, "kind": ["a", None, "b"], "x__": (1,), "of": []}

    assert conversion.pairs(given) == [("from", 2020), ("kind", "a"), ("kind", "b"), ("x_", 1)]


def test_a_variable_takes_one_value():
    query = "SELECT * { ?s ?p ?o }"

    assert "5" in conversion.bound(query, {"o": [5]})
    assert conversion.bound(query, {"o": None}) == query
    with pytest.raises(BadParameter, match="VALUES"):
        conversion.bound(query, {"o": [5, 6]})


def test_scalars_of_numpy_are_values_and_what_is_missing_is_not_given():
    numpy, pandas = pytest.importorskip("numpy"), pytest.importorskip("pandas")
    moments = pandas.Series(["2020-05-06"]).astype("datetime64[ns]").to_numpy()
    values = {
        "a": numpy.int64(2),
        "b": numpy.float64(2.5),
        "c": numpy.bool_(True),
        "d": moments[0],
        "e": [pandas.NA, pandas.NaT, numpy.datetime64("NaT")],
    }

    found = dict(conversion.pairs(values))
    assert found == {"a": 2, "b": 2.5, "c": True, "d": dt.datetime(2020, 5, 6)}  # noqa: DTZ001
    assert [type(each) for each in found.values()] == [int, float, bool, dt.datetime]
    assert (
        conversion.bound("ASK { FILTER (?a = 1) }", {"a": pandas.NaT}) == "ASK { FILTER (?a = 1) }"
    )
    assert conversion.written("o", values["a"]) == conversion.written("o", 2)


@pytest.mark.parametrize(("module", "name"), [("pandas", "Series"), ("numpy", "array")])
def test_what_is_no_value_is_refused_in_words(graph, module, name):
    several = getattr(pytest.importorskip(module), name)([1, 2])

    for value in (several, several[:0], object()):
        with pytest.raises(BadParameter, match="of the type"):
            graph.run("timeline", from_=value)
