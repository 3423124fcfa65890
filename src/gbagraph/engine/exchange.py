"""Exchanges: in the middle of a job, a worker asks the server for what no worker can have by itself.

A worker has no network. It sends a frame of a kind that is no part of an answer; the provider of this
kind, in the server process, sends frames back to the worker, while the job goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.engine import wire
    from gbagraph.tracing import Span


class Context(NamedTuple):
    """The evaluation that an exchange is a part of.

    Frames for its worker go over *connection*. So many *seconds* are left to it, at most none. *via* is
    the Via header (RFC 9110, section 7.6.3) of its request, and *span* its span.
    """

    connection: wire.Connection
    seconds: float
    via: str = ""
    span: Span | None = None


class Exchange(Protocol):
    """One exchange. Each is closed when the next of its kind begins, and with its evaluation."""

    def close(self) -> bool:
        """End it; whether it had ended by itself, so that nothing more of it comes to the worker."""


class Figure(NamedTuple):
    """A figure for the operator, such as calls made: its value for each of some endpoints, by name.

    It only grows if it *is_counted*.
    """

    name: str
    meaning: str
    of: str
    values: Iterable[tuple[str, float]]
    is_counted: bool = True


class Provider(Protocol):
    """What answers the frames of one *kind*; how many came is *counted_as* a figure of the engine.

    It *is_evaluator* if it does the work of a query: then the age of a query is what it costs.
    """

    kind: bytes
    counted_as: str
    is_evaluator: bool

    async def start(self) -> None:
        """Begin to provide."""

    async def stop(self) -> None:
        """End all that was begun."""

    def figures(self) -> Iterable[Figure]:
        """Return what there is to say of the endpoints behind it."""

    def open(self, payload: bytes, context: Context) -> Exchange:
        """Begin the exchange that a worker asks for with *payload*."""
