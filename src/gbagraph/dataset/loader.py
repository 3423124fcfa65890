"""Load RDF files into a store: named graphs kept apart, the default graph composed of them.

The default graph is made here, at load, triple by triple. The engine's own union flag returns a
triple once for each graph it stands in and overrides FROM, so it is never used.
"""

from __future__ import annotations

import gzip
import hashlib
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.dataset import default_graph, evidence
from gbagraph.dataset.description import catalog
from gbagraph.dataset.evidence import INFERRED
from gbagraph.dataset.identity import BUILT_IN, Description
from gbagraph.dataset.releases import named_release, releases, what_followed
from gbagraph.errors import DatasetError
from gbagraph.paths import display, resource
from gbagraph.rdf import canonical
from gbagraph.rdf.namespaces import DATASET, expand, graph_iri

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

HASHED: Final = 100_000
"""Quads of files up to which their hash is computed at start; more would make a server late."""

_DERIVED: Final = frozenset({INFERRED, evidence.EVIDENCE, catalog.META, ox.DefaultGraph()})
"""Graphs that are computed from the others or describe them, and the merge."""

_ANY_GRAPH: Final = {"trig", "nq"}
_EXTENSIONS: Final = ("ttl", "nt", "n3", "rdf", "owl", "xml", "jsonld", "json", "trig", "nq")
_FORMATS: Final = {"owl": "rdf", "xml": "rdf", "json": "jsonld"}


def load(files: Sequence[Path] = (), *, infer: bool | None = None) -> tuple[ox.Store, Description]:
    """The built-in dataset, a kept release of it, or the given RDF files in its place.

    Turtle, N-Triples, N3, RDF/XML and JSON-LD files are read into the default graph, TriG and
    N-Quads files into their graphs, each also compressed by gzip (``data.nq.gz``). A single file that
    is not there but is named like a release (``0.2.0``) is that release.

    With *infer*, the default graph also holds the graph ``inferred``; nothing is reasoned here. By
    default it does for this dataset, and not for files.

    Raises:
        DatasetError: a file is missing, has an unknown extension, or does not parse (the message
            names file, line and column), or *infer* is asked of files without that graph.
    """
    if not files:
        return _load_built_in(infer is not False)
    release = named_release(files)
    if release is not None:
        return _load_release(release, infer)
    return _load_files(files, bool(infer))


def _load_built_in(infer: bool) -> tuple[ox.Store, Description]:
    store = ox.Store()
    for name, parts in BUILT_IN.items():
        read_into(store, resource(*parts), ox.NamedNode(graph_iri(name)))
    dataset_hash = canonical.digest(canonical.lines(data_quads(store)))
    evidence.add(store)
    _describe(store, dataset_hash, infer)
    dataset = ox.NamedNode(DATASET)
    return store, Description(
        title=_value(store, dataset, "dcterms:title", catalog.META),
        version=_value(store, dataset, "owl:versionInfo", catalog.META) + _build(infer),
        built_in=True,
        infer=infer,
        hash=dataset_hash,
        **_files([resource(*parts) for parts in BUILT_IN.values()], infer),
        **_counts(store),
    )


def _load_release(version: str, infer: bool | None) -> tuple[ox.Store, Description]:
    """A kept release, as it answered then.

    Up to 0.2.0 the default graph was the merge of all graphs but ``inferred``, and a claim was about
    a link only; what the dataset said of itself was not kept.
    """
    store, path = ox.Store(), releases()[version]
    read_into(store, path, ox.DefaultGraph())
    dataset_hash = canonical.digest(canonical.lines(store))
    followed = what_followed(version)
    if followed is not None:
        read_into(store, followed, ox.DefaultGraph())
        evidence.add(store)
    infer = followed is not None if infer is None else infer
    default_graph.fill(store, infer=infer, whole=followed is None)
    return store, Description(
        title=f"gbagraph dataset {version}",
        version=version + ("" if infer == (followed is not None) else _build(infer)),
        built_in=False,
        infer=infer,
        hash=dataset_hash,
        **_files([path], infer),
        **_counts(store),
    )


def _load_files(files: Sequence[Path], infer: bool) -> tuple[ox.Store, Description]:
    store = ox.Store()
    for path in files:
        read_into(store, path, ox.DefaultGraph())
    dataset_hash = _hash_of_files(store)
    if infer and not store.contains_named_graph(INFERRED):
        raise DatasetError(
            f"There is nothing that follows to merge: {', '.join(map(display, files))} have no graph "
            f"{INFERRED.value}. Put what follows there, in a TriG or N-Quads file, or leave out --infer."
        )
    default_graph.fill(store, infer=infer, whole=True)
    known = _files(files, infer)
    return store, Description(
        title=", ".join(path.name for path in files),
        version=f"sha256-{known['digest'][:16]}{'+infer' if infer else ''}",
        built_in=False,
        hash=dataset_hash,
        infer=infer,
        **known,
        **_counts(store),
    )


