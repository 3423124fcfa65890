"""Count the calls of our own Python that a request makes, in the server process and in a worker.

Counted are frames of the package, comprehensions and generator expressions left out: these are the same
on every supported Python. Nothing is forked: the worker is a thread at the other end of a socket.
"""

from __future__ import annotations

import asyncio
import http.client
import socket
import sys
import tempfile
import threading
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import uvicorn

import gbagraph
from gbagraph.endpoint.request import Addresses
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.engine import Engine, wire
from gbagraph.engine.connection import Connection, Worker
from gbagraph.engine.jobs import Decoder
from gbagraph.engine.source import Files, ForkServerOptions
from gbagraph.engine.worker import work
from gbagraph.server.connection import Limits
from gbagraph.server.fast_path import ResponseCache, with_fast_path
from gbagraph.server.http_protocol import with_limits
from gbagraph.settings import Settings
from gbagraph.web.app import Application

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

ROOT: Final = f"{Path(gbagraph.__file__).parent}/"
_TARGET: Final = "/sparql?query=SELECT+*+%7B+%3Fs+%3Fp+%3Fo+%7D+LIMIT+{}"
_ACCEPT: Final = {"Accept": "application/sparql-results+json"}
_TRIPLE: Final = "<https://example.org/a> <https://example.org/b> <https://example.org/c> .\n"
_BEGINS: Final = "engine/wire.py:read"
"""With this call a worker waits for the next job."""
_INNER: Final = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})


class Counter:
    """Notes the frames of the package that begin in one thread."""

    def __init__(self) -> None:
        self.made = list[str]()

    def install(self) -> None:
        """Count in the thread that calls this."""
        sys.setprofile(self._note)

    def _note(self, frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        name = code.co_filename.removeprefix(ROOT)
        is_ours = event == "call" and name != code.co_filename
        if is_ours and code.co_name not in _INNER:
            self.made.append(f"{name}:{code.co_name}")


class Served:
    """A server in a thread of this process, with one worker in another."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self.server, self.worker = Counter(), Counter()
        self._ready = threading.Event()
        self.port = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve within this."""
        thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        thread.start()
        self._ready.wait()
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._end.set)
            thread.join()

    def settle(self) -> None:
        """Wait until the server has noted the requests that it has answered."""
        asyncio.run_coroutine_threadsafe(self._settled(), self._loop).result()

    async def _settled(self) -> None:
        while self._state.tasks:  # noqa: ASYNC110  uvicorn has no event for it
            await asyncio.sleep(0)

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        engine, settings = Engine([self._data]), Settings(port=0)
        loaded = Files((str(self._data),)).load(Decoder(ForkServerOptions().jobs).prepare)
        ours, theirs = socket.socketpair()
        evaluating = threading.Thread(target=self._evaluate, args=(loaded.store, theirs))
        evaluating.start()
        # What a timer calls, one request has, and another has not.
        engine._resources.watch.expect = lambda _: None  # type: ignore[method-assign, assignment]  # noqa: SLF001
        # The clock of the worker is that of all threads here.
        engine.cost_history.remember = lambda _: None  # type: ignore[method-assign, assignment]
        supervisor: Any = engine.pool.supervisor
        supervisor.description, supervisor.state = loaded.description, "ready"
        worker = Worker(1, await Connection.open(ours))
        await worker.connection.next_frame()
        worker.is_running = True
        engine.pool.release(worker, reusable=True)
        app = Application(ResultCache(engine, 1), addresses := Addresses(), settings)
        config = uvicorn.Config(app, access_log=False, ws="none", lifespan="off")
        config.load()
        limits = Limits(10, 10, 100, _unexpected, _unexpected)
        responses = ResponseCache(engine, 1)
        protocol = with_fast_path(with_limits(limits), responses, app.responder, addresses)
        self._state = state = uvicorn.server.ServerState()
        state.default_headers = [(b"date", b"Sat, 28 Nov 2026 00:00:00 GMT")]
        listening = await self._loop.create_server(
            lambda: protocol(config=config, server_state=state, app_state={}), "127.0.0.1"
        )
        self.port = listening.sockets[0].getsockname()[1]
        self.server.install()
        self._ready.set()
        await self._end.wait()
        sys.setprofile(None)
        listening.close()
        worker.connection.close()
        await asyncio.to_thread(evaluating.join)

    def _evaluate(self, store: Any, connection: socket.socket) -> None:  # noqa: ANN401  a Dataset
        decoder = Decoder(ForkServerOptions().jobs)
        self.worker.install()
        with connection:
            work(store, connection, wire.WorkerOptions(), decoder.decode)
        sys.setprofile(None)


def _unexpected(*_: object) -> Any:  # noqa: ANN401  it does not return
    raise AssertionError("the request was refused")


def counted() -> dict[str, list[str]]:
    """The calls of a request, after others like it on its connection.

    These are the first request for a query, in server and worker; the same again; and a request whose
    answer is Not Modified (304). Each call is named by its file and function.
    """
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "one.ttl")
        data.write_text(_TRIPLE)
        served = Served(data)
        with served.running():
            return _of_requests(served)


def _of_requests(served: Served) -> dict[str, list[str]]:
    client = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)

    def ask(number: int, **fields: str) -> http.client.HTTPResponse:
        client.request("GET", _TARGET.format(number), headers=_ACCEPT | fields)
        response = client.getresponse()
        response.read()
        return response

    def calls(number: int, **fields: str) -> list[str]:
        served.settle()
        served.server.made.clear()
        ask(number, **fields)
        served.settle()
        return list(served.server.made)

    with closing(client):
        for number in range(1, 20):
            tag = ask(number).getheader("ETag") or ""
        first = calls(100)
        made = served.worker.made
        begins = [at for at, name in enumerate(made) if name == _BEGINS]
        last = begins[-2] if made[-1] == _BEGINS else begins[-1]
        evaluated = made[last : made.index(_BEGINS, last + 1) if made[-1] == _BEGINS else None]
        again = calls(100)
        # Of another query than the tag is of: the first 304 of each is made, and the next is kept whole.
        ask(19, **{"If-None-Match": tag})
        return {
            "first time, server": first,
            "first time, worker": evaluated,
            "repeated": again,
            "not modified": calls(18, **{"If-None-Match": tag}),
        }


if __name__ == "__main__":
    for name, calls in counted().items():
        print(f"{name}: {len(calls)}", *(f"  {each}" for each in calls), sep="\n")
