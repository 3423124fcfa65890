"""Assert that an answer is the expected one; else name the cells that differ, or write the answer."""

from __future__ import annotations

import hashlib
import math
import re
import sys
import unicodedata
import warnings
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

from gbagraph.errors import GbaGraphError
from gbagraph.features.testing.cells import OURS, Loose, written
from gbagraph.features.testing.comparison import Numeric, Order, differ, with_columns
from gbagraph.features.testing.reading import EXTENSIONS, read
from gbagraph.paths import display
from gbagraph.text import aligned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyoxigraph as ox

    from gbagraph.features.testing.cells import Cell, Close, Prefixes, Table
    from gbagraph.features.testing.comparison import Changed, Difference


Severity = Literal["error", "warning"]

_SHOWN: Final = 20
"""Rows of each sort that are shown."""
_WIDTH: Final = 48
"""Characters of a cell in the table."""
_LONG: Final = 120
"""Characters of a cell that differs."""
_AS_CSV: Final = (
    "The expected text was read as CSV: it neither begins as JSON, XML or Turtle do nor is the name of "
    f"a file ({', '.join(EXTENSIONS)})."
)


def report(difference: Difference, prefixes: Prefixes, *, name: str = "") -> str:
    """Return the difference in words, the first cell first; *name* is the file with what is expected."""
    where = f" ({name})" if name else ""
    sizes = f"{len(difference.expected.rows)} expected, {len(difference.actual.rows)} actual"
    rows = "triples" if difference.expected.kind == "graph" else "rows"
    first, *cells = _cells(difference, prefixes)
    said = _said(difference, "changed", "missing", "unexpected")
    return "\n".join(
        [
            f"{first} ({said})" if said else first,
            f"The answer is not the expected one{where}: {sizes} {rows}.",
            *(f"  {cell}" for cell in cells),
            *_as_csv(difference, name),
            *_unknown_prefixes(difference, prefixes),
            *_table(difference, prefixes),
        ]
    )


def _as_csv(difference: Difference, name: str) -> list[str]:
    """Return how a text was read that is no file with this *name*, if nothing of it is in the answer."""
    return [_AS_CSV] * all(
        (difference.problem, difference.expected.written is not None, not difference.same, not name)
    )


def _unknown_prefixes(difference: Difference, prefixes: Prefixes) -> list[str]:
    """Return a line for each text that looks like a prefixed name, and whose prefix is not known."""
    names = {
        match[1]
        for place in (*(row.expected for row in difference.changed), *difference.missing)
        for cell in difference.expected.rows[place]
        if isinstance(cell, Loose)
        and (match := re.match(r"([A-Za-z][\w.-]*):[^\s/]\S*\Z", cell.text))
    }
    return [
        f"The prefix {name}: is not known here. Declare it in the query file, or give it: "
        f'prefixes={{"{name}": "http://…"}}.'
        for name in sorted(names - prefixes.keys() - {"urn", "mailto", "tel"})
    ]


def _said(difference: Difference, *names: str) -> str:
    """Return the numbers of rows that are changed, missing and unexpected, which have these *names*."""
    rows = (difference.changed, difference.missing, difference.unexpected)
    pairs = zip(map(len, rows), names, strict=True)
    return ", ".join(f"{number} {what}" for number, what in pairs if number)


def _cells(difference: Difference, prefixes: Prefixes) -> list[str]:
    """Return a line for each cell that differs; before them what else is wrong, or the first row."""
    lines = [difference.problem] if difference.problem else []
    for row in difference.changed[:_SHOWN]:
        of = _about(difference, row, prefixes)
        for place in row.columns:
            one, other = _pair(difference, row, place, prefixes)
            name = difference.expected.columns[place]
            lines.append(f"{name}{of}: expected {one}, actual {other}")
    if not lines:
        gone = difference.missing
        table, places = (
            (difference.expected, gone) if gone else (difference.actual, difference.unexpected)
        )
        pairs = zip(table.columns, table.rows[places[0]], strict=True)
        cells = ", ".join(f"{name} {_cut(written(cell, prefixes), _WIDTH)}" for name, cell in pairs)
        lines.append(f"{'missing' if gone else 'unexpected'}: {cells}")
    return lines + _more(len(difference.changed), "rows changed")


