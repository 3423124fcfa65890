"""The commands about versions of the dataset: diff, release, info."""

from __future__ import annotations

from typing import Annotated

import typer

from gbagraph.cli.options import chosen
from gbagraph.cli.output import fail, write
from gbagraph.errors import GbaGraphError


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
    from gbagraph.features.releases.diff import FORMS, compare, full_text

    form = chosen(output, FORMS)
    found = compare(before, after, graph=graph, inferred=inferred)
    return (full_text if full and output == "text" else form)(found), int(bool(found))


def _compared_answers(before: str, after: str, output: str) -> tuple[str, int]:
    from gbagraph.features.curation.answer_diff import FORMS, compare

    form = chosen(output, FORMS)
    found = compare(before, after)
    statuses = {row.status for row in found}
    return form(before, after, found), 2 if "failed" in statuses else int("changed" in statuses)


def release() -> None:
    """Keep the built-in data, and what follows from it, as the release of its version."""
    from gbagraph.features.releases.release import release as keep

    try:
        print(*keep(), sep="\n")  # noqa: T201
    except GbaGraphError as problem:
        fail(problem.message)
