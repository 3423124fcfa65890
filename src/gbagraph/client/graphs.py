"""Graphs behind an address: one that waits for the server, and one to be awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self, TypeVar

import httpx

from gbagraph.client import calls, responses
from gbagraph.errors import EngineUnavailable, RequestError
from gbagraph.interface import AsyncQueryable, Queryable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gbagraph.answers import Answer
    from gbagraph.client.calls import Call
    from gbagraph.client.responses import Identity
    from gbagraph.explain.diagnostics import Diagnostic
    from gbagraph.explain.identified import Identified
    from gbagraph.explain.proof import Proof
    from gbagraph.interface.arguments import Scalar

_Found = TypeVar("_Found")

TIMEOUT: Final = 60.0
"""Seconds to wait for a server: twice as long as it lets a query run, unless it is told otherwise."""


def connect(url: str, *, timeout: float = TIMEOUT) -> RemoteGraph:
    """A running server as a graph; its connections are kept until it is closed.

    Args:
        url: the address of its start page, or of its endpoint.
        timeout: seconds to wait for a connection, and for each part of an answer.

    Raises:
        EngineUnavailable: no server can be reached there.
        UnknownResource: what answers there is no gbagraph.
    """
    graph = RemoteGraph(url, timeout)
    try:
        graph.ask("ASK {}")
    except BaseException:
        graph.close()
        raise
    return graph


def connect_async(url: str, *, timeout: float = TIMEOUT) -> AsyncRemoteGraph:
    """A running server as a graph to be awaited; arguments and errors as of :func:`connect`.

    It is first asked when it is entered: ``async with gbagraph.connect_async(url) as graph``.
    """
    return AsyncRemoteGraph(url, timeout)


class RemoteGraph(Queryable):
    """A server as a graph; made by :func:`connect`. Any thread may ask it, several at once."""

    def __init__(self, url: str, timeout: float) -> None:
        self.url: Final = _base(url)
        self._identity: Identity | None = None
        with responses.translated_errors(self.url):
            self._client = httpx.Client(base_url=self.url, timeout=timeout, follow_redirects=True)

    def __repr__(self) -> str:
        return f"<RemoteGraph: {self.url}>"

    @property
    def version(self) -> str:
        """Version of the dataset that the last answer came from."""
        return _known(self._identity).version

    @property
    def hash(self) -> str:
        """Hash of the dataset that the last answer came from."""
        return _known(self._identity).hash

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def explain(self, sparql: str) -> list[Diagnostic]:
        """What is wrong or misleading in a query, the gravest first; empty for one that is right."""
        return self._made(calls.explain(sparql))

    def lookup(self, *iris: str) -> list[Identified]:
        """What each of *iris* is here: a result for each, in their order."""
        return self._made(calls.lookup(iris)) if iris else []

    def _evaluate(self, sparql: str, *, evidence: bool) -> Answer:
        return self._made(calls.query(sparql, evidence=evidence))

    def _run(self, name: str, given: Sequence[tuple[str, Scalar]], *, evidence: bool) -> Answer:
        return self._made(calls.canned(name, given, evidence=evidence))

    def _why(self, subject: str, predicate: str, value: str, *, lang: str, datatype: str) -> Proof:
        return self._made(calls.why(subject, predicate, value, lang=lang, datatype=datatype))

    def _made(self, call: Call[_Found]) -> _Found:
        _must_be_open(self._client, self.url)
        with responses.translated_errors(self.url):
            response = self._client.request(**call.arguments)
        self._identity = responses.identity(response, self.url)
        return responses.read(call, response)


class AsyncRemoteGraph(AsyncQueryable):
    """A server as a graph; made by :func:`connect_async`, for one event loop.

    Its version is known once it is entered, or has answered.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self.url: Final = _base(url)
        self._identity: Identity | None = None
        with responses.translated_errors(self.url):
            self._client = httpx.AsyncClient(
                base_url=self.url, timeout=timeout, follow_redirects=True
            )

    def __repr__(self) -> str:
        return f"<AsyncRemoteGraph: {self.url}>"

    async def __aenter__(self) -> Self:
        try:
            await self.ask("ASK {}")
        except BaseException:
            await self.close()
            raise
        return self

    @property
    def version(self) -> str:
        """Version of the dataset that the last answer came from."""
        return _known(self._identity).version

    @property
    def hash(self) -> str:
        """Hash of the dataset that the last answer came from."""
        return _known(self._identity).hash

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def explain(self, sparql: str) -> list[Diagnostic]:
        """As :meth:`gbagraph.Queryable.explain`."""
        return await self._made(calls.explain(sparql))

    async def lookup(self, *iris: str) -> list[Identified]:
        """As :meth:`gbagraph.Queryable.lookup`."""
        return await self._made(calls.lookup(iris)) if iris else []

    async def _evaluate(self, sparql: str, *, evidence: bool) -> Answer:
        return await self._made(calls.query(sparql, evidence=evidence))

    async def _run(
        self, name: str, given: Sequence[tuple[str, Scalar]], *, evidence: bool
    ) -> Answer:
        return await self._made(calls.canned(name, given, evidence=evidence))

    async def _why(
        self, subject: str, predicate: str, value: str, *, lang: str, datatype: str
    ) -> Proof:
        call = calls.why(subject, predicate, value, lang=lang, datatype=datatype)
        return await self._made(call)

    async def _made(self, call: Call[_Found]) -> _Found:
        _must_be_open(self._client, self.url)
        with responses.translated_errors(self.url):
            response = await self._client.request(**call.arguments)
        self._identity = responses.identity(response, self.url)
        return responses.read(call, response)


def _base(url: str) -> str:
    """The address below which all others of the server are, with a slash at its end."""
    return url.rstrip("/").removesuffix("/sparql") + "/"


def _known(identity: Identity | None) -> Identity:
    if identity is None:
        raise RequestError(
            "Which dataset the server has is known when it has answered: ask it first, or enter the "
            "graph by `async with`."
        )
    return identity


def _must_be_open(client: httpx.Client | httpx.AsyncClient, url: str) -> None:
    if client.is_closed:
        raise EngineUnavailable(
            f"The graph at {url} is closed. Connect to it again.", state="closed"
        )
