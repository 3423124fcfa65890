"""The expected answers of canned queries: compared with what the queries answer, or written as tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.dataset.loader import load
from gbagraph.dataset.view import View
from gbagraph.engine import canned_query
from gbagraph.errors import EvaluationError, GbaGraphError
from gbagraph.paths import display, write_whole
from gbagraph.rdf import namespaces
from gbagraph.rdf.dataset import canonical_lines
from gbagraph.rdf.namespaces import BASE
from gbagraph.rdf.result_formats import SOLUTIONS
from gbagraph.rdf.results import turtle_term
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.sparql.terms import from_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from gbagraph.engine import Engine
    from gbagraph.queries.canned import CannedQuery
    from gbagraph.rdf.dataset import Answer

    Results = dict[str, Any]
    """SPARQL results JSON."""


def graph_difference(expected: str, actual: bytes) -> str:
    """How the N-Triples *actual* are another graph than the Turtle *expected*; empty if they are not.

    Blank nodes are compared by isomorphism.

    Raises:
        SyntaxError: what is expected is not Turtle.
    """
    wanted = _triples(ox.parse(expected, ox.RdfFormat.TURTLE))
    got = _triples(ox.parse(actual, ox.RdfFormat.N_TRIPLES))
    missing = [triple for triple in wanted if triple not in got]
    others = [triple for triple in got if triple not in wanted]
    counts = f"({len(wanted)} triples are expected, and there are {len(got)})"
    if missing:
        return f"expected {_shown(missing[0])}, which the answer does not have {counts}."
    return f"the answer has {_shown(others[0])}, which is not expected {counts}." if others else ""


def turtle(triples_text: bytes) -> str:
    """N-Triples as Turtle, the same for the same graph."""
    triples = _triples(ox.parse(triples_text, ox.RdfFormat.N_TRIPLES))
    prefixes = {
        name: iri
        for name, iri in namespaces.prefixes().items()
        if f"<{iri}".encode() in triples_text
    }
    return (ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=prefixes) or b"").decode()


def _triples(quads: Iterable[ox.Quad]) -> dict[ox.Triple, None]:
    """Return the triples with canonical blank nodes, in the order of their canonical lines."""
    lines = "".join(canonical_lines(quads))
    return {quad.triple: None for quad in ox.parse(lines, ox.RdfFormat.N_QUADS)}


def _shown(triple: ox.Triple) -> str:
    """Return a triple on one line."""
    terms = (triple.subject, triple.predicate, triple.object)
    return " ".join(repr(turtle_term(term))[1:-1] for term in terms)


async def check(queries: Iterable[CannedQuery], over: Engine, *, update: bool) -> list[str]:
    """Return a line for each of *queries* whose answer is not the expected one, or is *updated*."""
    async with over:
        said = [await _checked(query, over, update=update) for query in queries]
    return [line for line in said if line]


async def _checked(query: CannedQuery, over: Engine, *, update: bool) -> str:
    try:
        actual = await _answer(query, over)
    except GbaGraphError as problem:
        return f"{query.name}: {problem.message}"
    found = difference(query, actual)
    if not update or not found:
        return found and f"{query.name}: {found}"
    is_new = not query.expected.exists()
    _write(query, actual)
    why = "" if is_new else f", since {found}"
    return f"{query.name}: written to {display(query.expected)}{why}"


async def _answer(query: CannedQuery, over: Engine) -> bytes:
    offer = SOLUTIONS[0].media_type
    formats = {"solutions": offer, "boolean": offer, "graph": "application/n-triples"}
    job = canned_query(query, query.examples.items(), formats)  # type: ignore[arg-type]
    answer = await over.answer(job)
    return await answer.read()


def _write(query: CannedQuery, actual: bytes) -> None:
    query.expected.parent.mkdir(exist_ok=True)
    if query.kind == "graph":
        text = turtle(actual)
    else:
        text = json.dumps(json.loads(actual), ensure_ascii=False, indent=1) + "\n"
    write_whole(query.expected, text.encode())


def difference(query: CannedQuery, actual: bytes) -> str:
    """Return how *actual* differs from the expected answer, in one line; empty if it does not."""
    where = display(query.expected)
    try:
        expected = query.expected.read_text(encoding="utf-8")
        if query.kind == "graph":
            return graph_difference(expected, actual)
        return _results_difference(where, json.loads(expected), json.loads(actual))
    except OSError:
        return f"there is no expected answer {where}. Write it with --update."
    except SyntaxError as problem:
        return f"{where} is not Turtle: {problem}."
    except ValueError as problem:
        return f"{where} is not JSON: {problem}."


def _results_difference(where: str, expected: Results, actual: Results) -> str:
    if actual == expected:
        return ""
    try:
        if "boolean" in actual or "boolean" in expected:
            shown = _shown_results(actual)
            return f"expected {_shown_results(expected)}, and the answer is {shown}."
        return _different_rows(expected, actual)
    except (AttributeError, KeyError, TypeError):
        return f"{where} is not SPARQL results JSON."


def _shown_results(results: Results) -> str:
    return str(results["boolean"]).lower() if "boolean" in results else "rows"


def _different_rows(expected: Results, actual: Results) -> str:
    names, others = expected["head"].get("vars", []), actual["head"]["vars"]
    if names != others:
        return f"expected the columns {', '.join(names)}, and the answer has {', '.join(others)}."
    rows = (results["results"]["bindings"] for results in (expected, actual))
    for number, (wanted, got) in enumerate(zip_longest(*rows, fillvalue={}), start=1):
        for name in names:
            if wanted.get(name) != got.get(name):
                return (
                    f"row {number}, {name}: expected {_cell(wanted, name)}, and the answer has "
                    f"{_cell(got, name)}{_counts(expected, actual)}."
                )
    return f"the answers differ beside their rows{_counts(expected, actual)}."


def _counts(expected: Results, actual: Results) -> str:
    """Return the numbers of rows, where they differ."""
    wanted, got = (len(results["results"]["bindings"]) for results in (expected, actual))
    return "" if wanted == got else f" ({wanted} rows are expected, and there are {got})"


def _cell(row: dict[str, dict[str, Any]], name: str) -> str:
    if name not in row:
        return "nothing"
    term = from_json(row[name])
    return repr(turtle_term(term) if term is not None else str(row[name]["value"]))[1:-1]


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
        EvaluationError: a query has an answer that no file of results can hold.
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
    result = _written(_manifest_answer(View(store), text))
    data = _smallest(store, text, result)
    suffix = "ttl" if query.kind == "graph" else "srj"
    path = f"results/{query.name}.{suffix}"
    write_whole(folder / path, result)
    return query.name, _description(query, data, path)


def _manifest_answer(view: View, text: str) -> Answer:
    return view.query(ParsedQuery(text).normalized.text)


def _written(answer: Answer) -> bytes:
    """Return an answer in the format of its file."""
    if isinstance(answer, ox.QuerySolutions | ox.QueryBoolean):
        written = answer.serialize(format=ox.QueryResultsFormat.JSON)
    else:
        written = ox.serialize(sorted(answer, key=str), format=ox.RdfFormat.N_TRIPLES)
    if written is None:
        raise EvaluationError("The answer was written elsewhere.")
    return written


def _smallest(store: ox.Store, text: str, result: bytes) -> _Data:
    """Return the fewest graphs of which the query has this *result*: not all runners hold all of them.

    Those that the text names are tried first, then the default graph with them, then all.
    """
    graphs = sorted(_named_graphs(store), key=str)
    mentioned = tuple(graph for graph in graphs if _mentions(text, graph))
    for data in (_Data(False, mentioned), _Data(True, mentioned)):
        default = (ox.DefaultGraph(),) if data.has_default else ()
        if _written(_manifest_answer(View(store, default, data.named), text)) == result:
            return data
    return _Data(True, tuple(graphs))


def _named_graphs(store: ox.Store) -> list[ox.NamedNode]:
    return [graph for graph in store.named_graphs() if isinstance(graph, ox.NamedNode)]


def _mentions(text: str, graph: ox.NamedNode) -> bool:
    return graph.value in text or f"graph:{_local(graph)}" in text


def _local(graph: ox.NamedNode) -> str:
    return graph.value.rpartition("/")[2]


def _write_data(folder: Path, store: ox.Store) -> None:
    """Write each graph as N-Triples."""
    store.dump(folder / _DEFAULT, ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph())
    for graph in _named_graphs(store):
        path = folder / "data" / f"{_local(graph)}.nt"
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
        f'qt:graphData [ qt:graph <data/{_local(graph)}.nt> ; rdfs:label "{graph.value}" ]'
        for graph in data.named
    ]
    parts = " ;\n    ".join(action)
    return (
        f"<#{query.name}> a mf:QueryEvaluationTest ;\n"
        f"  mf:name {ox.Literal(query.name)} ;\n"
        f"  rdfs:comment {ox.Literal(query.summary)} ;\n"
        f"  rdfs:seeAlso <{BASE}queries/{query.name}> ;\n"
        "  dawgt:approval dawgt:NotClassified ;\n"
        f"  mf:action [\n    {parts}\n  ] ;\n"
        f"  mf:result <{result}> .\n"
    )
