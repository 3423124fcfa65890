"""Answers as frames of pandas and polars: a type for each column, the same in both.

What a type cannot hold has a column of its own beside it: how precise a date is, the language of a text,
what a row rests on. A variable of the answer that has such a name comes before it.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import pyoxigraph as ox

from gbagraph.api.conversion import native, require_one_of
from gbagraph.api.export import needed
from gbagraph.rdf.namespaces import PREFIXES, compact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gbagraph.api.conversion import Value
    from gbagraph.api.explanations import RowEvidence
    from gbagraph.rdf.results import Term

    Terms = Sequence[Term | None]
    Cells = Sequence[Value]

Library = Literal["pandas", "polars"]
Names = Literal["short", "whole", "label"]

_TYPES: Final = {
    int: {"pandas": "Int64", "polars": "Int64"},
    float: {"pandas": "Float64", "polars": "Float64"},
    bool: {"pandas": "boolean", "polars": "Boolean"},
    str: {"pandas": "string", "polars": "String"},
    dt.date: {"pandas": "datetime64[s]", "polars": "Date"},
    dt.datetime: {"pandas": "datetime64[us]", "polars": "Datetime"},
    dt.tzinfo: {"pandas": "datetime64[us, UTC]", "polars": "Datetime"},
}
"""The types of columns, all of which know a missing value; the last is that of moments in UTC."""
_DATA: Final = {"pandas": "data", "polars": "values"}
_LONG: Final = 63
"""Bits of the integers that a column of numbers holds, beside the sign."""
_NUMBERS: Final = frozenset({int, float, Decimal})
_DATE: Final = f"{PREFIXES['xsd']}date"
_DAYS: Final = {
    f"{PREFIXES['xsd']}gYear": (4, "year"),
    f"{PREFIXES['xsd']}gYearMonth": (7, "month"),
    _DATE: (10, "day"),
}
"""The datatypes of days, months and years: the length of their texts, and what they are."""


def frame(
    columns: Mapping[str, Terms],
    evidence: Sequence[RowEvidence] | None,
    library: Library,
    names: Names,
) -> Any:  # noqa: ANN401  of either library
    """Return the *columns* and the *evidence* of rows, if it was asked for, as a DataFrame of *library*.

    Raises:
        BadParameter: *library* or *names* is none of those that there are.
        MissingPackage: it is not installed.
    """
    require_one_of("library", library, get_args(Library))
    require_one_of("names", names, get_args(Names))
    package = needed(library, f"df({library!r})", library)
    series = {}
    for name, cells in _cells(columns, evidence, names).items():
        kind = _kind_of(cells)
        values = [c if c is None else float(c) for c in cells] if kind is float else cells  # type: ignore[arg-type]
        dtype = _TYPES[kind][library]
        # A name of pandas is an attribute of polars.
        wanted = dtype if library == "pandas" else getattr(package, dtype)
        series[name] = package.Series(name=name, dtype=wanted, **{_DATA[library]: values})
    return package.DataFrame(series)


def _cells(
    columns: Mapping[str, Terms], evidence: Sequence[RowEvidence] | None, names: Names
) -> dict[str, Cells]:
    """The cells of all columns by name, each followed by those beside it that the answer has not."""
    shown = _with_labels(columns) if names == "label" else columns
    shorten: Callable[[str], str] = str if names == "whole" else compact
    cells: dict[str, Cells] = {}
    for name, terms in shown.items():
        of_name = {name + end: values for end, values in _beside(terms, shorten)}
        cells |= {each: of_name[each] for each in of_name if each == name or each not in shown}
    for name, values in () if evidence is None else _of_evidence(evidence, shorten):
        cells.setdefault(name, values)
    return cells


def _with_labels(columns: Mapping[str, Terms]) -> dict[str, Terms]:
    """The columns with labels in place of the IRIs beside which they stand."""
    labels = {name: f"{name}Label" for name in columns if f"{name}Label" in columns}
    return {
        name: [
            label or term
            for label, term in zip(columns[labels.get(name, name)], terms, strict=True)
        ]
        for name, terms in columns.items()
        if name not in labels.values()
    }


def _beside(terms: Terms, shorten: Callable[[str], str]) -> Iterator[tuple[str, Cells]]:
    """Yield the cells of a column, and those that say more of them, each with the end of its name."""
    days = [_day(term) for term in terms]
    is_date = all(day or term is None for day, term in zip(days, terms, strict=True))
    if is_date and any(day and day[1] != "day" for day in days):
        yield "", [day and day[0] for day in days]
        yield "Precision", [day and day[1] for day in days]
        return
    values = list(map(native, terms))
    # A literal is written as it stands, and not as Python would write its value.
    texts = [
        shorten(term.value)
        if isinstance(term, ox.NamedNode)
        else (term.value if isinstance(term, ox.Literal) else term and str(term))
        for term in terms
    ]
    yield "", texts if _kind_of(values) is str else values
    literals = [term if isinstance(term, ox.Literal) else None for term in terms]
    if len({term.language for term in literals if term}) > 1:
        yield "Language", [term and term.language for term in literals]


def _day(term: Term | None) -> tuple[dt.date, str] | None:
    """The first day of a date, a month or a year, and which of them it is; None for what is none."""
    if not isinstance(term, ox.Literal) or term.datatype.value not in _DAYS:
        return None
    length, precision = _DAYS[term.datatype.value]
    text = term.value.strip()
    day = native(ox.Literal(text + "-01-01"[length - 4 :], datatype=ox.NamedNode(_DATE)))
    return (day, precision) if len(text) == length and isinstance(day, dt.date) else None


def _of_evidence(
    evidence: Sequence[RowEvidence], shorten: Callable[[str], str]
) -> Iterator[tuple[str, Cells]]:
    """Yield what rows rest on: passages, bases and marks, several with spaces between them."""
    bases = [dict.fromkeys(known.basis for known in each.known) for each in evidence]
    yield "evidenceParagraphs", [" ".join(map(shorten, each.paragraphs)) for each in evidence]
    yield "evidenceBasis", list(map(" ".join, bases))
    yield "evidenceMarks", [" ".join(each.marks) for each in evidence]


def _kind_of(cells: Cells) -> type:
    """Return the type of a column: that of texts where its cells are of several."""
    kinds = {_kind(cell) for cell in cells if cell is not None}
    if kinds <= _NUMBERS and kinds - {int}:
        return float
    kind = kinds.pop() if len(kinds) == 1 else str
    return kind if kind in _TYPES else str


def _kind(cell: Value) -> type:
    """The type of a cell: that of an object for an integer too long for a column of integers."""
    if isinstance(cell, int) and cell.bit_length() > _LONG:
        return object
    return dt.tzinfo if isinstance(cell, dt.datetime) and cell.tzinfo else type(cell)
