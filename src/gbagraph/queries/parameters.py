"""Parameters of canned queries: their types, and how a value becomes a term."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.errors import BadParameter
from gbagraph.rdf.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Callable

_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:_[A-Za-z0-9]{2,8})*\Z")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}\Z")
_YEAR: Final = re.compile(r"-?[0-9]{4,9}\Z")


def _iri(value: str) -> str:
    """A term from an absolute IRI, a prefixed name, or the last part of an IRI below /id/."""
    prefix, colon, local = value.partition(":")
    if not colon:
        if not _NAME.match(value):
            raise ValueError(value)
        return str(ox.NamedNode(PREFIXES["id"] + value))
    namespace = PREFIXES.get(prefix)
    return str(ox.NamedNode(namespace + local if namespace else value))


def _literal(datatype: str, accepts: Callable[[str], object]) -> Callable[[str], str]:
    def term(value: str) -> str:
        if not accepts(value):
            raise ValueError(value)
        return str(ox.Literal(value, datatype=ox.NamedNode(PREFIXES["xsd"] + datatype)))

    return term


def _string(value: str) -> str:
    return str(ox.Literal(value))


TYPES: Final[dict[str, tuple[str, Callable[[str], str]]]] = {
    "iri": ("an IRI, a prefixed name, or a name such as knowledge-city", _iri),
    "integer": ("an integer such as 2020", _literal("integer", _INTEGER.match)),
    "xsd_date": (
        "a date such as 2020-08-31",
        _literal("date", lambda value: len(value) == 10 and dt.date.fromisoformat(value)),
    ),
    "xsd_gYear": ("a year such as 2020", _literal("gYear", _YEAR.match)),
    "string": ("a text", _string),
}


def is_type(name: str) -> bool:
    """Whether there is a type of this name: in the table, or a language tag."""
    return name in TYPES or _LANGUAGE.match(name) is not None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a canned query, and the variable that it binds."""

    name: str
    variable: str
    type: str
    required: bool
    description: str = ""
    default: str | None = None
    choices: tuple[str, ...] = ()

    @property
    def expects(self) -> str:
        """What a valid value is, in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        return TYPES[self.type][0] if self.type in TYPES else f"a text in the language {self.type}"

    def term(self, value: str) -> str:
        """*value* as a term in SPARQL syntax; raises BadParameter if it is not of the type."""
        try:
            return self._term(value)
        except ValueError:
            raise BadParameter(
                f"The parameter {self.name} has the value {value!r}. Expected: {self.expects}.",
                parameter=self.name,
                value=value,
                expected=self.expects,
            ) from None

    def _term(self, value: str) -> str:
        if self.choices and value not in self.choices:
            raise ValueError(value)
        if self.type not in TYPES:
            return str(ox.Literal(value, language=self.type.replace("_", "-")))
        return TYPES[self.type][1](value)
