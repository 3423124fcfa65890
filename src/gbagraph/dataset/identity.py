"""What a dataset is: its graphs, its version, its hash; and which releases of ours are kept, and where.

``data/releases/0.3.0.nq.gz`` holds the asserted quads of a release, and its hash is that of the release.
``data/releases/inferred/0.3.0.nq.gz`` has what was computed from them then: what follows by the
ontology, and the claims; the first two releases have the one file only.
``data/releases/queries/0.3.0.zip`` has the query files of a release, and what they answered.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin

import pyoxigraph as ox

from gbagraph.errors import DatasetError
from gbagraph.paths import exists, resource
from gbagraph.rdf import namespaces
from gbagraph.rdf.namespaces import graph_iri

if TYPE_CHECKING:
    from collections.abc import Mapping

BUILT_IN: Final = {
    "ontology": ("ontology", "gba.ttl"),
    "ontology/evidence": ("ontology", "evidence.ttl"),
    "shapes": ("ontology", "shapes.ttl"),
    "article": ("data", "gba.ttl"),
    "evidence": ("data", "evidence.ttl"),
    "context": ("data", "context.ttl"),
    "differing": ("data", "differing.ttl"),
    "links": ("data", "links.ttl"),
    "selectors": ("data", "selectors.ttl"),
    "translations": ("data", "translations.ttl"),
    "inferred": ("data", "inferred.ttl"),
    "meta": ("data", "dataset.ttl"),
}
"""The files of the built-in dataset, by the named graph that each is read into.

What stands after a slash is one of several files of a graph.
"""

VOCABULARIES: Final = ("ontology", "ontology/evidence")
"""The files that declare terms."""


def graph_of(name: str) -> ox.NamedNode:
    """The named graph that a file of the built-in dataset is read into."""
    return ox.NamedNode(graph_iri(name.partition("/")[0]))


EVIDENCE, INFERRED, QUERIES, META = (
    ox.NamedNode(graph_iri(name)) for name in ("evidence", "inferred", "queries", "meta")
)
"""The graphs of the claims, of what follows by the ontology, of the canned queries, and of what the
dataset says of itself: they are computed, the first and the last in part."""

TRANSLATIONS: Final = graph_of("translations")
"""The graph of our words in Chinese: it says itself from what they are worded, and no claim does."""

NOT_REASONED: Final = ("links", "differing", "selectors", "translations", "shapes", "meta")
"""Graphs from which nothing is concluded.

With the links, each identifier elsewhere would repeat every fact about it; what differs from the article
is not to be joined with it.
"""


def queries_graph() -> ox.NamedNode:
    """The graph of the canned queries of what is published; where nothing has a base, there is none."""
    return ox.NamedNode(urljoin(namespaces.base_iri(), "graph/queries"))


@dataclass(frozen=True, slots=True)
class Description:
    """What a loaded dataset is: name, version, and the number of triples in each graph.

    ``digest`` is a function of the files' bytes, ``modified`` the time (seconds since 1970) of the
    newest of them, ``blank_nodes`` whether answers can hold blank nodes of the data, ``infer``
    whether the default graph holds what follows by the ontology; the digest differs by it. ``hash``
    is a function of the asserted graphs alone, however they are written (RDFC-1.0); empty where that
    would take too long at start. ``release`` is the version of a kept release, empty for what is none.
    The default graph ``is_union`` if it is all graphs together, made by each query; then
    ``default_graph`` counts a triple once for each graph that has it. It ``is_merge`` if it was made of
    all graphs, and of nothing else, at load. Of an engine elsewhere, ``lost`` names what of SPARQL it
    does not do right.
    """

    title: str
    version: str
    built_in: bool
    digest: str
    modified: float
    blank_nodes: bool
    infer: bool
    graphs: dict[str, int] = field(default_factory=dict, hash=False)
    default_graph: int = 0
    hash: str = ""
    release: str = ""
    is_union: bool = False
    is_merge: bool = False
    lost: tuple[str, ...] = field(default=(), hash=False)

    def as_json(self) -> dict[str, Any]:
        """As a JSON object; ``Description(**it)`` is the way back."""
        return asdict(self)


class Described:
    """What holds a loaded dataset, and has its ``description``."""

    description: Description

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.description.title}, version {self.version}>"

    @property
    def version(self) -> str:
        """Version of the dataset, as the server sends it in the header Dataset-Version."""
        return self.description.version

    @property
    def hash(self) -> str:
        """Hash of the data graphs (RDFC-1.0), as the server sends it in the header Dataset-Hash."""
        return self.description.hash


def stated(predicate: str) -> dict[str, list[ox.Literal]]:
    """Return what the dataset states of itself by a property (an IRI): literals by their subjects."""
    texts: dict[str, list[ox.Literal]] = {}
    for subject, property_, value, _ in _stated():
        if property_.value == predicate and isinstance(value, ox.Literal):
            texts.setdefault(str(subject).strip("<>"), []).append(value)
    return texts


@cache
def _stated() -> tuple[ox.Quad, ...]:
    return tuple(ox.parse(path=str(resource(*BUILT_IN["meta"])), format=ox.RdfFormat.TURTLE))


SUFFIX: Final = ".nq.gz"

_SHA256: Final = "sha256:"
_HASH: Final = re.compile(rf"(?:{_SHA256})?([0-9a-f]{{8,64}})")

_BUILDS: Final = {"": None, "explicit": False, "inference": True}
"""What a version's build metadata say of the default graph: whether what follows belongs to it."""


