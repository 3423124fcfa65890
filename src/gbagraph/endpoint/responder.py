"""The one way from a request to a response.

Header fields, conditional requests, entity tags, content codings and errors are handled here, and only
here, for every caller: an ASGI server, the fast path, a test, a program that embeds the endpoint.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from gbagraph import tracing
from gbagraph.endpoint import access_log as spans
from gbagraph.endpoint.access_log import AccessLog, request_id
from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.endpoint.request import network
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
from gbagraph.sparql import sources

if TYPE_CHECKING:
    from gbagraph.dataset.identity import Description
    from gbagraph.endpoint.rate_limit import RateLimiter
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.result_cache import ResultCache
    from gbagraph.rdf.formats import Format

log = logging.getLogger("gbagraph")

NOTHING: Final = "There is nothing at this address. Start at /."
"""What an error says of an address that no route has."""

READ_METHODS: Final = ("GET", "HEAD", "OPTIONS")

STOPPING: Final = ServerStopping("The server is being stopped. Ask again when it is back.")
"""The error for a request that has no answer some seconds after the server was asked to end."""

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

_POLICY: Final = b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""What a table in HTML may load where a browser shows it by itself: nothing."""

_AS_FIELDS: Final = frozenset({"allow", "retry_after"})
"""Details of errors that are header fields, too."""

_VARY: Final = ("Accept", "Accept-Encoding")
_VARIES: Final = ", ".join(_VARY)

_NOT_KEPT: Final = (b"cache-control", b"no-store")
_CONDITIONS: Final = frozenset({"if-none-match", "if-modified-since"})
_BODILESS: Final = frozenset({204, 304})
_NO_ARGUMENTS: Final[dict[str, str]] = {}

_COMPRESSED: Final = ("gzip", "zip", "png", "jpeg", "webp", "woff2")
"""Endings of media types that are compressed already."""

_VALIDATORS: Final = (b"cache-control", b"etag")
"""Header fields of a page that Not Modified (304) repeats."""

_DIGITS: Final = 24
"""Hexadecimal digits of the tag of a page."""

Handler = Callable[..., Awaitable[Response | Evaluation]]
"""Called with the request and the values of the path template; returns an evaluation or a response."""


@dataclass(frozen=True)
class Route:
    """A path template such as ``/queries/{name}``; ``{name:path}`` also matches slashes.

    *find* imports what answers there; it is called when that is first asked.
    Requests for what *is_free* do not count where the number of requests is limited.
    """

    path: str
    find: Callable[[], Handler]
    methods: tuple[str, ...] = READ_METHODS
    is_free: bool = False

    @cached_property
    def handler(self) -> Handler:
        """What answers there."""
        return self.find()


