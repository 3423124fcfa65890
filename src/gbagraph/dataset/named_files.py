"""Files of RDF by their names: those in folders, and the format of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.dataset.files import EXTENSIONS, require_file, without_packing
from gbagraph.errors import DatasetError
from gbagraph.paths import display, reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


_EXTENSIONS: Final = ("ttl", "nt", "n3", "rdf", "owl", "xml", "jsonld", "json", "trig", "nq")
_FORMATS: Final = {"owl": "rdf", "xml": "rdf", "json": "jsonld"}
_ANY_GRAPH: Final = {"trig", "nq"}


def in_folders(files: Iterable[Path]) -> Iterator[Path]:
    """*files*, and in place of each folder the RDF files in it, at any depth, in order.

    Raises:
        DatasetError: a folder has none, or what is named is no file.
    """
    for path in files:
        if not path.is_dir():
            _require_file(path)
            yield path
            continue
        inside = sorted(each for each in path.rglob("*") if each.is_file() and rdf_format(each))
        if not inside:
            raise DatasetError(f"The folder {display(path)} has no RDF file in it.")
        yield from inside


def _require_file(path: Path) -> None:
    """Raise DatasetError for a pipe and the like; that a file is missing is noticed where it is read."""
    try:
        require_file(path)
    except FileNotFoundError:
        return
    except OSError as problem:
        raise DatasetError(f"{display(path)} cannot be read: {reason(problem)}.") from None


def rdf_format(path: Path) -> ox.RdfFormat | None:
    """The format that a file's name says, whether it is compressed or not; None if it says none."""
    extension = without_packing(path).suffix.lstrip(".").lower()
    if extension not in _EXTENSIONS:
        return None
    return ox.RdfFormat.from_extension(_FORMATS.get(extension, extension))


def known_format(path: Path) -> ox.RdfFormat:
    """The format that a file's name says; raises DatasetError if it says none."""
    found = rdf_format(path)
    if found is None:
        raise DatasetError(
            f"{display(path)} has an extension that names no RDF format. Known are: "
            f"{', '.join('.' + known for known in _EXTENSIONS)}, each also with "
            f"{', '.join(EXTENSIONS)}."
        )
    return found


def names_graphs(found: ox.RdfFormat) -> bool:
    """Whether files of a format say themselves in which graph each triple is."""
    return found.file_extension in _ANY_GRAPH
