"""The keys ``enumerate`` and ``values`` of a query file: which values a parameter can have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gbagraph.queries.parameters import Choice, Drawn
from gbagraph.sparql.tokens import words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.queries.types import Type
    from gbagraph.sparql.tokens import Token

_KEYS: Final = frozenset({"query", "with", "value", "label"})
_FORMS: Final = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})


def choices(value: Any, of: Type) -> tuple[Choice, ...]:  # noqa: ANN401  what YAML holds
    """The values that are listed, each with its label if it has one.

    Raises:
        ValueError: it is no list of values of the type; the message says what is wrong.
    """
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
    """A value, or a mapping of a value to its label."""
    if isinstance(row, dict) and len(row) == 1:
        ((value, label),) = row.items()
        return Choice(_text(value), str(label))
    return Choice(_text(row))


def _text(value: object) -> str:
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
    given = tuple((str(name), _text(each)) for name, each in parameters.items())
    return Drawn(str(value["query"]), given, str(value["value"]), str(value.get("label") or ""))


def drawn_from_itself(query: str, variable: str) -> Drawn:
    """The values that a parameter itself can have in its query, as grlc finds them.

    Raises:
        ValueError: the query has no pattern.
    """
    found = words(query)
    form = _first(found, *_FORMS)
    before = _first(found, "WHERE") if form.text.upper() == "CONSTRUCT" else form
    opening = _first([word for word in found if word.start > before.start], "{")
    end = max((word.end for word in found if word.text == "}"), default=len(query))
    pattern = query[opening.start : end]
    prologue, name = query[: form.start], f"?{variable}"
    text = f"{prologue}SELECT DISTINCT {name} WHERE {pattern} ORDER BY {name}"
    return Drawn("", (), variable, "", text)


def _first(found: Iterable[Token], *texts: str) -> Token:
    """The first token that is one of *texts*, in any case; raises ValueError if there is none."""
    token = next((word for word in found if word.text.upper() in texts), None)
    if token is None:
        raise ValueError("the query has no pattern in which values could be looked for")
    return token
