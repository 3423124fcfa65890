"""The rules: each looks for one kind of mistake, and yields what it finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gbagraph.features.diagnostics.rules.aggregates import aggregates
from gbagraph.features.diagnostics.rules.comparisons import comparisons
from gbagraph.features.diagnostics.rules.joins import (
    exclusions,
    offsets,
    optionals,
    products,
    subtractions,
)
from gbagraph.features.diagnostics.rules.literals import literals
from gbagraph.features.diagnostics.rules.missing import names
from gbagraph.features.diagnostics.rules.structure import structure
from gbagraph.features.diagnostics.rules.variables import unbound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.finding import Finding


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
