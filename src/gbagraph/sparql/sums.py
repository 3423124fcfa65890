"""Sums of dates and durations (XPath and XQuery Functions, section 10.7), each with its value.

pyoxigraph puts the two sides of a sum in an order of its own, and then takes a duration only on the
right. It keeps the order of a difference: so ``?a + ?b`` is also tried as ``?a - -?b`` and ``?b - -?a``.
Tokens are read for that, and not the tree, which large queries and those in SPARQL 1.2 do not have.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.sparql.tokens import BETWEEN, TokenReader, replaced, words

if TYPE_CHECKING:
    from collections.abc import Iterable

_ANY: Final = frozenset({"COALESCE", "IF", "MAX", "MIN", "SAMPLE", "STRDT"})
"""The functions whose value may be a date or a duration."""
_DATES: Final = ("date", "dateTime", "time", "dateTimeStamp", "NOW", "ADJUST")
_DURATIONS: Final = ("duration", "dayTimeDuration", "yearMonthDuration", "TIMEZONE")
_BETWEEN: Final = frozenset({"AS", "DISTINCT", "EXISTS", "IN", "NOT"})
_CLOSED_BY: Final = {"(": ")", "{": "}", "[": "]"}
LONGEST: Final = 8000
"""Characters of a sum as it is tried; a longer one is left to the engine."""


class _Part(NamedTuple):
    """A part of an expression: how it is tried as a date and as a duration, if it may be one.

    It *adds* where it holds a sum that is not yet written anew, and begins at *start*, before the edit
    number *edits*.
    """

    date: str = ""
    duration: str = ""
    adds: bool = False
    start: int = 0
    edits: int = 0


_SUM: Final = re.compile(
    rf"(?:[?$]\w++|\)|\^\^(?:<[^<>\s]*+>|[\w:.\-]++)){BETWEEN}\+{BETWEEN}[^\s\d.)|/#]", re.VERBOSE
)
"""A plus that may stand between a date and a duration; a number after it makes it another."""


def are_in(query: str) -> bool:
    """Whether *query* may have a sum of dates and durations."""
    return "+" in query and _SUM.search(query) is not None


def written(query: str) -> str:
    """Return *query*, where each sum that may be one of dates and durations is tried in all orders.

    What is no SPARQL, or nests too deeply, is returned as it is.
    """
    try:
        return _Sums(query).written()
    except (IndexError, RecursionError):
        return query


class _Sums(TokenReader):
    """Reads a query, and writes its sums anew."""

    def __init__(self, query: str) -> None:
        super().__init__(query, words(query))
        self._edits: list[tuple[int, int, str]] = []

    def written(self) -> str:
        """The whole query."""
        while self._next.kind != "end":
            self._other()
        return replaced(self._text, self._edits)

    def _since(self, start: int, edits: int) -> str:
        """What stands from *start* to this place, with the edits from that number on."""
        moved = [(first - start, end - start, new) for first, end, new in self._edits[edits:]]
        return replaced(self._text[start : self._end], moved)

    def _other(self) -> None:
        """Take what is no part of a sum: a bracket with all that is in it, or another token."""
        if self._is("("):
            self._arguments()
        elif self._is("{", "["):
            closing = _CLOSED_BY[self._take().text]
            while not self._is(closing):
                self._other()
            self._take()
        else:
            if self._next.kind == "end":
                raise IndexError
            self._take()

    def _arguments(self) -> None:
        """Take parentheses that are no value: of a call, for instance."""
        self._finish(self._inside())
        self._take()

    def _parentheses(self) -> _Part:
        """Take an expression in parentheses."""
        start, edits = self._next.start, len(self._edits)
        part = self._inside()
        self._take()
        return part._replace(start=start, edits=edits)

    def _inside(self) -> _Part:
        """Take parentheses but for the closing one; they are a part, if one expression is in them."""
        self._take()
        part = self._sum() if self._is_operand() else _Part()
        while not self._is(")"):
            self._finish(part)
            part = _Part()
            if self._is_operand():
                self._finish(self._sum())
            else:
                self._other()
        return part

    def _is_operand(self) -> bool:
        token = self._next
        if token.kind == "word":
            return token.text.upper() not in _BETWEEN
        return token.kind not in ("other", "end", "blank") or self._is("(", "+", "-", "!")

    def _sum(self) -> _Part:
        """Take terms with plus and minus between them."""
        start, edits = self._next.start, len(self._edits)
        left = self._term()
        while self._is("+", "-"):
            is_plus = self._take().text == "+"
            right = self._term()
            dates, durations = (_added if is_plus else _subtracted)(left, right)
            date, duration = _tried(dates), _tried(durations)
            if len(date) + len(duration) > LONGEST:
                date = duration = ""
            left = _Part(date, duration, is_plus or left.adds or right.adds)
        return left._replace(start=start, edits=edits)

    def _term(self) -> _Part:
        """Take a value, or a product: that is a number, whatever its factors."""
        part = self._signed()
        while self._is("*", "/"):
            self._take()
            self._signed()
            part = _Part()
        return part

    def _signed(self) -> _Part:
        if not self._is("+", "-", "!"):
            return self._value()
        sign = self._take().text
        part = self._signed()
        if sign == "!" or not part.duration:
            return _Part()
        return _Part("", f"({sign}{part.duration})", part.adds)

    def _value(self) -> _Part:
        """Take a bracket, a call, a variable or a literal."""
        if self._is("(") or not self._is_operand():
            return self._parentheses() if self._is("(") else _Part()
        start, edits, token = self._next.start, len(self._edits), self._take()
        kind = token.text
        if token.kind == "string":
            kind = self._datatype()
        elif token.kind in ("word", "iri", "name") and self._is("("):
            kind = kind.upper() if token.kind == "word" else kind
            self._arguments()
        elif token.kind != "variable":
            return _Part()
        text = self._since(start, edits)
        if token.kind == "variable" or kind in _ANY:
            return _Part(text, text)
        local = kind.rstrip(">").replace("#", ":").rpartition(":")[2]
        return _Part(text if local in _DATES else "", text if local in _DURATIONS else "")

    def _datatype(self) -> str:
        """Take what follows the text of a literal: its datatype, which is returned, or its language."""
        if self._is("^^"):
            self._take()
            return self._take().text
        if self._next.kind == "language":
            end = self._take().end
            if self._text.startswith("--", end):  # the direction of SPARQL 1.2
                self._at += 3
        return ""

    def _finish(self, part: _Part) -> None:
        """Write *part*, which ends here, anew if it has a sum that may be one of dates and durations.

        The last argument is never the value: by it the parser sees which variables there are, and so
        that each is grouped by.
        """
        if part.adds and (part.date or part.duration):
            plain = self._since(part.start, part.edits)
            tried = _tried([plain, part.date, part.duration])
            new = f"IF(true, {tried}, {plain})"
            self._edits[part.edits :] = [(part.start, self._end, new)]


def _added(left: _Part, right: _Part) -> tuple[list[str], list[str]]:
    """How a sum is tried as a date, and as a duration."""
    dates = [
        f"({one.date} - -{other.duration})"
        for one, other in ((left, right), (right, left))
        if one.date and other.duration
    ]
    both = left.duration and right.duration
    return dates, [f"({left.duration} - -{right.duration})"] if both else []


def _subtracted(left: _Part, right: _Part) -> tuple[list[str], list[str]]:
    """How a difference is tried as a date, and as a duration."""
    date = f"({left.date} - {right.duration})" if left.date and right.duration else ""
    pairs = (left.duration, right.duration), (left.date, right.date)
    return [date], [f"({one} - {other})" for one, other in pairs if one and other]


def _tried(ways: Iterable[str]) -> str:
    """The first of *ways* that has a value."""
    distinct = list(dict.fromkeys(filter(None, ways)))
    return f"COALESCE({', '.join(distinct)})" if len(distinct) > 1 else "".join(distinct)
