"""Terms as values of Python, and values of Python as terms.

Values that are given as keywords are those of Python, terms of pyoxigraph and of rdflib, or lists of
them. A name with an underscore at its end is that without it, so that ``from_`` can be given for
``from``. ``None`` is not given.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.errors import BadParameter
from gbagraph.queries.types import as_term, is_rdflib_term
from gbagraph.rdf.namespaces import PREFIXES
from gbagraph.sparql.binding import bind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import rdflib.term

    from gbagraph.rdf.results import Term

    Value = str | int | float | bool | Decimal | dt.date | dt.time | ox.Triple | None
    Scalar = (
        str
        | int
        | float
        | Decimal
        | dt.date
        | dt.time
        | ox.NamedNode
        | ox.Literal
        | rdflib.term.Identifier
    )
    Argument = Scalar | Sequence[Scalar] | set[Scalar] | None
    Bound = ox.NamedNode | ox.Literal

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
    """Return *term* as a value of Python; None where there is none.

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
    value = read(term.value.strip()) if read else None
    return term.value if value is None else value


def _reader(name: str, value: Callable[[str], Value]) -> Callable[[str], Value]:
    """Return a reader of texts as values; of another form, or without a value in Python, it is None."""
    pattern = re.compile(rf"(?:{_PATTERNS[name]})\Z")

    def read(text: str) -> Value:
        match = pattern.match(text)
        if match is None or len(match.groupdict().get("fraction") or "") > _MICROSECONDS:
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


_DATATYPES: Final[tuple[tuple[type, str], ...]] = (
    (dt.datetime, "dateTime"),
    (dt.date, "date"),
    (dt.time, "time"),
)


def pairs(parameters: Mapping[str, Argument]) -> list[tuple[str, Scalar]]:
    """Return the parameters of a canned query as (name, value) pairs, several for a list."""
    return [(_name(key), value) for key, given in parameters.items() for value in _values(given)]


def texts(parameters: Iterable[tuple[str, Scalar]]) -> list[tuple[str, str]]:
    """Return the same pairs as an address has them.

    Raises:
        BadParameter: a value is of a type that stands for no term.
    """
    return [(name, text(name, value)) for name, value in parameters]


def bound(sparql: str, variables: Mapping[str, Argument]) -> str:
    """Return the query in which *variables* are bound to terms; a str is a plain literal.

    Raises:
        BadParameter: the query has no such variable, or a value is of a type that stands for no term.
    """
    terms = {}
    for key, given in variables.items():
        values = _values(given)
        if len(values) > 1:
            raise BadParameter(
                f"The variable ?{_name(key)} got {len(values)} values. Give one, or write VALUES in "
                "the query.",
                parameter=_name(key),
            )
        terms.update({_name(key): term(_name(key), value) for value in values})
    return bind(sparql, terms)


def _name(key: str) -> str:
    return key.removesuffix("_")


def _values(given: Argument) -> Sequence[Scalar]:
    if given is None:
        return ()
    if isinstance(given, list | tuple | set | frozenset):
        return [value for value in given if value is not None]
    return (given,)  # type: ignore[return-value]  # no sequence of the others is one


def term(name: str, value: object) -> Bound:
    """Return the term that *value* stands for; *name* is what it is given for.

    Raises:
        BadParameter: it stands for none, or for one that a query cannot name.
    """
    known = as_term(value)
    if known is not None:
        return known
    if isinstance(value, bool | int | float | str) and not is_rdflib_term(value):
        return ox.Literal(value)
    if isinstance(value, Decimal) and value.is_finite():
        return _literal(format(value, "f"), "decimal")
    for kind, datatype in _DATATYPES:
        if isinstance(value, kind):
            moment: Any = value
            return _literal(moment.isoformat(), datatype)
    raise _unfit(name, value)


def text(name: str, value: object) -> str:
    """Return the text that stands for *value* in the parameters of a canned query; as :func:`term`."""
    return value if type(value) is str else term(name, value).value


def written(name: str, value: object) -> str:
    """Return *value* in N-Triples syntax, but a str as it is; as :func:`term`."""
    return value if type(value) is str else str(term(name, value))


def _literal(value: str, datatype: str) -> ox.Literal:
    return ox.Literal(value, datatype=ox.NamedNode(PREFIXES["xsd"] + datatype))


def _unfit(name: str, value: object) -> BadParameter:
    return BadParameter(
        f"The parameter {name} has the value {value!r} of the type {type(value).__name__}. Give a str, "
        "a number, a bool, a date or time, or an IRI or literal of pyoxigraph or rdflib.",
        parameter=name,
    )