@dataclass(frozen=True, slots=True)
class Release:
    """A kept release: its version, the file of what it asserts, and that of what followed then.

    ``infer`` is what its name said of the default graph: False for ``0.3.0+explicit``, None for
    ``0.3.0``.
    """

    version: str
    asserted: Path
    followed: Path | None
    infer: bool | None = None

    @property
    def queries(self) -> Path:
        """The archive of its query files, with what they answer in the folder ``expected``."""
        return queries_file(self.version)

    @property
    def files(self) -> tuple[Path, ...]:
        """Its files."""
        return (self.asserted,) if self.followed is None else (self.asserted, self.followed)

    def version_with(self, *, infer: bool) -> str:
        """Its version, with build metadata where the default graph is not the usual one.

        Until 0.2.0 the default graph was usually without what follows.
        """
        usual = self.followed is not None
        build = "" if infer == usual else "+inference" if infer else "+explicit"
        return self.version + build


def releases() -> dict[str, Path]:
    """The file of each release by its version, the oldest first."""
    files = resource("data", "releases").glob(f"*{SUFFIX}")
    versions = {path.name.removesuffix(SUFFIX): path for path in files}
    return dict(sorted(versions.items(), key=lambda row: _order(row[0])))


def named(path: Path) -> Release | None:
    """The release that *path* names, as :func:`kept`; None for what is there, or lies in a folder."""
    is_bare = path.parent in (Path(), Path.cwd())
    return None if not is_bare or exists(path) else kept(path.name)


def kept(name: str) -> Release | None:
    """The release that is named by its version, or by its hash as :func:`meant`; None if none is."""
    text, _, build = name.partition("+")
    known = releases()
    version = text if text in known else meant(text, {each: release_hash(each) for each in known})
    if not version or build not in _BUILDS:
        return None
    followed = inferred_file(version)
    is_there = followed.is_file()
    return Release(version, known[version], followed if is_there else None, _BUILDS[build])


def known_releases() -> str:
    """A sentence that lists the releases, for errors."""
    return f"Releases: {', '.join(releases())}; each can be named by its hash, too."


def kept_of(description: Description, version: str) -> Release:
    """Return a kept release of what is described.

    Raises:
        DatasetError: there is none.
    """
    if not (description.built_in or description.release):
        raise DatasetError(f"No releases of {description.title} are kept.")
    release = kept(version)
    if release is None:
        raise DatasetError(f"There is no release {version}. {known_releases()}")
    return release


def meant(name: str, hashes: Mapping[str, str]) -> str:
    """The version that is named by itself or by its hash, of *hashes*; empty if none is.

    Eight digits of the hash or more will do, with or without the name of its algorithm.
    """
    if name in hashes:
        return name
    match = _HASH.fullmatch(name.lower())
    return next(
        (each for each in hashes if match and hashes[each].startswith(_SHA256 + match[1])), ""
    )


@cache
def release_hash(version: str) -> str:
    """The hash of a release: it is kept as the canonical lines of which the hash is made."""
    lines = gzip.decompress(asserted_file(version).read_bytes())
    return _SHA256 + hashlib.sha256(lines).hexdigest()


def asserted_file(version: str) -> Path:
    """The file for what a release asserts, whether there is one or not."""
    return resource("data", "releases", f"{version}{SUFFIX}")


def inferred_file(version: str) -> Path:
    """The file for what followed from a release, whether there is one or not."""
    return resource("data", "releases", "inferred", f"{version}{SUFFIX}")


def queries_file(version: str) -> Path:
    """The file for the query files of a release, whether there is one or not."""
    return resource("data", "releases", "queries", f"{version}.zip")


def _order(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.partition("-")[0].split(".")))
