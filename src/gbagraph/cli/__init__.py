"""The command line: commands of the kernel and of the features that are present, each loaded on use."""

from __future__ import annotations

import os
import sys
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
import typer.main
from typer.core import TyperCommand

from gbagraph import __version__, feature
from gbagraph.cli import project
from gbagraph.cli.output import Commands, fail
from gbagraph.errors import GbaGraphError, SettingError
from gbagraph.feature import Command, Feature
from gbagraph.setting import environment_variable, names_in
from gbagraph.settings import FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from typer import Context


KERNEL: Final = Feature(
    name="kernel",
    summary="What serves and asks.",
    package="gbagraph.cli",
    commands=(
        Command("serve", ".serving:serve", "Serve the graph as a SPARQL endpoint with pages."),
        Command("query", ".answering:query", "Answer a SPARQL query."),
        Command("info", ".answering:info", "Show versions and the size of each graph."),
        Command(
            "settings",
            ".serving:settings",
            "Show the settings of a server that is started here, and where each is from.",
        ),
        Command(
            "new",
            ".project:new",
            "Make a small working example of a graph of your own: data, a query, its answer, a test.",
        ),
    ),
)


class Late(TyperCommand):
    """A command of *owner* by its declaration alone, which is all that a list of commands needs."""

    def __init__(self, owner: Feature, declared: Command) -> None:
        super().__init__(declared.name, help=declared.help)
        self._owner, self._code = owner, declared.code

    def load(self) -> Any:  # noqa: ANN401  typer's own types of commands
        """Import the command."""
        app = self._owner.load(self._code)
        if not isinstance(app, typer.Typer):
            function, app = app, typer.Typer(add_completion=False)
            app.command()(function)
        command = typer.main.get_command(app)
        command.name = self.name
        return command


class Present(Commands):
    """The group of all commands; what is left out is known once the arguments are."""

    def __init__(self, **given: Any) -> None:  # noqa: ANN401  as typer declares it
        super().__init__(**given)
        with suppress(SettingError):  # main says what is wrong
            self._choose(sys.argv[1:])

    def main(self, args: Sequence[str] | None = None, **options: Any) -> Any:  # type: ignore[override]  # noqa: ANN401
        """Run a command, of those that are not left out."""
        given = list(sys.argv[1:] if args is None else args)
        try:
            self._choose(given)
        except SettingError as problem:
            print(problem.message, file=sys.stderr)  # noqa: T201
            sys.exit(2)
        return super().main(given, **options)

    def _choose(self, args: Sequence[str]) -> None:
        feature.leave_out(_left_out(args))
        self.commands = {each.name: Late(owner, each) for owner, each in _declared()}

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[Any, Any, list[str]]:  # type: ignore[override]
        """Load the command that *args* name."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.load() if isinstance(command, Late) else command, rest


def _declared() -> list[tuple[Feature, Command]]:
    """The commands with their owners, each after the one that it names; last, if that is left out."""
    owners = (KERNEL, *feature.present().values())
    declared = [(owner, each) for owner in owners for each in owner.commands]
    names = {each.name for _, each in declared}
    ordered: list[tuple[Feature, Command]] = []

    def place(after: str) -> None:
        for pair in declared:
            if (pair[1].after if pair[1].after in names else "") == after:
                ordered.append(pair)
                place(pair[1].name)

    place("")
    return ordered


def _left_out(args: Sequence[str]) -> tuple[str, ...]:
    """Return the features that the options, the environment or the file of settings leave out."""
    given = list(_values(args, "--without"))
    if given:
        return names_in(",".join(given))
    if os.environ.get(feature.VARIABLE):
        return names_in(os.environ[feature.VARIABLE])
    named = next(_values(args, "--config"), os.environ.get(environment_variable("config")) or FILE)
    with suppress(OSError, ValueError):  # the command that reads it says what is wrong
        given = tomllib.loads(Path(named).read_text(encoding="utf-8-sig")).get("without", ())
        return names_in(",".join([given] if isinstance(given, str) else map(str, given)))
    return ()


def _values(args: Sequence[str], option: str) -> Iterator[str]:
    """Yield the values that *args* give an option, each after it or after its equals sign."""
    for at, each in enumerate(args):
        if each == option and at + 1 < len(args):
            yield args[at + 1]
        elif each.startswith(f"{option}="):
            yield each.partition("=")[2]


app = typer.Typer(
    help="An RDF knowledge graph with a SPARQL endpoint, pages, evidence and tests.",
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
    """An RDF knowledge graph with a SPARQL endpoint, pages, evidence and tests."""
    try:
        project.begin(ctx)
    except GbaGraphError as problem:
        fail(problem.message, code=2)


def command() -> Callable[[], Any]:
    """Return the whole command line, with which this process was called."""
    return typer.main.get_command(app)
