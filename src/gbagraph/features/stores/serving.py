"""A store whose default graph is the union of all its graphs, made when it is asked.

It has the interface :class:`gbagraph.rdf.dataset.Dataset`. A dataset
that a request or a query names (SPARQL 1.1, section 13.2) is not changed by it.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import sys
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, ClassVar, Final, NamedTuple

import msgspec
import pyoxigraph as ox

from gbagraph import publication
from gbagraph.dataset.identity import Description
from gbagraph.errors import DatasetError, SettingError
from gbagraph.feature import hook
from gbagraph.features.stores import OFF, UNION, StoreSettings
from gbagraph.features.stores.manifest import DATABASE, MANIFEST, Manifest, find
from gbagraph.features.stores.versions import PARTIAL, current, in_service, listed, readable
from gbagraph.paths import display

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gbagraph.rdf.dataset import Answer, Dataset, Functions, Node, Place
    from gbagraph.rdf.results import Term
    from gbagraph.settings import Settings


class United:
    """*store* with another default graph: its own and all named ones.

    A query finds a triple once for each graph that has it, as the engine does it; what is asked for by
    :meth:`quads_for_pattern` comes once.
    """

    def __init__(self, store: ox.Store) -> None:
        self._store = store

    def __len__(self) -> int:
        return len(self._store)

    def __contains__(self, quad: ox.Quad, /) -> bool:
        quads = self._found(quad.subject, quad.predicate, quad.object, quad.graph_name)
        return next(quads, None) is not None

    def query(
        self,
        query: str,
        /,
        *,
        base_iri: str | None = None,
        default_graph: list[Place] | None = None,
        named_graphs: list[Node] | None = None,
        custom_functions: Functions | None = None,
    ) -> Answer:
        """Return the answer to *query*; raises what the engine does."""
        return self._store.query(
            query,
            base_iri=base_iri,
            use_default_graph_as_union=default_graph is None and named_graphs is None,
            default_graph=default_graph,
            named_graphs=named_graphs,
            custom_functions=custom_functions,
        )

    def quads_for_pattern(
        self,
        subject: Term | None,
        predicate: Term | None,
        value: Term | None,
        graph: Place | None = None,
        /,
    ) -> Iterator[ox.Quad]:
        """Return the quads of this form; those of the default graph once each."""
        quads = self._found(subject, predicate, value, graph)
        return _once(quads) if isinstance(graph, ox.DefaultGraph) else quads

    def _found(
        self,
        subject: Term | None,
        predicate: Term | None,
        value: Term | None,
        graph: Place | None,
    ) -> Iterator[ox.Quad]:
        place = None if isinstance(graph, ox.DefaultGraph) else graph
        return self._store.quads_for_pattern(subject, predicate, value, place)  # type: ignore[arg-type]

    def named_graphs(self) -> Iterator[Node]:
        """Return the names of the graphs."""
        return self._store.named_graphs()

    def contains_named_graph(self, graph: Place, /) -> bool:
        """Return whether there is this graph."""
        return self._store.contains_named_graph(graph)

    def dump(
        self,
        output: IO[bytes],
        rdf_format: ox.RdfFormat,
        /,
        *,
        from_graph: Place | None = None,
        prefixes: dict[str, str] | None = None,
    ) -> None:
        """Write a graph to *output*, or all as it was loaded.

        In the default graph, a triple may stand several times, which means the same: to know each would
        need memory for all.
        """
        if isinstance(from_graph, ox.DefaultGraph):
            triples = (quad.triple for quad in self._found(None, None, None, from_graph))
            ox.serialize(triples, output, rdf_format, prefixes=prefixes)
        else:
            self._store.dump(output, rdf_format, from_graph=from_graph, prefixes=prefixes)

    def update(self, text: str, /) -> None:
        """Raise RuntimeError, as the store does: nothing is written to it."""
        self._store.update(text)


def _once(quads: Iterator[ox.Quad]) -> Iterator[ox.Quad]:
    seen: set[ox.Triple] = set()
    for quad in quads:
        if quad.triple not in seen:
            seen.add(quad.triple)
            yield ox.Quad(*quad.triple)


NAMES: Final = "names.sqlite"
"""The index of names beside the database; it is made of the store, and again if it is deleted."""
_SMALL: Final = 100_000
"""Triples up to which names are read from the store itself, which takes a moment."""


class NamesIndex(NamedTuple):
    """The index of names of *source*, which *make* makes as the file *path*."""

    source: OpenStore
    path: Path
    make: Callable[[Dataset, Path], object]
    name: str = "The index of names"

    def run(self, store: Dataset) -> None:
        """Make it; raises OSError if it cannot be written."""
        try:
            self.make(store, self.path)
        except sqlite3.Error as problem:
            raise OSError(str(problem)) from None


class Stored(msgspec.Struct, frozen=True, tag="gbagraph.features.stores.serving:Stored"):
    """The version *folder* of a store; its default graph *is_union* if it is all its graphs.

    Its names are read from an index, which is made in the background, if it *has_index*.
    """

    folder: str
    is_union: bool = False
    has_index: bool = False
    infer: bool | None = None

    may_change: ClassVar[bool] = False
    is_on_disk: ClassVar[bool] = True
    has_credentials: ClassVar[bool] = False

    @property
    def index(self) -> Path | None:
        """The file of the index, if one is wanted; none for a small store, which needs none.

        Raises:
            DatasetError: it is no store, not a complete one, or one of a newer version.
        """
        folder = Path(self.folder)
        return folder / NAMES if self.has_index and manifest_in(folder).triples > _SMALL else None

    @property
    def subject(self) -> str:
        """What is opened, without the folder of the store."""
        path = Path(self.folder)
        return f"version {path.name} of the store {path.parent.parent.name}"

    def position(self, pid: int) -> str:  # noqa: ARG002  opening takes no time
        """Return nothing."""
        return ""

    def load(self, prepare: Callable[[Dataset | None], None]) -> OpenStore:
        """Hold the version open; raises DatasetError if it cannot be served."""
        if self.infer:
            raise DatasetError("A store is served as it was loaded: leave out --infer.")
        store = OpenStore(Path(self.folder), is_union=self.is_union, has_index=self.has_index)
        if (use := hook("index used")) is not None:
            use(store.index, is_wanted=self.has_index)
        prepare(None)
        return store


class OpenStore:
    """The version of the store *folder* that is in service, held open: it is not deleted meanwhile.

    Its default graph is as in the files, or the union of all graphs if it *is_union*. ``entry`` is the
    descriptor of its folder.

    Raises:
        DatasetError: it is no store, not a complete one, or one of a newer version.
    """

    is_merged: ClassVar[bool] = False

    def __init__(self, folder: Path, *, is_union: bool = False, has_index: bool = False) -> None:
        self.manifest = manifest_in(folder)
        folder = in_service(folder)
        self.entry = os.open(folder, os.O_RDONLY)
        # As long as this is locked, no load deletes the version.
        self._lock = os.open(folder / MANIFEST, os.O_RDONLY)
        fcntl.flock(self._lock, fcntl.LOCK_SH)
        # By its descriptor, a folder is there under whatever name it has by now.
        by_entry = Path(f"/proc/self/fd/{self.entry}")
        by_entry = by_entry if sys.platform == "linux" else folder
        self._database = by_entry / DATABASE
        self.index = by_entry / NAMES if self.manifest.triples > _SMALL else None
        self._folder = folder
        self.is_union, self.has_index = is_union, has_index

    def as_loaded(self) -> OpenStore:
        """Return the same with a default graph as in the files."""
        other = copy(self)
        other.is_union = False
        return other

    def beside(self) -> NamesIndex | None:
        """Return the index of names to make, where one is wanted that is not there."""
        make = hook("index made")  # imported now: the process that makes it can read no module
        if make is None or not self.has_index or self.index is None or self.index.exists():
            return None
        return NamesIndex(self.as_loaded(), self.index, make)

    def open(self) -> Dataset:
        """Return the database, opened in this process: the engine's handles do not outlive a fork.

        Raises:
            DatasetError: the engine cannot open it.
        """
        with readable(self._folder):
            store = ox.Store.read_only(str(self._database))
        return United(store) if self.is_union else store

    @property
    def description(self) -> Description:
        """What it holds, by its manifest: nothing is counted.

        Of a default graph that is a union, the size has a triple once for each graph, as queries do.
        Labels of blank nodes differ from load to load, and to look for one would be to look at all.
        """
        manifest = self.manifest
        return Description(
            title=publication.current().title or manifest.title,
            version=f"sha256-{manifest.digest[:16]}",
            built_in=False,
            digest=f"{manifest.digest}-union" if self.is_union else manifest.digest,
            modified=manifest.loaded,
            blank_nodes=True,
            infer=False,
            graphs=manifest.graphs,
            default_graph=manifest.triples if self.is_union else manifest.default_graph,
            is_union=self.is_union,
        )


def check(settings: Settings) -> None:
    """Raise SettingError if *settings* choose the default graph of a store, and name none."""
    given = settings.of(StoreSettings)
    if given.default_graph == UNION and not given.store:
        raise SettingError(
            "default_graph is for a store: files in memory are merged into the default graph anyway, "
            "and an engine decides by itself. Leave it out.",
            setting="default_graph",
        )


def of_settings(settings: Settings) -> Stored | None:
    """Return the store that *settings* name; None if they name none.

    It is that version for good, whichever comes into service meanwhile.
    """
    given = settings.of(StoreSettings)
    if not given.store:
        return None
    return Stored(
        str(in_service(given.store)),
        is_union=given.default_graph == UNION,
        has_index=given.index != OFF,
        infer=settings.infer,
    )


def published(settings: Settings) -> publication.Publication | None:
    """Return what *settings* publish of a store; None if they name none.

    What they do not say is as the heads of its files say.

    Raises:
        DatasetError: there is no such store.
        SettingError: there is no such folder of queries, or a setting is not for a store.
    """
    store = settings.of(StoreSettings).store
    if not store:
        return None
    for name in ("data", "infer"):
        if getattr(settings, name):
            raise SettingError(
                f"A store is served as it was loaded: {name} is not for it.", setting=name
            )
    manifest = manifest_in(store)
    said = publication.of_settings(settings, ())
    return replace(
        said,
        title=said.title or manifest.title,
        base=said.base or manifest.base,
        prefixes=publication.beside(said.prefixes, manifest.prefixes),
    )


def manifest_in(folder: Path) -> Manifest:
    """Return the manifest of the version of a store that is in service, or that *folder* is.

    Raises:
        DatasetError: it is no store, not a complete one, or one of a newer version.
    """
    manifest = find(in_service(folder))
    if manifest is not None:
        return manifest
    if current(folder) or listed(folder):
        raise DatasetError(
            f"No complete version of {display(folder)} is in service. Choose one: gbagraph switch "
            f"--store {folder} VERSION"
        )
    if not folder.is_dir():
        raise DatasetError(
            f"There is no store {display(folder)}. Make it: gbagraph load {folder} FILE..."
        )
    if (folder / PARTIAL).is_dir():
        raise DatasetError(
            f"{display(folder)} is not complete: its load was interrupted. Run the command again that "
            "began it."
        )
    raise DatasetError(
        f"{display(folder)} is no store, or not a complete one: it has no {MANIFEST}. Make one: "
        "gbagraph load DIR FILE..."
    )
