"""What the columns of an answer contain: numbers, times, points; and what each row is about."""

from __future__ import annotations

import math
import re
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gbagraph.features.pictures.days import last_of_month
from gbagraph.features.pictures.shapes import WIDE, missing
from gbagraph.rdf.namespaces import PREFIXES
from gbagraph.rdf.results import INTEGERS, Value, value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gbagraph.web.kinds import Family

    Row = Mapping[str, Any]


_XSD: Final = PREFIXES["xsd"]
_WKT: Final = PREFIXES["geo"] + "wktLiteral"
_NUMBERS: Final = frozenset(_XSD + name for name in (*INTEGERS, "decimal", "double", "float"))
_TIMES: Final = {
    _XSD + "date": r"(\d{4})-(\d\d)-(\d\d)",
    _XSD + "dateTime": r"(\d{4})-(\d\d)-(\d\d)T",
    _XSD + "dateTimeStamp": r"(\d{4})-(\d\d)-(\d\d)T",
    _XSD + "gYearMonth": r"(\d{4})-(\d\d)",
    _XSD + "gYear": r"(\d{4})",
}
_POINT: Final = re.compile(
    r"\s*(?:<([^>]*)>\s*)?POINT\s*(?:Z|M|ZM)?\s*\(\s*(\S+)\s+([^\s)]+)[^)]*\)\s*", re.IGNORECASE
)

Term = dict[str, Any]


def number(term: Term) -> float | None:
    """Return the number that a literal stands for; None if it is no number, or not a finite one."""
    return _finite(term["value"]) if term.get("datatype") in _NUMBERS else None


def time(term: Term) -> tuple[date, date] | None:
    """Return the first and the last day of a date, month or year; None for any other term."""
    pattern = _TIMES.get(term.get("datatype", ""))
    match = re.match(pattern, term["value"]) if pattern else None
    return days_of(*map(int, match.groups())) if match else None


def days_of(year: int, month: int = 0, day: int = 0) -> tuple[date, date] | None:
    """Return the first and the last day of a date as far as it is known; None if no calendar has it."""
    try:
        if not month:
            return date(year, 1, 1), date(year, 12, 31)
        first = date(year, month, day or 1)
        return first, first if day else last_of_month(year, month)
    except ValueError:
        return None


def point(term: Term) -> tuple[float, float] | None:
    """Return longitude and latitude of a WKT point; None for another term or system of coordinates.

    Without a system it is CRS 84 (GeoSPARQL 1.1, section 8.5.1); EPSG 4326 has the latitude first.
    """
    match = _POINT.fullmatch(term["value"]) if term.get("datatype") == _WKT else None
    if match is None:
        return None
    system, first, second = match.groups()
    one, other = _finite(first), _finite(second)
    if one is None or other is None:
        return None
    if system and system.endswith("EPSG/0/4326"):
        return other, one
    return (one, other) if not system or system.endswith("CRS84") else None


def _finite(written: str) -> float | None:
    try:
        value = float(written)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


ROWS: Final = 500
"""Rows of which a picture is made at most."""

_LABEL: Final = re.compile(r"(.+?)_?(?:Label|label|Name|name)")


LONGITUDE: Final = frozenset({"long", "lon", "lng", "longitude"})

LATITUDE: Final = frozenset({"lat", "latitude"})

_ORDINALS: Final = frozenset(
    {"rank", "position", "order", "place", "step", "index", "depth", "level"}
)
"""Columns of numbers that count what is first, second and so on: a chart of them says nothing."""


class View(NamedTuple):
    """For whom an answer is drawn: the *language* of the page, and the columns *chosen* by the reader.

    *families* are those of the things in it, by IRI; *wide* is the width of maps and timelines where
    there is room; *titles* are those of columns, and *names* those of terms by IRI.
    """

    language: str = "en"
    families: Mapping[str, Family] = MappingProxyType({})
    chosen: Mapping[str, str] = MappingProxyType({})
    wide: float = WIDE
    titles: Mapping[str, str] = MappingProxyType({})
    names: Mapping[str, Term] = MappingProxyType({})


