"""Which pictures fit an answer."""

import json
import time

import pytest

import gbagraph
from gbagraph.features.pictures import choose
from gbagraph.features.pictures import columns as terms
from gbagraph.features.pictures.choose import of_rows
from gbagraph.features.pictures.columns import View
from gbagraph.features.pictures.shapes import LeftOut
from gbagraph.rdf.namespaces import PREFIXES

XSD = PREFIXES["xsd"]


def iri(name):
    return {"type": "uri", "value": f"https://example.org/{name}"}


def literal(value, kind=None):
    found = {"type": "literal", "value": value}
    return found if kind is None else {**found, "datatype": kind if ":" in kind else XSD + kind}


def rows(columns, *values):
    return columns.split(), [dict(zip(columns.split(), row, strict=True)) for row in values]


def kinds(columns, *values):
    return [picture.kind for picture in of_rows(*rows(columns, *values))]


WKT = PREFIXES["geo"] + "wktLiteral"


@pytest.mark.parametrize(
    ("written", "point"),
    [
        ("POINT(113.5 23.1)", (113.5, 23.1)),
        ("Point Z (113.5 23.1 4)", (113.5, 23.1)),
        ("<http://www.opengis.net/def/crs/OGC/1.3/CRS84> POINT(113.5 23.1)", (113.5, 23.1)),
        ("<http://www.opengis.net/def/crs/EPSG/0/4326> POINT(23.1 113.5)", (113.5, 23.1)),
        ("<http://www.opengis.net/def/crs/EPSG/0/3857> POINT(1 2)", None),
        ("POINT(a b)", None),
        ("POLYGON((0 0, 1 1, 1 0, 0 0))", None),
    ],
)
def test_points_in_wkt(written, point):
    assert terms.point(literal(written, WKT)) == point


@pytest.mark.parametrize(
    ("value", "kind", "days"),
    [
        ("2020", "gYear", ("2020-01-01", "2020-12-31")),
        ("2020-02", "gYearMonth", ("2020-02-01", "2020-02-29")),
        ("2020-02-03", "date", ("2020-02-03", "2020-02-03")),
        ("2020-02-03T10:00:00Z", "dateTime", ("2020-02-03", "2020-02-03")),
        ("-0044", "gYear", None),
        ("2020-13-01", "date", None),
        ("2020", "integer", None),
    ],
)
def test_times(value, kind, days):
    found = terms.time(literal(value, kind))
    assert (found and tuple(day.isoformat() for day in found)) == days


A, B, C = map(iri, "abc")
FIVE, SEVEN = (literal(number, "integer") for number in "57")


@pytest.mark.parametrize(
    ("columns", "values", "fitting"),
    [
        ("city people", [(A, FIVE), (B, SEVEN)], ["chart"]),
        ("city people", [(A, FIVE)], []),
        ("event when", [(A, literal("2020", "gYear"))], ["timeline"]),
        (
            "place lat long",
            [
                (A, literal("23.1", "decimal"), literal("113.2", "decimal")),
                (B, literal("22.1", "decimal"), literal("113.5", "decimal")),
            ],
            ["map"],
        ),
        ("place shape", [(A, literal("POINT(1 2)", WKT))], ["map"]),
        ("a b", [(A, B)], ["network"]),
        ("a b c", [(A, B, C)], ["path", "network"]),
        ("name", [(literal("Guangzhou"),)], []),
        ("a b", [], []),
    ],
)
def test_the_columns_decide_on_the_pictures(columns, values, fitting):
    assert kinds(columns, *values) == fitting


def test_each_unit_has_a_chart_of_its_own():
    values = [
        (iri(str(n)), literal(str(n), "integer"), literal("km" if n % 2 else "km²"))
        for n in range(6)
    ]
    assert [row.title for row in of_rows(*rows("thing value unit", *values))] == [
        "Value (km²)",
        "Value (km)",
    ]


def test_a_span_that_is_no_year_or_month_is_uncertain():
    found = of_rows(
        *rows(
            "event earliest latest",
            (iri("a"), literal("2020-01-01", "date"), literal("2021-12-31", "date")),
            (iri("b"), literal("2020-01-01", "date"), literal("2020-12-31", "date")),
        )
    )
    assert [row.moment.status for row in found[0].wide.entries] == ["", "uncertain"]


