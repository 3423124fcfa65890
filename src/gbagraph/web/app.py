"""The web application: the addresses of the kernel and of the features that are present."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NoReturn

from gbagraph.endpoint.asgi import AsgiAdapter
from gbagraph.endpoint.request import QUERY_METHODS
from gbagraph.endpoint.responder import NOTHING, READ_METHODS, Responder, Route, Routes
from gbagraph.errors import UnknownResource
from gbagraph.settings import MEGABYTE
from gbagraph.web import addresses
from gbagraph.web.context import Context
from gbagraph.web.views.site import error_renderer

if TYPE_CHECKING:
    from gbagraph.endpoint.asgi import Receive, Scope, Send
    from gbagraph.endpoint.request import Addresses
    from gbagraph.endpoint.result_cache import ResultCache
    from gbagraph.settings import Settings


class Application:
    """The endpoint and its pages as an ASGI application, which answers requests and nothing else."""

    def __init__(
        self, cache: ResultCache, of_server: Addresses, settings: Settings, generation: int = 1
    ) -> None:
        context = Context(cache, settings, generation)
        self.responder = Responder(
            cache,
            Routes(routes(context)),
            error_renderer(context),
            context.access_log,
            context.limiter,
        )
        self._adapter = AsgiAdapter(
            self.responder, of_server, settings.transfer_timeout, settings.body_size * MEGABYTE
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        await self._adapter(scope, receive, send)


def routes(context: Context) -> list[Route]:
    """Return all addresses, each with the view that answers there; nothing does where it is left out."""
    gone = [Route(view.path, _gone) for view in addresses.gone()]
    return gone + [
        Route(
            view.path,
            partial(owner.load(view.code), context),
            QUERY_METHODS if view.takes_queries else READ_METHODS,
            view.is_free,
        )
        for owner, view in addresses.views()
    ]


async def _gone(*_: object, **__: object) -> NoReturn:
    """Nothing: what was at this address is left out."""
    raise UnknownResource(NOTHING)
