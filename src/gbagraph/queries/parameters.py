"""Parameters of canned queries: what is declared of each, and how a value becomes a term."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

import pyoxigraph as ox

from gbagraph.errors import BadParameter
from gbagraph.queries.types import Type, text_of
from gbagraph.rdf.namespaces import compact
from gbagraph.sparql.terms import OF_LABEL, Reference
from gbagraph.sparql.tokens import words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.sparql.tokens import Token


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

    def choices(self, answer: bytes) -> tuple[Choice, ...]:
        """Return the values in the *answer* to the query, results JSON, each once, with their labels."""
        values = {
            compact(row[self.value]["value"]).removeprefix("id:"): row.get(self.label, {}).get(
                "value", ""
            )
            for row in json.loads(answer)["results"]["bindings"]
            if self.value in row
        }
        return tuple(Choice(value, label) for value, label in values.items())


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
        """Return *value* as a term in SPARQL syntax.

        Raises:
            BadParameter: it is not of the type, or none of the choices.
        """
        try:
            written = str(self.type.term(text_of(value, self.type)))
        except (ValueError, OverflowError):
            raise self._error(value) from None
        if self.choices and all(written != str(self.type.term(row.value)) for row in self.choices):
            raise self._error(value)
        return written

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
            value = int(text) if kind == "integer" else float(text) if kind == "number" else text
        except ValueError:
            return text
        return value if isinstance(value, str) or math.isfinite(value) else text

    @property
    def is_reference(self) -> bool:
        """Whether only the data can say if a value is one of this parameter."""
        return self.drawn is not None or (self.type.name == "iri" and not self.choices)

    def reference(self, value: object) -> Reference:
        """Return *value* as a reference; one that may be a label is bound as an IRI that nothing has.

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


_KEYS: Final = frozenset({"query", "with", "value", "label"})
_FORMS: Final = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})


def choices(value: Any, of: Type) -> tuple[Choice, ...]:  # noqa: ANN401  what YAML holds
    """Return the values that are listed, each with its label if it has one; none of None.

    Raises:
        ValueError: it is no list of values of the type; the message says what is wrong.
    """
    if value is None:
        return ()
    if not isinstance(value, list) or not value:
        raise ValueError("it has to be a list of values")
    rows = tuple(map(_choice, value))
    for row in rows:
        try:
            of.term(row.value)
        except ValueError:
            raise ValueError(f"{row.value!r} is not {of.expects}") from None
    return rows


def _choice(row: object) -> Choice:
    """Return a value, or a mapping of a value to its label."""
    if isinstance(row, dict) and len(row) == 1:
        ((value, label),) = row.items()
        return Choice(text(value), str(label))
    return Choice(text(row))


def text(value: object) -> str:
    """Return a value of YAML as the text that a parameter reads."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def drawn(value: Any) -> Drawn:  # noqa: ANN401  what YAML holds
    """The values that another query finds, as a mapping with ``query``, ``with``, ``value``, ``label``.

    Raises:
        ValueError: it is no such mapping, or a key is missing or unknown.
    """
    if not isinstance(value, dict) or "query" not in value:
        raise ValueError("it has to be a mapping with query, value and, if there is one, label")
    if unknown := sorted(value.keys() - _KEYS):
        raise ValueError(f"it takes query, with, value and label, not {unknown[0]}")
    if "value" not in value:
        raise ValueError("it does not say which column of the query has the value")
    parameters = value.get("with") or {}
    if not isinstance(parameters, dict):
        raise ValueError("with has to be a mapping of parameters to values")  # noqa: TRY004  as above
    given = tuple((str(name), text(each)) for name, each in parameters.items())
    return Drawn(str(value["query"]), given, str(value["value"]), str(value.get("label") or ""))


def drawn_from_itself(query: str, variable: str) -> Drawn:
    """Return the values that a parameter itself can have in its query, as grlc finds them.

    Raises:
        ValueError: the query has no pattern.
    """
    tokens = words(query)
    form = _first(tokens, *_FORMS)
    before = _first(tokens, "WHERE") if form.text.upper() == "CONSTRUCT" else form
    opening = _first([word for word in tokens if word.start > before.start], "{")
    end = max((word.end for word in tokens if word.text == "}"), default=len(query))
    pattern = query[opening.start : end]
    prologue, name = query[: form.start], f"?{variable}"
    values = f"{prologue}SELECT DISTINCT {name} WHERE {pattern} ORDER BY {name}"
    return Drawn("", (), variable, "", values)


def _first(tokens: Iterable[Token], *texts: str) -> Token:
    """Return the first token that is one of *texts*, in any case; raises ValueError if there is none."""
    token = next((word for word in tokens if word.text.upper() in texts), None)
    if token is None:
        raise ValueError("the query has no pattern in which values could be looked for")
    return token