def test_two_numbers_are_points_too():
    values = [
        (iri(str(n)), literal(str(n), "integer"), literal(str(n * n), "integer")) for n in range(4)
    ]
    assert "points" in kinds("thing width height", *values)


def test_a_number_for_each_year_is_a_line():
    values = [(literal(str(2010 + n), "gYear"), literal(str(n * n), "integer")) for n in range(4)]
    assert next(p for p in of_rows(*rows("year people", *values)) if p.kind == "points").wide.line


def test_what_stands_between_two_things_names_their_link():
    found = of_rows(*rows("a way b", (iri("x"), literal("is part of"), iri("y"))))
    assert found[0].wide.words == "https://example.org/x is part of https://example.org/y."


def test_a_large_answer_says_what_is_left_out():
    values = [
        (iri(str(n)), literal("1", "decimal"), literal(str(n / 100), "decimal")) for n in range(600)
    ]
    (found,) = of_rows(*rows("place lat long", *values))
    assert len(found.wide.places) == 500
    assert found.left_out == (LeftOut(100, 600, "many"),)


def test_rows_without_a_date_are_counted():
    values = [(A, literal("2020", "gYear")), (B, literal("soon")), (C, literal("2021", "gYear"))]
    bindings = rows("event when", *values)
    del bindings[1][1]["when"]
    (found,) = of_rows(*bindings)
    assert found.left_out == (LeftOut(1, 3, "date"),)


@pytest.mark.parametrize(
    ("columns", "numbers"),
    [("thing rank", "123"), ("thing people", "5"), ("thing people", "555")],
    ids=["ordinals", "few of the rows", "all the same"],
)
def test_no_chart_says_nothing(columns, numbers):
    found = rows(columns, *zip((A, B, C), (literal(n, "integer") for n in numbers), strict=False))
    found[1].extend({"thing": each} for each in (B, C)[: 3 - len(numbers)])
    assert "chart" not in [picture.kind for picture in of_rows(*found)]


def test_the_columns_of_a_chart_can_be_chosen():
    values = [(A, literal("one"), FIVE, SEVEN), (B, literal("two"), SEVEN, FIVE)]
    table = rows("city name area people", *values)
    both = [each for each in of_rows(*table) if each.kind == "chart"]
    assert [each.title for each in both] == ["Area", "People"]
    assert [(each.name, each.columns) for each in both[0].choices] == [
        ("measure", ("area", "people")),
        ("by", ("city", "name")),
    ]
    view = View(chosen={"measure": "people", "by": "name"})
    (one,) = (each for each in of_rows(*table, view) if each.kind == "chart")
    assert (one.title, one.wide.words) == ("People", "one: 7. two: 5.")


def test_a_graph_is_a_network_of_its_links():
    type_, label = (
        {"type": "uri", "value": PREFIXES[p] + n} for p, n in (("rdf", "type"), ("rdfs", "label"))
    )
    (found,) = choose.of_triples(
        [
            (iri("a"), type_, iri("Company")),
            (iri("a"), label, literal("Baidu")),
            (iri("a"), iri("locatedIn"), iri("b")),
            (iri("a"), iri("size"), literal("5", "integer")),
        ],
        families={},
    )
    assert found.wide.words == "Baidu located in https://example.org/b."


# --- The built-in data ---


@pytest.fixture(scope="module")
def answers():
    names = ("coordinates", "timeline", "zones-by-area", "companies-to-zones", "place-to-country")
    with gbagraph.open() as graph:
        found = {name: json.loads(graph.run(name).serialize(format="srj")) for name in names}
    return {name: (row["head"]["vars"], row["results"]["bindings"]) for name, row in found.items()}


def test_canned_queries_have_pictures(answers):
    found = {
        name: [picture.kind for picture in of_rows(*answer)] for name, answer in answers.items()
    }
    assert found == {
        "coordinates": ["map"],
        "timeline": ["timeline"],
        "zones-by-area": ["chart"],
        "companies-to-zones": ["path", "network"],
        "place-to-country": ["network"],
    }


@pytest.mark.alone
def test_a_picture_takes_less_than_20_milliseconds(answers):
    for name, answer in answers.items():
        first = of_rows(*answer)
        times = []
        for _ in range(5):
            start = time.process_time()
            of_rows(*answer)
            times.append(time.process_time() - start)
        assert min(times) / len(first) < 0.02, name
