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

_REMEMBERED: Final = 10_000
_LONGEST: Final = 16 * 1024
"""Characters of the longest query that is remembered; to read it takes the server's own time."""


class Experience:
    """Remembers the queries that were dear, the latest ten thousand, whatever their comments."""

    def __init__(self) -> None:
        self._dear: OrderedDict[int, None] = OrderedDict()

    def remember(self, job: Job) -> None:
        """Note that *job* was dear."""
        if _is_short(job):
            self._dear[_name(job)] = None
            if len(self._dear) > _REMEMBERED:
                self._dear.popitem(last=False)

    def knows(self, job: Job) -> bool:
        """Whether *job* is known to be dear."""
        return bool(self._dear) and _is_short(job) and _name(job) in self._dear


def _is_short(job: Job) -> TypeGuard[Query]:
    return isinstance(job, Query) and len(job.text) <= _LONGEST


def _name(query: Query) -> int:
    return hash((without_comments(query.text), query.default_graphs, query.named_graphs))
