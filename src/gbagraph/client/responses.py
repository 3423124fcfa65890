"""Responses as results or as errors: the same errors as a graph in this process raises."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import httpx

from gbagraph.answers import sources
from gbagraph.errors import (
    EngineUnavailable,
    EvaluationError,
    GbaGraphError,
    QueryTimeout,
    RequestError,
    UnknownResource,
    classes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.client.calls import Call

_Found = TypeVar("_Found")

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


class Identity(NamedTuple):
    """Which dataset the server had when it last answered."""

    version: str
    hash: str


def identity(response: httpx.Response, base: str) -> Identity:
    """The dataset that a response is from.

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


def read(call: Call[_Found], response: httpx.Response) -> _Found:
    """What a response says.

    Raises:
        GbaGraphError: it is an error: of the same class, and with the same details, as the server's.
    """
    media_type = _media_type(response)
    if not response.is_success:
        raise _error(response, media_type)
    told = (response.headers.get(name, "") for name in ("link", "proxy-status"))
    try:
        return call.read(response.content, media_type, sources.read(*told))
    except _UNREADABLE as problem:
        raise EvaluationError(
            f"The server answered {media_type or 'without a media type'}, which cannot be read: "
            f"{problem!s:.{_SHOWN}}. Is it a proxy that answers in its place?"
        ) from None


def _media_type(response: httpx.Response) -> str:
    found: str = response.headers.get("content-type", "")
    return found.partition(";")[0]


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
        found = json.loads(response.content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@contextmanager
def translated_errors(base: str) -> Iterator[None]:
    """Translate what httpx raises while the server at *base* is asked."""
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
