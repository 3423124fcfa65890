"""Terms as values of Python, and values of Python as terms.

Values that are given as keywords are those of Python, terms of pyoxigraph and of rdflib, or lists of
them. A name with an underscore at its end is that without it, so that ``from_`` can be given for
``from``. ``None`` is not given, and neither is a missing value of pandas. A scalar of numpy is its value
in Python.
"""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.errors import BadParameter
from gbagraph.queries.types import as_term, is_rdflib_term
from gbagraph.rdf.formats import BRIEF, JSON
from gbagraph.rdf.namespaces import PREFIXES
from gbagraph.rdf.results import NUMBERS, reader
from gbagraph.sparql.binding import bind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import rdflib.term

    from gbagraph.rdf.formats import Explained
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

_DATE: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME: Final = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
"""With so many digits of a second as Python keeps; what has more is not the same in Python."""
_READERS: Final[dict[str, Callable[[str], Value]]] = {
    **NUMBERS,
    f"{PREFIXES['xsd']}date": reader(_DATE, dt.date.fromisoformat),
    f"{PREFIXES['xsd']}dateTime": reader(f"{_DATE}T{_TIME}", dt.datetime.fromisoformat),
    f"{PREFIXES['xsd']}dateTimeStamp": reader(f"{_DATE}T{_TIME}", dt.datetime.fromisoformat),
    f"{PREFIXES['xsd']}time": reader(_TIME, dt.time.fromisoformat),
    f"{PREFIXES['xsd']}gYear": reader("-?[0-9]{4,9}", int),
}


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


_DATATYPES: Final[tuple[tuple[type, str], ...]] = (
    (dt.datetime, "dateTime"),
    (dt.date, "date"),
    (dt.time, "time"),
)


def pairs(parameters: Mapping[str, Argument]) -> list[tuple[str, Scalar]]:
    """Return the parameters of a canned query as (name, value) pairs, several for a list.

    Raises:
        BadParameter: a value is of a type that stands for no term.
    """
    given = [
        (key.removesuffix("_"), value)
        for key, some in parameters.items()
        for value in _values(some)
    ]
    texts(given)
    return given


def texts(parameters: Iterable[tuple[str, Scalar]]) -> list[tuple[str, str]]:
    """Return the same pairs as an address has them; errors as of :func:`pairs`."""
    return [(name, text(name, value)) for name, value in parameters]


def bound(sparql: str, variables: Mapping[str, Argument]) -> str:
    """Return the query in which *variables* are bound to terms; a str is a plain literal.

    Raises:
        BadParameter: the query has no such variable, or a value is of a type that stands for no term.
    """
    terms: dict[str, Bound] = {}
    for name, value in pairs(variables):
        if name in terms:
            raise BadParameter(
                f"The variable ?{name} got several values. Give one, or write VALUES in the query.",
                parameter=name,
            )
        terms[name] = term(name, value)
    return bind(sparql, terms)


def _values(given: Argument) -> Sequence[Scalar]:
    several: Any = given if isinstance(given, list | tuple | set | frozenset) else (given,)
    return [value for value in map(_plain, several) if value is not None]


def _plain(value: Any) -> Any:  # noqa: ANN401  any value at all
    """A value as Python has it, which numpy or pandas may have made; neither is imported for that."""
    pandas: Any = sys.modules.get("pandas")
    if pandas and (value is pandas.NA or value is pandas.NaT):
        return None
    if getattr(value, "shape", None) != ():
        return value
    # The item of a moment with nanoseconds would be their number.
    return (value.astype("M8[us]") if value.dtype == "M8[ns]" else value).item()


def term(name: str, value: Any) -> Bound:  # noqa: ANN401  any value
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
    raise BadParameter(
        f"The parameter {name} has the value {value!r:.100} of the type {type(value).__name__}. Give a "
        "str, a number, a bool, a date or time, or an IRI or literal of pyoxigraph or rdflib.",
        parameter=name,
    )


def text(name: str, value: object) -> str:
    """Return the text that stands for *value* in the parameters of a canned query; as :func:`term`."""
    return value if type(value) is str else term(name, value).value


def written(name: str, value: object) -> str:
    """Return *value* in N-Triples syntax, but a str as it is; as :func:`term`."""
    value = _plain(value)
    return value if type(value) is str else str(term(name, value))


def _literal(value: str, datatype: str) -> ox.Literal:
    return ox.Literal(value, datatype=ox.NamedNode(PREFIXES["xsd"] + datatype))


def explained(evidence: object) -> Explained:
    """Return whether a caller who gives this wants evidence, and whether in brief.

    Raises:
        BadParameter: it does not say so.
    """
    require_one_of("evidence", evidence, (False, True, BRIEF))
    return BRIEF if evidence == BRIEF else bool(evidence)


def require_one_of(name: str, value: object, known: Sequence[object]) -> None:
    """Raise BadParameter unless *value* is one of those *known* for the argument *name*."""
    if value not in known:
        said = f"The argument {name} is {value!r:.100}. Give one of: {', '.join(map(repr, known))}."
        raise BadParameter(said, parameter=name)


class Request(NamedTuple):
    """A request to a server: GET of *path* with *parameters*, or POST of them as a form."""

    path: str
    parameters: Sequence[tuple[str, str]]
    accept: str = JSON.media_type
    is_form: bool = False
    language: str = ""

    @property
    def arguments(self) -> dict[str, Any]:
        """The request as httpx takes it."""
        headers = {"Accept": f"{self.accept}, application/problem+json"}
        if self.language:
            headers["Accept-Language"] = self.language
        common = {"url": self.path, "headers": headers}
        if not self.is_form:
            return {"method": "GET", "params": list(self.parameters), **common}
        fields: dict[str, list[str]] = {}
        for name, value in self.parameters:
            fields.setdefault(name, []).append(value)
        return {"method": "POST", "data": fields, **common}