def _describe(store: ox.Store, dataset_hash: str, infer: bool) -> None:
    """Fill the default graph, describe it in graph/meta, and add of that what belongs to it."""
    files = {"/".join(parts): resource(*parts) for parts in BUILT_IN.values()}
    stated = list(store.quads_for_pattern(None, None, None, catalog.META))
    for quad in stated:
        store.remove(quad)
    default_graph.fill(store, infer=infer)
    whole = {quad.triple for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph())}
    store.extend(reversed(stated))
    catalog.add(store, whole, files, dataset_hash)
    default_graph.fill_from(store, catalog.META)


def data_quads(store: ox.Store) -> Iterator[ox.Quad]:
    """The asserted quads: those of all named graphs that are not computed and describe nothing."""
    return (quad for quad in store if quad.graph_name not in _DERIVED)


def _hash_of_files(store: ox.Store) -> str:
    """The hash of what is not merged yet; empty for many quads, or where blank nodes need labels."""
    if len(store) > HASHED or any(map(canonical.has_blank_node, store)):
        return ""
    return canonical.digest(canonical.lines(store))


def _build(infer: bool) -> str:
    """Build metadata of the version (Semantic Versioning, section 10): answers differ by it."""
    return "" if infer else "+explicit"


def _files(paths: Sequence[Path], infer: bool) -> dict[str, Any]:
    # The same query has another answer when what follows is merged, and so another entity tag.
    digest = hashlib.sha256(b"infer" if infer else b"")
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return {
        "digest": digest.hexdigest(),
        "modified": max(path.stat().st_mtime for path in paths),
    }


def read_into(store: ox.Store, path: Path, graph: ox.NamedNode | ox.DefaultGraph) -> None:
    """Read one file strictly into *graph*, or into the graphs that the file names itself."""
    packed = path.suffix.lower() == ".gz"
    extension = (path.with_suffix("") if packed else path).suffix.lstrip(".").lower()
    rdf_format = ox.RdfFormat.from_extension(_FORMATS.get(extension, extension))
    if rdf_format is None or extension not in _EXTENSIONS:
        raise DatasetError(
            f"{display(path)} has an extension that names no RDF format. "
            f"Known are: {', '.join('.' + known for known in _EXTENSIONS)}."
        )
    target: dict[str, Any] = {} if extension in _ANY_GRAPH else {"to_graph": graph}
    try:
        target |= (
            {"input": BytesIO(gzip.decompress(path.read_bytes()))}
            if packed
            else {"path": str(path)}
        )
        store.load(format=rdf_format, base_iri=path.resolve().as_uri(), **target)
    except SyntaxError as problem:
        raise _syntax_error(path, problem) from None
    except (EOFError, OSError, ValueError) as problem:
        raise DatasetError(
            f"{display(path)} cannot be read: {problem}", file=display(path)
        ) from None


def _syntax_error(path: Path, problem: SyntaxError) -> DatasetError:
    where = (
        f", line {problem.lineno}, column {problem.offset}" if problem.lineno is not None else ""
    )
    what = str(problem.msg)
    if "LoadDocumentCallback" in what:
        what = (
            "it refers to a JSON-LD context at another address, which is not fetched. Write the "
            "context into the file, or convert the file to Turtle or N-Quads."
        )
    return DatasetError(
        f"{display(path)}{where}: {what}", file=display(path), line=problem.lineno or 0
    )


def own_default_quads(store: ox.Store) -> Iterator[ox.Quad]:
    """Quads of the default graph that came from no named graph."""
    for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph()):
        everywhere = store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
        if all(found.graph_name == ox.DefaultGraph() for found in everywhere):
            yield quad


def _counts(store: ox.Store) -> dict[str, Any]:
    def size(graph: ox.NamedNode | ox.BlankNode | ox.DefaultGraph) -> int:
        return sum(1 for _ in store.quads_for_pattern(None, None, None, graph))

    named = sorted((str(graph.value), size(graph)) for graph in store.named_graphs())
    default = store.quads_for_pattern(None, None, None, ox.DefaultGraph())
    blank = any(
        isinstance(term, ox.BlankNode) for quad in default for term in (quad.subject, quad.object)
    )
    return {
        "graphs": dict(named),
        "default_graph": size(ox.DefaultGraph()),
        "blank_nodes": blank or any(isinstance(g, ox.BlankNode) for g in store.named_graphs()),
    }


def _value(store: ox.Store, subject: ox.NamedNode, curie: str, graph: ox.NamedNode) -> str:
    predicate = ox.NamedNode(expand(curie))
    found = sorted(
        str(quad.object.value)
        for quad in store.quads_for_pattern(subject, predicate, None, graph)
        if isinstance(quad.object, ox.Literal) and quad.object.language in (None, "en")
    )
    if not found:
        raise DatasetError(f"{display(resource('data', 'dataset.ttl'))} gives no {curie}.")
    return found[0]
