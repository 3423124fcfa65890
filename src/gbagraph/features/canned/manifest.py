"""The canned queries as tests of the W3C's form, which are written: a manifest with its files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.dataset.loader import load
from gbagraph.dataset.view import View
from gbagraph.names.texts import local_name
from gbagraph.paths import write_whole
from gbagraph.sparql.parsed import ParsedQuery

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from gbagraph.queries.canned import CannedQuery


_HEAD: Final = """\
PREFIX dawgt: <http://www.w3.org/2001/sw/DataAccess/tests/test-dawg#>
PREFIX mf: <http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#>
PREFIX qt: <http://www.w3.org/2001/sw/DataAccess/tests/test-query#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

"""
_DEFAULT: Final = "data/default.nt"


@dataclass(frozen=True, slots=True)
class _Data:
    """What a query is asked of: the default graph, if it is read, and named graphs."""

    has_default: bool
    named: tuple[ox.NamedNode, ...]


def write(folder: Path, queries: Iterable[CannedQuery], files: Sequence[Path] = ()) -> int:
    """Write ``manifest.ttl`` and its files into *folder*: a test for each of *queries*, and how many.

    They are asked of *files*, by default of the built-in dataset.

    A query has its example values bound. Its data are the graphs that it reads, its result is what it
    answers here.

    Raises:
        DatasetError: the dataset cannot be loaded.
        OSError: a file cannot be written.
    """
    store, _ = load(files)
    for name in ("queries", "data", "results"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    entries = [_entry(folder, store, query) for query in queries]
    _write_data(folder, store)
    write_whole(folder / "manifest.ttl", _manifest(entries).encode())
    return len(entries)


def _entry(folder: Path, store: ox.Store, query: CannedQuery) -> tuple[str, str]:
    """Return the name of a test, and its description; its query and its result are written."""
    text = query.bind(query.examples.items())
    write_whole(folder / "queries" / f"{query.name}.rq", text.encode())
    result = _answer(View(store), text)
    data = _smallest(store, text, result)
    suffix = "ttl" if query.kind == "graph" else "srj"
    path = f"results/{query.name}.{suffix}"
    write_whole(folder / path, result)
    return query.name, _description(query, data, path)


def _answer(view: View, text: str) -> bytes:
    """Return the answer to a query in the format of its file."""
    answer = view.query(ParsedQuery(text).normalized.text)
    if isinstance(answer, ox.QuerySolutions | ox.QueryBoolean):
        return answer.serialize(format=ox.QueryResultsFormat.JSON) or b""
    return ox.serialize(sorted(answer, key=str), format=ox.RdfFormat.N_TRIPLES) or b""


def _smallest(store: ox.Store, text: str, result: bytes) -> _Data:
    """Return the fewest graphs of which the query has this *result*: not all runners hold all of them.

    Those that the text names are tried first, then the default graph with them, then all.
    """
    graphs = sorted(_named_graphs(store), key=str)
    mentioned = tuple(
        g for g in graphs if g.value in text or f"graph:{local_name(g.value)}" in text
    )
    for data in (_Data(False, mentioned), _Data(True, mentioned)):
        default = (ox.DefaultGraph(),) if data.has_default else ()
        if _answer(View(store, default, data.named), text) == result:
            return data
    return _Data(True, tuple(graphs))


def _named_graphs(store: ox.Store) -> list[ox.NamedNode]:
    return [graph for graph in store.named_graphs() if isinstance(graph, ox.NamedNode)]


def _write_data(folder: Path, store: ox.Store) -> None:
    """Write each graph as N-Triples."""
    store.dump(folder / _DEFAULT, ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph())
    for graph in _named_graphs(store):
        path = folder / "data" / f"{local_name(graph.value)}.nt"
        store.dump(path, ox.RdfFormat.N_TRIPLES, from_graph=graph)


def _manifest(entries: Sequence[tuple[str, str]]) -> str:
    names = "\n".join(f"    <#{name}>" for name, _ in entries)
    descriptions = "\n".join(description for _, description in entries)
    return f"{_HEAD}<> a mf:Manifest ;\n  mf:entries (\n{names}\n  ) .\n\n{descriptions}"


def _description(query: CannedQuery, data: _Data, result: str) -> str:
    action = [f"qt:query <queries/{query.name}.rq>"]
    if data.has_default:
        action.append(f"qt:data <{_DEFAULT}>")
    # The label is the name of the graph, which is not that of its file.
    action += [
        f'qt:graphData [ qt:graph <data/{local_name(graph.value)}.nt> ; rdfs:label "{graph.value}" ]'
        for graph in data.named
    ]
    parts = " ;\n    ".join(action)
    return (
        f"<#{query.name}> a mf:QueryEvaluationTest ;\n"
        f"  mf:name {ox.Literal(query.name)} ;\n"
        f"  rdfs:comment {ox.Literal(query.summary)} ;\n"
        "  dawgt:approval dawgt:NotClassified ;\n"
        f"  mf:action [\n    {parts}\n  ] ;\n"
        f"  mf:result <{result}> .\n"
    )
