"""Timelines: ticks, lanes and the upright layout."""

import itertools
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gbagraph.features.pictures import days, shapes, timeline
from gbagraph.features.pictures.timeline import Moment
from gbagraph.rdf.results import Value

WIDTHS = st.sampled_from([shapes.WIDE, shapes.NARROW])


def moment(name, earliest, latest=None, status=""):
    return Moment(Value(name), earliest, latest or earliest, status=status)


@pytest.mark.parametrize(
    ("earliest", "latest", "said"),
    [
        (date(2010, 1, 1), date(2010, 12, 31), "2010"),
        (date(2020, 5, 1), date(2020, 5, 31), "May 2020"),
        (date(2020, 5, 3), date(2020, 5, 3), "3 May 2020"),
        (date(2020, 1, 1), date(2021, 12, 31), "2020 to 2021"),
        (date(2020, 2, 1), date(2020, 4, 30), "Feb 2020 to Apr 2020"),
        (date(2020, 2, 3), date(2020, 4, 30), "3 Feb 2020 to 30 Apr 2020"),
    ],
)
def test_times_in_words(earliest, latest, said):
    assert days.said(earliest, latest) == said


@pytest.mark.parametrize(
    ("first", "last", "names"),
    [
        (date(2010, 1, 1), date(2035, 12, 31), ["2010", "2015"]),
        (date(2020, 1, 1), date(2020, 12, 31), ["Jan 2020", "Apr 2020"]),
        (date(2020, 5, 1), date(2020, 5, 8), ["1 May 2020", "2 May 2020"]),
        (date(1200, 1, 1), date(2000, 1, 1), ["1200", "1300"]),
    ],
)
def test_ticks_are_years_months_or_days(first, last, names):
    assert [name for _, name in days.date_ticks(first, last, 9)][:2] == names


def test_moments_are_in_the_order_of_time():
    drawn = timeline.draw([moment("b", date(2020, 1, 1)), moment("a", date(2010, 1, 1))])
    assert [row.moment.value.text for row in drawn.entries] == ["a", "b"]
    assert drawn.entries[0].x < drawn.entries[1].x


def test_what_has_room_shares_a_lane():
    drawn = timeline.draw([moment("a", date(2000, 1, 1)), moment("b", date(2030, 1, 1))])
    assert len({row.label_y for row in drawn.entries}) == 1


def test_on_phones_time_goes_down_with_each_year_once():
    drawn = timeline.draw(
        [moment(str(n), date(2020 + n // 2, 1, 1)) for n in range(4)], shapes.NARROW
    )
    assert drawn.is_upright
    assert [tick.name for tick in drawn.ticks] == ["2020", "2021"]


def test_words_tell_all():
    drawn = timeline.draw([moment("Launch", date(2010, 1, 1), date(2010, 12, 31))])
    assert drawn.words == "2010: Launch."


DAYS = st.dates(date(1, 1, 1), date(9999, 12, 31)) | st.dates(date(2019, 1, 1), date(2021, 1, 1))
MOMENTS = st.lists(
    st.tuples(st.text(min_size=1, max_size=70), DAYS, DAYS).map(
        lambda row: moment(row[0], min(row[1:]), max(row[1:]))
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(MOMENTS, WIDTHS)
def test_no_label_lies_on_another_or_on_a_bar(moments, width):
    drawn = timeline.draw(moments, width)
    assert len(drawn.entries) == len(moments)
    lanes = {}
    for row in drawn.entries:
        left = row.label_x if row.anchor == "start" else row.label_x - row.label_width
        right = left + row.label_width
        assert left >= 0
        assert right <= width + 0.1
        lanes.setdefault(row.label_y, []).append((min(left, row.x), max(right, row.x + row.length)))
    for lane in lanes.values():
        for one, other in itertools.combinations(lane, 2):
            assert one[1] <= other[0] or other[1] <= one[0]
    for one, other in itertools.pairwise(drawn.entries if drawn.is_upright else ()):
        assert one.label_y + (len(one.lines) - 1) * shapes.SIZE * shapes.LINE < other.label_y - 14


@given(
    st.dates(date(1990, 1, 1), date(2030, 1, 1)),
    st.integers(1, 4000),
    st.sampled_from(["en", "zh"]),
)
def test_no_name_of_a_tick_lies_on_the_next(first, length, language):
    """Over three years twelve of them, each with month and year, have no room."""
    last = date.fromordinal(first.toordinal() + length)
    ticks = timeline.draw([moment("a", first), moment("b", last)], 720, language).ticks

    for one, two in itertools.pairwise(ticks):
        assert two.at - one.at > shapes.text_width(one.name + two.name, shapes.SMALL) / 2


@settings(max_examples=40, deadline=None)
@given(MOMENTS, WIDTHS)
def test_bars_are_within_the_drawing(moments, width):
    drawn = timeline.draw(moments, width)
    assert all(row.x >= 0 and row.x + row.length <= width for row in drawn.entries)
    assert all(row.y <= drawn.height for row in drawn.entries)
