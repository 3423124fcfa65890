"""The web application: which way a request goes, the headers of responses, and errors."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette_compress import CompressMiddleware, add_compress_type

from gbagraph import __version__, negotiation, pages
from gbagraph.delivery import (
    EXPOSED,
    FOR_SCRIPTS,
    SMALLEST_ENCODED,
    dataset_headers,
    encodings,
)
from gbagraph.errors import GbaGraphError, MethodNotAllowed
from gbagraph.exchange import accept, page
from gbagraph.formats import BOOLEAN, GRAPH, HTML, SOLUTIONS
from gbagraph.hot import RAW_REQUEST, HotResponses
from gbagraph.routes import ASK, READ, ROUTES, run_query, sparql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from gbagraph.answers import Answers

log = logging.getLogger("gbagraph")

_QUERY_METHODS: Final = frozenset(ASK) - {"OPTIONS"}
_CANNED: Final = "/queries/"


class Application:
    """The outermost ASGI application, in front of *answers*, published below *root_path*.

    Queries to the endpoint take the short way, past the web framework; everything else, and what is
    not a query (a preflight, a wrong method), takes the long one. Responses that can be given again
    are left in *hot* for the server.
    """

    def __init__(self, answers: Answers, hot: HotResponses, root_path: str = "") -> None:
        self._hot = hot
        self.pages = _pages(answers, root_path)
        self._root_path = root_path
        self._short = self._way(_Endpoint(sparql, ASK))
        self._short_canned = self._way(_Endpoint(run_query, READ))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Choose the way."""
        if scope["type"] == "lifespan" or scope["method"] not in _QUERY_METHODS:
            await self.pages(scope, receive, send)
            return
        # A proxy may send the path with its prefix or without.
        path = scope["path"].removeprefix(self._root_path)
        if path == "/sparql":
            await self._take(self._short, scope, receive, send)
        elif path.startswith(_CANNED):
            scope["path_params"] = {"name": path.removeprefix(_CANNED)}
            await self._take(self._short_canned, scope, receive, send)
        else:
            await self.pages(scope, receive, send)

    def _way(self, endpoint: ASGIApp) -> dict[bool, ASGIApp]:
        """The endpoint with and without compression in front."""
        guarded = _Guard(self.pages, endpoint)
        return {False: guarded, True: CompressMiddleware(guarded, minimum_size=SMALLEST_ENCODED)}

    async def _take(
        self, way: dict[bool, ASGIApp], scope: Scope, receive: Receive, send: Send
    ) -> None:
        scope["app"] = self.pages
        scope["root_path"] = self._root_path
        encoded = any(
            name == b"accept-encoding" and encodings(value.decode("latin-1"))
            for name, value in scope["headers"]
        )
        if RAW_REQUEST in scope:
            send = self._hot.watch(scope[RAW_REQUEST], send)
        await way[encoded](scope, receive, send)


def _pages(answers: Answers, root_path: str) -> FastAPI:
    app = FastAPI(
        title="gbagraph",
        version=__version__,
        root_path=root_path,
        docs_url=None,  # the bundled pages load scripts from a third party
        redoc_url=None,
        openapi_url=None,
    )
    for offer in (*SOLUTIONS, *BOOLEAN, *GRAPH, *pages.PROBLEM_FORMATS):
        add_compress_type(offer.media_type)
    app.state.answers = answers
    app.router.routes.extend(_routes())
    app.add_middleware(_CommonHeaders)
    app.add_middleware(CompressMiddleware, minimum_size=SMALLEST_ENCODED)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=list(ASK),
        allow_headers=["*"],
        expose_headers=list(EXPOSED),
        max_age=86400,
    )
    app.add_exception_handler(GbaGraphError, _explain)
    app.add_exception_handler(HTTPException, _explain_http)
    app.add_exception_handler(Exception, _explain_bug)
    return app


def _routes() -> list[Route]:
    return [Route(path, _Endpoint(handler, methods)) for path, handler, methods in ROUTES]


class _Endpoint:
    """A request handler as an ASGI application that knows its methods."""

    def __init__(self, handler: Any, methods: Sequence[str]) -> None:  # noqa: ANN401
        self._handler = handler
        self._methods = methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._respond(request)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> ASGIApp:
        allow = ", ".join(self._methods)
        if request.method not in self._methods:
            raise MethodNotAllowed(
                f"{request.method} is not offered at {request.url.path}. Use {allow}.", allow=allow
            )
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": allow})
        response: ASGIApp = await self._handler(request)
        return response


class _CommonHeaders:
    """Headers that every response has: the dataset's version and hash, and what it varies by."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        common = dataset_headers(scope["app"].state.answers.engine.description)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *common]
            await send(message)

        await self._app(scope, receive, send_with_headers)


class _Guard:
    """What the framework does for its routes, for an endpoint beside it: headers and errors."""

    def __init__(self, pages: FastAPI, endpoint: ASGIApp) -> None:
        self._pages = pages
        self._endpoint = _CommonHeaders(endpoint)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_to_all(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message["headers"], *FOR_SCRIPTS]
            await send(message)

        try:
            await self._endpoint(scope, receive, send_to_all)
        except Exception as error:
            if started:
                raise
            explain = _explain if isinstance(error, GbaGraphError) else _explain_bug
            response = await explain(Request(scope, receive), error)
            await _CommonHeaders(response)(scope, receive, send_to_all)


async def _explain(request: Request, error: Exception) -> Response:
    """An error of ours as problem details (RFC 9457), text or a page."""
    assert isinstance(error, GbaGraphError)  # noqa: S101  registered for this class only
    if error.status >= 500:
        log.warning("%s: %s", error.name, error.message)
    chosen = negotiation.preferred(accept(request), pages.PROBLEM_FORMATS)
    headers = {"Cache-Control": "no-store", **error.headers}
    if "allow" in error.details:
        headers["Allow"] = error.details["allow"]
    if chosen is HTML:
        response = page(request, "error.html", error.status, error=error)
        response.headers.update(headers)
        return response
    body, content_type = pages.problem(error, chosen)
    return Response(body, error.status, headers={**headers, "Content-Type": content_type})


async def _explain_http(request: Request, error: Exception) -> Response:
    """An error of the framework's (a request it could not read), in our form."""
    assert isinstance(error, HTTPException)  # noqa: S101  registered for this class only
    return await _explain(request, pages.from_http(error.status_code, str(error.detail)))


async def _explain_bug(request: Request, error: Exception) -> Response:
    """Anything else is a fault of ours: logged, and told without details."""
    log.error("unexpected failure", exc_info=error)
    return await _explain(request, GbaGraphError("The server failed to answer. This is our fault."))
