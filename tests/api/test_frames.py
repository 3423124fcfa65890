"""Frames of pandas and polars: typed columns, and columns for what a type cannot hold."""

import datetime as dt

import pyoxigraph as ox
import pytest

from gbagraph.answers import Solutions
from gbagraph.errors import BadParameter
from gbagraph.rdf.namespaces import PREFIXES

pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")

XSD = "http://www.w3.org/2001/XMLSchema#"
BAIDU = ox.NamedNode(f"{PREFIXES['id']}baidu")


def literal(text, datatype):
    return ox.Literal(text, datatype=ox.NamedNode(XSD + datatype))


def column(*terms, name="x"):
    return Solutions((name,), [(term,) for term in terms])


TYPED = {
    "integer": ([ox.Literal(2**40), None], "Int64", polars.Int64, [2**40, None]),
    "decimal": ([literal("1.10", "decimal"), None], "Float64", polars.Float64, [1.1, None]),
    "numbers": ([ox.Literal(1), literal("0.5", "decimal")], "Float64", polars.Float64, [1.0, 0.5]),
    "boolean": ([ox.Literal(True), None], "boolean", polars.Boolean, [True, None]),
    "date": (
        [literal("2020-08-31", "date"), None],
        *("datetime64[s]", polars.Date, [dt.date(2020, 8, 31), None]),
    ),
    "moment": (
        [literal("2020-08-31T10:00:00+08:00", "dateTime"), None],
        *("datetime64[us, UTC]", polars.Datetime("us", "UTC")),
        [dt.datetime(2020, 8, 31, 2, tzinfo=dt.UTC), None],
    ),
    "mixed": ([ox.Literal(1), ox.Literal("x")], "string", polars.String, ["1", "x"]),
    "as written": (
        [literal("-0044", "gYear"), ox.Literal(True), literal("2020-08-31T10:00:00Z", "dateTime")],
        *("string", polars.String, ["-0044", "true", "2020-08-31T10:00:00Z"]),
    ),
    "too long": ([ox.Literal(2**70)], "string", polars.String, [str(2**70)]),
    "no day": ([literal("2020-02-31", "date")], "string", polars.String, ["2020-02-31"]),
    "time": ([literal("10:00:00", "time")], "string", polars.String, ["10:00:00"]),
    "iri": ([BAIDU], "string", polars.String, ["id:baidu"]),
    "nothing": ([None], "string", polars.String, [None]),
}


@pytest.mark.parametrize(("terms", "in_pandas", "in_polars", "values"), TYPED.values(), ids=TYPED)
def test_column_has_the_same_values_and_a_type_in_both_libraries(
    terms, in_pandas, in_polars, values
):
    answer = column(*terms)

    assert str(answer.df()["x"].dtype) == in_pandas
    assert answer.df("polars").schema == {"x": in_polars}
    assert answer.df("polars")["x"].to_list() == values
    shown = answer.df()["x"]
    assert shown.isna().tolist() == [value is None for value in values]
    # A date of pandas is the moment at which it begins.
    got = [each.date() if type(values[0]) is dt.date else each for each in shown.dropna()]
    assert got == [value for value in values if value is not None]


def test_months_and_years_are_their_first_days_with_their_precision_beside_them():
    terms = literal("2018", "gYear"), literal("2020-01", "gYearMonth"), None
    answer = column(*terms)
    days = [dt.date(2018, 1, 1), dt.date(2020, 1, 1), None]

    assert answer.df("polars").to_dict(as_series=False) == {
        "x": days,
        "xPrecision": ["year", "month", None],
    }
    assert answer.df().dtypes.astype(str).to_list() == ["datetime64[s]", "string"]
    # What is no year of Python's calendar is a text.
    assert column(literal("-0044", "gYear"), *terms).df("polars").schema == {"x": polars.String}


def test_texts_in_several_languages_stay_apart():
    names = [ox.Literal("百度", language=tag) for tag in ("zh-hans", "zh-hant")]

    assert column(*names).df("polars").rows() == [("百度", "zh-hans"), ("百度", "zh-hant")]
    assert list(column(names[0], names[0]).df()) == ["x"]
    both = Solutions(("x", "xLanguage"), [(names[0], ox.Literal("own")), (names[1], None)])
    assert both.df()["xLanguage"].iloc[0] == "own"


def test_names_are_short_whole_or_labels():
    label = ox.Literal("Baidu", language="en")
    answer = Solutions(("x", "xLabel"), [(BAIDU, label), (BAIDU, None)])

    assert answer.df()["x"].iloc[0] == "id:baidu"
    assert answer.df(names="label").to_dict("list") == {"x": ["Baidu", "id:baidu"]}
    assert answer.to_pandas().equals(answer.df(names="whole"))
    assert answer.to_polars().equals(answer.df("polars", names="whole"))
    assert answer.to_polars()["x"].to_list() == [BAIDU.value] * 2
    assert column().df().shape == (0, 1)
    # What is no number is missing in pandas alone.
    assert [
        column(ox.Literal(float("nan"))).df(each)["x"].count() for each in ("pandas", "polars")
    ] == [0, 1]


@pytest.mark.parametrize("given", [{"library": "Pandas"}, {"names": "labels"}])
def test_misspelt_option_is_an_error(given):
    with pytest.raises(BadParameter, match="Give one of: '"):
        column(BAIDU).df(**given)


@pytest.mark.parametrize("evidence", [True, "brief"])
def test_what_rows_rest_on_has_columns(graph, evidence):
    answer = graph.run("zones-by-area", evidence=evidence)
    frame = answer.df("polars")
    rows = zip(answer, frame["evidenceParagraphs"], frame["evidenceBasis"], strict=True)

    for row, paragraphs, bases in rows:
        assert paragraphs.split() == [
            iri.replace(PREFIXES["art"], "art:") for iri in row.evidence.paragraphs
        ]
        assert set(bases.split()) == {each.basis for each in row.evidence.known}
    assert frame["evidenceMarks"].to_list() == [" ".join(row.evidence.marks) for row in answer]
    assert list(answer.df()) == frame.columns
    assert list(answer[:0].df()) == frame.columns
