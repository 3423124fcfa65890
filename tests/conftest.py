"""Fixtures: the graph in process, and real servers on loopback sockets."""

from __future__ import annotations

import pytest

import gbagraph
from support import RunningServer


@pytest.fixture(scope="session")
def graph():
    """The built-in dataset in this process."""
    return gbagraph.open()


@pytest.fixture(scope="session")
def server():
    """A server process with the built-in dataset."""
    with RunningServer() as running:
        yield running


@pytest.fixture(scope="session")
def small_file(tmp_path_factory):
    """A few triples in two named graphs and the default graph, one of them in both graphs."""
    path = tmp_path_factory.mktemp("data") / "small.trig"
    path.write_text(
        """
        PREFIX e: <http://example.org/>
        e:a e:p e:b .
        GRAPH e:g1 { e:b e:p e:c . e:shared e:p 1 . }
        GRAPH e:g2 { e:c e:p "x"@en . e:shared e:p 1 . }
        """
    )
    return path


@pytest.fixture(scope="session")
def small_server(small_file):
    """A server process for mechanics: small data, a time limit of one second, little memory."""
    with RunningServer(
        "--data", small_file, "--query-timeout", "1", "--query-memory", "64"
    ) as running:
        yield running
