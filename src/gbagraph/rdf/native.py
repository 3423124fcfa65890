"""Terms as values of JSON: numbers and booleans where JSON holds them exactly, all else as text."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.rdf.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Callable

    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
    Scalar = str | int | float | bool | Decimal | None

_LARGEST: Final = 2**53 - 1
"""The largest integer that every reader of JSON takes exactly (RFC 8259, section 6)."""
_DIGITS: Final = 15
"""Significant digits of a decimal that survive the way through a double."""

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,30}\Z")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\Z")
_DOUBLE: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


def json_value(term: Term | None) -> Scalar:
    """*term* as JSON has it: None where there is no term.

    Integers up to 2^53 - 1, decimals of up to 15 digits, finite doubles and booleans are such in JSON.
    Another literal is its text, as is one that is not of its datatype; an IRI is itself, a blank node
    has ``_:`` before its label, and a triple is written as in N-Triples.
    """
    if term is None:
        return None
    if isinstance(term, ox.Literal):
        read = _READERS.get(term.datatype.value)
        found = read(term.value.strip()) if read else None
        return term.value if found is None else found
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def _integer(text: str) -> int | None:
    value = int(text) if _INTEGER.match(text) else None
    return value if value is not None and abs(value) <= _LARGEST else None


def _decimal(text: str) -> Decimal | None:
    digits = text.lstrip("+-").replace(".", "").strip("0")
    return Decimal(text) if _DECIMAL.match(text) and len(digits) <= _DIGITS else None


def _double(text: str) -> float | None:
    value = float(text) if _DOUBLE.match(text) else math.nan
    return value if math.isfinite(value) else None


_INTEGERS: Final = (
    *("integer", "long", "int", "short", "byte", "nonNegativeInteger", "positiveInteger"),
    *("nonPositiveInteger", "negativeInteger"),
    *("unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
)
_READERS: Final[dict[str, Callable[[str], Scalar]]] = {
    PREFIXES["xsd"] + name: read
    for names, read in (
        (_INTEGERS, _integer),
        (("decimal",), _decimal),
        (("double", "float"), _double),
        (("boolean",), _BOOLEANS.get),
    )
    for name in names
}
