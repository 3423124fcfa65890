"""Terms as values of JSON: numbers where JSON holds them exactly, all else as text."""

from decimal import Decimal

import msgspec
import pyoxigraph as ox
import pytest

from gbagraph.rdf.namespaces import expand
from gbagraph.rdf.results import json_value


def literal(text, datatype):
    return ox.Literal(text, datatype=ox.NamedNode(expand(datatype)))


@pytest.mark.parametrize(
    ("text", "datatype", "value"),
    [
        ("123", "xsd:integer", 123),
        ("-0", "xsd:integer", 0),
        ("+7", "xsd:int", 7),
        ("255", "xsd:unsignedByte", 255),
        ("9007199254740991", "xsd:integer", 9007199254740991),
        ("9007199254740992", "xsd:integer", "9007199254740992"),
        ("-9007199254740993", "xsd:long", "-9007199254740993"),
        ("1" * 5000, "xsd:integer", "1" * 5000),
        ("12.50", "xsd:decimal", Decimal("12.50")),
        (".5", "xsd:decimal", Decimal("0.5")),
        ("5.", "xsd:decimal", Decimal(5)),
        ("100000000000000000000", "xsd:decimal", Decimal(100000000000000000000)),
        ("1.0000000000000001", "xsd:decimal", "1.0000000000000001"),
        ("1e3", "xsd:double", 1000.0),
        ("0.1", "xsd:float", 0.1),
        ("INF", "xsd:double", "INF"),
        ("NaN", "xsd:double", "NaN"),
        ("1e999", "xsd:double", "1e999"),
        ("true", "xsd:boolean", True),
        ("0", "xsd:boolean", False),
        ("yes", "xsd:boolean", "yes"),
        ("abc", "xsd:integer", "abc"),
        ("1_000", "xsd:integer", "1_000"),
        ("١٢", "xsd:integer", "١٢"),
        ("1e3", "xsd:decimal", "1e3"),
        ("0x10", "xsd:double", "0x10"),
        ("2020-08-31", "xsd:date", "2020-08-31"),
        ("2020", "xsd:gYear", "2020"),
    ],
)
def test_a_literal_is_a_value_of_its_type_or_its_text(text, datatype, value):
    found = json_value(literal(text, datatype))

    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("term", "value"),
    [
        (None, None),
        (ox.NamedNode("http://example.org/a"), "http://example.org/a"),
        (ox.BlankNode("b"), "_:b"),
        (ox.Literal("中国", language="zh-hans"), "中国"),
        (ox.Literal("123"), "123"),
        (
            ox.Triple(ox.NamedNode("http://e/s"), ox.NamedNode("http://e/p"), ox.Literal("o")),
            '<http://e/s> <http://e/p> "o"',
        ),
    ],
)
def test_other_terms_are_texts(term, value):
    assert json_value(term) == value


@pytest.mark.parametrize("text", ["+.5", "5.", "-007.250", "0.0000001", "-0"])
def test_a_decimal_is_valid_json_of_the_same_value(text):
    written = msgspec.json.Encoder(decimal_format="number").encode(
        json_value(literal(text, "xsd:decimal"))
    )

    assert msgspec.json.decode(written) == float(text)
