"""Files of answers: a line of JSON for each, of a system that anybody runs.

``id`` names the question and ``language`` the one in which it was asked. The answer is one of ``query``
(SPARQL, evaluated here), ``rows``, ``refused: true``, and ``error``, where the system failed. ``rows``
are SPARQL results in JSON, or a list of rows, each a list of cells or an object: a cell is a number, a
truth value, a text, an IRI or a prefixed name, which a label in quotes may follow. ``citations`` are the
passages on which the answer rests, each an IRI or a prefixed name, with ``: 2`` after it for a sentence.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from gbagraph.errors import RequestError
from gbagraph.paths import display
from gbagraph.rdf.namespaces import in_full

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    Row = tuple[str, ...]

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_LABELLED: Final = re.compile(r'<?([^\s<>]+)>?(?: "[^"]*"(?:@[\w-]+)?)?')
_FORM: Final = (
    'A line is {"id": ..., "language": "en", ...} with one of query, rows, refused: true and error, and '
    "with citations."
)


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer to the question *id* in a language; see above."""

    id: str
    language: str
    query: str = ""
    rows: dict[str, Any] | list[list[Any] | dict[str, Any]] | None = None
    refused: bool = False
    error: str = ""
    citations: tuple[str, ...] = ()


def read(path: Path) -> list[Answer]:
    """Return the answers in a file.

    Raises:
        RequestError: a line is of another form; the message names it.
        OSError: it cannot be read.
    """
    answers = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            answer = msgspec.json.decode(line, type=Answer)
        except msgspec.MsgspecError as problem:
            raise RequestError(f"{display(path)}, line {number}: {problem}. {_FORM}") from None
        if (
            sum(map(bool, (answer.query, answer.rows is not None, answer.refused, answer.error)))
            != 1
        ):
            raise RequestError(f"{display(path)}, line {number}: it has no answer, or two. {_FORM}")
        answers.append(answer)
    return answers


def table(found: Mapping[str, Any] | list[Any]) -> list[Row]:
    """Return the rows of an answer, of whatever form, with a text for each cell.

    Equal texts are equal cells: numbers are compared by value, texts without their language.
    """
    if isinstance(found, list):
        names = list(dict.fromkeys(name for row in found if isinstance(row, dict) for name in row))
        return [tuple(map(_key, [row.get(n) for n in names] if names else row)) for row in found]
    if "boolean" in found:
        return [(_key(found["boolean"]),)]
    names = found["head"]["vars"]
    return [tuple(_key(row.get(name)) for name in names) for row in found["results"]["bindings"]]


def _key(cell: Any) -> str:  # noqa: ANN401  what JSON has
    if isinstance(cell, dict):  # a term of SPARQL results
        text = str(cell.get("value", ""))
        return _value(text) if cell.get("type") != "uri" else text
    if cell is None or isinstance(cell, bool):
        return "" if cell is None else str(cell).lower()
    text = str(cell)
    named = _LABELLED.fullmatch(text)
    return _value(in_full(named[1]) if named else text)


def _value(text: str) -> str:
    return format(float(text), ".15g") if _NUMBER.fullmatch(text) else text