class Routes:
    """The routes; the first that matches a path counts."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._every = routes
        self.plain = {route.path: route for route in routes if "{" not in route.path}
        self._templates = [(pattern(route.path), route) for route in routes if "{" in route.path]

    def import_handlers(self) -> None:
        """Import what answers, which takes a tenth of a second; some of it may be asked meanwhile."""
        for route in self._every:
            route.find()

    def find(self, path: str) -> tuple[Route, dict[str, str]]:
        """The route for *path* and the values of its template; raises UnknownResource if none fits."""
        if (plain := self.plain.get(path)) is not None:
            return plain, {}
        for each, route in self._templates:
            if match := each.fullmatch(path):
                return route, match.groupdict()
        raise UnknownResource(NOTHING)


class Responder:
    """Answers requests by *routes*, with results from *cache*, and errors by *render_error*.

    With a *limiter*, each client may send so many requests and no more.

    What sends its responses notes them in *access_log*.
    """

    def __init__(
        self,
        cache: ResultCache,
        routes: Routes,
        render_error: Callable[[GbaGraphError, Request], Response],
        access_log: AccessLog,
        limiter: RateLimiter | None = None,
    ) -> None:
        self._cache, self.routes, self._render_error = cache, routes, render_error
        self.access_log, self._limiter = access_log, limiter
        self.is_guarded = limiter is not None
        self._dataset: Description | None = None
        self._of_dataset: Headers = []
        self._described: dict[tuple[str, str, str], Headers] = {}

    async def respond(self, request: Request) -> Response:
        """The response to *request*, which the caller must close. Raises nothing but CancelledError."""
        request_id.set(request.id)
        if tracing.State.provider is not None:
            spans.begin(request)
        try:
            if self.is_guarded:
                self.admit(request)
            route, arguments = self.routes.plain.get(request.path), _NO_ARGUMENTS
            if route is None:
                route, arguments = self.routes.find(request.path)
            request.route = route.path
            if request.method not in route.methods or request.method == "OPTIONS":
                return self._finish(_options(request, ", ".join(route.methods)), request)
            handled = await route.handler(request, **arguments)
            if isinstance(handled, Evaluation):
                response = await self._evaluate(handled, request)
                response.vary = handled.vary
            elif handled.is_finished:
                return handled
            else:
                response = _with_tag(_encoded_page(handled, request), request)
            if response.stream is not None and request.http_version < "1.1":
                await _spool(response)
            return self._finish(response, request)
        except GbaGraphError as problem:
            return self.error_response(problem, request)
        except Exception:
            log.exception("unexpected failure")
            fault = GbaGraphError("The server failed to answer. This is a fault of the server.")
            return self.error_response(fault, request)

    def admit(self, request: Request) -> None:
        """Count a request, once, where their number is limited, before anything is done for it.

        Raises:
            RateExceeded: its client has sent too many.
        """
        if self._limiter is None or request.allowance is not None or request.method == "OPTIONS":
            return
        route, _ = self.routes.find(request.path)
        if not route.is_free:
            request.allowance = self._limiter.take(request.who)
            request.allowance.require()

    def error_response(self, problem: GbaGraphError, request: Request) -> Response:
        """The response for an error."""
        response = self._render_error(problem, request)
        response.problem = problem.name
        as_error(response, problem)
        return self._finish(response, request)

    async def _evaluate(self, wanted: Evaluation, request: Request) -> Response:
        """The response with a result, or Not Modified (304) if the client has it."""
        request.job = wanted.job
        coding = choose(request.headers.get("accept-encoding", ""))
        identity = self._cache.identify(wanted.job)
        if if_none_match := request.headers.get("if-none-match"):
            etag = _variant_etag(identity.etag, coding)
            if etag and none_match(if_none_match, etag):
                return self._not_modified(etag)
        options = JobOptions(
            network(request.client),
            wanted.timeout,
            wanted.is_reserved,
            request.headers.get("via", ""),
            request.id,
        )
        result = await self._cache.get(wanted.job, options, identity)
        etag = result.etag
        if etag:
            if coding:
                etag = _variant_etag(etag, coding)
            if not _CONDITIONS.isdisjoint(request.headers) and self._is_unchanged(request):
                result.close()
                return self._not_modified(etag)
            headers = [(b"etag", etag.encode()), *self._cache.lasting]
        else:
            headers = [_NOT_KEPT]
        kind = result.format.media_type, result.format.extension, wanted.name
        headers += self._described.get(kind) or self._describe_format(result.format, wanted.name)
        if wanted.links:
            headers.append((b"link", wanted.links.encode()))
        if result.sources:
            headers += [(b"link", each.encode()) for each in sources.links(result.sources)]
            failed = sources.failures(result.sources)
            headers += [(b"proxy-status", each.encode()) for each in failed]
        if result.calls_for_help and wanted.help:
            headers.append((b"link", f'<{request.prefix}/{wanted.help}>; rel="help"'.encode()))
        if coding or result.answer is not None:
            response = await _with_result(result, headers, coding)
        else:
            response = Response(200, headers, result.body, is_shared=bool(etag))
        response.result, response.origin, response.timing = result, result.origin, result.timing
        return response

    def _describe_format(self, written_in: Format, name: str) -> Headers:
        """Make the header fields of results in a format, to be saved by that *name*, once for both."""
        described = [(b"content-type", written_in.content_type.encode())]
        if written_in.extension == "html":
            described.append((b"content-security-policy", _POLICY))
        if name:
            file = f'inline; filename="{name}.{written_in.extension}"'
            described.append((b"content-disposition", file.encode()))
        return self._described.setdefault(
            (written_in.media_type, written_in.extension, name), described
        )

    def _is_unchanged(self, request: Request) -> bool:
        """Whether a condition holds that requires a valid result, so that errors are not hidden."""
        if if_none_match := request.headers.get("if-none-match"):
            return if_none_match.strip() == "*"
        since = request.headers.get("if-modified-since")
        return bool(since) and not_modified_since(since or "", self._cache.modified)

    def _not_modified(self, etag: str) -> Response:
        return Response(304, [(b"etag", etag.encode()), *self._cache.lasting], is_shared=True)

    def _finish(self, response: Response, request: Request) -> Response:
        """Add the header fields that every response has, and the length of the body."""
        if self._cache.engine.description is not self._dataset:
            self._describe(self._cache.engine.description)
        headers = response.headers
        headers += self._of_dataset
        # In one field: there are caches that read no second one.
        vary = ", ".join((*_VARY, *response.vary)) if response.vary else _VARIES
        headers.append((b"vary", vary.encode()))
        if response.stream is None and response.status not in _BODILESS:
            headers.append((b"content-length", b"%d" % len(response.body)))
        if request.method == "HEAD":
            response.close()
            response.body, response.stream = b"", None
        return response

    def _describe(self, dataset: Description) -> None:
        """Make the header fields that every response has, once for each dataset."""
        self._dataset = dataset
        hashed = [(b"dataset-hash", dataset.hash.encode())] if dataset.hash else []
        self._of_dataset = [(b"dataset-version", dataset.version.encode()), *hashed, *_FIXED]


async def _spool(response: Response) -> None:
    """Have a client that recognizes a cut answer only by its length (HTTP/1.0) get that."""
    stream = response.stream
    if stream is None or any(name == b"content-length" for name, _ in response.headers):
        return
    response.stream, length = await spooled(response.body, stream)
    response.body = b""
    response.add("content-length", str(length))


async def _with_result(result: Result, headers: Headers, name: str) -> Response:
    """The response with a result, whole or streamed, in the content coding *name*."""
    if result.answer is None:
        body = result.body
        if len(body) >= SMALLEST:
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


def as_error(response: Response, problem: GbaGraphError) -> None:
    """Give *response*, that of an error, the header fields of the error."""
    if problem.status >= 500:
        log.warning("%s: %s", problem.name, problem.message)
    response.add("cache-control", "no-store")
    for name, value in problem.headers.items():
        response.add(name.lower(), value)
    for name in problem.details.keys() & _AS_FIELDS:
        response.add(name.replace("_", "-"), str(problem.details[name]))


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
    """The response to OPTIONS, among others to the preflight of a browser (Fetch, section 3.3).

    Raises:
        MethodNotAllowed: it is another method, which is not offered.
    """
    if request.method != "OPTIONS" or "OPTIONS" not in allow:
        raise MethodNotAllowed(
            f"{request.method} is not offered at {request.path}. Use {allow}.", allow=allow
        )
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
