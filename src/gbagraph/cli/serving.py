"""The commands that take settings as options: serve, and settings, which shows what they are."""

from __future__ import annotations

import inspect
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from gbagraph.cli import project
from gbagraph.cli.options import chosen
from gbagraph.cli.output import fail
from gbagraph.errors import AddressError, GbaGraphError, SettingError
from gbagraph.setting import AllowedService, environment_variable
from gbagraph.settings import FILE, Settings, rows, table

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from gbagraph.setting import Setting

_TYPES: Final[dict[str, Any]] = {
    "text": str,
    "choice": str,
    "rate": str,
    "names": list[str] | None,
    "networks": str,
    "switch": bool | None,
    "path": Path | None,
    "paths": list[Path] | None,
    "pairs": list[str] | None,
    "services": list[str] | None,
    "address": str,
    "addresses": list[str] | None,
    "prefix": str,
}
_CONFIG: Final = "config"
_NO_ADDRESS: Final = 3
"""Exit code of a server that cannot listen on its address."""
_MORE: Final = "more"
_SOURCES: Final = {"COMMANDLINE": "option", "ENVIRONMENT": "environment"}


def with_settings(
    function: Callable[..., None], *more: inspect.Parameter, only: Collection[str] | None = None
) -> Callable[..., None]:
    """*function* with an option for each setting and for their file, as typer reads its signature.

    With *only*, these settings are all that it takes.
    """
    config = typer.Option(
        "--config",
        help=f"File of settings; by default {FILE}, if the folder has one.",
        envvar=environment_variable(_CONFIG),
    )
    context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    parameters = [
        *more,
        context,
        *(_parameter(row) for row in rows() if only is None or row.name in only),
        _keyword(_CONFIG, Path | None, config, None),
    ]
    vars(function)["__signature__"] = inspect.Signature(parameters)
    function.__annotations__ = {row.name: row.annotation for row in parameters}
    return function


def _keyword(name: str, kind: Any, option: Any, default: Any) -> inspect.Parameter:  # noqa: ANN401
    annotation = Annotated[kind, option]
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


def _parameter(row: Setting) -> inspect.Parameter:
    kind = type(row.default) if row.kind == "number" else _TYPES[row.kind]
    older = (f"--{row.older.replace('_', '-')}",) if row.older else ()
    names: tuple[str, ...] = (row.option, *older)
    if row.kind == "switch":
        names = tuple(f"{name}/--no-{name.removeprefix('--')}" for name in names)
    variables = [row.variable, environment_variable(row.older)] if row.older else row.variable
    option = typer.Option(*names, help=row.help, envvar=variables, min=row.least, max=row.most)
    is_plain = row.kind in ("text", "choice", "number", "rate", "address", "prefix")
    default = row.default if is_plain else row.shown if row.kind == "networks" else None
    return _keyword(row.name, kind, option, default)


def settings_of(given: dict[str, Any]) -> Settings:
    """Return the settings of the options that are *given*, and of the file that these name."""
    ctx: typer.Context = given["ctx"]
    named = {name: given[name] for name in table() if _source(ctx, name) != "default"}
    try:
        of_file = _of_file(given[_CONFIG])
        ctx.obj = {name: value for name, value in of_file.items() if name in given}
        return Settings.from_values({**ctx.obj, **project.checked(named, "the options")})
    except GbaGraphError as problem:
        fail(problem.message, code=2)


def _of_file(path: Path | None) -> dict[str, Any]:
    if path is None and Path(FILE).is_file():
        path = Path(FILE)
    return project.read(path) if path is not None else {}


def _serve(**given: Any) -> None:  # noqa: ANN401  the values of all options
    """Serve the graph as a SPARQL endpoint with pages."""
    settings, more = settings_of(given), given[_MORE] or []
    if more and not settings.data:
        raise typer.BadParameter("files are given with --data FILE...")
    settings = settings.having(data=(*settings.data, *more))
    try:
        # Imported here: the other commands need no web server.
        import_module("gbagraph.server.generations").serve(settings)
    except AddressError as problem:
        fail(problem.message, code=_NO_ADDRESS)
    except SettingError as problem:
        fail(problem.message, code=2)
    except GbaGraphError as problem:
        fail(problem.message)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _show(**given: Any) -> None:  # noqa: ANN401  the values of all options
    """Show the settings of a server that is started here, and where each is from."""
    ctx: typer.Context = given["ctx"]
    chosen_settings = settings_of(given)
    listed = [(row, chosen_settings.value(row.name), _source(ctx, row.name)) for row in rows()]
    write = chosen(
        given["output"] or ("table" if sys.stdout.isatty() else "json"),
        {"table": _print_table, "json": _print_json},
    )
    write(listed)


def _source(ctx: typer.Context, name: str) -> str:
    """Return where a setting is from; *ctx* has the values of the file, once it is read."""
    source = ctx.get_parameter_source(name)
    otherwise = "file" if name in (ctx.obj or ()) else "default"
    return _SOURCES.get(source.name if source else "", otherwise)


def _print_table(listed: list[tuple[Setting, Any, str]]) -> None:
    table = Table()
    for name in ("Setting", "Value", "From", "Meaning"):
        table.add_column(name, overflow="fold")
    for row, value, source in listed:
        table.add_row(row.name, _text(value), source, row.help)
    Console().print(table)


def _text(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, tuple):
        return ", ".join(map(_member, value))
    return "" if value is None else str(value)


def _member(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, AllowedService):
        return value.iri
    return "=".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _print_json(listed: list[tuple[Setting, Any, str]]) -> None:
    content = {
        row.name: {
            "value": value if isinstance(value, str | int | float | bool | None) else _text(value),
            "from": source,
            "variable": row.variable,
            "meaning": row.help,
        }
        for row, value, source in listed
    }
    print(json.dumps(content, ensure_ascii=False, indent=1))  # noqa: T201


_files = inspect.Parameter(
    _MORE,
    inspect.Parameter.KEYWORD_ONLY,
    default=None,
    annotation=Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="More files for --data.")
    ],
)
_output = _keyword(
    "output", str | None, typer.Option("--format", "-f", help="table or json."), None
)

serve = with_settings(_serve, _files)
settings = with_settings(_show, _output)
