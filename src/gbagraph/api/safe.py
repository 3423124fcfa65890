"""A graph that evaluates in processes of its own, as a server does, without a server.

The caller's process is not harmed by what a query does to the engine: it is stopped at its limit of time
or memory, can open no socket, and if it crashes, only its process ends. The engine runs in an event loop
in a thread of its own, for callers that have no loop, or that run in one.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from concurrent.futures import CancelledError
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar, assert_never

from msgspec import structs

from gbagraph import publication
from gbagraph.api import answer as reading
from gbagraph.api import asking
from gbagraph.api.queryable import Queryable
from gbagraph.dataset.identity import Described, kept_of
from gbagraph.engine import Engine, JobOptions, Query, canned_query
from gbagraph.errors import EngineUnavailable
from gbagraph.feature import needed
from gbagraph.queries.catalog import find
from gbagraph.rdf.namespaces import knowing
from gbagraph.sparql.terms import fact_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence
    from concurrent.futures import Future

    from gbagraph.engine import Job
    from gbagraph.rdf.formats import Format, Kind

_T = TypeVar("_T")

# Its own caller's queries alone run here: none is to make room for another.
_OPTIONS: Final = JobOptions(is_reserved=True)


class SafeGraph(Described, Queryable):
    """A dataset loaded in processes of its own; :meth:`close` ends them, as does the end of the caller.

    Any thread may ask it, whether or not it runs an event loop, and several at once.

    Args:
        files: RDF files, or a release, in place of the built-in dataset.
        infer: as for ``gbagraph.open()``.
        timeout: seconds after which a query is stopped.
        queries: the folder of the canned queries, by default that of what is published.
        prefixes: those that it knows, if not those of what is published.

    Raises:
        DatasetError: a file cannot be loaded.
    """

    def __init__(
        self,
        files: Sequence[Path],
        *,
        infer: bool | None,
        timeout: float,
        queries: str | None = None,
        prefixes: Mapping[str, str] | None = None,
    ) -> None:
        self._queries = queries
        self._prefixes = prefixes or {}
        self._loop = BackgroundLoop()
        pairs = tuple(self._prefixes.items()) or publication.current().prefixes
        with publication.as_if(replace(publication.current(), prefixes=pairs)):
            self._engine = Engine(files, infer=infer, timeout=timeout)
        try:
            self._loop.run(self._engine.__aenter__())
        except BaseException:
            self._loop.close()
            raise
        self.description = self._engine.description
        self._end = weakref.finalize(self, _end, self._engine, self._loop)

    def close(self) -> None:
        """End all processes; does nothing the second time."""
        self._end()

    def at(self, version: str) -> Self:
        """Return a kept release of this dataset, in processes of its own."""
        release = kept_of(self.description, version)
        files, timeout = [Path(release.version)], self._engine.timeout
        return type(self)(files, infer=None, timeout=timeout, queries=str(release.queries))

    def _ask(self, question: asking.Asked) -> object:
        return knowing(self._prefixes, self._answered, question)

    def _answered(self, question: asking.Asked) -> object:
        if isinstance(question, asking.Catalogue | asking.Prefixes):
            return question.here(self._queries)
        body, written_in = self._loop.run(_whole(self._engine, job_of(question, self._queries)))
        return question.read(body, written_in.media_type, ())


def job_of(question: asking.OfData, queries: str | None = None) -> Job:
    """Return the job of a worker that answers *question*; *queries* is the folder of canned ones."""
    job: Job
    match question:
        case asking.Evaluate(evidence=evidence):
            formats, labels = _formats(evidence=evidence), question.labels
            job = Query(question.text(), formats, evidence=evidence, labels=labels)
        case asking.Run(evidence=evidence):
            query = find(question.name, queries)
            plain = canned_query(query, question.given(), _formats(evidence=evidence))
            job = structs.replace(plain, evidence=evidence)
        case asking.Diagnose():
            job = needed("diagnose job")(question.sparql, language=question.language)
        case asking.Search():
            job = needed("search job")(question.text)
        case asking.Identify():
            job = needed("identify job")(question.iris)
        case asking.Prove():
            job = needed("prove job")(*fact_of(question.read_triple()))
        case _:
            assert_never(question)
    return job


def _formats(*, evidence: object) -> dict[Kind, str]:
    return {"solutions": reading.RESULTS} if evidence else reading.FORMATS


async def _whole(engine: Engine, job: Job) -> tuple[bytes, Format]:
    """Return all bytes of an answer, and their format."""
    answer = await engine.answer(job, _OPTIONS)
    return await answer.read(), answer.format


def _end(engine: Engine, loop: BackgroundLoop) -> None:
    loop.close(partial(engine.__aexit__, None, None, None))


class BackgroundLoop:
    """Runs coroutines for any thread of the process that made it, until it is closed."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._is_closed = False
        self._running: set[Future[Any]] = set()
        # Whatever is scheduled, is so before the loop is made to end. A collection of garbage in the
        # midst of that may close the loop from the same thread.
        self._lock = threading.RLock()
        self._loop = asyncio.new_event_loop()
        # A daemon: the interpreter does not wait for it, should the graph never be closed.
        self._thread = threading.Thread(target=self._serve, name="gbagraph", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Return what *work* returns or raises; it is cancelled if the caller is interrupted.

        Raises:
            EngineUnavailable: the loop is closed, before or meanwhile, or runs in the process that this
                was forked from.
        """
        future = self._scheduled(work)
        try:
            return future.result()
        except CancelledError:
            raise self._unavailable() from None
        except BaseException:
            future.cancel()
            raise
        finally:
            self._running.discard(future)

    def close(self, last: Callable[[], Coroutine[Any, Any, None]] | None = None) -> None:
        """Cancel what runs, run *last*, and wait until the thread has ended.

        Does nothing the second time, or in a process that was forked: the thread does not come with it.
        Garbage may be collected in the loop's own thread, which then ends by itself.
        """
        if self._process != os.getpid():
            return
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            for future in tuple(self._running):
                future.cancel()
            asyncio.run_coroutine_threadsafe(self._end(last), self._loop)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _scheduled(self, work: Coroutine[Any, Any, _T]) -> Future[_T]:
        # In a process that was forked, the lock may be held by a thread that is not there.
        if self._process == os.getpid():
            with self._lock:
                if not self._is_closed:
                    future = asyncio.run_coroutine_threadsafe(work, self._loop)
                    self._running.add(future)
                    return future
        work.close()
        raise self._unavailable()

    def _unavailable(self) -> EngineUnavailable:
        where = "is closed" if self._process == os.getpid() else "was opened in another process"
        return EngineUnavailable(f"The graph {where}. Open one here.", state="closed")

    async def _end(self, last: Callable[[], Coroutine[Any, Any, None]] | None) -> None:
        try:
            if last is not None:
                await last()
        finally:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            self._loop.stop()

    def _serve(self) -> None:
        self._loop.run_forever()
        self._loop.close()
