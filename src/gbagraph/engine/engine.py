"""The engine: the one way from a job to an answer, within limits."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from gbagraph import publication, tracing
from gbagraph.engine.admission import Admission, JobOptions
from gbagraph.engine.cost_history import CostHistory
from gbagraph.engine.execution import Execution, Resources, Watch
from gbagraph.engine.jobs import Query, encode
from gbagraph.engine.pool import Pool
from gbagraph.engine.source import Files, ForkServerOptions
from gbagraph.engine.wire import WorkerOptions
from gbagraph.errors import RequestError, ServerBusy
from gbagraph.settings import MEGABYTE
from gbagraph.sparql.tokens import fingerprint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path
    from types import TracebackType

    from gbagraph.dataset.identity import Description
    from gbagraph.engine.admission import Slot
    from gbagraph.engine.connection import Provider
    from gbagraph.engine.jobs import Answer, Job
    from gbagraph.engine.source import Source
    from gbagraph.engine.supervisor import State
    from gbagraph.publication import Publication
    from gbagraph.setting import AllowedService
    from gbagraph.tracing import Span

_NO_OPTIONS: Final = JobOptions()
_FAST: Final = 4 * (os.cpu_count() or 2)
"""Queries that run in fast slots at once."""
_SPARE_BESIDE: Final = 1
"""Idle workers that are kept ready by an engine beside another."""


class Engine:
    """Answers jobs about one dataset, each in a process that can be stopped.

    An asynchronous context manager: entering it starts the fork server and waits until the dataset is
    loaded; leaving it ends all processes.

    Args:
        files: RDF files to load in place of the built-in dataset.
        infer: whether the default graph contains the inferred triples; None leaves it to the dataset.
        source: where the data come from in place of files.
        timeout: seconds after which a query is stopped; a job can ask for less.
        memory: megabytes a worker may use on top of the graph.
        result_size: megabytes of the largest answer.
        slow_queries: slow queries that may run at once, and as many large answers.
        services: the endpoints that queries may call with SERVICE, by one of *providers*.
        providers: what answers workers in the middle of a job.
        counts_rows: whether answers say how many rows or triples they have.

    Raises:
        DatasetError: on entering, if the data cannot be loaded.
    """

    def __init__(  # noqa: PLR0913  one option each
        self,
        files: Sequence[Path] = (),
        *,
        infer: bool | None = None,
        source: Source | None = None,
        timeout: float = 30.0,
        memory: int = 512,
        result_size: int = 1024,
        slow_queries: int = 8,
        services: Sequence[AllowedService] = (),
        providers: Sequence[Provider] = (),
        counts_rows: bool = False,
    ) -> None:
        self.timeout = timeout
        self.counts: Counter[str] = Counter()
        self.admission = Admission(fast=_FAST, slow=slow_queries, memory=memory * MEGABYTE)
        self.cost_history = CostHistory()
        self.services = tuple(services)
        self._calls_others = any(not each.version for each in services)
        self._source = source or Files(tuple(str(path.resolve()) for path in files), infer)
        self._index = self._source.index
        self.pool = Pool(
            ForkServerOptions(
                source=self._source,
                publication=publication.current(),
                workers=WorkerOptions(memory, result_size, self.services, counts_rows),
            )
        )
        self.providers = {each.kind: each for each in providers}
        self._provides = True
        self._searches = asyncio.Lock()
        self.running: dict[int, Execution] = {}
        self._resources = Resources(
            self.pool,
            self.admission,
            self.cost_history,
            self.counts,
            self.providers,
            self.running,
            Watch(self.running),
            is_evaluated_here=not any(each.is_evaluator for each in providers),
        )

    @property
    def description(self) -> Description:
        """What the served dataset is."""
        return self.pool.supervisor.description

    @property
    def state(self) -> State:
        """The state of the fork server."""
        return self.pool.supervisor.state

    def status(self) -> dict[str, Any]:
        """The state of the fork server, and what there is to say of it, for /health/ready."""
        return self.pool.supervisor.status()

    @property
    def failed(self) -> asyncio.Future[str]:
        """Done, with the reason, once no fork server can be kept running."""
        return self.pool.supervisor.failed

    def beside(self, source: Source, published: Publication, jobs: tuple[str, ...] = ()) -> Engine:
        """Return an engine of *source*, of which *published* is published, with this one's limits.

        It can do the jobs that the modules *jobs* declare, too.

        Its fork server is forked from this one's, and its queries share the slots, the counts and the
        providers of this one, before which it is to be left.
        """
        other = copy(self)
        other._become(source, published, jobs, self.pool)  # noqa: SLF001  it is one of these
        return other

    def _become(
        self, source: Source, published: Publication, jobs: tuple[str, ...], beside: Pool
    ) -> None:
        self._source, self._index, self._provides = source, source.index, False
        self._searches = asyncio.Lock()
        self.cost_history, self.running = CostHistory(), {}
        options = msgspec.structs.replace(
            beside.options,
            source=source,
            publication=published,
            jobs=(*beside.options.jobs, *jobs),
        )
        self.pool = Pool(options, beside.supervisor.fork_server, _SPARE_BESIDE)
        self._resources = replace(
            self._resources,
            pool=self.pool,
            cost_history=self.cost_history,
            running=self.running,
            watch=Watch(self.running),
        )

    async def __aenter__(self) -> Self:
        await self.pool.start()
        if self._provides:
            for provider in self.providers.values():
                await provider.start(self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._provides:  # they first, for an engine beside this one is one of them
            for provider in self.providers.values():
                await provider.stop()
        await self.pool.stop()

    def may_differ(self, job: Job) -> bool:
        """Whether the answer to *job* may be another the next time, with the same dataset.

        So it is where another endpoint holds the data, which change without notice, and for a job that
        calls other endpoints, or is done by an index that is not there yet.
        """
        # Versions of its own answer the same each time; only evidence tells when they were asked.
        is_plain = isinstance(job, Query) and not job.evidence
        calls = self._calls_others or (bool(self.services) and not is_plain)
        if self._source.may_change or (calls and job.calls_services):
            return True
        return self._index is not None and job.is_by_index and not self._index.exists()

    async def answer(
        self, job: Job, options: JobOptions = _NO_OPTIONS, order: bytes = b""
    ) -> Answer:
        """Evaluate *job*, of which *order* are the bytes, if they are known.

        An answer of up to ``BUFFERED`` bytes is returned whole. A larger one is streamed: iterate over
        it to its end, or close it. The time limit includes the streaming.

        Raises:
            RequestError: the query is not valid, or its result has no acceptable format.
            EvaluationError: the query exceeded a limit or crashed its process, or no slot was free.
        """
        order, begun = order or encoded(job), time.monotonic()
        limit = self.timeout
        if options.timeout is not None and options.timeout < limit:
            limit = options.timeout
        self.counts["evaluations"] += 1
        if job.is_by_names:
            async with self._turn(limit, begun):
                return await (await self._begun(job, order, options, limit, begun)).answer()
        return await (await self._begun(job, order, options, limit, begun)).answer()

    async def _begun(
        self, job: Job, order: bytes, options: JobOptions, limit: float, begun: float
    ) -> Execution:
        """The execution of *job*, once it has a slot and a worker; its *limit* counts from *begun*."""
        names = job.needs_names
        is_expensive = self.cost_history.knows_any and self.cost_history.is_expensive(job)
        is_remote = bool(self.services) and job.calls_services
        span = _span(job) if tracing.State.provider is not None else None
        slot: Slot | None = None
        try:
            slot = await self.admission.acquire(
                options, limit, is_expensive=is_expensive, is_remote=is_remote
            )
            slot.until = begun + limit
            worker = None if job.is_page else self.pool.acquire_nowait(names=names)
            if worker is None:
                acquire = self.pool.acquire_renderer if job.is_page else self.pool.acquire
                async with _in_time(limit, begun, "No process was free for the query within"):
                    worker = await acquire()
        except BaseException as problem:
            if slot is not None:
                self.admission.release(slot)
            tracing.end(span, error=getattr(problem, "name", type(problem).__name__))
            raise
        worker.has_names |= names
        return Execution(
            self._resources,
            job,
            order,
            slot=slot,
            worker=worker,
            limit=limit,
            begun=begun,
            options=options,
            span=span,
        )

    @asynccontextmanager
    async def _turn(self, limit: float, begun: float) -> AsyncIterator[None]:
        """Wait until no other search runs: several at once would each have a worker read the names."""
        async with _in_time(limit, begun, "Other searches took"):
            await self._searches.acquire()
        try:
            yield
        finally:
            self._searches.release()


@asynccontextmanager
async def _in_time(limit: float, begun: float, what: str) -> AsyncIterator[None]:
    """Raise ServerBusy, which says *what* took all seconds of the *limit*, if this is left too late."""
    try:
        async with asyncio.timeout(begun + limit - time.monotonic()):
            yield
    except TimeoutError:
        raise ServerBusy(f"{what} {limit:g} seconds. Try again later.", limit=limit) from None


def _span(job: Job) -> Span | None:
    """The span of an evaluation, from its place in the queue to the end of its answer."""
    about = {"gbagraph.job": type(job).__name__}
    if isinstance(job, Query):
        about["gbagraph.query"] = fingerprint(job.text)
    return tracing.begin("evaluate", attributes=about)


def encoded(job: Job) -> bytes:
    """*job* as bytes; equal jobs give equal bytes.

    Raises:
        RequestError: a text in it has half of a surrogate pair.
    """
    try:
        return encode(job)
    except UnicodeEncodeError as problem:
        half = ord(problem.object[problem.start])
        raise RequestError(
            f"A text has half of a surrogate pair (U+{half:04X} at character {problem.start + 1}), "
            "which is no character of Unicode. Write the character itself."
        ) from None
