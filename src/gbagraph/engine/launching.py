"""How a fork server is started: as a program, or by another one that has imported everything already."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from gbagraph.engine import process
from gbagraph.errors import DatasetError, LoadFailed
from gbagraph.settings import CREDENTIALS

if TYPE_CHECKING:
    from gbagraph.engine.connection import Connection, Worker
    from gbagraph.engine.source import Source


_LEAVE: Final = 5.0
"""Seconds in which a fork server that has closed its socket ends by itself."""


class Program:
    """A fork server that is a program of its own; raises OSError if the system allows none."""

    def __init__(self, *, with_credentials: bool) -> None:
        self._channel, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  it is ours
                (sys.executable, "-m", "gbagraph.engine.forkserver", str(theirs.fileno())),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env=process.environment(with_credentials=with_credentials),
            )
        self.pid = self._process.pid

    def take_orders(self, control: socket.socket) -> None:
        """Let it take its orders from *control*; one that has ended takes none."""
        with self._channel, contextlib.suppress(BrokenPipeError, ConnectionResetError):
            socket.send_fds(self._channel, [b"."], [control.fileno()])

    @property
    def returncode(self) -> int | None:
        """Its exit code, or the negative signal number; None as long as it runs."""
        return self._process.poll()

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()

    async def wait(self) -> None:
        """Wait until it has ended."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()

        def watch() -> None:
            self._process.wait()
            with contextlib.suppress(RuntimeError):  # the loop may be closed by now
                loop.call_soon_threadsafe(ended.set)

        Thread(target=watch, daemon=True).start()
        await ended.wait()


_ahead: Final[list[Program]] = []


def start_ahead() -> None:
    """Start the program that :func:`start` takes first: both it and this process import at once.

    Where there are credentials for an engine, none is started: who may have them is not known yet.

    Raises:
        OSError: the system allows no further process.
    """
    if os.environ.keys().isdisjoint(CREDENTIALS):
        _ahead.append(Program(with_credentials=False))


async def start(source: Source, control: socket.socket) -> Process:
    """Start a fork server as a program, which takes its orders from *control*."""
    program = _ahead.pop() if _ahead else Program(with_credentials=source.has_credentials)
    program.take_orders(control)
    return program


class Forked(NamedTuple):
    """A fork server that is a *worker* of another one; *end* has that kill it."""

    worker: Worker
    end: Callable[[Worker], None]

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.worker.pid

    @property
    def returncode(self) -> int | None:
        """Its exit code; None as long as it runs, and if it ended with the other one."""
        exited = self.worker.exited
        ended = exited.result() if exited.done() else None
        return None if ended is None else ended.code

    def kill(self) -> None:
        """Kill it."""
        self.end(self.worker)

    async def wait(self) -> None:
        """Wait until it has ended."""
        await asyncio.wait({self.worker.exited})


Process = Program | Forked
"""The process of a fork server."""

Launch = Callable[[socket.socket, "Connection"], Awaitable[Process]]
"""Starts a fork server that takes its orders from the one socket; the connection is our end of it."""


async def failure(frame: tuple[bytes, bytes] | None, ended: Process) -> DatasetError:
    """Why a fork server has loaded nothing, by the *frame* that it sent, or by how it has *ended*."""
    if frame is None:
        with contextlib.suppress(TimeoutError):  # killed sooner, it would have ended by that
            await asyncio.wait_for(ended.wait(), _LEAVE)
        code = ended.returncode
        how = f" {process.how_ended(code)}" if code is not None else ""
        return LoadFailed(f"The process that loads the dataset ended{how} before it was done.")
    name, message, details = msgspec.json.decode(frame[1], type=tuple[str, str, dict[str, Any]])
    return (LoadFailed if name == LoadFailed.name else DatasetError)(message, **details)
