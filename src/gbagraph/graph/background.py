"""An event loop in a thread of its own, for callers that have none, or that run in one."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from gbagraph.errors import EngineUnavailable

if TYPE_CHECKING:
    from collections.abc import Coroutine

_Found = TypeVar("_Found")


class BackgroundLoop:
    """Runs coroutines for any thread of the process that made it, until it is closed."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._loop = asyncio.new_event_loop()
        # A daemon: the interpreter does not wait for it, should nobody close the graph.
        self._thread = threading.Thread(target=self._loop.run_forever, name="gbagraph", daemon=True)
        self._thread.start()

    @property
    def is_usable(self) -> bool:
        """Whether it runs, and in this process: the thread does not come with a fork."""
        return not self._loop.is_closed() and self._process == os.getpid()

    def run(self, work: Coroutine[Any, Any, _Found]) -> _Found:
        """What *work* returns or raises; it is cancelled if the caller is interrupted.

        Raises:
            EngineUnavailable: the loop is closed, or runs in the process that this was forked from.
        """
        if not self.is_usable:
            work.close()
            where = "is closed" if self._loop.is_closed() else "was opened in another process"
            raise EngineUnavailable(f"The graph {where}. Open one here.", state="closed")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """Stop the loop and wait until its thread has ended; nothing in a process that was forked."""
        if not self.is_usable:
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
