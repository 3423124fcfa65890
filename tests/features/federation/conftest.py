"""Servers that call others: one that may call another graph, by two names, and faulty endpoints."""

import pytest

from gbagraph.testing import FaultyEndpoint
from support import LoggedServer, RunningServer
from support.services import LEAKY, NAMED, Endpoint, allowed

HERE = "@prefix : <http://e/> . :x :p 1 . :y :p 2 . :z :p 3 ."
THERE = '@prefix : <http://e/> . :x :q "ex", "ex2" . :y :q [ :r 5 ] . :w :q "w" .'


@pytest.fixture(scope="package")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("federation")
    found = {"here": folder / "here.ttl", "there": folder / "there.ttl"}
    found["here"].write_text(HERE)
    found["there"].write_text(THERE)
    return found


@pytest.fixture(scope="package")
def other_server(files):
    with RunningServer("--data", files["there"]) as running:
        yield running


@pytest.fixture(scope="package")
def faulty():
    with FaultyEndpoint() as running:
        yield running


@pytest.fixture(scope="package")
def leaky():
    """An endpoint that fails as its status says, and tells of it what is nobody else's business."""
    with Endpoint() as running:
        running.reason, running.body = (
            "SECRET phrase",
            b"Traceback\x1b[31m\r\nat db.SECRET.internal",
        )
        location = "http://admin:SECRET@10.0.0.5/internal?key=SECRET#SECRET"
        running.headers |= {"Location": location, "Content-Type": "text/plain"}
        yield running


@pytest.fixture(scope="package")
def calling_server(files, other_server, faulty, leaky, tmp_path_factory):
    """It may call the other server by its address and as NAMED, and endpoints that are faulty."""
    options = [
        *allowed(LEAKY, address=f"{leaky.url}?key=SECRET"),
        *allowed(other_server.sparql),
        *allowed(NAMED, name="named", address=other_server.sparql),
    ]
    for path, limit in {"ok": 60, "stall": 1, "stall-body": 60}.items():
        options += allowed(f"{faulty.url}/{path}", timeout=limit)
    options += allowed("http://127.0.0.1:1/sparql", name="nobody")
    log = tmp_path_factory.mktemp("calling") / "log"
    with LoggedServer(log, "--data", files["here"], *options) as running:
        yield running
