"""The command line: commands of the kernel and of the features that are present, each loaded on use."""

from __future__ import annotations

import os
import sys
import tomllib
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
import typer.main
from typer.core import TyperCommand

from gbagraph import __version__, feature
from gbagraph.cli import project
from gbagraph.cli.output import Commands
from gbagraph.errors import SettingError
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
        Command("query", ".answering:query", "Answer a SPARQL query.", theme="Ask"),
        Command(
            "info", ".answering:info", "Show versions and the size of each graph.", theme="Ask"
        ),
        Command(
            "new",
            ".project:new",
            "Make a small working example of a graph of your own: data, a query, its answer, a test.",
            theme="Publish",
        ),
        Command(
            "serve",
            ".serving:serve",
            "Serve the graph as a SPARQL endpoint with pages.",
            theme="Run",
        ),
        Command(
            "settings",
            ".serving:settings",
            "Show the settings of a server started here, and their sources.",
            theme="Run",
        ),
    ),
)


class Late(TyperCommand):
    """A command of *owner* by its declaration alone, which is all that a list of commands needs."""

    def __init__(self, owner: Feature, declared: Command) -> None:
        super().__init__(declared.name, help=declared.help)
        self._owner, self._code, self.theme = owner, declared.code, declared.theme

    def load(self) -> Any:  # noqa: ANN401  typer's own types of commands
        """Import the command."""
        app = code = self._owner.load(self._code)
        if not isinstance(app, typer.Typer):
            app = typer.Typer(add_completion=False)
            app.command()(code)
        command = typer.main.get_command(app)
        command.name = self.name
        vars(command)["get_params"] = partial(
            _light, command.get_params, getattr(code, "read", None)
        )
        for each in (command, *getattr(command, "commands", {}).values()):
            vars(each)["format_help"] = partial(_format_help, each)
        return command


def _light(get: Any, read: Any, context: Context) -> list[Any]:  # noqa: ANN401
    """Return the parameters that *get* does: typer imports pydantic only for what *read* cannot read."""
    parameters: list[Any] = get(context)
    for each in parameters:
        vars(each).setdefault("process_value", partial(_process, each, each.process_value, read))
    return parameters


def _process(param: Any, process: Any, read: Any, context: Context, value: Any) -> Any:  # noqa: ANN401
    """Take what is not given, or *read* can read, as it is; the rest is for typer to *process*."""
    if value is None and not param.required:
        taken = () if getattr(param, "multiple", False) or param.nargs == -1 else None
    elif value is None or read is None or (taken := read(param.name, value)) is None:
        return process(context, value)
    return param.callback(context, param, taken) if param.callback else taken


def _format_help(command: Any, context: Context, formatter: Any) -> None:  # noqa: ANN401
    from gbagraph.cli import help  # noqa: A004, PLC0415  few commands are asked for it

    help.write(command, context, formatter)


class Present(Commands):
    """The group of all commands; what is left out is known once the arguments are."""

    def __init__(self, **given: Any) -> None:  # noqa: ANN401  as typer declares it
        super().__init__(**given)
        with suppress(SettingError):  # main says what is wrong
            self._choose(sys.argv[1:])

    def make_context(self, info_name: Any, args: list[str], *more: Any, **options: Any) -> Any:  # noqa: ANN401
        """Read *args*, of the commands that are not left out."""
        self._choose(args)
        return super().make_context(info_name, args, *more, **options)

    def _choose(self, args: Sequence[str]) -> None:
        feature.leave_out(_left_out(args))
        self.commands = {each.name: Late(owner, each) for owner, each in _declared()}

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401  as typer declares it
        """Return its options."""
        return _light(super().get_params, None, ctx)

    format_help: Any = _format_help

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[Any, Any, list[str]]:  # type: ignore[override]
        """Load the command that *args* name."""
        name, command, rest = super().resolve_command(ctx, args)
        # A negative number is no option.
        rest = [f" {each}" if each[:1] == "-" and each[1:2].isdecimal() else each for each in rest]
        return name, command.load() if isinstance(command, Late) else command, rest


def _declared() -> list[tuple[Feature, Command]]:
    """The commands with their owners, each after the one that it names; last, if that is left out."""
    owners = (KERNEL, *feature.present().values())
    declared = [(owner, each) for owner in owners for each in owner.commands]
    names = {each.name for _, each in declared}
    ordered: list[tuple[Feature, Command]] = []

    def place(after: str, theme: str) -> None:
        for owner, each in declared:
            if (each.after if each.after in names else "") == after:
                ordered.append((owner, replace(each, theme=each.theme or theme)))
                place(each.name, each.theme or theme)

    place("", "More")
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


_EXIT_CODES: Final = (
    "Exit codes: 0 answered, 1 something was found (differences, faults), 2 wrong usage, 3 it could not "
    "be done."
)

app = typer.Typer(
    help="An RDF knowledge graph with a SPARQL endpoint, pages, evidence and tests.",
    cls=Present,
    epilog=_EXIT_CODES,
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
    project.begin(ctx)


def command() -> Callable[[], Any]:
    """Return the whole command line, with which this process was called."""
    return typer.main.get_command(app)
