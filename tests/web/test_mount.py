"""The graph as a part of an application that somebody has made with FastAPI."""

from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from gbagraph.settings import Settings
from gbagraph.web.app import create_app

pytestmark = pytest.mark.processes


def test_the_graph_is_mounted_beside_other_addresses():
    graph = create_app(Settings(root_path="/graph"))

    @asynccontextmanager
    async def lifespan(_):
        async with graph.router.lifespan_context(graph):
            yield

    app = FastAPI(lifespan=lifespan)
    app.get("/own")(lambda: "ours")
    app.mount("/graph", graph)
    with TestClient(app) as client:
        assert client.get("/own").json() == "ours"
        assert client.get("/graph/sparql", params={"query": "ASK {}"}).json()["boolean"] is True
        page = client.get("/graph/doc/id/baidu", headers={"Accept": "text/html"})
        assert 'href="/graph/sparql"' in page.text
        assert client.get("/graph/nowhere").status_code == 404
