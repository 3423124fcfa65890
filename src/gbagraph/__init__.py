"""Guangzhou's innovation mega projects in the Greater Bay Area, as a graph that can be queried.

``gbagraph.open()`` gives the graph in process; ``gbagraph serve`` gives it as a SPARQL endpoint, and
``gbagraph.connect()`` asks one. ``docs/python.md`` is the manual.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from gbagraph._version import __version__

if TYPE_CHECKING:
    from gbagraph import errors
    from gbagraph.answers import (
        Answer,
        Boolean,
        ExplainedRow,
        ExplainedSolutions,
        Row,
        Solutions,
        Triples,
    )
    from gbagraph.client import AsyncRemoteGraph, RemoteGraph, connect, connect_async
    from gbagraph.graph import Graph, open  # noqa: A004  read as gbagraph.open()
    from gbagraph.graph.safe import SafeGraph
    from gbagraph.interface import AsyncQueryable, Queryable

__all__ = [
    "Answer",
    "AsyncQueryable",
    "AsyncRemoteGraph",
    "Boolean",
    "ExplainedRow",
    "ExplainedSolutions",
    "Graph",
    "Queryable",
    "RemoteGraph",
    "Row",
    "SafeGraph",
    "Solutions",
    "Triples",
    "__version__",
    "connect",
    "connect_async",
    "errors",
    "open",
]

_MODULES: Final = {
    "Answer": "answers",
    "AsyncQueryable": "interface",
    "AsyncRemoteGraph": "client",
    "Boolean": "answers",
    "ExplainedRow": "answers",
    "ExplainedSolutions": "answers",
    "Graph": "graph",
    "Queryable": "interface",
    "RemoteGraph": "client",
    "Row": "answers",
    "SafeGraph": "graph.safe",
    "Solutions": "answers",
    "Triples": "answers",
    "connect": "client",
    "connect_async": "client",
    "open": "graph",
}
"""Where what is importable from here is."""


def __getattr__(name: str) -> object:
    # A server starts sooner without what only programs in Python need (PEP 562).
    if name == "errors":
        return import_module("gbagraph.errors")
    if name in _MODULES:
        return getattr(import_module(f"gbagraph.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
