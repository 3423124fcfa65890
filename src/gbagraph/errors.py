"""The error tree: each failure has a class, an HTTP status and a stable name.

GbaGraphError                     500
├── RequestError                  400  the client can correct it
│   ├── MalformedRequest          400  violates the SPARQL Protocol
│   ├── QuerySyntaxError          400  not a SPARQL query
│   ├── QueryTooDeep              400  nested more deeply, or longer, than the SPARQL engine can handle
│   ├── UnsupportedFunction       400  a function that does not exist here
│   ├── ServiceNotAllowed         403  the query calls an endpoint (SERVICE) that is not allowed
│   ├── UnsupportedService        400  a call of another endpoint that cannot be made
│   ├── BadParameter              422  a parameter is missing or has the wrong type
│   ├── UnknownResource           404
│   │   └── UnknownTriple         404  the dataset does not say this, and it does not follow
│   ├── MethodNotAllowed          405
│   ├── VersionGone               410  the version of the dataset is no longer here
│   ├── NotAcceptable             406  no offered format is acceptable
│   ├── RequestTooSlow            408  the request did not arrive in time
│   ├── RequestTooLarge           413
│   ├── UriTooLong                414
│   ├── UnsupportedMediaType      415
│   ├── RateExceeded              429  the client sends more requests than it may
│   └── HeadersTooLarge           431
├── EvaluationError               500  the engine failed
│   ├── EngineCrash               500  the query crashed its process
│   ├── QueryTimeout              504
│   ├── QueryStopped              503  the operator of the server stopped the query
│   ├── MemoryExceeded            500  the query needs more memory than it may use
│   ├── ResultTooLarge            500  the result is larger than the server sends
│   ├── ServerBusy                503
│   ├── EngineUnavailable         503  the engine is being restarted
│   ├── EngineFailed              502  the engine that holds the data gave no answer that can be used
│   ├── EngineUnsupported         501  the engine that holds the data cannot be asked that
│   ├── ServiceFailed             502  an endpoint that the query calls gave no answer that can be used
│   │   └── ServiceTimeout        504  it gave none in time
│   └── ServiceLoop               508  the query came from this server itself, and calls on
├── StorageFull                   507  there is no room for what is to be kept
├── DatasetError                  500  a file of the dataset cannot be loaded
│   └── LoadFailed                500  nothing is wrong with the files: the system or the engine failed
├── QueryFileError                500  a file of a canned query has a fault
├── SettingError                  500  a setting is unknown, or has a wrong value
└── AddressError                  500  the server cannot listen on its address
"""

from __future__ import annotations

import errno
import os
from functools import cache
from typing import Any, ClassVar, Final

_CONTROLS: Final = {
    code: ascii(chr(code))[1:-1]
    for first, end in ((0, 9), (11, 13), (14, 32), (127, 160), (0x202A, 0x202F), (0x2066, 0x206A))
    for code in range(first, end)
}
"""Controls of terminals, and of the direction of text (Unicode Standard Annex 9, section 2)."""


def visible(text: str) -> str:
    """Return *text*, which may quote others, with an escape for what would control how it is shown."""
    return text.translate(_CONTROLS)


class GbaGraphError(Exception):
    """An error that this package explains.

    The message is one or more whole sentences: what is wrong, where, and how to correct it. *details*
    are further members of the problem details document (RFC 9457, section 3.2). *reason* is what is
    wrong without where, if that can be told in other languages. ``exit_code`` is that of a command: 2 if
    what it was given has to be corrected, 3 if it could not be done.
    """

    status: ClassVar[int] = 500
    name: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "The server failed"
    headers: ClassVar[dict[str, str]] = {}
    exit_code: ClassVar[int] = 3

    def __init_subclass__(
        cls,
        *,
        name: str = "",
        title: str = "",
        status: int = 0,
        headers: dict[str, str] | None = None,
        exit_code: int = 0,
    ) -> None:
        """Take from the head of a class what differs from its base."""
        super().__init_subclass__()
        cls.name, cls.title = name or cls.name, title or cls.title
        cls.status, cls.headers = status or cls.status, headers or cls.headers
        cls.exit_code = exit_code or cls.exit_code

    def __init__(self, message: str, /, *, reason: Any = None, **details: Any) -> None:  # noqa: ANN401  JSON values
        self.message = visible(message)
        super().__init__(self.message)
        self.details = details
        self.reason = reason


class RequestError(
    GbaGraphError,
    name="bad-request",
    title="The request cannot be answered",
    status=400,
    exit_code=2,
):
    """The client can correct it."""


