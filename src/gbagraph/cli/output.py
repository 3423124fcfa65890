"""How a command prints an answer, and how it ends when it cannot."""

from __future__ import annotations

import errno
import json
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer.core import TyperGroup

from gbagraph.errors import scarcity
from gbagraph.rdf.namespaces import compact
from gbagraph.text import columns, padded

if TYPE_CHECKING:
    from gbagraph.engine import Answer

_Form = TypeVar("_Form")


def fail(message: str, code: int = 1) -> NoReturn:
    """Say *message* on standard error, and end with the exit code *code*."""
    print(message, file=sys.stderr)  # noqa: T201
    raise typer.Exit(code)


def chosen(name: str, forms: dict[str, _Form]) -> _Form:
    """Return the one of *forms* with this name; another name ends the command."""
    if name not in forms:
        fail(f"There is no format {name!r}. There are: {', '.join(forms)}.", code=2)
    return forms[name]


_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})
_FORBIDDEN: Final = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


class Commands(TyperGroup):
    """A group of commands that end so."""

    def main(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401  as typer declares it
        """Run a command, and write what it has printed."""
        try:
            try:
                return super().main(*args, **options)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            _abandon_output()
            sys.exit(1)
        except (OSError, MemoryError, RuntimeError) as problem:
            _end_for(problem, 1)


def write(text: str, *, if_full: int) -> None:
    """Write *text* at once, and end with the exit code *if_full* if it cannot be written."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as problem:
        _end_for(problem, if_full)


def _end_for(problem: Exception, code: int) -> None:
    """Tell of a full disk and the like, and end with this exit code; raise *problem* if it is none."""
    said = scarcity(problem) or _of_disk(problem)
    if not said:
        raise problem
    _abandon_output()
    with suppress(OSError):  # standard error may be on the same disk
        print(said, file=sys.stderr)  # noqa: T201
    sys.exit(code)


def _of_disk(problem: Exception) -> str:
    if not isinstance(problem, OSError):
        return ""
    if problem.errno in _FULL:
        return f"{problem.filename or 'The output'} cannot be written: {problem.strerror}."
    if problem.filename and problem.errno in _FORBIDDEN:
        return f"{problem.filename} cannot be used: {problem.strerror}."
    return ""


def _abandon_output() -> None:
    """Drop what is not written yet: Python would try again when it ends, and complain again."""
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
