"""Check RDF files as a curator needs it: syntax, SHACL shapes, checks, and the ontology's logic.

A finding names file and line, node, rule and remedy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph import canned
from gbagraph.dataset import BUILT_IN, merge, read_into
from gbagraph.engine.worker import fault
from gbagraph.errors import QueryFileError
from gbagraph.paths import display, resource
from gbagraph.reasoning import contradictions
from gbagraph.vocabulary import BASE, PREFIXES, compact, graph_iri

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import rdflib

_SH: Final = PREFIXES["sh"]
_CHECKED: Final = ("article", "context", "links")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong: where, about what, by which rule, and what would be right."""

    file: str
    line: int
    node: str
    rule: str
    message: str

    def __str__(self) -> str:
        """One line, in the form that editors can jump to."""
        return f"{self.file}:{self.line}: {self.node}: {self.message} [{self.rule}]"


def validate(files: Sequence[Path] = (), *, reasoning: bool = True) -> list[Finding]:
    """Findings about the built-in dataset, or about *files* in place of its facts; empty when good.

    Without *files*, the canned queries are checked as well. The ontology and the shapes are always the
    built-in ones. A file that is named like one of the
    dataset's own (gba.ttl, context.ttl, links.ttl) replaces that one and is checked with the rest;
    any other is checked as part of the article graph. Without *reasoning* contradictions are not
    looked for, which is most of the time.

    Raises:
        DatasetError: a file is missing or does not parse.
    """
    placed = _placed(files)
    ontology = resource(*BUILT_IN["ontology"])
    store = ox.Store()
    for name, path in [*placed, ("ontology", ontology)]:
        read_into(store, path, ox.NamedNode(graph_iri(name)))
    merge(store)
    paths = [path for _, path in placed]
    data = _data_graph(paths)
    logic = _contradictions(data, paths) if reasoning else ()
    queries = () if files else _queries()
    return sorted({*logic, *queries, *_shapes(data, paths), *_checks(store, [*paths, ontology])})


def _queries() -> Iterator[Finding]:
    """Faults of the canned queries: of their headers and parameters, and of their SPARQL."""
    try:
        canned.require([fault(query.text) for query in canned.all_queries().values()])
    except QueryFileError as problem:
        for one in problem.details["faults"]:
            name = one.details["file"].rpartition("/")[2]
            yield Finding(
                one.details["file"], one.details["line"] or 1, name, "query-file", one.message
            )


def _placed(files: Sequence[Path]) -> list[tuple[str, Path]]:
    own = {resource(*BUILT_IN[name]).name: name for name in _CHECKED}
    given = [(own.get(path.name, "article"), path) for path in files]
    taken = {path.name for path in files}
    rest = [(name, resource(*BUILT_IN[name])) for file, name in own.items() if file not in taken]
    return given + (rest if not files or taken & own.keys() else [])


def _shapes(data: rdflib.Graph, paths: Sequence[Path]) -> Iterator[Finding]:
    # Imported here: pyshacl takes half a second, which the endpoint need not wait for.
    from pyshacl import validate as shacl  # noqa: PLC0415
    from rdflib import URIRef  # noqa: PLC0415

    # In place: a copy would be a plain graph, which parses each constraint anew for each node.
    _, report, _ = shacl(data, shacl_graph=_published_graph("shapes"), inplace=True)
    for result in report.subjects(URIRef(_SH + "resultSeverity")):
        yield _finding(report, result, paths)


@cache
def _published_graph(name: str) -> rdflib.Graph:
    from rdflib import Graph  # noqa: PLC0415

    return Graph().parse(resource(*BUILT_IN[name]))


def _data_graph(paths: Sequence[Path]) -> rdflib.Graph:
    """The ontology and *paths* as one rdflib graph that keeps parsed queries.

    pySHACL asks the same few queries of each focus node, and parsing one takes far longer than
    evaluating it: 95 seconds for the built-in dataset without this, 4 with it.
    """
    from rdflib import Graph  # noqa: PLC0415
    from rdflib.plugins.sparql import prepareQuery  # noqa: PLC0415

    prepared = cache(prepareQuery)

    class Prepared(Graph):
        def query(self, query_object: Any, *args: Any, **kwargs: Any) -> rdflib.query.Result:
            known = prepared(query_object) if isinstance(query_object, str) else query_object
            return super().query(known, *args, **kwargs)

    data = Prepared()
    data += _published_graph("ontology")
    for path in paths:
        data.parse(path)
    return data


def _finding(report: rdflib.Graph, result: rdflib.term.Node, paths: Sequence[Path]) -> Finding:
    from rdflib import URIRef  # noqa: PLC0415

    def first(name: str) -> str:
        return str(next(iter(sorted(map(str, report.objects(result, URIRef(_SH + name))))), ""))

    node = first("focusNode")
    file, line = _place(node, paths)
    value = first("value")
    about = f" (value: {compact(value)})" if value and value != node else ""
    return Finding(
        file, line, compact(node), compact(first("sourceShape")), first("resultMessage") + about
    )


def _contradictions(data: rdflib.Graph, paths: Sequence[Path]) -> Iterator[Finding]:
    for found in contradictions(data):
        file, line = _place(found.node, paths)
        yield Finding(file, line, compact(found.node), found.rule, found.message)


def _checks(store: ox.Store, paths: Sequence[Path]) -> Iterator[Finding]:
    """Each file of ontology/checks asks for violations: ?node, and a ?message that says the remedy.

    As in the served dataset, the default graph is the merge of the named ones.
    """
    for check in sorted(resource("ontology", "checks").glob("*.rq")):
        rows = store.query(check.read_text(encoding="utf-8"))
        if not isinstance(rows, ox.QuerySolutions):
            raise TypeError(f"{check.name} is not a SELECT query")
        for row in rows:
            node = row["node"].value
            file, line = _place(node, paths)
            # A message that would name a blank node is unbound; no-blank-nodes reports that node.
            if row["message"] is not None:
                yield Finding(file, line, compact(node), check.stem, row["message"].value)


def _place(node: str, paths: Sequence[Path]) -> tuple[str, int]:
    """File and line where *node* is first written as a subject, else where it is first written."""
    forms = (compact(node), f"<{node}>", f"<{node.removeprefix(BASE)}>")
    written = rf"(?:{'|'.join(map(re.escape, forms))})(?![\w-])"
    for pattern in (rf"^{written}", written):
        for path in paths:
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                if not line.startswith("#") and re.search(pattern, line):
                    return display(path), number
    return display(paths[0]), 1
