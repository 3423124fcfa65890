"""The engine: the one way from a job to an answer, within limits."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import time
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, Self

from gbagraph import publication, tracing
from gbagraph.dataset.stores.serving import index_of
from gbagraph.dataset.stores.versions import in_service
from gbagraph.engine import jobs, wire
from gbagraph.engine.admission import Admission, JobOptions
from gbagraph.engine.cost_history import CostHistory
from gbagraph.engine.execution import Answer, Execution, Resources
from gbagraph.engine.outbound import Outbound
from gbagraph.engine.pool import Pool
from gbagraph.errors import RequestError, ServerBusy
from gbagraph.features.federation.settings import ServiceSettings
from gbagraph.features.remote.settings import EngineSettings
from gbagraph.features.stores.settings import OFF, STORED, UNION, StoreSettings
from gbagraph.federation.messages import Sender
from gbagraph.queries.catalog import all_queries, require_valid
from gbagraph.sparql.tokens import fingerprint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path
    from types import TracebackType

    from gbagraph.dataset.identity import Description
    from gbagraph.engine.jobs import Job
    from gbagraph.engine.replicas import Replicas
    from gbagraph.engine.supervisor import State, Worker
    from gbagraph.setting import AllowedService
    from gbagraph.settings import Settings
    from gbagraph.tracing import Span

_FAST: Final = 4 * (os.cpu_count() or 2)
"""Queries that run in fast slots at once."""


class Engine:
    """Answers jobs about one dataset, each in a process that can be stopped.

    An asynchronous context manager: entering it starts the fork server and waits until the dataset is
    loaded; leaving it ends all processes.

    Args:
        files: RDF files to load in place of the built-in dataset.
        infer: whether the default graph contains the inferred triples; None leaves it to the dataset.
        timeout: seconds after which a query is stopped; a job can ask for less.
        memory: megabytes a worker may use on top of the graph.
        result_size: megabytes of the largest answer.
        slow_queries: slow queries that may run at once, and as many large answers.
        services: the endpoints that queries may call with SERVICE.
        sender: how the server names itself in such calls; by default it has a new name.
        store: a store on disk in place of files.
        index: of a store's names, made in the ``background`` if it is not there, or ``off``.
        default_graph: of a store, ``stored`` as in its files, or the ``union`` of all its graphs.
        engines: addresses of an endpoint that holds the data in place of *files*; several are replicas.
        engine_timeout: the parameter by which it is told time limits, such as ``timeout={ms}``.
        engine_version: the version of the data there, if they change only with it.
        engine_default_graph: the graph there that is the default graph, if not the engine's own.
        counts_rows: whether answers tell how many rows or triples they have.

    Raises:
        DatasetError: on entering, if a file cannot be loaded, or nobody answers who holds the data.
        SettingError: there is no such parameter for time limits.
    """

    def __init__(  # noqa: PLR0913  one option each
        self,
        files: Sequence[Path] = (),
        *,
        infer: bool | None = None,
        timeout: float = 30.0,
        memory: int = 512,
        result_size: int = 1024,
        slow_queries: int = 8,
        services: Sequence[AllowedService] = (),
        sender: Sender | None = None,
        store: Path | None = None,
        default_graph: str = STORED,
        index: str = OFF,
        engines: Sequence[str] = (),
        engine_timeout: str = "",
        engine_version: str = "",
        engine_default_graph: str = "",
        counts_rows: bool = False,
    ) -> None:
        paths = tuple(str(path.resolve()) for path in files)
        self.timeout = timeout
        self.counts: Counter[str] = Counter()
        self.admission = Admission(fast=_FAST, slow=slow_queries)
        self.cost_history = CostHistory()
        # That version for good, whichever comes into service meanwhile.
        folder = in_service(store) if store else None
        options = wire.ForkServerOptions(
            files=paths,
            infer=infer,
            memory=memory,
            result_size=result_size,
            publication=publication.current(),
            services=tuple(services),
            store=str(folder or ""),
            engines=tuple(engines),
            engine_version=engine_version,
            engine_default_graph=engine_default_graph,
            is_union=default_graph == UNION,
            has_index=index != OFF,
            counts_rows=counts_rows,
        )
        self._index = index_of(folder) if folder and index != OFF else None
        self.pool = Pool(options)
        self._may_call = bool(services)
        self.outbound = Outbound(services, sender or new_sender())
        self._may_change = bool(engines) and not engine_version
        self.replicas = _replicas(engines, engine_timeout)
        self._searches = asyncio.Lock()
        self.running: dict[int, Execution] = {}
        self._resources = Resources(
            self.pool,
            self.outbound,
            self.admission,
            self.cost_history,
            self.counts,
            self.replicas,
            self.running,
        )

    @property
    def description(self) -> Description:
        """What the served dataset is."""
        return self.pool.supervisor.description

    @classmethod
    def of(cls, settings: Settings, sender: Sender | None = None) -> Self:
        """The engine that a server with these *settings* has."""
        stores, remote = settings.of(StoreSettings), settings.of(EngineSettings)
        return cls(
            settings.data,
            store=stores.store,
            default_graph=stores.default_graph,
            index=stores.index,
            infer=settings.infer,
            timeout=settings.query_timeout,
            memory=settings.query_memory,
            result_size=settings.result_size,
            slow_queries=settings.max_slow_queries,
            services=settings.of(ServiceSettings).allow_service,
            sender=sender,
            engines=remote.engine,
            engine_timeout=remote.engine_timeout,
            engine_version=remote.engine_version,
            engine_default_graph=remote.engine_default_graph,
            counts_rows=settings.access_log or tracing.is_wanted(),
        )

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

    async def __aenter__(self) -> Self:
        await self.pool.start()
        await self.outbound.start()
        if self.replicas is not None:
            await self.replicas.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.outbound.stop()
        await self.pool.stop()
        if self.replicas is not None:
            await self.replicas.stop()

    @property
    def data_may_change(self) -> bool:
        """Whether another endpoint holds the data, and nobody tells when they change."""
        return self._may_change

    def calls_others(self, job: Job) -> bool:
        """Whether *job* may call other endpoints: then its answer is not a function of the dataset."""
        return self._may_call and jobs.has_services(job)

    def is_waiting_for_names(self, job: Job) -> bool:
        """Whether *job* is done by an index that is not there yet: with it, the answer is another."""
        is_by_index = jobs.needs_names(job) or isinstance(job, jobs.Counts)
        return self._index is not None and is_by_index and not self._index.exists()

    async def answer(self, job: Job, options: JobOptions = JobOptions()) -> Answer:  # noqa: B008  frozen
        """Evaluate *job*.

        An answer of up to ``BUFFERED`` bytes is returned whole. A larger one is streamed: iterate over
        it to its end, or close it. The time limit includes the streaming.

        Raises:
            RequestError: the query is not valid, or its result has no acceptable format.
            EvaluationError: the query exceeded a limit or crashed its process, or no slot was free.
        """
        order = _encoded(job)
        limit = min(options.timeout or self.timeout, self.timeout)
        deadline = asyncio.get_running_loop().time() + limit
        self.counts["evaluations"] += 1
        if isinstance(job, jobs.ByNames):
            async with self._turn(limit, deadline):
                return await self._evaluated(job, order, options, limit, deadline)
        return await self._evaluated(job, order, options, limit, deadline)

    async def _evaluated(
        self, job: Job, order: bytes, options: JobOptions, limit: float, deadline: float
    ) -> Answer:
        begun, names = time.monotonic(), jobs.needs_names(job)
        is_expensive = self.cost_history.is_expensive(job)
        span = _span(job)
        try:
            slot = await self.admission.acquire(
                options, limit, is_expensive=is_expensive, is_remote=self.calls_others(job)
            )
        except BaseException as problem:
            tracing.end(span, error=getattr(problem, "name", type(problem).__name__))
            raise
        try:
            worker = self.pool.acquire_nowait(names=names) or await self._worker(limit, deadline)
        except BaseException as problem:
            self.admission.release(slot)
            tracing.end(span, error=getattr(problem, "name", type(problem).__name__))
            raise
        worker.has_names |= names
        execution = Execution(
            self._resources,
            job,
            order,
            slot=slot,
            worker=worker,
            limit=limit,
            deadline=deadline,
            options=options,
            queued=time.monotonic() - begun,
            span=span,
        )
        return await execution.answer()

    async def check_queries(self) -> int:
        """Read the canned queries and have them checked; how many there are.

        Raises:
            QueryFileError: one has a fault.
        """
        texts = tuple(query.text for query in all_queries().values())
        if texts:
            require_valid(json.loads((await self.answer(jobs.SyntaxCheck(texts))).body))
        return len(texts)

    @asynccontextmanager
    async def _turn(self, limit: float, deadline: float) -> AsyncIterator[None]:
        """Wait until no other search runs: several at once would each have a worker read the names."""
        try:
            async with asyncio.timeout_at(deadline):
                await self._searches.acquire()
        except TimeoutError:
            raise ServerBusy(
                f"Other searches took {limit:g} seconds. Try again later.", limit=limit
            ) from None
        try:
            yield
        finally:
            self._searches.release()

    async def _worker(self, limit: float, deadline: float) -> Worker:
        try:
            async with asyncio.timeout_at(deadline):
                return await self.pool.acquire()
        except TimeoutError:
            raise ServerBusy(
                f"No process was free for the query within {limit:g} seconds. Try again later.",
                limit=limit,
            ) from None


def _span(job: Job) -> Span | None:
    """The span of an evaluation, from its place in the queue to the end of its answer."""
    if not tracing.is_on():
        return None
    about = {"gbagraph.job": type(job).__name__}
    if isinstance(job, jobs.Query):
        about["gbagraph.query"] = fingerprint(job.text)
    return tracing.begin("evaluate", attributes=about)


def _replicas(engines: Sequence[str], timeout: str) -> Replicas | None:
    if not engines:
        return None
    # Imported here: its client takes a tenth of a second, and most servers need none.
    from gbagraph.engine.replicas import Replicas  # noqa: PLC0415

    return Replicas(engines, timeout)


def new_sender(contact: str = "") -> Sender:
    """A server that calls others, under a pseudonym that no other has."""
    return Sender(f"gbagraph-{secrets.token_hex(4)}", contact)


def _encoded(job: Job) -> bytes:
    try:
        return jobs.encode(job)
    except UnicodeEncodeError as problem:
        half = ord(problem.object[problem.start])
        raise RequestError(
            f"A text has half of a surrogate pair (U+{half:04X} at character {problem.start + 1}), "
            "which is no character of Unicode. Write the character itself."
        ) from None