class MalformedRequest(
    RequestError, name="malformed-request", title="Not a SPARQL Protocol request"
):
    """The request violates the SPARQL 1.1 Protocol (section 2.1)."""


class QuerySyntaxError(RequestError, name="query-syntax", title="Not a SPARQL query"):
    """The query is not valid SPARQL.

    Details: ``line`` and ``column`` (from 1) where the parser stopped, and ``excerpt``, that line of the
    query with a pointer below it.
    """


class QueryTooDeep(RequestError, name="query-too-deep", title="The query is nested too deeply"):
    """The query has more levels of nesting, or more parts, than the SPARQL engine can handle.

    Details: ``levels``.
    """


class UnsupportedFunction(
    RequestError, name="unsupported-function", title="There is no such function"
):
    """The query calls a function whose IRI is not known here (SPARQL 1.1, section 17.6)."""


class ServiceNotAllowed(
    RequestError,
    name="service-not-allowed",
    title="This server does not call that endpoint",
    status=403,
):
    """The query calls an endpoint with SERVICE that this server does not call.

    Details: ``line`` and ``column`` (from 1), ``endpoint``, and ``allowed``, the IRIs of those that it
    calls.
    """


class UnsupportedService(
    RequestError, name="service-unsupported", title="This call of another endpoint is not supported"
):
    """The query calls another endpoint in a way that is not supported. Details: ``line``, ``column``."""


class BadParameter(
    RequestError, name="bad-parameter", title="A parameter is missing or wrong", status=422
):
    """A parameter is missing, unknown, or not of its type."""


class UnknownResource(RequestError, name="not-found", title="Nothing is here", status=404):
    """There is nothing at this address."""


class UnknownTriple(
    UnknownResource, name="unknown-triple", title="The graph does not say this", exit_code=1
):
    """The dataset does not hold this triple, and it does not follow.

    Details: ``near``, triples that it does hold: the same with another object, property or direction.
    """


class MethodNotAllowed(
    RequestError, name="method-not-allowed", title="This method is not offered", status=405
):
    """The resource does not allow this HTTP method. Details: ``allow``."""


class NotAcceptable(RequestError, name="not-acceptable", title="No acceptable format", status=406):
    """No offered media type is acceptable to the client. Details: ``available``."""


class RequestTooSlow(
    RequestError, name="request-too-slow", title="The request did not arrive in time", status=408
):
    """The head or the body of the request did not arrive in time. Details: ``limit`` in seconds."""


class RequestTooLarge(
    RequestError, name="request-too-large", title="The request is too large", status=413
):
    """The request body, or a batch in it, is over the limit. Details: ``limit``, of a body in bytes."""


class UriTooLong(RequestError, name="uri-too-long", title="The address is too long", status=414):
    """The query string is over the limit. Details: ``limit`` in bytes."""


class UnsupportedMediaType(
    RequestError,
    name="unsupported-media-type",
    title="The body has the wrong media type",
    status=415,
):
    """The Content-Type of the request body is not one of the SPARQL Protocol."""


class VersionGone(RequestError, name="version-gone", title="That version is not here", status=410):
    """The version of the dataset is no longer here. Details: ``version``, and ``versions``."""


class StorageFull(
    GbaGraphError, name="storage-full", title="There is no room to keep this", status=507
):
    """What the server was to keep needs more room than there is (RFC 4918, section 11.5)."""


class RateExceeded(
    RequestError, name="rate-exceeded", title="Too many requests", status=429, exit_code=3
):
    """The client sends more requests than it may (RFC 6585, section 4).

    Details: ``limit`` in words, and ``retry_after`` in seconds, as the field ``Retry-After`` has it.
    """


class HeadersTooLarge(
    RequestError, name="headers-too-large", title="The header fields are too large", status=431
):
    """The header fields are over the limit (RFC 6585, section 5). Details: ``limit`` in bytes."""


class EvaluationError(
    GbaGraphError, name="evaluation-failed", title="The query could not be evaluated"
):
    """The query is well-formed, but its evaluation failed."""


class EngineCrash(
    EvaluationError, name="engine-crash", title="The query engine stopped on this query"
):
    """The query crashed the process that evaluated it."""


class QueryTimeout(
    EvaluationError, name="query-timeout", title="The query took too long", status=504
):
    """The query reached its time limit.

    Details: ``limit`` in seconds, ``written`` in bytes of the answer, and what the query used:
    ``processor_seconds`` and ``memory_megabytes``.
    """


