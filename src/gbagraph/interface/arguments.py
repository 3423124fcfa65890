"""What is given as keywords: values of Python, terms of pyoxigraph and of rdflib, or lists of them.

A name with an underscore at its end is that without it, so that ``from_`` can be given for ``from``.
``None`` is not given.
"""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.errors import BadParameter
from gbagraph.rdf.namespaces import PREFIXES
from gbagraph.sparql.binding import bind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import rdflib.term

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

_DATATYPES: Final[tuple[tuple[type, str], ...]] = (
    (dt.datetime, "dateTime"),
    (dt.date, "date"),
    (dt.time, "time"),
)


def pairs(parameters: Mapping[str, Argument]) -> list[tuple[str, Scalar]]:
    """The parameters of a canned query as (name, value) pairs; a list is a pair for each value."""
    return [(_name(key), value) for key, given in parameters.items() for value in _values(given)]


def texts(parameters: Iterable[tuple[str, Scalar]]) -> list[tuple[str, str]]:
    """The same pairs as an address has them.

    Raises:
        BadParameter: a value is of a type that stands for no term.
    """
    return [(name, text(name, value)) for name, value in parameters]


def bound(sparql: str, variables: Mapping[str, Argument]) -> str:
    """The query in which *variables* are bound to terms; a str is a plain literal.

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
    """The term that *value* stands for; *name* is what it is given for.

    Raises:
        BadParameter: it stands for none, or for one that a query cannot name.
    """
    if isinstance(value, ox.NamedNode | ox.Literal):
        return value
    if _is_of_rdflib(value):
        return _from_rdflib(name, value)
    if isinstance(value, bool | int | float | str):
        return ox.Literal(value)
    if isinstance(value, Decimal) and value.is_finite():
        return _literal(format(value, "f"), "decimal")
    for kind, datatype in _DATATYPES:
        if isinstance(value, kind):
            moment: Any = value
            return _literal(moment.isoformat(), datatype)
    raise _unfit(name, value)


def text(name: str, value: object) -> str:
    """The text that stands for *value* in the parameters of a canned query; as :func:`term`."""
    return value if type(value) is str else term(name, value).value


def written(name: str, value: object) -> str:
    """*value* in N-Triples syntax, but a str as it is; as :func:`term`."""
    return value if type(value) is str else str(term(name, value))


def _literal(value: str, datatype: str) -> ox.Literal:
    return ox.Literal(value, datatype=ox.NamedNode(PREFIXES["xsd"] + datatype))


def _is_of_rdflib(value: object) -> bool:
    # Without importing it: if nobody has, there is no such value.
    library = sys.modules.get("rdflib.term")
    return library is not None and isinstance(value, library.Identifier)


def _from_rdflib(name: str, value: Any) -> Bound:  # noqa: ANN401  rdflib's attributes differ by class
    library = sys.modules["rdflib.term"]
    if isinstance(value, library.URIRef):
        return ox.NamedNode(str(value))
    if not isinstance(value, library.Literal):
        raise _unfit(name, value)
    if value.language:
        return ox.Literal(str(value), language=value.language)
    datatype = ox.NamedNode(str(value.datatype)) if value.datatype else None
    return ox.Literal(str(value), datatype=datatype)


def _unfit(name: str, value: object) -> BadParameter:
    return BadParameter(
        f"The parameter {name} has the value {value!r} of the type {type(value).__name__}. Give a str, "
        "a number, a bool, a date or time, or an IRI or literal of pyoxigraph or rdflib.",
        parameter=name,
    )
