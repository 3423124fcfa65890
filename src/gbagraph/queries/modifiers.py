"""What every canned query takes beside its own parameters: which rows to give, and in which order.

``limit`` and ``offset`` choose rows. ``sort`` names columns, with a minus sign before those to be
reversed, which come before the query's own order. ``filter`` is a condition on a column:
``squareKilometres>100``, ``placeLabel~science`` (contains, in any case), ``place=x``. They
become a part of the query itself (SPARQL 1.1, sections 15 and 17), so that any engine does the work.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.errors import BadParameter
from gbagraph.queries.types import TYPES
from gbagraph.rdf.namespaces import prefixes, things
from gbagraph.sparql.expressions import NotRead
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.sparql.tokens import replaced, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gbagraph.sparql.nodes import Query
    from gbagraph.sparql.tokens import Token

LIMIT: Final = "limit"
OFFSET: Final = "offset"
SORT: Final = "sort"
FILTER: Final = "filter"
NAMES: Final = (LIMIT, OFFSET, SORT, FILTER)
REPEATED: Final = (SORT, FILTER)
"""Those that may be given several times."""

_NUMBER: Final = re.compile(r"[0-9]{1,9}\Z")
_SORT: Final = re.compile(r"(-?)(\w+)\Z")
_CONDITION: Final = re.compile(r"(\w+)\s*(<=|>=|!=|=|<|>|~)\s*(.+)\Z", re.DOTALL)
_AFTER_PATTERN: Final = ("GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES")


def apply(
    name: str, text: str, given: Iterable[tuple[str, object]], page_size: int | None = None
) -> str:
    """Return *text*, the canned query *name* with its parameters bound, changed as *given* says.

    *page_size* is its limit if none is given.

    Raises:
        BadParameter: a value is not as described above, or the query has no place for it.
    """
    values: dict[str, list[str]] = {name: [] for name in NAMES}
    for key, value in given:
        values[key].append(str(value))
    if page_size is not None and not values[LIMIT]:
        values[LIMIT] = [str(page_size)]
    if not any(values.values()):
        return text
    changed = _Changed(name, text)
    changed.filtered(values[FILTER])
    changed.sorted([part for value in values[SORT] for part in value.split(",")])
    changed.cut(*(_count(key, values[key]) for key in (LIMIT, OFFSET)))
    return changed.written()


def _count(name: str, values: Sequence[str]) -> int | None:
    if not values:
        return None
    (value,) = values
    if not _NUMBER.match(value):
        raise _bad(name, value, "a whole number such as 100")
    return int(value)


def _bad(name: str, value: str, expects: str) -> BadParameter:
    return BadParameter(
        f"The parameter {name} has the value {value[:100]!r}. Expected: {expects}.",
        parameter=name,
        value=value[:100],
        expected=expects,
    )


class _Changed:
    """A query with what is to be put into it."""

    def __init__(self, name: str, text: str) -> None:
        self._name, self._text = name, text
        self._parsed = ParsedQuery(text)
        self._read = self._as_read()
        self._insertions: list[tuple[int, str]] = []
        """Where each text is put."""
        end = self._read.where.end
        self._rest = [
            token
            for token in self._parsed.words
            if token.start >= end and token.kind == "word" and token.text.upper() in _AFTER_PATTERN
        ]

    def _as_read(self) -> Query:
        try:
            query = self._parsed.tree
        except NotRead as why:
            raise self._refused(f"it cannot be changed: {why}") from None
        if query.form != "SELECT":
            raise self._refused("only the rows of SELECT can be chosen, sorted and filtered")
        return query

    def _refused(self, why: str) -> BadParameter:
        return BadParameter(f"{', '.join(NAMES)} cannot be given to {self._name}: {why}.")

    def written(self) -> str:
        """The query with all insertions."""
        return replaced(self._text, [(place, place, text) for place, text in self._insertions])

    def _clause(self, *names: str) -> Token | None:
        """Return the first of these clauses after the pattern."""
        return next((t for t in self._rest if t.text.upper() in names), None)

    def _before(self, *names: str) -> int:
        """Return where the first of these clauses begins, or the end."""
        start = self._clause(*names)
        return len(self._text) if start is None else start.start

    def _expression(self, name: str, column: str) -> str:
        """Return what a column shows, as it may stand in a condition."""
        if self._read.items is None:
            raise self._refused(
                "its columns have no names before it is asked. Write them for SELECT *"
            )
        columns = {
            item.variable.value: self._text[item.expression.start : item.expression.end]
            for item in self._read.items or ()
            if item.variable is not None
        }
        if column not in columns:
            raise _bad(name, column, f"one of the columns {', '.join(columns)}")
        return columns[column]

    def filtered(self, conditions: Iterable[str]) -> None:
        """Leave only the rows for which all *conditions* are true."""
        filters = [self._condition(condition) for condition in conditions]
        if not filters:
            return
        both = " && ".join(f"({condition})" for condition in filters)
        if self._read.is_aggregated:
            having = self._clause("HAVING")
            where = having.start + len("HAVING") if having else self._before(*_AFTER_PATTERN[2:])
            self._insertions.append((where, f"\n{'' if having else 'HAVING '}({both}) "))
            return
        group = self._read.where
        self._insertions += [
            (group.start, "{ "),
            (group.end, f" FILTER ({both}) }}"),
        ]

    def _condition(self, text: str) -> str:
        match = _CONDITION.match(text.strip())
        if match is None:
            raise _bad(
                FILTER, text, "a condition such as squareKilometres>100 or placeLabel~science"
            )
        column, sign, value = match.groups()
        expression = self._expression(FILTER, column)
        if sign == "~":
            wanted = ox.Literal(value.lower())
            return f"CONTAINS(LCASE(STR({expression})), {wanted})"
        term = _operand(value)
        if term:
            return f"{expression} {sign} {term}"
        if sign in ("=", "!="):
            # A short name is that of one of our IRIs, as for parameters.
            texts = f"({ox.Literal(value)}, {ox.Literal(things() + value)})"
            return f"STR({expression}) {'IN' if sign == '=' else 'NOT IN'} {texts}"
        return f"STR({expression}) {sign} {ox.Literal(value)}"

    def sorted(self, columns: Iterable[str]) -> None:
        """Sort by *columns* before all else."""
        conditions = []
        for column in columns:
            match = _SORT.match(column.strip())
            if match is None:
                raise _bad(
                    SORT, column, "columns such as placeLabel, or -squareKilometres for the reverse"
                )
            self._expression(SORT, match[2])
            conditions.append(f"{'DESC' if match[1] else 'ASC'}(?{match[2]})")
        if not conditions:
            return
        order = self._clause("ORDER")
        keys = " ".join(conditions)
        if order is None:
            where = self._before("LIMIT", "OFFSET", "VALUES")
            self._insertions.append((where, f"\nORDER BY {keys} "))
        else:
            _, by, *_ = words(self._text[order.start :])
            where = order.start + by.start + len(by.text)
            self._insertions.append((where, f" {keys} "))

    def cut(self, limit: int | None, offset: int | None) -> None:
        """Leave at most *limit* rows, those after the first *offset*."""
        if limit is None and offset is None:
            return
        if self._clause("LIMIT", "OFFSET"):
            raise self._refused("it has a LIMIT or OFFSET of its own")
        parts = [f"LIMIT {limit}"] * (limit is not None) + [f"OFFSET {offset}"] * bool(offset)
        self._insertions.append((self._before("VALUES"), f"\n{' '.join(parts)} "))


def _operand(text: str) -> str:
    """Return a number, a date, a time or an IRI as a term; empty for any other text."""
    for name in ("number", "date", "dateTime"):
        try:
            return str(TYPES[name].term(text))
        except ValueError:
            continue
    is_iri = text.partition(":")[0] in prefixes() or "://" in text
    try:
        return str(TYPES["iri"].term(text)) if is_iri else ""
    except ValueError:
        return ""


@lru_cache(maxsize=256)
def is_ordered(text: str) -> bool:
    """Return whether the rows of a query have an order, so that its pages fit together."""
    try:
        return bool(ParsedQuery(text).tree.order)
    except NotRead:
        return False


def next_page(values: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the parameters of the page after that of *values*, which have a limit."""
    given = [pair for pair in values if pair[0] != OFFSET]
    sizes = dict(values)
    yield from given
    yield OFFSET, str(int(sizes.get(OFFSET) or 0) + int(sizes[LIMIT]))
