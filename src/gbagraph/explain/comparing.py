"""How well a value fits what somebody wrote for it: texts, numbers and dates."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from gbagraph.explain.spelling import grams, plain

_LEAST: Final = 0.5
"""What is less alike does not fit at all."""
_ALMOST: Final = 0.95
"""The most for what is alike and not the same."""
_LONGEST: Final = 200
_NUMBER: Final = re.compile(r"\s*[+-]?\d[\d,]{0,30}(\.\d{0,30})?(?:[eE][+-]?\d{1,2})?\s*")
_DATE: Final = re.compile(r"-?\d{4}(?:-\d\d(?:-\d\d(?:T.*)?)?)?")


def fits(text: str, value: str) -> float:
    """From 0 to 1: the same number, or the same text but for case, accents and separators, is 1.

    Numbers that are near, a date of which the other is the beginning, and texts with the same pieces
    fit somewhat.
    """
    text, value = text[:_LONGEST], value[:_LONGEST]
    if text == value or key(text) == key(value):
        return 1.0
    if _DATE.fullmatch(text) and _DATE.fullmatch(value):
        return _ALMOST if value.startswith(text) or text.startswith(value) else 0.0
    numbers = _number(text), _number(value)
    if numbers[0] is not None and numbers[1] is not None:
        return _near(numbers[0], numbers[1])
    return _alike(text, value)


@lru_cache(maxsize=8192)
def key(text: str) -> str:
    """What two values share if each fits the other whole; the text itself where it has no letters."""
    number = _number(text[:_LONGEST])
    return plain(text) or text if number is None else f"{number.normalize()}"


def _number(text: str) -> Decimal | None:
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text.replace(",", "").strip())
    except InvalidOperation:
        return None


def _near(one: Decimal, other: Decimal) -> float:
    shared = 1 - float(abs(one - other) / max(abs(one), abs(other)))
    return round(shared * _ALMOST, 3) if shared >= 0.9 else 0.0


def _alike(one: str, other: str) -> float:
    first, second = _pieces(one), _pieces(other)
    if not first or not second:
        return 0.0
    shared = 2 * len(first & second) / (len(first) + len(second))
    return round(shared * _ALMOST, 3) if shared >= _LEAST else 0.0


@lru_cache(maxsize=8192)
def _pieces(text: str) -> frozenset[str]:
    return frozenset(grams(plain(text)))
