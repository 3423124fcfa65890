"""Numbers, units and dates as people write them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.explain.spelling import local_name

if TYPE_CHECKING:
    from gbagraph.rdf.results import Value

_DATES: Final = {
    "gYear": re.compile(r"(-?\d{4,9})(?:Z|[+-]\d\d:\d\d)?\Z"),
    "gYearMonth": re.compile(r"(-?\d{4,9})-(\d\d)(?:Z|[+-]\d\d:\d\d)?\Z"),
    "date": re.compile(r"(-?\d{4,9})-(\d\d)-(\d\d)(?:Z|[+-]\d\d:\d\d)?\Z"),
}
_NUMBER: Final = re.compile(r"([+-]?)(\d{1,99})(\.\d+)?\Z")
_SIGNS: Final = {
    "KiloM2": "km²", "M2": "m²", "HA": "ha", "KiloM": "km", "M": "m", "CentiM": "cm", "MilliM": "mm",
    "NUM": "", "UNITLESS": "", "YR": "years", "MO": "months", "DAY": "days", "HR": "hours",
    "MIN": "minutes", "SEC": "s", "PERCENT": "%", "KiloGM": "kg", "DEG_C": "°C", "KiloW-HR": "kWh",
    "MegaW": "MW", "KiloM-PER-HR": "km/h", "NUM-PER-YR": "a year",
}  # fmt: skip
"""Units of QUDT as people write them."""


class Date(NamedTuple):
    """A date as far as it is known."""

    year: int
    month: int = 0
    day: int = 0


def date_parts(value: Value) -> Date | None:
    """Year, month and day of a literal with the datatype of a date; None for any other."""
    pattern = _DATES.get(value.note)
    found = pattern.match(value.text) if pattern else None
    if found is None:
        return None
    date = Date(*map(int, found.groups()))
    return date if date.month <= 12 else None


def grouped(text: str) -> str:
    """A number with commas between its thousands; any other text as it is."""
    found = _NUMBER.match(text)
    if found is None:
        return text
    sign, whole, rest = found.groups("")
    return f"{sign}{int(whole):,}{rest}"


def unit_sign(unit: Value) -> str:
    """A unit as people write it beside a number: by its sign, or by its name."""
    return _SIGNS.get(local_name(unit.iri), unit.text) if unit.iri else unit.text


def in_words(name: str) -> str:
    """The end of an IRI or prefixed name such as ``ex:startOfWork`` in words."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])|[_\-]+", " ", local_name(name))
    return " ".join(word if word.isupper() else word.lower() for word in spaced.split())
