"""How many rows or triples an answer has: counted while it is written.

The engine writes rows itself, without telling how many. They are counted in what it writes then, only
where somebody wants to know: in JSON that takes as long again as finding and writing them, in XML and
TSV a tenth of that.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.rdf.format import Scan

_Item = TypeVar("_Item")


class Tally:
    """Counts the *rows* of one answer; None while nothing is counted, or where the engine writes.

    What the engine writes is counted only with *scans*.
    """

    def __init__(self, *, scans: bool) -> None:
        self.rows: int | None = None
        self._scans = scans

    def of(self, items: Iterable[_Item]) -> Iterator[_Item]:
        """The same *items*, counted."""
        self.rows = 0
        for item in items:
            self.rows += 1
            yield item

    def through(self, file: IO[bytes], scan: Scan) -> IO[bytes]:
        """Return a file for rows that the engine writes; *scan* counts them on their way to *file*."""
        if not self._scans:
            return file
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
