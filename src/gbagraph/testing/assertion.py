"""The assertion: an answer is the expected one, or a message says which cells differ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gbagraph.paths import display
from gbagraph.testing import updates
from gbagraph.testing.cells import OURS
from gbagraph.testing.comparison import differ
from gbagraph.testing.reading import read
from gbagraph.testing.report import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gbagraph.testing.comparison import Difference, Numeric, Order


class AnswerDiffers(AssertionError):
    """An answer is not the expected one; ``difference`` has the rows and cells."""

    def __init__(self, message: str, difference: Difference) -> None:
        super().__init__(message)
        self.difference = difference


def compare(
    actual: object,
    expected: object,
    *,
    order: Order = "bag",
    numeric: Numeric | None = None,
    prefixes: Mapping[str, str] | None = None,
) -> Difference | None:
    """How *actual* differs from *expected*; None if it does not. Arguments as of assert_solutions.

    Raises:
        QueryFileError: the file with the expected answer is missing, or is not what it should be.
        GbaGraphError: an answer is of no kind that is known.
    """
    found = read(actual)
    return differ(
        read(expected, found.columns),
        found,
        order=order,
        numeric=numeric or ("term" if found.kind == "graph" else "value"),
        prefixes=OURS if prefixes is None else prefixes,
    )


def assert_solutions(
    actual: object,
    expected: object,
    *,
    order: Order = "bag",
    numeric: Numeric | None = None,
    prefixes: Mapping[str, str] | None = None,
) -> None:
    """Assert that *actual* is the answer *expected*, whatever the order of the columns.

    With ``--update-answers``, an expected answer that is a Path is written instead of failing.

    Args:
        actual: an answer of gbagraph, pyoxigraph or rdflib, or any of the forms of *expected*.
        expected: SPARQL results JSON (a dict, text, bytes or Path), CSV, TSV or Turtle (text or Path),
            rows as dicts or tuples of Python values or terms, or a boolean. Blank nodes are the same if
            a bijection makes them so.
        order: ``"bag"`` compares rows in any order, each as often as it is there; ``"ordered"`` in
            order; ``"set"`` each once.
        numeric: ``"value"`` takes 1, 1.0 and 1e0 for equal, ``"term"`` does not, for their datatypes
            differ. By default numbers of solutions are compared by value, those of graphs as terms.
        prefixes: by which texts in CSV and Python rows are read, and terms are shown; by default ours.
            A text without a prefix is a short name of ``id:``, or of the empty prefix.

    Raises:
        AnswerDiffers: they differ; the message names the cells.
        QueryFileError: the file with the expected answer is missing, or is not what it should be.
        GbaGraphError: an answer is of no kind that is known.
    """
    __tracebackhide__ = True
    known = OURS if prefixes is None else prefixes
    path = expected if isinstance(expected, Path) else None
    if path is not None and updates.is_wanted() and not path.exists():
        updates.write(path, read(actual), None, order=order, prefixes=known)
        return
    found = compare(actual, expected, order=order, numeric=numeric, prefixes=prefixes)
    if found is None:
        return
    if path is not None and updates.is_wanted():
        updates.write(path, read(actual), found, order=order, prefixes=known)
        return
    raise AnswerDiffers(text(found, known, name=display(path) if path else ""), found) from None
