"""What diagnostics know of other endpoints: which a query may call, and what came of calling them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gbagraph.answers.sources import Source
    from gbagraph.explain.diagnostics.finding import Finding
    from gbagraph.setting import AllowedService


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of the calls of a query.

    *answer* evaluates a query whose SERVICE clauses have the solutions that endpoints gave, and
    *have_solutions* says whether each clause has one. Unless that *is_known*, nothing can be said of
    whatever a clause is a part of. *sources* are the endpoints that were called.
    """

    findings: tuple[Finding, ...] = ()
    answer: Callable[[str], Any] | None = None
    have_solutions: bool = False
    is_known: bool = True
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Services:
    """The endpoints that queries may call, and how a query has them called; by default nobody is."""

    allowed: Sequence[AllowedService] = ()
    ask: Callable[[str], Asked] | None = None


NO_SERVICES: Final = Services()
