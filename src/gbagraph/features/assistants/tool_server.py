"""The tools, resources and prompts as a server of the official SDK, for any transport."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec
from mcp import MCPError, types
from mcp.server.lowlevel import Server
from mcp.types import INVALID_PARAMS

from gbagraph import __version__, publication
from gbagraph.dataset import prepared
from gbagraph.errors import GbaGraphError, ResultTooLarge
from gbagraph.features.assistants import offer, prompts
from gbagraph.features.assistants.completion import complete
from gbagraph.features.assistants.messages import check_lengths, in_words, shortened
from gbagraph.features.assistants.resources import RESOURCES, read_resource, templates
from gbagraph.features.assistants.tool import Asker
from gbagraph.rdf.result_formats import record_json

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from mcp.server.context import ServerRequestContext

    from gbagraph.endpoint.result_cache import ResultCache
    from gbagraph.features.assistants.tool import Tool
    from gbagraph.settings import Settings

    _Context = ServerRequestContext[Any]


def server(
    loaded: asyncio.Future[ResultCache],
    which: str,
    allowed: Collection[str],
    settings: Settings | None = None,
) -> Server[Any]:
    """Return the server, which asks the engine behind a cache, as soon as that is *loaded*.

    *which* tools it has, and which endpoints are *allowed*, is as :func:`offer.tools` says.
    """
    known = offer.tools(which, allowed, settings)
    offered = _Offer(loaded, known)
    title = publication.current().title or prepared.title()
    made: Server[Any] = Server(
        "gbagraph",
        version=__version__,
        title=title,
        instructions=offer.instructions(title, known),
        on_list_tools=offered.list_tools,
        on_call_tool=offered.call_tool,
        on_list_resources=offered.list_resources,
        on_list_resource_templates=offered.list_templates,
        on_read_resource=offered.read_resource,
        on_list_prompts=offered.list_prompts,
        on_get_prompt=offered.get_prompt,
        on_completion=offered.complete,
    )
    made.middleware.append(partial(in_words, made.get_request_handler))
    return made


class _Offer:
    """What the SDK calls: each method answers one kind of request."""

    def __init__(self, loaded: asyncio.Future[ResultCache], known: dict[str, Tool]) -> None:
        self._loaded, self._tools = loaded, known

    async def list_tools(self, _: _Context, __: object) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_tool(tool) for tool in self._tools.values()])

    async def call_tool(
        self, context: _Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        tool = self._tools.get(params.name)
        given = params.arguments or {}
        if tool is None:
            return self._unknown(params.name, given)
        try:
            check_lengths(given)
            async with _progress(context):
                answer = await tool.answer(await self._asker(context), given)
            return _result(answer, None if tool.offered == "all" else _LARGEST)
        except GbaGraphError as problem:
            if context.request is not None:
                context.request.response.problem = problem.name
            return _failure(problem, () if tool.offered == "all" else _TWICE)

    async def _asker(self, context: _Context) -> Asker:
        # A call that is cancelled meanwhile must not cancel what others wait for, too.
        cache = await asyncio.shield(self._loaded)
        request = context.request and context.request.request
        return Asker(cache, request.who if request else "", request)

    def _unknown(self, name: str, given: dict[str, Any]) -> types.CallToolResult:
        said = offer.unknown(name, given, self._tools)
        if isinstance(said, str):
            raise MCPError(INVALID_PARAMS, said)
        return _failure(said)

    async def list_resources(self, _: _Context, __: object) -> types.ListResourcesResult:
        return types.ListResourcesResult(resources=[*RESOURCES])

    async def list_templates(self, _: _Context, __: object) -> types.ListResourceTemplatesResult:
        return types.ListResourceTemplatesResult(resource_templates=templates())

    async def read_resource(
        self, context: _Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        text, media_type = await read_resource(await self._asker(context), params.uri)
        contents = types.TextResourceContents(uri=params.uri, mime_type=media_type, text=text)
        return types.ReadResourceResult(contents=[contents])

    async def list_prompts(self, _: _Context, __: object) -> types.ListPromptsResult:
        return types.ListPromptsResult(prompts=prompts.listed())

    async def get_prompt(
        self, _: _Context, params: types.GetPromptRequestParams
    ) -> types.GetPromptResult:
        text = prompts.text(params.name, params.arguments or {}, self._tools)
        message = types.PromptMessage(role="user", content=types.TextContent(text=text))
        return types.GetPromptResult(messages=[message])

    async def complete(
        self, context: _Context, params: types.CompleteRequestParams
    ) -> types.CompleteResult:
        what = (
            params.ref.uri
            if isinstance(params.ref, types.ResourceTemplateReference)
            else params.ref.name
        )
        argument, given = params.argument, (params.context and params.context.arguments) or {}
        asker = await self._asker(context)
        is_free = what in prompts.PROMPTS and argument.name != prompts.THING
        values = (
            [] if is_free else await complete(asker, what, argument.name, argument.value, given)
        )
        return types.CompleteResult(completion=types.Completion(values=values))


_EVERY: Final = 1.0
"""Seconds after which progress is reported for the first time, and then again."""


@asynccontextmanager
async def _progress(context: _Context) -> AsyncIterator[None]:
    """Report to a client that wants it how long its call has taken (MCP, Progress)."""
    begun = time.monotonic()

    async def report() -> None:
        while True:
            await asyncio.sleep(_EVERY)
            seconds = round(time.monotonic() - begun, 1)
            said = f"{seconds:g} s so far."
            await context.session.report_progress(seconds, message=said)

    wanted = context.meta is not None and "progress_token" in context.meta
    reporting = asyncio.create_task(report()) if wanted else None
    try:
        yield
    finally:
        if reporting is not None:
            reporting.cancel()


def _tool(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=types.ToolAnnotations(
            read_only_hint=not tool.writes,
            destructive_hint=False if tool.writes else None,
            idempotent_hint=True,
            open_world_hint=tool.is_open,
        ),
    )


_LARGEST: Final = 100_000
"""Characters of an answer: about 25,000 tokens, of which clients cut more off."""


def _result(
    content: dict[str, Any], most: int | None = None, *, is_error: bool = False
) -> types.CallToolResult:
    """Return the answer as structured content, and as text for clients that read nothing else.

    Its ``resource_links`` are contents beside that.

    Raises:
        ResultTooLarge: it has more than *most* characters.
    """
    links = [types.ResourceLink(**each) for each in content.pop("resource_links", ())]
    text = record_json(content)
    if most and len(text) > most:
        raise ResultTooLarge(
            f"The answer is longer than {most} characters. Ask for fewer rows or columns.",
            limit=most,
        )
    return types.CallToolResult(
        content=[types.TextContent(text=text.decode()), *links],
        structured_content=msgspec.json.decode(text),
        is_error=is_error,
    )


_TWICE: Final = ("near", "suggestions")
"""Details of an error that its message says too."""


def _failure(problem: GbaGraphError, left_out: Collection[str] = ()) -> types.CallToolResult:
    """An error of ours as the result of a tool, so that the assistant can correct its call."""
    details = {
        name: shortened(value) if isinstance(value, str) and name != "repaired" else value
        for name, value in problem.details.items()
        if name not in left_out
    }
    message = shortened(problem.message)
    return _result({**details, "error": problem.name, "message": message}, is_error=True)
