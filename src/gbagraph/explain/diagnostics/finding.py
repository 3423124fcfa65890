"""What a rule finds, and what it would change in the query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.explain.explanations import Severity


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
