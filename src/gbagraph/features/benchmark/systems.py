"""Systems that answer reference questions. No model is called here: each gives the same answers twice.

A system is asked a question in a language, and gives an answer, or None for what it cannot be asked.
"""

from __future__ import annotations

import os
import shlex
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import httpx

from gbagraph.api.export import needed
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.errors import EngineUnavailable, GbaGraphError
from gbagraph.features.assistants import offer
from gbagraph.features.assistants.tool import Asker
from gbagraph.features.benchmark.answers import Answer, is_table
from gbagraph.features.benchmark.graphs import without_service
from gbagraph.features.benchmark.questions import dataset

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from gbagraph.engine import Engine
    from gbagraph.features.benchmark.baseline import Call
    from gbagraph.features.benchmark.questions import Question

    System = Callable[[Question, str], Awaitable[Answer | None]]

_RESULTS: Final = {"accept": "application/sparql-results+json"}


def endpoint(client: httpx.AsyncClient, url: str, companion_url: str) -> System:
    """Return a SPARQL endpoint, which gets the gold query (SPARQL 1.1 Protocol, section 2.1.2).

    There the companion is at *companion_url*; without one, questions of federation are left out, as are
    those to be refused: no query asks them.
    """

    async def ask(question: Question, language: str) -> Answer | None:
        query = next(iter(question.queries), "")
        if not query or (without_service(query) != query and not companion_url):
            return None
        text = without_service(query, f"SERVICE <{companion_url}>")
        answer = await _json(client.post(url, data={"query": text}, headers=_RESULTS))
        wrong = {} if is_table(answer) else {"failed": "the answer is no SPARQL results in JSON"}
        return _answer(question, language, wrong | answer, rows=answer)

    return ask


def text2sparql(client: httpx.AsyncClient, url: str) -> System:
    """Return a service of the TEXT2SPARQL challenge (2025, Process), which makes queries of questions.

    It is asked by GET with ``dataset``, the IRI of the data, and ``question``, and answers with an
    object whose ``query`` is evaluated by the score. Without one, it refuses.
    """

    async def ask(question: Question, language: str) -> Answer:
        asked = {"dataset": dataset(), "question": question.texts[language]}
        answer = await _json(client.get(url, params=asked))
        query = answer.get("query") or ""
        if not isinstance(query, str):
            answer = {"failed": f"the query is no text, but {query!r}"}
        return _answer(question, language, answer, query=query, refused=not query)

    return ask


def _answer(question: Question, language: str, answer: dict[str, Any], **given: Any) -> Answer:  # noqa: ANN401
    given = {"error": answer["failed"]} if "failed" in answer else given
    return Answer(id=question.id, language=language, **given)


async def _json(response: Awaitable[httpx.Response]) -> dict[str, Any]:
    """Return an object in JSON; ``failed`` has the reason where there is none."""
    try:
        answered = await response
        content = answered.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as problem:
        return {"failed": f"{type(problem).__name__}: {problem}".partition("\n")[0]}
    return content if isinstance(content, dict) else {"failed": "the answer is no object in JSON"}


def own_tools(engine: Engine) -> Call:
    """Return our tools for assistants, called in this process."""
    known, asker = offer.tools(), Asker(ResultCache(engine, megabytes=32))

    async def call(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            return await known[name].answer(asker, arguments)
        except GbaGraphError:
            return {}

    return call


@asynccontextmanager
async def tool_server(place: str) -> AsyncIterator[Call]:
    """Yield the tools of a server at *place*, an address or a command (Model Context Protocol).

    Raises:
        EngineUnavailable: there is none.
    """
    mcp = needed("mcp", "gbagraph benchmark run --mcp", "gbagraph[mcp]")
    is_address = place.startswith(("http://", "https://"))
    try:
        program, *arguments = shlex.split(place)
        command = mcp.StdioServerParameters(command=program, args=arguments, env=dict(os.environ))
        async with mcp.Client(place if is_address else mcp.stdio_client(command)) as client:

            async def call(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
                answer = await client.call_tool(name, arguments)
                return {} if answer.is_error else answer.structured_content or {}

            yield call
    except (OSError, ValueError, mcp.MCPError, ExceptionGroup) as problem:
        cause: BaseException = problem
        while isinstance(cause, BaseExceptionGroup):
            cause = cause.exceptions[0]
        raise EngineUnavailable(f"{place} does not serve tools (MCP): {cause}.") from problem
