"""Load files as a version of a store: whole or not at all, from where the last load was interrupted."""

from __future__ import annotations

import errno
import os
import time
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph import publication
from gbagraph._version import __version__
from gbagraph.dataset.files import reading
from gbagraph.dataset.named_files import in_folders, known_format, names_graphs, syntax_error
from gbagraph.errors import DatasetError, LoadFailed, SettingError
from gbagraph.features.stores.manifest import MANIFEST, LoadedFile, Manifest, bulk_load
from gbagraph.features.stores.versions import LOCK, VERSIONS, Partial, new_name, prune, switch
from gbagraph.paths import display, reason
from gbagraph.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Seen = Callable[[Path, int], None]


_CHECKPOINT: Final = 20.0
"""Seconds after which what has been loaded is kept for the case that the load is interrupted."""
_SMALL: Final = 256 * 1024
"""Bytes of a file up to which it is loaded at once: each bulk load makes files, which costs 10 ms."""
_NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def load(  # noqa: PLR0913  one option each
    target: Path,
    files: Sequence[Path],
    *,
    graph: str = "",
    name: str = "",
    switches: bool = True,
    keep: int = 2,
    seen: Seen = lambda *_: None,
) -> Manifest:
    """Load *files*, and those in folders among them, as a new version of the store *target*.

    Its manifest is returned. Triples come into the graph *graph*, by default the default graph; those of
    files that name graphs, into these. The version is called *name*, by default the number of its
    generation, and is put into service if it *switches*; until then, and if the load fails, the one
    that is there stays. *keep* versions are kept. A load that was interrupted continues: files that are
    loaded already are not read again. *seen* is called with each file and the bytes of it that have
    been dealt with.

    Raises:
        SettingError: there is no such file, its name says no format, *graph* is no IRI or asked of files
            that name graphs, *name* is none for a version, or *target* is a folder of something else.
        DatasetError: a file cannot be read or does not parse (the message says where), the disk is
            full, or another process loads the same store.
    """
    target = target.resolve()
    paths = _checked(files, graph)
    _require_store(target)
    new_name(target, name)  # one that is wrong is refused before anything is made
    partial = Partial(target)
    try:
        with partial.locked():
            prune(target, keep)
            done = _loaded_before(partial, paths, graph)
            _Loading(partial, seen).run(paths, done, graph)
            manifest = _complete(partial, paths, done, new_name(target, name))
            partial.publish(manifest)
            if switches:
                switch(target, manifest.version)
            prune(target, keep, loaded=manifest.version)
    except OSError as problem:
        raise _of_system(problem, target) from None
    return manifest


def _checked(files: Sequence[Path], graph: str) -> list[Path]:
    """All files, in order; raises SettingError where it is plain already that they cannot be loaded."""
    try:
        paths = [path.resolve() for path in in_folders(files)]
        missing = [path for path in paths if not path.is_file()]
        if missing:
            raise SettingError(f"There is no file {display(missing[0])}.", setting="files")
        formats = [known_format(path) for path in paths]
        if graph:
            ox.NamedNode(graph)
    except DatasetError as problem:
        raise SettingError(problem.message, setting="files") from None
    except ValueError:
        raise SettingError(f"The graph {graph!r} is no IRI.", setting="graph") from None
    for path, rdf_format in zip(paths, formats, strict=True):
        if graph and names_graphs(rdf_format):
            raise SettingError(
                f"{display(path)} names its graphs itself, so --graph is not for it. Load it without "
                "--graph, or as N-Triples or Turtle.",
                setting="graph",
            )
    return list(dict.fromkeys(paths))


def _require_store(target: Path) -> None:
    """Raise SettingError unless *target* is a store, one that was begun, or nothing yet."""
    if (target / MANIFEST).exists():
        raise SettingError(
            f"{display(target)} is a version of a store, and versions are never changed. Name the "
            "folder of the store, or one that is not there yet.",
            setting="store",
        )
    is_store = (target / VERSIONS).is_dir() or (target / LOCK).exists()
    if not is_store and target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise SettingError(
            f"{display(target)} is there already, and no store. Name a folder that is not there yet.",
            setting="store",
        )


def _loaded_before(partial: Partial, paths: list[Path], graph: str) -> list[LoadedFile]:
    """What an interrupted load has done of this one: it is taken up if all of it is still wanted."""
    checkpoint = partial.checkpoint()
    wanted = {str(path): path.stat() for path in paths}
    is_usable = (
        checkpoint is not None
        and checkpoint.engine == version("pyoxigraph")
        and all(_is_the_same(file, wanted.get(file.path), graph) for file in checkpoint.files)
    )
    partial.begin(checkpoint if is_usable else None)
    return list(checkpoint.files) if checkpoint is not None and is_usable else []


