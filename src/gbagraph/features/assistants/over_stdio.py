"""Tools over standard input and output (MCP, stdio): for the one client that has started the command."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING, Final, cast

import anyio
from anyio import to_thread
from mcp import types
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage

from gbagraph.cli.output import told
from gbagraph.composition import check_queries, engine_of, services_of
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.errors import LoadFailed
from gbagraph.features.assistants import ToolSettings
from gbagraph.features.assistants.messages import id_of, read_message
from gbagraph.features.assistants.tool_server import server
from gbagraph.settings import MEGABYTE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from anyio.streams.memory import MemoryObjectSendStream
    from mcp.shared._stream_protocols import WriteStream

    from gbagraph.settings import Settings


_LAST: Final = 0.1
"""Seconds after the last line in which it may be answered: the SDK ends all work with the input."""


def serve(settings: Settings) -> None:
    """Serve the one client behind standard input and output, until it closes one of them.

    What goes wrong ends the process, as of any command: a thread waits for the next line, and nothing
    else ends that wait.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        asyncio.run(_serve(settings))
    except Exception as problem:  # noqa: BLE001  nothing is above this
        first = _first(problem)
        os._exit(0 if isinstance(first, BrokenPipeError) else told(first))


def _first(problem: Exception) -> Exception:
    """Return *problem*, or of a group the first that is none."""
    return _first(problem.exceptions[0]) if isinstance(problem, ExceptionGroup) else problem


async def _serve(settings: Settings) -> None:
    """Answer from the start; what asks the data waits until these are loaded."""
    ready: asyncio.Future[ResultCache] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(_converse(settings, ready))
    async with engine_of(settings) as engine:
        await check_queries(engine)
        ready.set_result(ResultCache(engine, settings.cache_size))
        engine.failed.add_done_callback(_end)
        await serving


async def _converse(settings: Settings, ready: asyncio.Future[ResultCache]) -> None:
    read, kept = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    services = [each.iri for each in services_of(settings)]
    served = server(ready, settings.of(ToolSettings).tools, services, settings)
    nothing = cast("anyio.AsyncFile[str]", _nothing())
    async with stdio_server(nothing) as (_, outgoing), anyio.create_task_group() as group:
        group.start_soon(_read, settings.body_size * MEGABYTE, outgoing, read)
        await served.run(kept, outgoing, served.create_initialization_options())
        group.cancel_scope.cancel()


async def _nothing() -> AsyncIterator[str]:
    """Yield no line: we read them, as the SDK takes some that are no message, and drops others."""
    none: tuple[str, ...] = ()
    for line in none:
        yield line


async def _read(
    most: int,
    outgoing: WriteStream[SessionMessage],
    read: MemoryObjectSendStream[SessionMessage | Exception],
) -> None:
    """Pass the lines of standard input on as messages, and answer those that are none."""
    async with read:
        while line := await to_thread.run_sync(_line, most, abandon_on_cancel=True):
            decoded, code, said = read_message(line)
            if len(line) > most:
                said = f"The line is longer than {most} bytes, the most that is read here."
            if not said:
                message = types.jsonrpc_message_adapter.validate_python(decoded)
                await read.send(SessionMessage(message))
                continue
            error = types.ErrorData(code=code, message=said)
            answer = types.JSONRPCError(jsonrpc="2.0", id=id_of(decoded), error=error)
            await outgoing.send(SessionMessage(answer))
        await asyncio.sleep(_LAST)


def _line(most: int) -> bytes:
    """Return the next line of standard input; of one that is too long, a byte more than is read."""
    line = part = sys.stdin.buffer.readline(most + 1)
    while len(part) > most and not part.endswith(b"\n"):
        part = sys.stdin.buffer.readline(most + 1)
    return line


def _end(failed: asyncio.Future[str]) -> None:
    """End the process: its client waits for answers that cannot come any more."""
    if not failed.cancelled():
        os._exit(told(LoadFailed(f"The engine could not be kept running: {failed.result()}")))
