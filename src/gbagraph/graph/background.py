"""An event loop in a thread of its own, for callers that have none, or that run in one."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any, TypeVar

from gbagraph.errors import EngineUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future

_Found = TypeVar("_Found")


class BackgroundLoop:
    """Runs coroutines for any thread of the process that made it, until it is closed."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._is_closed = False
        self._running: set[Future[Any]] = set()
        # Whatever is scheduled, is so before the loop is told to end. A collection of garbage in the
        # midst of that may close the loop from the same thread.
        self._lock = threading.RLock()
        self._loop = asyncio.new_event_loop()
        # A daemon: the interpreter does not wait for it, should nobody close the graph.
        self._thread = threading.Thread(target=self._serve, name="gbagraph", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, _Found]) -> _Found:
        """What *work* returns or raises; it is cancelled if the caller is interrupted.

        Raises:
            EngineUnavailable: the loop is closed, before or meanwhile, or runs in the process that this
                was forked from.
        """
        future = self._scheduled(work)
        try:
            return future.result()
        except CancelledError:
            raise self._unavailable() from None
        except BaseException:
            future.cancel()
            raise
        finally:
            self._running.discard(future)

    def close(self, last: Callable[[], Coroutine[Any, Any, None]] | None = None) -> None:
        """Cancel what runs, run *last*, and wait until the thread has ended.

        Does nothing the second time, or in a process that was forked: the thread does not come with it.
        Garbage may be collected in the loop's own thread, which then ends by itself.
        """
        if self._process != os.getpid():
            return
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            for future in tuple(self._running):
                future.cancel()
            asyncio.run_coroutine_threadsafe(self._end(last), self._loop)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _scheduled(self, work: Coroutine[Any, Any, _Found]) -> Future[_Found]:
        # In a process that was forked, the lock may be held by a thread that is not there.
        if self._process == os.getpid():
            with self._lock:
                if not self._is_closed:
                    future = asyncio.run_coroutine_threadsafe(work, self._loop)
                    self._running.add(future)
                    return future
        work.close()
        raise self._unavailable()

    def _unavailable(self) -> EngineUnavailable:
        where = "is closed" if self._process == os.getpid() else "was opened in another process"
        return EngineUnavailable(f"The graph {where}. Open one here.", state="closed")

    async def _end(self, last: Callable[[], Coroutine[Any, Any, None]] | None) -> None:
        try:
            if last is not None:
                await last()
        finally:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            self._loop.stop()

    def _serve(self) -> None:
        self._loop.run_forever()
        self._loop.close()
