"""The web application: every address, and FastAPI for the application's life."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fastapi import FastAPI

from gbagraph import __version__
from gbagraph.endpoint.asgi import AsgiAdapter
from gbagraph.endpoint.responder import ASK, READ, Responder, Route, Routes
from gbagraph.web.context import Context
from gbagraph.web.problems import explainer
from gbagraph.web.views import dumps, entities, ontology, queries, site, sparql, why

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
    return [
        Route(path, partial(view, context), methods)
        for path, view, methods in (
            ("/", site.start, READ),
            ("/sparql", sparql.endpoint, ASK),
            ("/queries", queries.listing, READ),
            ("/queries/{name}", queries.answer, READ),
            ("/why", why.triple, READ),
            ("/dumps/{name}", dumps.file, READ),
            ("/graphs", sparql.graph_store, READ),
            ("/prefixes", site.prefixes, READ),
            ("/context.jsonld", site.json_ld_context, READ),
            ("/.well-known/void", site.void, READ),
            ("/graph/{name}", dumps.graph, READ),
            ("/ontology", ontology.document, READ),
            ("/ontology/{version}", ontology.version, READ),
            ("/ontology.{extension}", ontology.file, READ),
            ("/problem/{name}", site.problem, READ),
            ("/metrics", site.metrics, READ),
            ("/doc/{path:path}", entities.document, READ),
            ("/{path:path}", entities.thing, READ),
        )
    ]