def _about(difference: Difference, row: Changed, prefixes: Prefixes) -> str:
    """Return the first cell that agrees, and is no blank node."""
    cells = enumerate(difference.actual.rows[row.actual])
    same = (written(cell, prefixes) for place, cell in cells if place not in row.columns)
    return next((f" of {_cut(text, _WIDTH)}" for text in same if not text.startswith("_:")), "")


def _pair(difference: Difference, row: Changed, place: int, prefixes: Prefixes) -> tuple[str, str]:
    """Two cells that differ, written so that this shows."""
    cells = difference.expected.rows[row.expected][place], difference.actual.rows[row.actual][place]
    one, other = (written(cell, prefixes) for cell in cells)
    if _visible(one) == _visible(other):
        texts = (f'"{cell.text}"' if isinstance(cell, Loose) else str(cell) for cell in cells)
        one, other = map(_escaped, texts)
    elif not (one + other).isprintable():
        one, other = _escaped(one), _escaped(other)
    return _around(one, other), _around(other, one)


def _visible(text: str) -> str:
    """What is seen of a text, in quotes or not: no space, and letters in one form."""
    text = unicodedata.normalize("NFKC", text.strip('"'))
    return "".join(letter for letter in text if letter.isprintable() and letter != " ")


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
        before = _line("~", row.expected, difference.expected.rows[row.expected], prefixes)
        after = ["", str(row.actual + 1), *("" for _ in difference.expected.columns)]
        for place in row.columns:
            pair = _pair(difference, row, place, prefixes)
            before[place + 2], after[place + 2] = (_cut(text, _WIDTH) for text in pair)
        rows += [before, after]
    more = []
    for sign, what, places, table in (
        ("-", "missing", difference.missing, difference.expected),
        ("+", "unexpected", difference.unexpected, difference.actual),
    ):
        rows += [_line(sign, place, table.rows[place], prefixes) for place in places[:_SHOWN]]
        more += _more(len(places), what)
    if len(rows) == 1:
        return []
    legend = "~ expected, and what it is instead   - missing   + unexpected"
    return [legend, *aligned(rows), *more]


def _line(sign: str, place: int, row: Sequence[Cell], prefixes: Prefixes) -> list[str]:
    return [sign, str(place + 1), *(_cut(written(cell, prefixes), _WIDTH) for cell in row)]


def _cut(text: str, width: int) -> str:
    text = text if text.isprintable() else _escaped(text)
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _more(count: int, what: str) -> list[str]:
    return [f"and {count - _SHOWN} more {what}"] if count > _SHOWN else []


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


def compare(  # noqa: PLR0913  one option each
    actual: object,
    expected: object,
    *,
    order: Order = "bag",
    numeric: Numeric | None = None,
    abs_tol: float = 0,
    rel_tol: float = 0,
    exclude: str | Sequence[str] = (),
    prefixes: Mapping[str, str] | None = None,
) -> Difference | None:
    """How *actual* differs from *expected*; None if it does not. Arguments as of assert_solutions.

    Raises:
        QueryFileError: the file with the expected answer is missing, or is not what it should be.
        GbaGraphError: an answer is of no kind that is known, or an option has a wrong value.
    """
    _require("order", order, get_args(Order))
    _require("numeric", numeric or "value", get_args(Numeric))
    close = _closeness(abs_tol, rel_tol)
    answer = _without(exclude, read(_located(actual)), must_have=True)
    return differ(
        _without(exclude, read(_located(expected), answer.columns)),
        answer,
        order=order,
        numeric=numeric or ("term" if answer.kind == "graph" else "value"),
        prefixes={**OURS, **(prefixes or {})},
        close=close,
    )


def _located(value: object) -> object:
    """Return the path that *value* names, *value* itself if it names none.

    A relative one lies beside the file that calls our caller, if there is one.
    """
    is_name = isinstance(value, str) and "\n" not in value and value.lower().endswith(EXTENSIONS)
    if not is_name and not isinstance(value, Path):
        return value
    file = Path(sys._getframe(2).f_code.co_filename)  # noqa: SLF001  of Python, though documented
    return Path.cwd() / (file.parent if file.is_file() else "") / value  # type: ignore[operator]


