"""Numbers in words: 1,200, £45m, thirty-five, half a million, 三十, 3.5万, 五十多万, 万亿."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Number(NamedTuple):
    """A number that a text gives, and where its words start and end."""

    value: Decimal
    start: int
    end: int


_SCALES: Final = {
    "dozen": 12, "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9,
    "trillion": 10**12, "mn": 10**6, "bn": 10**9, "tn": 10**12,
}  # fmt: skip
_SMALL: Final = dict(
    zip(
        re.findall(
            r"\w+",
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
            "fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy "
            "eighty ninety half first second third fourth fifth sixth seventh eighth ninth tenth",
        ),
        map(Decimal, (*range(20), *range(20, 100, 10), "0.5", *range(1, 11))),
        strict=True,
    )
)
_HAN_SCALES: Final = {
    "十": 10, "百": 100, "千": 1000, "万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8,
}  # fmt: skip
_HAN_DIGITS: Final = {
    **{digit: Decimal(value) for value, digit in enumerate("〇一二三四五六七八九")},
    "零": Decimal(0),
    "两": Decimal(2),
    "兩": Decimal(2),
    "半": Decimal("0.5"),
}
_DIGITS: Final = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|(?<!\d)\d{1,3}(?: \d{3})+(?!\d)|\d+(?:\.\d+)?"
_WORD: Final = "|".join(sorted((*_SMALL, *_SCALES), key=len, reverse=True))
_HAN: Final = "".join((*_HAN_DIGITS, *_HAN_SCALES))
_NUMBER: Final = re.compile(
    rf"(?P<half>\b(?:an?|one) [a-z]+ and a half\b|[{''.join(_HAN_DIGITS)}](?=个半))"
    rf"|(?P<digits>{_DIGITS})(?:[多余餘]?(?P<han_scale>[{''.join(_HAN_SCALES)}]+)"
    rf"|[ -]?(?P<scale>{'|'.join(_SCALES)})\b|(?P<m>m)(?![\w²]))?"
    rf"|(?P<words>(?<!\w)(?:an? )?(?:{_WORD})(?!\w)(?:(?: and a | and | an? |[ -])(?:{_WORD})(?!\w))*)"
    rf"|(?P<han>[{_HAN}]+(?:[多余餘][万萬亿億]+)?(?:点[{''.join(_HAN_DIGITS)}]+[{''.join(_HAN_SCALES)}]*)?)",
    re.IGNORECASE,
)
_MONEY_BEFORE: Final = re.compile(r"[£$€¥]\s?\Z")


def numbers(text: str) -> Iterator[Number]:
    """Yield the numbers of a normalized text, in their order."""
    for match in _NUMBER.finditer(text):
        yield Number(_value(match, text), match.start(), match.end())


def _value(match: re.Match[str], text: str) -> Decimal:
    if match["half"]:
        return _HAN_DIGITS.get(match["half"], Decimal(1)) + Decimal("0.5")
    if match["words"]:
        return _of_words(match["words"].lower())
    if match["han"]:
        return _of_han(re.sub("[多余餘]", "", match["han"]))
    number = Decimal(re.sub("[, ]", "", match["digits"]))
    if match["m"] and _MONEY_BEFORE.search(text, 0, match.start()):
        return number * 10**6  # £45m
    number *= _SCALES.get((match["scale"] or "").lower(), 1)
    for scale in match["han_scale"] or "":
        number *= _HAN_SCALES[scale]
    return number


def _of_words(words: str) -> Decimal:
    whole = part = Decimal(0)
    for word in re.findall(_WORD, words):
        if word in _SMALL:
            part += _SMALL[word]
        elif word in ("hundred", "dozen"):
            part = (part or Decimal(1)) * _SCALES[word]
        else:
            whole, part = whole + (part or 1) * _SCALES[word], Decimal(0)
    return whole + part


def _of_han(text: str) -> Decimal:
    integer, _, fraction = text.partition("点")
    if fraction:  # 一点七万亿
        decimals = re.match(f"[{''.join(_HAN_DIGITS)}]+", fraction)
        digits = decimals[0] if decimals else ""
        number = _of_han(integer) + Decimal(
            "0." + "".join(str(_HAN_DIGITS[each]) for each in digits)
        )
        for scale in fraction[len(digits) :]:
            number *= _HAN_SCALES[scale]
        return number
    if len(text) > 1 and not set(text) & {*_HAN_SCALES, "半"}:  # 二〇二六
        return Decimal("".join(str(_HAN_DIGITS[each]) for each in text))
    return _of_places(text)


def _of_places(text: str) -> Decimal:
    whole = part = digit = zero = Decimal(0)
    for each in text:
        if each in _HAN_DIGITS:
            digit = _HAN_DIGITS[each]
        elif _HAN_SCALES[each] < 10**4:
            part, digit = part + (digit or 1) * _HAN_SCALES[each], zero
        elif part + digit:
            whole, part, digit = whole + (part + digit) * _HAN_SCALES[each], zero, zero
        else:
            whole = (whole or Decimal(1)) * _HAN_SCALES[each]  # 万亿
    return whole + part + digit
