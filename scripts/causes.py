"""Look for the cause of each row that changed in a canned query between two versions of the data.

All pairs of the releases and of the built-in data are compared; each cause is proven again, by another
way than that which found it. What is found, and every miss, goes into reports/causes.md.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from support.causes import LARGEST, PAIRS, Measured, kind, measured, share  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

REPORT: Final = ROOT / "reports" / "causes.md"
_WHAT: Final = (
    "Plain are SELECT queries without aggregate, LIMIT and OPTIONAL. A cause is minimal if none of its "
    f"triples can be spared; it explains a row if it is sufficient and has {LARGEST} triples at most. "
    "Times are of the processor. `scripts/causes.py` writes this."
)
_HEAD: Final = (
    "| From | To | Queries | Rows | Explained | Sufficient | Minimal, plain | Minimal, other "
    "| By the query alone | Triples, median | ms a row, median |\n"
    "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
)


def main() -> None:
    """Measure all pairs, and write the report."""
    measures: list[Measured] = []
    for pair in PAIRS:
        measures += measured(pair)
        print(*pair, len(measures), file=sys.stderr)
    REPORT.write_text(report(measures), "utf-8")
    print(REPORT.read_text("utf-8"))


def report(measures: Sequence[Measured]) -> str:
    """Return the report as Markdown."""
    rows = [_row(*pair, [each for each in measures if each.pair == pair]) for pair in PAIRS]
    parts = [
        "# Causes of changed answers",
        "",
        _WHAT,
        "",
        _HEAD,
        *rows,
        _row("all", "", measures),
        "",
        "## Misses",
        "",
        *_misses(measures),
    ]
    return "\n".join(parts) + "\n"


def _row(before: str, after: str, measures: Sequence[Measured]) -> str:
    sizes = [size for each in measures for size in each.sizes]
    times = [each.milliseconds for each in measures for _ in range(each.rows)]
    shares = (
        *(share(measures, what) for what in ("explained", "sufficient")),
        *(share(measures, "minimal", of) for of in ("plain", "other")),
    )
    cells = (
        before,
        after,
        len(measures),
        sum(each.rows for each in measures),
        *(f"{each:.1f}%" for each in shares),
        sum(each.by_query for each in measures),
        f"{statistics.median(sizes):g}",
        f"{statistics.median(times):.0f}",
    )
    return f"| {' | '.join(map(str, cells))} |"


def _misses(measures: Sequence[Measured]) -> Iterator[str]:
    for each in measures:
        if each.misses:
            yield f"- {each.query} ({kind(each)}), {' to '.join(each.pair)}, of {each.rows} rows:"
            yield from (f"  - `{miss}`" for miss in each.misses)


if __name__ == "__main__":
    main()