def _require(name: str, value: object, known: Sequence[object]) -> None:
    if value not in known:
        raise GbaGraphError(
            f"{name} is {value!r}, but has to be one of {', '.join(map(str, known))}."
        )


def _closeness(abs_tol: float, rel_tol: float) -> Close | None:
    if not all(
        hasattr(each, "__float__") and not isinstance(each, bool) and 0 <= float(each) < math.inf
        for each in (abs_tol, rel_tol)
    ):
        raise GbaGraphError(
            f"abs_tol is {abs_tol!r} and rel_tol is {rel_tol!r}. They have to be finite numbers, 0 or "
            "more."
        )
    close = partial(math.isclose, abs_tol=float(abs_tol), rel_tol=float(rel_tol))
    return close if abs_tol or rel_tol else None


def _without(exclude: object, table: Table, *, must_have: bool = False) -> Table:
    """Return the table without these columns, which it *must have*, or may."""
    names = exclude if isinstance(exclude, list | tuple | set) else [exclude]
    columns = table.columns if table.kind == "solutions" else ()
    if must_have and (unknown := [str(name) for name in names if name not in columns]):
        raise GbaGraphError(
            f"exclude names {', '.join(unknown)}, and the answer has no such column (it has: "
            f"{', '.join(columns) or 'none'})."
        )
    return with_columns(table, tuple(name for name in table.columns if name not in names))


def assert_solutions(  # noqa: PLR0913  one option each
    actual: object,
    expected: object,
    *,
    order: Order = "bag",
    numeric: Numeric | None = None,
    abs_tol: float = 0,
    rel_tol: float = 0,
    exclude: str | Sequence[str] = (),
    severity: Severity = "error",
    prefixes: Mapping[str, str] | None = None,
) -> None:
    """Assert that *actual* is the answer *expected*, whatever the order of the columns.

    With ``--update-answers``, an expected answer that is in a file is written instead of failing.

    Args:
        actual: an answer of gbagraph, pyoxigraph or rdflib, or any of the forms of *expected*.
        expected: SPARQL results JSON (a dict, text, bytes or file), CSV, TSV or Turtle (text or file),
            rows as dicts or tuples of Python values or terms, or a boolean. A file is a Path, or a text
            such as ``"expected/zones.csv"``; a relative one lies beside the file that calls this. Blank
            nodes are the same if a bijection makes them so.
        order: ``"bag"`` compares rows in any order, each as often as it is there; ``"ordered"`` in
            order; ``"set"`` each once.
        numeric: ``"value"`` takes 1, 1.0 and 1e0 for equal, ``"term"`` does not, for their datatypes
            differ. By default numbers of solutions are compared by value, those of graphs as terms.
        abs_tol: by how much a number may differ from the expected one.
        rel_tol: the same, as a part of the larger one: 0.01 for one percent (as of math.isclose).
        exclude: columns of the answer that are not compared.
        severity: ``"warning"`` warns (UserWarning) instead of failing.
        prefixes: by which texts in CSV and Python rows are read, and terms are shown, beside ours. A
            text without a prefix is a short name of ``id:``, or of the empty prefix.

    Raises:
        AnswerDiffers: they differ; the message names the cells.
        QueryFileError: the file with the expected answer is missing, or is not what it should be.
        GbaGraphError: an answer is of no kind that is known, or an option has a wrong value.
    """
    __tracebackhide__ = True
    _require("severity", severity, get_args(Severity))
    known = {**OURS, **(prefixes or {})}
    answer, expected = read(_located(actual)), _located(expected)
    path = expected if isinstance(expected, Path) else None
    is_new = RUN.is_wanted and path is not None and not path.exists()
    difference = compare(
        answer,
        answer if is_new else expected,
        order=order,
        numeric=numeric,
        abs_tol=abs_tol,
        rel_tol=rel_tol,
        exclude=exclude,
        prefixes=prefixes,
    )
    if RUN.is_wanted and path is not None and (is_new or difference):
        answer = difference.actual if difference else _without(exclude, answer)
        write(path, answer, difference, order=order, prefixes=known)
    elif difference:
        message = report(difference, known, name=display(path) if path else "")
        if severity != "warning":
            raise AnswerDiffers(message, difference) from None
        warnings.warn(message, stacklevel=2)
