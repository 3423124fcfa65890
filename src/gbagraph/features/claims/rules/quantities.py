"""Whether numbers, their units and their bounds are those of the words."""

from __future__ import annotations

import re
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.features.claims.expansion import UNITS
from gbagraph.features.claims.names import BOUNDS
from gbagraph.features.claims.rules.numbers import Number, numbers
from gbagraph.rdf.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.claims.model import Claim
    from gbagraph.features.claims.rules.case import Case, Spot

_GBA: Final = PREFIXES["gba"]
_NUMERIC: Final = {
    PREFIXES["xsd"] + each for each in ("integer", "decimal", "double", "float", "int")
}
_UNITS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), frozenset(units.split()))
    for pattern, units in (
        (r"sq(?:uare|\.)? ?(?:kilomet(?:re|er)s?|km)\b|km[2²]|平方(?:公里|千米)", "KiloM2"),
        (r"sq(?:uare|\.)? ?(?:met(?:re|er)s?|m)\b|m[2²]|㎡|平方?米", "M2"),
        (r"sq(?:uare|\.)? ?(?:feet|foot|ft)\b|平方英尺", "FT2"),
        (r"hectares?\b|ha\b|公顷|公頃", "HA"),
        (r"acres?\b|英亩|英畝", "AC"),
        (r"kilomet(?:re|er)s?\b|km\b|公里|千米", "KiloM"),
        (r"centimet(?:re|er)s?\b|cm\b|厘米", "CentiM"),
        (r"millimet(?:re|er)s?\b|mm\b|毫米", "MilliM"),
        (r"met(?:re|er)s?\b|m\b|米", "M"),
        (r"miles?\b|英里", "MI"),
        (r"(?:feet|foot|ft)\b|英尺", "FT"),
        (r"hours?\b|hrs?\b|h\b|个?小时|個?小時", "HR"),
        (r"min(?:ute)?s?\b|分钟|分鐘", "MIN"),
        (r"sec(?:ond)?s?\b|秒", "SEC"),
        (r"days?\b|天", "DAY"),
        (r"weeks?\b|周|週|星期", "WK"),
        (r"months?\b|个月|個月", "MO"),
        (r"years?\b|yrs?\b|年", "YR"),
        (r"(?:tonnes?|tons?|t)\b|吨|噸", "TONNE TON_Metric TON_M TON"),
        (r"(?:kilograms?|kilos?|kg)\b|公斤|千克", "KiloGM"),
        (r"(?:gigawatt|gw)[ -]?h(?:ours?)?\b", "GigaW-HR"),
        (r"(?:megawatt|mw)[ -]?h(?:ours?)?\b|兆瓦时", "MegaW-HR"),
        (r"(?:kilowatt|kw)[ -]?h(?:ours?)?\b|千瓦时", "KiloW-HR"),
        (r"(?:gigawatts?|gw)\b|吉瓦", "GigaW"),
        (r"(?:megawatts?|mw)\b|兆瓦", "MegaW"),
        (r"(?:kilowatts?|kw)\b|千瓦", "KiloW"),
        (r"%|per ?cent\b", "PERCENT"),
        (r"pounds?\b|£", "GBP"),
        (r"euros?\b|€|欧元|歐元", "EUR"),
        (r"yuan\b|rmb\b|人民币|元", "CNY"),
        (r"us dollars?\b|us\$|美元", "USD"),
        (r"hong kong dollars?\b|hk\$|港元|港币", "HKD"),
        (r"dollars?\b|\$", "USD HKD SGD AUD CAD NZD TWD"),
        (r"yen\b|日元", "JPY"),
        (r"¥", "CNY JPY"),
    )
)
_SIGN: Final = re.compile(r"(?:US|HK)?[£€$¥]\Z")
_OF_UNITS: Final = {unit.iri: unit.measures for unit in UNITS.values()}
_MEASURES: Final = (
    (r"area|acreage", "area"),
    (r"length|distance|height|width|depth|altitude", "length"),
    (r"duration|time|age", "time"),
    (r"weight|mass", "mass"),
    (r"investment|cost|price|budget|revenue|turnover", "money"),
)
"""Words in the names of properties, and what these measure."""
_BOUNDS: Final = {_GBA + local: word for word, local in BOUNDS.items()}
_BETWEEN: Final = r"(?: ?[£$€¥]| [A-Z]{2,3}\$?| an?| the)? ?\Z"
"""What can stand between the words of a bound and the number: the sign of a currency, an article."""
_BEFORE: Final = tuple(
    (re.compile(f"(?:{pattern}){_BETWEEN}", re.IGNORECASE), frozenset(bounds.split()))
    for bounds, pattern in (
        ("atMost", r"\b(?:(?:no|not) more than|at (?:the )?most|up to)|不超过|不多于|至多|最多"),
        (
            "atLeast",
            r"\b(?:(?:no|not) (?:less|fewer) than|at least|a minimum of)|至少|不少于|不低于",
        ),
        (
            "over",
            r"(?<!no )(?<!not )\b(?:more than|over|above|exceed(?:s|ed|ing)?)|(?<!不)超[过過]?|逾",
        ),
        ("under", r"(?<!no )(?<!not )\b(?:(?:less|fewer) than|under|below)|不到|不足|少于"),
        ("under about", r"\b(?:nearly|almost|just under|close to)|将近|接近|(?<!附)近"),
        ("about", r"\b(?:about|around|roughly|approximately|some|an estimated)|[约約]|大概"),
    )
)
_AFTER: Final = tuple(
    (re.compile(rf" ?(?:{pattern})", re.IGNORECASE), frozenset(bounds.split()))
    for bounds, pattern in (
        ("atLeast over", r"(?:or more|at least)\b|及?以上"),
        ("atMost under", r"(?:or (?:less|fewer)|at most)\b|以[下内內]"),
        ("about", r"or so\b|左右|上下"),
        ("over", r"[多余餘]"),
    )
)


