"""Validation of RDF files: syntax, SHACL shapes, checks, and contradictions by the ontology.

Each finding names file and line, node, rule and remedy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.curation.checks import check_findings
from gbagraph.curation.findings import Finding, locate
from gbagraph.curation.reasoning import contradictions
from gbagraph.curation.shacl import data_graph, shape_findings
from gbagraph.dataset import default_graph, evidence
from gbagraph.dataset.identity import BUILT_IN
from gbagraph.dataset.loader import in_folders, read_into
from gbagraph.engine.evaluation import syntax_fault
from gbagraph.errors import QueryFileError
from gbagraph.paths import resource
from gbagraph.queries.catalog import all_queries, require_valid
from gbagraph.rdf.namespaces import compact, graph_iri

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import rdflib

_CHECKED: Final = ("article", "context", "differing", "links")


def validate(files: Sequence[Path] = (), *, reasoning: bool = True) -> list[Finding]:
    """Findings about the built-in dataset, or about *files* instead of its facts; empty if valid.

    Without *files*, the canned queries are checked as well. The ontology and the shapes are always the
    built-in ones. A file with the name of one of the dataset's own (gba.ttl, context.ttl,
    differing.ttl, links.ttl) replaces that one and is checked with the others; any other file is
    checked as part of the article graph. Without *reasoning*, contradictions are not looked for, which
    saves most of the time.

    Raises:
        DatasetError: a file is missing or does not parse.
    """
    files_by_graph = _files_by_graph(files)
    ontology = resource(*BUILT_IN["ontology"])
    store = ox.Store()
    for name, path in [*files_by_graph, ("ontology", ontology)]:
        read_into(store, path, ox.NamedNode(graph_iri(name)))
    evidence.add(store)
    default_graph.fill(store, infer=False, whole=True)
    paths = [path for _, path in files_by_graph]
    data = data_graph(paths)
    logic = _contradictions(data, paths) if reasoning else ()
    queries = () if files else _queries()
    return sorted(
        {*logic, *queries, *shape_findings(data, paths), *check_findings(store, [*paths, ontology])}
    )


def validate_by(shapes: Sequence[Path], files: Sequence[Path]) -> list[Finding]:
    """Findings about *files* by the SHACL *shapes* of their publisher alone; empty if valid.

    Raises:
        DatasetError: a file is missing or does not parse.
    """
    found = list(in_folders(files))
    data, rules = (
        data_graph(paths, with_ontology=False) for paths in (found, list(in_folders(shapes)))
    )
    return sorted(set(shape_findings(data, found, rules)))


def validate_syntax(files: Sequence[Path]) -> list[Finding]:
    """Faults of the canned queries, where the dataset is *files* of others, which must parse.

    Raises:
        DatasetError: a file is missing or does not parse.
    """
    store = ox.Store()
    for path in in_folders(files):
        read_into(store, path, ox.DefaultGraph())
    return sorted(_queries())


def _queries() -> Iterator[Finding]:
    """Faults of the canned queries, in their headers and in their SPARQL."""
    try:
        require_valid([syntax_fault(query.text) for query in all_queries().values()])
    except QueryFileError as problem:
        for one in problem.details["faults"]:
            name = one.details["file"].rpartition("/")[2]
            yield Finding(
                one.details["file"], one.details["line"] or 1, name, "query-file", one.message
            )


def _files_by_graph(files: Sequence[Path]) -> list[tuple[str, Path]]:
    own = {resource(*BUILT_IN[name]).name: name for name in _CHECKED}
    given = [(own.get(path.name, "article"), path) for path in files]
    taken = {path.name for path in files}
    rest = [(name, resource(*BUILT_IN[name])) for file, name in own.items() if file not in taken]
    return given + (rest if not files or taken & own.keys() else [])


def _contradictions(data: rdflib.Graph, paths: Sequence[Path]) -> Iterator[Finding]:
    for found in contradictions(data):
        file, line = locate(found.node, paths)
        yield Finding(file, line, compact(found.node), found.rule, found.message)
