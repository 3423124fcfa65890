"""Dates on an axis: how fine its steps are, and dates as people say them."""

from __future__ import annotations

import calendar
from datetime import date
from typing import Final

_MONTHS: Final = (1, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12000)
_DAYS: Final = (1, 2, 7, 14)
_NAMES: Final = tuple(calendar.month_abbr)


def place(day: date) -> int:
    """The number of *day* on an axis of days."""
    return day.toordinal()


def ticks(first: date, last: date, most: int) -> tuple[tuple[int, str], ...]:
    """The places and names of round dates between *first* and *last*, at most about *most*."""
    days = last.toordinal() - first.toordinal() + 1
    for size in _DAYS:
        if days <= size * most and days < 60:
            return _days(first, last, size)
    months = days / 30.4
    size = next((size for size in _MONTHS if months <= size * most), _MONTHS[-1])
    return _months(first, last, size)


def _days(first: date, last: date, size: int) -> tuple[tuple[int, str], ...]:
    numbers = range(first.toordinal(), last.toordinal() + 1, size)
    return tuple((number, _day(date.fromordinal(number))) for number in numbers)


def _months(first: date, last: date, size: int) -> tuple[tuple[int, str], ...]:
    """The first days of every *size* months, counted from the year 0, with the end of the axis."""
    start = (first.year * 12 + first.month - 1) // size * size
    end = last.year * 12 + last.month
    found = []
    for month in range(start, end + size, size):
        year, number = divmod(month, 12)
        day = date.min if year < 1 else date.max if year > 9999 else date(year, number + 1, 1)
        found.append((day.toordinal(), str(day.year) if size >= 12 else _month(day)))
    return tuple(found)


def _month(day: date) -> str:
    return f"{_NAMES[day.month]} {day.year}"


def _day(day: date) -> str:
    return f"{day.day} {_month(day)}"


def last_of_month(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, month, calendar.monthrange(year, month)[1])


def is_year(earliest: date, latest: date) -> bool:
    """Whether the two are the ends of one calendar year."""
    return (earliest.year, earliest.month, earliest.day) == (latest.year, 1, 1) and (
        latest.month,
        latest.day,
    ) == (12, 31)


def is_month(earliest: date, latest: date) -> bool:
    """Whether the two are the ends of one calendar month."""
    return earliest.day == 1 and latest == last_of_month(earliest.year, earliest.month)


def is_unit(earliest: date, latest: date) -> bool:
    """Whether the two are one day, or the ends of one month or year: as a calendar has it."""
    return earliest == latest or is_month(earliest, latest) or is_year(earliest, latest)


def said(earliest: date, latest: date) -> str:
    """The two as people say them: 2010, May 2020, 3 May 2020, 2020 to 2021."""
    if earliest == latest:
        return _day(earliest)
    if is_year(earliest, latest):
        return str(earliest.year)
    if is_month(earliest, latest):
        return _month(earliest)
    if (earliest.month, earliest.day, latest.month, latest.day) == (1, 1, 12, 31):
        return f"{earliest.year} to {latest.year}"
    if earliest.day == 1 and latest == last_of_month(latest.year, latest.month):
        return f"{_month(earliest)} to {_month(latest)}"
    return f"{_day(earliest)} to {_day(latest)}"
