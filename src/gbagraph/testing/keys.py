"""Cells as keys: two cells of a column are equal if their keys are."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from gbagraph.testing.cells import Loose, exact_key, loose_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gbagraph.testing.cells import Cell, Prefixes


class Blank(NamedTuple):
    """A blank node of one of the two tables."""

    side: int
    name: str


Key = tuple["str | Blank", ...]
"""A term has one part, a triple term one for each term in it."""
RowKey = tuple[Key, ...]


def row_keys(
    sides: tuple[Sequence[Sequence[Cell]], Sequence[Sequence[Cell]]],
    *,
    by_value: bool,
    prefixes: Prefixes,
) -> tuple[list[RowKey], list[RowKey]]:
    """The keys of the rows of two tables with the same columns."""
    width = max((len(row) for rows in sides for row in rows), default=0)
    columns = [
        _Column(
            ([row[place] for row in sides[0]], [row[place] for row in sides[1]]), by_value, prefixes
        )
        for place in range(width)
    ]
    first, second = (
        [
            tuple(column.key(cell, side) for column, cell in zip(columns, row, strict=True))
            for row in rows
        ]
        for side, rows in enumerate(sides)
    )
    return first, second


class _Column:
    """One column of two tables. A person's text is one class with all that it may stand for."""

    def __init__(
        self, sides: tuple[list[Cell], list[Cell]], by_value: bool, prefixes: Prefixes
    ) -> None:
        self._by_value, self._prefixes = by_value, prefixes
        self._above: dict[Key, Key] = {}
        for side, other in ((0, 1), (1, 0)):
            loose = {cell for cell in sides[side] if isinstance(cell, Loose)}
            if loose:
                self._join(loose, sides[other], other)

    def _join(self, loose: set[Loose], cells: Iterable[Cell], side: int) -> None:
        by_reading: dict[str, set[Key]] = defaultdict(set)
        for cell in cells:
            for reading in loose_keys(cell, self._prefixes):
                by_reading[reading].add(self._own(cell, side))
        for text in loose:
            for reading in loose_keys(text, self._prefixes):
                for key in by_reading.get(reading, ()):
                    self._unite(self._own(text, side), key)

    def _unite(self, one: Key, other: Key) -> None:
        first, second = sorted((self._class(one), self._class(other)), key=repr)
        if first != second:
            self._above[second] = first

    def _class(self, key: Key) -> Key:
        while key in self._above:
            key = self._above[key]
        return key

    def key(self, cell: Cell, side: int) -> Key:
        return self._class(self._own(cell, side))

    def _own(self, cell: Cell, side: int) -> Key:
        if cell is None:
            return ("unbound",)
        if isinstance(cell, Loose):
            return (f"loose {cell.text}",)
        if isinstance(cell, ox.BlankNode):
            return (Blank(side, cell.value),)
        if isinstance(cell, ox.Triple):
            parts = [part for term in cell for part in self._own(term, side)]
            return ("<<", *parts, ">>")
        return (exact_key(cell, by_value=self._by_value),)


def blanks(row: RowKey) -> set[Blank]:
    """The blank nodes in a row."""
    return {part for key in row for part in key if isinstance(part, Blank)}


def without_blanks(row: RowKey) -> RowKey:
    """A row in which all blank nodes are alike."""
    return tuple(tuple("_" if isinstance(part, Blank) else part for part in key) for key in row)
