"""Files of RDF: those in folders, the format of each by its name, and what it says."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.dataset.files import (
    EXTENSIONS,
    has_mark,
    line_of_fault,
    reading,
    require_file,
    without_packing,
)
from gbagraph.errors import DatasetError
from gbagraph.paths import display, reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from gbagraph.dataset.files import Source


_EXTENSIONS: Final = ("ttl", "nt", "n3", "rdf", "owl", "xml", "jsonld", "json", "trig", "nq")
_FORMATS: Final = {"owl": "rdf", "xml": "rdf", "json": "jsonld"}
_ANY_GRAPH: Final = {"trig", "nq"}
_PLACE: Final = re.compile(r"Parser error (?:at|between) line [^:]*: ")
_LONGEST: Final = 500
"""Characters of what the parser says of a fault."""


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
    known = rdf_format(path)
    if known is None:
        raise DatasetError(
            f"{display(path)} has an extension that names no RDF format. Known are: "
            f"{', '.join('.' + known for known in _EXTENSIONS)}, each also with "
            f"{', '.join(EXTENSIONS)}."
        )
    return known


def names_graphs(file_format: ox.RdfFormat) -> bool:
    """Whether files of a format say themselves in which graph each triple is."""
    return file_format.file_extension in _ANY_GRAPH


def quads(path: Path) -> Iterator[ox.Quad]:
    """Yield what a file says, as it is read: a large one takes no memory.

    Raises:
        DatasetError: as of :func:`opened`.
    """
    file_format = known_format(path)
    with opened(path, file_format) as source:
        yield from ox.parse(source.reader, format=file_format, base_iri=path.resolve().as_uri())


@contextmanager
def opened(path: Path, file_format: ox.RdfFormat) -> Iterator[Source]:
    """Open a file to be read once.

    Raises:
        DatasetError: it cannot be read, changes meanwhile, or does not parse.
    """
    try:
        with reading(path, file_format) as source:
            yield source
    except SyntaxError as problem:
        raise syntax_error(path, problem) from None
    except (OSError, ValueError) as problem:
        raise DatasetError(
            f"{display(path)} cannot be read: {reason(problem)}.",
            reason=reason(problem),
            file=display(path),
        ) from None


def syntax_error(path: Path, problem: SyntaxError) -> DatasetError:
    """What is wrong in a file, with its line and column if they are known."""
    line = problem.lineno or 0
    if not line and rdf_format(path) == ox.RdfFormat.RDF_XML:
        line = line_of_fault(path)
    where = f", line {line}" if line else ""
    where += f", column {problem.offset}" if problem.lineno else ""
    what = _PLACE.sub("", str(problem.msg)) if where else str(problem.msg)
    if len(what) > _LONGEST:
        what = f"{what[:_LONGEST]} …"  # it may quote what was taken for one token
    if "LoadDocumentCallback" in what:
        what = (
            "it refers to a JSON-LD context at another address, which is not fetched. Write the "
            "context into the file, or convert the file to Turtle or N-Quads."
        )
    if has_mark(path):
        what = "it begins with a byte order mark (U+FEFF), which is no RDF. Save it without one."
    return DatasetError(
        f"{display(path)}{where}: {what}", reason=what, file=display(path), line=line
    )
