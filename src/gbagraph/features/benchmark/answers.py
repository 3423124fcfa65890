"""Files of answers: a line of JSON for each, of a system that anybody runs.

``id`` names the question and ``language`` the one in which it was asked. The answer is one of ``query``
(SPARQL, evaluated here), ``rows``, ``refused: true``, and ``error``, where the system failed. ``rows``
are SPARQL results in JSON, or a list of rows, all lists of cells or all objects: a cell is a number, a
truth value, a text, an IRI or a prefixed name, which a label in quotes may follow. ``citations`` are the
passages on which the answer rests, each an IRI or a prefixed name, with ``: 2`` after it for a sentence.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from contextlib import suppress
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

import msgspec

from gbagraph.errors import RequestError
from gbagraph.paths import display
from gbagraph.rdf.namespaces import in_full
from gbagraph.rdf.results import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gbagraph.features.benchmark.questions import Question

    Row = tuple[str, ...]

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_LABELLED: Final = re.compile(r'<?([^\s<>]+:[^\s<>]*)>?(?: "[^"]*"(?:@[\w-]+)?)?')
_FORM: Final = (
    'A line is {"id": ..., "language": "en", ...} with one of query, rows, refused: true and error, and '
    "with citations."
)


Cell = str | int | float | bool | None


class Answer(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """An answer to the question *id* in a language; see above."""

    id: str
    language: str
    query: str = ""
    rows: dict[str, Any] | list[list[Cell] | dict[str, Cell]] | None = None
    refused: bool = False
    error: str = ""
    citations: tuple[str, ...] = ()

    def fault(self, asked: Mapping[str, Question]) -> str:
        """Return what is wrong with it beyond its form, of questions that are *asked*, or nothing."""
        given, question = (
            (self.query, self.rows is not None, self.refused, self.error),
            asked.get(self.id),
        )
        faults = {
            f"there is no question {self.id!r}": question is None,
            f"{self.id} is not asked in {self.language!r}": question
            and self.language not in question.texts,
            "it has no answer, or two": sum(map(bool, given)) != 1,
            "rows are no table": not is_table(self.rows or []),
        }
        return next((fault for fault, is_one in faults.items() if is_one), "")


def is_table(answer: Any) -> bool:  # noqa: ANN401  what JSON has
    """Whether *found* is rows of one form, or of the SPARQL 1.1 Query Results JSON Format."""
    with suppress(KeyError, TypeError, AttributeError):
        return table(answer) is not None
    return False


def read(path: Path, asked: Mapping[str, Question]) -> list[Answer]:
    """Return the answers in a file to questions that are *asked*, by their ids.

    Raises:
        RequestError: there are none, a line is of another form, names a question or language that is
            not asked, or answers one again; the message names it.
        OSError: it cannot be read.
    """
    answers: dict[tuple[str, str], Answer] = {}
    for place, line in enumerate(path.read_bytes().removeprefix(BOM_UTF8).splitlines(), start=1):
        if line.strip():
            try:
                answer = msgspec.json.decode(line, type=Answer)
                is_again = (answer.id, answer.language) in answers
                fault = answer.fault(asked) or is_again * "a line before answers this, too"
            except (msgspec.MsgspecError, ValueError, RecursionError) as problem:
                fault = str(problem)
            if fault:
                raise RequestError(f"{display(path)}, line {place}: {fault}. {_FORM}")
            answers[answer.id, answer.language] = answer
    if not answers:
        raise RequestError(f"{display(path)} has no answers. {_FORM}")
    return list(answers.values())


class Number(str):  # noqa: SLOT000  few are kept
    """A cell that is a number, in the form that all with its value have."""


def number(text: str) -> str:
    """Return what *text* is as a number, or itself if it is none."""
    return Number(format(float(text), ".15g")) if _NUMBER.fullmatch(text) else text


def columns(answer: Mapping[str, Any] | list[Any]) -> list[str]:
    """Return the names of the columns of an answer, of whatever form; none if it has none."""
    if isinstance(answer, list):
        return list(dict.fromkeys(name for row in answer if isinstance(row, dict) for name in row))
    return [] if "boolean" in answer else list(answer["head"].get("vars", ()))


def table(answer: Mapping[str, Any] | list[Any], like: Sequence[str] = ()) -> list[Row]:
    """Return the rows of an answer, of whatever form, with a text for each cell.

    Columns of the names *like* come first, in this order, if all are there. What is a number in the
    answer has the form that all with its value have; texts have no language.
    """
    if "boolean" in answer and not isinstance(answer, list):
        return [(_key(answer["boolean"]),)]
    given = columns(answer)
    names = list(dict.fromkeys((*like, *given))) if set(like) <= set(given) else given
    rows = answer if isinstance(answer, list) else answer["results"]["bindings"]
    cells = [[row.get(n) for n in names] for row in rows] if names else rows
    return [tuple(map(_key, row)) for row in zip(*zip_longest(*cells), strict=True)]


def _key(cell: Any) -> str:  # noqa: ANN401  what JSON has
    if isinstance(cell, dict):  # a term of SPARQL results
        text = str(cell.get("value", ""))
        return number(text) if cell.get("datatype") in NUMBERS else text
    if isinstance(cell, str):
        named = _LABELLED.fullmatch(cell)
        return in_full(named[1]) if named else cell
    return "" if cell is None else number(str(cell).lower())
