"""How a server process leaves unnoticed: it takes no more connections, and ends when all are closed.

No connection is closed on which a client may be sending a request: a running answer is sent to its end,
the next one on each connection says that it is the last, and an idle connection is left to the timeout
that it has in any case.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import uvicorn

    from gbagraph.server.http_protocol import LimitedProtocol
    from gbagraph.server.processes import Parent

_TICK: Final = 0.1


class Leaving:
    """How *server*, with connections of *protocol*, leaves within so many *seconds*."""

    def __init__(
        self, server: uvicorn.Server, protocol: type[LimitedProtocol], seconds: float
    ) -> None:
        self._server, self._protocol, self._seconds = server, protocol, seconds

    @asynccontextmanager
    async def when_told(self, parent: Parent) -> AsyncIterator[None]:
        """Leave when *parent* has enough, as long as this is entered."""
        task = asyncio.create_task(self._leave(parent))
        try:
            yield
        finally:
            task.cancel()

    async def _leave(self, parent: Parent) -> None:
        await parent.has_enough()
        await self._until(lambda: self._server.started)
        self._protocol.is_leaving = True
        await self._stop_accepting(parent)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                await self._until(lambda: not self._server.server_state.connections)
        self._server.should_exit = True

    @staticmethod
    async def _until(condition: Callable[[], bool]) -> None:
        while not condition():  # noqa: ASYNC110  uvicorn tells nobody
            await asyncio.sleep(_TICK)

    async def _stop_accepting(self, parent: Parent) -> None:
        loop = asyncio.get_running_loop()
        if isinstance(loop, asyncio.SelectorEventLoop):
            # asyncio drops a connection that it has accepted if its server is closed in the same turn.
            for each in (each for server in self._server.servers for each in server.sockets):
                loop.remove_reader(each.fileno())
            parent.nobody_comes_in()
            await asyncio.sleep(_TICK)
        for server in self._server.servers:
            server.close()
        parent.nobody_comes_in()
        await asyncio.sleep(_TICK)  # until the last that was accepted is among the connections
