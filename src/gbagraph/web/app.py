"""The web application: the addresses of the kernel and of the features that are present."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from gbagraph import feature
from gbagraph.endpoint.asgi import AsgiAdapter
from gbagraph.endpoint.request import QUERY_METHODS
from gbagraph.endpoint.responder import READ_METHODS, Responder, Route, Routes, pattern
from gbagraph.feature import Feature, View
from gbagraph.settings import MEGABYTE
from gbagraph.web.context import Context
from gbagraph.web.problems import error_renderer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gbagraph.endpoint.asgi import Receive, Scope, Send
    from gbagraph.endpoint.request import Addresses
    from gbagraph.endpoint.result_cache import ResultCache
    from gbagraph.settings import Settings

KERNEL: Final = Feature(
    name="kernel",
    summary="Queries over HTTP, and what every page needs.",
    package="gbagraph.web.views",
    routes=(
        View("/", ".start:page"),
        View("/sparql", ".sparql:endpoint", takes_queries=True),
        View("/graphs", ".sparql:graph_store"),
        View("/service", ".site:service"),
        View("/prefixes", ".site:prefixes"),
        View("/language", ".site:language"),
        View("/context.jsonld", ".site:json_ld_context"),
        View("/.well-known/void", ".site:void"),
        View("/favicon.ico", ".static:icon", is_free=True),
        View("/robots.txt", ".crawlers:robots", is_free=True),
        View("/sitemap.xml", ".crawlers:sitemap"),
        View("/problem/{name}", ".site:problem"),
        View("/static/{name}", ".static:file", is_free=True),
    ),
)


class Application:
    """The endpoint and its pages as an ASGI application, which answers requests and nothing else."""

    def __init__(
        self, cache: ResultCache, addresses: Addresses, settings: Settings, generation: int = 1
    ) -> None:
        context = Context(cache, settings, generation)
        context.serves = served()
        self.responder = Responder(
            cache,
            Routes(routes(context)),
            error_renderer(context),
            context.access_log,
            context.limiter,
        )
        self._adapter = AsgiAdapter(
            self.responder, addresses, settings.transfer_timeout, settings.body_size * MEGABYTE
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        await self._adapter(scope, receive, send)


def routes(context: Context) -> list[Route]:
    """Return all addresses, each with the view that answers there: the catch-alls come last."""
    return [
        Route(
            view.path,
            partial(owner.load(view.code), context),
            QUERY_METHODS if view.takes_queries else READ_METHODS,
            view.is_free,
        )
        for owner, view in _views((KERNEL, *feature.present().values()))
    ]


def _views(owners: Iterable[Feature]) -> list[tuple[Feature, View]]:
    """The views of some features, as declared; those that also match slashes last, the longest first."""
    found = [(each, view) for each in owners for view in each.routes]
    return sorted(found, key=lambda pair: -len(pair[1].path) if ":path}" in pair[1].path else -99)


def served() -> Callable[[str], bool]:
    """Return the function that says whether the view at a path is one of a present feature."""
    absent = feature.absent()
    views = _views((KERNEL, *feature.present().values(), *absent)) if absent else []
    rows = [(pattern(view.path), owner not in absent) for owner, view in views]
    return lambda path: next((here for each, here in rows if each.fullmatch(path)), not absent)
