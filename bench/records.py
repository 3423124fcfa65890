"""What was measured: flat records in a file for each part, so that parts can be run on their own."""

from __future__ import annotations

import json
import statistics
from typing import TYPE_CHECKING, Any, Final

from bench.graphs import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable

Record = dict[str, Any]
_RESULTS: Final = FOLDER / "results"


def keep(part: str, rows: list[Record], sizes: Iterable[str] = ()) -> None:
    """Keep the rows of a part; rows of other sizes that were kept before stay."""
    _RESULTS.mkdir(parents=True, exist_ok=True)
    now = set(sizes)
    old = [row for row in read(part) if row.get("size") not in now] if now else []
    (_RESULTS / f"{part}.json").write_text(json.dumps(old + rows, indent=0))


def read(part: str) -> list[Record]:
    """The rows of a part; none if it was not run."""
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
