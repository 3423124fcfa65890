"""Whether numbers, their units and their bounds are those of the words."""

from __future__ import annotations

import re
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.features.claims.expansion import UNITS
from gbagraph.features.claims.names import BOUNDS, GBA, near
from gbagraph.features.claims.rules.numbers import Number, numbers
from gbagraph.rdf.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.claims.model import Claim
    from gbagraph.features.claims.rules.case import Case, Spot

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
        (
            r"(?:kilomet(?:re|er)s?|km) ?(?:/ ?h|per hour|an hour)\b|km/h\b|kph\b|公里(?:/|每)小时",
            "KiloM-PER-HR",
        ),
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
_SIDES: Final = tuple(
    (
        axes,
        sign,
        name,
        re.compile(rf"{han}[纬经] ?#|# ?°? ?(?:degrees? )?(?:{name}|{name[0]})\b", re.IGNORECASE),
    )
    for axes, sign, name, han in (
        (("#lat", "/latitude"), "", "north", "北"),
        (("#lat", "/latitude"), "-", "south", "南"),
        (("#long", "/longitude"), "", "east", "东"),
        (("#long", "/longitude"), "-", "west", "西"),
    )
)
"""The properties and signs of coordinates, by what stands before and behind a number, the #."""
_OF_UNITS: Final = {unit.iri: unit.measures for unit in UNITS.values()}
_MEASURES: Final = (
    (r"area|acreage", "area"),
    (r"length|distance|height|width|depth|altitude", "length"),
    (r"duration|(?<!part )(?<!full )time|age", "time"),
    (r"weight|mass", "mass"),
    (r"investment|cost|price|budget|revenue|turnover", "money"),
)
"""Words in the names of properties, and what these measure."""
_BOUNDS: Final = {GBA + local: word for word, local in BOUNDS.items()}
_VERB: Final = r"[^\W\da-z的一二两三四五六七八九十百千万]{0,4}"
"""What stands in Chinese between such words and the number: to recruit."""
_BETWEEN: Final = r"(?: ?[£$€¥]| [A-Z]{2,3}\$?| an?| the)? ?\Z"
"""What can stand between the words of a bound and the number: the sign of a currency, an article."""
_BEFORE: Final = tuple(
    (re.compile(f"(?:{pattern}){_BETWEEN}", re.IGNORECASE), frozenset(bounds.split()))
    for bounds, pattern in (
        (
            "atMost",
            r"\b(?:(?:no|not) more than|at (?:the )?most|up to)|不超过|不多于|最多|至多" + _VERB,
        ),
        (
            "atLeast",
            r"\b(?:(?:no|not) (?:less|fewer) than|at least|a minimum of)|不少于|不低于|至少"
            + _VERB,
        ),
        (
            "over",
            r"(?<!no )(?<!not )\b(?:more than|over|above|exceed(?:s|ed|ing)?)|(?<!不)超[过過]?|逾",
        ),
        ("under", r"(?<!no )(?<!not )\b(?:(?:less|fewer) than|under|below)|不到|不足|少于"),
        ("under about", r"\b(?:nearly|almost|just under|close to)|将近|接近|(?<!附)近"),
        (
            "about exact",
            r"\bestimated(?: [a-z]+){0,6} (?:at|of|is|are|was|were|be|cost)|(?:预计|估计|估算)"
            + _VERB,
        ),
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
    value, spots, places = _number(claim), case.spots(claim), _places(case, claim)
    if value is not None and spots and claim.basis == "stated" and not places:
        there = ", ".join(f"{each.value:f}" for spot in spots for each in numbers(spot.sentence))
        yield (
            f"The number {value:f} is neither in the words nor in their sentence, which has "
            f"{there or 'no number'}. Correct it, or write inferred with a note."
        )
    if any(claim.predicate.value.endswith(axes) for axes, *_ in _SIDES):
        yield from _on_earth(case, claim, places)


def _on_earth(case: Case, claim: Claim, places: list[tuple[Spot, Number]]) -> Iterator[str]:
    """Yield where a coordinate is that of the other direction, or of another place of the passage."""
    value, name = claim.value.value, case.name(claim.predicate)
    sides = [
        (sign if claim.predicate.value.endswith(axes) else None, side)
        for spot, at in places
        for axes, sign, side, pattern in _SIDES
        if pattern.search(f"{spot.sentence[: at.start][-4:]}#{spot.sentence[at.end :][:20]}")
    ]
    if sides and value[: value.startswith("-")] not in [sign for sign, _ in sides]:
        yield (
            f"The words say {sides[0][1]}, and the claim {name} {value}. North and south are a "
            "latitude, east and west a longitude, and south and west have a minus."
        )
    others = [
        _owner(case, claim, spot.text[: spot.first + at.start].casefold()) for spot, at in places
    ]
    if others and all(others):
        yield f"The words before {value} tell it of {case.name(others[0])}. Correct the value."


def _owner(case: Case, claim: Claim, before: str) -> object:
    """Return the other thing that has the same value, and whose label is the last before it."""
    ends = {
        max(before.rfind(name) + len(name) if name in before else 0 for name in names): thing
        for thing in {e.subject for e in case.about(claim.value) if e.predicate == claim.predicate}
        if (names := case.labelled[thing])
    }
    own, last = (
        next((e for e, each in ends.items() if each == claim.subject), 0),
        max(ends, default=0),
    )
    # Two places of one list share what stands behind them.
    return ends[last] if last > own and (not own or any(numbers(before[own:last]))) else None


def unit(case: Case, claim: Claim) -> Iterator[str]:
    """The unit is that of the words, and measures what the property is about."""
    name = claim.value.value.rpartition("/")[2]
    value = _sibling(case, claim, "value")
    if claim.predicate.value != GBA + "unit" or value is None:
        return
    if claim.value.value not in _OF_UNITS and all(
        quad.subject != claim.value for quad in case.project.terms
    ):
        yield (
            f"No source here knows the unit {name}.{near(name, UNITS)} Correct it, "
            "or describe it in the ontology of the project."
        )
    meant = [units for spot, at in _places(case, value, claim) if (units := _unit(spot, at))]
    if meant and not any(name in units for units in meant):
        yield f"The unit is {name}, and that of the words {_or(meant[0])}. Write that of the words."
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
    if claim.predicate.value != GBA + "value":
        return
    written = _BOUNDS.get(said.value.value, "") if said else ""
    meant = [_bounds(spot, at) for spot, at in _places(case, claim)]
    if meant and not any((written or "exact") in (bounds or {"exact"}) for bounds in meant):
        words = _or(next(filter(None, meant), frozenset()) - {"exact"})
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
        (each for each in case.of(claim.subject) if each.predicate.value == GBA + name), None
    )


def _places(case: Case, claim: Claim, by: Claim | None = None) -> list[tuple[Spot, Number]]:
    """Return where the words of the claim, or of another, or else their sentences, have its number."""
    value, unit_of = _number(claim), _sibling(case, claim, "unit")
    of_all = 100 if unit_of and unit_of.value.value == UNITS["percent"].iri else 1
    found = [
        (spot, each)
        for spot in case.spots(by or claim)
        for each in numbers(spot.sentence)
        if value is not None
        and (
            value == each.value
            or value / of_all == each.value / (100 if "PERCENT" in _unit(spot, each) else 1)
        )
    ]
    inner = [(spot, at) for spot, at in found if spot.holds(at.start, at.end)]
    return inner or found


def _unit(spot: Spot, at: Number) -> frozenset[str]:
    """Return the units that the words behind a number, or the sign before it, can mean."""
    before, behind = (
        spot.sentence[: at.start].rstrip(),
        spot.sentence[at.end :].lstrip(" -多余餘个半"),
    )
    if before.endswith("百分之"):
        return frozenset({"PERCENT"})
    sign = _SIGN.search(before)
    is_speed = behind.startswith(("公里", "千米")) and re.search(r"时速[^\W\d]{0,6}\Z", before)
    sign_or_word = "km/h" if is_speed else sign[0] if sign else behind
    return next((units for pattern, units in _UNITS if pattern.match(sign_or_word)), frozenset())


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
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.split("[/#]", predicate)[-1]).lower()
    return next(
        (name for pattern, name in _MEASURES if re.search(rf"(?<!\S)(?:{pattern})\Z", words)), ""
    )


def _or(names: frozenset[str]) -> str:
    return " or ".join(sorted(names))
