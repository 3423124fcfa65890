"""The help of commands: their options in themes, with defaults as sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gbagraph.settings import FILE, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ENDING: Final = (
    f"Each setting is also a variable, such as GBAGRAPH_PORT, and a key of {FILE}: port."
)


def write(command: Any, context: Any, formatter: Any, *, whole: bool = False) -> None:  # noqa: ANN401  typer's types are private
    """Write the help of *command*; of many settings the usual ones, unless the *whole* is wanted."""
    parameters = command.get_params(context)
    for each in parameters:
        if each.param_type_name == "argument":
            each.metavar = each.metavar or each.name.upper()
    command.format_usage(context, formatter)
    command.format_help_text(context, formatter)
    is_long = any(each.name == "help_all" for each in parameters)
    _write(formatter, _rows(parameters, is_long=is_long, whole=whole))
    _write(formatter, _commands(command))
    for text in filter(None, (_ENDING if is_long else "", command.epilog)):
        formatter.write_paragraph()
        formatter.write_text(text)


def _write(formatter: Any, rows: Iterable[tuple[str, str, str]]) -> None:  # noqa: ANN401
    """Write rows, each with its theme first, a section for each theme."""
    themes: dict[str, list[tuple[str, str]]] = {}
    for theme, *row in rows:
        themes.setdefault(theme, []).append((row[0], row[1]))
    for theme, listed in themes.items():
        with formatter.section(theme):
            formatter.write_dl(listed, col_max=26)


def _rows(
    parameters: Iterable[Any], *, is_long: bool, whole: bool
) -> Iterator[tuple[str, str, str]]:
    for each in parameters:
        row = table().get(each.name) if is_long else None
        if each.param_type_name == "argument":
            yield "Arguments", each.metavar, meaning(each)
        elif row is None or row.usual or whole:
            yield row.theme if row else "Options", _option(each), meaning(each)


def _option(parameter: Any) -> str:  # noqa: ANN401
    names = ", ".join(sorted(parameter.opts, key=lambda option: option.startswith("--")))
    if parameter.is_flag:
        return " / ".join(filter(None, (names, ", ".join(parameter.secondary_opts))))
    longest = max(parameter.opts, key=len)
    return f"{names} {parameter.metavar or longest.rpartition('-')[2].upper()}"


def meaning(parameter: Any) -> str:  # noqa: ANN401
    """Return what an option or argument means, with its default if it does not say so itself."""
    said, default = parameter.help or "", parameter.default
    is_plain = isinstance(default, str | float | int) and default not in ("", False)
    if not is_plain or "by default" in said.lower():
        return said
    shown = f"{default:g}" if isinstance(default, float) else str(default)
    return f"{said} By default {parameter.opts[0] if default is True else shown}."


def _commands(group: Any) -> Iterator[tuple[str, str, str]]:  # noqa: ANN401
    for name, each in getattr(group, "commands", {}).items():
        yield getattr(each, "theme", "Commands"), name, each.help.partition("\n\n")[0]
