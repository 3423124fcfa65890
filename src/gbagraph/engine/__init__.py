"""Evaluation in processes that may die: the one way from a query to an answer.

A nursery process, single-threaded, loads the dataset once and forks workers. A worker evaluates
one query at a time and sends the answer over a socket. The server talks to the workers, kills the
one whose query is over its limit, and gets a fresh one in about a millisecond. No query text ever
reaches the engine in the server's own process: a small nested query is enough to end a process.
"""

from gbagraph.engine.evaluation import Answer, Engine
from gbagraph.engine.jobs import DEFAULT_GRAPH, Context, Document, Dump, Job, Quads, Query

__all__ = [
    "DEFAULT_GRAPH",
    "Answer",
    "Context",
    "Document",
    "Dump",
    "Engine",
    "Job",
    "Quads",
    "Query",
]
