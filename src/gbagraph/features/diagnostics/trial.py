"""Queries that are tried before they are advised: whether they work, and what comes of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import NAMES

if TYPE_CHECKING:
    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.finding import Advice

_ROWS: Final = 5_000
"""Rows up to which answers are compared."""
_FIRST: Final = 200
"""Rows of a repaired query in which its columns must have values."""
_SLICES: Final = frozenset({"LIMIT", "OFFSET"})


def has_values(case: Case) -> bool:
    """Whether a query has a row, and each of its columns a value in one of the first; or is unknown."""
    rows = case.answer(_FIRST)
    return rows is None or _are_whole(case, rows)


def _are_whole(case: Case, rows: list[Any] | bool, without: str = "") -> bool:
    if isinstance(rows, bool) or case.tree.form != "SELECT":
        return bool(rows)
    names = [name for name in NAMES.columns(case.tree) if name != without]
    return bool(rows) and all(any(row[name] is not None for row in rows) for name in names)


class Answer:
    """What a query gives, but for LIMIT and OFFSET; not known of what takes very long."""

    def __init__(self, case: Case) -> None:
        self.case, self.rows = case, case.answer(_ROWS, _unsliced(case))

    @property
    def is_known(self) -> bool:
        """Whether all rows are known."""
        return isinstance(self.rows, list) and len(self.rows) < _ROWS

    @cached_property
    def written(self) -> list[str]:
        """The rows as texts, in the order of the query, if it has one."""
        given = self.rows if isinstance(self.rows, list) else [self.rows]
        return [*map(_written, given)] if self.case.tree.order else sorted(map(_written, given))

    def differs(self, before: Answer) -> bool:
        """Whether it is another answer than the one *before*, as far as both are known."""
        return not (self.is_known and before.is_known) or self.written != before.written

    def keeps(self, before: Answer) -> bool:
        """Whether each row *before* is still there, perhaps with a value where it had none."""
        if not (self.is_known and before.is_known) or self.case.tree.form != "SELECT":
            return True
        kept: dict[tuple[int, ...], set[tuple[str, ...]]] = {}
        for row in map(tuple, before.rows):  # type: ignore[arg-type]
            bound = tuple(i for i, cell in enumerate(row) if cell is not None)
            if bound not in kept:
                rows = map(tuple, self.rows)  # type: ignore[arg-type]
                kept[bound] = {tuple(str(new[i]) for i in bound) for new in rows}
            if tuple(str(row[i]) for i in bound) not in kept[bound]:
                return False
        return True

    def fulfils(self, advice: Advice, before: Answer) -> bool:
        """Whether what *advice* promises comes of it."""
        is_whole = isinstance(self.rows, bool | None) or _are_whole(
            self.case, self.rows, advice.without
        )
        if not is_whole or not self.differs(before):
            return False
        if self.case.tree.is_aggregated or not (self.is_known and before.is_known):
            return True
        more = len(self.written) - len(before.written)
        return not (advice.is_more and more <= 0) and not (advice.is_fewer and more >= 0)

    def told(self, before: Answer) -> Message:
        """What comes of it: the numbers of rows, or the one value, where they are others."""
        if not (isinstance(self.rows, list) and isinstance(before.rows, list)):
            return Message()
        both = [len(each.rows) for each in (before, self)]  # type: ignore[arg-type]
        is_single = both == [1, 1] and len(self.rows[0]) == len(before.rows[0]) == 1
        if is_single and None not in (self.rows[0][0], before.rows[0][0]):
            old, new = (self.case.shown(each.rows[0][0]) for each in (before, self))  # type: ignore[index]
            return say("The result goes from %(old)s to %(new)s.", old=old, new=new)
        if both[0] == both[1] or self.case.tree.is_sliced or max(both) >= _ROWS:
            return Message()
        return say("Rows go from %(old)s to %(new)s.", old=both[0], new=both[1])


def _written(row: Any) -> str:  # noqa: ANN401  a row, a triple, a boolean
    return str([*map(str, row)] if isinstance(row, Iterable) else row)


def _unsliced(case: Case) -> str:
    """The query without LIMIT and OFFSET behind its pattern."""
    text, end = case.query.text, case.tree.where.end
    words = [each for each in case.query.words if each.start >= end]
    for word, number in reversed([*pairwise(words)]):
        if word.text.upper() in _SLICES:
            text = text[: word.start] + text[number.end :]
    return text
