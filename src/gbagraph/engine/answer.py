"""An answer, as the server has it: whole, or block by block while its evaluation goes on."""

from __future__ import annotations

from collections import deque
from typing import IO, TYPE_CHECKING, NamedTuple, Protocol, Self, TypeVar, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.rdf.formats import Format, Scan
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


class Answer(msgspec.Struct):
    """An answer: all of it in *body*, or, if it is large, block by block, by iterating over it.

    If the evaluation fails after the first blocks, the iteration raises, and the sender must break the
    connection, so that no truncated answer is taken for a complete one. :meth:`close` releases what a
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
    buffered: deque[bytes] = msgspec.field(default_factory=deque)

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


_Item = TypeVar("_Item")


class Tally:
    """Counts the *rows* of one answer; None while nothing is counted."""

    def __init__(self, *, scans: bool) -> None:
        self.rows: int | None = None
        self.scans = scans
        """Whether what the engine writes is to be counted."""

    def of(self, items: Iterable[_Item]) -> Iterator[_Item]:
        """The same *items*, counted."""
        self.rows = 0
        for item in items:
            self.rows += 1
            yield item

    def through(self, file: IO[bytes], scan: Scan) -> IO[bytes]:
        """Return a file for rows that the engine writes; *scan* counts them on their way to *file*."""
        self.rows = 0
        return cast("IO[bytes]", _Counting(self, file, scan))

    def add(self, count: int) -> None:
        """Count more rows."""
        self.rows = (self.rows or 0) + count


class _Counting:
    """A file object that passes on what is written to it."""

    def __init__(self, tally: Tally, file: IO[bytes], scan: Scan) -> None:
        self._tally, self._file, self._scan = tally, file, scan

    def write(self, data: bytes) -> int:
        self._tally.add(self._scan(data))
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()
