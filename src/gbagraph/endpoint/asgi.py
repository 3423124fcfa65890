"""The ASGI adapter: passes requests from any ASGI server to the responder, and its responses back."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any, Final

from gbagraph.endpoint.access_log import GONE, Ending, own_fields
from gbagraph.endpoint.responder import STOPPING, Responder
from gbagraph.endpoint.response import Response
from gbagraph.errors import GbaGraphError, RequestTooLarge, RequestTooSlow, ServerBusy
from gbagraph.settings import BODIES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from gbagraph.endpoint.request import Addresses, Request

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

log = logging.getLogger("gbagraph")

_BODILESS: Final = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})
"""Methods whose body has no meaning here and is not read."""


class TruncatedAnswer(Exception):
    """Raised so that the ASGI server closes the connection in the middle of an answer.

    The chunked body then has no last chunk, and every HTTP client reports that it is incomplete
    (RFC 9112, section 8).
    """


class AsgiAdapter:
    """An ASGI application that answers requests by *responder*.

    A body must arrive within *body_timeout* seconds, and has at most *body_size* bytes. When the client
    disconnects, its request is cancelled, which releases what the request holds.
    """

    def __init__(
        self, responder: Responder, addresses: Addresses, body_timeout: float, body_size: int
    ) -> None:
        self._responder, self._addresses = responder, addresses
        self._body_timeout, self._body_size = body_timeout, body_size
        self._held = 0
        """Bytes of the bodies of all requests that are being read or answered."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = self._addresses.request(
            scope["method"],
            scope["path"],
            scope["query_string"],
            scope["headers"],
            peer=scope.get("client"),
            local=scope.get("server"),
            scheme=scope.get("scheme", "http"),
            http_version=scope["http_version"],
        )
        if request.method in _BODILESS:
            await self._answer(request, None, receive, send)
            return
        body = bytearray()
        try:
            problem = None
            try:
                self._responder.admit(request)
                if not await self._read(body, scope, receive):
                    return
            except GbaGraphError as error:
                problem = error
            except asyncio.CancelledError:
                problem = STOPPING  # by uvicorn, as in _answer
            else:
                request.body = bytes(body)
            await self._answer(request, problem, receive, send)
        finally:
            self._held -= len(body)

    async def _answer(
        self, request: Request, problem: GbaGraphError | None, receive: Receive, send: Send
    ) -> None:
        """Answer *request*, or report its *problem*, unless the client disconnects before."""
        work = asyncio.create_task(self._serve(request, problem, send))
        disconnected = asyncio.create_task(_until_disconnect(receive))
        try:
            await asyncio.wait({work, disconnected}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            # By uvicorn, which would log this as a failure and answer with a text. The request ends
            # in order instead, and its task with it.
            request.is_stopped = True
        finally:
            disconnected.cancel()
            if not work.done():
                work.cancel()
        try:
            await work
        except asyncio.CancelledError:
            if not work.cancelled():
                raise

    async def _read(self, body: bytearray, scope: Scope, receive: Receive) -> bool:
        """Read into *body*; whether it is complete, which it is not if the client disconnects."""
        announced = next((v for k, v in scope["headers"] if k == b"content-length"), b"0")
        is_whole = False
        try:
            async with asyncio.timeout(self._body_timeout):
                while not is_whole and int(announced) <= self._body_size >= len(body):
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return False
                    self._hold(body, message.get("body", b""))
                    is_whole = not message.get("more_body", False)
        except TimeoutError:
            raise RequestTooSlow(
                f"The body of the request did not arrive within {self._body_timeout:g} seconds.",
                limit=self._body_timeout,
            ) from None
        if not is_whole or len(body) > self._body_size:
            raise RequestTooLarge(
                f"The request body is larger than {self._body_size} bytes, the most that this server "
                "reads. Send the values of a join in several requests.",
                limit=self._body_size,
            )
        return True

    def _hold(self, body: bytearray, block: bytes) -> None:
        """Add *block* to *body*. Raises ServerBusy where the bodies of all requests are too many."""
        body += block
        self._held += len(block)
        limit = BODIES * self._body_size
        if self._held > limit:
            raise ServerBusy(
                f"The bodies of the requests that are being answered have {limit} bytes, the most that "
                "this server holds at once. Try again later.",
                limit=limit,
            )

    async def _serve(self, request: Request, problem: GbaGraphError | None, send: Send) -> None:
        response = Response(GONE)
        ending: Ending = "left"
        try:
            response = await self._response(request, problem)
            await send_response(response, send)
            ending = "whole"
        except TruncatedAnswer:
            ending = "truncated"
            raise
        except asyncio.CancelledError:
            if not request.is_stopped:
                raise
            if response.is_begun:
                ending = "truncated"
                raise TruncatedAnswer from None
            response.close()
            response = await self._response(request, STOPPING)
            await send_response(response, send)
            ending = "whole"
        finally:
            response.close()
            seconds = time.monotonic() - request.begun
            self._responder.access_log.note(request, response, seconds, ending)

    async def _response(self, request: Request, problem: GbaGraphError | None) -> Response:
        if problem is None:
            response = await self._responder.respond(request)
        else:
            response = self._responder.error_response(problem, request)
            # The rest of the body is not read.
            response.add("connection", "close")
        for name, value in own_fields(request, response):
            response.add(name, value)
        return response


async def send_response(response: Response, send: Send) -> None:
    """Send a response as ASGI messages; raises TruncatedAnswer if its body fails half-way."""
    start = {"type": "http.response.start", "status": response.status, "headers": response.headers}
    await send(start)
    response.is_begun = True
    response.sent = len(response.body)
    if response.stream is None:
        await send({"type": "http.response.body", "body": response.body})
        return
    await send({"type": "http.response.body", "body": response.body, "more_body": True})
    try:
        async for block in response.stream:
            response.sent += len(block)
            await send({"type": "http.response.body", "body": block, "more_body": True})
    except GbaGraphError as problem:
        log.warning("answer truncated: %s", problem.message)
        raise TruncatedAnswer(problem.message) from None
    await send({"type": "http.response.body"})


async def _until_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
