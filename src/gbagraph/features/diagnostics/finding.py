"""What a rule finds and what it would change, and what calling other endpoints has given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gbagraph.api.explanations import Severity
    from gbagraph.setting import AllowedService
    from gbagraph.sparql.parsed import ParsedQuery
    from gbagraph.sparql.sources import Source


class Edit(NamedTuple):
    """The text from *start* to *end* of a query becomes *text*."""

    start: int
    end: int
    text: str


class Repair(NamedTuple):
    """What to write instead, for a reader, and the edits that make it so."""

    suggestion: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at *start*, and its repairs, the best first."""

    code: str
    severity: Severity
    message: str
    start: int
    repairs: tuple[Repair, ...] = ()


def overlap(edits: Iterable[Edit], others: Iterable[Edit]) -> bool:
    """Whether two of these edits change the same text; what is only inserted changes none."""
    taken = list(others)
    return any(
        one.start < other.end and other.start < one.end
        for one in edits
        for other in taken
        if one != other
    )


def edited(text: str, edits: Iterable[Edit]) -> str:
    """*text* after *edits*, of which none overlap."""
    for edit in sorted(set(edits), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


@dataclass(frozen=True, slots=True)
class Called:
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
    ask: Callable[[ParsedQuery], Called] | None = None


NO_SERVICES: Final = Services()