class QueryStopped(
    EvaluationError, name="query-stopped", title="The query was stopped", status=503
):
    """The operator of the server stopped the query."""


class MemoryExceeded(
    EvaluationError, name="memory-exceeded", title="The query needs too much memory"
):
    """The query needed more memory than it may use."""


class ResultTooLarge(EvaluationError, name="result-too-large", title="The result is too large"):
    """The result is larger than the server sends. Details: ``limit`` in bytes."""


class ServerBusy(EvaluationError, name="server-busy", title="The server is busy", status=503):
    """The query waited for its turn until its time limit, or too many wait already.

    Details: ``retry_after`` in seconds, as the field ``Retry-After`` has it.
    """

    def __init__(self, message: str, /, *, retry_after: int = 5, **details: Any) -> None:  # noqa: ANN401
        super().__init__(message, retry_after=retry_after, **details)


class ServerStopping(
    EvaluationError,
    name="server-stopping",
    title="The server is being stopped",
    status=503,
    headers={"Retry-After": "1"},
):
    """The server is being stopped, and the request took longer than those under way are given."""


class EngineUnavailable(
    EvaluationError,
    name="engine-unavailable",
    title="Queries cannot be evaluated right now",
    status=503,
    headers={"Retry-After": "1"},
):
    """The process that evaluates queries is being restarted. Details: its ``state``."""


class EngineFailed(
    EvaluationError,
    name="engine-failed",
    title="The engine behind this server gave no answer",
    status=502,
    headers={"Retry-After": "1"},
):
    """The engine that holds the data gave no answer that can be used. Details: ``engine``."""


class EngineUnsupported(
    EvaluationError,
    name="engine-unsupported",
    title="The engine behind this server cannot be asked that",
    status=501,
):
    """Only a server that holds its own data can answer that, not an external engine."""


class ServiceFailed(
    EvaluationError, name="service-failed", title="Another endpoint gave no answer", status=502
):
    """An endpoint that the query calls gave no answer that can be used. Details: ``endpoint``.

    If it is left alone for a while, also ``retry_after`` in seconds, as ``Retry-After`` has it.
    """


class ServiceTimeout(
    ServiceFailed, name="service-timeout", title="Another endpoint took too long", status=504
):
    """An endpoint that the query calls gave no answer in time. Details: ``endpoint``, ``limit``."""


class ServiceLoop(
    EvaluationError, name="service-loop", title="The query goes round in a circle", status=508
):
    """The query came, by way of other endpoints, from this server, and would call on from here."""


class DatasetError(
    GbaGraphError, name="dataset", title="The dataset cannot be loaded", exit_code=2
):
    """A file of the dataset is missing, of an unknown format, or does not parse."""


class LoadFailed(
    DatasetError, name="load-failed", title="The dataset could not be loaded", exit_code=3
):
    """The dataset may be fine, but the system, or the engine that holds it, failed."""


class SettingError(GbaGraphError, name="setting", title="A setting is wrong", exit_code=2):
    """A setting is unknown, or has a wrong value. Details: ``setting``, or the unreadable ``file``."""


class AddressError(GbaGraphError, name="address", title="The address cannot be used"):
    """The server cannot listen on its address: another program does, or there is no such address."""


class QueryFileError(
    GbaGraphError, name="query-file", title="A file of a canned query has a fault", exit_code=2
):
    """The file of a canned query has a fault.

    Details: ``file``, and ``line`` (0 where it is not known); of several, ``faults`` with each.
    """


_SCARCE: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM})


def scarcity(problem: BaseException) -> str:
    """Return what to say where the system gives no more of something; empty if *problem* is another."""
    lacking = ""
    if isinstance(problem, MemoryError):
        lacking = os.strerror(errno.ENOMEM)
    elif isinstance(problem, OSError) and problem.errno in _SCARCE:
        lacking = os.strerror(problem.errno)
    elif isinstance(problem, RuntimeError) and "new thread" in str(problem):
        lacking = "no further thread"
    return lacking and (
        f"The system does not give what is needed: {lacking}. See the limits that it sets: ulimit -a, "
        "and gbagraph doctor."
    )


@cache
def classes() -> dict[str, type[GbaGraphError]]:
    """Return all error classes by name, to explain the type of a problem and to rebuild an error."""
    by_name: dict[str, type[GbaGraphError]] = {}
    todo: list[type[GbaGraphError]] = [GbaGraphError]
    while todo:
        error = todo.pop()
        by_name[error.name] = error
        todo.extend(error.__subclasses__())
    return by_name
