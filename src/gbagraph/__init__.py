"""Guangzhou's innovation mega projects in the Greater Bay Area, as a graph that can be queried.

``gbagraph.open()`` gives the graph in process; ``gbagraph serve`` gives it as a SPARQL endpoint.
"""

from gbagraph._version import __version__
from gbagraph.graph import Graph, open  # noqa: A004  read as gbagraph.open()

__all__ = ["Graph", "__version__", "open"]
