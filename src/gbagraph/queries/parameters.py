"""Parameters of canned queries: what is declared of each, and how a value becomes a term."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import quote

import pyoxigraph as ox

from gbagraph.errors import BadParameter
from gbagraph.queries.types import Type, text_of
from gbagraph.sparql.references import OF_LABEL, Reference

_SHOWN: Final = 100
"""Characters of a value that an error shows."""


class Choice(NamedTuple):
    """One of the values that a parameter can have, and what people call it."""

    value: str
    label: str = ""


class Drawn(NamedTuple):
    """Values that another canned query finds: its name, its parameters, and the columns to read.

    *label* is the column with the names of the values; empty if there is none.
    """

    query: str
    given: tuple[tuple[str, str], ...]
    value: str
    label: str = ""
    text: str = ""
    """The query with its parameters bound; the catalog adds it."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a canned query, and the variable that it binds.

    *default* is what a parameter is bound to that is not given; *example* is a value with which the
    query has an answer. *choices* or *drawn* say which values there are, if not all of the type.
    """

    name: str
    variable: str
    type: Type
    required: bool
    is_list: bool = False
    description: str = ""
    default: str | None = None
    example: str | None = None
    choices: tuple[Choice, ...] = ()
    drawn: Drawn | None = None

    @property
    def expects(self) -> str:
        """What a valid value is, in words."""
        if self.choices:
            return f"one of {', '.join(choice.value for choice in self.choices)}"
        if self.drawn is not None:
            return f"one of those that the query {self.drawn.query} finds: {self.type.expects}"
        return self.type.expects

    def term(self, value: object) -> str:
        """*value* as a term in SPARQL syntax.

        Raises:
            BadParameter: it is not of the type, or none of the choices.
        """
        try:
            found = str(self.type.term(text_of(value, self.type)))
        except (ValueError, OverflowError):
            raise self._error(value) from None
        if self.choices and all(found != str(self.type.term(row.value)) for row in self.choices):
            raise self._error(value)
        return found

    def _error(self, value: object) -> BadParameter:
        shown = str(value)
        return BadParameter(
            f"The parameter {self.name} has the value {shown[:_SHOWN]!r}. Expected: {self.expects}.",
            parameter=self.name,
            value=shown[:_SHOWN],
            expected=self.expects,
        )

    def json_value(self, text: str) -> str | int | float | bool:
        """*text* as the value that ``type.schema`` has; as it is where JSON has none, as of INF."""
        kind = dict(self.type.schema)["type"]
        if kind == "boolean":
            return text in ("true", "1")
        try:
            found = int(text) if kind == "integer" else float(text) if kind == "number" else text
        except ValueError:
            return text
        return found if isinstance(found, str) or math.isfinite(found) else text

    @property
    def is_reference(self) -> bool:
        """Whether only the data can tell if a value is one of this parameter."""
        return self.drawn is not None or (self.type.name == "iri" and not self.choices)

    def reference(self, value: object) -> Reference:
        """*value* as a reference; one that may be a label is bound as an IRI that nothing has.

        Raises:
            BadParameter: it is not of the type.
        """
        try:
            term = self.term(value)
        except BadParameter:
            if self.type.name != "iri" or not isinstance(value, str) or not value.strip():
                raise
            term = str(ox.NamedNode(f"{OF_LABEL}{quote(value, safe='')}"))
        # A term of rdflib is a str too, of a class that nothing else here knows.
        shown = str(value) if isinstance(value, str) else text_of(value, self.type)
        among = self.drawn or Drawn("", (), "")
        return Reference(self.name, shown, term, among.text, among.value)
