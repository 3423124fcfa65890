"""The commands that take settings as options: serve, and settings, which shows what they are."""

from __future__ import annotations

import inspect
import json
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer

from gbagraph.cli import project
from gbagraph.cli.help import write
from gbagraph.cli.output import chosen
from gbagraph.setting import AllowedService, environment_variable
from gbagraph.settings import FILE, Settings, rows, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gbagraph.setting import Setting

_TYPES: Final[dict[str, Any]] = {
    **dict.fromkeys(("names", "prefixes", "services", "addresses"), list[str] | None),
    "switch": bool | None,
    "path": Path | None,
    "paths": list[Path] | None,
}
"""What typer reads of a kind of setting; of any other but a number, a text."""
_CONFIG: Final = "config"
_MANY: Final = 15
"""Settings from which on help shows the usual ones, and all if that is asked for."""


def with_settings(
    function: Callable[..., None], chosen: Iterable[Setting] | None = None
) -> Callable[..., None]:
    """Return *function*, without the first ``_`` of its name, with a signature that typer reads.

    After its own options it has one for each of the *chosen* settings, by default all, and one for
    their file.
    """
    own = inspect.signature(function, eval_str=True).parameters.values()
    listed = list(rows() if chosen is None else chosen)
    show_all = typer.Option(
        "--help-all", is_eager=True, callback=_show_all, help="Show this help with all settings."
    )
    help_all = [_keyword("help_all", bool, show_all, False)] * (len(listed) > _MANY)
    config = typer.Option(
        "--config",
        help=f"File of settings; by default {FILE}, if the folder has one.",
        envvar=environment_variable(_CONFIG),
        callback=_read_file,
        is_eager=True,
    )
    context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    parameters = [
        *(each for each in own if each.kind != inspect.Parameter.VAR_KEYWORD),
        context,
        *map(_parameter, listed),
        *help_all,
        _keyword(_CONFIG, Path | None, config, None),
    ]
    function.__name__ = function.__name__.removeprefix("_")
    vars(function)["__signature__"] = inspect.Signature(parameters)
    vars(function)["read"] = _read
    function.__annotations__ = {row.name: row.annotation for row in parameters}
    return function


def _keyword(name: str, kind: Any, option: Any, default: Any) -> inspect.Parameter:  # noqa: ANN401
    annotation = Annotated[kind, option]
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


def _parameter(row: Setting) -> inspect.Parameter:
    kind = type(row.default) if row.kind == "number" else _TYPES.get(row.kind, str)
    older = (f"--{row.older.replace('_', '-')}",) if row.older else ()
    names: tuple[str, ...] = (row.option, *older)
    if row.kind == "switch":
        names = tuple(f"{name}/--no-{name.removeprefix('--')}" for name in names)
    variables = [row.variable, environment_variable(row.older)] if row.older else row.variable
    option = typer.Option(*names, help=row.help, envvar=variables, min=row.least, max=row.most)
    default = row.default if kind in (str, int, float) else None
    default = row.shown if isinstance(default, tuple) else default
    return _keyword(row.name, kind, option, default)


def _read(name: str, value: Any) -> Any:  # noqa: ANN401
    """Return the *value* of a setting as typer reads it; None if that is for typer to say."""
    row = table().get(name)
    if row is None or row.kind == "switch":
        return None
    readers: dict[str, Callable[[Any], Any]] = {
        "path": Path,
        "paths": lambda given: list(map(Path, given)),
        "number": lambda given: row.checked(type(row.default)(given)),
    }
    with suppress(ValueError):
        return readers.get(row.kind, lambda given: given)(value)
    return None


def _show_all(ctx: typer.Context, wanted: bool) -> None:
    if wanted:
        formatter = ctx.make_formatter()
        write(ctx.command, ctx, formatter, whole=True)
        print(formatter.getvalue(), end="")  # noqa: T201
        raise typer.Exit


