"""What words for a date mean, counted from the date of the text, in English and Chinese.

Libraries for this (dateparser, parsedatetime) give one moment for *last year* or *the 1990s*. A claim
needs the period that the words mean, no more exact than they are, and every reading that they have.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.errors import BadParameter

if TYPE_CHECKING:
    from collections.abc import Mapping

    Parts = Mapping[str, str]


class Span(NamedTuple):
    """A period by its first and its last day."""

    first: date
    last: date

    @property
    def months(self) -> int:
        """Of how many whole months it is; 0 if it is not."""
        first, end = self.first, self.last + timedelta(1)
        months = (end.year - first.year) * 12 + end.month - first.month
        return months if first.day == end.day == 1 else 0

    @property
    def value(self) -> str:
        """The most exact year, month or day that holds all of it; empty if none does."""
        first, last = map(str, self)
        return next((first[:size] for size in (10, 7, 4) if first[:size] == last[:size]), "")


class Reading(NamedTuple):
    """One thing that words for a date can mean.

    *value* is a year, a month or a day as the claims form writes it, no more exact than the words; empty
    where they mean several years. *span* are the first and the last day that they allow. *role* is what
    they name: a date, start, end, deadline or period.
    """

    value: str
    span: Span
    role: str

    @property
    def lines(self) -> list[str]:
        """The reading as lines of the claims form: a period as its start and its end."""
        if self.value and self.role != "period":
            return [f"{self.role} {self.value}"]
        (first, last), months = self.span, self.span.months
        size = 10 if not months else 7 if months % 12 or first.month > 1 else 4
        return [f"start {str(first)[:size]}", f"end {str(last)[:size]}"]


def span(value: str) -> Span:
    """Return the period of a year, a month or a day, such as ``2020``, ``2020-08`` or ``2020-08-26``.

    Raises:
        BadParameter: it is none of these.
    """
    if re.fullmatch(r"\d{4}(-\d\d){0,2}", value, re.ASCII):
        with suppress(ValueError, OverflowError):
            first = date.fromisoformat(value + "-01-01"[len(value) - len("2020") :])
            return _unit(first, {4: "year", 7: "month", 10: "day"}[len(value)], 0)
    raise BadParameter(f"{value!r} is no date. Write 2020, 2020-08 or 2020-08-26.")


def readings(words: str, text_date: str) -> tuple[Reading, ...]:
    """Return what *words* can mean in a text of the year, month or day *text_date*, the likeliest first.

    None of them means that the words are not known here, or need a more exact date of the text: *last
    month* needs its month, and *Friday* its day.

    Raises:
        BadParameter: *text_date* is no date.
    """
    base, parts = span(text_date), _parts(words)
    role = next((name for name in (*_ROLES, "past") if name in parts), "date")
    try:
        means = dict.fromkeys(_means(parts, base) if parts else ())
    except (ValueError, LookupError, OverflowError, BadParameter):  # such as 30 February
        return ()
    return tuple(Reading(each.value, each, role.replace("past", "period")) for each in means)


# What is in the words


_WORDS: Final = {
    name: text.split()
    for name, text in {
        "month": "jan(?:uary)?|1月|一月 feb(?:ruary)?|2月|二月 mar(?:ch)?|3月|三月 apr(?:il)?|4月|四月 "
        "may|5月|五月 june?|6月|六月 july?|7月|七月 aug(?:ust)?|8月|八月 sept?(?:ember)?|9月|九月 "
        "oct(?:ober)?|10月|十月 nov(?:ember)?|11月|十一月 dec(?:ember)?|12月|十二月",
        "weekday": "monday|(?:周|星期)?一 tuesday|(?:周|星期)?二 wednesday|(?:周|星期)?三 "
        "thursday|(?:周|星期)?四 friday|(?:周|星期)?五 saturday|(?:周|星期)?六 "
        "sunday|(?:周|星期)?[日天]",
        "season": "spring|春[天季]? summer|夏[天季]? autumn|fall|秋[天季]? winter|冬[天季]?",
        "quarter": r"q1|(?:1st|first)\squarter|第?[一1]季度 q2|(?:2nd|second)\squarter|第?[二2]季度 "
        r"q3|(?:3rd|third)\squarter|第?[三3]季度 q4|(?:4th|fourth)\squarter|第?[四4]季度",
        "half": r"h1|first\shalf|上半年 h2|second\shalf|下半年",
        "part": r"early|beginning\sof|start\sof|[年月]?初|上旬 mid|middle\sof|[年月]?中旬? "
        r"late|end\sof|[年月]?[底末]|下旬",
        "number": "an?|one|一| two|二|两|兩 three|三 four|四 five|五 six|六 seven|七 eight|八 nine|九 "
        "ten|十 eleven|十一 twelve|十二",
        "unit": "days?|[天日]|row weeks?|周|星期 months?|月 quarters?|季度 years?|年",
        "which": "前 last|previous|past|yester|上|去|昨 this|current|to|本|这|這|今 "
        "next|coming|following|tomor|下|明 后|後",
    }.items()
}
"""Patterns of words by what they mean; tomorrow is read as tomor-row, so that it has two parts, too."""
_UNITS: Final = ("day", "week", "month", "quarter", "year")
_ROLES: Final = {
    "deadline": "by|no later than|到|至|之?前|以前|之?[内內]",
    "end": "until|till|through|止",
    "start": "since|from|自|从|從|以[来來]|起",
}
_DIGITS: Final = str.maketrans("〇零一二三四五六七八九", "00123456789")
_ANY: Final = {name: "|".join(words) for name, words in _WORDS.items()}
_N: Final = rf"\d{{1,3}}|{_ANY['number']}"
_U: Final = rf"[个個]?(?P<unit>{_ANY['unit']})"
_NOT_MONTH: Final = "(?<![0-9一二两三四五六七八九十]月)"
"""So that 8月前 is before August, and 8个月前 eight months ago."""
_W: Final = _ANY["which"]
_PATTERNS: Final = tuple(
    re.compile(rf"(?:{each})(?:(?<![a-z\d])|(?![a-z\d]))")
    for each in (
        rf"(?:over |in |during )?(?:the )?(?:past|last) (?P<past>{_N}) {_U}",
        rf"(?:over the (?:past|last)|(?:in |during )?(?:the )?past) (?P<past>){_U}",
        rf"(?:过去|過去|最?近)(?P<past>{_N}){_U}",
        rf"(?P<ago>{_N}) ?{_U}{_NOT_MONTH}(?: ago| earlier|[以之]?前)",
        rf"(?P<later>{_N}) ?{_U}{_NOT_MONTH}(?: later| from now|[以之]?[后後])",
        rf"(?P<later>{_N}){_U}{_NOT_MONTH}(?=[之以]?[内內])",
        rf"(?:in|(?P<deadline>within)) (?P<later>{_N}) {_U}",
        rf"(?P<which>{_W})[个個]?(?P<unit>周|星期)(?=[一二三四五六日天])",
        rf"(?P<which>{_W}) ?{_U}",
        r"(?P<decade>\d{3})0(?:s|年代)|(?:上世[纪紀]|')?(?P<digit>[3-9三四五六七八九])[0十](?:s|年代)",
        r"(?P<given>\d{4}(?:-\d\d){0,2}|[〇零一二三四五六七八九]{4}(?=年))年?",
        *(rf"(?P<{name}>{_ANY[name]})" for name in ("quarter", "half")),
        *(rf"(?:(?P<which>{_W}) )?(?P<{name}>{_ANY[name]})\.?" for name in ("month", "season")),
        rf"(?:(?P<which>{_W}) |(?<=周|期)|(?=[a-z周星]))(?P<weekday>{_ANY['weekday']})",
        rf"(?P<part>{_ANY['part']})-?",
        r"(?P<day>\d{1,2})(?:st|nd|rd|th|[日号號])?",
        *(rf"(?P<{role}>{words})" for role, words in _ROLES.items()),
        "the|of|in|on|at|during|[,的在于於 ]",
    )
)
_OF_A_YEAR: Final = {"month": (0, 1), "season": (2, 3), "quarter": (0, 3), "half": (0, 6)}
"""In which month its first one begins, from 0, and of how many months each is."""
_THIRDS: Final = {3: (0, 1, 2, 3), 6: (0, 2, 4, 6), 12: (0, 4, 8, 12), 120: (0, 48, 84, 120)}
"""In which months of a period its thirds begin, by the months that it has: whole years of a decade."""


def _parts(words: str) -> dict[str, str]:
    """Return what the words mean, by name; nothing if some are not known here, or one is there twice."""
    # 年内 is within this year, and 一年内 within a year.
    text, place = re.sub(r"\A(?=年[内內])", "今", " ".join(words.casefold().split())), 0
    text = re.sub(r"\b(?:an? |one )?decade\b", "10 years", text)
    parts: dict[str, str] = {}
    while place < len(text):
        match = next(filter(None, (each.match(text, place) for each in _PATTERNS)), None)
        named = match.groupdict() if match else {}
        named = {name: said for name, said in named.items() if said is not None}
        if match is None or (named.keys() & parts.keys()) - _ROLES.keys():
            return {}
        place = match.end()
        parts |= named
    return parts


def _number(parts: Parts, name: str, table: str = "") -> int:
    """Return the number that is named, or which row of a table, by default its own."""
    said, rows = parts[name], enumerate(_WORDS[table or name])
    return int(said) if said.isdecimal() else next(n for n, row in rows if re.fullmatch(row, said))


# What they mean


def _means(parts: Parts, base: Span) -> list[Span]:
    """Return the periods that are meant, the likeliest first.

    Raises:
        ValueError: what was found does not go together, or the date of the text is not exact enough.
    """
    outer = _outer(parts, base)
    if "weekday" in parts or parts.keys() & _OF_A_YEAR.keys():
        return _inside(parts, base, outer, "week" if "weekday" in parts else "year")
    if outer is None and "part" not in parts:
        raise ValueError(parts)
    return [_narrowed(parts, outer or _shift(base, "year", 0))]


def _outer(parts: Parts, base: Span) -> Span | None:
    """Return the period that the words name by itself, in which a month or a weekday may lie."""
    if "given" in parts:
        return span(parts["given"].translate(_DIGITS))
    if parts.keys() & {"decade", "digit"}:
        decade = parts.get("decade") or f"19{parts['digit']}"
        return _run(int(decade.translate(_DIGITS)) * 120, 120)
    return _counted(parts, base) if "unit" in parts else None


def _counted(parts: Parts, base: Span) -> Span:
    """Return the period that is some units before or after the text, or lasts from there to it."""
    unit = _UNITS[_number(parts, "unit")]
    if "which" in parts:
        return _shift(base, unit, _number(parts, "which") - 2)
    name = next(each for each in ("past", "ago", "later") if each in parts)
    count = _number(parts, name, "number") + (not parts[name].isdecimal())
    then = _shift(base, unit, count if name == "later" else -count)
    return Span(then.first, _shift(base, unit, 0).last) if name == "past" else then


def _shift(base: Span, unit: str, count: int) -> Span:
    """Return the unit that is *count* units after the one in which the text is."""
    first, last = (_unit(day, unit, count) for day in base)
    if first != last:
        raise ValueError("The date of the text is less exact than the words.")
    return first


def _unit(day: date, unit: str, count: int) -> Span:
    """Return the unit that is *count* units after the one in which a day is."""
    if unit in ("day", "week"):
        days = 7 if unit == "week" else 1
        first = day + timedelta(count * days - (day.weekday() if unit == "week" else 0))
        return Span(first, first + timedelta(days - 1))
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    return _run(((day.year * 12 + day.month - 1) // months + count) * months, months)


def _run(month: int, count: int) -> Span:
    """Return *count* months from a month on, which is counted from January of the year 0."""
    first, end = (date(each // 12, each % 12 + 1, 1) for each in (month, month + count))
    return Span(first, end - timedelta(1))


def _inside(parts: Parts, base: Span, outer: Span | None, unit: str) -> list[Span]:
    """Return what is named as a part of a year or a week: of *outer*, or else of those near the text.

    *Last* and *next* count from the text, or from its year or week. Without them, the nearest is meant.
    """
    home = outer or _shift(base, "day" if unit == "week" else "year", 0)
    if outer not in (None, _unit(home.first, unit, 0)):
        raise ValueError(outer)
    near = [_part(parts, _unit(home.first, unit, n).first) for n in range(-2, 3)]
    if outer:
        return near[2:0:-1] if near[1].last >= outer.first else near[2:3]
    if "which" not in parts:
        gaps = {e: max((e.first - base.last).days, (base.first - e.last).days, 0) for e in near}
        near.sort(key=gaps.__getitem__)
        return near[: 2 if gaps[near[0]] else 1]
    before, after = (
        [each for each in near if each.last < base.first],
        [each for each in near if each.first > base.last],
    )
    within = [e for e in near if e != base and base.first <= e.first and e.last <= base.last]
    last, following = [before[-1], *within, near[1]], [after[0], *within, near[3]]
    return ([], last, near[2:3], following, [])[_number(parts, "which")]


def _part(parts: Parts, begin: date) -> Span:
    """Return what is named of the week or the year that begins on a day."""
    if "weekday" in parts:
        return _unit(begin, "day", _number(parts, "weekday"))
    name = next(name for name in _OF_A_YEAR if name in parts)
    offset, months = _OF_A_YEAR[name]
    return _narrowed(parts, _run(begin.year * 12 + offset + months * _number(parts, name), months))


def _narrowed(parts: Parts, period: Span) -> Span:
    """Return the day or the third of a period that is named, if one is."""
    if "day" in parts:
        return span(f"{period.value if period.months == 1 else ''}-{int(parts['day']):02}")
    if "part" not in parts:
        return period
    number, first = _number(parts, "part"), period.first
    if period.months == 1:
        begin = first + timedelta(10 * number)
        return Span(begin, period.last if number > 1 else begin + timedelta(9))
    begins = _THIRDS[period.months]
    month = first.year * 12 + first.month - 1 + begins[number]
    return _run(month, begins[number + 1] - begins[number])
