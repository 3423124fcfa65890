"""Load RDF files into a store: named graphs kept apart, the default graph their merge.

The merge is made here, at load, triple by triple. The engine's own union flag returns a triple
once for each graph it stands in and overrides FROM, so it is never used.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.dataset.description import catalog
from gbagraph.dataset.identity import BUILT_IN, Description
from gbagraph.errors import DatasetError
from gbagraph.paths import display, resource
from gbagraph.rdf import canonical
from gbagraph.rdf.namespaces import DATASET, expand, graph_iri

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

HASHED: Final = 100_000
"""Quads of files up to which their hash is computed at start; more would make a server late."""

INFERRED: Final = graph_iri("inferred")
"""The graph of what follows by the ontology; it is merged into the default graph only on demand."""

_ANY_GRAPH: Final = {"trig", "nq"}
_EXTENSIONS: Final = ("ttl", "nt", "n3", "rdf", "owl", "xml", "jsonld", "json", "trig", "nq")
_FORMATS: Final = {"owl": "rdf", "xml": "rdf", "json": "jsonld"}


def load(files: Sequence[Path] = (), *, inference: bool = False) -> tuple[ox.Store, Description]:
    """The built-in dataset, or the given RDF files in its place.

    Turtle, N-Triples, N3, RDF/XML and JSON-LD files are read into the default graph, TriG and
    N-Quads files into their graphs. With *inference*, the default graph also holds the graph
    ``inferred``; nothing is reasoned here.

    Raises:
        DatasetError: a file is missing, has an unknown extension, or does not parse (the message
            names file, line and column), or *inference* is asked of files without that graph.
    """
    return _load_files(files, inference) if files else _load_built_in(inference)


def _load_built_in(inference: bool) -> tuple[ox.Store, Description]:
    store = ox.Store()
    for name, parts in BUILT_IN.items():
        read_into(store, resource(*parts), ox.NamedNode(graph_iri(name)))
    dataset_hash = canonical.digest(canonical.lines(data_quads(store)))
    _describe(store, dataset_hash)
    merge(store, inference)
    dataset = ox.NamedNode(DATASET)
    return store, Description(
        title=_value(store, dataset, "dcterms:title", catalog.META),
        version=_value(store, dataset, "owl:versionInfo", catalog.META) + _build(inference),
        built_in=True,
        inference=inference,
        hash=dataset_hash,
        **_files([resource(*parts) for parts in BUILT_IN.values()], inference),
        **_counts(store),
    )


def _load_files(files: Sequence[Path], inference: bool) -> tuple[ox.Store, Description]:
    store = ox.Store()
    for path in files:
        read_into(store, path, ox.DefaultGraph())
    dataset_hash = _hash_of_files(store)
    if inference and not store.contains_named_graph(ox.NamedNode(INFERRED)):
        raise DatasetError(
            f"There is nothing to merge by inference: {', '.join(map(display, files))} have no graph "
            f"{INFERRED}. Put what follows there, in a TriG or N-Quads file, or ask without it."
        )
    merge(store, inference)
    known = _files(files, inference)
    return store, Description(
        title=", ".join(path.name for path in files),
        version=f"sha256-{known['digest'][:16]}{_build(inference)}",
        built_in=False,
        hash=dataset_hash,
        inference=inference,
        **known,
        **_counts(store),
    )


def _describe(store: ox.Store, dataset_hash: str) -> None:
    """Add what is computed to graph/meta; the dataset is the merge of the graphs that it describes."""
    apart = ox.NamedNode(INFERRED)
    merged = (quad for quad in data_quads(store) if quad.graph_name != apart)
    files = {"/".join(parts): resource(*parts) for parts in BUILT_IN.values()}
    catalog.add(store, {quad.triple for quad in merged}, files, dataset_hash)


def data_quads(store: ox.Store) -> Iterator[ox.Quad]:
    """The quads of the built-in data graphs: all named graphs but meta, which describes them."""
    apart = (ox.DefaultGraph(), catalog.META)
    return (quad for quad in store if quad.graph_name not in apart)


def _hash_of_files(store: ox.Store) -> str:
    """The hash of what is not merged yet; empty for many quads, or where blank nodes need labels."""
    if len(store) > HASHED or any(map(canonical.has_blank_node, store)):
        return ""
    return canonical.digest(canonical.lines(store))


def _build(inference: bool) -> str:
    """Build metadata of the version (Semantic Versioning, section 10): answers differ by it."""
    return "+inference" if inference else ""


def _files(paths: Sequence[Path], inference: bool) -> dict[str, Any]:
    # The same query has another answer when what follows is merged, and so another entity tag.
    digest = hashlib.sha256(b"inference" if inference else b"")
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return {
        "digest": digest.hexdigest(),
        "modified": max(path.stat().st_mtime for path in paths),
    }


def read_into(store: ox.Store, path: Path, graph: ox.NamedNode | ox.DefaultGraph) -> None:
    """Read one file strictly into *graph*, or into the graphs that the file names itself."""
    extension = path.suffix.lstrip(".").lower()
    rdf_format = ox.RdfFormat.from_extension(_FORMATS.get(extension, extension))
    if rdf_format is None or extension not in _EXTENSIONS:
        raise DatasetError(
            f"{display(path)} has an extension that names no RDF format. "
            f"Known are: {', '.join('.' + known for known in _EXTENSIONS)}."
        )
    target: dict[str, Any] = {} if extension in _ANY_GRAPH else {"to_graph": graph}
    try:
        store.load(path=str(path), format=rdf_format, base_iri=path.resolve().as_uri(), **target)
    except SyntaxError as problem:
        raise _syntax_error(path, problem) from None
    except (OSError, ValueError) as problem:
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


def merge(store: ox.Store, inference: bool = False) -> None:
    """Copy each distinct triple of the named graphs into the default graph (RDF 1.1, section 4)."""
    # In order: the engine answers in the order of insertion, so answers are the same at every load.
    for graph in sorted(store.named_graphs(), key=str):
        if inference or graph.value != INFERRED:
            store.extend(
                ox.Quad(quad.subject, quad.predicate, quad.object, ox.DefaultGraph())
                for quad in list(store.quads_for_pattern(None, None, None, graph))
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
