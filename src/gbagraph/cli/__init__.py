"""The command line: a module for the commands of each kind, and one for each thing that they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gbagraph import __version__
from gbagraph.cli import project
from gbagraph.cli.commands import Present
from gbagraph.cli.output import fail
from gbagraph.errors import GbaGraphError

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer(
    help="Guangzhou's innovation mega projects as a knowledge graph with a SPARQL endpoint.",
    cls=Present,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print(__version__)  # noqa: T201
        raise typer.Exit


@app.callback()
def main(
    ctx: typer.Context,
    version: Annotated[  # noqa: ARG001  its callback answers
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Guangzhou's innovation mega projects as a knowledge graph with a SPARQL endpoint."""
    try:
        project.begin(ctx)
    except GbaGraphError as problem:
        fail(problem.message, code=2)


def command() -> Callable[[], Any]:
    """Return the whole command line, with which this process was called."""
    return typer.main.get_command(app)
