"""Which blank node of one table is which of the other: a bijection that makes the rows the same.

Blank nodes get colours, and again by the colours beside them, until no more of them differ. What is
alike then falls into parts that have nothing in common, which are matched one by one; only within a
part is anything tried. So what people write takes time in proportion to its size; a table made to be
hard is given up with an error. (Canonicalization cannot be given up, and does not end for ten blank
nodes that are all joined.)
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from gbagraph.errors import GbaGraphError
from gbagraph.features.testing.cells import Blank, blanks, with_blanks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gbagraph.features.testing.cells import RowKey


_MOST_WORK: Final = 3_000_000
"""Rows that are looked at before a comparison is given up."""

Colours = dict[Blank, int]
Bijection = dict[Blank, Blank]
_View = tuple["RowKey", ...]
Sides = tuple["Sequence[RowKey]", "Sequence[RowKey]"]


def bijection(expected: Sequence[RowKey], actual: Sequence[RowKey]) -> Bijection | None:
    """The blank node of *actual* for each of *expected*; None if no bijection makes the rows the same.

    But for their blank nodes the rows must be the same.

    Raises:
        GbaGraphError: the blank nodes are so much alike that it would take too long.
    """
    sides = [row for row in expected if blanks(row)], [row for row in actual if blanks(row)]
    return _Search().solve(sides, dict.fromkeys(_all(sides[0]) | _all(sides[1]), 0))


def colours(expected: Sequence[RowKey], actual: Sequence[RowKey]) -> Colours:
    """Return colours that differ for blank nodes which no bijection can join, as far as that shows."""
    sides = [row for row in expected if blanks(row)], [row for row in actual if blanks(row)]
    return _Search().refined(sides, dict.fromkeys(_all(sides[0]) | _all(sides[1]), 0))


def _all(rows: Iterable[RowKey]) -> set[Blank]:
    return {blank for row in rows for blank in blanks(row)}


class _Search:
    """One search for a bijection, and the work that it has done."""

    def __init__(self) -> None:
        self._work = 0

    def solve(self, sides: Sides, known: Colours) -> Bijection | None:
        """A bijection between the blank nodes of two lists of rows, which respects their colours."""
        known = self.refined(sides, known)
        members = [_by_colour(_all(rows), known) for rows in sides]
        if {colour: len(pairs) for colour, pairs in members[0].items()} != {
            colour: len(pairs) for colour, pairs in members[1].items()
        }:
            return None
        pairs = {
            row[0]: members[1][colour][0] for colour, row in members[0].items() if len(row) == 1
        }
        fixed = {*pairs, *pairs.values()}
        parts = [_parts(rows, fixed) for rows in sides]
        if not parts[0]:
            return pairs if _is_same(sides, pairs) else None
        rest = self._one(sides, parts, known) if len(parts[0]) == 1 else self._many(parts, known)
        return None if rest is None or len(parts[0]) != len(parts[1]) else pairs | rest

    def _one(
        self, sides: Sides, parts: list[list[list[RowKey]]], known: Colours
    ) -> Bijection | None:
        """Try each blank node that may be the first of those that are alike."""
        members = [_by_colour(_all(rows), known) for rows in sides]
        colour = min(colour for colour, alike in members[0].items() if len(alike) > 1)
        first, new = members[0][colour][0], max(known.values()) + 1
        for other in members[1][colour]:
            tried = self.solve((parts[0][0], parts[1][0]), {**known, first: new, other: new})
            if tried is not None:
                return tried
        return None

    def _many(self, parts: list[list[list[RowKey]]], known: Colours) -> Bijection | None:
        """Match part with part. To be the same is transitive, so the first that fits is right."""
        left: dict[object, list[list[RowKey]]] = defaultdict(list)
        for part in parts[1]:
            left[_signature(part, known)].append(part)
        pairs: Bijection = {}
        for part in parts[0]:
            like = left[_signature(part, known)]
            tries = ((place, self.solve((part, other), known)) for place, other in enumerate(like))
            place, solved = next((row for row in tries if row[1] is not None), (0, None))
            if solved is None:
                return None
            del like[place]
            pairs |= solved
        return pairs

    def refined(self, sides: Sides, known: Colours) -> Colours:
        """Return colours by those of the neighbours, until there are no more of them.

        Only those are looked at again beside which a colour has changed; they then differ from all
        others that had theirs.
        """
        rows = _by_blank(sides)
        finer = {blank: known[blank] for blank in rows}
        sizes = Counter(finer.values())
        fresh = itertools.count(max(sizes, default=0) + 1)
        todo: Iterable[Blank] = rows
        while todo:
            seen: dict[int, dict[_View, list[Blank]]] = defaultdict(lambda: defaultdict(list))
            for blank in todo:
                self._spend(len(rows[blank]))
                view = tuple(sorted(_seen_by(row, blank, finer) for row in rows[blank]))
                seen[finer[blank]][view].append(blank)
            changed = _split(seen, sizes, finer, fresh)
            todo = {other for blank in changed for row in rows[blank] for other in blanks(row)}
        return finer

    def _spend(self, rows: int) -> None:
        self._work += rows
        if self._work > _MOST_WORK:
            raise GbaGraphError(
                "The blank nodes of the two answers are so much alike that comparing them would take "
                "too long. Let the query return something that tells them apart."
            )


def _by_blank(sides: Sides) -> dict[Blank, list[RowKey]]:
    rows: dict[Blank, list[RowKey]] = defaultdict(list)
    for row in itertools.chain(*sides):
        for blank in blanks(row):
            rows[blank].append(row)
    return rows


def _split(
    seen: dict[int, dict[_View, list[Blank]]],
    sizes: Counter[int],
    finer: Colours,
    fresh: Iterator[int],
) -> list[Blank]:
    """Give new colours to those of a colour that see something else; which got one.

    The most numerous keep theirs, where all of a colour were looked at.
    """
    changed = []
    for colour, groups in sorted(seen.items()):
        views = sorted(groups, key=lambda view: (-len(groups[view]), view))
        is_whole = sum(map(len, groups.values())) == sizes[colour]
        for view in views[1:] if is_whole else views:
            new = next(fresh)
            finer |= dict.fromkeys(groups[view], new)
            sizes[colour] -= len(groups[view])
            sizes[new] = len(groups[view])
            changed += groups[view]
    return changed


def _seen_by(row: RowKey, blank: Blank, known: Colours) -> RowKey:
    """Return a row as one of its blank nodes sees it: itself, and the colours of the others."""
    return with_blanks(row, lambda part: "self" if part == blank else known[part])


def _by_colour(nodes: set[Blank], known: Colours) -> dict[int, list[Blank]]:
    by_colour: dict[int, list[Blank]] = defaultdict(list)
    for blank in sorted(nodes):
        by_colour[known[blank]].append(blank)
    return dict(by_colour)


def _parts(rows: Sequence[RowKey], fixed: set[Blank]) -> list[list[RowKey]]:
    """Return the rows in parts that share no blank node but *fixed* ones."""
    by_blank: dict[Blank, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        for blank in blanks(row) - fixed:
            by_blank[blank].append(number)
    parts: list[list[RowKey]] = []
    seen: set[int] = set()
    for start in by_blank.values():
        todo, part = list(start), []
        while todo:
            number = todo.pop()
            if number not in seen:
                seen.add(number)
                part.append(rows[number])
                todo += [each for other in blanks(rows[number]) - fixed for each in by_blank[other]]
        if part:
            parts.append(part)
    return parts


def _signature(part: Sequence[RowKey], known: Colours) -> object:
    return tuple(sorted(known[blank] for row in part for blank in blanks(row)))


def _is_same(sides: Sides, pairs: Bijection) -> bool:
    renamed = Counter(
        tuple(
            tuple(pairs[part] if isinstance(part, Blank) else part for part in key) for key in row
        )
        for row in sides[0]
    )
    return renamed == Counter(sides[1])
