"""What can be asked in Python, wherever the graph is? The same of all graphs, in the same words.

What is written for one graph runs with another: in this process, in a worker, or behind an address.
"""

from gbagraph.interface.asynchronous import AsyncQueryable
from gbagraph.interface.synchronous import Queryable

__all__ = ["AsyncQueryable", "Queryable"]
