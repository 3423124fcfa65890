"""Guangzhou's innovation mega projects in the Greater Bay Area, as a graph that can be queried.

``gbagraph.open()`` gives the graph in process; ``gbagraph serve`` gives it as a SPARQL endpoint.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from gbagraph._version import __version__

if TYPE_CHECKING:
    from gbagraph.graph import Graph, open  # noqa: A004  read as gbagraph.open()

__all__ = ["Graph", "__version__", "open"]


def __getattr__(name: str) -> object:
    # A server starts sooner without what only programs in Python need (PEP 562).
    if name in ("Graph", "open"):
        return getattr(import_module("gbagraph.graph"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
