"""Which queries are expensive is remembered, for the dataset does not change while it is served.

A client that is refused often sends the same query again, and a storm of requests consists of such
queries; or of queries of one form, which a program fills with values.
"""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeGuard

from gbagraph.engine.jobs import Query
from gbagraph.lru import LruCache
from gbagraph.sparql.tokens import without_comments, without_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from gbagraph.engine.jobs import Job

_LONGEST: Final = 16 * 1024
"""Characters of the longest query that is remembered; reading it takes the server's own time."""
_IN_A_ROW: Final = 4
"""So many queries of one form must have been expensive, and none cheap since, to expect it of others."""
_RECENT: Final = 10.0
"""Seconds between two of them. What is taken for expensive is tried again as often."""


class CostHistory:
    """Remembers the *capacity* most recent expensive queries, and as many forms.

    Comments make no difference; of one form are queries that differ in numbers and strings alone.
    """

    def __init__(self, capacity: int = 10_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._expensive: LruCache[int, float] = LruCache(capacity)
        """When each query was expensive last, or was tried."""
        self._rows: LruCache[int, tuple[int, float]] = LruCache(capacity)
        """For each form how many were expensive in a row, and when the last one was, or was tried."""
        self._clock = clock
        self._last = -_RECENT
        """When a query was expensive last, or expected to be: forms are looked at for a while after."""
        self.knows_any = False
        """Whether any query was expensive."""

    def remember(self, job: Job) -> None:
        """Record that *job* was expensive."""
        if not _is_read(job):
            return
        key = _key(job, _text(job.text))
        if self._expensive.get(key) is None:
            form = _key(job, _form(job.text))
            count, last = self._row(form)
            goes_on = count >= _IN_A_ROW or self._is_recent(last)
            self._last = self._clock()
            self._rows.put(form, (count + 1 if goes_on else 1, self._last))
        self._expensive.put(key, self._clock())
        self.knows_any = True

    def remember_cheap(self, job: Job) -> None:
        """Record that *job* was cheap, which is of interest if it was not before, or others of its form.

        Beside what else a processor does, any query may be expensive once.
        """
        if not self.knows_any or not _is_read(job):
            return
        self._expensive.drop(_key(job, _text(job.text)))
        if self._is_recent(self._last):
            self._rows.drop(_key(job, _form(job.text)))

    def is_expensive(self, job: Job) -> bool:
        """Whether *job* is known to be expensive, or expected to be, as others of its form were.

        One in ten seconds is said not to be, and so is tried: in a storm it would be refused each time,
        and never be found to be cheap.
        """
        if not self.knows_any or not _is_read(job):
            return False
        key = _key(job, _text(job.text))
        last = self._expensive.get(key)
        if last is not None:
            if not self._is_recent(last):
                self._expensive.put(key, self._clock())  # this one is tried
            return self._is_recent(last)
        if not self._is_recent(self._last):
            return False
        form = _key(job, _form(job.text))
        count, last = self._row(form)
        if count < _IN_A_ROW:
            return False
        self._last = self._clock()
        if not self._is_recent(last):
            self._rows.put(form, (count, self._last))
        return self._is_recent(last)

    def _row(self, form: int) -> tuple[int, float]:
        return self._rows.get(form) or (0, -_RECENT)

    def _is_recent(self, when: float) -> bool:
        return self._clock() - when < _RECENT


def _is_read(job: Job) -> TypeGuard[Query]:
    return isinstance(job, Query) and len(job.text) <= _LONGEST


def _key(query: Query, text: str) -> int:
    return hash((text, query.default_graphs, query.named_graphs))


# Kept, because each query is looked up when it comes and when it has ended.
_text = lru_cache(maxsize=256)(without_comments)
_form = lru_cache(maxsize=256)(without_values)
