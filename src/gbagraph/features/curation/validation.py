"""Validation of RDF files: SHACL shapes, checks, and contradictions by the ontology."""

from __future__ import annotations

import logging
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox
import pyshacl
from pyshacl.errors import ReportableRuntimeError
from rdflib import Dataset, Graph, URIRef
from rdflib.exceptions import ParserError
from rdflib.plugins.sparql import prepareQuery

from gbagraph.dataset import view
from gbagraph.dataset.files import is_packed, read_packed
from gbagraph.dataset.identity import BUILT_IN, VOCABULARIES, graph_of
from gbagraph.dataset.loader import read_into
from gbagraph.dataset.named_files import in_folders, quads, rdf_format
from gbagraph.errors import DatasetError, LoadFailed
from gbagraph.features.curation.findings import Fault, Finding, checked, checks, located, queries
from gbagraph.features.curation.reasoning import contradictions
from gbagraph.paths import display, resource
from gbagraph.rdf.namespaces import PREFIXES, compact
from gbagraph.settings import MEGABYTE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rdflib.query import Result
    from rdflib.term import Node

# Of a literal of the wrong datatype it logs a traceback; here that is a finding.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)
# pySHACL logs what it raises, too.
logging.getLogger("pyshacl-validate").disabled = True

_SH: Final = PREFIXES["sh"]
_SOURCE_SHAPE: Final = URIRef(_SH + "sourceShape")


def shape_findings(data: Graph, paths: Sequence[Path], shapes: Graph) -> list[Finding]:
    """Findings where *data*, read from *paths*, violate *shapes*."""
    # In place: a copy would be a plain Graph, which parses each constraint again for each node.
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inplace=True)
    if isinstance(report, ReportableRuntimeError):  # pySHACL returns what it does not raise
        raise report
    results = report.subjects(URIRef(_SH + "resultSeverity"))
    return located((_fault(report, each) for each in results), paths)


@cache
def _published_graph(name: str) -> Graph:
    return Graph().parse(resource(*BUILT_IN[name]))


class _Graph(Graph):
    """A graph that parses each query once, and counts the statements that it cannot hold."""

    left_out = 0

    def __init__(self) -> None:
        super().__init__()
        self._prepared: Final = cache(prepareQuery)

    def query(self, query_object: Any, *args: Any, **kwargs: Any) -> Result:
        known = self._prepared(query_object) if isinstance(query_object, str) else query_object
        return super().query(known, *args, **kwargs)


def data_graph(paths: Sequence[Path], *, with_ontology: bool = True) -> _Graph:
    """Return *paths*, and on wish the built-in ontology, as one rdflib graph that caches parsed queries.

    What the files have in named graphs is checked with the rest.

    pySHACL evaluates the same few queries for each focus node, and parsing a query takes far longer than
    evaluating it: for the built-in dataset 95 seconds without the cache, 4 with it.

    Raises:
        DatasetError: a file is missing or does not parse.
    """
    data = _Graph()
    if with_ontology:
        for name in VOCABULARIES:
            data += _published_graph(name)
    for path in paths:
        _read(data, path)
    return data


def _read(data: _Graph, path: Path) -> None:
    """Add the triples of a file to *data*, with language tags as they are written where that can be.

    The engine puts the tags into lower case, so that a shape about their case would find nothing; rdflib
    leaves them, but does not read the syntax of RDF 1.2. It has no triple terms: statements about
    triples are left out.
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
        known = {_of_rdf_11(each) for each in triples if not isinstance(each.object, ox.Triple)}
        data.left_out += len(triples) - len(known)
        data.parse(data=ox.serialize(known, format=ox.RdfFormat.N_TRIPLES) or b"", format="nt")
    else:
        data += written.triples((None, None, None))


def _of_rdf_11(triple: ox.Triple) -> ox.Triple:
    """Return *triple* without the direction of its text."""
    value = triple.object
    if not isinstance(value, ox.Literal) or value.direction is None:
        return triple
    return ox.Triple(
        triple.subject, triple.predicate, ox.Literal(value.value, language=value.language)
    )


def _fault(report: Graph, result: Node) -> Fault:
    def first(name: str) -> str:
        return str(next(iter(sorted(map(str, report.objects(result, URIRef(_SH + name))))), ""))

    node, value = first("focusNode"), first("value")
    about = f" (value: {compact(value)})" if value and value != node else ""
    # A shape without a name is named by what it demands: the label of a blank node says nothing.
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
    found = located(checked(checks("checks"), store), [*paths, *own])
    faults = () if files else queries()
    shaped = shape_findings(data, paths, _published_graph("shapes"))
    return sorted({*logic, *faults, *shaped, *found})


def validate_by(shapes: Sequence[Path], files: Sequence[Path]) -> tuple[list[Finding], int]:
    """Return the findings about *files* by the SHACL *shapes* of their publisher alone; empty if valid.

    The number is that of statements about triples, of which shapes cannot speak.

    Raises:
        DatasetError: a file is missing, does not parse, or they are too large for it; or there is no
            shape, or one that is wrong.
    """
    require_size(files)
    documents = list(in_folders(files))
    data, by = (
        data_graph(paths, with_ontology=False) for paths in (documents, list(in_folders(shapes)))
    )
    named = f"The shapes in {', '.join(map(display, shapes))}"
    try:
        if not pyshacl.ShapesGraph(by).shapes:
            raise DatasetError(f"{named} are none: no node there is a shape of SHACL.")
        return shape_findings(data, documents, by), data.left_out
    except (ReportableRuntimeError, re.error) as problem:
        why = getattr(problem, "message", str(problem)).partition("\n")[0]
        raise DatasetError(f"{named} cannot be used: {why}") from None


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
        raise LoadFailed(
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