def number(case: Case, claim: Claim) -> Iterator[str]:
    """A number that is stated is in its words or in their sentence."""
    value, spots = _number(claim), case.spots(claim)
    if value is not None and spots and claim.basis == "stated" and not _places(value, spots):
        there = ", ".join(f"{each.value:f}" for spot in spots for each in numbers(spot.sentence))
        yield (
            f"The number {value:f} is neither in the words nor in their sentence, which has "
            f"{there or 'no number'}. Correct it, or write inferred with a note."
        )


def unit(case: Case, claim: Claim) -> Iterator[str]:
    """The unit is that of the words, and measures what the property is about."""
    name = claim.value.value.rpartition("/")[2]
    value = _sibling(case, claim, "value")
    if claim.predicate.value != _GBA + "unit" or value is None:
        return
    found = [
        units
        for spot, at in _places(_number(value), case.spots(claim))
        if (units := _unit(spot, at))
    ]
    if found and not any(name in units for units in found):
        yield f"The unit is {name}, and that of the words {_or(found[0])}. Write that of the words."
    measure = _OF_UNITS.get(claim.value.value, "")
    for owner in case.about(claim.subject):
        wanted = measured(owner.predicate.value)
        if measure and wanted and measure != wanted:
            yield (
                f"{case.name(owner.predicate)} measures {wanted}, and {name} is a unit of {measure}. "
                "Correct the unit or the property."
            )


def bound(case: Case, claim: Claim) -> Iterator[str]:
    """What the words say of a number, such as more than, is its bound, and the reverse."""
    value, said = _number(claim), _sibling(case, claim, "bound")
    if claim.predicate.value != _GBA + "value":
        return
    written = _BOUNDS.get(said.value.value, "") if said else ""
    found = [_bounds(spot, at) for spot, at in _places(value, case.spots(claim))]
    if found and not any(written in bounds if bounds else not written for bounds in found):
        words = _or(next(filter(None, found), frozenset()))
        yield (
            f"The words say of {value:f} that it is {words}, and the claim "
            f"{f'that it is {written}' if written else 'that it is exact'}. Write: {words} {value:f}."
            if words
            else f"The words do not say of {value:f} that it is {written}. Take {written} away."
        )


def _number(claim: Claim) -> Decimal | None:
    value = claim.value
    with suppress(InvalidOperation):
        if isinstance(value, ox.Literal) and value.datatype.value in _NUMERIC:
            return abs(Decimal(value.value))  # 3 degrees west are -3
    return None


def _sibling(case: Case, claim: Claim, name: str) -> Claim | None:
    return next(
        (each for each in case.of(claim.subject) if each.predicate.value == _GBA + name), None
    )


def _places(value: Decimal | None, spots: list[Spot]) -> list[tuple[Spot, Number]]:
    """Return where the words, or else their sentences, have the number."""
    found = [
        (spot, each)
        for spot in spots
        for each in numbers(spot.sentence)
        if value in (each.value, each.value / 100 if _is_percent(spot, each) else None)
    ]
    inner = [(spot, at) for spot, at in found if spot.holds(at.start, at.end)]
    return inner or found


def _is_percent(spot: Spot, at: Number) -> bool:
    return "PERCENT" in _unit(spot, at)


def _unit(spot: Spot, at: Number) -> frozenset[str]:
    """Return the units that the words behind a number, or the sign before it, can mean."""
    before, behind = (
        spot.sentence[: at.start].rstrip(),
        spot.sentence[at.end :].lstrip(" -多余餘个半"),
    )
    if before.endswith("百分之"):
        return frozenset({"PERCENT"})
    sign = _SIGN.search(before)
    told = sign[0] if sign else behind
    return next((units for pattern, units in _UNITS if pattern.match(told)), frozenset())


def _bounds(spot: Spot, at: Number) -> frozenset[str]:
    """Return what the words before or behind a number say of it; nothing if it is exact."""
    before, behind = spot.sentence[: at.start], spot.sentence[at.end :].lstrip()
    if set("多余餘") & set(spot.sentence[at.start : at.end]):
        return frozenset({"over"})
    after_unit = next(
        (behind[match.end() :] for pattern, _ in _UNITS if (match := pattern.match(behind))), ""
    )
    found = [bounds for pattern, bounds in _BEFORE if pattern.search(before)]
    found += [
        bounds for pattern, bounds in _AFTER if pattern.match(behind) or pattern.match(after_unit)
    ]
    return next(iter(found), frozenset())


def measured(predicate: str) -> str:
    """Return what a property measures by its name, such as area; empty if that says nothing."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.split("[/#]", predicate)[-1]).lower().split()
    return next(
        (measure for pattern, measure in _MEASURES if words and re.fullmatch(pattern, words[-1])),
        "",
    )


def _or(names: frozenset[str]) -> str:
    return " or ".join(sorted(names))
