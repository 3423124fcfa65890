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
├── DatasetError                  500  a file of the dataset cannot be loaded
├── QueryFileError                500  a file of a canned query has a fault
├── SettingError                  500  a setting is unknown, or has a wrong value
└── AddressError                  500  the server cannot listen on its address
"""

from __future__ import annotations

import errno
import os
from functools import cache
from typing import Any, ClassVar, Final


class GbaGraphError(Exception):
    """An error that this package explains.

    The message is one or more whole sentences: what is wrong, where, and how to correct it. *details*
    are further members of the problem details document (RFC 9457, section 3.2).
    """

    status: ClassVar[int] = 500
    name: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "The server failed"
    headers: ClassVar[dict[str, str]] = {}

    def __init__(self, message: str, /, **details: Any) -> None:  # noqa: ANN401  JSON values
        super().__init__(message)
        self.message = message
        self.details = details


class RequestError(GbaGraphError):
    """The client can correct it."""

    status = 400
    name = "bad-request"
    title = "The request cannot be answered"


class MalformedRequest(RequestError):
    """The request violates the SPARQL 1.1 Protocol (section 2.1)."""

    name = "malformed-request"
    title = "Not a SPARQL Protocol request"


class QuerySyntaxError(RequestError):
    """The query is not valid SPARQL.

    Details: ``line`` and ``column`` (from 1) where the parser stopped, and ``excerpt``, that line of the
    query with a pointer below it.
    """

    name = "query-syntax"
    title = "Not a SPARQL query"


class QueryTooDeep(RequestError):
    """The query has more levels of nesting, or more parts, than the SPARQL engine can handle.

    Details: ``levels``.
    """

    name = "query-too-deep"
    title = "The query is nested too deeply"


class UnsupportedFunction(RequestError):
    """The query calls a function whose IRI is not known here (SPARQL 1.1, section 17.6)."""

    name = "unsupported-function"
    title = "There is no such function"


class ServiceNotAllowed(RequestError):
    """The query calls an endpoint with SERVICE that this server does not call.

    Details: ``line`` and ``column`` (from 1), ``endpoint``, and ``allowed``, the IRIs of those that it
    calls.
    """

    status = 403
    name = "service-not-allowed"
    title = "This server does not call that endpoint"


class UnsupportedService(RequestError):
    """The query calls another endpoint in a way that is not supported. Details: ``line``, ``column``."""

    name = "service-unsupported"
    title = "This call of another endpoint is not supported"


class BadParameter(RequestError):
    """A parameter is missing, unknown, or not of its type."""

    status = 422
    name = "bad-parameter"
    title = "A parameter is missing or wrong"


class UnknownResource(RequestError):
    """There is nothing at this address."""

    status = 404
    name = "not-found"
    title = "Nothing is here"


class UnknownTriple(UnknownResource):
    """The dataset does not hold this triple, and it does not follow.

    Details: ``near``, triples that it does hold: the same with another object, property or direction.
    """

    name = "unknown-triple"
    title = "The graph does not say this"


class MethodNotAllowed(RequestError):
    """The resource does not allow this HTTP method. Details: ``allow``."""

    status = 405
    name = "method-not-allowed"
    title = "This method is not offered"


class NotAcceptable(RequestError):
    """No offered media type is acceptable to the client. Details: ``available``."""

    status = 406
    name = "not-acceptable"
    title = "No acceptable format"


class RequestTooSlow(RequestError):
    """The head or the body of the request did not arrive in time. Details: ``limit`` in seconds."""

    status = 408
    name = "request-too-slow"
    title = "The request did not arrive in time"


class RequestTooLarge(RequestError):
    """The request body, or a batch in it, is over the limit. Details: ``limit``, of a body in bytes."""

    status = 413
    name = "request-too-large"
    title = "The request is too large"


class UriTooLong(RequestError):
    """The query string is over the limit. Details: ``limit`` in bytes."""

    status = 414
    name = "uri-too-long"
    title = "The address is too long"


class UnsupportedMediaType(RequestError):
    """The Content-Type of the request body is not one of the SPARQL Protocol."""

    status = 415
    name = "unsupported-media-type"
    title = "The body has the wrong media type"


class RateExceeded(RequestError):
    """The client sends more requests than it may (RFC 6585, section 4).

    Details: ``limit`` in words, and ``retry_after`` in seconds, as the field ``Retry-After`` has it.
    """

    status = 429
    name = "rate-exceeded"
    title = "Too many requests"


class HeadersTooLarge(RequestError):
    """The header fields are over the limit (RFC 6585, section 5). Details: ``limit`` in bytes."""

    status = 431
    name = "headers-too-large"
    title = "The header fields are too large"


class EvaluationError(GbaGraphError):
    """The query is well-formed, but its evaluation failed."""

    name = "evaluation-failed"
    title = "The query could not be evaluated"


class EngineCrash(EvaluationError):
    """The query crashed the process that evaluated it."""

    name = "engine-crash"
    title = "The query engine stopped on this query"


class QueryTimeout(EvaluationError):
    """The query reached its time limit.

    Details: ``limit`` in seconds, ``written`` in bytes of the answer, and what the query used:
    ``processor_seconds`` and ``memory_megabytes``.
    """

    status = 504
    name = "query-timeout"
    title = "The query took too long"


class QueryStopped(EvaluationError):
    """The operator of the server stopped the query."""

    status = 503
    name = "query-stopped"
    title = "The query was stopped"


class MemoryExceeded(EvaluationError):
    """The query needed more memory than it may use."""

    name = "memory-exceeded"
    title = "The query needs too much memory"


class ResultTooLarge(EvaluationError):
    """The result is larger than the server sends. Details: ``limit`` in bytes."""

    name = "result-too-large"
    title = "The result is too large"


class ServerBusy(EvaluationError):
    """No slot to evaluate the query became free in time, or the queries of its kind use them all."""

    status = 503
    name = "server-busy"
    title = "The server is busy"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "5"}


class ServerStopping(EvaluationError):
    """The server is being stopped, and the request took longer than those under way are given."""

    status = 503
    name = "server-stopping"
    title = "The server is being stopped"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "1"}


class EngineUnavailable(EvaluationError):
    """The process that evaluates queries is being restarted. Details: its ``state``."""

    status = 503
    name = "engine-unavailable"
    title = "Queries cannot be evaluated right now"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "1"}


class EngineFailed(EvaluationError):
    """The engine that holds the data gave no answer that can be used. Details: ``engine``."""

    status = 502
    name = "engine-failed"
    title = "The engine behind this server gave no answer"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "1"}


class EngineUnsupported(EvaluationError):
    """Data that a server holds itself can be asked that, but not an engine that holds them elsewhere."""

    status = 501
    name = "engine-unsupported"
    title = "The engine behind this server cannot be asked that"


class ServiceFailed(EvaluationError):
    """An endpoint that the query calls gave no answer that can be used. Details: ``endpoint``."""

    status = 502
    name = "service-failed"
    title = "Another endpoint gave no answer"


class ServiceTimeout(ServiceFailed):
    """An endpoint that the query calls gave no answer in time. Details: ``endpoint``, ``limit``."""

    status = 504
    name = "service-timeout"
    title = "Another endpoint took too long"


class ServiceLoop(EvaluationError):
    """The query came, by way of other endpoints, from this server, and would call on from here."""

    status = 508
    name = "service-loop"
    title = "The query goes round in a circle"


class DatasetError(GbaGraphError):
    """A file of the dataset is missing, of an unknown format, or does not parse."""

    name = "dataset"
    title = "The dataset cannot be loaded"


class SettingError(GbaGraphError):
    """A setting is unknown, or has a wrong value. Details: ``setting``, or the unreadable ``file``."""

    name = "setting"
    title = "A setting is wrong"


class AddressError(GbaGraphError):
    """The server cannot listen on its address: another program does, or there is no such address."""

    name = "address"
    title = "The address cannot be used"


class QueryFileError(GbaGraphError):
    """The file of a canned query has a fault.

    Details: ``file``, and ``line`` (0 where it is not known); of several, ``faults`` with each.
    """

    name = "query-file"
    title = "A file of a canned query has a fault"


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
    """All error classes by name, to explain the type of a problem and to rebuild an error."""
    by_name: dict[str, type[GbaGraphError]] = {}
    todo: list[type[GbaGraphError]] = [GbaGraphError]
    while todo:
        error = todo.pop()
        by_name[error.name] = error
        todo.extend(error.__subclasses__())
    return by_name
