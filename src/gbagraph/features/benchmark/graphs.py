"""Queries of anybody, each evaluated in a process of its own, as a server does."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final, Self

from msgspec.structs import replace

from gbagraph.api import answer as reading
from gbagraph.engine import Engine, Query
from gbagraph.feature import hook
from gbagraph.features.benchmark.companion import FILE, WithCompanion, called
from gbagraph.features.benchmark.questions import declared
from gbagraph.rdf.formats import BRIEF, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gbagraph.dataset.identity import Description

    Results = dict[str, Any]
    """SPARQL 1.1 Query Results JSON Format."""

_ROWS: Final[dict[Kind, str]] = {"solutions": reading.RESULTS}


class Graphs:
    """The graph of *engine*, made of *files*, and beside it the same with the companion in *folder*.

    The second one is made when a query calls the companion.
    """

    def __init__(self, engine: Engine, files: Sequence[Path], folder: Path) -> None:
        self._engine = engine
        paths = tuple(str(path.resolve()) for path in files)
        self._source = WithCompanion(paths, companion=str(folder / FILE))
        self._beside: Engine | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._engine)
        return self

    async def __aexit__(self, *problem: object) -> None:
        await self._stack.aclose()

    @property
    def dataset(self) -> Description:
        """What is asked."""
        return self._engine.description

    async def answer(self, query: str) -> Results:
        """Return the rows, or the boolean, that a query gives.

        Raises:
            GbaGraphError: it is not right, or exceeds a limit.
        """
        text = declared(query)
        local = called(text)
        over = await self._with_companion() if local else self._engine
        found = await over.answer(Query(local or text, _ROWS | {"boolean": reading.RESULTS}))
        results: Results = json.loads(await found.read())
        return results

    async def evidence(self, job: Query) -> tuple[Results, list[str]]:
        """Return the rows of SELECT, and the passages on which they rest; raises as :meth:`answer`."""
        found = await self._engine.answer(replace(job, formats=_ROWS, evidence=BRIEF))
        rows = reading.explained(await found.read())
        passages = {each.iri for row in rows for each in row.evidence.passages}
        results: Results = json.loads(rows.serialize(format="json"))
        return results, sorted(passages)

    async def explain(self, query: str) -> list[str]:
        """Return what the diagnostics find in a query; nothing if that feature is left out."""
        if (diagnose := hook("diagnose job")) is None:
            return []
        found = await self._engine.answer(diagnose(declared(query), calls=False))
        return [each.message for each in reading.explanation(await found.read())]

    async def _with_companion(self) -> Engine:
        if self._beside is None:
            over = Engine(source=self._source, timeout=self._engine.timeout)
            self._beside = await self._stack.enter_async_context(over)
        return self._beside
