"""What was measured: flat records in a file for each part, so that parts can be run on their own."""

from __future__ import annotations

import json
import statistics
from typing import TYPE_CHECKING, Any, Final

import gbagraph
from bench.graphs import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable

Record = dict[str, Any]
_RESULTS: Final = FOLDER / "results"


def keep(part: str, rows: list[Record], sizes: Iterable[str] = ()) -> None:
    """Keep the rows of a part; rows of other sizes that this version had kept before stay."""
    _RESULTS.mkdir(parents=True, exist_ok=True)
    now = set(sizes)
    old = [row for row in read(part) if row.get("size") not in now] if now else []
    made = [{**row, "version": gbagraph.__version__} for row in rows]
    (_RESULTS / f"{part}.json").write_text(json.dumps(old + made, indent=0))


def read(part: str) -> list[Record]:
    """The rows of a part that were made with this version of the software; none if it was not run."""
    return where(_all(part), version=gbagraph.__version__)


def of_other_versions(parts: Iterable[str]) -> dict[str, set[str]]:
    """The parts whose kept rows are of other versions, with these."""
    versions = {
        part: {str(row.get("version", "no version")) for row in _all(part)} for part in parts
    }
    others = {part: found - {gbagraph.__version__} for part, found in versions.items()}
    return {part: found for part, found in others.items() if found}


def _all(part: str) -> list[Record]:
    path = _RESULTS / f"{part}.json"
    return json.loads(path.read_text()) if path.exists() else []


def where(rows: Iterable[Record], **wanted: object) -> list[Record]:
    """The rows that have these values."""
    return [row for row in rows if all(row.get(key) == value for key, value in wanted.items())]


def values(rows: Iterable[Record], field: str, **wanted: object) -> list[float]:
    """One field of the rows that have these values."""
    return [row[field] for row in where(rows, **wanted) if field in row]


def median(rows: Iterable[Record], field: str, **wanted: object) -> float | None:
    """The median of one field of the rows that have these values; None if there are none."""
    found = values(rows, field, **wanted)
    return statistics.median(found) if found else None


def ratios(above: list[float], below: list[float]) -> list[float]:
    """Quotients, round by round."""
    return [a / b for a, b in zip(above, below, strict=False) if b]


def spread(found: list[float], digits: int = 0) -> str:
    """Median (least to most)."""
    if not found:
        return "-"
    middle, *ends = (f"{f(found):,.{digits}f}" for f in (statistics.median, min, max))
    return middle if len(found) == 1 else f"{middle} ({' to '.join(ends)})"