def _read_file(ctx: typer.Context, path: Path | None) -> Path | None:
    """Take what a file of settings says as the default of each option that is not given."""
    if path is None and Path(FILE).is_file():
        path = Path(FILE)
    if path is not None:
        values = project.read(path)
        ctx.default_map = {
            **(ctx.default_map or {}),
            **{n: _as_option(n, v) for n, v in values.items()},
        }
    return path


def _as_option(name: str, value: Any) -> Any:  # noqa: ANN401
    """Return a setting as the option takes it."""
    if table()[name].kind in ("addresses", "names"):
        return list(value)
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return [f"{name}={each}" for name, each in value]
    if isinstance(value, tuple) and value and isinstance(value[0], AllowedService):
        return [msgspec.json.encode(each).decode() for each in value]
    if isinstance(value, tuple) and all(isinstance(each, str) for each in value):
        return (";" if table()[name].kind in ("texts", "languages") else ",").join(value)
    return list(value) if isinstance(value, tuple) else value


def settings_of(given: dict[str, Any]) -> Settings:
    """Return the settings of the options that are *given*."""
    present = {
        name: value for name, value in given.items() if name in table() and value not in (None, [])
    }
    return Settings.from_values(project.checked(present, "the options or variables"))


def _serve(
    *,
    more: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE", help="More files for --data.")
    ] = None,
    **given: Any,  # noqa: ANN401  the values of all settings
) -> None:
    """Serve the graph as a SPARQL endpoint with pages."""
    data = given["data"] or []
    if more and not data:
        raise typer.BadParameter("files are given with --data FILE...")
    settings = settings_of({**given, "data": [*map(str, data), *map(str, more or ())]})
    # Imported here: the other commands need no web server.
    import_module("gbagraph.server.generations").serve(settings)


def _settings(
    *,
    output: Annotated[str | None, typer.Option("--format", "-f", help="table or json.")] = None,
    **given: Any,  # noqa: ANN401  the values of all settings
) -> None:
    """Show the settings of a server started here, and their sources."""
    ctx: typer.Context = given["ctx"]
    chosen_settings = settings_of(given)
    listed = [(row, chosen_settings.value(row.name), _source(ctx, row.name)) for row in rows()]
    shown = chosen(
        output or ("table" if sys.stdout.isatty() else "json"),
        {"table": _print_table, "json": _print_json},
    )
    shown(listed)


def _source(ctx: typer.Context, name: str) -> str:
    source = ctx.get_parameter_source(name)
    names = {"COMMANDLINE": "option", "ENVIRONMENT": "environment", "DEFAULT_MAP": "file"}
    return names.get(source.name if source else "", "default")


def _print_table(listed: list[tuple[Setting, Any, str]]) -> None:
    from rich.console import Console  # noqa: PLC0415  serve writes no table
    from rich.table import Table  # noqa: PLC0415

    table = Table()
    for name in ("Setting", "Value", "From", "Meaning"):
        table.add_column(name, overflow="fold")
    for row, value, source in listed:
        plain = _plain(value)
        shown = ", ".join(plain) if isinstance(plain, list) else "" if plain is None else str(plain)
        table.add_row(row.name, shown, source, row.help)
    Console().print(table)


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Return a value as JSON has it; None if it is not set."""
    if isinstance(value, tuple):
        return list(map(_member, value))
    return str(value) if isinstance(value, Path) else None if value == "" else value


def _member(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, AllowedService):
        return value.iri
    return "=".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _print_json(listed: list[tuple[Setting, Any, str]]) -> None:
    content = {
        row.name: {
            "value": _plain(value),
            "from": source,
            "variable": row.variable,
            "meaning": row.help,
        }
        for row, value, source in listed
    }
    print(json.dumps(content, ensure_ascii=False, indent=1))  # noqa: T201


serve = with_settings(_serve, (row for row in rows() if row.command in ("", "serve")))
settings = with_settings(_settings)
