"""How a query is run: in a worker process that can be killed without harm to anything else.

A fork server, which has one thread, loads the dataset once and forks workers. A worker evaluates one
job at a time and sends the answer over a socket. The server reads the answer, kills a worker whose job
exceeds a limit, and gets a new one in about a millisecond. The server never passes a query to the SPARQL
engine in its own process: a small, deeply nested query is enough to crash a process.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gbagraph.engine.admission import JobOptions
    from gbagraph.engine.engine import Engine
    from gbagraph.engine.jobs import (
        DEFAULT_GRAPH,
        Answer,
        Dump,
        Job,
        Page,
        Quads,
        Query,
        SyntaxCheck,
        Timing,
        canned_query,
        encode,
    )

__all__ = [
    "DEFAULT_GRAPH",
    "Answer",
    "Dump",
    "Engine",
    "Job",
    "JobOptions",
    "Page",
    "Quads",
    "Query",
    "SyntaxCheck",
    "Timing",
    "canned_query",
    "encode",
]

_MODULES: Final = {"Engine": "engine", "JobOptions": "admission"}
"""Where what is importable from here is, if not in ``jobs``."""


def __getattr__(name: str) -> object:
    # A module that declares a job needs little of the engine (PEP 562).
    if name in __all__:
        return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'jobs')}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
