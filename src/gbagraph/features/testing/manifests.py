"""Manifests of tests as the W3C's suites have them, which are read: mf:Manifest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

import pyoxigraph as ox

from gbagraph.api.in_process import Graph
from gbagraph.dataset.loader import read_into
from gbagraph.errors import QueryFileError
from gbagraph.features.testing.query_files import Inapplicable, QueryFile
from gbagraph.features.testing.running import as_written
from gbagraph.paths import display
from gbagraph.rdf.namespaces import expand
from gbagraph.sparql.parsed import ParsedQuery

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.testing.comparison import Order

_MF: Final = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
_QT: Final = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
_EVALUATED: Final = frozenset({f"{_MF}QueryEvaluationTest", f"{_MF}CSVResultFormatTest"})
_NEEDS: Final = {
    f"{_QT}serviceData": "it needs endpoints that are not here",
    "http://www.w3.org/ns/sparql-service-description#entailmentRegime": "it needs entailment",
}
"""What an action can have that is not done here."""


@dataclass(frozen=True)
class ManifestTest(QueryFile):
    """A test of a manifest: a query, its data, which it alone is asked of, and its result."""

    iri: str
    title: str
    default: tuple[Path, ...]
    named: tuple[tuple[str, Path], ...]
    result: Path
    is_lax: bool
    inapplicable: str

    @property
    def name(self) -> str:
        """Its name in the manifest."""
        return self.title

    @cached_property
    def text(self) -> str:
        """The query; IRIs in it are relative to its file."""
        return f"BASE <{self.path.resolve().as_uri()}>\n{super().text}"

    @property
    def order(self) -> Order:
        """As of a query file; where REDUCED leaves open how often a row is there, as a set."""
        return "set" if self.is_lax else super().order

    def expected(self) -> Path:
        """Return the file with the result.

        Raises:
            Inapplicable: the test is none of evaluation, or needs what is not done here.
        """
        if self.inapplicable:
            raise Inapplicable(self.inapplicable)
        return self.result

    def answer(self) -> object:
        """Return the answer that its data give.

        Raises:
            DatasetError: a file of data cannot be loaded.
            GbaGraphError: the query cannot be evaluated.
        """
        store = ox.Store()
        for path in self.default:
            read_into(store, path, ox.DefaultGraph())
        in_query = (
            iri for iri in chain(*ParsedQuery(self.text).dataset) if iri.startswith("file:")
        )
        for name, path in (*self.named, *((iri, _path(iri)) for iri in in_query)):
            read_into(store, path, ox.NamedNode(name))
        description: Any = None  # nobody asks what it is
        return as_written(Graph(store, description), self.text)


def _path(iri: str) -> Path:
    return Path(unquote(urlsplit(iri).path))


def read_manifest(path: Path) -> list[ManifestTest]:
    """Return the tests of a manifest, those of the manifests that it includes first.

    Raises:
        DatasetError: a manifest cannot be read.
        QueryFileError: a file that is no manifest, or a test that names a file which is none here.
    """
    tests = list(_Manifest(path).tests())
    if not tests:
        raise QueryFileError(
            f"{display(path)} is no manifest with tests (mf:Manifest with mf:entries).",
            file=display(path),
            line=0,
        )
    return tests


class _Manifest:
    def __init__(self, path: Path) -> None:
        self._path, self._store = path, ox.Store()
        read_into(self._store, path, ox.DefaultGraph())

    def tests(self) -> Iterator[ManifestTest]:
        for listed in self._all(None, f"{_MF}include"):
            for each in self._list(listed):
                yield from _Manifest(self._file(each)).tests()
        for listed in self._all(None, f"{_MF}entries"):
            yield from map(self._test, self._list(listed))

    def _test(self, node: Any) -> ManifestTest:  # noqa: ANN401  a term
        action, title = self._one(node, f"{_MF}action"), self._one(node, f"{_MF}name")
        inapplicable = self._inapplicable(node, action)
        query, result = self._one(action, f"{_QT}query"), self._one(node, f"{_MF}result")
        return ManifestTest(
            self._path if inapplicable else self._file(query),
            iri=node.value,
            title=title.value if title else node.value,
            default=tuple(map(self._file, self._all(action, f"{_QT}data"))),
            named=tuple(map(self._graph, self._all(action, f"{_QT}graphData"))),
            result=self._path if inapplicable else self._file(result),
            is_lax=self._one(node, f"{_MF}resultCardinality") is not None,
            inapplicable=inapplicable,
        )

    def _inapplicable(self, node: Any, action: Any) -> str:  # noqa: ANN401
        kinds = {kind.value for kind in self._all(node, expand("rdf:type"))}
        if not kinds & _EVALUATED:
            return f"it is no mf:QueryEvaluationTest, but {' '.join(sorted(kinds)) or 'of no kind'}"
        return next((said for needed, said in _NEEDS.items() if self._all(action, needed)), "")

    def _graph(self, node: Any) -> tuple[str, Path]:  # noqa: ANN401
        """Return the name of a named graph, and its file, whose IRI is its name if it has no other."""
        file = self._one(node, f"{_QT}graph") or node
        label = self._one(node, expand("rdfs:label")) or file
        return label.value, self._file(file)

    def _file(self, term: Any) -> Path:  # noqa: ANN401
        if isinstance(term, ox.NamedNode) and term.value.startswith("file:"):
            return _path(term.value)
        raise QueryFileError(
            f"{display(self._path)}: {term or 'nothing'} stands where a file has to be named.",
            file=display(self._path),
            line=0,
        )

    def _all(self, subject: Any, predicate: str) -> list[Any]:  # noqa: ANN401
        quads = self._store.quads_for_pattern(subject, ox.NamedNode(predicate), None)
        return [quad.object for quad in quads]

    def _one(self, subject: Any, predicate: str) -> Any:  # noqa: ANN401
        return next(iter(self._all(subject, predicate)), None)

    def _list(self, node: Any) -> Iterator[Any]:  # noqa: ANN401
        while (first := self._one(node, expand("rdf:first"))) is not None:
            yield first
            node = self._one(node, expand("rdf:rest"))
