"""The releases as steps: what each changed in words, the RDF Patch that leads to it, the hash after it.

Counts, names and corrections are in ``data/changes.toml``, dates and notes in ``data/dataset.ttl``. A
patch is made of the canonical lines of two kept releases, which never change, so it never does.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from gzip import decompress
from typing import TYPE_CHECKING, Any, Final
from uuid import NAMESPACE_URL, uuid5

import pyoxigraph as ox

from gbagraph.dataset.identity import release_hash, releases, stated
from gbagraph.errors import DatasetError
from gbagraph.features.releases.diff import rdf_patch
from gbagraph.paths import resource
from gbagraph.rdf.dataset import has_blank_node
from gbagraph.rdf.namespaces import BASE, DATASET, expand

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STREAM: Final = f"{BASE}changes"
"""The IRI of the feed."""
QUERIES: Final[dict[str, Any]] = {"new": [], "gone": [], "changed": {}, "reshaped": {}}
"""What is said of canned queries where nothing has changed."""
_NOTES: Final = "http://www.w3.org/ns/adms#versionNotes"


@dataclass(frozen=True, slots=True)
class Patch:
    """The RDF Patch to a release from the one before it, and the hash of what is there after it."""

    id: str
    previous: str
    hash: str
    text: bytes
    removed: int
    added: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A version: when it was made, notes by language tag, what changed, and the patch to it.

    *words* are those of ``data/changes.toml``. What is not released has no patch.
    """

    version: str
    generated: str
    notes: Mapping[str, str]
    words: Mapping[str, Any]
    patch: Patch | None

    @property
    def iri(self) -> str:
        """The IRI of the version."""
        return f"{DATASET}/{self.version}"

    @property
    def issued(self) -> str:
        """The day on which it was made."""
        return self.generated.partition("T")[0]


@cache
def entries() -> tuple[Entry, ...]:
    """Return all versions in their order, the one in the making last.

    Raises:
        DatasetError: a release has blank nodes, which a patch cannot name.
    """
    said, kept = _said(), releases()
    words = tomllib.loads(resource("data", "changes.toml").read_text("utf-8"))["release"]
    patches = dict(zip(kept, _patches(kept), strict=True))
    return tuple(
        Entry(row["version"], *said[row["version"]], _whole(row), patches.get(row["version"]))
        for row in reversed(words)
    )


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    """Return the words of a version with all parts, of which the file has those that say something."""
    parts: dict[str, Any] = {"corrected": [], "added": {}, "gone": {}, "renamed": {}}
    return parts | row | {"queries": QUERIES | row.get("queries", {})}


def _said() -> dict[str, tuple[str, dict[str, str]]]:
    """Return what the dataset says of its versions: the time, and the notes by language tag."""
    notes = stated(_NOTES)
    return {
        iri.removeprefix(f"{DATASET}/"): (
            time.value,
            {note.language or "": note.value for note in notes.get(iri, ())},
        )
        for iri, (time, *_) in stated(expand("prov:generatedAtTime")).items()
    }


def _patches(kept: Mapping[str, Path]) -> list[Patch]:
    patches, before = list[Patch](), list[str]()
    for version, path in kept.items():
        after = _lines(path)
        patches.append(_patch(version, before, after, patches[-1].id if patches else ""))
        before = after
    return patches


def _lines(path: Path) -> list[str]:
    text = decompress(path.read_bytes()).decode()
    if "_:" in text and any(map(has_blank_node, ox.parse(text, format=ox.RdfFormat.N_QUADS))):
        raise DatasetError(
            f"{path.name} has blank nodes, which a patch cannot name. Give them IRIs."
        )
    # Not splitlines(): U+2028 and its like stand unescaped in literals.
    return [f"{line}\n" for line in text.split("\n") if line]


def _patch(version: str, before: list[str], after: list[str], previous: str) -> Patch:
    """Return the patch between two states, with the header of a patch log (RDF Delta)."""
    known, left = set(before), set(after)
    removed = [line for line in before if line not in left]
    added = [line for line in after if line not in known]
    # The same at each start, and on each server: that a log can be told from another by.
    identifier = f"urn:uuid:{uuid5(NAMESPACE_URL, f'{DATASET}/{version}')}"
    state = release_hash(version)
    header = {
        "id": f"<{identifier}>",
        **({"prev": f"<{previous}>"} if previous else {}),
        "hash": f'"{state}"',
    }
    text = rdf_patch(removed, added, header).encode()
    return Patch(identifier, previous, state, text, len(removed), len(added))
