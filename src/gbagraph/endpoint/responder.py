"""The one way from a request to a response.

Header fields, conditional requests, entity tags, content codings and errors are handled here, and only
here, for every caller: an ASGI server, the fast path, a test, a program that embeds the endpoint.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gbagraph.endpoint import access_log as spans
from gbagraph.endpoint.access_log import AccessLog, request_id
from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.endpoint.response import (
    ENCODERS,
    SMALLEST,
    BodyStream,
    Headers,
    Response,
    Result,
    choose,
    encode_content,
    encoded_blocks,
    none_match,
    not_modified_since,
    spooled,
)
from gbagraph.engine.admission import JobOptions
from gbagraph.errors import GbaGraphError, MethodNotAllowed, ServerStopping, UnknownResource
from gbagraph.feature import pattern
from gbagraph.settings import MAX_AGE
from gbagraph.sparql import sources

if TYPE_CHECKING:
    from gbagraph.dataset.identity import Description
    from gbagraph.endpoint.request import RateLimiter, Request
    from gbagraph.endpoint.result_cache import ResultCache

log = logging.getLogger("gbagraph")

NOTHING: Final = "There is nothing at this address. Start at /."
"""What an error says of an address that no route has."""

READ_METHODS: Final = ("GET", "HEAD", "OPTIONS")

STOPPING: Final = ServerStopping("The server is being stopped. Ask again when it is back.")
"""What a request is told that still has no answer some seconds after the server was told to end."""

_EXPOSED: Final = (
    "Dataset-Hash, Dataset-Version, ETag, Link, Location, Proxy-Status, RateLimit, RateLimit-Policy, "
    "Retry-After, Server-Timing, X-Request-Id"
)
"""Header fields that scripts of other origins may read (Fetch Standard, section 3.3)."""

_FIXED: Final = [
    (b"x-content-type-options", b"nosniff"),
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", _EXPOSED.encode()),
]

_VARY: Final = ("Accept", "Accept-Encoding")

_COMPRESSED: Final = ("gzip", "zip", "png", "jpeg", "webp", "woff2")
"""Endings of media types that are compressed already."""

_VALIDATORS: Final = (b"cache-control", b"etag")
"""Header fields of a page that Not Modified (304) repeats."""

_DIGITS: Final = 24
"""Hexadecimal digits of the tag of a page."""

Handler = Callable[..., Awaitable[Response | Evaluation]]
"""Called with the request and the values of the path template; returns an evaluation or a response."""


@dataclass(frozen=True, slots=True)
class Route:
    """A path template such as ``/queries/{name}``; ``{name:path}`` also matches slashes.

    Requests for what *is_free* do not count where the number of requests is limited.
    """

    path: str
    handler: Handler
    methods: tuple[str, ...] = READ_METHODS
    is_free: bool = False


class Routes:
    """The routes; the first that matches a path counts."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._plain = {route.path: route for route in routes if "{" not in route.path}
        self._templates = [(pattern(route.path), route) for route in routes if "{" in route.path]

    def find(self, path: str) -> tuple[Route, dict[str, str]]:
        """The route for *path* and the values of its template; raises UnknownResource if none fits."""
        if (plain := self._plain.get(path)) is not None:
            return plain, {}
        for each, route in self._templates:
            if match := each.fullmatch(path):
                return route, match.groupdict()
        raise UnknownResource(NOTHING)


class Responder:
    """Answers requests by *routes*, with results from *cache*, and errors by *render_error*.

    With a *limiter*, each client may send so many requests and no more.

    Whoever sends its responses notes them in *access_log*.
    """

    def __init__(
        self,
        cache: ResultCache,
        routes: Routes,
        render_error: Callable[[GbaGraphError, Request], Response],
        access_log: AccessLog,
        limiter: RateLimiter | None = None,
    ) -> None:
        self._cache, self._routes, self._render_error = cache, routes, render_error
        self.access_log, self._limiter = access_log, limiter
        self._dataset: Description | None = None
        self._of_dataset: Headers = []

    async def respond(self, request: Request) -> Response:
        """The response to *request*, which the caller must close. Raises nothing but CancelledError."""
        request_id.set(request.id)
        spans.begin(request)
        try:
            return await self._finish(await self._answer(request), request)
        except GbaGraphError as problem:
            return await self.error_response(problem, request)
        except Exception:
            log.exception("unexpected failure")
            fault = GbaGraphError("The server failed to answer. This is a fault of the server.")
            return await self.error_response(fault, request)

    def admit(self, request: Request) -> None:
        """Count a request, once, where their number is limited, before anything is done for it.

        Raises:
            RateExceeded: its client has sent too many.
        """
        if self._limiter is None or request.allowance is not None or request.method == "OPTIONS":
            return
        route, _ = self._routes.find(request.path)
        if not route.is_free:
            request.allowance = self._limiter.take(request.who)
            request.allowance.require()

    def route_of(self, request: Request) -> str:
        """The template of the address of a request that is answered elsewhere."""
        route, _ = self._routes.find(request.path)
        return route.path

    async def error_response(self, problem: GbaGraphError, request: Request) -> Response:
        """The response for an error."""
        if problem.status >= 500:
            log.warning("%s: %s", problem.name, problem.message)
        response = self._render_error(problem, request)
        response.problem = problem.name
        response.add("cache-control", "no-store")
        for name, value in problem.headers.items():
            response.add(name.lower(), value)
        if "allow" in problem.details:
            response.add("allow", problem.details["allow"])
        if "retry_after" in problem.details:
            response.add("retry-after", str(problem.details["retry_after"]))
        return await self._finish(response, request)

    async def _answer(self, request: Request) -> Response:
        self.admit(request)
        route, arguments = self._routes.find(request.path)
        request.route = route.path
        allow = ", ".join(route.methods)
        if request.method not in route.methods:
            raise MethodNotAllowed(
                f"{request.method} is not offered at {request.path}. Use {allow}.", allow=allow
            )
        if request.method == "OPTIONS":
            return _options(request, allow)
        handled = await route.handler(request, **arguments)
        if isinstance(handled, Evaluation):
            return await self._evaluate(handled, request)
        return _with_tag(_encoded_page(handled, request), request)

    async def _evaluate(self, wanted: Evaluation, request: Request) -> Response:
        """The response with a result, or Not Modified (304) if the client has it."""
        request.job = wanted.job
        name = choose(request.headers.get("accept-encoding", ""))
        if_none_match = request.headers.get("if-none-match", "")
        if if_none_match:
            etag = _variant_etag(self._cache.etag(wanted.job), name)
            if etag and none_match(if_none_match, etag):
                return self._not_modified(etag)
        options = JobOptions(
            request.who, wanted.timeout, wanted.is_reserved, request.via, request.id
        )
        result = await self._cache.get(wanted.job, options)
        etag = _variant_etag(result.etag, name)
        if etag and self._is_unchanged(request):
            result.close()
            return self._not_modified(etag)
        headers = self._validators(etag)
        headers.append((b"content-type", result.format.content_type.encode()))
        if wanted.name:
            file = f'inline; filename="{wanted.name}.{result.format.extension}"'
            headers.append((b"content-disposition", file.encode()))
        if wanted.links:
            headers.append((b"link", wanted.links.encode()))
        if result.sources:
            headers += [(b"link", each.encode()) for each in sources.links(result.sources)]
            failed = sources.failures(result.sources)
            headers += [(b"proxy-status", each.encode()) for each in failed]
        if result.calls_for_help and wanted.help:
            target = f"{request.prefix}/{wanted.help.removeprefix('../')}"
            headers.append((b"link", f'<{target}>; rel="help"'.encode()))
        response = await _with_result(result, headers, name)
        response.result, response.origin, response.timing = result, result.origin, result.timing
        return response

    def _is_unchanged(self, request: Request) -> bool:
        """Whether a condition holds that requires a valid result, so that errors are not hidden."""
        if if_none_match := request.headers.get("if-none-match"):
            return if_none_match.strip() == "*"
        since = request.headers.get("if-modified-since")
        return bool(since) and not_modified_since(since or "", self._cache.modified)

    def _not_modified(self, etag: str) -> Response:
        return Response(304, self._validators(etag), is_shared=True)

    def _validators(self, etag: str) -> Headers:
        if not etag:
            return [(b"cache-control", b"no-store")]
        return [
            (b"etag", etag.encode()),
            (b"cache-control", b"public, max-age=%d" % MAX_AGE),
            (b"last-modified", self._cache.last_modified.encode()),
        ]

    async def _finish(self, response: Response, request: Request) -> Response:
        """Add the header fields that every response has, and the length of the body."""
        response.headers += self._common()
        # In one field: there are caches that read no second one.
        response.add("vary", ", ".join((*_VARY, *response.vary)))
        is_measured = any(name == b"content-length" for name, _ in response.headers)
        if response.stream is not None and not is_measured and request.http_version < "1.1":
            response.stream, length = await spooled(response.body, response.stream)
            response.body = b""
            response.add("content-length", str(length))
        if response.stream is None and response.status not in (204, 304):
            response.add("content-length", str(len(response.body)))
        if request.method == "HEAD":
            response.close()
            response.body, response.stream = b"", None
        return response

    def _common(self) -> Headers:
        """The header fields that every response has, made once for each dataset."""
        dataset = self._cache.engine.description
        if dataset is not self._dataset:
            self._dataset = dataset
            hashed = [(b"dataset-hash", dataset.hash.encode())] if dataset.hash else []
            self._of_dataset = [(b"dataset-version", dataset.version.encode()), *hashed, *_FIXED]
        return self._of_dataset


async def _with_result(result: Result, headers: Headers, name: str) -> Response:
    """The response with a result, whole or streamed, in the content coding *name*."""
    if result.answer is None:
        body = result.body
        if name and len(body) >= SMALLEST:
            body = await result.encoded(name)
            headers.append((b"content-encoding", name.encode()))
        return Response(200, headers, body, is_shared=bool(result.etag))
    answer = result.answer
    if not name:
        return Response(200, headers, stream=BodyStream(answer, answer.close))
    headers.append((b"content-encoding", name.encode()))
    blocks = encoded_blocks(answer, ENCODERS[name]())
    return Response(200, headers, stream=BodyStream(blocks, answer.close))


def _encoded_page(response: Response, request: Request) -> Response:
    """A page, encoded in the content coding that the client prefers."""
    name = choose(request.headers.get("accept-encoding", ""))
    media_type = next((value for key, value in response.headers if key == b"content-type"), b"")
    is_small = len(response.body) < SMALLEST
    if name and not is_small and not media_type.decode().endswith(_COMPRESSED):
        response.body = encode_content(name, response.body)
        response.add("content-encoding", name)
    return response


def _with_tag(response: Response, request: Request) -> Response:
    """A page with the tag of its content; Not Modified (304) if the client has it.

    A page that does not say how long it stays is asked for again each time. What must not be kept, or
    answers a POST, has no tag.
    """
    lifetime = dict(response.headers).get(b"cache-control")
    is_whole = response.status == 200 and response.stream is None
    if not is_whole or lifetime == b"no-store" or request.method not in ("GET", "HEAD"):
        return response
    etag = f'"{hashlib.sha256(response.body).hexdigest()[:_DIGITS]}"'
    response.add("etag", etag)
    if lifetime is None:
        response.add("cache-control", "no-cache")
    if none_match(request.headers.get("if-none-match", ""), etag):
        response.status, response.body = 304, b""
        response.headers = [pair for pair in response.headers if pair[0] in _VALIDATORS]
    return response


def _options(request: Request, allow: str) -> Response:
    """The response to OPTIONS, among others to the preflight of a browser (Fetch, section 3.3)."""
    response = Response(204)
    response.add("allow", allow)
    if "access-control-request-method" in request.headers:
        response.status = 200
        response.add("access-control-allow-methods", allow)
        response.add("access-control-max-age", "86400")
        wanted = request.headers.get("access-control-request-headers", "*")
        response.add("access-control-allow-headers", wanted)
    return response


def _variant_etag(etag: str, name: str) -> str:
    """The tag of a result in the content coding *name*: other bytes need another tag."""
    return f'{etag[:-1]}-{name}"' if etag and name else etag
