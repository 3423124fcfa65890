"""Tools over HTTP (MCP, Streamable HTTP): an application that the server serves as it does its pages.

Each POST is answered by itself, in JSON, or as events once there is progress to tell. So there are no
sessions and no streams that wait (GET is not offered), and all limits of the server hold.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult, urlsplit

import anyio
import msgspec
from mcp import MCPError
from mcp.server.connection import Connection
from mcp.server.runner import serve_one
from mcp.shared.exceptions import NoBackChannelError
from mcp.shared.inbound import InboundLadderRejection, classify_inbound_request
from mcp.shared.jsonrpc_dispatcher import progress_token_from_params
from mcp.shared.message import ServerMessageMetadata
from mcp.shared.transport_context import TransportContext
from mcp.types import INTERNAL_ERROR, INVALID_REQUEST, PARSE_ERROR
from mcp_types.version import (
    HANDSHAKE_PROTOCOL_VERSIONS,
    KNOWN_PROTOCOL_VERSIONS,
)

from gbagraph.endpoint.responder import READ_METHODS, Responder, Route, Routes
from gbagraph.endpoint.response import BodyStream, Response
from gbagraph.errors import (
    GbaGraphError,
    NotAcceptable,
    RequestError,
    UnknownResource,
    UnsupportedMediaType,
)
from gbagraph.feature import present
from gbagraph.features.assistants import ToolSettings
from gbagraph.features.assistants.messages import NO_JSON, fault, id_of
from gbagraph.features.assistants.tool_server import server
from gbagraph.rdf.formats import JSON, Format
from gbagraph.sparql import negotiation
from gbagraph.web import app
from gbagraph.web.context import content

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from mcp.server.lowlevel import Server
    from mcp.shared.dispatcher import CallOptions

    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.responder import Handler
    from gbagraph.endpoint.result_cache import ResultCache
    from gbagraph.settings import Settings
    from gbagraph.web.context import Context

PATH: Final = "/mcp"
"""Where the tools are."""
_DEFAULT_VERSION: Final = "2025-03-26"
"""The version that a client speaks that does not say (MCP 2025-11-25, Protocol Version Header)."""
_EVENTS: Final = Format("text/event-stream", "events", "events")


class HostNotAllowed(RequestError, name="host-not-allowed", title="Another host", status=421):
    """The request names a host that this server is not (RFC 9110, section 7.4)."""


class OriginNotAllowed(RequestError, name="origin-not-allowed", title="Another origin", status=403):
    """A page of another origin has sent the request (MCP, Streamable HTTP, Security Warning)."""


class Unauthorized(
    RequestError,
    name="unauthorized",
    title="A token is needed",
    status=401,
    headers={"WWW-Authenticate": "Bearer"},
):
    """The request has no token, or another one (RFC 6750, section 3)."""


class _NoMessage(RequestError, name="no-message", title="Not a message of the protocol"):
    """The body is no message of the protocol. Details: ``code`` and ``id`` of the error."""


class Application(app.Application):
    """The tools at ``/mcp``, and the health and the metrics of the server."""

    def _responder(self, context: Context) -> Responder:
        of_tools = context.settings.of(ToolSettings)
        guard = _Guard(context.settings, of_tools)
        loaded: asyncio.Future[ResultCache] = asyncio.get_running_loop().create_future()
        loaded.set_result(context.cache)
        served = server(loaded, [each.iri for each in context.engine.services])
        routes = [
            Route(PATH, lambda: partial(_answer, served), ("POST", "OPTIONS")),
            *_of_operations(context, guard),
        ]
        log, limiter = context.access_log, context.limiter
        return _Responder(context.cache, Routes(routes), _render, log, limiter, guard=guard)


def _of_operations(context: Context, guard: _Guard) -> list[Route]:
    """Return the addresses for the operator: health is open to all, figures are guarded."""
    owner = present().get("operations")
    if owner is None:
        return []

    def find(code: str) -> Handler:
        handler = owner.load(code)

        async def handle(request: Request) -> Response:
            guard.check(request)
            answer: Response = await handler(context, request)
            return answer

        return handle if "metrics" in code else partial(handler, context)

    return [
        Route(view.path, partial(find, view.code), READ_METHODS, view.is_free)
        for view in owner.routes
    ]


class _Guard:
    """Who may ask: by the host and the origin that a request names, and by its token."""

    def __init__(self, settings: Settings, of_tools: ToolSettings) -> None:
        own = f"//{settings.host}", settings.public_url
        names = {_parts(each).hostname for each in own} - {None, "0.0.0.0"}  # noqa: S104
        self._hosts = names | {
            "localhost",
            "127.0.0.1",
            "::1",
            *map(str.lower, of_tools.allowed_host),
        }
        allowed = filter(None, (*of_tools.allowed_origin, settings.public_url))
        self._origins = set(map(_origin, allowed))
        self._token = of_tools.token.encode()

    def check(self, request: Request) -> None:
        """Let *request* pass.

        Raises:
            HostNotAllowed, OriginNotAllowed: it names another host, or comes from a page elsewhere.
            Unauthorized: it has not the token that is asked for.
        """
        host = request.forwarded.get("host") or request.headers.get("host", "")
        named = _parts(f"//{host}").hostname
        if named not in self._hosts and (not request.local or named != request.local[0]):
            raise HostNotAllowed(
                f"This server is not known as {named}. Who runs it can allow that name: "
                f"--allowed-host {named}."
            )
        origin = request.headers.get("origin", "")
        if origin and _origin(origin)[1] != host.lower() and _origin(origin) not in self._origins:
            raise OriginNotAllowed(
                f"Pages of {origin} may not ask this server. Who runs it can allow them: "
                f"--allowed-origin {origin}."
            )
        self._check_token(request.headers.get("authorization", ""))

    def _check_token(self, authorization: str) -> None:
        scheme, _, token = authorization.partition(" ")
        is_right = hmac.compare_digest(token.strip().encode(), self._token)
        if self._token and not (is_right and scheme.lower() == "bearer"):
            raise Unauthorized(
                "This server wants a token: send the field Authorization with Bearer and the token that "
                "you have from who runs it."
            )


def _origin(address: str) -> tuple[str, str]:
    parts = _parts(address)
    return parts.scheme, parts.netloc


def _parts(address: str) -> SplitResult:
    with suppress(ValueError):
        return urlsplit(address.lower())
    return urlsplit("")


class _Responder(Responder):
    """A responder behind a *guard*, which it asks before a body is read."""

    def __init__(self, *parts: Any, guard: _Guard) -> None:  # noqa: ANN401  what a responder has
        super().__init__(*parts)
        self._guard = guard

    def admit(self, request: Request) -> None:
        """Count *request*, and let it pass; raises RequestError."""
        super().admit(request)
        if request.path == PATH and request.method == "POST":
            self._guard.check(request)


def _render(problem: GbaGraphError, _: Request) -> Response:
    """Return the answer that tells a *problem*: an error of JSON-RPC."""
    message = problem.message
    if isinstance(problem, UnknownResource):
        message = f"There is nothing at this address. The tools are at {PATH}."
    details = dict(problem.details)
    usual = INVALID_REQUEST if isinstance(problem, RequestError) else INTERNAL_ERROR
    code, asked = details.pop("code", usual), details.pop("id", None)
    error = {"code": code, "message": message, "data": {"error": problem.name, **details}}
    body = json.dumps({"jsonrpc": "2.0", "id": asked, "error": error})
    return content(body, JSON.media_type, problem.status)


async def _answer(served: Server[Any], request: Request) -> Response:
    """Answer one message; a notification needs no answer, as no other request is known here."""
    message = _message(request)
    if "id" not in message:
        return Response(202)
    exchange = _Exchange(request, message)
    connection = _connection(exchange, message)
    work = asyncio.create_task(exchange.answer(served, connection))
    try:
        first, is_last = await exchange.said.get()
    except asyncio.CancelledError:
        work.cancel()
        raise
    response = content(first, JSON.media_type)
    response.add("cache-control", "no-store")
    response.problem = exchange.problem
    if not is_last:
        response = content("", _EVENTS.media_type)
        response.stream = BodyStream(_events(first, exchange, response), partial(_cancel, work))
    return response


def _message(request: Request) -> dict[str, Any]:
    """Return the message in the body.

    Raises:
        RequestError: it is none, or the request says that it is, or may be, something else.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON.media_type:
        raise UnsupportedMediaType("A message is sent with the Content-Type application/json.")
    if negotiation.preferred(request.accept, (JSON,)) is None:
        raise NotAcceptable(
            "Answers are application/json, or text/event-stream while there is progress to tell. Send "
            "Accept: application/json, text/event-stream.",
            available=[JSON.media_type, _EVENTS.media_type],
        )
    try:
        decoded = msgspec.json.decode(request.body)
    except (ValueError, RecursionError):
        raise _NoMessage(NO_JSON, code=PARSE_ERROR) from None
    if said := fault(decoded):
        raise _NoMessage(said, id=id_of(decoded))
    version = request.headers.get("mcp-protocol-version", _DEFAULT_VERSION)
    if version not in KNOWN_PROTOCOL_VERSIONS:
        known = ", ".join(KNOWN_PROTOCOL_VERSIONS)
        raise _NoMessage(
            f"This server does not speak version {version!r} of the protocol. It speaks {known}.",
            id=id_of(decoded),
        )
    message: dict[str, Any] = decoded
    return message


