"""How an answer looks to people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gbagraph.aligned import columns, padded
from gbagraph.rdf.namespaces import compact

if TYPE_CHECKING:
    from gbagraph.engine import Answer

_WIDEST: Final = 100_000
"""Characters: a width at which a table is measured, not shown."""


def show(answer: Answer) -> None:
    """Print an answer that is whole."""
    results = json.loads(answer.body) if answer.format.extension == "srj" else None
    if not results:
        print(answer.body.decode())  # noqa: T201
    elif "boolean" in results:
        print(str(results["boolean"]).lower())  # noqa: T201
    else:
        _show_rows(results["head"]["vars"], **results["results"])


def _show_rows(
    names: list[str],
    bindings: list[dict[str, dict[str, str]]],
    evidence: list[dict[str, Any]] | None = None,
) -> None:
    """Print rows as a table, or one below the other where the terminal is too narrow for that.

    With *evidence*, a column for the paragraphs on which each rests.
    """
    cells = [[_cell(row.get(name)) for row in bindings] for name in names]
    if evidence is not None:
        cells.append([_sources(row) for row in evidence])
    heads = [*names, *(["rests on"] if evidence is not None else [])]
    rows = list(zip(*cells, strict=True))
    table = Table()
    for name in heads:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    console = Console()
    # Narrower than its longest words, a table would break them in the middle.
    if (
        console.measure(table, options=console.options.update(width=_WIDEST)).minimum
        > console.width
    ):
        _show_records(heads, rows)
    else:
        console.print(table)


def _show_records(names: list[str], rows: list[tuple[str, ...]]) -> None:
    """Print rows one below the other, a line for each value that there is."""
    width = max(map(columns, names), default=0)
    for number, row in enumerate(rows, start=1):
        print(f"{number}:")  # noqa: T201
        for name, value in zip(names, row, strict=True):
            if value:
                print(f"  {padded(name, width)}  {value}")  # noqa: T201


def _sources(evidence: dict[str, Any]) -> str:
    """The paragraphs on which a row rests, and the note, each on a line."""
    return "\n".join([*map(compact, evidence["paragraphs"]), *filter(None, [evidence.get("note")])])


def _cell(term: dict[str, str] | None) -> str:
    if term is None:
        return ""
    return compact(term["value"]) if term["type"] == "uri" else term["value"]
