"""Which queries are known to be dear.

The dataset does not change while it is served, so neither does what a query costs: one that was dear
will be dear again. A client that is refused sends the same query again, and a storm is made of that.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final, TypeGuard

from gbagraph.engine.jobs import Query
from gbagraph.sparql_text import without_comments

if TYPE_CHECKING:
    from gbagraph.engine.jobs import Job

_LONGEST: Final = 16 * 1024
"""Characters of the longest query that is remembered; to read it takes the server's own time."""


class Experience:
    """Remembers the *most* queries that were dear and asked lately, whatever their comments."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._dear: OrderedDict[int, None] = OrderedDict()

    def remember(self, job: Job) -> None:
        """Note that *job* was dear."""
        if _is_short(job):
            self._dear[_name(job)] = None
            if len(self._dear) > self._most:
                self._dear.popitem(last=False)

    def knows(self, job: Job) -> bool:
        """Whether *job* is known to be dear."""
        if not self._dear or not _is_short(job):
            return False
        name = _name(job)
        known = name in self._dear
        if known:
            self._dear.move_to_end(name)
        return known


def _is_short(job: Job) -> TypeGuard[Query]:
    return isinstance(job, Query) and len(job.text) <= _LONGEST


def _name(query: Query) -> int:
    return hash((without_comments(query.text), query.default_graphs, query.named_graphs))
