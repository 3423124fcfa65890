"""The server process: engine, application and uvicorn together, once or several times."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import multiprocessing
import os
import signal
import sys
from importlib import import_module
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from gbagraph.answers import Answers
from gbagraph.delivery import CutAnswer
from gbagraph.engine import Engine
from gbagraph.engine.nursery import die_with
from gbagraph.errors import DatasetError, GbaGraphError
from gbagraph.express import Express
from gbagraph.hot import HotResponses
from gbagraph.http_protocol import protocol_class

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from multiprocessing.context import SpawnProcess

    from gbagraph.settings import Settings

_CANNOT_START: Final = 3


def serve(settings: Settings) -> None:
    """Serve until a signal ends it, in as many processes as the settings say.

    Each process has an engine and a cache of its own; the old places and the cache are shared out
    among them, so that the settings say what they say for the whole server.

    Raises:
        DatasetError: the dataset cannot be loaded.
        OSError: the address cannot be listened on.
    """
    if settings.workers == 1:
        _serve(settings)
        return
    share = dataclasses.replace(
        settings,
        old_queries=max(1, settings.old_queries // settings.workers),
        cache_size=settings.cache_size // settings.workers,
    )
    with uvicorn.Config("", **_address(settings)).bind_socket() as listening:
        _supervise(lambda: _process(share, listening), settings.workers)


def _process(settings: Settings, listening: socket.socket) -> SpawnProcess:
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_serve_shared, args=(settings, listening, os.getpid()))
    process.start()
    return process


def _supervise(start: Callable[[], SpawnProcess], count: int) -> None:
    """Keep *count* processes running until a signal ends all; give up when one cannot start."""
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
        if any(process.exitcode == _CANNOT_START for process in ended):
            end(signal.SIGTERM, None)
            failed = True
        if not signals:
            processes += [start() for _ in ended]
    if failed:
        raise DatasetError("The server could not start.")


def _address(settings: Settings) -> dict[str, Any]:
    return {"host": settings.host, "port": settings.port, "log_level": "info"}


def _serve_shared(settings: Settings, listening: socket.socket, parent: int) -> None:
    """What each process of several runs; a dataset that cannot be loaded ends it with a message."""
    die_with(parent)
    try:
        _serve(settings, [listening])
    except GbaGraphError as problem:
        sys.stderr.write(f"{problem.message}\n")
        sys.exit(_CANNOT_START)


def _serve(settings: Settings, sockets: list[socket.socket] | None = None) -> None:
    hot = HotResponses(settings.cache_size // 2)
    config = uvicorn.Config(
        "",  # made once the engine has started, and so is the protocol
        access_log=False,
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=3,
        **_address(settings),
    )
    server = uvicorn.Server(config)
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_run(settings, config, server, hot, sockets))


async def _run(
    settings: Settings,
    config: uvicorn.Config,
    server: uvicorn.Server,
    hot: HotResponses,
    sockets: list[socket.socket] | None,
) -> None:
    engine = Engine(
        settings.data,
        inference=settings.inference,
        timeout=settings.query_timeout,
        memory=settings.query_memory,
        result_size=settings.result_size,
        old_queries=settings.old_queries,
    )
    # The framework takes as long to import as the nursery takes to load: both at once.
    importing = asyncio.create_task(asyncio.to_thread(import_module, "gbagraph.app"))
    async with engine:
        application = (await importing).Application
        answers = Answers(engine, settings.cache_size // 2)
        config.app = application(answers, hot, settings.root_path)
        config.http = protocol_class(hot, Express(answers, settings.root_path))
        await server.serve(sockets)


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a log record says what has not been said: a cut answer is logged where it is cut."""
    return record.exc_info is None or not isinstance(record.exc_info[1], CutAnswer)
