"""Which tests there are: read from the suites' own manifests, queries only."""

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from rdflib import RDF, Graph, URIRef
from rdflib.term import Node

from conformance.rdf import MF, QT

BASE: Final = "http://127.0.0.1:1/w3c/"
"""What the suite's relative IRIs are relative to: nothing listens there, so nobody can fetch them."""

CHECKOUT: Final = Path(__file__).resolve().parents[2]

_MANIFESTS: Final = ("sparql10/manifest.ttl", "sparql11/manifest-all.ttl", "sparql12/manifest.ttl")

EVALUATION: Final = "evaluation"
POSITIVE: Final = "legal query"
NEGATIVE: Final = "illegal query"
PROTOCOL: Final = "protocol"
DESCRIPTION: Final = "service description"

_KINDS: Final = {
    "QueryEvaluationTest": EVALUATION,
    "CSVResultFormatTest": EVALUATION,
    "PositiveSyntaxTest": POSITIVE,
    "PositiveSyntaxTest11": POSITIVE,
    "NegativeSyntaxTest": NEGATIVE,
    "NegativeSyntaxTest11": NEGATIVE,
    "ProtocolTest": PROTOCOL,
    "ServiceDescriptionTest": DESCRIPTION,
}
_RESULTS: Final = ("sparql11/csv-tsv-res", "sparql11/json-res")
_FROM: Final = re.compile(r"\bFROM\s+(?:NAMED\s+)?<([^>]*)>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Data:
    """The dataset of a test: files of the default graph, and named graphs with their files."""

    default: tuple[Path, ...] = ()
    named: tuple[tuple[str, Path], ...] = ()


@dataclass(frozen=True)
class Test:
    """One test of a suite, as its manifest describes it."""

    iri: str
    name: str
    group: str
    kind: str
    node: Node
    manifest: Graph = field(repr=False)
    query: Path | None = None
    result: Path | None = None
    data: Data = Data()
    services: tuple[tuple[str, Path], ...] = ()
    lax: bool = False
    exact: bool = False

    __test__ = False  # not for pytest to collect

    @property
    def suite(self) -> str:
        """The line of the table that this test is counted in."""
        version = f"SPARQL {self.group[6]}.{self.group[7]}"
        if self.kind in (PROTOCOL, DESCRIPTION):
            return f"{version} {self.kind}"
        if self.group in _RESULTS:
            return f"{version} result formats"
        if self.group == "sparql11/service":
            return f"{version} federation"
        return f"{version} {'syntax' if self.kind in (POSITIVE, NEGATIVE) else 'evaluation'}"

    @cached_property
    def text(self) -> str:
        """The query, with the base that its relative IRIs need (nothing in HTTP gives it one)."""
        if self.query is None:
            raise ValueError(f"{self.iri} names no query")
        return f"BASE <{BASE}{self.group}/{self.query.name}>\n{self.query.read_bytes().decode()}"

    @cached_property
    def names_its_dataset(self) -> bool:
        """Does the query have FROM clauses?"""
        return _FROM.search(self.text) is not None


class Failed(Exception):
    """A server does not do what a test expects; the message says what was expected and what came."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A test that was run; *failure* says why it failed, None that it passed.

    *by_value* tells a pass in which a number has another lexical form than expected, such as ``3``
    for ``3.0``: same datatype, same value.
    """

    test: Test
    failure: str | None = None
    by_value: bool = False

    @property
    def passed(self) -> bool:
        """Did the server do as the test expects?"""
        return self.failure is None


@dataclass(frozen=True, slots=True)
class Suite:
    """The tests, how many were left out for which reason, and a digest of all files."""

    tests: tuple[Test, ...]
    left_out: Counter[str]
    digest: str


def root() -> Path | None:
    """The folder with sparql10, sparql11 and sparql12, or None where the suite is not to be had.

    The environment variable W3C_TESTS names it; else it is looked for beside the checkout.

    Raises:
        FileNotFoundError: the folder that is named is not one with the suites.
    """
    given = os.environ.get("W3C_TESTS")
    path = Path(given) if given else CHECKOUT.parent / "shared" / "w3c" / "sparql"
    if all((path / manifest).is_file() for manifest in _MANIFESTS):
        return path.resolve()
    if given:
        raise FileNotFoundError(f"{path} does not hold {', '.join(_MANIFESTS)}.")
    return None


def collect(folder: Path) -> Suite:
    """All tests of queries below *folder*."""
    tests: dict[str, Test] = {}
    left_out: Counter[str] = Counter()
    for manifest in _MANIFESTS:
        for test in _walk(folder, folder / manifest):
            if reason := _not_for_queries(test):
                left_out[reason] += 1
            elif test.iri in tests:
                raise ValueError(f"{test.iri} is in two manifests")
            else:
                tests[test.iri] = test
    return Suite(tuple(tests.values()), left_out, _digest(folder))


def _digest(folder: Path) -> str:
    """The suites have no version, so their files name it."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{content}  {path.relative_to(folder).as_posix()}\n".encode())
    return digest.hexdigest()


def _walk(folder: Path, manifest: Path) -> Iterator[Test]:
    base = BASE + manifest.relative_to(folder).as_posix()
    graph = Graph().parse(manifest, format="turtle", publicID=base)
    for included in _members(graph, MF.include):
        yield from _walk(folder, _path(folder, included))
    for entry in _members(graph, MF.entries):
        yield _test(folder, manifest, graph, entry)


def _members(graph: Graph, predicate: URIRef) -> list[Node]:
    return [member for start in graph.objects(None, predicate) for member in graph.items(start)]


def _path(folder: Path, term: object) -> Path:
    return folder / str(term).removeprefix(BASE)


def _test(folder: Path, manifest: Path, graph: Graph, entry: Node) -> Test:
    kind = str(graph.value(entry, RDF.type)).rpartition("#")[2]
    action, result = graph.value(entry, MF.action), graph.value(entry, MF.result)
    query = graph.value(action, QT.query) or action
    path = _path(folder, query) if str(query).startswith(BASE) else None
    return Test(
        iri=str(entry),
        name=" ".join(str(graph.value(entry, MF.name)).split()),
        group=manifest.parent.relative_to(folder).as_posix(),
        kind=_KINDS.get(kind, kind),
        node=entry,
        manifest=graph,
        query=path,
        result=None if result is None else _path(folder, result),
        data=_data(folder, graph, action, path),
        services=tuple(_services(folder, graph, action)),
        exact=(entry, MF.requires, MF.NoCanonicalizationOfNumerics) in graph,
        lax=(entry, MF.resultCardinality, MF.LaxCardinality) in graph,
    )


def _data(folder: Path, graph: Graph, action: Node | None, query: Path | None) -> Data:
    if action is None or query is None:
        return Data()
    default = tuple(_path(folder, file) for file in graph.objects(action, QT.data))
    named = list(map(str, graph.objects(action, QT.graphData)))
    if not default and not named and graph.value(action, QT.query):
        # The tests of FROM name their graphs in the query alone.
        base = BASE + query.parent.relative_to(folder).as_posix()
        named = [f"{base}/{name}" for name in _FROM.findall(query.read_text("utf-8"))]
    pairs = {name: folder / name.removeprefix(BASE) for name in named}
    return Data(default, tuple(sorted(pairs.items())))


def _services(folder: Path, graph: Graph, action: Node | None) -> Iterator[tuple[str, Path]]:
    for node in graph.objects(action, QT.serviceData) if action is not None else ():
        for file in graph.objects(node, QT.data):
            yield str(graph.value(node, QT.endpoint)), _path(folder, file)


def _not_for_queries(test: Test) -> str | None:
    """Why a test is left out, if it is: this harness is about queries."""
    if test.group == "sparql11/entailment":
        return "entailment regimes"
    if test.kind == "GraphStoreProtocolTest":
        return "Graph Store Protocol (it writes)"
    updates = test.kind.endswith(("UpdateEvaluationTest", "UpdateSyntaxTest11"))
    of_protocol = test.kind == PROTOCOL and "update" in test.iri.rpartition("#")[2]
    if updates or of_protocol or (test.query is not None and test.query.suffix == ".ru"):
        return "updates"
    return None
