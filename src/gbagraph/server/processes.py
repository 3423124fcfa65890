"""Several server processes that share one address."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import signal
import sys
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Final

import uvicorn

from gbagraph.engine.process import die_with_parent
from gbagraph.errors import DatasetError, GbaGraphError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from multiprocessing.context import SpawnProcess

    from gbagraph.settings import Settings

    Run = Callable[[Settings, list[socket.socket]], None]

_CANNOT_SERVE: Final = 3
"""Exit code of a process that cannot start, or cannot continue."""


def serve_shared(settings: Settings, run: Run) -> None:
    """Serve in several processes until a signal ends them.

    Each process calls *run* and has an engine and a cache of its own. Slow queries and cache memory are
    divided among the processes, so that the settings apply to the server as a whole.
    """
    share = dataclasses.replace(
        settings,
        max_slow_queries=max(1, settings.max_slow_queries // settings.workers),
        cache_size=settings.cache_size // settings.workers,
    )
    with uvicorn.Config("", host=settings.host, port=settings.port).bind_socket() as listening:
        _supervise(lambda: _process(run, share, listening), settings.workers)


def _process(run: Run, settings: Settings, listening: socket.socket) -> SpawnProcess:
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_serve, args=(run, settings, listening, os.getpid()))
    process.start()
    return process


def _supervise(start: Callable[[], SpawnProcess], count: int) -> None:
    """Keep *count* processes running until a signal stops all; give up if one cannot serve."""
    processes = [start() for _ in range(count)]
    signals: list[int] = []
    failed = False

    def end(number: int, _: object) -> None:
        signals.append(number)
        for process in processes:
            process.terminate()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    while processes:
        wait([process.sentinel for process in processes])
        ended = [process for process in processes if process.exitcode is not None]
        processes[:] = [process for process in processes if process not in ended]
        if any(process.exitcode == _CANNOT_SERVE for process in ended):
            end(signal.SIGTERM, None)
            failed = True
        if not signals:
            processes += [start() for _ in ended]
    if failed:
        raise DatasetError("The server could not be kept running.")


def _serve(run: Run, settings: Settings, listening: socket.socket, parent: int) -> None:
    """What each process executes; one that cannot serve prints the reason and exits."""
    die_with_parent(parent)
    try:
        run(settings, [listening])
    except GbaGraphError as problem:
        sys.stderr.write(f"{problem.message}\n")
        sys.exit(_CANNOT_SERVE)
