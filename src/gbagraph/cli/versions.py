"""The commands about versions of the dataset: diff, release, info."""

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
from gbagraph.cli.failure import fail
from gbagraph.cli.options import DEFAULTS, DataOption, InferOption, chosen
from gbagraph.cli.output import write
from gbagraph.errors import GbaGraphError
from gbagraph.rdf.namespaces import compact

if TYPE_CHECKING:
    from gbagraph.dataset.identity import Description
    from gbagraph.engine import Engine


def diff(  # noqa: PLR0913  one option each
    before: Annotated[
        str, typer.Argument(metavar="A", help="A release such as 0.2.0, current, or an RDF file.")
    ],
    after: Annotated[str, typer.Argument(metavar="B", help="What to compare it with.")] = "current",
    *,
    output: Annotated[
        str, typer.Option("--format", "-f", help="text, json, or patch (RDF Patch).")
    ] = "text",
    full: Annotated[bool, typer.Option("--full", help="In text, each triple too.")] = False,
    graph: Annotated[
        str, typer.Option(help="Compare this graph alone: article, an IRI, or default.")
    ] = "",
    inferred: Annotated[
        bool,
        typer.Option("--inferred", help="Compare what only follows, and computed claims, too."),
    ] = False,
    queries: Annotated[
        bool, typer.Option("--queries", help="Compare the answers of the canned queries instead.")
    ] = False,
) -> None:
    """Summarize what changed from A to B; exit code 0 for nothing, 1 for something, 2 for trouble."""
    if queries and (full or graph or inferred):
        fail("--queries compares answers: it takes no --full, --graph and --inferred.", code=2)
    try:
        written, code = (
            _compared_answers(before, after, output)
            if queries
            else _compared_data(before, after, output, full=full, graph=graph, inferred=inferred)
        )
    except GbaGraphError as problem:
        fail(problem.message, code=2)
    write(written, if_full=2)
    raise typer.Exit(code)


def _compared_data(  # noqa: PLR0913  one option each
    before: str, after: str, output: str, *, full: bool, graph: str, inferred: bool
) -> tuple[str, int]:
    # Imported here: no other command compares.
    from gbagraph.dataset.diff import (  # noqa: PLC0415
        FORMS,
        compare,
        full_text,
    )

    form = chosen(output, FORMS)
    found = compare(before, after, graph=graph, inferred=inferred)
    return (full_text if full and output == "text" else form)(found), int(bool(found))


def _compared_answers(before: str, after: str, output: str) -> tuple[str, int]:
    from gbagraph.curation.answers import FORMS, compare  # noqa: PLC0415

    form = chosen(output, FORMS)
    found = compare(before, after)
    statuses = {row.status for row in found}
    return form(before, after, found), 2 if "failed" in statuses else int("changed" in statuses)


def release() -> None:
    """Keep the built-in data, and what follows from it, as the release of its version."""
    from gbagraph.dataset.release import release as keep  # noqa: PLC0415

    try:
        print(*keep(), sep="\n")  # noqa: T201
    except GbaGraphError as problem:
        fail(problem.message)


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
