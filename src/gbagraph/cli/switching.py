"""The commands that say which version of a store is in service: switch and rollback."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gbagraph.cli import project
from gbagraph.cli.failure import fail
from gbagraph.cli.options import chosen
from gbagraph.dataset.stores import versions
from gbagraph.errors import DatasetError, GbaGraphError, SettingError
from gbagraph.paths import display
from gbagraph.setting import environment_variable

if TYPE_CHECKING:
    from gbagraph.dataset.stores.versions import Version

StoreOption = Annotated[
    Path | None,
    typer.Option(
        "--store",
        metavar="DIR",
        help="Folder of the store; by default that of gbagraph.toml.",
        envvar=environment_variable("store"),
    ),
]


def switch(
    version: Annotated[
        str, typer.Argument(metavar="[VERSION]", help="Without it, the versions are listed.")
    ] = "",
    *,
    store: StoreOption = None,
    listing: Annotated[bool, typer.Option("--list", help="List the versions.")] = False,
    output: Annotated[
        str | None, typer.Option("--format", "-f", help="Of the list: table or json.")
    ] = None,
) -> None:
    """Put another version of a store into service; running servers take it up within a second."""
    try:
        folder = _store(store)
        if listing or not version:
            _list(folder, output or ("table" if sys.stdout.isatty() else "json"))
        else:
            _tell(folder, versions.switch(folder, version))
    except GbaGraphError as problem:
        _fail(problem)


def rollback(*, store: StoreOption = None) -> None:
    """Put the version of a store into service again that was there before."""
    try:
        folder = _store(store)
        _tell(folder, versions.rollback(folder))
    except GbaGraphError as problem:
        _fail(problem)


def _fail(problem: GbaGraphError) -> NoReturn:
    fail(problem.message, code=2 if isinstance(problem, SettingError) else 1)


def _store(given: Path | None) -> Path:
    """The store that is meant; raises SettingError if none is named."""
    found = given or project.named().get("store")
    if found is None:
        raise SettingError("Which store? Name it with --store DIR.", setting="store")
    return Path(found)


def _tell(folder: Path, version: Version) -> None:
    print(  # noqa: T201
        f"{display(folder)} has version {version.name} in service: "
        f"{version.manifest.triples:,} triple{'s' * (version.manifest.triples != 1)}."
    )


def _list(folder: Path, output: str) -> None:
    found = versions.listed(folder)
    if not found:
        raise DatasetError(f"{display(folder)} has no complete versions.")
    now, before = versions.current(folder), versions.before(folder)
    states = {before: "before", now: "current"}
    chosen(output, {"table": _print_table, "json": _print_json})(
        [(each, states.get(each.name, "")) for each in found]
    )


def _print_table(rows: list[tuple[Version, str]]) -> None:
    table = Table("Version", "Loaded", "Triples", "Files", "In service")
    for each, state in rows:
        loaded = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(each.manifest.loaded))
        sizes = f"{each.manifest.triples:,}", f"{len(each.manifest.files):,}"
        table.add_row(escape(each.name), loaded, *sizes, state)
    Console().print(table)


def _print_json(rows: list[tuple[Version, str]]) -> None:
    found = [
        {
            "version": each.name,
            "generation": each.manifest.generation,
            "loaded": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(each.manifest.loaded)),
            "triples": each.manifest.triples,
            "files": len(each.manifest.files),
            "dataset": f"sha256-{each.manifest.digest[:16]}",
            "in_service": state,
        }
        for each, state in rows
    ]
    print(json.dumps(found, indent=1))  # noqa: T201
