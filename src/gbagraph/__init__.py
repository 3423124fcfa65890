"""Guangzhou's innovation mega projects in the Greater Bay Area, as a graph that can be queried.

``gbagraph.open()`` gives the graph in process; ``gbagraph serve`` gives it as a SPARQL endpoint.
"""

from gbagraph.graph import Graph, open  # noqa: A004  read as gbagraph.open()
from gbagraph.software import __version__

__all__ = ["Graph", "__version__", "open"]
