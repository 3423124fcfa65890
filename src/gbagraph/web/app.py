"""The web application: all addresses, and FastAPI for startup and shutdown."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI

from gbagraph import __version__
from gbagraph.endpoint.asgi import AsgiAdapter
from gbagraph.endpoint.request import QUERY_METHODS
from gbagraph.endpoint.responder import READ_METHODS, Responder, Route, Routes
from gbagraph.features.canned import api_pages
from gbagraph.features.canned import routes as canned
from gbagraph.features.manual import routes as manual
from gbagraph.features.ontology import routes as ontology
from gbagraph.features.operations import routes as operations
from gbagraph.features.reconcile import routes as reconcile
from gbagraph.features.search import routes as search
from gbagraph.features.things import routes as things
from gbagraph.features.things import start
from gbagraph.features.why import routes as why
from gbagraph.settings import MEGABYTE
from gbagraph.web.context import Context
from gbagraph.web.problems import error_renderer
from gbagraph.web.views import crawlers, dumps, explain, site, sparql, static

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from gbagraph.endpoint.request import Addresses
    from gbagraph.endpoint.result_cache import ResultCache
    from gbagraph.settings import Settings


_FREE: Final = frozenset(
    {"/metrics", "/health/live", "/health/ready", "/static/{name}", "/favicon.ico", "/robots.txt"}
)
"""What does not count where requests are limited: what operators ask, and what pages are made of."""


class Application(FastAPI):
    """The endpoint and its pages as an ASGI application.

    The adapter passes requests to the responder, without FastAPI's routing, so that there is one way for
    all requests.
    """

    def __init__(
        self, cache: ResultCache, addresses: Addresses, settings: Settings, generation: int = 1
    ) -> None:
        super().__init__(title="gbagraph", version=__version__, openapi_url=None)
        context = Context(cache, settings, generation)
        render_error = error_renderer(context)
        self.responder = Responder(
            cache, Routes(routes(context)), render_error, context.access_log, context.limiter
        )
        self._adapter = AsgiAdapter(
            self.responder, addresses, settings.transfer_timeout, settings.body_size * MEGABYTE
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; FastAPI handles the other kinds of events."""
        if scope["type"] == "http":
            await self._adapter(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def routes(context: Context) -> list[Route]:
    """All addresses, each with the view that answers there."""
    return [
        Route(path, partial(view, context), methods, path in _FREE)
        for path, view, methods in (
            ("/", start.page, READ_METHODS),
            ("/sparql", sparql.endpoint, QUERY_METHODS),
            ("/sparql/explain", explain.diagnostics, QUERY_METHODS),
            ("/search", search.results, READ_METHODS),
            ("/search/index.json", search.index, READ_METHODS),
            ("/lookup", reconcile.lookup, QUERY_METHODS),
            ("/reconcile", reconcile.service, QUERY_METHODS),
            ("/reconcile/suggest/{kind}", reconcile.suggest, READ_METHODS),
            ("/reconcile/properties", reconcile.properties, READ_METHODS),
            ("/reconcile/preview", reconcile.preview, READ_METHODS),
            ("/queries", canned.listing, READ_METHODS),
            ("/queries/{name}", canned.answer, READ_METHODS),
            ("/openapi", api_pages.page, READ_METHODS),
            ("/openapi.json", api_pages.document, READ_METHODS),
            ("/why", why.triple, READ_METHODS),
            ("/dumps/{name}", dumps.file, READ_METHODS),
            ("/graphs", sparql.graph_store, READ_METHODS),
            ("/service", site.service, READ_METHODS),
            ("/prefixes", site.prefixes, READ_METHODS),
            ("/language", site.language, READ_METHODS),
            ("/context.jsonld", site.json_ld_context, READ_METHODS),
            ("/.well-known/void", site.void, READ_METHODS),
            ("/.well-known/sparql-examples", canned.examples, READ_METHODS),
            ("/graph/{name}", dumps.graph, READ_METHODS),
            ("/ontology", ontology.document, READ_METHODS),
            ("/ontology/terms/{name}", ontology.term, READ_METHODS),
            ("/ontology/{version}", ontology.version, READ_METHODS),
            ("/ontology.{extension}", ontology.file, READ_METHODS),
            ("/docs", manual.index, READ_METHODS),
            ("/docs/{path:path}", manual.page, READ_METHODS),
            ("/favicon.ico", static.icon, READ_METHODS),
            ("/robots.txt", crawlers.robots, READ_METHODS),
            ("/sitemap.xml", crawlers.sitemap, READ_METHODS),
            ("/problem/{name}", site.problem, READ_METHODS),
            ("/metrics", operations.metrics, READ_METHODS),
            ("/health/live", operations.live, READ_METHODS),
            ("/health/ready", operations.ready, READ_METHODS),
            ("/static/{name}", static.file, READ_METHODS),
            ("/doc", things.of_any_iri, READ_METHODS),
            ("/doc/dataset", things.dataset, READ_METHODS),
            ("/doc/graph/{name}", things.graph, READ_METHODS),
            ("/doc/{path:path}", things.document, READ_METHODS),
            ("/{path:path}", things.thing, READ_METHODS),
        )
    ]
