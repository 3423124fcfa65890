"""Which queries are known to be expensive.

The dataset does not change while it is served, so neither does the cost of a query: one that was
expensive will be expensive again. A client that is refused often sends the same query again, and a
storm of requests consists of such queries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gbagraph.engine.jobs import Query
from gbagraph.lru import LruCache
from gbagraph.sparql.tokens import without_comments

if TYPE_CHECKING:
    from gbagraph.engine.jobs import Job

_LONGEST: Final = 16 * 1024
"""Characters of the longest query that is remembered; reading it takes the server's own time."""


class CostHistory:
    """Remembers the *capacity* most recent expensive queries. Comments make no difference."""

    def __init__(self, capacity: int = 10_000) -> None:
        self._expensive: LruCache[int, bool] = LruCache(capacity)

    def remember(self, job: Job) -> None:
        """Record that *job* was expensive."""
        if isinstance(job, Query) and len(job.text) <= _LONGEST:
            self._expensive.put(_key(job), True)

    def is_expensive(self, job: Job) -> bool:
        """Whether *job* is known to be expensive."""
        if not len(self._expensive) or not isinstance(job, Query) or len(job.text) > _LONGEST:
            return False
        return self._expensive.get(_key(job)) is not None


def _key(query: Query) -> int:
    return hash((without_comments(query.text), query.default_graphs, query.named_graphs))
