"""The tools and resources as a server of the official SDK."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Final

import msgspec
from mcp import MCPError, types
from mcp.server.lowlevel import Server
from mcp.types import INVALID_PARAMS

from gbagraph import __version__, publication
from gbagraph.errors import GbaGraphError
from gbagraph.mcp import canned, general, resources
from gbagraph.mcp.asking import Asker
from gbagraph.queries.catalog import all_queries

if TYPE_CHECKING:
    from collections.abc import Collection

    from mcp.server.context import ServerRequestContext

    from gbagraph.dataset.identity import Description
    from gbagraph.endpoint.result_cache import ResultCache
    from gbagraph.mcp.resources import Resource
    from gbagraph.mcp.tool import Tool

    _Context = ServerRequestContext[Any]

_HOW_TO_ASK: Final = (
    "Frequent questions have tools of their own; for any other, look names up with search and schema, "
    "then ask with query. If an answer is empty, ask explain what is wrong. With evidence=true each row "
    "comes with the paragraphs on which it rests, and why proves a single fact: name these sources in "
    "what you say, and say so if the graph has no answer."
)

_json: Final = msgspec.json.Encoder(decimal_format="number").encode


def tools(allowed: Collection[str] = ()) -> dict[str, Tool]:
    """All tools by name: those that every graph has, then the canned queries.

    *allowed* are the endpoints that queries may call with SERVICE.

    Raises:
        QueryFileError: the file of a canned query has a fault.
    """
    names = [tool.name for tool in general.TOOLS]
    of_queries = canned.tools(all_queries().values(), names, allowed)
    return {tool.name: tool for tool in (*general.TOOLS, *of_queries)}


def server(cache: ResultCache) -> Server[Any]:
    """The server, which asks the engine behind *cache*."""
    allowed = [each.iri for each in cache.engine.services]
    offered = _Offer(cache, tools(allowed))
    dataset = cache.engine.description
    return Server(
        "gbagraph",
        version=__version__,
        title=dataset.title,
        instructions=_instructions(dataset),
        on_list_tools=offered.list_tools,
        on_call_tool=offered.call_tool,
        on_list_resources=offered.list_resources,
        on_list_resource_templates=offered.list_templates,
        on_read_resource=offered.read_resource,
    )


def _instructions(dataset: Description) -> str:
    what = f"A knowledge graph: {dataset.title}, version {dataset.version}."
    return " ".join(filter(None, (what, publication.current().description, _HOW_TO_ASK)))


class _Offer:
    """What the SDK calls: each method answers one kind of request."""

    def __init__(self, cache: ResultCache, known: dict[str, Tool]) -> None:
        self._cache, self._tools = cache, known

    async def list_tools(self, _: _Context, __: object) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_tool(tool) for tool in self._tools.values()])

    async def call_tool(
        self, context: _Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        tool = self._tools.get(params.name)
        if tool is None:
            raise MCPError(INVALID_PARAMS, self._unknown(params.name))
        try:
            return _result(await tool.answer(self._asker(context), params.arguments or {}))
        except GbaGraphError as problem:
            return _failure(problem)

    def _asker(self, context: _Context) -> Asker:
        address = getattr(context.request, "client", None)
        return Asker(self._cache, address.host if address else "")

    def _unknown(self, name: str) -> str:
        near = difflib.get_close_matches(name, self._tools, n=3)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        return f"There is no tool named {name!r}.{hint}"

    async def list_resources(self, _: _Context, __: object) -> types.ListResourcesResult:
        found = [types.Resource(uri=row.uri, **_described(row)) for row in resources.RESOURCES]
        return types.ListResourcesResult(resources=found)

    async def list_templates(self, _: _Context, __: object) -> types.ListResourceTemplatesResult:
        row = resources.QUERY
        template = types.ResourceTemplate(uri_template=row.uri, **_described(row))
        return types.ListResourceTemplatesResult(resource_templates=[template])

    async def read_resource(
        self, context: _Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        try:
            text, media_type = await resources.read(self._asker(context), params.uri)
        except GbaGraphError as problem:
            raise MCPError(INVALID_PARAMS, problem.message) from None
        contents = types.TextResourceContents(uri=params.uri, mime_type=media_type, text=text)
        return types.ReadResourceResult(contents=[contents])


def _described(row: Resource) -> dict[str, Any]:
    return {"name": row.name, "description": row.description, "mime_type": row.media_type}


def _tool(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=types.ToolAnnotations(read_only_hint=True, open_world_hint=tool.is_open),
    )


def _result(found: dict[str, Any], *, is_error: bool = False) -> types.CallToolResult:
    """The answer as structured content, and as text for clients that read nothing else."""
    text = _json(found)
    return types.CallToolResult(
        content=[types.TextContent(text=text.decode())],
        structured_content=msgspec.json.decode(text),
        is_error=is_error,
    )


def _failure(problem: GbaGraphError) -> types.CallToolResult:
    """An error of ours as the result of a tool, so that the assistant can correct what it asked."""
    return _result(
        {**problem.details, "error": problem.name, "message": problem.message}, is_error=True
    )
