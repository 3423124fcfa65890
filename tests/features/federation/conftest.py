"""Servers that call others: one that may call another graph, by two names, and faulty endpoints."""

import pytest

from gbagraph.testing import FaultyEndpoint
from support import RunningServer
from support.services import NAMED, allowed

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
def calling_server(files, other_server, faulty):
    """It may call the other server by its address and as NAMED, and an endpoint that is faulty."""
    options = [
        *allowed(other_server.sparql),
        *allowed(NAMED, name="named", address=other_server.sparql),
    ]
    for path in ("ok", "stall"):
        options += allowed(f"{faulty.url}/{path}", timeout=1.0)
    options += allowed("http://127.0.0.1:1/sparql", name="nobody")
    with RunningServer("--data", files["here"], *options) as running:
        yield running
