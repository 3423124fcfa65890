"""The graph as a part of a FastAPI application: the endpoint and its pages, mounted below a path.

``gbagraph serve`` needs no framework. An application of your own that has one mounts this::

    graph = create_app(Settings(root_path="/graph"))
    app = FastAPI(lifespan=...)
    app.mount("/graph", graph)

Its engine lives as long as its lifespan, which yours has to enter, as the framework does not for what is
mounted: ``async with graph.router.lifespan_context(graph)``.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI

from gbagraph import feature, publication
from gbagraph._version import __version__
from gbagraph.composition import check_queries, engine_of, published
from gbagraph.endpoint.request import Addresses
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.settings import Settings
from gbagraph.web.app import Application

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return an application that serves what *settings* say; its lifespan starts and ends the engine.

    Raises:
        SettingError: a setting is wrong, or a feature that is to be left out is unknown or needed.
        DatasetError: there is no such release, file or store.
    """
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
