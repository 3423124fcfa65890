"""What a fork server loads, and how far it is, as the system tells from outside."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gbagraph.redaction import public
from gbagraph.settings import MEGABYTE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gbagraph.engine.wire import ForkServerOptions

_MOST: Final = 3
"""Files that are named, of many."""


def subject(options: ForkServerOptions) -> str:
    """What is to be loaded, with the size of files; their folders are only the operator's to know."""
    if options.engines:
        return f"what {', '.join(map(public, options.engines))} holds"
    if options.store:
        path = Path(options.store)
        return f"version {path.name} of the store {path.parent.parent.name}"
    if not options.files:
        return "the built-in dataset"
    names = [Path(name).name for name in options.files]
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"{', '.join(names[:_MOST])}{more}{_size(options.files)}"


def _size(files: Sequence[str]) -> str:
    size = sum(path.stat().st_size for path in map(Path, files) if path.is_file())
    return f" ({size / MEGABYTE:,.1f} MB)" if size else ""


def position(pid: int, files: Sequence[str]) -> str:
    """Where the process *pid* is in the one of *files* that it reads; empty if it reads none."""
    for name, read, size in _open_files(pid):
        if name in files or any(name.startswith(f"{folder}/") for folder in files):
            return f"{Path(name).name}, {read / size:.0%} read"
    return ""


def _open_files(pid: int) -> Iterator[tuple[str, int, int]]:
    """The files that a process has open, each with how far it is read, and its size (Linux: proc(5))."""
    folder = Path(f"/proc/{pid}")
    try:
        numbers = os.listdir(folder / "fd")  # noqa: PTH208  there are no paths
    except OSError:
        return  # it ends just now, or this system tells nothing
    for number in numbers:
        with suppress(OSError):  # closed just now
            path = (folder / "fd" / number).readlink()
            if path.is_file() and (size := path.stat().st_size):
                said = (folder / "fdinfo" / number).read_text()
                yield str(path), int(said.split()[1]), size
