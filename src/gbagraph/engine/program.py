"""A fork server as a program: it imports what it needs once it is started, and waits for its orders."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from threading import Thread
from typing import Final

from gbagraph.engine import process
from gbagraph.settings import CREDENTIALS


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
        import asyncio  # noqa: PLC0415  what starts it ahead has not imported it yet

        loop, ended = asyncio.get_running_loop(), asyncio.Event()

        def tell() -> None:
            self._process.wait()
            with contextlib.suppress(RuntimeError):  # the loop may be closed by now
                loop.call_soon_threadsafe(ended.set)

        Thread(target=tell, daemon=True).start()
        await ended.wait()


_ahead: Final[list[Program]] = []


def start_ahead() -> None:
    """Start the program that :func:`started` returns first: both it and this process import at once.

    Where there are credentials for an engine, none is started: who may have them is not known yet.

    Raises:
        OSError: the system allows no further process.
    """
    if os.environ.keys().isdisjoint(CREDENTIALS):
        _ahead.append(Program(with_credentials=False))


def started(*, with_credentials: bool) -> Program:
    """Return the program that was started ahead, or else a new one; raises OSError as that."""
    return _ahead.pop() if _ahead else Program(with_credentials=with_credentials)
