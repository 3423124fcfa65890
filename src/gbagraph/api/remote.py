"""A server as a graph: one that waits for it, and one to be awaited. The errors are those of any graph.

Needs httpx: ``pip install 'gbagraph[client]'``.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, Self, TypeVar
from urllib.parse import quote

from gbagraph.api.asking import Identify
from gbagraph.api.export import needed
from gbagraph.api.queryable import AsyncQueryable, Queryable
from gbagraph.errors import (
    EngineUnavailable,
    EvaluationError,
    GbaGraphError,
    QueryTimeout,
    RequestError,
    UnknownResource,
    classes,
)
from gbagraph.sparql import sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from gbagraph.api.asking import Question

_T = TypeVar("_T")

TIMEOUT: Final = 60.0
"""Seconds to wait for a server: twice as long as it lets a query run by default."""
_OF_PROBLEM: Final = frozenset({"type", "title", "status", "detail"})
"""The members of problem details (RFC 9457, section 3.1) that every problem has."""
_OF_PROXIES: Final = (401, 403, 407, 408, 413, 414, 429, 431)
"""Statuses by which a proxy refuses a request that the server behind it never sees."""
_UNREADABLE: Final = (
    *(SyntaxError, ValueError, LookupError, TypeError, AttributeError, RecursionError),
)
"""What is raised where a body is not what it has to be."""
_SHOWN: Final = 200
"""Characters of a response that is no problem of ours which an error shows."""


def connect(url: str, *, timeout: float = TIMEOUT) -> RemoteGraph:
    """Return a running server as a graph; its connections are kept until it is closed.

    Args:
        url: the address of its start page, or of its endpoint.
        timeout: seconds to wait for a connection, and for each part of an answer.

    Raises:
        EngineUnavailable: no server can be reached there.
        UnknownResource: what answers there is no gbagraph.
        MissingPackage: httpx is not installed.
    """
    graph = RemoteGraph(url, timeout)
    try:
        graph.ask("ASK {}")
    except BaseException:
        graph.close()
        raise
    return graph


def connect_async(url: str, *, timeout: float = TIMEOUT) -> AsyncRemoteGraph:
    """Return a running server as a graph to be awaited; arguments and errors as of :func:`connect`.

    It is first asked when it is entered: ``async with gbagraph.connect_async(url) as graph``.
    """
    return AsyncRemoteGraph(url, timeout)


class Identity(NamedTuple):
    """Which dataset the server had when it last answered."""

    version: str
    hash: str


class _Server:
    """The connections to a server, and what it last said of itself."""

    _client_class: ClassVar[str]

    def __init__(self, url: str, timeout: float) -> None:
        self.url: Final = url.rstrip("/").removesuffix("/sparql") + "/"
        self._timeout = timeout
        self._identity: Identity | None = None
        with translated_errors(self.url):
            make = getattr(_httpx(), self._client_class)
            self._client = make(base_url=self.url, timeout=timeout, follow_redirects=True)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.url}>"

    @property
    def version(self) -> str:
        """Version of the dataset that the last answer came from."""
        return self._known().version

    @property
    def hash(self) -> str:
        """Hash of the dataset that the last answer came from."""
        return self._known().hash

    def at(self, version: str) -> Self:
        """Return a version of its dataset; the first answer tells whether the server has it."""
        return type(self)(f"{self.url}versions/{quote(version, safe='')}", self._timeout)

    def _known(self) -> Identity:
        if self._identity is None:
            raise RequestError(
                "Which dataset the server has is known when it has answered: ask it first, or enter the "
                "graph by `async with`."
            )
        return self._identity

    def _arguments(self, question: Question[Any]) -> dict[str, Any]:
        """Return the request as httpx takes it; raises EngineUnavailable if the graph is closed."""
        if self._client.is_closed:
            raise EngineUnavailable(
                f"The graph at {self.url} is closed. Connect to it again.", state="closed"
            )
        return question.request().arguments

    def _read(self, question: Question[_T], response: httpx.Response) -> _T:
        self._identity = identity(response, self.url)
        return read(question, response)


class RemoteGraph(_Server, Queryable):
    """A server as a graph; made by :func:`connect`. Any thread may ask it, several at once."""

    _client_class = "Client"

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _ask(self, question: Question[_T]) -> _T | list[Any]:
        if question == _NOTHING:
            return []
        with translated_errors(self.url):
            response = self._client.request(**self._arguments(question))
        return self._read(question, response)


class AsyncRemoteGraph(_Server, AsyncQueryable):
    """A server as a graph; made by :func:`connect_async`, for one event loop.

    Its version is known once it is entered, or has answered.
    """

    _client_class = "AsyncClient"

    async def __aenter__(self) -> Self:
        try:
            await self.ask("ASK {}")
        except BaseException:
            await self.close()
            raise
        return self

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _ask(self, question: Question[_T]) -> _T | list[Any]:
        if question == _NOTHING:
            return []
        with translated_errors(self.url):
            response = await self._client.request(**self._arguments(question))
        return self._read(question, response)


_NOTHING: Final = Identify(())
"""A question that has its answer without a server."""


def _httpx() -> Any:  # noqa: ANN401  a module
    return needed("httpx", "gbagraph.connect()", "gbagraph[client]")


def identity(response: httpx.Response, base: str) -> Identity:
    """Return the dataset that a response is from.

    Raises:
        GbaGraphError: what stands before the server, or the server itself, says that it cannot answer.
        UnknownResource: no gbagraph answers there.
    """
    version = response.headers.get("dataset-version")
    if version is None and (response.is_server_error or response.status_code in _OF_PROXIES):
        raise _error(response, _media_type(response))
    if version is None:
        raise UnknownResource(
            f"What answers at {base} is no gbagraph: its responses do not name the version of a "
            "dataset. Give the address of its start page."
        )
    return Identity(version, response.headers.get("dataset-hash", ""))


def read(question: Question[_T], response: httpx.Response) -> _T:
    """Return what a response says.

    Raises:
        GbaGraphError: it is an error: of the same class, and with the same details, as the server's.
    """
    media_type = _media_type(response)
    if not response.is_success:
        raise _error(response, media_type)
    fields = (response.headers.get(name, "") for name in ("link", "proxy-status"))
    try:
        return question.read(response.content, media_type, sources.read(*fields))
    except _UNREADABLE as problem:
        raise EvaluationError(
            f"The server answered {media_type or 'without a media type'}, which cannot be read: "
            f"{problem!s:.{_SHOWN}}. Is it a proxy that answers in its place?"
        ) from None


def _media_type(response: httpx.Response) -> str:
    return str(response.headers.get("content-type", "")).partition(";")[0]


def _error(response: httpx.Response, media_type: str) -> GbaGraphError:
    problem = _problem(response) if media_type == "application/problem+json" else {}
    kind = classes().get(str(problem.get("type", "")).rpartition("/")[2])
    if kind is None:
        said = problem.get("detail") or response.text[:_SHOWN].strip()
        kind = RequestError if response.is_client_error else EvaluationError
        return kind(f"The server answered {response.status_code}: {said}")
    details = {name: value for name, value in problem.items() if name not in _OF_PROBLEM}
    return kind(str(problem.get("detail") or kind.title), **details)


def _problem(response: httpx.Response) -> dict[str, Any]:
    try:
        members = json.loads(response.content)
    except ValueError:
        return {}
    return members if isinstance(members, dict) else {}


@contextmanager
def translated_errors(base: str) -> Iterator[None]:
    """Translate what httpx raises while the server at *base* is asked."""
    httpx = _httpx()
    try:
        yield
    except httpx.ConnectError as problem:
        raise EngineUnavailable(
            f"No server can be reached at {base}: {problem}. Start one by `gbagraph serve`, or correct "
            "the address.",
            state="unreachable",
        ) from None
    except httpx.TimeoutException as problem:
        raise QueryTimeout(
            f"The server at {base} did not answer in time ({type(problem).__name__}). Make the query "
            "cheaper, or give connect() a longer timeout."
        ) from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.TooManyRedirects) as problem:
        raise RequestError(
            f"{base} is not the address of a server: {problem}. Give one such as http://127.0.0.1:8000."
        ) from None
    except httpx.TransportError as problem:
        raise EvaluationError(f"The answer of the server at {base} broke off: {problem}.") from None
