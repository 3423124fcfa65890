"""The command that loads a graph into a store on disk: load."""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gbagraph.cli import project
from gbagraph.cli.output import chosen, fail
from gbagraph.errors import DatasetError, SettingError
from gbagraph.feature import needed
from gbagraph.features.stores import versions
from gbagraph.paths import display
from gbagraph.setting import environment_variable
from gbagraph.settings import MEGABYTE
from gbagraph.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gbagraph.features.stores.manifest import Manifest
    from gbagraph.features.stores.versions import Version

    Seen = Callable[[Path, int], None]


_EVERY: Final = 10.0
"""Seconds between two lines of progress where there is no terminal."""


def load(  # noqa: PLR0913  one option each
    store: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the store.")],
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE", help="RDF files and folders; each file may be .gz, .zst or .bz2."
        ),
    ],
    *,
    graph: Annotated[
        str, typer.Option(metavar="IRI", help="The graph for triples; else the default graph.")
    ] = "",
    shapes: Annotated[
        list[Path] | None,
        typer.Option(help="SHACL shapes: what they find wrong keeps the files out of service."),
    ] = None,
    name: Annotated[
        str, typer.Option(metavar="VERSION", help="Name of the version; else the next number.")
    ] = "",
    switch: Annotated[
        bool, typer.Option(help="Whether the version comes into service once it is complete.")
    ] = True,
    keep: Annotated[
        int, typer.Option(min=1, help="Versions that are kept: the current one, that before, …")
    ] = 2,
) -> None:
    """Load files into a store on disk.

    It is for graphs that do not fit into memory: gbagraph serve --store DIR. The files become a new
    version of the store, which takes the place of the one in service once it is complete. The same
    command again continues a load that was interrupted, file by file.
    """
    # Imported here: the other commands need none of it.
    from gbagraph.dataset.named_files import in_folders
    from gbagraph.features.stores.loading import load as load_files

    begun = time.monotonic()
    try:
        if shapes:
            needed("check by shapes")(shapes, files)
        sizes = {path: path.stat().st_size for path in in_folders(files) if path.is_file()}
        with _progress(sum(sizes.values())) as seen:
            manifest = load_files(
                store, files, graph=graph, name=name, switches=switch, keep=keep, seen=seen
            )
    except KeyboardInterrupt:
        fail("Interrupted. The same command again continues with what is not loaded yet.", 130)
    print(_done(store, manifest, time.monotonic() - begun, switched=switch))  # noqa: T201


def _done(store: Path, manifest: Manifest, seconds: float, *, switched: bool) -> str:
    following = (
        f"Serve it: gbagraph serve --store {store}"
        if switched
        else f"Put it into service: gbagraph switch --store {store} {manifest.version}"
    )
    return (
        f"Version {manifest.version} of {display(store)} is complete: "
        f"{counted(manifest.triples, 'triple')} of {counted(len(manifest.files), 'file')} in "
        f"{seconds:,.0f} s. "
        f"{following}"
    )


@contextmanager
def _progress(total: int) -> Iterator[Seen]:
    """Report the progress on standard error: a bar on a terminal, else a line now and then."""
    if not sys.stderr.isatty():
        yield _Lines(total)
        return
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("Loading", total=total)
        yield lambda path, size: bar.update(task, advance=size, description=path.name)


class _Lines:
    """Progress of *total* bytes in lines."""

    def __init__(self, total: int) -> None:
        self._total, self._size = total, 0
        self._begun = self._told = time.monotonic()

    def __call__(self, path: Path, size: int) -> None:
        self._size += size
        now = time.monotonic()
        if now - self._told >= _EVERY:
            self._told = now
            self._tell(path, now - self._begun)

    def _tell(self, path: Path, seconds: float) -> None:
        rate = self._size / seconds
        left = max(self._total - self._size, 0) / rate
        sys.stderr.write(
            f"{path.name}: {self._size / max(self._total, 1):.0%} of {self._total / MEGABYTE:,.0f} MB, "
            f"{rate / MEGABYTE:.1f} MB/s, about {left:,.0f} s left\n"
        )


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
        str, typer.Argument(metavar="VERSION", help="Without it, the versions are listed.")
    ] = "",
    *,
    store: StoreOption = None,
    listing: Annotated[bool, typer.Option("--list", help="List the versions.")] = False,
    output: Annotated[
        str | None, typer.Option("--format", "-f", help="Of the list: table or json.")
    ] = None,
) -> None:
    """Put another version of a store into service.

    Running servers take it up within a second.
    """
    folder = _store(store)
    if listing or not version:
        _list(folder, output or ("table" if sys.stdout.isatty() else "json"))
    else:
        _tell(folder, versions.switch(folder, version))


def rollback(*, store: StoreOption = None) -> None:
    """Put the version before into service again."""
    folder = _store(store)
    _tell(folder, versions.rollback(folder))


def _store(given: Path | None) -> Path:
    """The store that is meant; raises SettingError if none is named."""
    folder = given or project.named().get("store")
    if folder is None:
        raise SettingError("Which store? Name it with --store DIR.", setting="store")
    return Path(folder)


def _tell(folder: Path, version: Version) -> None:
    print(  # noqa: T201
        f"{display(folder)} has version {version.name} in service: "
        f"{counted(version.manifest.triples, 'triple')}."
    )


def _list(folder: Path, output: str) -> None:
    all_versions = versions.listed(folder)
    if not all_versions:
        raise DatasetError(f"{display(folder)} has no complete versions.")
    now, before = versions.current(folder), versions.before(folder)
    states = {before: "before", now: "current"}
    chosen(output, {"table": _print_table, "json": _print_json})(
        [(each, states.get(each.name, "")) for each in all_versions]
    )


def _print_table(rows: list[tuple[Version, str]]) -> None:
    table = Table("Version", "Loaded", "Triples", "Files", "In service")
    for each, state in rows:
        loaded = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(each.manifest.loaded))
        sizes = f"{each.manifest.triples:,}", f"{len(each.manifest.files):,}"
        table.add_row(escape(each.name), loaded, *sizes, state)
    Console().print(table)


def _print_json(rows: list[tuple[Version, str]]) -> None:
    listed = [
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
    print(json.dumps(listed, indent=1))  # noqa: T201
