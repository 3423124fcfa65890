"""Words for a date become the periods that they mean, and all of them."""

import datetime as dt
from itertools import pairwise

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbagraph.errors import BadParameter
from gbagraph.features.claims.dates import readings, span
from gbagraph.rdf.namespaces import expand
from support import ROOT

DAY, MONTH, YEAR = "2021-10-12", "2021-10", "2021"


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("last year", "date 2020"),
        ("this year", "date 2021"),
        ("yesterday", "date 2021-10-11"),
        ("next month", "date 2021-11"),
        ("in three years", "date 2024"),
        ("two years ago", "date 2019"),
        ("a decade ago", "date 2011"),
        ("by 2030", "deadline 2030"),
        ("by the end of next year", "deadline 2022"),
        ("within three years", "deadline 2024"),
        ("since 2019", "start 2019"),
        ("the 1990s", "start 1990, end 1999"),
        ("the past year", "start 2020, end 2021"),
        ("early 2021", "date 2021"),
        ("Q3 2020", "date 2020"),
        ("26 August 2020", "date 2020-08-26"),
        ("August 26th last year", "date 2020-08-26"),
        ("Friday last week", "date 2021-10-08"),
        ("去年", "date 2020"),
        ("今年", "date 2021"),
        ("明年", "date 2022"),
        ("上月", "date 2021-09"),
        ("昨天", "date 2021-10-11"),
        ("去年8月", "date 2020-08"),
        ("去年八月26日", "date 2020-08-26"),
        ("三年前", "date 2018"),
        ("3个月前", "date 2021-07"),
        ("2010年代", "start 2010, end 2019"),
        ("上世纪九十年代", "start 1990, end 1999"),
        ("二〇二〇年三月", "date 2020-03"),
        ("上周五", "date 2021-10-08"),
        ("2030年底前", "deadline 2030"),
        ("近三年", "start 2018, end 2021"),
        ("自2019年以来", "start 2019"),
    ],
)
def test_words_with_one_reading(words, lines):
    (reading,) = readings(words, DAY)

    assert ", ".join(reading.lines) == lines


@pytest.mark.parametrize(
    ("words", "text", "values"),
    [
        ("last August", DAY, ["2021-08", "2020-08"]),
        ("last August", "2021-03-01", ["2020-08"]),
        ("last August", YEAR, ["2020-08", "2021-08"]),
        ("next Friday", DAY, ["2021-10-15", "2021-10-22"]),
        ("last Friday", DAY, ["2021-10-08"]),
        ("on Friday", DAY, ["2021-10-15", "2021-10-08"]),
        ("in December", DAY, ["2021-12", "2020-12"]),
        ("spring", DAY, ["2021", "2022"]),
        ("winter 2020", DAY, ["", ""]),
    ],
)
def test_words_with_several_readings_give_the_likelier_first(words, text, values):
    assert [reading.value for reading in readings(words, text)] == values


def test_a_part_of_a_year_keeps_its_own_days():
    (early,), (third,), (spring,) = (
        readings(words, YEAR) for words in ("early 2021", "2020年第三季度", "明年春天")
    )

    assert (early.span, third.span, spring.span) == (
        (dt.date(2021, 1, 1), dt.date(2021, 4, 30)),
        (dt.date(2020, 7, 1), dt.date(2020, 9, 30)),
        (dt.date(2022, 3, 1), dt.date(2022, 5, 31)),
    )


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("last month", YEAR),
        ("yesterday", MONTH),
        ("next Friday", MONTH),
        ("three weeks ago", YEAR),
        ("30 February 2020", DAY),
        ("last last year", DAY),
        ("in a while", DAY),
        ("the bridge of 2020", DAY),
        ("", DAY),
    ],
)
def test_nothing_is_guessed(words, text):
    """Where the date of the text is not exact enough, or a word is not known."""
    assert readings(words, text) == ()


@pytest.mark.parametrize("text", ["2021-13", "12.10.2021", "2021-02-30", ""])
def test_a_date_of_a_text_that_is_none_is_refused(text):
    with pytest.raises(BadParameter, match="is no date"):
        readings("last year", text)


@given(
    st.dates(dt.date(1000, 1, 1), dt.date(3000, 1, 1)),
    st.sampled_from(["last {}", "{} last year", "next {}", "{}", "early {}", "{} 2020"]),
    st.sampled_from(["May", "12月", "autumn", "Q2", "second half", "Friday", "上旬"]),
)
def test_every_reading_is_a_period_within_its_value(day, form, part):
    told = readings(form.format(part), str(day))

    assert len(told) == len(set(told))
    assert all(first.span != second.span for first, second in pairwise(told))
    for reading in told:
        assert reading.span.first <= reading.span.last
        if reading.value:
            whole = span(reading.value)
            assert whole.first <= reading.span.first <= reading.span.last <= whole.last


def test_what_our_own_data_resolve_is_the_first_reading():
    store = ox.Store()
    store.load(path=str(ROOT / "data" / "evidence.ttl"), format=ox.RdfFormat.TURTLE)
    resolves, of = (ox.NamedNode(expand(name)) for name in ("ev:resolves", "rdf:object"))
    said = {
        (quad.object.value, next(store.quads_for_pattern(quad.subject, of, None)).object.value)
        for quad in store.quads_for_pattern(None, resolves, None)
    }

    assert len(said) > 10
    for words, value in said:
        meant = readings(words, YEAR)[0].span
        assert meant.first <= span(value).first <= span(value).last <= meant.last, words
