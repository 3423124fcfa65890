"""The commands ``gbagraph claims …``."""

from __future__ import annotations

from typing import Annotated

import typer

from gbagraph.cli import project
from gbagraph.cli.output import CANNOT, FOUND, fail
from gbagraph.errors import GbaGraphError

app = typer.Typer(
    help="Write a graph from a text: claims, and whether its words carry them.",
    add_completion=False,
    no_args_is_help=True,
)


@app.command()
def check(
    *,
    github: Annotated[
        bool, typer.Option("--github", help="Print findings as annotations of GitHub's workflows.")
    ] = False,
) -> None:
    """Check the claims of this folder against its text; exit code 0 only if some were checked, and all are right.

    The last line counts what was checked. Exit code 1: there are findings; 3: nothing could be checked.
    """
    from gbagraph.features.claims import checking
    from gbagraph.features.claims.project import load

    try:
        report = checking.check(load(project.settings()))
    except GbaGraphError as problem:
        print(checking.Report())
        fail(f"The claims cannot be checked. {problem.message}", code=CANNOT)
    for fault in report.faults:
        print(checking.annotation(fault) if github else checking.line(fault))
    print(report)
    if report.faults:
        raise typer.Exit(FOUND)
    if not report.is_sound:
        fail("No words of a claim were looked for in the text. Write claims on it.", code=CANNOT)
