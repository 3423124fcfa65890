"""The results of jobs: those that are always the same are kept, and evaluated once at a time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, Protocol

from gbagraph._version import __version__
from gbagraph.endpoint.response import Result, http_date
from gbagraph.engine.jobs import Query, encode
from gbagraph.errors import GbaGraphError, ServerBusy
from gbagraph.lru import LruCache
from gbagraph.paths import package_modified
from gbagraph.sparql.parsed import ParsedQuery

if TYPE_CHECKING:
    from collections import Counter

    from gbagraph.dataset.identity import Description
    from gbagraph.engine.admission import JobOptions
    from gbagraph.engine.answer import Answer
    from gbagraph.engine.jobs import Job
    from gbagraph.setting import AllowedService

    _FlightKey = tuple[bytes, float | None]
    """The key of a job, and its time limit: requests that share both can share an evaluation."""

_OVERHEAD: Final = 512
"""Bytes that an entry needs beside its body."""


class Evaluator(Protocol):
    """What evaluates jobs: the engine (:class:`gbagraph.engine.engine.Engine`)."""

    counts: Counter[str]
    services: tuple[AllowedService, ...]

    @property
    def failed(self) -> asyncio.Future[str]:
        """Done, with the reason, once it cannot be kept running."""

    @property
    def description(self) -> Description:
        """What the served dataset is."""

    @property
    def data_may_change(self) -> bool:
        """Whether the data may change at any time."""

    def calls_others(self, job: Job) -> bool:
        """Whether *job* may call other endpoints."""

    def is_waiting_for_names(self, job: Job) -> bool:
        """Whether the answer to *job* is another once there is an index."""

    async def answer(self, job: Job, options: JobOptions) -> Answer:
        """Evaluate *job*; raises GbaGraphError if that fails."""


class ResultCache:
    """The engine, with a cache of *megabytes* for its results."""

    def __init__(self, engine: Evaluator, megabytes: int) -> None:
        self.engine = engine
        self._results: LruCache[bytes, Result] = LruCache(megabytes * 1024 * 1024, _size)
        self._running: dict[_FlightKey, asyncio.Future[Result | GbaGraphError | None]] = {}
        self._digest = ""
        self._refresh()

    def _refresh(self) -> None:
        """Clear the cache if the engine has another dataset than before."""
        dataset = self.engine.description
        if dataset.digest != self._digest:
            self._digest = dataset.digest
            self._identity = f"{dataset.digest} {__version__} ".encode()
            self._results.clear()
            self.modified = max(dataset.modified, package_modified())
            self.last_modified = http_date(self.modified)

    def etag(self, job: Job) -> str:
        """The entity tag of the result of *job*, without evaluating it; empty if it has none.

        The tag is strong (RFC 9110, section 8.8.3) if the same job always gives the same bytes, and weak
        if the result can contain blank nodes, whose labels change each time the dataset is loaded.
        """
        self._refresh()
        return self._etag(job, self._key(job)) if self._is_deterministic(job) else ""

    def _is_deterministic(self, job: Job) -> bool:
        if self.engine.data_may_change or self.engine.is_waiting_for_names(job):
            return False
        is_fixed = not isinstance(job, Query) or ParsedQuery(job.text).is_deterministic
        return is_fixed and not self.engine.calls_others(job)

    def _key(self, job: Job) -> bytes:
        return blake2b(self._identity + encode(job), digest_size=16).digest()

    def _etag(self, job: Job, key: bytes) -> str:
        is_weak = self.engine.description.blank_nodes or (
            isinstance(job, Query) and ParsedQuery(job.text).may_make_blank_nodes
        )
        return f'{"W/" if is_weak else ""}"{key.hex()}"'

    async def get(self, job: Job, options: JobOptions) -> Result:
        """The result of *job*: from the cache, from an evaluation that is running, or from a new one.

        Requests for the same job share one evaluation (single flight): they wait for its result, or for
        its error. A streamed result has only one reader, and a client that disconnects cancels its
        evaluation; in these cases each of the waiting requests starts an evaluation of its own.
        """
        self._refresh()
        if not self._is_deterministic(job):
            return _result(await self.engine.answer(job, options), "")
        key = self._key(job)
        kept = self._results.get(key)
        if kept is not None:
            self.engine.counts["results_from_cache"] += 1
            return kept
        flight = key, options.timeout
        while (running := self._running.get(flight)) is not None:
            self.engine.counts["evaluations_shared"] += 1
            outcome = await asyncio.shield(running)
            if isinstance(outcome, GbaGraphError):
                raise _without_traceback(outcome)
            if outcome is not None and outcome.answer is None:
                return replace(outcome, origin="shared")
            if outcome is not None:
                break
        return await self._evaluate(flight, job, options)

    async def _evaluate(self, flight: _FlightKey, job: Job, options: JobOptions) -> Result:
        """Evaluate *job*; until that is done, other requests find the evaluation under *flight*."""
        running: asyncio.Future[Result | GbaGraphError | None]
        running = asyncio.get_running_loop().create_future()
        outcome: Result | GbaGraphError | None = None
        self._running.setdefault(flight, running)
        try:
            answer = await self.engine.answer(job, options)
            outcome = _result(answer, self._etag(job, flight[0]))
        except ServerBusy:
            raise  # another client may get a slot
        except GbaGraphError as problem:
            outcome = _without_traceback(problem)
            raise
        finally:
            running.set_result(outcome)
            if self._running.get(flight) is running:
                del self._running[flight]
        if answer.is_whole:
            self._results.put(flight[0], replace(outcome, origin="result-cache", timing=None))
        return outcome


def _without_traceback(problem: GbaGraphError) -> GbaGraphError:
    """The same error without its traceback, which would keep the blocks of the answer alive."""
    return type(problem)(problem.message, **problem.details)


def _result(answer: Answer, etag: str) -> Result:
    streamed = None if answer.is_whole else answer
    help_, sources = answer.calls_for_help, answer.sources
    return Result(
        answer.format,
        answer.body,
        etag,
        streamed,
        help_,
        sources,
        timing=answer.timing,
        counted=answer.rows,
    )


def _size(result: Result) -> int:
    return len(result.body) + _OVERHEAD
