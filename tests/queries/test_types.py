"""Whatever a type accepts becomes one term, and languages are languages."""

import json

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbagraph.features.assistants import tools
from gbagraph.features.canned.api_pages import openapi_document
from gbagraph.queries.parse import parse
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


def test_defaults_and_examples_stand_in_schemas_as_json_has_them(tmp_path):
    path = tmp_path / "q.rq"
    path.write_text(
        "#+ summary: Q\n#+ defaults:\n#+   - years: 2020\n#+   - most: INF\n#+   - really: '1'\n"
        "ASK { VALUES ?x { 1 } FILTER (?x IN (?_years_integer_list)) FILTER (?x < ?_most_double) "
        "FILTER (?_really_boolean) }"
    )
    query = parse(path)
    described = openapi_document("t", "1", "http://e.example", [query], drawn={}, allowed=())
    found = {
        row["name"]: row["schema"] for row in described["paths"]["/queries/q"]["get"]["parameters"]
    }

    assert found["years"]["default"] == [2020]
    assert found["years"]["examples"] == [[2020]]
    assert found["most"]["default"] == "INF"
    assert found["really"]["default"] is True
    json.dumps(described, allow_nan=False)
    assert {name: row["default"] for name, row in tools.arguments(query)["properties"].items()} == {
        "years": [2020],
        "most": "INF",
        "really": True,
    }
