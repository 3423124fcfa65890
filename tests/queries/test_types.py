"""Whatever a type accepts becomes one term, and languages are languages."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbagraph.queries.types import TYPES, type_named
from gbagraph.sparql.tokens import tokens

SAMPLES = [
    "2020",
    "-1.5e3",
    "true",
    "2020-08-31",
    "2020-08-31T10:00",
    "2020-08",
    "id:baidu",
    "a-b",
    "Q1",
    "urn:x",
]
VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(SAMPLES).flatmap(
        lambda value: st.sampled_from(
            [
                value,
                f"{value}\n",
                f" {value}",
                f'{value}"',
                f"{value}> ?s ?p",
                f"{value}\\u0022",
                f"{value};",
            ]
        )
    ),
)


@given(st.sampled_from([*TYPES, "en", "zh_hans", "lang_yue"]), VALUES)
def test_a_value_becomes_one_term_or_an_error(name, value):
    try:
        term = str(type_named(name).term(value))
    except ValueError:
        return
    kinds = [token.kind for token in tokens(term)]
    assert kinds in (["iri"], ["string"], ["string", "language"], ["string", "other", "iri"])
    (quad,) = ox.parse(f"<urn:s> <urn:p> {term} .", format=ox.RdfFormat.N_TRIPLES)
    assert str(quad.object) == term


@pytest.mark.parametrize(
    ("name", "language"),
    [("en", "en"), ("zh_hant", "zh-hant"), ("zh_Hans_CN", "zh-Hans-CN"), ("lang_yue", "yue")],
)
def test_a_language_is_its_tag(name, language):
    assert type_named(name).language == language


@pytest.mark.parametrize(
    "name",
    ["xx", "decimals", "float", "int", "yue", "english", "uri", "anyURI", "lang_", "e", "en-GB"],
)
def test_what_is_no_type_is_none(name):
    assert type_named(name) is None
