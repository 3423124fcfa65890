"""Systems that answer reference questions. No model is called here, and each gives the same answers twice.

A system is asked a question in a language, and gives an answer, or None for what it cannot be asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import httpx

from gbagraph.engine import Query, canned_query
from gbagraph.errors import GbaGraphError
from gbagraph.features.benchmark import companion
from gbagraph.features.benchmark.answers import Answer, table
from gbagraph.features.benchmark.baseline import Rows
from gbagraph.features.benchmark.questions import dataset, declared
from gbagraph.names.finding import find_queries
from gbagraph.queries.catalog import find

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence

    from gbagraph.features.benchmark.graphs import Graphs
    from gbagraph.features.benchmark.questions import Question

    System = Callable[[Question, str], Awaitable[Answer | None]]

_RESULTS: Final = {"accept": "application/sparql-results+json"}


class OwnTools:
    """What the tools for assistants give, without a server."""

    def __init__(self, graphs: Graphs) -> None:
        self._graphs = graphs

    async def query(self, sparql: str, *, evidence: bool = False) -> Rows:
        """Return the rows of a query; none if it fails."""
        if evidence:
            return await self._evident(Query(declared(sparql), {}))
        return Rows(table(await self._graphs.answer(sparql)))

    async def find(self, text: str) -> list[tuple[str, float, tuple[str, ...]]]:
        """Return canned queries with their scores and the parameters that each requires."""
        return [
            (query.name, score, tuple(row.name for row in query.parameters if row.required))
            for query, score in find_queries(text)
        ]

    async def ask(self, name: str, arguments: Mapping[str, str]) -> Rows:
        """Return the rows of a canned query; none if it fails."""
        return await self._evident(canned_query(find(name), arguments.items(), {}))

    async def _evident(self, job: Query) -> Rows:
        try:
            found, passages = await self._graphs.evidence(job)
        except GbaGraphError:
            return Rows([])
        return Rows(table(found), tuple(passages))


async def run(
    system: System, questions: Iterable[Question], languages: Sequence[str]
) -> AsyncIterator[Answer]:
    """Yield the answers of a system to *questions*, in each of *languages* in which one is asked."""
    for question in questions:
        for language in languages:
            if language in question.texts and (answer := await system(question, language)):
                yield answer


def endpoint(client: httpx.AsyncClient, url: str, companion_url: str) -> System:
    """Return a SPARQL endpoint, which gets the gold query (SPARQL 1.1 Protocol, section 2.1.2).

    A query calls the companion at *companion_url*; without one, such a question is left out, as is what
    is to be refused: neither is a question to an endpoint.
    """

    async def ask(question: Question, language: str) -> Answer | None:
        query = next(iter(question.queries), "")
        calls = bool(companion.called(query))
        if not query or (calls and not companion_url):
            return None
        query = query.replace(f"<{companion.iri()}>", f"<{companion_url}>") if calls else query
        found = await _json(client.post(url, data={"query": query}, headers=_RESULTS))
        return Answer(id=question.id, language=language, **_or_error(found, rows=found))

    return ask


def text2sparql(client: httpx.AsyncClient, url: str) -> System:
    """Return a service of the TEXT2SPARQL challenge, which makes a query of a question.

    It is asked by GET with ``dataset``, the IRI of the data, and ``question``, and answers with an object
    whose ``query`` is evaluated here. Without one, it refuses.
    """

    async def ask(question: Question, language: str) -> Answer:
        asked = {"dataset": dataset(), "question": question.texts[language]}
        found = await _json(client.get(url, params=asked))
        query = found.get("query") or ""
        given = {"query": query} if query else {"refused": True}
        return Answer(id=question.id, language=language, **_or_error(found, **given))

    return ask


def _or_error(found: dict[str, Any], **given: Any) -> dict[str, Any]:  # noqa: ANN401  fields
    return {"error": found["failed"]} if "failed" in found else given


async def _json(response: Awaitable[httpx.Response]) -> dict[str, Any]:
    """Return an object in JSON; ``failed`` has the reason where there is none."""
    try:
        answered = await response
        if answered.is_error:
            return {"failed": f"{answered.status_code}: {answered.text.strip()[:300]}"}
        found = answered.json()
    except (httpx.HTTPError, ValueError) as problem:
        return {"failed": f"{type(problem).__name__}: {problem}"}
    return found if isinstance(found, dict) else {"failed": "The answer is no object in JSON."}
