"""The rules: each looks for one kind of mistake, and yields what it finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gbagraph.explain.diagnostics.rules.aggregates import aggregates
from gbagraph.explain.diagnostics.rules.comparisons import comparisons
from gbagraph.explain.diagnostics.rules.joins import (
    exclusions,
    offsets,
    optionals,
    products,
    subtractions,
)
from gbagraph.explain.diagnostics.rules.literals import literals
from gbagraph.explain.diagnostics.rules.missing import names
from gbagraph.explain.diagnostics.rules.structure import structure
from gbagraph.explain.diagnostics.rules.variables import unbound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gbagraph.explain.diagnostics.case import Case
    from gbagraph.explain.diagnostics.finding import Finding

RULES: Final[tuple[Callable[[Case], Iterator[Finding]], ...]] = (
    names,
    unbound,
    literals,
    comparisons,
    subtractions,
    exclusions,
    offsets,
    optionals,
    products,
    structure,
    aggregates,
)
"""In the order in which their findings are told; those of the first are the likeliest causes."""