class Answer:
    """Columns and rows, and what the columns contain."""

    def __init__(
        self, columns: Sequence[str], bindings: Sequence[Row], view: View | None = None
    ) -> None:
        self.columns = tuple(columns)
        self.rows = bindings[:ROWS]
        self.left_out = missing(len(bindings) - ROWS, len(bindings))
        self.view = view or View()

    def all_are(self, test: Callable[[Term], object]) -> list[str]:
        """Return the columns with a value in some row, and with none that fails *test*."""
        return [
            column
            for column in self.columns
            if (terms := [row[column] for row in self.rows if column in row])
            and all(test(term) is not None for term in terms)
        ]

    @cached_property
    def labels(self) -> dict[str, str]:
        """For each column that has one, the column with the labels of its values."""
        labels = {}
        for column in self.columns:
            match = _LABEL.fullmatch(column)
            if match and match[1] in self.columns:
                labels[match[1]] = column
        return labels

    @cached_property
    def iris(self) -> list[str]:
        """The columns of IRIs."""
        return self.all_are(lambda term: True if term["type"] == "uri" else None)

    @cached_property
    def numbers(self) -> list[str]:
        """The columns of numbers."""
        return self.all_are(number)

    @cached_property
    def quantities(self) -> list[str]:
        """The columns of numbers that measure: neither those of a map nor ordinals."""
        return [c for c in self.numbers if c.lower() not in LONGITUDE | LATITUDE | _ORDINALS]

    @property
    def measures(self) -> tuple[str, ...]:
        """Those that say something: half of the rows have a number, and not all the same."""
        numbers = {c: [row[c]["value"] for row in self.rows if c in row] for c in self.quantities}
        half = len(self.rows) / 2
        return tuple(c for c, each in numbers.items() if len(each) >= half and len(set(each)) > 1)

    @cached_property
    def times(self) -> list[str]:
        """The columns of dates, months or years."""
        return self.all_are(time)

    def named(self, names: frozenset[str], among: Sequence[str] | None = None) -> str | None:
        """Return the first column with one of these names."""
        columns = self.columns if among is None else among
        return next((column for column in columns if column.lower() in names), None)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The columns that can say what a row is about: those with labels, with IRIs, with texts."""
        taken = {*self.numbers, *self.times, *self.labels.values()}
        texts = [column for column in self.columns if column not in taken]
        labelled = [column for column in self.columns if column in self.labels]
        return tuple(dict.fromkeys([*labelled, *self.iris, *texts]))

    @property
    def subject(self) -> str | None:
        """The first of them."""
        return next(iter(self.names), None)

    def value(self, row: Row, column: str | None = None) -> Value:
        """Return what stands in a column (that of the subject), with its label."""
        column = column or self.subject
        if column is None or column not in row:
            return Value("")
        label = row.get(self.labels.get(column, "")) or self.view.names.get(row[column]["value"])
        return value_of(row[column], label)

    def title(self, column: str) -> str:
        """Return what a column is called, in words."""
        return self.view.titles.get(column) or in_words(column)

    def name(self, row: Row, column: str) -> str:
        """Return what stands in a column, as links are called."""
        label = row.get(self.labels.get(column, "")) or self.view.names.get(row[column]["value"])
        return term_name(row[column], label)


def term_name(term: Term, label: Term | None = None) -> str:
    """Return what a link is called: its label, or the end of its IRI in words."""
    if label is not None:
        return str(label["value"])
    shown = value_of(term).text
    return in_words(re.split(r"[#/:]", shown.rstrip("#/:"))[-1]) if term["type"] == "uri" else shown


def in_words(name: str) -> str:
    """Return a name such as ``squareKilometres`` in words."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", " ", name).replace("_", " ").lower()
