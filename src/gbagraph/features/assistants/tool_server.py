"""The tools and resources as a server of the official SDK, over standard input or over HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import msgspec
import uvicorn
from mcp import MCPError, types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.types import INVALID_PARAMS

from gbagraph import __version__
from gbagraph.composition import check_queries, engine_of
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.errors import GbaGraphError
from gbagraph.features.assistants import offer
from gbagraph.features.assistants.resources import RESOURCES, read_resource, templates
from gbagraph.features.assistants.tool import Asker
from gbagraph.settings import MEGABYTE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from mcp.server.context import ServerRequestContext

    from gbagraph.endpoint.result_cache import Evaluator
    from gbagraph.features.assistants.resources import Resource
    from gbagraph.features.assistants.tool import Tool
    from gbagraph.settings import Settings

    _Context = ServerRequestContext[Any]

_json: Final = msgspec.json.Encoder(decimal_format="number").encode


def server(cache: ResultCache, which: str = offer.FEW) -> Server[Any]:
    """Return the server, which asks the engine behind *cache*; *which* tools, as :func:`offer.tools`."""
    known = offer.tools(which, [each.iri for each in cache.engine.services])
    offered = _Offer(cache, known)
    dataset = cache.engine.description
    return Server(
        "gbagraph",
        version=__version__,
        title=dataset.title,
        instructions=offer.instructions(dataset, known),
        on_list_tools=offered.list_tools,
        on_call_tool=offered.call_tool,
        on_list_resources=offered.list_resources,
        on_list_resource_templates=offered.list_templates,
        on_read_resource=offered.read_resource,
    )


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
        given = params.arguments or {}
        if tool is None:
            return self._unknown(params.name, given)
        try:
            return _result(await tool.answer(self._asker(context), given))
        except GbaGraphError as problem:
            return _failure(problem, () if tool.offered == "all" else _TWICE)

    def _asker(self, context: _Context) -> Asker:
        address = getattr(context.request, "client", None)
        return Asker(self._cache, address.host if address else "")

    def _unknown(self, name: str, given: dict[str, Any]) -> types.CallToolResult:
        said = offer.unknown(name, given, self._tools)
        if isinstance(said, str):
            raise MCPError(INVALID_PARAMS, said)
        return _failure(said)

    async def list_resources(self, _: _Context, __: object) -> types.ListResourcesResult:
        resources = [types.Resource(uri=row.uri, **_described(row)) for row in RESOURCES]
        return types.ListResourcesResult(resources=resources)

    async def list_templates(self, _: _Context, __: object) -> types.ListResourceTemplatesResult:
        rows = [types.ResourceTemplate(uri_template=e.uri, **_described(e)) for e in templates()]
        return types.ListResourceTemplatesResult(resource_templates=rows)

    async def read_resource(
        self, context: _Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        try:
            text, media_type = await read_resource(self._asker(context), params.uri)
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


def _result(content: dict[str, Any], *, is_error: bool = False) -> types.CallToolResult:
    """Return the answer as structured content, and as text for clients that read nothing else.

    Its ``resource_links`` are contents beside that.
    """
    links = [types.ResourceLink(**each) for each in content.pop("resource_links", ())]
    text = _json(content)
    return types.CallToolResult(
        content=[types.TextContent(text=text.decode()), *links],
        structured_content=msgspec.json.decode(text),
        is_error=is_error,
    )


_TWICE: Final = ("near", "suggestions")
"""Details of an error that its message says too."""


def _failure(problem: GbaGraphError, left_out: Collection[str] = ()) -> types.CallToolResult:
    """An error of ours as the result of a tool, so that the assistant can correct its call."""
    details = {name: value for name, value in problem.details.items() if name not in left_out}
    return _result({**details, "error": problem.name, "message": problem.message}, is_error=True)


PATH: Final = "/mcp"
"""Where the server answers over HTTP."""


def serve_stdio(settings: Settings, which: str) -> None:
    """Serve the one client behind standard input and output, until it closes them.

    Raises:
        DatasetError: the dataset cannot be loaded.
        QueryFileError: a canned query has a fault.
        OSError: standard output takes no more.
    """
    # A thread waits for the next line, and nothing but the end of the process ends that wait.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        asyncio.run(_over_stdio(settings, which))
    except ExceptionGroup as failures:
        of_output, others = failures.split(OSError)
        if of_output is None or others is not None:
            raise
        raise _first(of_output) from None


def _first(problem: Exception) -> Exception:
    """Return *problem*, or of a group the first that is none."""
    return _first(problem.exceptions[0]) if isinstance(problem, ExceptionGroup) else problem


def serve_http(settings: Settings, which: str) -> None:
    """Serve over HTTP until a signal stops the server; raises as :func:`serve_stdio`."""
    config = uvicorn.Config("", host=settings.host, port=settings.port, access_log=False, ws="none")
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_over_http(settings, config, which))


async def _over_stdio(settings: Settings, which: str) -> None:
    async with _answers(settings) as cache, stdio_server() as (incoming, outgoing):
        served = server(cache, which)
        cache.engine.failed.add_done_callback(_end)
        await served.run(incoming, outgoing, served.create_initialization_options())


async def _over_http(settings: Settings, config: uvicorn.Config, which: str) -> None:
    async with _answers(settings) as cache:
        config.app = server(cache, which).streamable_http_app(
            streamable_http_path=PATH,
            host=settings.host,
            # No request needs what another left behind, so clients may come to any server process.
            stateless_http=True,
            json_response=True,
            max_request_body_size=settings.body_size * MEGABYTE,
        )
        await _until_failed(uvicorn.Server(config), cache.engine)


@asynccontextmanager
async def _answers(settings: Settings) -> AsyncIterator[ResultCache]:
    """Yield the engine with its cache, once the canned queries are known to be valid."""
    engine = engine_of(settings)
    async with engine:
        await check_queries(engine)
        yield ResultCache(engine, settings.cache_size)


def _end(failed: asyncio.Future[str]) -> None:
    """End the process: its client waits for answers that cannot come any more."""
    if not failed.cancelled():
        print(_engine_failure(failed.result()).message, file=sys.stderr)  # noqa: T201
        os._exit(1)


async def _until_failed(serving: uvicorn.Server, engine: Evaluator) -> None:
    """Serve to the end, or until the engine cannot be kept running."""

    def end(_: object) -> None:
        serving.should_exit = True

    engine.failed.add_done_callback(end)
    await serving.serve()
    if engine.failed.done():
        raise _engine_failure(engine.failed.result())


def _engine_failure(reason: str) -> GbaGraphError:
    return GbaGraphError(f"The engine could not be kept running: {reason}")
