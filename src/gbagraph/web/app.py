"""The web application: the addresses of the kernel and of the features that are present.

``gbagraph serve`` needs no framework. An application of your own that has one mounts this::

    graph = create_app(Settings(root_path="/graph"))
    app = FastAPI(lifespan=...)
    app.mount("/graph", graph)

Its engine lives as long as its lifespan, which yours has to enter, as the framework does not for what is
mounted: ``async with graph.router.lifespan_context(graph)``.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from gbagraph import feature, publication
from gbagraph._version import __version__
from gbagraph.composition import check_queries, engine_of, published
from gbagraph.endpoint.asgi import AsgiAdapter
from gbagraph.endpoint.request import QUERY_METHODS, Addresses
from gbagraph.endpoint.responder import NOTHING, READ_METHODS, Responder, Route, Routes
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.errors import UnknownResource
from gbagraph.settings import MEGABYTE, Settings
from gbagraph.web import addresses
from gbagraph.web.context import Context
from gbagraph.web.site import error_renderer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI

    from gbagraph.endpoint.asgi import Receive, Scope, Send
    from gbagraph.endpoint.responder import Handler
    from gbagraph.feature import Feature, View


class Application:
    """The endpoint and its pages as an ASGI application, which answers requests and nothing else."""

    def __init__(
        self, cache: ResultCache, of_server: Addresses, settings: Settings, generation: int = 1
    ) -> None:
        self.responder = self._responder(Context(cache, settings, generation))
        self._adapter = AsgiAdapter(
            self.responder, of_server, settings.transfer_timeout, settings.body_size * MEGABYTE
        )

    def _responder(self, context: Context) -> Responder:
        return responder(context)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        await self._adapter(scope, receive, send)


def responder(context: Context) -> Responder:
    """Return what answers requests about the data of *context*."""
    return Responder(
        context.cache,
        Routes(routes(context)),
        error_renderer(context),
        context.access_log,
        context.limiter,
    )


def routes(context: Context) -> list[Route]:
    """Return all addresses, each with the view that answers there; nothing does where it is left out."""
    gone = [Route(view.path, lambda: _gone) for view in addresses.gone()]
    return gone + [
        Route(
            view.path,
            partial(_handler, owner, view, context),
            QUERY_METHODS if view.takes_queries else READ_METHODS,
            view.is_free,
        )
        for owner, view in addresses.views()
    ]


def _handler(owner: Feature, view: View, context: Context) -> Handler:
    return partial(owner.load(view.code), context)


async def _gone(*_: object, **__: object) -> NoReturn:
    """Nothing: what was at this address is left out."""
    raise UnknownResource(NOTHING)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return an application that serves what *settings* say; its lifespan starts and ends the engine.

    Raises:
        SettingError: a setting is wrong, or a feature that is to be left out is unknown or needed.
        DatasetError: there is no such release, file or store.
    """
    from fastapi import FastAPI  # noqa: PLC0415  no server needs it

    chosen = settings or Settings()
    feature.leave_out(chosen.without or None)
    publication.use(published(chosen))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with engine_of(chosen) as engine:
            await check_queries(engine)
            cache = ResultCache(engine, chosen.cache_size)
            addresses = Addresses(chosen.public_url, chosen.root_path, chosen.trusted_proxies)
            app.mount("/", Application(cache, addresses, chosen))
            yield
            app.router.routes.pop()

    return FastAPI(
        title="gbagraph",
        version=__version__,
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
