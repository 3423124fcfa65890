"""A slip of the pen, and words that several of its rules know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from gbagraph.sparql.tokens import Token


class Slip(NamedTuple):
    """The token that is wrong, the reason (the rest of a sentence), and (start, end, text) to change."""

    token: Token
    reason: str
    edits: tuple[tuple[int, int, str], ...] = ()


FORMS: Final = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")

AGGREGATES: Final = ("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT")

AFTER_WHERE: Final = frozenset({"GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "VALUES"})
