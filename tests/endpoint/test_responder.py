"""The one way, without a server: what goes in is a request, what comes out is a response."""

import asyncio
from types import SimpleNamespace

import pytest

from gbagraph.endpoint.request import Addresses
from gbagraph.endpoint.responder import Responder, Route, Routes
from gbagraph.endpoint.response import Response
from gbagraph.endpoint.result_cache import ResultCache
from gbagraph.errors import UnknownResource
from gbagraph.web.context import Context
from gbagraph.web.site import error_renderer


def test_a_fault_of_ours_is_told_without_details(graph):
    async def broken(request):
        raise ZeroDivisionError(request.path)

    cache = ResultCache(SimpleNamespace(description=graph.description), 16)
    context = Context(cache)
    routes = Routes([Route("/broken", lambda: broken)])
    responder = Responder(cache, routes, error_renderer(context), context.access_log)
    request = Addresses().request("GET", "/broken", b"", [], peer=("127.0.0.1", 1), local=None)

    response = asyncio.run(responder.respond(request))

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
    found, arguments = Routes([Route(text, lambda: handler) for text in templates]).find(path)

    assert (found.path, arguments) == expected
    with pytest.raises(UnknownResource):
        Routes([]).find(path)
