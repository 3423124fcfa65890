"""How a command prints an answer, and how it ends when it cannot."""

from __future__ import annotations

import errno
import io
import json
import os
import sys
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import typer
from typer.core import TyperGroup

from gbagraph.errors import GbaGraphError, scarcity
from gbagraph.rdf.namespaces import compact
from gbagraph.text import columns, padded

if TYPE_CHECKING:
    from gbagraph.engine import Answer

_Form = TypeVar("_Form")


FOUND: Final = 1
"""Exit code of a command that finds something: differences, faults, or with --exit-status nothing."""
USAGE: Final = 2
"""Exit code of a command that was given something wrong, such as a query that there is not."""
CANNOT: Final = 3
"""Exit code of a command that could not do what it should: no server, no room, no time."""


def fail(message: str, code: int) -> NoReturn:
    """Say *message* on standard error, and end with the exit code *code*."""
    _say(message)
    raise typer.Exit(code)


def _say(message: str) -> None:
    with suppress(OSError):  # closed, or on a disk that is full
        print(message, file=sys.stderr)  # noqa: T201


def chosen(name: str, forms: dict[str, _Form]) -> _Form:
    """Return the one of *forms* with this name; another name ends the command."""
    if name not in forms:
        fail(f"There is no format {name!r}. There are: {', '.join(forms)}.", code=USAGE)
    return forms[name]


_INTERRUPTED: Final = 130
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})
_NO_FILE: Final = (FileNotFoundError, IsADirectoryError, NotADirectoryError)
_PLAIN: Final = {
    "Input should be a valid integer": "it has to be a whole number",
    "Input should be a valid": "it has to be a",
    "Input should be": "it has to be",
    "Value error, ": "",
}
"""What typer says where pydantic reads a value, in other words."""


class Commands(TyperGroup):
    """A group of commands, each of which ends with an exit code of the same table."""

    def main(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401  as typer declares it
        """Run a command, write what it has printed, and end the process."""
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(
                errors="backslashreplace"
            )  # not every terminal has all characters
        try:
            code = super().main(*args, **{**options, "standalone_mode": False}) or 0
        except SystemExit as end:
            if not isinstance(end.__context__, BrokenPipeError):
                raise
            code = 0  # so typer ends where nobody reads the output any more
            _abandon_output()
        except Exception as problem:  # noqa: BLE001  1 would say that something was found
            code = told(problem)
        try:
            sys.stdout.flush()
        except OSError as problem:
            code = code if isinstance(problem, BrokenPipeError) else told(problem)
            _abandon_output()
        sys.exit(code)


def told(problem: Exception) -> int:
    """Say what went wrong, and return the exit code."""
    if isinstance(problem, GbaGraphError):
        _say("\n".join(filter(None, (problem.message, problem.details.get("excerpt")))))
        return problem.exit_code
    if isinstance(problem, typer.Abort):
        return _INTERRUPTED
    if hasattr(problem, "format_message"):  # typer's, whose class is not public
        _say(_usage(problem))
        return USAGE
    if isinstance(problem, OSError) and problem.filename is None:
        _abandon_output()
    _say(scarcity(problem) or _of_disk(problem) or traceback.format_exc().rstrip())
    return USAGE if isinstance(problem, _NO_FILE) else CANNOT


def _usage(problem: Any) -> str:  # noqa: ANN401
    said = problem.format_message().partition(", unable to parse")[0]
    for raw, plain in _PLAIN.items():
        said = said.replace(raw, plain)
    is_help = problem.ctx is None or said.startswith("Usage:")
    return said if is_help else f"{said}\nHelp: {problem.ctx.command_path} --help"


def _of_disk(problem: Exception) -> str:
    if not isinstance(problem, OSError) or (
        problem.filename is None and problem.errno not in _FULL
    ):
        return ""
    what = "written" if problem.errno in _FULL else "used"
    return f"{problem.filename or 'The output'} cannot be {what}: {problem.strerror}."


def _abandon_output() -> None:
    """Drop what is not written yet: Python would try again when it ends, and complain again."""
    with suppress(OSError):  # it is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


_WIDEST: Final = 100_000
"""Characters: a width at which a table is measured, not shown."""


def show(answer: Answer) -> None:
    """Print an answer that is whole."""
    results = json.loads(answer.body) if answer.format.extension == "srj" else None
    if not results:
        print(answer.body.decode())  # noqa: T201
    elif "boolean" in results:
        print(str(results["boolean"]).lower())  # noqa: T201
    else:
        _show_rows(results["head"]["vars"], **results["results"])


def _show_rows(
    names: list[str],
    bindings: list[dict[str, dict[str, str]]],
    evidence: list[dict[str, Any]] | None = None,
    **_: object,
) -> None:
    """Print rows as a table, or one below the other where the terminal is too narrow for that.

    With *evidence*, a column for the paragraphs on which each rests.
    """
    cells = [[_cell(row.get(name)) for row in bindings] for name in names]
    if evidence is not None:
        cells.append([_sources(row) for row in evidence])
    heads = [*names, *(["rests on"] if evidence is not None else [])]
    rows = list(zip(*cells, strict=True))
    from rich.console import Console  # noqa: PLC0415  most commands, such as serve, write no table
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table()
    for name in heads:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    console = Console()
    # Narrower than its longest words, a table would break them in the middle.
    if (
        console.measure(table, options=console.options.update(width=_WIDEST)).minimum
        > console.width
    ):
        _show_records(heads, rows)
    else:
        console.print(table)


def _show_records(names: list[str], rows: list[tuple[str, ...]]) -> None:
    """Print rows one below the other, a line for each value that there is."""
    width = max(map(columns, names), default=0)
    for number, row in enumerate(rows, start=1):
        print(f"{number}:")  # noqa: T201
        for name, value in zip(names, row, strict=True):
            if value:
                print(f"  {padded(name, width)}  {value}")  # noqa: T201


def _sources(evidence: dict[str, Any]) -> str:
    """Return the paragraphs on which a row rests, what is uncertain of it, and the note, on lines."""
    brief = (name for each in evidence.get("facts", ()) for name in each.get("passages", ()))
    names = dict.fromkeys([*map(compact, evidence.get("paragraphs", ())), *brief])
    said = ", ".join(evidence.get("marks", ())), evidence.get("note")
    return "\n".join([*names, *filter(None, said)])


def _cell(term: dict[str, str] | None) -> str:
    if term is None:
        return ""
    return compact(term["value"]) if term["type"] == "uri" else term["value"]
