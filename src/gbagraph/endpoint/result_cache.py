"""The results of jobs: those that are always the same are kept, and evaluated once at a time."""

from __future__ import annotations

import asyncio
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from gbagraph import publication
from gbagraph._version import __version__
from gbagraph.endpoint.response import Result, http_date
from gbagraph.engine.engine import encoded
from gbagraph.engine.jobs import QueryJob
from gbagraph.errors import GbaGraphError, ServerBusy
from gbagraph.lru import LruCache
from gbagraph.paths import package_modified
from gbagraph.settings import MAX_AGE
from gbagraph.sparql.parsed import Traits, traits

if TYPE_CHECKING:
    from gbagraph.dataset.identity import Description
    from gbagraph.engine.admission import JobOptions
    from gbagraph.engine.engine import Engine
    from gbagraph.engine.jobs import Answer, Job

    _FlightKey = tuple[bytes, float | None]
    """The key of a job, and its time limit: requests that share both can share an evaluation."""

_FIXED: Final = Traits(is_fixed=True, may_make_blank_nodes=False)
_OVERHEAD: Final = 512
"""Bytes that an entry needs beside its body."""


class Identity(NamedTuple):
    """What sets the result of a job apart from others: the job as bytes, its *key*, and its entity tag.

    The tag is strong (RFC 9110, section 8.8.3) if the same job always gives the same bytes, and weak if
    the result can contain blank nodes, whose labels change each time the dataset is loaded. It is empty
    if the result may be another the next time.
    """

    order: bytes
    key: bytes = b""
    etag: str = ""


class ResultCache:
    """The engine, with a cache of *megabytes* for its results."""

    def __init__(self, engine: Engine, megabytes: int) -> None:
        self.engine = engine
        self._results: LruCache[bytes, Result] = LruCache(megabytes * 1024 * 1024, _size)
        self._running: dict[_FlightKey, asyncio.Future[Result | GbaGraphError | None]] = {}
        self._dataset: Description | None = None
        self._digest = ""
        self._refresh(engine.description)

    def _refresh(self, dataset: Description) -> None:
        """Clear the cache if the engine has another dataset than before."""
        self._dataset = dataset
        if dataset.digest != self._digest:
            self._digest = dataset.digest
            text = blake2b(publication.current().source_text.encode(), digest_size=16).hexdigest()
            self._identity = f"{dataset.digest} {__version__} {text} ".encode()
            self._results.clear()
            self.modified = max(dataset.modified, package_modified())
            self.lasting = [
                (b"cache-control", b"public, max-age=%d" % MAX_AGE),
                (b"last-modified", http_date(self.modified).encode()),
            ]
            """Header fields of results that stay the same for as long as the dataset does."""

    def identify(self, job: Job) -> Identity:
        """The identity of the result of *job*, without evaluating it.

        Raises:
            RequestError: as :func:`gbagraph.engine.engine.encoded`.
        """
        dataset = self.engine.description
        if dataset is not self._dataset:
            self._refresh(dataset)
        order = encoded(job)
        is_fixed, may_make_blank_nodes = traits(job.text) if isinstance(job, QueryJob) else _FIXED
        if not is_fixed or self.engine.may_differ(job):
            return Identity(order)
        key = blake2b(self._identity + order, digest_size=16).digest()
        is_weak = dataset.blank_nodes or may_make_blank_nodes
        return Identity(order, key, f'W/"{key.hex()}"' if is_weak else f'"{key.hex()}"')

    async def get(self, job: Job, options: JobOptions, identity: Identity | None = None) -> Result:
        """The result of *job*: from the cache, from an evaluation that is running, or from a new one.

        Requests for the same job share one evaluation (single flight): they wait for its result, or for
        its error. A streamed result has only one reader, and a client that disconnects cancels its
        evaluation; in these cases each of the waiting requests starts an evaluation of its own.
        """
        order, key, etag = identity or self.identify(job)
        if not etag:
            return _result(await self.engine.answer(job, options, order), "")
        if key in self._results.entries and (kept := self._results.get(key)) is not None:
            self.engine.counts["results_from_cache"] += 1
            return replace(kept, origin="result-cache", timing=None)
        flight = key, options.timeout
        if flight in self._running and (shared := await self._shared(flight)) is not None:
            return shared
        running: asyncio.Future[Result | GbaGraphError | None]
        running = asyncio.get_running_loop().create_future()
        outcome: Result | GbaGraphError | None = None
        self._running.setdefault(flight, running)
        try:
            answer = await self.engine.answer(job, options, order)
            outcome = _result(answer, etag)
        except ServerBusy:
            raise  # another client may get a slot
        except GbaGraphError as problem:
            outcome = _without_traceback(problem)
            raise
        finally:
            running.set_result(outcome)
            if self._running.get(flight) is running:
                del self._running[flight]
        if outcome.answer is None:
            self._results.put(key, outcome)
        return outcome

    async def _shared(self, flight: _FlightKey) -> Result | None:
        """The result of an evaluation that runs under *flight*, if it can be shared."""
        while (running := self._running.get(flight)) is not None:
            self.engine.counts["evaluations_shared"] += 1
            outcome = await asyncio.shield(running)
            if isinstance(outcome, GbaGraphError):
                raise _without_traceback(outcome)
            if outcome is not None:
                return replace(outcome, origin="shared") if outcome.answer is None else None
        return None


def _without_traceback(problem: GbaGraphError) -> GbaGraphError:
    """The same error without its traceback, which would keep the blocks of the answer alive."""
    return type(problem)(problem.message, **problem.details)


def _result(answer: Answer, etag: str) -> Result:
    return Result(
        answer.format,
        answer.body,
        etag,
        None if answer.execution is None else answer,
        answer.calls_for_help,
        answer.sources,
        timing=answer.timing,
        counted=answer.counted,
    )


def _size(result: Result) -> int:
    return len(result.body) + _OVERHEAD
