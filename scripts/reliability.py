"""Write into reports/reliability.md what the tests of reliability recorded: a table for each chapter.

Such tests call ``support.reliability.record``; ``make soak`` has them write to dist/reliability/. A row
stays as it is for as long as no new run has recorded it again. What stands outside the tables is written
by hand.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from reference import DOCS, table

if TYPE_CHECKING:
    from collections.abc import Iterable

REPORT: Final = DOCS.parent / "reports" / "reliability.md"
_CHAPTER: Final = re.compile(
    r"(?P<begin><!-- recorded: (?P<name>\w+) -->\n).*?(?P<end><!-- /recorded -->)", re.DOTALL
)
Row = dict[str, str]


def merged(text: str, records: Iterable[dict[str, Any]]) -> str:
    """The report's *text* with *records* in the tables of their chapters, ordered by name.

    Raises:
        ValueError: the report has no table for a chapter.
    """
    chapters: dict[str, list[Row]] = {}
    for each in records:
        row = {each["chapter"]: each["name"], **_columns(each["figures"])}
        chapters.setdefault(each["chapter"], []).append(row)
    there = {match["name"] for match in _CHAPTER.finditer(text)}
    if missing := chapters.keys() - there:
        raise ValueError(f"{REPORT.name} has no table for {', '.join(sorted(missing))}.")
    return _CHAPTER.sub(lambda part: _written(part, chapters.get(part["name"], ())), text)


def rows(text: str, chapter: str) -> list[Row]:
    """The rows of a chapter's table, by their heads."""
    found = (match[0] for match in _CHAPTER.finditer(text) if match["name"] == chapter)
    lines = [_cells(line) for line in next(found).splitlines() if line.startswith("|")]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[2:]]


def _written(part: re.Match[str], new: Iterable[Row]) -> str:
    name = part["name"]
    all_ = {row[name]: row for row in [*rows(part[0], name), *new]}
    ordered = [all_[key] for key in sorted(all_)]
    heads = dict.fromkeys(head for row in ordered for head in row)
    lines = ([row.get(head, "") for head in heads] for row in ordered)
    return f"{part['begin']}{table(heads, lines) if ordered else ''}{part['end']}"


def _columns(figures: dict[str, object]) -> Row:
    return {key.replace("_", " "): _shown(value) for key, value in figures.items()}


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


if __name__ == "__main__":
    recorded = [
        cast("dict[str, Any]", json.loads(file.read_text()))
        for file in sorted(Path(sys.argv[1]).glob("*.json"))
    ]
    REPORT.write_text(merged(REPORT.read_text(), recorded))
    print(f"{REPORT}: {len(recorded)} rows")
