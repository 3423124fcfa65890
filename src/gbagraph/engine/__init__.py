"""Evaluation in processes that may die: the one way from a query to an answer.

A fork server, single-threaded, loads the dataset once and forks workers. A worker evaluates one
query at a time and sends the answer over a socket. The server talks to the workers, kills the one
whose query is over its limit, and gets a fresh one in about a millisecond. No query text ever
reaches the engine in the server's own process: a small nested query is enough to end a process.
"""

from gbagraph.engine.admission import Terms
from gbagraph.engine.engine import Engine
from gbagraph.engine.execution import Answer
from gbagraph.engine.jobs import (
    DEFAULT_GRAPH,
    Check,
    Context,
    Document,
    Dump,
    Job,
    Quads,
    Query,
    Why,
    encode,
)

__all__ = [
    "DEFAULT_GRAPH",
    "Answer",
    "Check",
    "Context",
    "Document",
    "Dump",
    "Engine",
    "Job",
    "Quads",
    "Query",
    "Terms",
    "Why",
    "encode",
]
