"""A knowledge graph of a news article, or of your own data, that can be queried, tested and served.

``gbagraph.open()`` gives the graph in process; ``gbagraph serve`` gives it as a SPARQL endpoint, and
``gbagraph.connect()`` asks one. The server has the manual, at ``/docs/python.md``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from gbagraph._version import __version__

if TYPE_CHECKING:
    from gbagraph import answers, errors
    from gbagraph.api.answer import Answer, Boolean, Triples
    from gbagraph.api.in_process import Graph, open  # noqa: A004  read as gbagraph.open()
    from gbagraph.api.queryable import AsyncQueryable, Queryable
    from gbagraph.api.remote import AsyncRemoteGraph, RemoteGraph, connect, connect_async
    from gbagraph.api.safe import SafeGraph
    from gbagraph.api.solutions import ExplainedRow, ExplainedSolutions, Row, Solutions

_PLACES: Final = {
    "Answer": "api.answer",
    "AsyncQueryable": "api.queryable",
    "AsyncRemoteGraph": "api.remote",
    "Boolean": "api.answer",
    "ExplainedRow": "api.solutions",
    "ExplainedSolutions": "api.solutions",
    "Graph": "api.in_process",
    "Queryable": "api.queryable",
    "RemoteGraph": "api.remote",
    "Row": "api.solutions",
    "SafeGraph": "api.safe",
    "Solutions": "api.solutions",
    "Triples": "api.answer",
    "connect": "api.remote",
    "connect_async": "api.remote",
    "open": "api.in_process",
}
"""The module of each name, which is imported when the name is first used."""

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
    "answers",
    "connect",
    "connect_async",
    "errors",
    "open",
]


def __dir__() -> list[str]:
    """Return the public names: editors and ``help()`` show these, and no module of ours."""
    return list(__all__)


def __getattr__(name: str) -> object:
    # A server starts sooner without what only programs in Python need (PEP 562).
    if name in ("answers", "errors"):
        return import_module(f"gbagraph.{name}")
    if name in _PLACES:
        return getattr(import_module(f"gbagraph.{_PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
