"""Days on an axis and in words, in the language of a page."""

from __future__ import annotations

import calendar
from datetime import date
from typing import Final

_MONTHS: Final = (1, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12000)
_DAYS: Final = (1, 2, 7, 14)
_NAMES: Final = tuple(calendar.month_abbr)


def place(day: date) -> int:
    """Return the number of *day* on an axis of days."""
    return day.toordinal()


def date_ticks(
    first: date, last: date, most: int, language: str = "en"
) -> tuple[tuple[int, str], ...]:
    """Return the places and names of round dates between *first* and *last*, at most about *most*."""
    days = last.toordinal() - first.toordinal() + 1
    for size in _DAYS:
        if days <= size * most and days < 60:
            return _days(first, last, size, language)
    months = days / 30.4
    size = next((size for size in _MONTHS if months <= size * most), _MONTHS[-1])
    return _months(first, last, size, language)


def _days(first: date, last: date, size: int, language: str) -> tuple[tuple[int, str], ...]:
    numbers = range(first.toordinal(), last.toordinal() + 1, size)
    return tuple((number, _day(date.fromordinal(number), language)) for number in numbers)


def _months(first: date, last: date, size: int, language: str) -> tuple[tuple[int, str], ...]:
    """The first days of every *size* months, counted from the year 0, with the end of the axis."""
    start = (first.year * 12 + first.month - 1) // size * size
    end = last.year * 12 + last.month
    ticks = []
    for month in range(start, end + size, size):
        year, number = divmod(month, 12)
        day = date.min if year < 1 else date.max if year > 9999 else date(year, number + 1, 1)
        ticks.append((day.toordinal(), str(day.year) if size >= 12 else _month(day, language)))
    return tuple(ticks)


def _year(day: date, language: str) -> str:
    return str(day.year) if language == "en" else f"{day.year}年"


def _month(day: date, language: str) -> str:
    return f"{_NAMES[day.month]} {day.year}" if language == "en" else f"{day.year}年{day.month}月"


def _day(day: date, language: str) -> str:
    month = _month(day, language)
    return f"{day.day} {month}" if language == "en" else f"{month}{day.day}日"


def last_of_month(year: int, month: int) -> date:
    """Return the last day of a month."""
    return date(year, month, calendar.monthrange(year, month)[1])


def is_year(earliest: date, latest: date) -> bool:
    """Return whether the two are the ends of one calendar year."""
    return (earliest.year, earliest.month, earliest.day) == (latest.year, 1, 1) and (
        latest.month,
        latest.day,
    ) == (12, 31)


def is_month(earliest: date, latest: date) -> bool:
    """Return whether the two are the ends of one calendar month."""
    return earliest.day == 1 and latest == last_of_month(earliest.year, earliest.month)


def is_unit(earliest: date, latest: date) -> bool:
    """Return whether the two are one day, or the ends of one month or year: as a calendar has it."""
    return earliest == latest or is_month(earliest, latest) or is_year(earliest, latest)


def said(earliest: date, latest: date, language: str = "en") -> str:
    """Return the two as people say them: 2010, May 2020, 3 May 2020, 2020 to 2021."""
    for is_whole, name in ((is_year, _year), (is_month, _month)):
        if is_whole(earliest, latest):
            return name(earliest, language)
    name = _day
    if (earliest.month, earliest.day, latest.month, latest.day) == (1, 1, 12, 31):
        name = _year
    elif earliest.day == 1 and latest == last_of_month(latest.year, latest.month):
        name = _month
    ends = dict.fromkeys((name(earliest, language), name(latest, language)))
    return (" to " if language == "en" else "至").join(ends)
