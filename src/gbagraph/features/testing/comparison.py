"""Compare two tables: whether they are the same, and if not, in which rows and cells they differ."""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from gbagraph.features.testing.blank_nodes import bijection, colours
from gbagraph.features.testing.cells import (
    GRAPH_COLUMNS,
    Table,
    as_float,
    row_keys,
    with_blanks,
    without_blanks,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gbagraph.features.testing.cells import Close, Prefixes, RowKey

Order = Literal["bag", "ordered", "set"]
Numeric = Literal["value", "term"]

_PAIRED: Final = 300
"""Rows of each side that are looked at to pair changed ones."""
_NAMES: Final = {
    "solutions": "solutions (SELECT)",
    "boolean": "a boolean (ASK)",
    "graph": "a graph",
}


@dataclass(frozen=True, slots=True)
class Changed:
    """An expected row and the actual one that is most like it, and the columns in which they differ."""

    expected: int
    actual: int
    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """How an answer differs. Rows are named by their place (from 0), columns by that in ``expected``.

    ``same`` pairs the rows that agree; ``problem`` is a sentence where there are no rows to compare, or
    where the rows are not what differs.
    """

    expected: Table
    actual: Table
    changed: tuple[Changed, ...] = ()
    missing: tuple[int, ...] = ()
    unexpected: tuple[int, ...] = ()
    same: tuple[tuple[int, int], ...] = ()
    problem: str = ""


def differ(  # noqa: PLR0913  one option each
    expected: Table,
    actual: Table,
    *,
    order: Order,
    numeric: Numeric,
    prefixes: Prefixes,
    close: Close | None = None,
) -> Difference | None:
    """Return how *actual* differs from *expected*; None if it does not. Numbers may be *close* only."""
    expected, actual = _alike_in_kind(expected, actual)
    if expected.kind != actual.kind:
        what = f"{_NAMES[expected.kind]} was expected, the answer is {_NAMES[actual.kind]}"
        return Difference(expected, actual, problem=f"{what[0].upper()}{what[1:]}.")
    problem = _columns(expected, actual)
    if problem:
        return Difference(expected, actual, problem=problem)
    names = tuple(dict.fromkeys((*expected.columns, *actual.columns)))
    expected, actual = with_columns(expected, names), with_columns(actual, names)
    return _Rows(expected, actual, numeric, prefixes, close).difference(order)


def _alike_in_kind(expected: Table, actual: Table) -> tuple[Table, Table]:
    """Take rows with the columns of a graph for one, if the other is; and a table without anything."""
    kinds = {expected.kind, actual.kind}
    if kinds != {"solutions", "graph"}:
        return expected, actual
    first, second = (
        replace(one, kind="graph", columns=GRAPH_COLUMNS)
        if not one.rows or tuple(one.columns) == GRAPH_COLUMNS
        else one
        for one in (expected, actual)
    )
    return first, second


def _columns(expected: Table, actual: Table) -> str:
    """Return what is wrong with the columns; empty if nothing is."""
    missing = [name for name in expected.columns if name not in actual.columns]
    extra = [name for name in actual.columns if name not in expected.columns]
    # A row without a key leaves it unbound; with another key in its place, it may be misspelt.
    if actual.is_open and not extra:
        missing = []
    if expected.is_open and not missing:
        extra = []
    parts = [_missing(name, actual.columns) for name in missing]
    parts += [f"The answer has the column {name}, which is not expected." for name in extra]
    return " ".join(parts)


def _missing(name: str, columns: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, columns, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return (
        f"The column {name} is expected, and the answer does not have it ({hint}"
        f"it has: {', '.join(columns) or 'none'})."
    )


def with_columns(table: Table, names: tuple[str, ...]) -> Table:
    """Return the table with these columns alone; those that it does not have are unbound."""
    if table.columns == names:
        return table
    place = {name: number for number, name in enumerate(table.columns)}
    rows = tuple(
        tuple(row[place[name]] if name in place else None for name in names) for row in table.rows
    )
    texts = table.written and tuple(
        tuple(row[place[name]] if name in place else "" for name in names) for row in table.written
    )
    return replace(table, columns=names, rows=rows, written=texts)


class _Rows:
    """The rows of two tables with the same columns, and their keys."""

    def __init__(
        self,
        expected: Table,
        actual: Table,
        numeric: Numeric,
        prefixes: Prefixes,
        close: Close | None,
    ) -> None:
        self._expected, self._actual, self._close = expected, actual, close
        self._prefixes = prefixes
        self._keys = row_keys(
            (expected.rows, actual.rows),
            by_value=numeric == "value",
            prefixes=prefixes,
            close=close,
        )

    def difference(self, order: Order) -> Difference | None:
        expected, actual = (
            _distinct(keys) if order == "set" else list(range(len(keys))) for keys in self._keys
        )
        rows = (
            [self._keys[0][place] for place in expected],
            [self._keys[1][place] for place in actual],
        )
        is_same = _same(*(map(_numbered, rows) if order == "ordered" else rows))
        if is_same and not self._close:
            return None
        if self._close and order != "ordered":
            for places, table in ((expected, self._expected), (actual, self._actual)):
                places.sort(key=lambda place: [as_float(cell) or 0 for cell in table.rows[place]])
        difference = self._differing(expected, actual, without_blanks)
        if not (difference.changed or difference.missing or difference.unexpected):
            if is_same:
                return None
            if order == "ordered" and _same(*rows):
                return replace(difference, problem=self._another_order(*rows))
            difference = self._by_colours(expected, actual, rows)
        return difference

    def _by_colours(
        self, expected: list[int], actual: list[int], rows: tuple[list[RowKey], list[RowKey]]
    ) -> Difference:
        """Return the rows in which blank nodes are shared otherwise, all other cells being equal."""
        known = colours(*rows)
        difference = self._differing(
            expected, actual, lambda row: with_blanks(row, known.__getitem__)
        )
        why = "The rows agree but for their blank nodes: no bijection between these makes them the same."
        return replace(difference, problem=why)

    def _differing(
        self, expected: list[int], actual: list[int], key: Callable[[RowKey], RowKey]
    ) -> Difference:
        keys = [[key(row) for row in rows] for rows in self._keys]
        left: dict[RowKey, list[int]] = defaultdict(list)
        for place in reversed(actual):
            left[keys[1][place]].append(place)
        same, missing, changed = [], [], []
        for place in expected:
            if not left[keys[0][place]]:
                missing.append(place)
                continue
            other = left[keys[0][place]].pop()
            if columns := self._far(place, other):
                changed.append(Changed(place, other, columns))
            else:
                same.append((place, other))
        unexpected = sorted(place for places in left.values() for place in places)
        changed += _paired(keys, missing, unexpected)
        return Difference(
            self._expected,
            self._actual,
            tuple(changed),
            tuple(sorted(set(missing) - {row.expected for row in changed})),
            tuple(sorted(set(unexpected) - {row.actual for row in changed})),
            tuple(same),
        )

    def _far(self, expected: int, actual: int) -> tuple[int, ...]:
        """Return the columns in which numbers of two rows that are otherwise the same are not close."""
        if self._close is None:
            return ()
        cells = zip(self._expected.rows[expected], self._actual.rows[actual], strict=True)
        pairs = enumerate((as_float(one), as_float(other)) for one, other in cells)
        return tuple(
            place
            for place, (one, other) in pairs
            if one is not None and other is not None and not self._close(one, other)
        )

    def _another_order(self, expected: list[RowKey], actual: list[RowKey]) -> str:
        pairs = zip(map(without_blanks, expected), map(without_blanks, actual), strict=True)
        first = next((number for number, (one, other) in enumerate(pairs, 1) if one != other), 1)
        one, other = (
            ", ".join(written(cell, self._prefixes) for cell in table.rows[first - 1])
            for table in (self._expected, self._actual)
        )
        return (
            f"The rows are the expected ones, in another order from row {first} on: expected {one}, "
            f"actual {other}. If the query does not order them in full, compare them as a bag."
        )


def _distinct(keys: Sequence[RowKey]) -> list[int]:
    first: dict[RowKey, int] = {}
    for place, key in enumerate(keys):
        first.setdefault(key, place)
    return list(first.values())


def _same(expected: Sequence[RowKey], actual: Sequence[RowKey]) -> bool:
    if len(expected) != len(actual):
        return False
    return Counter(expected) == Counter(actual) or (
        Counter(map(without_blanks, expected)) == Counter(map(without_blanks, actual))
        and bijection(expected, actual) is not None
    )


def _numbered(rows: Sequence[RowKey]) -> list[RowKey]:
    """Return rows that are the same only if they stand at the same place."""
    return [((str(number),), *row) for number, row in enumerate(rows)]


def _paired(
    keys: Sequence[Sequence[RowKey]], missing: Sequence[int], unexpected: Sequence[int]
) -> list[Changed]:
    """Return rows that are alike enough to be the same one, changed; the most alike first.

    A cell counts the more, the fewer rows have it: a name says which row it is, a unit does not.
    """
    if len(missing) == len(unexpected) == 1:
        only = (keys[0][missing[0]], keys[1][unexpected[0]])
        return [Changed(missing[0], unexpected[0], _unequal(*only))]
    often = [
        Counter((place, key) for row in rows for place, key in enumerate(row)) for rows in keys
    ]
    scores = []
    for one in missing[:_PAIRED]:
        for other in unexpected[:_PAIRED]:
            equal = [cell for cell in enumerate(keys[0][one]) if keys[1][other][cell[0]] == cell[1]]
            score = sum(1 / max(often[0][cell], often[1][cell]) for cell in equal)
            if equal and (score >= 0.5 or 2 * len(equal) > len(keys[0][one])):
                scores.append((-score, -len(equal), one, other))
    pairs: dict[int, int] = {}
    for _, _, one, other in sorted(scores):
        if one not in pairs and other not in pairs.values():
            pairs[one] = other
    return [
        Changed(one, other, _unequal(keys[0][one], keys[1][other]))
        for one, other in sorted(pairs.items())
    ]


def _unequal(one: RowKey, other: RowKey) -> tuple[int, ...]:
    pairs = enumerate(zip(one, other, strict=True))
    return tuple(place for place, (first, second) in pairs if first != second)
