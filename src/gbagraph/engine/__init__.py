"""How a query is run: in a worker process that can be killed without harm to anything else.

A fork server, which has one thread, loads the dataset once and forks workers. A worker evaluates one
job at a time and sends the answer over a socket. The server reads the answer, kills a worker whose job
exceeds a limit, and gets a new one in about a millisecond. The server never passes a query to the SPARQL
engine in its own process: a small, deeply nested query is enough to crash a process.
"""

from gbagraph.engine.admission import JobOptions
from gbagraph.engine.engine import Engine
from gbagraph.engine.execution import Answer, Timing
from gbagraph.engine.jobs import (
    DEFAULT_GRAPH,
    Completions,
    Counts,
    Dump,
    Explain,
    Extend,
    Job,
    JsonLdContext,
    JsonLdDocument,
    Lookup,
    Meanings,
    Quads,
    Query,
    Reconcile,
    Search,
    SyntaxCheck,
    Why,
    canned_query,
    encode,
)
from gbagraph.engine.paging import Page

__all__ = [
    "DEFAULT_GRAPH",
    "Answer",
    "Completions",
    "Counts",
    "Dump",
    "Engine",
    "Explain",
    "Extend",
    "Job",
    "JobOptions",
    "JsonLdContext",
    "JsonLdDocument",
    "Lookup",
    "Meanings",
    "Page",
    "Quads",
    "Query",
    "Reconcile",
    "Search",
    "SyntaxCheck",
    "Timing",
    "Why",
    "canned_query",
    "encode",
]
