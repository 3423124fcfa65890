"""The graph that is asked: queries of anybody, each in a process of its own, as a server evaluates them.

Beside it is the same graph with the companion, for questions of federation. SERVICE with the companion's
IRI calls nobody: it reads a named graph, of which the default graph has nothing.
"""

from __future__ import annotations

import json
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urljoin

import pyoxigraph as ox

from gbagraph.api import answer as reading
from gbagraph.dataset.loader import read_into
from gbagraph.engine import Engine, Query
from gbagraph.engine.source import Files, Held
from gbagraph.errors import GbaGraphError, RequestError
from gbagraph.feature import hook
from gbagraph.features.benchmark.answers import table
from gbagraph.features.benchmark.questions import Question, declared
from gbagraph.rdf.namespaces import base_iri
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.sparql.tokens import replaced, service_clauses

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gbagraph.engine.source import Prepare
    from gbagraph.rdf.formats import Kind

Results = dict[str, Any]
"""SPARQL 1.1 Query Results JSON Format."""
Gold = dict[str, list[Results]]
"""What the accepted queries of each question answer, by its id."""
COMPANION: Final = "companion.ttl"
_FORMATS: Final[dict[Kind, str]] = {"solutions": reading.RESULTS, "boolean": reading.RESULTS}


def companion() -> str:
    """Return the IRI that SERVICE names in the questions of federation."""
    return urljoin(base_iri(), "questions-benchmark/companion")


def without_service(query: str, instead: str = "") -> str:
    """Return *query* with GRAPH, or *instead*, in place of SERVICE with the companion's IRI."""
    parsed, instead = ParsedQuery(query), instead or f"GRAPH <{companion()}>"
    return replaced(
        query,
        [
            (clause.keyword.start, clause.endpoint.end, instead)
            for clause in service_clauses(parsed.words)
            if clause.endpoint and parsed.iri(clause.endpoint) == companion()
        ],
    )


class WithCompanion(Files, frozen=True, tag="gbagraph.features.benchmark.graphs:WithCompanion"):
    """Files, and the *companion* as a named graph."""

    companion: str = ""

    def load(self, prepare: Prepare) -> Held:
        """Load them; raises DatasetError if one cannot be loaded."""
        held = super().load(prepare)
        read_into(held.store, Path(self.companion), ox.NamedNode(companion()))  # type: ignore[arg-type]
        return held


class Graphs:
    """The graph of *engine*, which is made of *files*; the companion is in *folder*."""

    def __init__(self, engine: Engine, files: Sequence[Path], folder: Path) -> None:
        self.engine = engine
        paths = tuple(str(path.resolve()) for path in files)
        self._source = WithCompanion(paths, companion=str(folder / COMPANION))
        self._beside: Engine | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.engine)
        return self

    async def __aexit__(self, *problem: object) -> None:
        await self._stack.aclose()

    async def answer(self, query: str) -> Results:
        """Return the rows, or the boolean, that a query gives.

        Raises:
            GbaGraphError: it is not right, or exceeds a limit.
        """
        text = declared(query)
        local = without_service(text)
        over = self.engine if local == text else await self._with_companion()
        answered = await over.answer(Query(local, _FORMATS))
        results: Results = json.loads(await answered.read())
        return results

    async def gold(self, questions: Iterable[Question]) -> Gold:
        """Return the gold answers; rows are sorted where their order is not asked for.

        Raises:
            RequestError: an accepted query has no rows, so that an empty answer would be right.
        """
        answers = {
            each.id: [_sorted(await self.answer(query), each) for query in each.queries]
            for each in questions
            if each.queries
        }
        empty = [name for name, each in answers.items() if not all(map(table, each))]
        if empty:
            raise RequestError(
                f"These data have no answer to {len(empty)} of the {len(answers)} questions that have a "
                f"query, such as {empty[0]}. Those about the built-in dataset are for its versions "
                "from 0.4.0 on; in a set of your own, mark such a question with refuse: true."
            )
        return answers

    async def explain(self, query: str) -> list[str]:
        """Return what the diagnostics find in a query; nothing if that feature is left out."""
        diagnose = hook("diagnose job")
        with suppress(GbaGraphError):  # it takes too long
            if diagnose and query:
                explained = await self.engine.answer(diagnose(declared(query), calls=False))
                return [each.message for each in reading.explanation(await explained.read())]
        return []

    async def _with_companion(self) -> Engine:
        if self._beside is None:
            over = Engine(source=self._source, timeout=self.engine.timeout)
            self._beside = await self._stack.enter_async_context(over)
        return self._beside


def _sorted(results: Results, question: Question) -> Results:
    if "results" in results and not question.order:
        results["results"]["bindings"].sort(key=lambda row: json.dumps(row, sort_keys=True))
    return results
