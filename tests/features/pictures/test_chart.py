"""Charts and points: axes, huge and tiny numbers."""

import itertools
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gbagraph.features.pictures import charts, shapes
from gbagraph.features.pictures.charts import Bar, Point
from gbagraph.rdf.results import Value

WIDTHS = st.sampled_from([shapes.WIDE, shapes.NARROW])
NUMBERS = st.floats(allow_nan=True, allow_infinity=True) | st.integers(-(10**40), 10**40).map(float)


def bars(*numbers, unit=""):
    return [Bar(Value(f"bar {n}"), number, unit) for n, number in enumerate(numbers)]


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 123, (0, 50, 100, 150)),
        (-33, 48, (-40, -20, 0, 20, 40, 60)),
        (0, 0.3, (0, 0.1, 0.2, 0.3)),
        (0, 3e-8, (0, 1e-8, 2e-8, 3e-8)),
    ],
)
def test_ticks_are_round(low, high, ticks):
    assert shapes.ticks(low, high, 5) == pytest.approx(ticks, rel=1e-9, abs=1e-30)


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0, "0"),
        (170e9, "170,000,000,000"),
        (-12.5, "\N{MINUS SIGN}12.5"),
        (0.1 + 0.2, "0.3"),
        (1234.5678, "1,234.57"),
        (1.7e23, "1.7 \N{MULTIPLICATION SIGN} 10²³"),
        (3e-8, "3 \N{MULTIPLICATION SIGN} 10⁻⁸"),
    ],
)
def test_numbers_as_people_write_them(number, written):
    assert shapes.written(number) == written


def test_large_numbers_are_short_on_an_axis():
    assert shapes.short(50e9) == "50 billion"


def test_bars_begin_at_zero_and_negative_ones_are_left_of_it():
    drawn = charts.draw_bars(bars(-5, 10))
    left, right = drawn.stripes
    assert left.x + left.width == pytest.approx(drawn.zero, abs=0.2)
    assert right.x == pytest.approx(drawn.zero, abs=0.2)
    assert right.width == pytest.approx(2 * left.width, abs=0.3)


def test_words_have_the_unit():
    assert charts.draw_bars(bars(99, unit="km²")).words == "bar 0: 99 km²."


@settings(max_examples=150, deadline=None)
@example([5e-324], 800)
@given(st.lists(NUMBERS, max_size=12), WIDTHS)
def test_any_numbers_stay_within_the_drawing(numbers, width):
    drawn = charts.draw_bars(bars(*numbers), width)
    assert len(drawn.stripes) == sum(map(shapes.can_be_drawn, numbers))
    assert len(drawn.ticks) < 30
    for row in drawn.stripes:
        assert row.x >= 0
        assert row.x + row.width <= width + 1


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(NUMBERS | st.dates(), NUMBERS), max_size=12), WIDTHS, st.booleans())
def test_any_points_stay_within_the_frame_and_labels_apart(rows, width, is_joined):
    dates_only = [row for row in rows if isinstance(row[0], date)]
    for found in (dates_only, [row for row in rows if not isinstance(row[0], date)]):
        given_points = [Point(Value(f"point {n}"), *row) for n, row in enumerate(found)]
        drawn = charts.draw_points(given_points, width, is_joined=is_joined)
        for dot in drawn.dots:
            assert drawn.frame.x - 0.2 <= dot.x <= drawn.frame.x + drawn.frame.width + 0.2
            assert drawn.frame.y - 0.2 <= dot.y <= drawn.frame.y + drawn.frame.height + 0.2
        labels = [dot.label_box for dot in drawn.dots if dot.label_box]
        assert not any(a.overlaps(b) for a, b in itertools.combinations(labels, 2))


def test_a_line_goes_through_the_points_in_the_order_of_time():
    rows = [Point(Value(""), date(year, 1, 1), year) for year in (2012, 2010, 2011)]
    drawn = charts.draw_points(rows, is_joined=True)
    assert [dot.point.x.year for dot in drawn.dots] == [2010, 2011, 2012]
    assert drawn.line.count("L") == 2
