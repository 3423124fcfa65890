"""Validation of RDF files: SHACL shapes, checks, and contradictions by the ontology."""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox
import pyshacl
from rdflib import Dataset, Graph, URIRef
from rdflib.exceptions import ParserError
from rdflib.plugins.sparql import prepareQuery

from gbagraph.dataset import view
from gbagraph.dataset.files import is_packed, read_packed
from gbagraph.dataset.identity import BUILT_IN, VOCABULARIES, graph_of
from gbagraph.dataset.loader import in_folders, quads, rdf_format, read_into
from gbagraph.errors import DatasetError
from gbagraph.features.curation.findings import Fault, Finding, located, queries
from gbagraph.features.curation.reasoning import checked, contradictions
from gbagraph.paths import resource
from gbagraph.rdf.namespaces import PREFIXES, compact
from gbagraph.settings import MEGABYTE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rdflib.query import Result
    from rdflib.term import Node

# Of a literal of the wrong datatype it logs a traceback; here that is a finding.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)

_SH: Final = PREFIXES["sh"]
_SOURCE_SHAPE: Final = URIRef(_SH + "sourceShape")


def shape_findings(
    data: Graph, paths: Sequence[Path], shapes: Graph | None = None
) -> list[Finding]:
    """Findings where *data*, read from *paths*, violate *shapes*, by default the built-in ones."""
    checked_by = _published_graph("shapes") if shapes is None else shapes
    # In place: a copy would be a plain Graph, which parses each constraint again for each node.
    _, report, _ = pyshacl.validate(data, shacl_graph=checked_by, inplace=True)
    results = report.subjects(URIRef(_SH + "resultSeverity"))
    return located((_fault(report, each) for each in results), paths)


@cache
def _published_graph(name: str) -> Graph:
    return Graph().parse(resource(*BUILT_IN[name]))


def data_graph(paths: Sequence[Path], *, with_ontology: bool = True) -> Graph:
    """Return *paths*, and on wish the built-in ontology, as one rdflib graph that caches parsed queries.

    What the files have in named graphs is checked with the rest.

    pySHACL evaluates the same few queries for each focus node, and parsing a query takes far longer than
    evaluating it: for the built-in dataset 95 seconds without the cache, 4 with it.

    Raises:
        DatasetError: a file is missing or does not parse.
    """
    prepared = cache(prepareQuery)

    class Prepared(Graph):
        def query(self, query_object: Any, *args: Any, **kwargs: Any) -> Result:
            known = prepared(query_object) if isinstance(query_object, str) else query_object
            return super().query(known, *args, **kwargs)

    data = Prepared()
    if with_ontology:
        for name in VOCABULARIES:
            data += _published_graph(name)
    for path in paths:
        _read(data, path)
    return data


def _read(data: Graph, path: Path) -> None:
    """Add the triples of a file to *data*, with language tags as they are written where that can be.

    The engine puts the tags into lower case, so that a shape about their case would find nothing; rdflib
    leaves them, but does not read the syntax of RDF 1.2.
    """
    written, form = Dataset(default_union=True), rdf_format(path)
    try:
        written.parse(
            data=read_packed(path).decode("utf-8", errors="replace"),
            format=form and form.media_type,
            publicID=path.resolve().as_uri(),
        )
    except (SyntaxError, ParserError):
        triples = {quad.triple for quad in quads(path)}
        data.parse(data=ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"", format="nt")
    else:
        for triple in written.triples((None, None, None)):
            data.add(triple)


def _fault(report: Graph, result: Node) -> Fault:
    def first(name: str) -> str:
        return str(next(iter(sorted(map(str, report.objects(result, URIRef(_SH + name))))), ""))

    node, value = first("focusNode"), first("value")
    about = f" (value: {compact(value)})" if value and value != node else ""
    # A shape without a name is told by what it demands: the label of a blank node says nothing.
    is_named = any(isinstance(shape, URIRef) for shape in report.objects(result, _SOURCE_SHAPE))
    rule = first("sourceShape" if is_named else "sourceConstraintComponent")
    return Fault(node, compact(rule), first("resultMessage") + about)


_CHECKED: Final = ("article", "evidence", "selectors", "context", "differing", "links")


def validate(files: Sequence[Path] = (), *, reasoning: bool = True) -> list[Finding]:
    """Findings about the built-in dataset, or about *files* instead of its facts; empty if valid.

    Without *files*, the canned queries are checked as well. The ontology and the shapes are always the
    built-in ones. A file with the name of one of the dataset's own, such as gba.ttl, replaces that one
    and is checked with the others; any other file is checked as part of the article graph. Without
    *reasoning*, contradictions are not looked for, which saves most of the time.

    Raises:
        DatasetError: a file is missing or does not parse.
    """
    files_by_graph = _files_by_graph(files)
    ontology = [(name, resource(*BUILT_IN[name])) for name in VOCABULARIES]
    store = ox.Store()
    for name, path in files_by_graph:
        read_into(store, path, graph_of(name))
    for name, path in ontology:
        read_into(store, path, graph_of(name))
    view.fill(store, infer=False, whole=True)
    paths = [path for _, path in files_by_graph]
    own = [path for _, path in ontology]
    data = data_graph(paths)
    logic = located(contradictions(data), paths) if reasoning else ()
    checks = located(checked("checks", store), [*paths, *own])
    faults = () if files else queries()
    return sorted({*logic, *faults, *shape_findings(data, paths), *checks})


def validate_by(shapes: Sequence[Path], files: Sequence[Path]) -> list[Finding]:
    """Return the findings about *files* by the SHACL *shapes* of their publisher alone; empty if valid.

    Raises:
        DatasetError: a file is missing, does not parse, or they are too large for it.
    """
    require_size(files)
    documents = list(in_folders(files))
    data, by = (
        data_graph(paths, with_ontology=False) for paths in (documents, list(in_folders(shapes)))
    )
    return shape_findings(data, documents, by)


LARGEST: Final = 32 * MEGABYTE
"""Bytes of files that are checked by shapes: as a graph in memory they need a good gigabyte."""
_PACKING: Final = 10
"""How much larger a compressed file may be unpacked."""


def require_size(files: Sequence[Path]) -> None:
    """Raise DatasetError if *files*, and those in folders, are too large to be checked by shapes."""
    paths = in_folders(files)
    sizes = (path.stat().st_size * (_PACKING if is_packed(path) else 1) for path in paths)
    if sum(sizes) > LARGEST:
        most = LARGEST // MEGABYTE
        raise DatasetError(
            "The files are too large to be checked by shapes, which is done in memory: at most "
            f"{most} MB, {most // _PACKING} MB compressed. Check a part of them with "
            "gbagraph validate --shapes."
        )


def _files_by_graph(files: Sequence[Path]) -> list[tuple[str, Path]]:
    own = {resource(*BUILT_IN[name]).name: name for name in _CHECKED}
    given = [(own.get(path.name, "article"), path) for path in files]
    taken = {path.name for path in files}
    rest = [(name, resource(*BUILT_IN[name])) for file, name in own.items() if file not in taken]
    return given + (rest if not files or taken & own.keys() else [])
