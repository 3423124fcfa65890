"""Assert that an answer is the expected one; else name the cells that differ, or write the answer."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gbagraph.features.testing.cells import OURS, Loose, written
from gbagraph.features.testing.comparison import differ
from gbagraph.features.testing.reading import read
from gbagraph.paths import display
from gbagraph.text import aligned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyoxigraph as ox

    from gbagraph.features.testing.cells import Cell, Prefixes, Table
    from gbagraph.features.testing.comparison import Changed, Difference, Numeric, Order


_SHOWN: Final = 20
"""Rows of each sort that are shown."""
_WIDTH: Final = 48
"""Characters of a cell in the table."""
_LONG: Final = 120
"""Characters of a cell that differs."""
_ABOUT: Final = 2
"""Cells that tell which row has changed."""


def report(difference: Difference, prefixes: Prefixes, *, name: str = "") -> str:
    """Return the difference in words; *name* is the file with the expected answer, if it is in one."""
    where = f" ({name})" if name else ""
    parts = [f"The answer is not the expected one{where}{_counts(difference)}"]
    if difference.problem:
        parts.append(difference.problem)
    parts += _cells(difference, prefixes)
    parts += _table(difference, prefixes)
    return "\n".join(parts)


def _counts(difference: Difference) -> str:
    said = _said(difference, "changed", "missing", "unexpected")
    if not said:
        return "."
    rows = "triples" if difference.expected.kind == "graph" else "rows"
    sizes = (
        f"{len(difference.expected.rows)} expected and {len(difference.actual.rows)} actual {rows}"
    )
    return f": of {sizes}, {said}."


def _said(difference: Difference, *names: str) -> str:
    """Return the numbers of rows that are changed, missing and unexpected, which have these *names*."""
    rows = (difference.changed, difference.missing, difference.unexpected)
    pairs = zip(map(len, rows), names, strict=True)
    return ", ".join(f"{number} {what}" for number, what in pairs if number)


def _cells(difference: Difference, prefixes: Prefixes) -> list[str]:
    """Return a line for each cell that differs, below one that says which row it is."""
    lines = []
    for row in difference.changed[:_SHOWN]:
        lines.append(f"  {_place(row)}{_about(difference, row, prefixes)}:")
        for place in row.columns:
            one, other = _pair(difference, row, place, prefixes)
            lines.append(
                f"    {difference.expected.columns[place]}: expected {one}, actual {other}"
            )
    return lines + _more(len(difference.changed), "rows changed")


def _place(row: Changed) -> str:
    if row.expected == row.actual:
        return f"row {row.expected + 1}"
    return f"row {row.expected + 1}, in the answer row {row.actual + 1}"


def _about(difference: Difference, row: Changed, prefixes: Prefixes) -> str:
    """Return the first cells that agree."""
    columns = difference.expected.columns
    same = [place for place in range(len(columns)) if place not in row.columns][:_ABOUT]
    cells = difference.actual.rows[row.actual]
    told = [f"{columns[place]} {_cut(written(cells[place], prefixes), _WIDTH)}" for place in same]
    return f" ({', '.join(told)})" if told else ""


def _pair(difference: Difference, row: Changed, place: int, prefixes: Prefixes) -> tuple[str, str]:
    """Two cells that differ, written so that this shows."""
    cells = difference.expected.rows[row.expected][place], difference.actual.rows[row.actual][place]
    one, other = (written(cell, prefixes) for cell in cells)
    if unicodedata.normalize("NFKC", one) == unicodedata.normalize("NFKC", other):
        one, other = (_in_full(cell) for cell in cells)
    elif not (one + other).isprintable():
        one, other = (_escaped(text) for text in (one, other))
    return _around(one, other), _around(other, one)


def _in_full(cell: Cell) -> str:
    """A cell with all that can differ: datatypes in full, and no character that looks like another."""
    if isinstance(cell, Loose):
        return f"the text {_escaped(cell.text)}"
    return _escaped(str(cell))


def _escaped(text: str) -> str:
    return "".join(
        letter if letter.isascii() and letter.isprintable() else f"\\u{ord(letter):04X}"
        for letter in text
    )


def _around(text: str, other: str) -> str:
    """Return *text*, cut about the place where it differs from *other*."""
    if len(text) <= _LONG:
        return text
    first = next(
        (place for place, pair in enumerate(zip(text, other, strict=False)) if pair[0] != pair[1]),
        min(len(text), len(other)),
    )
    start = max(0, min(first - _LONG // 2, len(text) - _LONG))
    end = start + _LONG
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def _table(difference: Difference, prefixes: Prefixes) -> list[str]:
    rows = [["", "row", *difference.expected.columns]]
    for row in difference.changed[:_SHOWN]:
        rows.append(_line("~", row.expected, difference.expected.rows[row.expected], prefixes))
        after = _line("", row.actual, difference.actual.rows[row.actual], prefixes)
        rows.append([*after[:2], *_only(after[2:], row.columns)])
    rows += _lines("-", difference.missing, difference.expected.rows, prefixes)
    rows += _lines("+", difference.unexpected, difference.actual.rows, prefixes)
    if len(rows) == 1:
        return []
    legend = "~ expected, and what it is instead   - missing   + unexpected"
    more = _more(len(difference.missing), "missing") + _more(
        len(difference.unexpected), "unexpected"
    )
    return [legend, *aligned(rows), *more]


def _only(cells: Sequence[str], columns: Iterable[int]) -> list[str]:
    return [cell if place in columns else "" for place, cell in enumerate(cells)]


def _lines(
    sign: str, places: Sequence[int], rows: Sequence[Sequence[Cell]], prefixes: Prefixes
) -> list[list[str]]:
    return [_line(sign, place, rows[place], prefixes) for place in places[:_SHOWN]]


def _line(sign: str, place: int, row: Sequence[Cell], prefixes: Prefixes) -> list[str]:
    return [sign, str(place + 1), *(_cut(written(cell, prefixes), _WIDTH) for cell in row)]


def _cut(text: str, width: int) -> str:
    text = text if text.isprintable() else _escaped(text)
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _more(count: int, what: str) -> list[str]:
    return [f"  and {count - _SHOWN} more {what}"] if count > _SHOWN else []


def sentence(triple: ox.Triple, prefixes: Prefixes) -> str:
    """Return a triple in one line."""
    return " ".join(
        [
            written(triple.subject, prefixes),
            written(triple.predicate, prefixes),
            _cut(written(triple.object, prefixes), _LONG),
        ]
    )


@dataclass(slots=True)
class Updates:
    """Whether answers are to be written; the files written, each with what changed and its hash."""

    is_wanted: bool = False
    files: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def add(self, name: str, what: str, digest: str) -> None:
        """Note that a file was written."""
        self.files.setdefault(name, []).append((what, digest))

    def lines(self) -> list[str]:
        """Return a line for each file, and one more where two tests have written different answers."""
        lines = []
        for name, rows in sorted(self.files.items()):
            lines.append(f"{name}: {rows[0][0]}")
            if len({digest for _, digest in rows}) > 1:
                lines.append(
                    f"{name}: two tests wrote different answers. Give each a file of its own"
                )
        return lines


RUN = Updates()
"""The updates of this process; the plugin sets whether expected answers are to be written."""


def write(
    path: Path, actual: Table, difference: Difference | None, *, order: Order, prefixes: Prefixes
) -> None:
    """Write *actual* as the expected answer, and note it.

    Raises:
        QueryFileError: the extension of *path* is of no format that can hold it.
    """
    from gbagraph.features.testing.query_files import save  # noqa: PLC0415  most runs write nothing

    content = save(path, actual, difference, order=order, prefixes=prefixes)
    RUN.add(display(path), _what(difference), hashlib.sha256(content).hexdigest())


def _what(difference: Difference | None) -> str:
    if difference is None:
        return "new"
    said = _said(difference, "changed", "removed", "added")
    return f"rows {said}" if said else "rewritten"


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
    answer = read(actual)
    return differ(
        read(expected, answer.columns),
        answer,
        order=order,
        numeric=numeric or ("term" if answer.kind == "graph" else "value"),
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
    if path is not None and RUN.is_wanted and not path.exists():
        write(path, read(actual), None, order=order, prefixes=known)
        return
    difference = compare(actual, expected, order=order, numeric=numeric, prefixes=prefixes)
    if difference is None:
        return
    if path is not None and RUN.is_wanted:
        write(path, read(actual), difference, order=order, prefixes=known)
        return
    raise AnswerDiffers(
        report(difference, known, name=display(path) if path else ""), difference
    ) from None
