"""Aggregates that are valid and mislead: what the data says of its numbers and lists is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gbagraph.explain.diagnostics.rules.columns import Column, columns_of
from gbagraph.explain.diagnostics.rules.counts import open_lists, planned_counted, repeated_things
from gbagraph.explain.diagnostics.rules.sums import (
    RANKING,
    limits_as_exact,
    mixed_dates,
    mixed_units,
    not_numbers,
    parts_and_wholes,
    repeated_values,
)
from gbagraph.sparql.nodes import SubSelect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.explain.diagnostics.case import Case
    from gbagraph.explain.diagnostics.finding import Finding

_ADDING: Final = frozenset({"SUM", "AVG"})


def aggregates(case: Case) -> Iterator[Finding]:
    """What is added up, counted or ranked though it should not be, or not so."""
    if case.is_heavy:
        return
    for query in case.queries:
        if not query.is_aggregated or any(isinstance(e, SubSelect) for e in query.where.elements):
            continue
        for column in columns_of(case, query):
            yield from _of_column(case, column)


def _of_column(case: Case, column: Column) -> Iterator[Finding]:
    name = column.aggregate.name
    if name in _ADDING:
        others = list(not_numbers(case, column))
        yield from others
        if others:
            return
    if name in _ADDING or name in RANKING:
        yield from mixed_units(case, column)
    if name in _ADDING:
        yield from limits_as_exact(case, column)
        yield from parts_and_wholes(case, column)
        yield from repeated_values(case, column)
    if name in RANKING:
        yield from mixed_dates(case, column)
    if name == "COUNT":
        yield from open_lists(case, column)
        yield from repeated_things(case, column)
    if name in _ADDING or name == "COUNT":
        yield from planned_counted(case, column)
