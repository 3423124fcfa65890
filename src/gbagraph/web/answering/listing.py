"""The canned queries as a page lists them: in groups by what they are about."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gbagraph.queries.canned import CannedQuery

_COMMON: Final = 3
"""Queries with a tag from which on it makes a group."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A query, the *address* of its page with values that have an answer, and that of the *editor*.

    *is_refused*: it calls an endpoint that is not allowed.
    """

    query: CannedQuery
    address: str
    editor: str
    is_refused: bool = False


def contains(query: CannedQuery, text: str) -> bool:
    """Whether all words of *text* are in what is said of *query*, in any case."""
    said = " ".join((query.name, query.summary, query.description, *query.tags)).casefold()
    return all(word in said for word in text.casefold().split())


def grouped(rows: Iterable[Listed]) -> Mapping[str, list[Listed]]:
    """*rows* by the first of their tags that several have, the largest group first.

    What would stand alone comes last, below an empty tag.
    """
    found = list(rows)
    frequency = Counter(tag for row in found for tag in row.query.tags)
    groups: dict[str, list[Listed]] = {}
    for row in found:
        common = [tag for tag in row.query.tags if frequency[tag] >= _COMMON]
        groups.setdefault(next(iter(common or row.query.tags), ""), []).append(row)
    large = {tag: rows for tag, rows in groups.items() if len(rows) > 1 and tag}
    rest = [row for tag, rows in groups.items() if tag not in large for row in rows]
    ordered = dict(sorted(large.items(), key=lambda pair: (-len(pair[1]), pair[0])))
    return ordered | ({"": rest} if rest else {})
