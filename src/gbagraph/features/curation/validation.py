"""Validation of RDF files: syntax, SHACL shapes, checks, and contradictions by the ontology."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox
import pyshacl
from rdflib import Dataset, Graph, URIRef
from rdflib.exceptions import ParserError
from rdflib.plugins.sparql import prepareQuery

from gbagraph import __version__
from gbagraph.dataset import view
from gbagraph.dataset.identity import BUILT_IN, VOCABULARIES, graph_of, releases
from gbagraph.dataset.loader import in_folders, rdf_format, read_into, text_of
from gbagraph.engine.evaluation import syntax_fault
from gbagraph.errors import DatasetError, QueryFileError
from gbagraph.features.curation.reasoning import checked, contradictions
from gbagraph.paths import display, resource
from gbagraph.queries.catalog import all_queries, require_valid
from gbagraph.rdf.namespaces import ONTOLOGY, PREFIXES, base, compact, expand
from gbagraph.sparql.tokens import declared_prefixes, resolved

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from rdflib.query import Result
    from rdflib.term import Node

    from gbagraph.features.curation.reasoning import Contradiction


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One fault: the file and line, the node, the rule, and how to correct it."""

    file: str
    line: int
    node: str
    rule: str
    message: str

    def __str__(self) -> str:
        """One line, in the form that editors understand."""
        return f"{self.file}:{self.line}: {self.node}: {self.message} [{self.rule}]"


def locate(node: str, paths: Sequence[Path]) -> tuple[str, int]:
    """File and line of the first place with *node* as a subject, else of the first with *node*."""
    for is_subject in (True, False):
        for path in paths:
            line = _first_lines(path, path.stat().st_mtime_ns).get((node, is_subject))
            if line is not None:
                return display(path), line
    return display(paths[0]), 1


_NAME: Final = re.compile(r"<([^<>]*)>|(?<![\w-])([\w-]*):(\w(?:[\w.-]*[\w-])?)")


@cache
def _first_lines(path: Path, _changed: int) -> dict[tuple[str, bool], int]:
    """The first line on which each IRI stands, at its start and elsewhere.

    Read once for all findings: a file of others can have thousands.
    """
    text = text_of(path)
    prefixes = PREFIXES | declared_prefixes(text)
    first: dict[tuple[str, bool], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        for name in () if line.startswith("#") else _NAME.finditer(line):
            written, prefix, local = name.groups()
            iri = f"{prefixes.get(prefix)}{local}" if written is None else resolved(base(), written)
            first.setdefault((iri, name.start() == 0), number)
    return first


def check_findings(store: ox.Store, paths: Sequence[Path]) -> Iterator[Finding]:
    """Run the queries of ontology/checks: each selects a ?node, and a ?message with the remedy.

    As in the served dataset, the default graph is the merge of the named ones.
    """
    return _located(checked("checks", store), paths)


def _located(faults: Iterable[Contradiction], paths: Sequence[Path]) -> Iterator[Finding]:
    for each in faults:
        yield Finding(*locate(each.node, paths), compact(each.node), each.rule, each.message)


_SH: Final = PREFIXES["sh"]
_SOURCE_SHAPE: Final = URIRef(_SH + "sourceShape")


def shape_findings(
    data: Graph, paths: Sequence[Path], shapes: Graph | None = None
) -> Iterator[Finding]:
    """Findings where *data*, read from *paths*, violate *shapes*, by default the built-in ones."""
    checked_by = _published_graph("shapes") if shapes is None else shapes
    # In place: a copy would be a plain Graph, which parses each constraint again for each node.
    _, report, _ = pyshacl.validate(data, shacl_graph=checked_by, inplace=True)
    for result in report.subjects(URIRef(_SH + "resultSeverity")):
        yield _finding(report, result, paths)


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

    The engine tells line and column of a fault, but puts the tags into lower case, so that a shape about
    their case would find nothing; rdflib leaves them, but does not read the syntax of RDF 1.2.
    """
    store = ox.Store()
    read_into(store, path, ox.DefaultGraph())
    written, form = Dataset(default_union=True), rdf_format(path)
    try:
        written.parse(
            data=text_of(path),
            format=form and form.media_type,
            publicID=path.resolve().as_uri(),
        )
    except (SyntaxError, ParserError):
        triples = {quad.triple for quad in store}
        data.parse(data=ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"", format="nt")
    else:
        for triple in written.triples((None, None, None)):
            data.add(triple)


def _finding(report: Graph, result: Node, paths: Sequence[Path]) -> Finding:
    def first(name: str) -> str:
        return str(next(iter(sorted(map(str, report.objects(result, URIRef(_SH + name))))), ""))

    node = first("focusNode")
    file, line = locate(node, paths)
    value = first("value")
    about = f" (value: {compact(value)})" if value and value != node else ""
    # A shape without a name is told by what it demands: the label of a blank node says nothing.
    is_named = any(isinstance(shape, URIRef) for shape in report.objects(result, _SOURCE_SHAPE))
    rule = first("sourceShape" if is_named else "sourceConstraintComponent")
    return Finding(file, line, compact(node), compact(rule), first("resultMessage") + about)


_CHECKED: Final = ("article", "evidence", "selectors", "context", "differing", "links")


def validate(files: Sequence[Path] = (), *, reasoning: bool = True) -> list[Finding]:
    """Findings about the built-in dataset, or about *files* instead of its facts; empty if valid.

    Without *files*, the canned queries are checked as well. The ontology and the shapes are always the
    built-in ones. A file with the name of one of the dataset's own, such as gba.ttl, replaces that one
    and is checked with the others; any other file is checked as part of the article graph. Without
    *reasoning*, contradictions are not looked for, which saves most of the time.

    Raises:
        DatasetError: a file is missing or does not parse, or is an earlier release of this dataset.
    """
    files_by_graph = _files_by_graph(files)
    ontology = [(name, resource(*BUILT_IN[name])) for name in VOCABULARIES]
    store = ox.Store()
    for name, path in files_by_graph:
        read_into(store, path, graph_of(name))
        _require_of_today(store, path)
    for name, path in ontology:
        read_into(store, path, graph_of(name))
    view.fill(store, infer=False, whole=True)
    paths = [path for _, path in files_by_graph]
    own = [path for _, path in ontology]
    data = data_graph(paths)
    logic = _located(contradictions(data), paths) if reasoning else ()
    queries = () if files else _queries()
    return sorted(
        {*logic, *queries, *shape_findings(data, paths), *check_findings(store, [*paths, *own])}
    )


def _require_of_today(store: ox.Store, path: Path) -> None:
    """Refuse an earlier release, in which each term that was renamed since would be a fault."""
    told = ox.NamedNode(ONTOLOGY), ox.NamedNode(expand("owl:versionInfo"))
    for quad in store.quads_for_pattern(*told, None):
        version = str(getattr(quad.object, "value", ""))
        if version != __version__ and version in releases():
            raise DatasetError(
                f"{display(path)} holds release {version} of this dataset. Its rules are those of that "
                f"release, and the rules here are those of {__version__}. Validate it with gbagraph "
                f"{version}, or see what changed since with: gbagraph diff {version}."
            )


def validate_by(shapes: Sequence[Path], files: Sequence[Path]) -> list[Finding]:
    """Return the findings about *files* by the SHACL *shapes* of their publisher alone; empty if valid.

    Raises:
        DatasetError: a file is missing or does not parse.
    """
    documents = list(in_folders(files))
    data, rules = (
        data_graph(paths, with_ontology=False) for paths in (documents, list(in_folders(shapes)))
    )
    return sorted(set(shape_findings(data, documents, rules)))


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
