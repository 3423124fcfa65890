"""What the operator may ask a running server: which evaluations run, and to stop one.

Each server process listens on a Unix socket in the abstract namespace of Linux (unix(7)), so there is no
file to protect or to leave behind. Only root and the user of the server are answered. Questions and
answers are JSON, one line each.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import socket
import struct
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import msgspec

from gbagraph.errors import QueryStopped
from gbagraph.paths import in_one_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from gbagraph.engine.engine import Engine
    from gbagraph.engine.execution import Execution


log = logging.getLogger("gbagraph.engine")

_LONGEST: Final = 2000
"""Characters of a query that are shown."""
_LINE: Final = 64 * 1024
_SECONDS: Final = 5.0
_CREDENTIALS: Final = struct.Struct("3i")
_NAME: Final = re.compile(r"@gbagraph/([0-9]+)/([0-9]+)\n")
_WHY: Final = "The operator of this server stopped the query."


class Running(msgspec.Struct, frozen=True):
    """An evaluation that runs.

    *number* is its own in its process, *request* the id of the request in logs. It runs since
    *seconds* in a slot of this *slot* class, and has used seconds of a *processor*, megabytes of
    *memory*, and *written* bytes of an answer. *what* is the kind of job, *text* its query.
    """

    number: int
    request: str
    client: str
    seconds: float
    processor: float
    memory: float
    written: int
    slot: str
    what: str
    text: str


class Question(msgspec.Struct, frozen=True):
    """What to *do*: list what runs, or stop the evaluation *number*."""

    do: Literal["list", "stop"]
    number: int = 0


class Reply(msgspec.Struct, frozen=True):
    """What runs, or whether the evaluation was *stopped*, which it cannot be if it has ended."""

    running: tuple[Running, ...] = ()
    stopped: bool = False


class ServerProcess(NamedTuple):
    """A server process of this machine: the port that it serves, and its process id."""

    port: int
    pid: int


@asynccontextmanager
async def answering(engine: Engine, port: int) -> AsyncIterator[None]:
    """Answer the operator's questions about *engine*, which is served at *port*, as long as entered."""
    if sys.platform != "linux":
        yield  # no other system has sockets without files
        return

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_SECONDS):
                if _is_operator(writer.get_extra_info("socket")):
                    await _answer(engine, reader, writer)
        except (OSError, TimeoutError, ValueError, msgspec.MsgspecError):
            pass  # any other question gets no answer
        finally:
            writer.close()

    try:
        server = await asyncio.start_unix_server(answer, _address(port, os.getpid()), limit=_LINE)
    except OSError as problem:  # another process has taken the name: serving needs none
        log.warning("gbagraph top cannot ask this process: %s", problem)
        yield
        return
    async with server:
        yield


def _address(port: int, pid: int) -> str:
    return f"\0gbagraph/{port}/{pid}"


def _peer(connection: socket.socket) -> tuple[int, int]:
    """The process id and the user at the other end (SO_PEERCRED in unix(7))."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, user, _ = _CREDENTIALS.unpack(credentials)
    return pid, user


def _is_operator(connection: socket.socket) -> bool:
    return _peer(connection)[1] in (0, os.geteuid())


async def _answer(
    engine: Engine, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    question = msgspec.json.decode(await reader.readline(), type=Question)
    if question.do == "stop":
        execution = engine.running.get(question.number)
        if execution is not None:
            execution.stop(QueryStopped(_WHY), "operator")
        reply = Reply(stopped=execution is not None)
    else:
        reply = Reply(tuple(map(_told, list(engine.running.values()))))
    writer.write(msgspec.json.encode(reply) + b"\n")
    await writer.drain()


def _told(execution: Execution) -> Running:
    spent = execution.worker.spent()
    text = " ".join(getattr(execution.job, "text", "").split())
    return Running(
        number=execution.number,
        request=execution.request,
        client=execution.slot.client,
        seconds=round(execution.seconds, 3),
        processor=spent.get("processor_seconds", 0.0),
        memory=spent.get("memory_megabytes", 0.0),
        written=execution.written,
        slot=execution.slot.slot_class,
        what=type(execution.job).__name__,
        text=in_one_line(text, _LONGEST),
    )


# --- Who asks -------------------------------------------------------------------------------------


def processes(port: int | None = None) -> Iterator[ServerProcess]:
    """Yield the server processes of this machine that answer, or those that serve *port*."""
    with suppress(OSError):
        listed = Path("/proc/net/unix").read_text()
        for names in sorted({(int(port), int(pid)) for port, pid in _NAME.findall(listed)}):
            if port in (None, names[0]):
                yield ServerProcess(*names)


def ask(process: ServerProcess, question: Question) -> Reply:
    """Return what *process* replies.

    Raises:
        OSError: it has ended, or does not answer this user.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_SECONDS)
        connection.connect(_address(*process))
        if _peer(connection)[0] != process.pid:
            raise PermissionError(f"another process has the name of {process.pid}")
        connection.sendall(msgspec.json.encode(question) + b"\n")
        with connection.makefile("rb") as reader:
            line = reader.readline()
    if not line:
        raise PermissionError(f"the process {process.pid} does not answer this user")
    return msgspec.json.decode(line, type=Reply)
