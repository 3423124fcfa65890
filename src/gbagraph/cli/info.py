"""The command info: versions, and the size of each graph."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from gbagraph import __version__
from gbagraph.cli.answering import engine
from gbagraph.cli.options import DEFAULTS, DataOption, InferOption, chosen
from gbagraph.cli.output import fail
from gbagraph.errors import GbaGraphError
from gbagraph.rdf.namespaces import compact

if TYPE_CHECKING:
    from gbagraph.dataset.identity import Description
    from gbagraph.engine import Engine


def info(
    *,
    output: Annotated[
        str | None,
        typer.Option("--format", "-f", help="table or json. By default table in a terminal."),
    ] = None,
    infer: InferOption = DEFAULTS.infer,
    data: DataOption = None,
) -> None:
    """Show versions and the size of each graph."""
    name = output or ("table" if sys.stdout.isatty() else "json")
    as_json = chosen(name, {"table": False, "json": True})
    description = asyncio.run(_describe(engine(data, infer)))
    if as_json:
        print(json.dumps({"software": __version__, **description.as_json()}, indent=1))  # noqa: T201
        return
    table = Table(
        "Graph",
        "Triples",
        title=f"{description.title}\ndataset {description.version}, software {__version__}",
    )
    for graph, size in description.graphs.items():
        table.add_row(compact(graph), str(size))
    table.add_row("default graph", str(description.default_graph))
    Console().print(table)
    # In one piece, so that it can be copied from a terminal of any width.
    print(description.hash, end="\n" if description.hash else "")  # noqa: T201


async def _describe(over: Engine) -> Description:
    try:
        async with over:
            return over.description
    except GbaGraphError as problem:
        fail(problem.message)
