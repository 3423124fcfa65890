"""How many rows or triples an answer has: counted while it is written.

The engine writes rows itself, without telling how many. They are counted in what it writes then, only
where somebody wants to know: in JSON that takes as long again as finding and writing them, in XML and
TSV a tenth of that.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Final, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Scan = Callable[[bytes], int]
    """Takes a text part by part, and says how many rows begin or end in each."""

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

    def through(self, file: IO[bytes], extension: str) -> IO[bytes]:
        """A file to write rows to in the format with this *extension*; they go on to *file*."""
        if not self._scans:
            return file
        self.rows = 0
        return cast("IO[bytes]", _Counting(self, file, _SCANS[extension]()))

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


class _Json:
    """In results JSON, only rows are objects in an array."""

    def __init__(self) -> None:
        self._before, self._is_inside = b"", False

    def __call__(self, data: bytes) -> int:
        data = self._before + data
        # An escape may be cut, and so may the beginning of a row.
        is_cut = (len(data) - len(data.rstrip(b"\\"))) % 2
        data, self._before = data[: len(data) - is_cut], data[len(data) - is_cut :]
        parts = data.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
        outside = b'"'.join(parts[self._is_inside :: 2])
        self._is_inside ^= len(parts) % 2 == 0
        if not self._is_inside and data.endswith((b",", b"[")):
            self._before = data[-1:]
        return outside.count(b",{") + outside.count(b"[{")


class _Xml:
    """In results XML, no text has a less-than sign."""

    _row = b"<result>"

    def __init__(self) -> None:
        self._before = b""

    def __call__(self, data: bytes) -> int:
        data = self._before + data
        self._before = data[1 - len(self._row) :]
        return data.count(self._row)


class _Lines:
    """In TSV, each row is a line, and so is the head; their ends are escaped in terms."""

    def __init__(self) -> None:
        self._heads = 1

    def __call__(self, data: bytes) -> int:
        lines = self._ends(data)
        heads = min(self._heads, lines)
        self._heads -= heads
        return lines - heads

    def _ends(self, data: bytes) -> int:
        return data.count(b"\n")


class _QuotedLines(_Lines):
    """In CSV, they are quoted (RFC 4180)."""

    _is_quoted = False

    def _ends(self, data: bytes) -> int:
        parts = data.split(b'"')
        ends = sum(part.count(b"\n") for part in parts[self._is_quoted :: 2])
        self._is_quoted ^= len(parts) % 2 == 0
        return ends


_SCANS: Final[dict[str, Callable[[], Scan]]] = {
    "srj": _Json,
    "srx": _Xml,
    "csv": _QuotedLines,
    "tsv": _Lines,
}
"""For each format that the engine writes, by its extension, what counts the rows of one answer."""
