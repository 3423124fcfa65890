"""Score the candidates for lists of cells, and write them as a part of ``reports/reconciliation.md``.

A list is a TSV with a first line and four columns:

- ``cell``: what stands in the table of a user;
- ``type``: the IRI or prefixed name of a class that he chose for the column, or nothing;
- ``iri``: the IRI or prefixed name of the right thing, or ``none``;
- ``note``: what is special about the cell.

A cell with ``none`` is right as long as nothing is matched with it, whatever the candidates are.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import gbagraph
from gbagraph.features.reconcile.candidates import reconcile
from gbagraph.features.reconcile.jobs import NameQuery
from gbagraph.rdf.namespaces import compact, in_full

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT: Final = Path(__file__).resolve().parents[1]
LISTS: Final = {
    "seen": ROOT / "tests/features/reconcile/cells.tsv",
    "unseen": ROOT / "tests/features/reconcile/cells-unseen.tsv",
    "adverse": ROOT / "tests/features/reconcile/cells-adverse.tsv",
}
"""Cells that the software was made with, of readers who had not seen it, and made to mislead it."""
_REPORT: Final = ROOT / "reports" / "reconciliation.md"
_PART: Final = "## after\n"
"""The part of the report that is written here; those before it are of lists as they came."""
_FIRST: Final = 3


class Cell(NamedTuple):
    """A cell, the class chosen for its column, the right thing (None if there is none), a remark."""

    text: str
    type: str
    right: str | None
    note: str


class Scored(NamedTuple):
    """A cell with its candidates."""

    cell: Cell
    found: list[dict[str, Any]]

    @property
    def rank(self) -> int:
        """The place of the right thing, from 1 on; 0 if it is not among the candidates."""
        iris = [each["id"] for each in self.found]
        return iris.index(self.cell.right) + 1 if self.cell.right in iris else 0

    @property
    def matched(self) -> str | None:
        """What is matched with the cell."""
        return next((each["id"] for each in self.found if each["match"]), None)

    @property
    def is_false(self) -> bool:
        """Whether the wrong thing is matched."""
        return self.matched not in (None, self.cell.right)


def cells(path: Path) -> list[Cell]:
    """Read the list of cells at *path*."""
    with path.open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
    return [_cell(*(each.strip() for each in (*row, "", "", ""))) for row in rows if row]


def _cell(text: str, kind: str, iri: str, note: str = "", *_: str) -> Cell:
    return Cell(text, in_full(kind) if kind else "", None if iri == "none" else in_full(iri), note)


def scored(listed: Iterable[Cell]) -> list[Scored]:
    """Find the candidates for each cell in the built-in data, as the service does."""
    several = list(listed)
    asked = [NameQuery(each.text, types=tuple(filter(None, [each.type]))) for each in several]
    candidates = json.loads(reconcile(gbagraph.open().store, asked))
    return [Scored(cell, rows) for cell, rows in zip(several, candidates, strict=True)]


def figures(results: list[Scored]) -> dict[str, str]:
    """Count what is right."""
    named = [each for each in results if each.cell.right]
    matches = [each for each in results if each.matched]
    return {
        "Cells": f"{len(results)}",
        "with a right thing": f"{len(named)}",
        "right thing first": f"{sum(each.rank == 1 for each in named)} of {len(named)}",
        f"right thing among the first {_FIRST}": (
            f"{sum(0 < each.rank <= _FIRST for each in named)} of {len(named)}"
        ),
        "right thing matched": (
            f"{sum(each.matched == each.cell.right for each in named)} of {len(named)}"
        ),
        "false matches": f"{sum(each.is_false for each in matches)} of {len(matches)}",
    }


def _part(lists: dict[str, list[Scored]]) -> str:
    counts = {who: figures(results) for who, results in lists.items()}
    columns = ["List", *next(iter(counts.values()))]
    lines = [_PART, f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    lines += [f"| {' | '.join((who, *each.values()))} |" for who, each in counts.items()]
    lines.append("")
    results = [each for several in lists.values() for each in several]
    missed = [each for each in results if each.is_false or (each.cell.right and each.rank != 1)]
    if missed:
        lines += ["| Missed | Type | Right | Rank | First | Score | Match |", f"|{' --- |' * 7}"]
        lines += map(_row, missed)
    return "\n".join(lines).rstrip() + "\n"


def _row(missed: Scored) -> str:
    cell, (first, *_) = missed.cell, [*missed.found, {}]
    cells = (
        *(cell.text.replace("|", "&#124;"), compact(cell.type), compact(cell.right or "none")),
        *(missed.rank or "-", compact(first.get("id", "")), first.get("score", "")),
        "yes" if missed.matched else "no",
    )
    return f"| {' | '.join(map(str, cells))} |"


def main() -> None:
    """Score the lists, and write their part of the report."""
    results = {who: scored(cells(path)) for who, path in LISTS.items()}
    sys.stdout.write("".join(f"{who}: {figures(each)}\n" for who, each in results.items()))
    kept = _REPORT.read_text(encoding="utf-8").partition(_PART)[0]
    _REPORT.write_text(kept + _part(results), encoding="utf-8")


if __name__ == "__main__":
    main()