def _is_the_same(file: LoadedFile, now: os.stat_result | None, graph: str) -> bool:
    return (
        now is not None
        and (file.size, file.changed) == (now.st_size, now.st_mtime_ns)
        and file.graph == graph
    )


class _Loading:
    """One load into the database of *partial*."""

    def __init__(self, partial: Partial, seen: Seen) -> None:
        self._partial, self._seen = partial, seen
        self._kept = time.monotonic()

    def run(self, paths: list[Path], done: list[LoadedFile], graph: str) -> None:
        """Load all of *paths* but what is *done*, and add them to it."""
        store = ox.Store(str(self._partial.database))
        known = {file.path: file for file in done}
        for file in done:
            self._seen(Path(file.path), file.size)
        begun = len(done)
        try:
            for path in paths:
                if str(path) not in known:
                    done.append(self._load(store, path, graph))
                    is_due = time.monotonic() - self._kept >= _CHECKPOINT
                    if is_due and path != paths[-1]:
                        self._keep(store, done)
                        begun = len(done)
        except (DatasetError, KeyboardInterrupt):
            if len(done) > begun:
                with suppress(OSError):
                    self._keep(store, done)
            raise
        store.flush()

    def _keep(self, store: ox.Store, done: list[LoadedFile]) -> None:
        self._partial.keep(store, Manifest(files=tuple(done), engine=version("pyoxigraph")))
        self._kept = time.monotonic()

    def _load(self, store: ox.Store, path: Path, graph: str) -> LoadedFile:
        """Load one file; the hash is that of the very bytes that were loaded."""
        try:
            with reading(path, known_format(path), lambda size: self._seen(path, size)) as source:
                _read(store, path, source.reader, graph, is_small=source.size <= _SMALL)
        except SyntaxError as problem:
            raise syntax_error(path, problem) from None
        except (OSError, ValueError) as problem:
            if _is_full(problem):
                raise
            raise DatasetError(
                f"{display(path)} cannot be loaded: {reason(problem)}.", file=display(path)
            ) from None
        return LoadedFile(
            path=str(path),
            size=source.size,
            changed=source.changed,
            sha256=source.sha256.hexdigest(),
            graph="" if names_graphs(known_format(path)) else graph,
        )


def _read(store: ox.Store, path: Path, reader: IO[bytes], graph: str, *, is_small: bool) -> None:
    rdf_format = known_format(path)
    target: dict[str, Any] = {"to_graph": ox.NamedNode(graph)} if graph else {}
    if is_small:
        store.load(reader, format=rdf_format, base_iri=path.as_uri(), **target)
    else:
        bulk_load(store, reader, format=rdf_format, base_iri=path.as_uri(), **target)


def _complete(
    partial: Partial, paths: list[Path], done: list[LoadedFile], identity: tuple[str, int]
) -> Manifest:
    """Open what was loaded as a server does, count it, and say what it is."""
    said = publication.of_settings(Settings(), paths)
    return Manifest(
        files=tuple(done),
        software=__version__,
        engine=version("pyoxigraph"),
        loaded=time.time(),
        version=identity[0],
        generation=identity[1],
        title=said.title,
        base=said.base,
        prefixes=said.prefixes,
        **_counts(ox.Store.read_only(str(partial.database))),
    )


def _counts(store: ox.Store) -> dict[str, Any]:
    """The sizes of the graphs; where there is but the default graph, the quicker way."""
    graphs: dict[str, int] = {}
    if next(iter(store.named_graphs()), None) is not None:
        named: Any = store.query("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
        graphs = dict(sorted((row["g"].value, int(row["n"].value)) for row in named))
    return {"graphs": graphs, "default_graph": len(store) - sum(graphs.values())}


def _is_full(problem: Exception) -> bool:
    """Whether there is no room on the disk; the engine says so only in words."""
    number, said = getattr(problem, "errno", None), str(problem)
    return number in _NO_SPACE or any(os.strerror(each) in said for each in _NO_SPACE)


def _of_system(problem: OSError, target: Path) -> LoadFailed:
    if _is_full(problem):
        return LoadFailed(
            f"The disk of {display(target)} is full. Make room, then run the same command again: it "
            "continues with what is not loaded yet. What is in service is as it was."
        )
    return LoadFailed(f"{display(target)} cannot be written: {reason(problem)}.")
