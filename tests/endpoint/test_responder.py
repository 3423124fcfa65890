"""The one way, without a server: what goes in is a request, what comes out is a response."""

import asyncio

import pytest

from gbagraph.endpoint.request import Addresses
from gbagraph.endpoint.responder import Responder, Route, Routes
from gbagraph.endpoint.response import Response
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.engine import Engine
from gbagraph.errors import UnknownResource
from gbagraph.web.app import routes
from gbagraph.web.context import Context
from gbagraph.web.views.site import error_renderer


def respond(*requests, own=()):
    """The responses to (method, target, headers) of a server of its own."""

    async def ask():
        async with Engine() as engine:
            cache = ResultCache(engine, 16)
            context = Context(cache)
            routed = Routes([*own, *routes(context)])
            responder = Responder(cache, routed, error_renderer(context), context.access_log)
            found = []
            for method, target, headers in requests:
                path, _, query = target.partition("?")
                pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
                request = Addresses().request(
                    method, path, query.encode(), pairs, peer=("127.0.0.1", 1), local=None
                )
                response = await responder.respond(request)
                response.close()
                found.append(response)
            return found, dict(engine.counts), engine.admission.in_use()

    return asyncio.run(ask())


@pytest.mark.processes
def test_a_fault_of_ours_is_told_without_details():
    async def broken(request):
        raise ZeroDivisionError(request.path)

    (response,), _, _ = respond(("GET", "/broken", {}), own=[Route("/broken", broken)])

    assert response.status == 500
    assert b"a fault of the server" in response.body
    assert b"division" not in response.body.lower()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/plain", ("/plain", {})),
        ("/one/a", ("/one/{name}", {"name": "a"})),
        ("/one/a/b", ("/{path:path}", {"path": "one/a/b"})),
        ("/file.ttl", ("/file.{extension}", {"extension": "ttl"})),
        ("/a\nb", ("/{path:path}", {"path": "a\nb"})),
    ],
)
def test_routes(path, expected):
    async def handler(_):
        return Response(200)

    templates = ["/plain", "/one/{name}", "/file.{extension}", "/{path:path}"]
    found, arguments = Routes([Route(text, handler) for text in templates]).find(path)

    assert (found.path, arguments) == expected
    with pytest.raises(UnknownResource):
        Routes([]).find(path)
