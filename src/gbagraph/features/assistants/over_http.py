"""Tools over HTTP (MCP, Streamable HTTP): an application that the server serves as it does its pages.

Each POST is answered by itself, in JSON, or as events once there is progress to report. So there are no
sessions and no streams that wait (GET is not offered), and all limits of the server hold.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import math
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

import anyio
from mcp import types
from mcp.server.connection import Connection
from mcp.server.runner import serve_connection
from mcp.shared.inbound import InboundLadderRejection, classify_inbound_request
from mcp.shared.jsonrpc_dispatcher import JSONRPCDispatcher
from mcp.shared.message import ServerMessageMetadata, SessionMessage
from mcp.shared.transport_context import TransportContext
from mcp.types import INTERNAL_ERROR, INVALID_REQUEST
from mcp_types.version import (
    HANDSHAKE_PROTOCOL_VERSIONS,
    KNOWN_PROTOCOL_VERSIONS,
)

from gbagraph.endpoint.responder import Responder, Route, Routes
from gbagraph.endpoint.response import BodyStream, Response
from gbagraph.errors import (
    GbaGraphError,
    NotAcceptable,
    RateExceeded,
    RequestError,
    RequestTooLarge,
    UnknownResource,
    UnsupportedMediaType,
)
from gbagraph.features.assistants import ToolSettings
from gbagraph.features.assistants.messages import id_of, read_message
from gbagraph.features.assistants.tool_server import server
from gbagraph.rdf.formats import JSON, Format
from gbagraph.sparql import negotiation
from gbagraph.web import app
from gbagraph.web.context import content

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from anyio.streams.memory import MemoryObjectReceiveStream
    from mcp.server.lowlevel import Server

    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.result_cache import ResultCache
    from gbagraph.web.context import Context

_LOCAL: Final = ("localhost", "127.0.0.1", "::1")
_PORTS: Final = {"http": 80, "https": 443}
_NO_NAMES: Final = {"", "0.0.0.0", "::"}  # noqa: S104  all addresses, or none

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


_OF_OPERATOR: Final = ("/metrics", "/health/live", "/health/ready")
_TRANSPORT: Final = TransportContext(kind="streamable-http", can_send_request=False)


class Application(app.Application):
    """The tools at ``/mcp``, and the health and the metrics of the server."""

    def _responder(self, context: Context) -> Responder:
        loaded: asyncio.Future[ResultCache] = asyncio.get_running_loop().create_future()
        loaded.set_result(context.cache)
        served = server(
            loaded,
            context.settings.of(ToolSettings).tools,
            [each.iri for each in context.engine.services],
            context.settings,
        )
        of_operator = (each for each in app.routes(context) if each.path in _OF_OPERATOR)
        tools = Route(PATH, lambda: partial(_answer, served), ("POST", "OPTIONS"))
        return _Guarded(context, Routes([tools, *of_operator]))


class _Guarded(Responder):
    """A responder that looks at the client: at the host and the origin that are named, and at the token.

    It does before a body is read. Health is open to all.
    """

    def __init__(self, context: Context, routes: Routes) -> None:
        super().__init__(context.cache, routes, _render, context.access_log, context.limiter)
        settings, of_tools = context.settings, context.settings.of(ToolSettings)
        named = (settings.host, settings.public_url, *of_tools.allowed_host, *_LOCAL)
        self._hosts = set(map(_name, named)) - _NO_NAMES
        allowed = filter(None, (*of_tools.allowed_origin, settings.public_url))
        self._origins = set(map(_origin, allowed))
        self._token, self.is_guarded = of_tools.token.encode(), True

    def admit(self, request: Request) -> None:
        """Count *request*, and let it pass.

        Raises:
            RateExceeded: its client has sent too many.
            HostNotAllowed, OriginNotAllowed: it names another host, or comes from a page elsewhere.
            Unauthorized: it has not the token that is asked for.
        """
        super().admit(request)
        if request.method != "OPTIONS" and not request.path.startswith("/health/"):
            self._check_address(request)
            self._check_token(request.headers.get("authorization", ""))

    def _check_address(self, request: Request) -> None:
        own = request.headers.get("host", "")
        host = request.forwarded.get("host") or own
        # A page that is here under another name can send what a proxy does, but not another Host.
        for named in map(_name, (own, host)):
            if named not in self._hosts and (not request.local or named != request.local[0]):
                raise HostNotAllowed(
                    f"This server is not known as {named}. Who runs it can allow that name: "
                    f"--allowed-host {named}."
                    if named
                    else "The request names no host. Send the field Host."
                )
        self._check_origin(request.headers.get("origin", ""), host)

    def _check_origin(self, origin: str, host: str) -> None:
        asking = _origin(origin)
        own = _origin(f"{asking[0]}://{host}")
        if origin and (not asking[1] or (asking != own and asking not in self._origins)):
            allow = f" Who runs it can allow them: --allowed-origin {origin}." * bool(asking[1])
            raise OriginNotAllowed(f"Pages of {origin} may not ask this server.{allow}")

    def _check_token(self, authorization: str) -> None:
        scheme, _, token = authorization.partition(" ")
        is_right = hmac.compare_digest(token.strip().encode(), self._token)
        if self._token and not (is_right and scheme.lower() == "bearer"):
            raise Unauthorized(
                "This server wants a token: send the field Authorization with Bearer and the token that "
                "you have from who runs it."
            )


def _origin(address: str) -> tuple[str, str, int | None]:
    """Scheme, host and port (RFC 6454, section 4); no host for what is none."""
    try:
        parts = urlsplit(address.lower())
        return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return "", "", None


def _name(address: str) -> str:
    """The host in an address, or in a field Host."""
    host = address.rpartition("//")[2]
    is_bare = host.count(":") > 1 and "[" not in host  # IPv6
    return _origin(f"//[{host}]" if is_bare else f"//{host}")[1].rstrip(".")


def _render(problem: GbaGraphError, _: Request) -> Response:
    """Return the answer that reports a *problem*: an error of JSON-RPC."""
    message = problem.message
    if isinstance(problem, UnknownResource):
        message = f"There is nothing at this address. The tools are at {PATH}."
    details = dict(problem.details)
    if isinstance(problem, RequestTooLarge):
        message = (
            f"The message is larger than {details['limit']} bytes, the most that is read here."
        )
    if isinstance(problem, RateExceeded):
        wait = details["retry_after"]
        message = f"From your address came too many requests. Try again in {wait} s."
    usual = INVALID_REQUEST if isinstance(problem, RequestError) else INTERNAL_ERROR
    code, asked = details.pop("code", usual), details.pop("id", None)
    error = {"code": code, "message": message, "data": {"error": problem.name, **details}}
    body = json.dumps({"jsonrpc": "2.0", "id": asked, "error": error})
    return content(body, JSON.media_type, problem.status)


class _Exchange(NamedTuple):
    """A request and its response, as handlers get them from the SDK."""

    request: Request
    response: Response


async def _answer(served: Server[Any], request: Request) -> Response:
    """Answer one message; a notification needs no answer, as no other request is known here."""
    message = _message(request)
    if "id" not in message:
        return Response(202)
    connection, response = _connection(request, message), Response(200)
    incoming, read = anyio.create_memory_object_stream[SessionMessage | Exception](1)
    written, said = anyio.create_memory_object_stream[SessionMessage](math.inf)
    dispatcher = JSONRPCDispatcher(read, written, transport_builder=lambda _: _TRANSPORT)
    metadata = ServerMessageMetadata(request_context=_Exchange(request, response))
    asked = types.JSONRPCRequest.model_validate(message)
    incoming.send_nowait(SessionMessage(asked, metadata))
    serving = serve_connection(served, dispatcher, connection=connection, lifespan_state={})
    work = asyncio.create_task(serving)
    work.add_done_callback(lambda _: said.close())
    reads_events = negotiation.preferred(request.accept, (_EVENTS,)) is not None
    try:
        first = await said.receive()
        while not (reads_events or _is_answer(first)):
            first = await said.receive()
    except asyncio.CancelledError:
        incoming.close()  # that ends what works on it
        raise
    response.add("cache-control", "no-store")
    if not _is_answer(first):
        response.add("content-type", _EVENTS.media_type)
        response.stream = BodyStream(_events(first, said), incoming.close)
        return response
    incoming.close()
    response.add("content-type", JSON.media_type)
    response.body = _json(first)
    return response


async def _events(
    first: SessionMessage, said: MemoryObjectReceiveStream[SessionMessage]
) -> AsyncIterator[bytes]:
    """Yield the *first* that is said, and the others up to the answer, as events (HTML, section 9.2)."""
    each = first
    while not _is_answer(each):
        yield b"event: message\ndata: %b\n\n" % _json(each)
        each = await said.receive()
    yield b"event: message\ndata: %b\n\n" % _json(each)


def _is_answer(said: SessionMessage) -> bool:
    return not isinstance(said.message, types.JSONRPCNotification)


def _json(said: SessionMessage) -> bytes:
    return said.message.model_dump_json(by_alias=True, exclude_unset=True).encode()


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
    decoded, code, said = read_message(request.body)
    if said:
        raise _NoMessage(said, code=code, id=id_of(decoded))
    version = request.headers.get("mcp-protocol-version", _DEFAULT_VERSION)
    if version not in KNOWN_PROTOCOL_VERSIONS:
        known = ", ".join(KNOWN_PROTOCOL_VERSIONS)
        raise _NoMessage(
            f"This server does not speak version {version!r} of the protocol. It speaks {known}.",
            id=id_of(decoded),
        )
    message: dict[str, Any] = decoded
    return message


def _connection(request: Request, message: dict[str, Any]) -> Connection:
    """Return what the SDK knows of the client; since 2026-07-28 each request says it of itself."""
    version = request.headers.get("mcp-protocol-version", _DEFAULT_VERSION)
    if version in HANDSHAKE_PROTOCOL_VERSIONS:
        return Connection.from_envelope(version, None, None)
    route = classify_inbound_request(message, headers=request.headers)
    if isinstance(route, InboundLadderRejection):
        raise _NoMessage(f"{route.message}.", code=route.code, id=message["id"])
    return Connection.from_envelope(
        route.protocol_version, route.client_info, route.client_capabilities
    )
