"""Terms of results: in SPARQL results JSON, as plain values of JSON, and as values to show on a page."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pyoxigraph as ox

from gbagraph.rdf.namespaces import PREFIXES, compact, written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Number = int | float | Decimal
    Scalar = str | Number | None

_T = TypeVar("_T")

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Terms = ox.QuerySolution | tuple[Term | None, ...]
"""The terms of a row by place, None where a variable is unbound."""

_STRING: Final = PREFIXES["xsd"] + "string"
_LARGEST: Final = 2**53 - 1
"""The largest integer that every reader of JSON takes exactly (RFC 8259, section 6)."""
_DIGITS: Final = 15
"""Significant digits of a decimal that survive the way through a double."""

_INTEGER: Final = r"[+-]?[0-9]{1,4000}"  # Python reads no longer ones
_DECIMAL: Final = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_DOUBLE: Final = rf"{_DECIMAL}(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN"
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


def as_json(term: Term) -> dict[str, Any]:
    """*term* as SPARQL JSON results have it (SPARQL 1.2 Query Results JSON Format, section 3.2.2)."""
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, ox.Triple):
        parts = zip(("subject", "predicate", "object"), term, strict=True)
        return {"type": "triple", "value": {name: as_json(part) for name, part in parts}}
    return {"type": "literal", "value": term.value, **_kind(term)}


def _kind(literal: ox.Literal) -> dict[str, str]:
    if literal.language:
        direction = {"its:dir": literal.direction.value} if literal.direction else {}
        return {"xml:lang": literal.language, **direction}
    datatype = literal.datatype.value
    return {} if datatype == _STRING else {"datatype": datatype}


def turtle_term(term: Term) -> str:
    """Return *term* as Turtle writes it, on one line, with a prefix where there is one."""
    if isinstance(term, ox.NamedNode):
        return written(term.value)
    if isinstance(term, ox.Literal) and not term.language and term.datatype.value != _STRING:
        return f"{ox.Literal(term.value)}^^{written(term.datatype.value)}"
    return str(term)


def json_value(term: Term | None) -> Scalar:
    """*term* as JSON has it: None where there is no term.

    Integers up to 2^53 - 1, decimals of up to 15 digits, finite doubles and booleans are such in JSON.
    Another literal is its text, as is one that is not of its datatype; an IRI is itself, a blank node
    has ``_:`` before its label, and a triple is written as in N-Triples.
    """
    if term is None:
        return None
    if isinstance(term, ox.Literal):
        read = NUMBERS.get(term.datatype.value)
        value = read(term.value.strip()) if read else None
        return term.value if value is None or not _is_exact(value) else value
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def _is_exact(number: Number) -> bool:
    """Whether every reader of JSON takes *number* as it is."""
    if isinstance(number, float):
        return math.isfinite(number)
    if isinstance(number, Decimal):
        return len("".join(map(str, number.as_tuple().digits)).strip("0")) <= _DIGITS
    return abs(number) <= _LARGEST


def reader(pattern: str, value: Callable[[str], _T]) -> Callable[[str], _T | None]:
    """Return a reader of texts as values; of another form, or without a value in Python, it is None."""
    form = re.compile(rf"(?:{pattern})\Z")

    def read(text: str) -> _T | None:
        try:
            return value(text) if form.match(text) else None
        except ValueError:
            return None

    return read


INTEGERS: Final = (
    *("integer", "long", "int", "short", "byte", "nonNegativeInteger", "positiveInteger"),
    *("nonPositiveInteger", "negativeInteger"),
    *("unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
)
_BY_NAME: Final[dict[str, Callable[[str], Number | None]]] = {
    **dict.fromkeys(INTEGERS, reader(_INTEGER, int)),
    **dict.fromkeys(("double", "float"), reader(_DOUBLE, float)),
    "decimal": reader(_DECIMAL, Decimal),
    "boolean": _BOOLEANS.get,
}
NUMBERS: Final = {PREFIXES["xsd"] + name: read for name, read in _BY_NAME.items()}
"""What reads numbers and booleans, by their datatype."""


@dataclass(frozen=True, slots=True)
class Value:
    """A term as a page shows it: text, and the IRI to link to if it is one.

    *note* says what kind of text it is: its language tag or its datatype. *language* is the tag of the
    text, which for an IRI is that of its label, *direction* its base direction (RDF 1.2 Concepts,
    section 3.4).
    """

    text: str
    iri: str | None = None
    note: str = ""
    language: str = ""
    direction: str = ""

    @property
    def name(self) -> str:
        """The IRI with a prefix, or in full; empty for a literal, or if it is the text."""
        short = compact(self.iri) if self.iri else ""
        return "" if short == self.text else short


def value_of(term: dict[str, Any], label: dict[str, Any] | None = None) -> Value:
    """A term of SPARQL results JSON as a page shows it."""
    if term["type"] == "uri":
        if label is None:
            return Value(compact(term["value"]), term["value"])
        language, direction = label.get("xml:lang", ""), label.get("its:dir", "")
        return Value(label["value"], term["value"], "", language, direction)
    if term["type"] == "triple":
        parts = (term["value"][part] for part in ("subject", "predicate", "object"))
        return Value(f"<<( {' '.join(value_of(part).text for part in parts)} )>>")
    language = term.get("xml:lang", "")
    kind = language or compact(term.get("datatype", "")).removeprefix("xsd:")
    note = "" if kind == "string" else kind
    return Value(str(term["value"]), None, note, language, term.get("its:dir", ""))


def in_first(values: Sequence[Value], languages: Sequence[str]) -> list[Value]:
    """Return *values*, of texts those in the first of *languages* in which there is one."""
    tags = {value.language for value in values}
    best = next((tag for tag in languages if tag in tags), "")
    return [value for value in values if not best or value.language in ("", best)]


def rows(body: bytes) -> list[dict[str, Any]]:
    """The rows of an answer in SPARQL results JSON, each as terms by column."""
    bindings: list[dict[str, Any]] = json.loads(body)["results"]["bindings"]
    return bindings


def named(row: Mapping[str, Any], column: str) -> Value:
    """What stands in a column of a row, with its label where the answer has labels."""
    return value_of(row[column], row.get(f"{column}Label"))


_DIRECTIONS: Final = {"ltr": ox.BaseDirection.LTR, "rtl": ox.BaseDirection.RTL}


def from_json(term: dict[str, Any]) -> Any:  # noqa: ANN401  a term; where it stands says of which kind
    """The term that :func:`gbagraph.rdf.results.as_json` wrote so."""
    kind, value = term["type"], term["value"]
    if kind == "triple":
        return triple_from_json(value)
    if kind == "uri":
        return ox.NamedNode(value)
    if kind == "bnode":
        return ox.BlankNode(value)
    if "xml:lang" in term:
        direction = _DIRECTIONS.get(term.get("its:dir", ""))
        return ox.Literal(value, language=term["xml:lang"], direction=direction)
    return ox.Literal(value, datatype=ox.NamedNode(term.get("datatype", _STRING)))


def triple_from_json(parts: dict[str, Any]) -> ox.Triple:
    """The triple from an object with a term for each part."""
    return ox.Triple(*(from_json(parts[name]) for name in ("subject", "predicate", "object")))
