"""Numbers in words: 1,200, £45m, a tenth, thirty-five, half a million, 三十, 3.5万, 五十多万, 万亿."""

from __future__ import annotations

import re
from decimal import Decimal
from math import prod
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Number(NamedTuple):
    """A number that a text gives, and where its words start and end."""

    value: Decimal
    start: int
    end: int


_WORDS: Final = re.findall(
    r"\w+",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety half "
    "first second third fourth fifth sixth seventh eighth ninth tenth",
)
_VALUES: Final = (*range(20), *range(20, 100, 10), "0.5", *range(1, 11))
_HAN: Final = "〇一二三四五六七八九零两兩半"
_NUMERALS: Final[dict[str, Decimal]] = {
    **dict(zip(_WORDS, map(Decimal, _VALUES), strict=True)),
    **dict(zip(_HAN, map(Decimal, (*range(10), 0, 2, 2, "0.5")), strict=True)),
    "一半": Decimal("0.5"),
}
_OF_SCALES: Final = {"dozen": 12, "hundred": 100, "十": 10, "百": 100, "千": 1000}
_SCALES: Final = {
    **_OF_SCALES,
    "thousand": 1000,
    "万": 10**4,
    "萬": 10**4,
    "million": 10**6,
    "mn": 10**6,
    "亿": 10**8,
    "億": 10**8,
    "billion": 10**9,
    "bn": 10**9,
    "trillion": 10**12,
    "tn": 10**12,
}
_PART: Final = "|".join(sorted((*_NUMERALS, *_SCALES), key=len, reverse=True))
_LATIN: Final = "|".join(word for word in _PART.split("|") if word.isascii())
_LATIN_SCALE: Final = "|".join(word for word in _SCALES if word.isascii())
_HAN_SCALE: Final = "".join(word for word in _SCALES if not word.isascii())
_PARTS: Final = {
    "quarter": 4,
    "third": 3,
    "fifth": 5,
    "tenth": 10,
    "三": 3,
    "四": 4,
    "五": 5,
    "十": 10,
}
_NUMBER: Final = re.compile(
    r"(?P<count>\b(?:an?|one|two|three|four)) (?P<part>quarter|third|fifth|tenth)s?(?= of\b|[.,;)]|\Z)"
    rf"|(?P<whole>[三四五十])分之(?P<share>[{_HAN}])"
    rf"|(?P<half>\b(?:an?|one) [a-z]+ and a half\b|[{_HAN}](?=个半))"
    r"|(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|(?<!\d)\d{1,3}(?: \d{3})+(?!\d)|\d+(?:\.\d+)?)"
    rf"(?P<scale>[多余餘]?[{_HAN_SCALE}]+|[ -]?(?:{_LATIN_SCALE})\b)?"
    rf"|(?<!\w)(?:an? )?(?:{_LATIN})(?!\w)(?:(?: and a | and | an? |[ -])(?:{_LATIN})(?!\w))*"
    rf"|[{_HAN}{_HAN_SCALE}]+(?:[多余餘][万萬亿億]+)?",
    re.IGNORECASE,
)
_MONEY: Final = re.compile(r"m(?![\w²])")


def numbers(text: str) -> Iterator[Number]:
    """Yield the numbers of a normalized text, in their order."""
    for match in _NUMBER.finditer(text):
        yield Number(_value(match), match.start(), match.end())


def _value(match: re.Match[str]) -> Decimal:
    said = match[0].lower()
    if share := match["count"] or match["share"]:
        return (
            _NUMERALS.get(share.lower(), Decimal(1))
            / _PARTS[(match["part"] or match["whole"]).lower()]
        )
    if match["half"]:
        return _NUMERALS.get(said, Decimal(1)) + Decimal("0.5")
    if not match["digits"]:
        return _sum(re.findall(_PART, said))
    number = Decimal(re.sub("[, ]", "", match["digits"]))
    if match.string[: match.start()].rstrip()[-1:] in tuple("£$€¥") and _MONEY.match(
        match.string, match.end()
    ):
        return number * 10**6  # £45m
    return number * Decimal(prod(_SCALES.get(each, 1) for each in re.findall(_PART, said)))


def _sum(parts: list[str]) -> Decimal:
    whole = part = digits = zero = Decimal(0)
    if len(parts) > 1 and all(each in _HAN for each in parts):  # 二〇二六
        return Decimal("".join(str(_NUMERALS[each]) for each in parts))
    for each in parts:
        if each in _NUMERALS:
            digits += _NUMERALS[each]
        elif each in _OF_SCALES:
            part, digits = part + (digits or 1) * _SCALES[each], zero
        elif part + digits:
            whole, part, digits = whole + (part + digits) * _SCALES[each], zero, zero
        else:
            whole = (whole or Decimal(1)) * _SCALES[each]  # 万亿
    return whole + part + digits
