"""An answer, as the server has it: whole, or block by block while its evaluation goes on."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

if TYPE_CHECKING:
    from gbagraph.rdf.format import Format
    from gbagraph.sparql.sources import Source


class Evaluation(Protocol):
    """What writes a large answer."""

    rows: int | None

    async def read(self) -> bytes | None:
        """Return the next block; None at the end."""

    def close(self) -> None:
        """Release what it holds."""


class Timing(NamedTuple):
    """Where the time of an answer went, in seconds.

    It was *queued* until a worker had the job, and *evaluated* until it was whole or, of a large one,
    until its first bytes could be sent; *processor* is the processor time of a whole one.
    """

    queued: float
    evaluated: float
    processor: float = 0.0


@dataclass(slots=True)
class Answer:
    """An answer: all of it in *body*, or, if it is large, block by block, by iterating over it.

    If the evaluation fails after the first blocks, the iteration raises, and the sender must break the
    connection, so that nobody takes a truncated answer for a complete one. :meth:`close` releases what a
    large answer holds; at the time limit this happens in any case. *sources* are the other endpoints
    that were called for it.
    """

    format: Format
    body: bytes = b""
    execution: Evaluation | None = None
    calls_for_help: bool = False
    sources: tuple[Source, ...] = ()
    timing: Timing | None = None
    counted: int | None = None
    buffered: deque[bytes] = field(default_factory=deque)

    @property
    def is_whole(self) -> bool:
        """Whether *body* is the whole answer."""
        return self.execution is None

    @property
    def rows(self) -> int | None:
        """Its rows or triples; None before all of it is there, and where they are not counted."""
        return self.counted if self.execution is None else self.execution.rows

    async def read(self) -> bytes:
        """All of it; what the answer holds is released, also if its evaluation fails."""
        try:
            return b"".join([self.body, *[block async for block in self]])
        finally:
            self.close()

    def close(self) -> None:
        """Release what the answer holds; does nothing for a whole answer, or the second time."""
        self.buffered.clear()
        if self.execution is not None:
            self.execution.close()

    def __aiter__(self) -> Self:
        """The blocks of a large answer."""
        return self

    async def __anext__(self) -> bytes:
        """The next block."""
        if self.buffered:
            return self.buffered.popleft()
        block = None if self.execution is None else await self.execution.read()
        if block is None:
            raise StopAsyncIteration
        return block
