"""The span of a request, by OpenTelemetry's conventions for servers of HTTP (semantic conventions 1.43).

The query string is left out, as it is the query, and may hold what is nobody else's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gbagraph import tracing
from gbagraph.endpoint.request import QUERY_METHODS
from gbagraph.engine import Query
from gbagraph.sparql.tokens import fingerprint

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response


def begin(request: Request) -> None:
    """Begin the span of *request*; what is done from now on in this task is part of it."""
    if not tracing.is_on():
        return
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
    if not tracing.is_on():
        return
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