def _connection(exchange: _Exchange, message: dict[str, Any]) -> Connection:
    """Return what the SDK knows of the client; since 2026-07-28 each request says it of itself."""
    headers = exchange.request.headers
    version = headers.get("mcp-protocol-version", _DEFAULT_VERSION)
    if version in HANDSHAKE_PROTOCOL_VERSIONS:
        return Connection.from_envelope(version, None, None)
    route = classify_inbound_request(message, headers=headers)
    if isinstance(route, InboundLadderRejection):
        raise _NoMessage(f"{route.message}.", code=route.code, id=exchange.request_id)
    return Connection.from_envelope(
        route.protocol_version, route.client_info, route.client_capabilities
    )


class _Exchange:
    """One request and its answer, as the SDK wants it (``DispatchContext``).

    What is *said* are texts with whether they are the last: first what there is to tell meanwhile, as
    events, then the answer. *problem* is the name of what went wrong.
    """

    can_send_request = False

    def __init__(self, request: Request, message: dict[str, Any]) -> None:
        self.request, self._message = request, message
        self.request_id: str | int | None = id_of(message)
        self.transport = TransportContext(kind="streamable-http", can_send_request=False)
        self.message_metadata = ServerMessageMetadata(request_context=self)
        self.cancel_requested = anyio.Event()
        self.said: asyncio.Queue[tuple[str, bool]] = asyncio.Queue()
        self.problem = ""
        reads = negotiation.preferred(request.accept, (_EVENTS,)) is not None
        self._token = progress_token_from_params(message.get("params")) if reads else None

    async def answer(self, served: Server[Any], connection: Connection) -> None:
        """Have *served* answer, and say that."""
        method, params = self._message["method"], self._message.get("params")
        body: dict[str, Any] = {"jsonrpc": "2.0", "id": self.request_id}
        try:
            body["result"] = await serve_one(
                served, self, method, params, connection=connection, lifespan_state={}
            )
        except MCPError as problem:
            body["error"] = problem.error.model_dump(exclude_none=True)
        self.said.put_nowait((json.dumps(body, ensure_ascii=False), True))

    async def send_raw_request(self, method: str, *_: object, **__: object) -> dict[str, Any]:
        """Refuse: no client can be asked anything."""
        raise NoBackChannelError(method)

    async def notify(
        self, method: str, params: Mapping[str, Any] | None, _: CallOptions | None = None
    ) -> None:
        """Say a notification."""
        body = {"jsonrpc": "2.0", "method": method, "params": params}
        self.said.put_nowait((json.dumps(body, ensure_ascii=False), False))

    async def progress(
        self, progress: float, _: float | None = None, message: str | None = None
    ) -> None:
        """Say how far it is, to a client that wants to know."""
        if self._token is not None:
            known = {"progressToken": self._token, "progress": progress, "message": message}
            await self.notify("notifications/progress", known)


def _cancel(work: asyncio.Task[None]) -> None:
    work.cancel()


async def _events(first: str, exchange: _Exchange, response: Response) -> AsyncIterator[bytes]:
    """Yield what is said as events (HTML, section 9.2), from the *first* on."""
    said, is_last = first, False
    while not is_last:
        yield _event(said)
        said, is_last = await exchange.said.get()
    response.problem = exchange.problem
    yield _event(said)


def _event(said: str) -> bytes:
    return f"event: message\ndata: {said}\n\n".encode()
