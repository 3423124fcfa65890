"""Terms as values of Python: numbers, booleans, dates and times where Python has them, else text."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.rdf.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Callable

    from gbagraph.answers.terms import Term

    Value = str | int | float | bool | Decimal | dt.date | dt.time | ox.Triple | None

_TIME: Final = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.(?P<fraction>[0-9]+))?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
_PATTERNS: Final = {
    "integer": r"[+-]?[0-9]{1,4000}",  # Python reads no longer ones
    "decimal": r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)",
    "double": r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN",
    "date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "dateTime": rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_TIME}",
    "time": _TIME,
    "gYear": r"-?[0-9]{4,9}",
}
_MICROSECONDS: Final = 6
"""Digits of a fraction of a second that Python keeps; what has more is not the same in Python."""
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}
_INTEGERS: Final = (
    *("integer", "long", "int", "short", "byte", "nonNegativeInteger", "positiveInteger"),
    *("nonPositiveInteger", "negativeInteger"),
    *("unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
)


def native(term: Term | None) -> Value:
    """*term* as a value of Python; None where there is none.

    Integers of all kinds and years (``xsd:gYear``) are int, decimals Decimal, doubles and floats float,
    booleans bool; dates, times and both together are those of ``datetime``. An IRI and any other literal
    are their text, and so is a literal that is not of its datatype or that Python cannot hold, such as
    the year 10000 or a date with a time zone. A blank node is ``_:`` with its label, a triple itself.
    """
    if term is None or isinstance(term, ox.Triple):
        return term
    if isinstance(term, ox.BlankNode):
        return str(term)
    if isinstance(term, ox.NamedNode):
        return term.value
    read = _READERS.get(term.datatype.value)
    found = read(term.value.strip()) if read else None
    return term.value if found is None else found


def _reader(name: str, value: Callable[[str], Value]) -> Callable[[str], Value]:
    """What reads a text as a value, or as None if it is not of that form or Python has no such value."""
    pattern = re.compile(rf"(?:{_PATTERNS[name]})\Z")

    def read(text: str) -> Value:
        found = pattern.match(text)
        if found is None or len(found.groupdict().get("fraction") or "") > _MICROSECONDS:
            return None
        try:
            return value(text)
        except ValueError:
            return None

    return read


_BY_NAME: Final[dict[str, Callable[[str], Value]]] = {
    **dict.fromkeys(_INTEGERS, _reader("integer", int)),
    **dict.fromkeys(("double", "float"), _reader("double", float)),
    "decimal": _reader("decimal", Decimal),
    "boolean": _BOOLEANS.get,
    "date": _reader("date", dt.date.fromisoformat),
    "dateTime": _reader("dateTime", dt.datetime.fromisoformat),
    "dateTimeStamp": _reader("dateTime", dt.datetime.fromisoformat),
    "time": _reader("time", dt.time.fromisoformat),
    "gYear": _reader("gYear", int),
}
_READERS: Final = {PREFIXES["xsd"] + name: read for name, read in _BY_NAME.items()}
