"""Releases of the dataset, and what changed between two of them.

A release is the canonical N-Quads of its data graphs (all but graph/meta, which describes them),
kept in data/releases. What was once released can be compared and cited for ever.
"""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.dataset.loader import data_quads, load, read_into
from gbagraph.dataset.releases import releases
from gbagraph.errors import DatasetError
from gbagraph.paths import display, resource
from gbagraph.rdf import canonical
from gbagraph.rdf.namespaces import BASE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

CURRENT: Final = "current"


@dataclass(frozen=True, slots=True)
class Difference:
    """The canonical N-Quads lines that only one of two datasets has, each in order."""

    removed: tuple[str, ...]
    added: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.removed or self.added)


def read(name: str) -> list[str]:
    """The canonical lines of a release (``0.1.0``), of the built-in data (``current``), or a file.

    Raises:
        DatasetError: there is no such release or file, or it does not parse.
    """
    if name == CURRENT:
        return canonical.lines(data_quads(load()[0]))
    known = releases()
    path = known.get(name, Path(name))
    if name not in known and not path.is_file():
        raise DatasetError(
            f"{name!r} is neither a release nor a file. Releases: {', '.join(known)}; "
            f"the built-in data is {CURRENT!r}."
        )
    return canonical.lines(_compressed(path) if path.suffix == ".gz" else _plain(path))


def _plain(path: Path) -> Iterable[ox.Quad]:
    store = ox.Store()
    read_into(store, path, ox.DefaultGraph())
    return store


def _compressed(path: Path) -> list[ox.Quad]:
    try:
        return list(ox.parse(gzip.decompress(path.read_bytes()), ox.RdfFormat.N_QUADS))
    except (OSError, EOFError, SyntaxError) as problem:
        raise DatasetError(
            f"{display(path)} cannot be read as N-Quads compressed with gzip: {problem}"
        ) from None


def difference(before: Sequence[str], after: Sequence[str]) -> Difference:
    """What is only in *before*, and what is only in *after*: canonical lines, as read() gives them."""
    return Difference(
        tuple(sorted(set(before) - set(after))), tuple(sorted(set(after) - set(before)))
    )


def _text(found: Difference) -> str:
    marked = [(line, "-") for line in found.removed] + [(line, "+") for line in found.added]
    return "".join(f"{sign} {line}" for line, sign in sorted(marked, key=_by_line))


def _by_line(marked: tuple[str, str]) -> tuple[str, bool]:
    return marked[0], marked[1] == "+"


def _json(found: Difference) -> str:
    sides = {name: [line.rstrip("\n") for line in side] for name, side in asdict(found).items()}
    return json.dumps(sides, ensure_ascii=False, indent=1) + "\n"


def _patch(found: Difference) -> str:
    changes = [f"D {line}" for line in found.removed] + [f"A {line}" for line in found.added]
    return "".join(["TX .\n", *changes, "TC .\n"])


FORMS: Final[dict[str, Callable[[Difference], str]]] = {
    "text": _text,
    "json": _json,
    "patch": _patch,
}
"""How a difference can be written: lines with - and +, JSON, or RDF Patch."""


def vanished(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """IRIs of ours of which *before* says something and *after* nothing, from canonical lines."""
    return sorted(_described(before) - _described(after))


def _described(lines: Iterable[str]) -> set[str]:
    subject = re.compile(rf"<({re.escape(BASE)}[^>]*)> ")
    return {found[1] for line in lines if (found := subject.match(line))}


def release() -> Path:
    """Write the built-in data as the release of its version; gives the file.

    Raises:
        DatasetError: the version is already released with other data, or an IRI of the last release
            is no longer described.
    """
    store, description = load()
    lines = canonical.lines(data_quads(store))
    known = releases()
    version = description.version
    if version in known and read(version) != lines:
        raise DatasetError(
            f"{display(known[version])} holds other data. A release is never changed: give the "
            "dataset a new version in data/dataset.ttl."
        )
    if known and (lost := vanished(read(list(known)[-1]), canonical.lines(store))):
        raise DatasetError(
            f"IRIs that were released are not described any more: {', '.join(lost)}. Keep each with "
            "owl:deprecated and dcterms:isReplacedBy: a term in ontology/gba.ttl, a thing or a claim "
            "in data/dataset.ttl."
        )
    path = resource("data", "releases", f"{version}.nq.gz")
    path.parent.mkdir(exist_ok=True)
    # No time in the header: the same data gives the same file.
    path.write_bytes(gzip.compress("".join(lines).encode(), mtime=0))
    return path
