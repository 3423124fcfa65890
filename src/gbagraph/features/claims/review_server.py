"""The server of the review: on this machine alone, for the one person who has its address.

It is no part of the public server. Whoever asks needs the token of the address that is printed; after
the first request a cookie has it. The host that is named and the origin of what is sent are checked, so
that no other site can ask here, whatever its name leads to (DNS rebinding) and whatever its pages send
(CSRF).
"""

from __future__ import annotations

import hmac
import secrets
import socket
import sys
import threading
import webbrowser
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import uvicorn
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from gbagraph.errors import AddressError
from gbagraph.paths import reason

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HERE: Final = "127.0.0.1"
_HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",  # with no-referrer, a form would come from the origin "null"
    "x-content-type-options": "nosniff",
}


def serve(application: ASGIApp, port: int) -> None:
    """Serve *application* on *port*, 0 for one that is free, until Ctrl-C; print where, and open it.

    Raises:
        AddressError: another program has the port.
    """
    try:
        listener = socket.create_server((_HERE, port))
    except OSError as problem:
        raise AddressError(
            f"The review cannot listen on port {port}: {reason(problem)}. Give another --port."
        ) from None
    with listener, suppress(KeyboardInterrupt):
        host, token = f"{_HERE}:{listener.getsockname()[1]}", secrets.token_urlsafe()
        config = uvicorn.Config(
            Guarded(application, host, token),
            access_log=False,
            log_level="error",
            ws="none",
            lifespan="off",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        address = f"http://{host}/?token={token}"
        print(f"Review the claims at {address}\nEnd it with Ctrl-C.", flush=True)  # noqa: T201
        if sys.stdout.isatty():  # in a thread, as some browsers block
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        uvicorn.Server(config).run(sockets=[listener])


class Guarded:
    """An application for those alone who ask at its *host*, from its own pages, with the *token*."""

    def __init__(self, served: ASGIApp, host: str, token: str) -> None:
        self._served, self._host, self._token = served, host, token
        self._cookie = f"review-{host.rpartition(':')[2]}"  # cookies are for all ports of a host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse to, with header fields that limit what a page may load and do."""

        async def send_safe(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        answer = self._before(Request(scope)) or self._served
        await answer(scope, receive, send_safe)

    def _before(self, request: Request) -> Response | None:
        """Return a refusal, or the redirect that takes the token out of the address; None to go on."""
        address = f"http://{self._host}"
        if request.headers.getlist("host") != [self._host]:
            return PlainTextResponse(f"This page is at {address}/ alone.", 421)
        if request.method not in {"GET", "HEAD"} and request.headers.get("origin") != address:
            return PlainTextResponse(f"Only pages of {address}/ may send something here.", 403)
        if self._is_right(request.cookies.get(self._cookie, "")):
            return None
        if not self._is_right(request.query_params.get("token", "")):
            return PlainTextResponse("Open the address that the command has printed.", 401)
        welcome = RedirectResponse("/", 303)
        welcome.set_cookie(self._cookie, self._token, httponly=True, samesite="strict")
        return welcome

    def _is_right(self, token: str) -> bool:
        return hmac.compare_digest(token.encode("utf-8", "replace"), self._token.encode())
