"""How do I ask a server in Python? By the same interface as a graph in my own process.

Needs httpx: ``pip install 'gbagraph[client]'``.
"""

from gbagraph.answers.packages import needed

needed("httpx", "gbagraph.connect()", "gbagraph[client]")

from gbagraph.client.graphs import (  # noqa: E402  only with httpx
    AsyncRemoteGraph,
    RemoteGraph,
    connect,
    connect_async,
)

__all__ = ["AsyncRemoteGraph", "RemoteGraph", "connect", "connect_async"]
