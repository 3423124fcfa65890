"""The one way from a request to a response.

Header fields, conditions, entity tags, content codings and errors are made here, once, whoever brought
the request: an ASGI server, a test, a program that embeds the endpoint.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gbagraph.endpoint import coding
from gbagraph.endpoint.conditional import none_match, not_modified_since
from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.endpoint.response import Response, Rest, Spool, coded
from gbagraph.engine import Terms
from gbagraph.errors import GbaGraphError, MethodNotAllowed, UnknownResource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gbagraph.dataset.identity import Description
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Headers
    from gbagraph.endpoint.result_cache import Result, ResultCache

log = logging.getLogger("gbagraph")

READ: Final = ("GET", "HEAD", "OPTIONS")
ASK: Final = ("GET", "HEAD", "POST", "QUERY", "OPTIONS")

_EXPOSED: Final = "Dataset-Hash, Dataset-Version, ETag, Link, Location, Retry-After"
"""Header fields that scripts from elsewhere may read (Fetch Standard, section 3.3)."""

_FIXED: Final = [
    (b"vary", b"Accept, Accept-Encoding"),
    (b"x-content-type-options", b"nosniff"),
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", _EXPOSED.encode()),
]

_COMPRESSED: Final = ("gzip", "zip", "png", "jpeg", "woff2")
"""Ends of media types that no coding makes smaller."""

Handler = Callable[..., Awaitable[Response | Evaluation]]
"""Takes the request and what the path's template names; says what to evaluate, or answers itself."""


@dataclass(frozen=True, slots=True)
class Route:
    """An address: a template such as ``/queries/{name}``, where ``{name:path}`` may hold slashes."""

    path: str
    handler: Handler
    methods: tuple[str, ...] = READ


