"""The command that loads a graph into a store on disk: load."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from pathlib import Path  # noqa: TC003  typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gbagraph.cli.curation import curation_extra, tell
from gbagraph.cli.failure import fail
from gbagraph.errors import GbaGraphError, SettingError
from gbagraph.paths import display
from gbagraph.settings import MEGABYTE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gbagraph.dataset.stores.manifest import Manifest

    Seen = Callable[[Path, int], None]

_EVERY: Final = 10.0
"""Seconds between two lines of progress where there is no terminal."""
_IN_MEMORY: Final = 64 * MEGABYTE
"""Bytes of files that are checked by shapes: as a graph in memory they need a good gigabyte."""
_PACKING: Final = 10
"""How much larger a compressed file may be unpacked."""


def load(  # noqa: PLR0913  one option each
    store: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the store.")],
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="RDF files and folders; each file may be .gz, .zst or .bz2."
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
    """Load files into a store on disk, for graphs that do not fit into memory: serve --store DIR.

    They become a new version of the store, which takes the place of the one in service once it is
    complete. The same command again continues a load that was interrupted, file by file.
    """
    # Imported here: the other commands need none of it.
    from gbagraph.dataset.loader import in_folders  # noqa: PLC0415
    from gbagraph.dataset.stores.loading import load as load_files  # noqa: PLC0415

    begun = time.monotonic()
    try:
        if shapes:
            _check(shapes, list(in_folders(files)))
        sizes = {path: path.stat().st_size for path in in_folders(files) if path.is_file()}
        with _progress(sum(sizes.values())) as seen:
            manifest = load_files(
                store, files, graph=graph, name=name, switches=switch, keep=keep, seen=seen
            )
    except SettingError as problem:
        fail(problem.message, code=2)
    except GbaGraphError as problem:
        fail(problem.message)
    except KeyboardInterrupt:
        fail("Interrupted. The same command again continues with what is not loaded yet.", 130)
    print(_done(store, manifest, time.monotonic() - begun, switched=switch))  # noqa: T201


def _done(store: Path, manifest: Manifest, seconds: float, *, switched: bool) -> str:
    count, triples = len(manifest.files), manifest.triples
    following = (
        f"Serve it: gbagraph serve --store {store}"
        if switched
        else f"Put it into service: gbagraph switch --store {store} {manifest.version}"
    )
    return (
        f"Version {manifest.version} of {display(store)} is complete: {triples:,} "
        f"triple{'s' * (triples != 1)} of {count} file{'s' * (count != 1)} in {seconds:,.0f} s. "
        f"{following}"
    )


def _check(shapes: Sequence[Path], paths: Sequence[Path]) -> None:
    """Check the files by *shapes*, in memory; what is found ends the command."""
    from gbagraph.dataset.files import is_packed  # noqa: PLC0415

    sizes = [path.stat().st_size * (_PACKING if is_packed(path) else 1) for path in paths]
    if sum(sizes) > _IN_MEMORY:
        fail(
            f"The files are too large to be checked by shapes, which is done in memory: at most "
            f"{_IN_MEMORY // MEGABYTE} MB, {_IN_MEMORY // MEGABYTE // _PACKING} MB compressed. Check a "
            "part of them with gbagraph validate --shapes, and load without --shapes.",
            code=2,
        )
    with curation_extra():
        from gbagraph.curation import validation  # noqa: PLC0415

    tell(validation.validate_by(shapes, paths), "The shapes find no fault.")


@contextmanager
def _progress(total: int) -> Iterator[Seen]:
    """What is told of the progress, on standard error: a bar on a terminal, else a line now and then."""
    if not sys.stderr.isatty():
        yield _Lines(total)
        return
    from rich import progress  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415

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
