"""The span of a request, by OpenTelemetry's conventions for servers of HTTP (semantic conventions 1.43).

The query string is left out, as it is the query, and may hold what is nobody else's business.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections import Counter
from contextvars import ContextVar
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, Literal

from gbagraph import tracing
from gbagraph.endpoint.request import QUERY_METHODS, Request
from gbagraph.engine.jobs import Query
from gbagraph.paths import in_one_line
from gbagraph.sparql.tokens import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.endpoint.response import Response


def begin(request: Request) -> None:
    """Begin the span of *request*; what is done from now on in this task is part of it."""
    attributes: dict[str, tracing.Value] = {
        "http.request.method": _method(request),
        "url.scheme": request.forwarded.get("proto", request.scheme),
        "url.path": request.path,
        "network.protocol.version": request.http_version,
        "client.address": request.client,
        "gbagraph.request": request.id,
    }
    if agent := request.headers.get("user-agent"):
        attributes["user_agent.original"] = agent
    request.span = tracing.begin(
        _method(request), "server", attributes, since=request.begun, headers=request.headers
    )
    tracing.enter(request.span)


def end(request: Request, response: Response, ending: str) -> None:
    """End the span of *request* that was answered by *response*, or that the client left."""
    if request.span is None:  # it was answered from memory, or refused
        begin(request)
    attributes: dict[str, tracing.Value] = {
        "http.response.status_code": response.status,
        "http.response.body.size": response.sent,
        "gbagraph.origin": response.origin or "page",
        "gbagraph.ending": ending,
    }
    if request.route:
        attributes["http.route"] = request.route
    if isinstance(request.job, Query):
        attributes["gbagraph.query"] = fingerprint(request.job.text)
    # What the client did wrong is no fault of the server.
    error = response.problem if response.status >= 500 else ""
    error = error or ("truncated" if ending == "truncated" else "")
    name = f"{_method(request)} {request.route}".strip()
    tracing.end(request.span, attributes, error=error, name=name)


def _method(request: Request) -> str:
    return request.method if request.method in QUERY_METHODS else "_OTHER"


log = logging.getLogger("gbagraph.access")
slow_log = logging.getLogger("gbagraph.slow")

BUCKETS: Final = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1),
    *(0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
"""The upper bounds of the classes in which times are counted, in seconds; one more has no bound."""

Ending = Literal["whole", "truncated", "left"]
"""How a response ended: all of it was sent, its evaluation failed half-way or the server was stopped, or
the client left."""

KEPT: Final = "response-cache"
"""How a response was come by that had been kept whole."""

_KEPT_GET: Final = ("GET", 200)

GONE: Final = 499
"""The status that the log has for a client that left before there was an answer, as nginx writes it."""

_LONGEST_TEXT: Final = 300
_LONGEST_QUERY: Final = 2000

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being answered, for whatever is logged meanwhile."""


class AccessLog:
    """Counts requests, and *writes* a line about each; queries are logged from *slow* seconds on."""

    def __init__(self, *, writes: bool = False, slow: float = 0.0) -> None:
        self.writes, self._slow = writes, slow
        self.statuses: Counter[tuple[str, int]] = Counter()
        self.endings: Counter[Ending] = Counter()
        self.origins: Counter[str] = Counter()
        self.problems: Counter[str] = Counter()
        self.bytes = 0
        self.seconds = 0.0
        self._classes = [0] * (len(BUCKETS) + 1)

    def histogram(self) -> Iterator[tuple[float, int]]:
        """For each bound in seconds, how many requests took no longer; the last bound is infinite."""
        return zip((*BUCKETS, float("inf")), accumulate(self._classes), strict=True)

    def note(self, request: Request, response: Response, seconds: float, ending: Ending) -> None:
        """Note a request that was answered by *response*, or that the client left, after *seconds*."""
        method = request.method if request.method in QUERY_METHODS else "other"
        self.statuses[method, response.status] += 1
        self.bytes += response.sent
        self.seconds += seconds
        self._classes[bisect_left(BUCKETS, seconds)] += 1
        if tracing.State.provider is not None:
            end(request, response, ending)
        self.endings[ending] += 1
        self.origins[response.origin or "page"] += 1
        if response.problem:
            self.problems[response.problem] += 1
        if self.writes:
            self._write(request, response, seconds, ending)
        if self._slow and seconds >= self._slow and isinstance(request.job, Query):
            self._tell(request, request.job.text, seconds, response.problem or ending)

    def count_kept(self, size: int) -> None:
        """Count a GET that was answered by a response that had been kept, if nothing is written."""
        self.statuses[_KEPT_GET] += 1
        self.bytes += size
        self._classes[0] += 1
        self.endings["whole"] += 1
        self.origins[KEPT] += 1

    def _write(self, request: Request, response: Response, seconds: float, ending: Ending) -> None:
        query = request.query_string.decode("latin-1")
        target = f"{request.path}?{query}" if query else request.path
        details: dict[str, Any] = {
            "id": request.id,
            "client": request.client,
            "method": request.method,
            "target": target,
            "status": response.status,
            "bytes": response.sent,
            "ms": round(seconds * 1000, 2),
            "origin": response.origin or "page",
            "ending": ending,
        }
        if response.problem:
            details["problem"] = response.problem
        if request.span is not None:
            details["trace"] = tracing.trace_id(request.span)
        if isinstance(request.job, Query):
            details["query"] = fingerprint(request.job.text)
        if response.result is not None and response.result.rows is not None:
            details["rows"] = response.result.rows
        if response.timing is not None:
            parts = response.timing._asdict()
            details |= {f"{name}_ms": round(part * 1000, 2) for name, part in parts.items()}
        if agent := request.headers.get("user-agent"):
            details["agent"] = agent
        line = {
            name: in_one_line(value, _LONGEST_TEXT) if isinstance(value, str) else value
            for name, value in details.items()
        }
        log.info("%s %s", line["method"], line["target"], extra={"told": line})

    def _tell(self, request: Request, query: str, seconds: float, how: str) -> None:
        fields = {"id": request.id, "client": in_one_line(request.client, _LONGEST_TEXT)}
        measured = {"query": fingerprint(query), "ms": round(seconds * 1000, 2), "ending": how}
        shown = in_one_line(" ".join(query.split()), _LONGEST_QUERY)
        extra = {"told": fields | measured}
        slow_log.warning("slow query: %.1f seconds, %s: %s", seconds, how, shown, extra=extra)


def own_fields(request: Request, response: Response) -> list[tuple[str, str]]:
    """The header fields that are of this request alone: its id, its times, what its client may ask."""
    fields = [("x-request-id", request.id)]
    if request.allowance is not None:
        fields += request.allowance.fields()
    timing = response.timing
    if timing is not None and response.origin == "evaluated":
        queued, evaluated, processor = timing
        spent = f"queue;dur={queued * 1000:.2f}, eval;dur={evaluated * 1000:.2f}"
        cpu = f", cpu;dur={processor * 1000:.2f}" if processor else ""
        fields.append(("server-timing", spent + cpu))
    elif response.origin:
        fields.append(("server-timing", f"cache;desc={response.origin}"))
    return fields
