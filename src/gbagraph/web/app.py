"""The web application: every address, and FastAPI for the application's life."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI

from gbagraph import __version__
from gbagraph.endpoint.asgi import AsgiAdapter
from gbagraph.endpoint.responder import ASK, Responder, Route, Routes
from gbagraph.web.context import Context
from gbagraph.web.problems import explainer
from gbagraph.web.views.dumps import DumpViews
from gbagraph.web.views.entities import EntityViews
from gbagraph.web.views.ontology import OntologyViews
from gbagraph.web.views.queries import QueryViews
from gbagraph.web.views.site import SiteViews
from gbagraph.web.views.sparql import SparqlViews

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from gbagraph.endpoint.request import Addresses
    from gbagraph.endpoint.result_cache import ResultCache


class Application(FastAPI):
    """The endpoint and its pages as an ASGI application.

    Requests go to the responder by the adapter, past FastAPI's routing: there is one way for all.
    """

    def __init__(self, cache: ResultCache, addresses: Addresses, patience: float) -> None:
        super().__init__(title="gbagraph", version=__version__, openapi_url=None)
        context = Context(cache)
        responder = Responder(cache, Routes(routes(context)), explainer(context))
        self.adapter = AsgiAdapter(responder, addresses, patience)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; the rest of the application's life is FastAPI's."""
        if scope["type"] == "http":
            await self.adapter(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def routes(context: Context) -> list[Route]:
    """Every address, and the view that answers there."""
    sparql = SparqlViews(context)
    queries, entities, site = QueryViews(context), EntityViews(context), SiteViews(context)
    ontology, dumps = OntologyViews(context, entities), DumpViews(context, sparql)
    return [
        Route("/", site.start),
        Route("/sparql", sparql.endpoint, ASK),
        Route("/queries", queries.listing),
        Route("/queries/{name}", queries.answer),
        Route("/dumps/{name}", dumps.file),
        Route("/graphs", sparql.graph_store),
        Route("/prefixes", site.prefixes),
        Route("/context.jsonld", site.context),
        Route("/.well-known/void", site.void),
        Route("/graph/{name}", dumps.graph),
        Route("/ontology", ontology.document),
        Route("/ontology/{version}", ontology.version),
        Route("/ontology.{extension}", ontology.file),
        Route("/problem/{name}", site.problem),
        Route("/metrics", site.metrics),
        Route("/doc/{path:path}", entities.document),
        Route("/{path:path}", entities.thing),
    ]