class Routes:
    """The addresses, the first that fits counts."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._plain = {route.path: route for route in routes if "{" not in route.path}
        self._templates = [(_pattern(route.path), route) for route in routes if "{" in route.path]

    def find(self, path: str) -> tuple[Route, dict[str, str]]:
        """The route for *path*, and what its template names; raises UnknownResource without one."""
        if (plain := self._plain.get(path)) is not None:
            return plain, {}
        for pattern, route in self._templates:
            if found := pattern.fullmatch(path):
                return route, found.groupdict()
        raise UnknownResource("There is nothing at this address. Start at /.")


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)(:path)?\}", template)
    # Text, name, whether slashes may be in it; and so on.
    written = re.escape(parts[0])
    for name, slashes, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        written += f"(?P<{name}>{'.+' if slashes else '[^/]+'}){re.escape(text)}"
    return re.compile(written, re.DOTALL)


class Responder:
    """Answers requests by *routes* with results from *cache*; *explain* writes an error."""

    def __init__(
        self,
        cache: ResultCache,
        routes: Routes,
        explain: Callable[[GbaGraphError, Request], Response],
    ) -> None:
        self._cache = cache
        self._routes = routes
        self._explain = explain
        self._dataset: Description | None = None
        self._of_dataset: Headers = []

    async def respond(self, request: Request) -> Response:
        """The response to *request*; whoever gets it closes it. Raises nothing but cancellation."""
        try:
            return await self._finish(await self._answer(request), request)
        except GbaGraphError as problem:
            return await self.refuse(problem, request)
        except Exception:
            log.exception("unexpected failure")
            ours = GbaGraphError("The server failed to answer. This is our fault.")
            return await self.refuse(ours, request)

    async def refuse(self, problem: GbaGraphError, request: Request) -> Response:
        """The response that says what is wrong."""
        if problem.status >= 500:
            log.warning("%s: %s", problem.name, problem.message)
        response = self._explain(problem, request)
        response.add("cache-control", "no-store")
        for name, value in problem.headers.items():
            response.add(name.lower(), value)
        if "allow" in problem.details:
            response.add("allow", problem.details["allow"])
        return await self._finish(response, request)

    async def _answer(self, request: Request) -> Response:
        route, arguments = self._routes.find(request.path)
        allow = ", ".join(route.methods)
        if request.method not in route.methods:
            raise MethodNotAllowed(
                f"{request.method} is not offered at {request.path}. Use {allow}.", allow=allow
            )
        if request.method == "OPTIONS":
            return _options(request, allow)
        found = await route.handler(request, **arguments)
        if isinstance(found, Evaluation):
            return await self._evaluate(found, request)
        return _coded_page(found, request)

    async def _evaluate(self, wanted: Evaluation, request: Request) -> Response:
        """The result, unless the client has it."""
        name = coding.choose(request.headers.get("accept-encoding", ""))
        if_none_match = request.headers.get("if-none-match", "")
        if if_none_match:
            etag = _variant(self._cache.etag(wanted.job), name)
            if etag and none_match(if_none_match, etag):
                return self._not_modified(etag)
        terms = Terms(request.client, wanted.timeout, wanted.is_reserved)
        result = await self._cache.get(wanted.job, terms)
        etag = _variant(result.etag, name)
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
        return await _with_result(result, headers, name)

    def _is_unchanged(self, request: Request) -> bool:
        """The conditions that hold only for a result that exists, so it was evaluated first."""
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
            (b"cache-control", b"public, max-age=300"),
            (b"last-modified", self._cache.last_modified.encode()),
        ]

    async def _finish(self, response: Response, request: Request) -> Response:
        """The header fields that every response has, and its length."""
        response.headers += self._common()
        is_measured = any(name == b"content-length" for name, _ in response.headers)
        if response.rest is not None and not is_measured and request.http_version < "1.1":
            spool, length = await Spool.of(response, response.rest)
            response.body, response.rest = b"", Rest(spool.blocks(), spool.close)
            response.add("content-length", str(length))
        if response.rest is None and response.status not in (204, 304):
            response.add("content-length", str(len(response.body)))
        if request.method == "HEAD":
            response.close()
            response.body, response.rest = b"", None
        return response

    def _common(self) -> Headers:
        """The header fields that every response has, made once for a dataset."""
        dataset = self._cache.engine.description
        if dataset is not self._dataset:
            self._dataset = dataset
            hashed = [(b"dataset-hash", dataset.hash.encode())] if dataset.hash else []
            self._of_dataset = [(b"dataset-version", dataset.version.encode()), *hashed, *_FIXED]
        return self._of_dataset


async def _with_result(result: Result, headers: Headers, name: str) -> Response:
    """The response with a whole result, or one that goes on, in the content coding *name*."""
    if result.answer is None:
        body = result.body
        if name and len(body) >= coding.SMALLEST:
            body = await result.coded(name)
            headers.append((b"content-encoding", name.encode()))
        return Response(200, headers, body, is_shared=bool(result.etag))
    answer = result.answer
    if not name:
        return Response(200, headers, rest=Rest(answer, answer.close))
    headers.append((b"content-encoding", name.encode()))
    blocks = coded(answer, coding.ENCODERS[name]())
    return Response(200, headers, rest=Rest(blocks, answer.close))


def _coded_page(response: Response, request: Request) -> Response:
    """A page in the content coding that the client prefers."""
    name = coding.choose(request.headers.get("accept-encoding", ""))
    media_type = next((value for key, value in response.headers if key == b"content-type"), b"")
    is_small = len(response.body) < coding.SMALLEST
    if name and not is_small and not media_type.decode().endswith(_COMPRESSED):
        response.body = coding.encode(name, response.body)
        response.add("content-encoding", name)
    return response


def _options(request: Request, allow: str) -> Response:
    """What may be asked here; a browser's preflight gets what a script may (Fetch, section 3.3)."""
    response = Response(204)
    response.add("allow", allow)
    if "access-control-request-method" in request.headers:
        response.status = 200
        response.add("access-control-allow-methods", allow)
        response.add("access-control-max-age", "86400")
        wanted = request.headers.get("access-control-request-headers", "*")
        response.add("access-control-allow-headers", wanted)
    return response


def _variant(etag: str, name: str) -> str:
    """The tag of the result for clients that get it in a content coding: other bytes, another tag."""
    return f'{etag[:-1]}-{name}"' if etag and name else etag
