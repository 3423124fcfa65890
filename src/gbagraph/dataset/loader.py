"""Load RDF files into a store: named graphs kept apart, the default graph composed of them.

The default graph is made here, at load, triple by triple. The engine's own union flag returns a
triple once for each graph it stands in and overrides FROM, so it is never used.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import pyoxigraph as ox

from gbagraph import publication
from gbagraph.dataset import catalog, computed, prepared, view
from gbagraph.dataset.identity import (
    BUILT_IN,
    INFERRED,
    META,
    QUERIES,
    Description,
    Release,
    graph_of,
    known_releases,
    named,
)
from gbagraph.dataset.named_files import in_folders, known_format, names_graphs, opened, rdf_format
from gbagraph.errors import DatasetError
from gbagraph.paths import display, exists, resource
from gbagraph.rdf.dataset import canonical_lines, digest, has_blank_node
from gbagraph.rdf.namespaces import DATASET, expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from gbagraph.settings import Settings

HASHED: Final = 100_000
"""Quads of files up to which their hash is computed at start; more would make a server late."""

_DERIVED: Final = frozenset({INFERRED, QUERIES, META, ox.DefaultGraph()})
"""Graphs that are computed from the others or describe them, and the merge."""


def load(files: Sequence[Path] = (), *, infer: bool | None = None) -> tuple[ox.Store, Description]:
    """The built-in dataset, a kept release of it, or the given RDF files in its place.

    Turtle, N-Triples, N3, RDF/XML and JSON-LD files are read into the default graph, TriG and
    N-Quads files into their graphs, each also compressed (``data.nq.gz``, ``data.ttl.zst``,
    ``data.nt.bz2``). Of a folder, all such files in it are read. A single name of a release (``0.2.0``)
    is that release, unless there is a file or folder of that name.

    With *infer*, the default graph also holds the graph ``inferred``; nothing is reasoned here. By
    default it does for this dataset and for releases from 0.3.0 on, and not for files.

    Raises:
        DatasetError: a file is missing, has an unknown extension, or does not parse (the message
            names file, line and column), there is no such release, or *infer* is asked of what has no
            graph ``inferred``.
    """
    if not files:
        return _load_built_in() if infer is not False else compute_built_in(infer=False)
    release = find_release(files)
    if release is not None:
        return load_release(release, infer)
    return _load_files(files, bool(infer))


def find_release(files: Sequence[Path]) -> Release | None:
    """The release that *files* name; None where they are files.

    Raises:
        DatasetError: there is neither such a release nor such a file, or it is not named alone.
    """
    # What has the extension of a file is missed as a file.
    missing = [path for path in files if not exists(path) and rdf_format(path) is None]
    named_by = [named(path) for path in missing]
    for path, release in zip(missing, named_by, strict=True):
        if release is None:
            raise DatasetError(
                f"{display(path)} is neither a release nor a file. {known_releases()}"
            )
    if named_by and len(files) > 1:
        raise DatasetError(
            f"{missing[0].name} is a release, and is loaded by itself: it mixes with no other data."
        )
    return named_by[0] if named_by else None


def queries_of(files: Sequence[Path], otherwise: str = "") -> str:
    """The archive with the query files of the release that *files* name; *otherwise* if they name none.

    Raises:
        DatasetError: there is neither such a release nor such a file.
    """
    release = find_release(files)
    return otherwise if release is None else str(release.queries)


def published(settings: Settings) -> publication.Publication:
    """What *settings* publish: files, a release with its own queries, or the built-in dataset.

    Raises:
        DatasetError: there is no such release or file.
        SettingError: there is no such folder of queries.
    """
    is_own = not settings.data or find_release(settings.data) is not None
    site = publication.of_settings(settings, None if is_own else in_folders(settings.data))
    if settings.queries is None:
        return replace(site, queries=queries_of(settings.data, site.queries))
    return site


def read_built_in() -> ox.Store:
    """What the files of the built-in dataset say, before anything is computed from it."""
    store = ox.Store()
    for name, parts in BUILT_IN.items():
        read_into(store, resource(*parts), graph_of(name))
    return store


def _load_built_in() -> tuple[ox.Store, Description]:
    kept = prepared.read()
    if kept is None:
        return compute_built_in(infer=True)
    newest = max(resource(*parts).stat().st_mtime for parts in BUILT_IN.values())
    return kept[0], replace(kept[1], modified=newest)


def compute_built_in(*, infer: bool) -> tuple[ox.Store, Description]:
    """The built-in dataset, computed from its files."""
    store = read_built_in()
    dataset_hash = digest(canonical_lines(data_quads(store)))
    computed.add_claims(store)
    computed.add_queries(store)
    # The default graph is described in graph/meta, and what of that belongs to it is added.
    view.fill(store, infer=infer, without=META)
    files = {"/".join(parts): resource(*parts) for parts in BUILT_IN.values()}
    version = _said(store, "owl:versionInfo")
    catalog.add(store, files, version, dataset_hash)
    view.fill_from(store, META)
    return store, Description(
        title=_said(store, "dcterms:title"),
        version=version + ("" if infer else "+explicit"),
        built_in=True,
        infer=infer,
        hash=dataset_hash,
        **_files((_as_read(resource(*parts)) for parts in BUILT_IN.values()), infer),
        **_counts(store),
    )


def load_release(release: Release, infer: bool | None = None) -> tuple[ox.Store, Description]:
    """A kept release, as it answered then, but for what the dataset said of itself.

    Up to 0.2.0 the default graph was the merge of all graphs but ``inferred``.
    """
    store, is_merge = read_release(release, followed=False), release.followed is None
    dataset_hash = digest(canonical_lines(store))
    if release.followed is not None:
        read_into(store, release.followed, ox.DefaultGraph())
    if infer is None:
        infer = not is_merge if release.infer is None else release.infer
    _require_inferred(store, infer, f"release {release.version} has")
    is_merge = view.fill(store, infer=infer, whole=is_merge)
    return store, Description(
        title=f"gbagraph dataset {release.version}",
        version=release.version_with(infer=infer),
        built_in=False,
        release=release.version,
        infer=infer,
        is_merge=is_merge,
        hash=dataset_hash,
        **_files(map(_as_read, release.files), infer),
        **_counts(store),
    )


def read_release(release: Release, *, followed: bool) -> ox.Store:
    """The quads of a release in their graphs, on wish with what *followed* from them."""
    store = ox.Store()
    for path in release.files if followed else release.files[:1]:
        read_into(store, path, ox.DefaultGraph())
    return store


def _require_inferred(store: ox.Store, infer: bool, has: str) -> None:
    if infer and not store.contains_named_graph(INFERRED):
        raise DatasetError(
            f"There is nothing that follows to merge: {has} no graph {INFERRED.value}. "
            "Leave out --infer, or add what follows as that graph of a TriG or N-Quads file."
        )


def _load_files(files: Sequence[Path], infer: bool) -> tuple[ox.Store, Description]:
    store = ox.Store()
    read = [read_into(store, path, ox.DefaultGraph()) for path in in_folders(files)]
    # Of many quads, or where blank nodes need labels, it would take too long.
    is_small = len(store) <= HASHED
    if has_blank := is_small and any(map(has_blank_node, store)):
        _name_blank_nodes(store)
    dataset_hash = digest(canonical_lines(store)) if is_small and not has_blank else ""
    _require_inferred(store, infer, f"{', '.join(map(display, files))} have")
    if not publication.current().is_own:
        computed.add_queries(store)
    is_merge = view.fill(store, infer=infer, whole=True)
    known, site = _files(read, infer), publication.current()
    version = site.about.version or f"sha256-{known['digest'][:16]}"
    return store, Description(
        title=site.title or ", ".join(path.name for path in files),
        version=f"{version}{'+infer' if infer else ''}",
        built_in=False,
        hash=dataset_hash,
        infer=infer,
        is_merge=is_merge,
        **known,
        **_counts(store),
    )


def _name_blank_nodes(store: ox.Store) -> None:
    """Give blank nodes, which parsers name at random, the names that they have at each start.

    Numbers are hashed: no name is like those of other sources.
    """
    names: dict[str, ox.BlankNode] = {}

    def renamed(term: Any) -> Any:  # noqa: ANN401  any term
        if isinstance(term, ox.Triple):
            return ox.Triple(*map(renamed, term))
        if not isinstance(term, ox.BlankNode):
            return term
        name = hashlib.sha256(str(len(names)).encode()).hexdigest()[:32]
        return names.setdefault(term.value, ox.BlankNode(name))

    quads = [ox.Quad(*map(renamed, quad)) for quad in reversed([*store])]
    store.clear()
    store.extend(quads)


def data_quads(store: ox.Store) -> Iterator[ox.Quad]:
    """The asserted quads of files that were just read: those of all graphs that describe nothing."""
    return (quad for quad in store if quad.graph_name not in _DERIVED)


class FileRead(NamedTuple):
    """A file of data: the SHA-256 of its bytes, and when it was changed (seconds since 1970)."""

    digest: bytes
    modified: float


def _as_read(path: Path) -> FileRead:
    """One of the published files, which stay as they are."""
    return FileRead(hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime)


def _files(read: Iterable[FileRead], infer: bool) -> dict[str, Any]:
    # The same query has another answer when what follows is merged, and so another entity tag.
    digest, modified = hashlib.sha256(b"infer" if infer else b""), 0.0
    for file in read:
        digest.update(file.digest)
        modified = max(modified, file.modified)
    return {"digest": digest.hexdigest(), "modified": modified}


def read_into(store: ox.Store, path: Path, graph: ox.NamedNode | ox.DefaultGraph) -> FileRead:
    """Read one file strictly into *graph*, or into the graphs that the file names itself.

    Raises:
        DatasetError: it cannot be read, changes meanwhile, or does not parse.
    """
    file_format = known_format(path)
    target: dict[str, Any] = {} if names_graphs(file_format) else {"to_graph": graph}
    with opened(path, file_format) as source:
        store.load(source.reader, format=file_format, base_iri=path.resolve().as_uri(), **target)
    return FileRead(source.sha256.digest(), source.changed / 1e9)


def _counts(store: ox.Store) -> dict[str, Any]:
    """The sizes of the graphs, counted by the engine, and whether there are blank nodes."""
    named: Any = store.query("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
    (default,) = cast("Any", store.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"))
    everything = "{ ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } }"
    blank = f"ASK {{ {everything} FILTER (isBlank(?s) || isBlank(?o) || isBlank(?g)) }}"
    return {
        "graphs": dict(sorted((row["g"].value, int(row["n"].value)) for row in named)),
        "default_graph": int(default["n"].value),
        "blank_nodes": bool(store.query(blank)),
    }


def _said(store: ox.Store, curie: str) -> str:
    """What the metadata say of the dataset, in English or without a language."""
    quads = store.quads_for_pattern(ox.NamedNode(DATASET), ox.NamedNode(expand(curie)), None, META)
    values = sorted(
        str(quad.object.value)
        for quad in quads
        if isinstance(quad.object, ox.Literal) and quad.object.language in (None, "en")
    )
    if not values:
        raise DatasetError(f"{display(resource('data', 'dataset.ttl'))} gives no {curie}.")
    return values[0]
