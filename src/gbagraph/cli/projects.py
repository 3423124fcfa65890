"""The command that makes a folder for a graph of one's own: new."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gbagraph.cli.output import fail
from gbagraph.paths import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

_TEMPLATE: Final = Path(__file__).resolve().parents[1] / "project_template"
_SUFFIX: Final = ".template"
"""Ends the names of files that would be taken for modules of this package."""


def new(
    folder: Annotated[Path, typer.Argument(help="A folder that is empty, or not there yet.")],
) -> None:
    """Make a small working example of a graph of your own: data, a query, its answer, a test."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        fail(f"{folder} is not an empty folder. Give one that is empty, or not there yet.", code=2)
    try:
        written = list(_copied(folder))
    except OSError as problem:
        fail(f"{problem.filename or folder} cannot be written: {problem.strerror}.")
    for path in written:
        print(path)  # noqa: T201
    print(f"Now: cd {folder} && gbagraph serve")  # noqa: T201


def _copied(folder: Path) -> Iterator[Path]:
    """Copy the example into *folder*: the files that are made, in the order of their names."""
    for source in sorted(_TEMPLATE.rglob("*")):
        if source.is_file():
            name = str(source.relative_to(_TEMPLATE)).removesuffix(_SUFFIX)
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            write_whole(target, source.read_bytes())
            yield target
