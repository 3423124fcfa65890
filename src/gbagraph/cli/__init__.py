"""The command line: a module for the commands of each kind, and one for each thing that they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from gbagraph import __version__
from gbagraph.cli import project, queries
from gbagraph.cli.asking import explain, lookup, query, run, why
from gbagraph.cli.assistants import mcp
from gbagraph.cli.canned_help import RunCommand
from gbagraph.cli.curation import infer, validate
from gbagraph.cli.doctoring import doctor
from gbagraph.cli.failure import fail
from gbagraph.cli.loading import load
from gbagraph.cli.output import Commands
from gbagraph.cli.projects import new
from gbagraph.cli.publishing import publish
from gbagraph.cli.serving import serve, settings
from gbagraph.cli.switching import rollback, switch
from gbagraph.cli.versions import diff, info, release
from gbagraph.cli.watching import top
from gbagraph.errors import GbaGraphError

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer(
    help="Guangzhou's innovation mega projects as a knowledge graph with a SPARQL endpoint.",
    cls=Commands,
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


_COMMANDS: Final = (
    serve,
    load,
    switch,
    rollback,
    publish,
    query,
    run,
    lookup,
    why,
    explain,
    validate,
    diff,
    release,
    infer,
    info,
    settings,
    doctor,
    top,
    mcp,
    new,
)
"""In the order in which help lists them."""

for _command in _COMMANDS:
    app.command(cls=RunCommand if _command is run else None)(_command)
app.add_typer(queries.app, name="queries")


def command() -> Callable[[], Any]:
    """The whole command line, with which this process was called; it is made first, and then run."""
    return typer.main.get_command(app)
