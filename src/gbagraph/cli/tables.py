"""How an answer looks to people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gbagraph.rdf.namespaces import compact

if TYPE_CHECKING:
    from gbagraph.engine import Answer


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
    """Print rows as a table; with *evidence* a column for the paragraphs on which each rests."""
    columns = [[_cell(row.get(name)) for row in bindings] for name in names]
    if evidence is not None:
        columns.append([_sources(row) for row in evidence])
    table = Table()
    for name in [*names, *(["rests on"] if evidence is not None else [])]:
        table.add_column(name, overflow="fold")
    for row in zip(*columns, strict=True):
        table.add_row(*map(escape, row))
    Console().print(table)


def _sources(evidence: dict[str, Any]) -> str:
    """The paragraphs on which a row rests, and the note, each on a line."""
    return "\n".join([*map(compact, evidence["paragraphs"]), *filter(None, [evidence.get("note")])])


def _cell(term: dict[str, str] | None) -> str:
    if term is None:
        return ""
    return compact(term["value"]) if term["type"] == "uri" else term["value"]
