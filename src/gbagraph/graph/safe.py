"""A graph that evaluates in processes of its own, as a server does, without a server.

The caller's process is not harmed by what a query does to the engine: it is stopped at its limit of time
or memory, can open no socket, and if it crashes, only its process ends.
"""

from __future__ import annotations

import weakref
from functools import partial
from typing import TYPE_CHECKING, Final

from msgspec import structs

from gbagraph.engine import Engine, JobOptions, Query, canned_query
from gbagraph.explain import identified
from gbagraph.explain.diagnostic_jobs import Explain
from gbagraph.explain.proof_jobs import Why
from gbagraph.explain.reconciliation_jobs import Lookup
from gbagraph.explain.terms import fact_of, read
from gbagraph.graph.background import BackgroundLoop
from gbagraph.interface import Queryable, reading
from gbagraph.queries.catalog import find

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gbagraph.answers import Answer
    from gbagraph.dataset.identity import Description
    from gbagraph.engine import Job
    from gbagraph.explain.diagnostics import Diagnostic
    from gbagraph.explain.identified import Identified
    from gbagraph.explain.proof import Proof
    from gbagraph.interface.arguments import Scalar
    from gbagraph.rdf.formats import Format, Kind

# Its own caller's queries alone run here: none is to make room for another.
_OPTIONS: Final = JobOptions(is_reserved=True)


class SafeGraph(Queryable):
    """A dataset loaded in processes of its own; :meth:`close` ends them, as does the end of the caller.

    Any thread may ask it, whether or not it runs an event loop, and several at once.

    Args:
        files: RDF files, or a release, in place of the built-in dataset.
        infer: as for ``gbagraph.open()``.
        timeout: seconds after which a query is stopped.
        queries: the folder of the canned queries, by default that of what is published.

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
    ) -> None:
        self._queries = queries
        self._loop = BackgroundLoop()
        self._engine = Engine(files, infer=infer, timeout=timeout)
        try:
            self._loop.run(self._engine.__aenter__())
        except BaseException:
            self._loop.close()
            raise
        self._end = weakref.finalize(self, _end, self._engine, self._loop)

    def __repr__(self) -> str:
        return f"<SafeGraph: {self.description.title}, version {self.version}>"

    @property
    def description(self) -> Description:
        """What was loaded."""
        return self._engine.description

    @property
    def version(self) -> str:
        """Version of the dataset, as the server sends it in the header Dataset-Version."""
        return self.description.version

    @property
    def hash(self) -> str:
        """Hash of the data graphs (RDFC-1.0), as the server sends it in the header Dataset-Hash."""
        return self.description.hash

    def close(self) -> None:
        """End all processes; does nothing the second time."""
        self._end()

    def _evaluate(self, sparql: str, *, evidence: bool) -> Answer:
        return self._answer(Query(sparql, _formats(evidence=evidence), evidence=evidence))

    def _run(self, name: str, given: Sequence[tuple[str, Scalar]], *, evidence: bool) -> Answer:
        job = canned_query(find(name, self._queries), given, _formats(evidence=evidence))
        return self._answer(structs.replace(job, evidence=evidence))

    def explain(self, sparql: str) -> list[Diagnostic]:
        """What is wrong or misleading in a query, the gravest first; empty for one that is right."""
        return reading.diagnostics(self._bytes(Explain(sparql))[0])

    def lookup(self, *iris: str) -> list[Identified]:
        """What each of *iris* is here: a result for each, in their order."""
        return identified.read(self._bytes(Lookup(iris))[0])

    def _why(self, subject: str, predicate: str, value: str, *, lang: str, datatype: str) -> Proof:
        triple = read(subject, predicate, value, language=lang, datatype=datatype)
        return reading.proof(self._bytes(Why(*fact_of(triple)))[0])

    def _answer(self, job: Query) -> Answer:
        body, written_in = self._bytes(job)
        if job.evidence:
            return reading.explained(body)
        return reading.answer(body, written_in.media_type)

    def _bytes(self, job: Job) -> tuple[bytes, Format]:
        return self._loop.run(_whole(self._engine, job))


def _formats(*, evidence: bool) -> dict[Kind, str]:
    return {"solutions": reading.RESULTS} if evidence else reading.FORMATS


async def _whole(engine: Engine, job: Job) -> tuple[bytes, Format]:
    """All bytes of an answer, and their format."""
    answer = await engine.answer(job, _OPTIONS)
    return await answer.read(), answer.format


def _end(engine: Engine, loop: BackgroundLoop) -> None:
    loop.close(partial(engine.__aexit__, None, None, None))
