"""What words for a date mean, counted from the date of the text, in English and Chinese.

Libraries for this (dateparser, parsedatetime) give one moment for *last year* or *the 1990s*. A claim
needs the period that the words mean, no more exact than they are, and every reading that they have.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.errors import BadParameter
from gbagraph.rdf.namespaces import expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Found = Mapping[str, str]


class Span(NamedTuple):
    """A period by its first and its last day."""

    first: date
    last: date


class Reading(NamedTuple):
    """One thing that words for a date can mean.

    *span* are the first and the last day that they allow. *value* is the most exact year, month or day
    that holds all of it, as the claims form writes it; empty where it is of several years. *role* is
    what the words tell: a date, start, end, deadline or period. *note* says how they were read.
    """

    value: str
    span: Span
    role: str
    note: str

    @property
    def literal(self) -> ox.Literal | None:
        """The value as xsd:gYear, xsd:gYearMonth or xsd:date."""
        return literal(self.value) if self.value else None

    @property
    def lines(self) -> list[str]:
        """The reading as lines of the claims form: a period as its start and its end."""
        if self.value and self.role != "period":
            return [f"{self.role} {self.value}"]
        size = 4 if _is_of_years(self.span) else 7 if _is_of_months(self.span) else 10
        return [f"start {str(self.span.first)[:size]}", f"end {str(self.span.last)[:size]}"]


def literal(value: str) -> ox.Literal:
    """Return a year, a month or a day as the literal of its datatype."""
    name = {4: "gYear", 7: "gYearMonth", 10: "date"}[len(value)]
    return ox.Literal(value, datatype=ox.NamedNode(expand(f"xsd:{name}")))


def span(value: str) -> Span:
    """Return the period of a year, a month or a day, such as ``2020``, ``2020-08`` or ``2020-08-26``.

    Raises:
        BadParameter: it is none of these.
    """
    if re.fullmatch(r"\d{4}(-\d\d){0,2}", value, re.ASCII):
        with suppress(ValueError, OverflowError):
            first = date.fromisoformat(value + "-01-01"[len(value) - len("2020") :])
            unit = {4: "year", 7: "month", 10: "day"}[len(value)]
            return _unit(first, unit, 0)
    raise BadParameter(f"{value!r} is no date. Write 2020, 2020-08 or 2020-08-26.")


def readings(words: str, text_date: str) -> tuple[Reading, ...]:
    """Return what *words* can mean in a text of the year, month or day *text_date*, the likeliest first.

    None of them means that the words are not known here, or need a more exact date of the text: *last
    month* needs its month, and *Friday* its day.

    Raises:
        BadParameter: *text_date* is no date.
    """
    base, found = span(text_date), _found(words)
    try:
        told = _told(found, base) if found else []
    except (ValueError, OverflowError):  # such as 30 February
        told = []
    role = next((name for name in _ROLES if name in found), "date")
    role = "period" if "past" in found else role
    notes = dict(reversed(told))  # of two that are the same, what the first says
    return tuple(Reading(_value(each), each, role, notes[each]) for each in dict(told))


def _value(period: Span) -> str:
    """Return the most exact year, month or day that holds all of a period; empty if none does."""
    first, last = map(str, period)
    return next((first[:size] for size in (10, 7, 4) if first[:size] == last[:size]), "")


def _is_of_months(period: Span) -> bool:
    return period.first.day == 1 and (period.last + timedelta(1)).day == 1


def _is_of_years(period: Span) -> bool:
    return _is_of_months(period) and (period.first.month, period.last.month) == (1, 12)


# What is in the words


def _rows(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_MONTHS: Final = _rows(
    "jan(?:uary)?|1月|一月 feb(?:ruary)?|2月|二月 mar(?:ch)?|3月|三月 apr(?:il)?|4月|四月 may|5月|五月 "
    "june?|6月|六月 july?|7月|七月 aug(?:ust)?|8月|八月 sept?(?:ember)?|9月|九月 oct(?:ober)?|10月|十月 "
    "nov(?:ember)?|11月|十一月 dec(?:ember)?|12月|十二月"
)
_WEEKDAYS: Final = _rows(
    "monday|(?:周|星期)?一 tuesday|(?:周|星期)?二 wednesday|(?:周|星期)?三 thursday|(?:周|星期)?四 "
    "friday|(?:周|星期)?五 saturday|(?:周|星期)?六 sunday|(?:周|星期)?[日天]"
)
_SEASONS: Final = _rows("spring|春[天季]? summer|夏[天季]? autumn|fall|秋[天季]? winter|冬[天季]?")
_QUARTERS: Final = _rows(
    r"q1|(?:1st|first)\squarter|第?[一1]季度 q2|(?:2nd|second)\squarter|第?[二2]季度 "
    r"q3|(?:3rd|third)\squarter|第?[三3]季度 q4|(?:4th|fourth)\squarter|第?[四4]季度"
)
_HALVES: Final = _rows(r"h1|first\shalf|上半年 h2|second\shalf|下半年")
_PARTS: Final = _rows(
    r"early|beginning\sof|start\sof|[年月]?初|上旬 mid|middle\sof|[年月]?中旬? "
    r"late|end\sof|[年月]?[底末]|下旬"
)
_NUMBERS: Final = _rows(
    "an?|one|一 two|二|两|兩 three|三 four|四 five|五 six|六 seven|七 eight|八 nine|九 ten|十 "
    "eleven|十一 twelve|十二"
)
_UNITS: Final = {
    "day": "days?|天|日",
    "week": "weeks?|周|週|星期",
    "month": "months?|月",
    "quarter": "quarters?|季度",
    "year": "years?|年",
    "decade": "decades?",
}
_WHICH: Final = {
    -2: "前",
    -1: "last|previous|past|上|去|昨",
    0: "this|current|本|这|這|今",
    1: "next|coming|following|下|明",
    2: "后|後",
}
_DAYS_OF: Final = {"day": 1, "week": 7}
_MONTHS_OF: Final = {"month": 1, "quarter": 3, "year": 12, "decade": 120}
_OF_DECADES: Final = (0, 48, 84, 120)
"""Months from which its early, middle and late years count."""
_COUNTS: Final = ("past", "ago", "later")
_DAYS: Final = ("yesterday", "today", "tomorrow")
_ROLES: Final = {
    "deadline": "by|no later than|within|到|至|之?前|以前|之?内|之?內",
    "end": "until|till|through|止",
    "start": "since|from|自|从|從|以来|以來|起",
}


_N: Final = rf"\d{{1,3}}|{'|'.join(_NUMBERS)}"
_U: Final = "|".join(_UNITS.values())
_W: Final = "|".join(_WHICH.values())
_NO_MONTH: Final = "(?<![0-9一二两三四五六七八九十]月)"
"""So that 8月前 is before August, and 8个月前 eight months ago."""
_PATTERNS: Final = tuple(
    re.compile(rf"(?:{each})(?:(?<![a-z\d])|(?![a-z\d]))")
    for each in (
        r"(?P<iso>\d{4}-\d\d(?:-\d\d)?)",
        rf"(?:over |in |during )?(?:the )?(?:past|last) (?P<past>{_N}) (?P<unit>{_U})",
        rf"(?:over the (?:past|last)|(?:in |during )?(?:the )?past) (?P<past>)(?P<unit>{_U})",
        rf"(?:过去|過去|最?近)(?P<past>{_N})[个個]?(?P<unit>{_U})",
        rf"(?P<ago>{_N}) ?[个個]?(?P<unit>{_U}){_NO_MONTH}(?: ago| earlier|[以之]?前)",
        rf"(?P<later>{_N}) ?[个個]?(?P<unit>{_U}){_NO_MONTH}(?: later| from now|[以之]?[后後])",
        rf"(?P<later>{_N}) ?[个個]?(?P<unit>{_U}){_NO_MONTH}(?=[之以]?[内內])",
        rf"(?:in|(?P<deadline>within)) (?P<later>{_N}) (?P<unit>{_U})",
        rf"(?P<which>{_W})[个個]?(?P<unit>周|星期)(?=[一二三四五六日天])",
        rf"(?P<which>{_W}) ?[个個]?(?P<unit>{_U})",
        rf"(?P<relative>{'|'.join(_DAYS)})",
        r"(?P<decade>\d{3})0(?:s|年代)",
        r"(?P<lastcentury>上世[纪紀])?'?(?P<short>[\d一二三四五六七八九])[0十](?:s|年代)",
        r"(?P<year>\d{4}|[〇零一二三四五六七八九]{4}(?=年))年?",
        rf"(?P<quarter>{'|'.join(_QUARTERS)})",
        rf"(?P<half>{'|'.join(_HALVES)})",
        rf"(?:(?P<which>{_W}) )?(?P<month>{'|'.join(_MONTHS)})\.?",
        rf"(?:(?P<which>{_W}) )?(?P<season>{'|'.join(_SEASONS)})",
        rf"(?:(?P<which>{_W}) |(?<=周|期)|(?=[a-z周星]))(?P<weekday>{'|'.join(_WEEKDAYS)})",
        rf"(?P<part>{'|'.join(_PARTS)})-?",
        r"(?P<day>\d{1,2})(?:st|nd|rd|th|日|号|號)?",
        *(rf"(?P<{role}>{words})" for role, words in _ROLES.items()),
        r"the|of|in|on|at|during|,|的|在|于|於| ",
    )
)
_DIGITS: Final = str.maketrans("〇零一二三四五六七八九", "00123456789")
_WITHIN: Final = {
    "month": (_MONTHS, 0, 1),
    "season": (_SEASONS, 2, 3),
    "quarter": (_QUARTERS, 0, 3),
    "half": (_HALVES, 0, 6),
}
"""Parts of a year: their words, the month in which the first begins, from 0, and their months."""


def _found(words: str) -> dict[str, str]:
    """Return what the words tell, by name; nothing if some of them are not known here, or told twice."""
    text, place = " ".join(words.casefold().split()), 0
    found: dict[str, str] = {}
    while place < len(text):
        match = next(filter(None, (each.match(text, place) for each in _PATTERNS)), None)
        told = (
            {name: said for name, said in match.groupdict().items() if said is not None}
            if match
            else {}
        )
        if not match or (told.keys() & found.keys()) - _ROLES.keys():
            return {}
        place = match.end()
        found |= told
    return found


def _index(said: str, table: Iterable[str]) -> int:
    """Return the place in *table* of the pattern that *said* matches."""
    return next(i for i, words in enumerate(table) if re.fullmatch(words, said))


# What they mean


def _told(found: Found, base: Span) -> list[tuple[Span, str]]:
    """Return the periods that are meant, the likeliest first, and how each was read.

    Raises:
        ValueError: what was found does not go together, or the date of the text is not exact enough.
    """
    outer = _outer(found, base)
    if "weekday" in found:
        return _inside(found, base, outer, "week")
    if found.keys() & _WITHIN.keys():
        return _inside(found, base, outer, "year")
    if outer is None and found.get("part", "").startswith("年"):
        outer = _shift(base, "year", 0)
    if outer is None:
        raise ValueError(found)
    return [(_narrowed(found, outer), "")]


def _outer(found: Found, base: Span) -> Span | None:
    """Return the period that the words name by itself, in which a month or a weekday may lie."""
    if "iso" in found:
        return span(found["iso"])
    if "year" in found:
        return span(found["year"].translate(_DIGITS))
    if "decade" in found:
        return _run(int(found["decade"]) * 120, 120)
    if "short" in found:
        century = base.last.year // 100 - ("lastcentury" in found)
        decade = century * 10 + int(found["short"].translate(_DIGITS))
        return _run((decade if decade * 10 <= base.last.year else decade - 10) * 120, 120)
    if "relative" in found:
        return _shift(base, "day", _index(found["relative"], _DAYS) - 1)
    return _counted(found, base) if "unit" in found else None


def _counted(found: Found, base: Span) -> Span:
    """Return the period that is some units before or after the text, or lasts from there to it."""
    unit = list(_UNITS)[_index(found["unit"], _UNITS.values())]
    if "which" in found:
        return _shift(base, unit, list(_WHICH)[_index(found["which"], _WHICH.values())])
    if unit == "decade":
        found = {name: str(10 * _number(said)) for name, said in found.items() if name in _COUNTS}
        unit = "year"
    if "past" in found:
        return Span(_shift(base, unit, -_number(found["past"])).first, _shift(base, unit, 0).last)
    return _shift(base, unit, _number(found.get("later", "0")) - _number(found.get("ago", "0")))


def _number(said: str) -> int:
    if said.isdecimal():
        return int(said)
    return 1 + _index(said, _NUMBERS) if said else 1


def _shift(base: Span, unit: str, count: int) -> Span:
    """Return the unit that is *count* units after the one in which the text is."""
    spans = {_unit(day, unit, count) for day in base}
    if len(spans) > 1:
        raise ValueError("The date of the text is less exact than the words.")
    return spans.pop()


def _unit(day: date, unit: str, count: int) -> Span:
    if unit in _DAYS_OF:
        days = _DAYS_OF[unit]
        first = day - timedelta(day.weekday() if unit == "week" else 0) + timedelta(count * days)
        return Span(first, first + timedelta(days - 1))
    months = _MONTHS_OF[unit]
    return _run(((day.year * 12 + day.month - 1) // months + count) * months, months)


def _run(month: int, count: int) -> Span:
    """Return *count* months from a month on, which is counted from January of the year 0."""
    begins = [date(each // 12, each % 12 + 1, 1) for each in (month, month + count)]
    return Span(begins[0], begins[1] - timedelta(1))


def _inside(found: Found, base: Span, outer: Span | None, unit: str) -> list[tuple[Span, str]]:
    """Return what is named as a part of a year or a week: of *outer*, or else of those near the text."""
    home = outer or _shift(base, "day" if unit == "week" else "year", 0)
    if outer and outer != _unit(outer.first, unit, 0):
        raise ValueError(outer)
    near = [_part(found, _unit(home.first, unit, n).first) for n in range(-2, 3)]
    if outer:
        is_of_two = found.get("season", "").startswith(("winter", "冬"))
        return [(near[2], ""), *([(near[1], "the winter that ends then")] if is_of_two else [])]
    which = found.get("which")
    if which is None:
        return _nearest(near, base)
    return _beside(near, base, list(_WHICH)[_index(which, _WHICH.values())], unit)


def _part(found: Found, begin: date) -> Span:
    """Return what is named of the week or the year that begins on a day."""
    if "weekday" in found:
        return _unit(begin, "day", _index(found["weekday"], _WEEKDAYS))
    name = next(name for name in _WITHIN if name in found)
    words, offset, months = _WITHIN[name]
    first = begin.year * 12 + offset + months * _index(found[name], words)
    return _narrowed(found, _run(first, months))


def _nearest(near: list[Span], base: Span) -> list[tuple[Span, str]]:
    """Return that in which the text is, or else the ones before and after it, the nearer one first."""
    distances = {
        each: max((each.first - base.last).days, (base.first - each.last).days, 0) for each in near
    }
    first, second, *_ = sorted(near, key=distances.__getitem__)
    if not distances[first]:
        return [(first, "")]
    return [(first, "the nearest to the text"), (second, "the next nearest to it")]


def _beside(near: list[Span], base: Span, which: int, unit: str) -> list[tuple[Span, str]]:
    """Return what *last*, *this* or *next* can mean: counted from the text, or from its year or week."""
    if which == 0:
        return [(near[2], f"of the {unit} of the text")]
    first, last = base
    side = [each for each in near if (each.last < first, each.first > last)[which > 0]]
    inside = [each for each in near if each != base and first <= each.first and each.last <= last]
    time, other = {-1: ("later", "before"), 1: ("earlier", "after")}[which]
    return [
        (side[-1 if which < 0 else 0], f"the nearest {other} the text"),
        *((each, f"if the text is of {time} in its year") for each in inside),
        (near[2 + which], f"of the {unit} {other} that of the text"),
    ]


def _narrowed(found: Found, period: Span) -> Span:
    """Return the day or the third of a period that is named, if one is."""
    if "day" in found:
        if len(_value(period)) != len("2020-08"):
            raise ValueError(found)
        return _day(period, int(found["day"]))
    if "part" not in found:
        return period
    return _third(period, _index(found["part"], _PARTS))


def _day(month: Span, day: int) -> Span:
    return Span(month.first.replace(day=day), month.first.replace(day=day))


def _third(period: Span, number: int) -> Span:
    """Return the first, second or last third of a decade, a year, a part of one, or a month."""
    if not _is_of_months(period):
        raise ValueError(period)
    first, last = period
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if months == 1:
        days = (1, 11, 21, last.day + 1)
        return Span(first.replace(day=days[number]), first.replace(day=days[number + 1] - 1))
    bounds = _OF_DECADES if months > 12 else (0, months // 3, months * 2 // 3, months)
    begin = first.year * 12 + first.month - 1 + bounds[number]
    return _run(begin, bounds[number + 1] - bounds[number])
