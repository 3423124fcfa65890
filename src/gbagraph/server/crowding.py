"""How many clients may be connected at once, and which are let go when more come.

Each connection takes a descriptor, and without any left there would be none for a newcomer, nor for a
worker. So those that have waited longest for their client make room: idle ones, and those whose requests
do not come. Nobody's answer is given up.
"""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

_RESERVED: Final = 128
"""Descriptors for all but connections: workers, files, sockets between processes."""
_AT_ONCE: Final = 10
"""One in so many connections is let go at once, so that they need not be looked at for each newcomer."""


class Connection(Protocol):
    """A connection, and since when it has waited for its client, in the time of the event loop."""

    def waits_since(self) -> float | None:
        """None while an answer is made or sent."""

    def let_go(self) -> None:
        """Close it."""


def most_connections() -> int:
    """The connections that a process may have, by its limit of descriptors (``ulimit -n``)."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return 1_000_000
    return max(soft - min(_RESERVED, soft // 2), 1)


def make_room(connections: Iterable[Connection], most: int) -> int:
    """Let those go that have waited longest, some of *most*; how many these were."""
    waiting = [(since, each) for each in connections if (since := each.waits_since()) is not None]
    chosen = sorted(waiting, key=lambda row: row[0])[: max(most // _AT_ONCE, 1)]
    for _, each in chosen:
        each.let_go()
    return len(chosen)
