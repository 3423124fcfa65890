"""What a term of SPARQL results JSON can be drawn as: a number, a time, or a point of the earth."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Any, Final

from gbagraph.rdf.namespaces import PREFIXES
from gbagraph.web.drawing.dates import last_of_month

_XSD: Final = PREFIXES["xsd"]
_WKT: Final = PREFIXES["geo"] + "wktLiteral"
_NUMBERS: Final = frozenset(
    _XSD + name
    for name in (
        *("integer", "decimal", "double", "float", "int", "long", "short", "byte"),
        *("unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte"),
        *("nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger"),
    )
)
_TIMES: Final = {
    _XSD + "date": r"(\d{4})-(\d\d)-(\d\d)",
    _XSD + "dateTime": r"(\d{4})-(\d\d)-(\d\d)T",
    _XSD + "dateTimeStamp": r"(\d{4})-(\d\d)-(\d\d)T",
    _XSD + "gYearMonth": r"(\d{4})-(\d\d)",
    _XSD + "gYear": r"(\d{4})",
}
_POINT: Final = re.compile(
    r"\s*(?:<([^>]*)>\s*)?POINT\s*(?:Z|M|ZM)?\s*\(\s*(\S+)\s+([^\s)]+)[^)]*\)\s*", re.IGNORECASE
)

Term = dict[str, Any]


def number(term: Term) -> float | None:
    """The number that a literal stands for; None if it is no number, or not a finite one."""
    return _finite(term["value"]) if term.get("datatype") in _NUMBERS else None


def time(term: Term) -> tuple[date, date] | None:
    """The first and the last day of a date, month or year; None for another term, or years before 1."""
    pattern = _TIMES.get(term.get("datatype", ""))
    found = re.match(pattern, term["value"]) if pattern else None
    if found is None:
        return None
    year, month, day = (*map(int, found.groups()), 0, 0)[:3]
    try:
        if not month:
            return date(year, 1, 1), date(year, 12, 31)
        if not day:
            return date(year, month, 1), last_of_month(year, month)
        return date(year, month, day), date(year, month, day)
    except ValueError:
        return None


def point(term: Term) -> tuple[float, float] | None:
    """Longitude and latitude of a WKT point; None for another term or system of coordinates.

    Without a system it is CRS 84 (GeoSPARQL 1.1, section 8.5.1); EPSG 4326 has the latitude first.
    """
    found = _POINT.fullmatch(term["value"]) if term.get("datatype") == _WKT else None
    if found is None:
        return None
    system, first, second = found.groups()
    one, other = _finite(first), _finite(second)
    if one is None or other is None:
        return None
    if system and system.endswith("EPSG/0/4326"):
        return other, one
    return (one, other) if not system or system.endswith("CRS84") else None


def _finite(written: str) -> float | None:
    try:
        found = float(written)
    except ValueError:
        return None
    return found if math.isfinite(found) else None
