"""Compare the answers of canned queries with those that are kept as the expected ones."""

from __future__ import annotations

import json
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from gbagraph.engine import canned_query
from gbagraph.errors import GbaGraphError
from gbagraph.paths import display, write_whole
from gbagraph.rdf import namespaces
from gbagraph.rdf.dataset import canonical_lines
from gbagraph.rdf.result_formats import SOLUTIONS
from gbagraph.rdf.results import turtle_term
from gbagraph.sparql.terms import from_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.engine import Engine
    from gbagraph.queries.canned import CannedQuery

    Results = dict[str, Any]
    """SPARQL results JSON."""


def graph_difference(expected: str, found: bytes) -> str:
    """How the N-Triples *found* are another graph than the Turtle *expected*; empty if they are not.

    Blank nodes are compared by isomorphism.

    Raises:
        SyntaxError: what is expected is not Turtle.
    """
    wanted = _triples(ox.parse(expected, ox.RdfFormat.TURTLE))
    got = _triples(ox.parse(found, ox.RdfFormat.N_TRIPLES))
    missing = [triple for triple in wanted if triple not in got]
    others = [triple for triple in got if triple not in wanted]
    counts = f"({len(wanted)} triples are expected, and there are {len(got)})"
    if missing:
        return f"expected {_shown(missing[0])}, which the answer does not have {counts}."
    return f"the answer has {_shown(others[0])}, which is not expected {counts}." if others else ""


def turtle(found: bytes) -> str:
    """N-Triples as Turtle, the same for the same graph."""
    triples = _triples(ox.parse(found, ox.RdfFormat.N_TRIPLES))
    prefixes = {
        name: iri for name, iri in namespaces.prefixes().items() if f"<{iri}".encode() in found
    }
    return (ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=prefixes) or b"").decode()


def _triples(quads: Iterable[ox.Quad]) -> dict[ox.Triple, None]:
    """The triples with canonical blank nodes, in the order of their canonical lines."""
    lines = "".join(canonical_lines(quads))
    return {quad.triple: None for quad in ox.parse(lines, ox.RdfFormat.N_QUADS)}


def _shown(triple: ox.Triple) -> str:
    """A triple on one line."""
    terms = (triple.subject, triple.predicate, triple.object)
    return " ".join(repr(turtle_term(term))[1:-1] for term in terms)


async def check(queries: Iterable[CannedQuery], over: Engine, *, update: bool) -> list[str]:
    """A line for each of *queries* whose answer is not the expected one, or is *updated*."""
    async with over:
        said = [await _checked(query, over, update=update) for query in queries]
    return [line for line in said if line]


async def _checked(query: CannedQuery, over: Engine, *, update: bool) -> str:
    try:
        found = await _answer(query, over)
    except GbaGraphError as problem:
        return f"{query.name}: {problem.message}"
    difference = _difference(query, found)
    if not update or not difference:
        return difference and f"{query.name}: {difference}"
    is_new = not query.expected.exists()
    _write(query, found)
    why = "" if is_new else f", since {difference}"
    return f"{query.name}: written to {display(query.expected)}{why}"


async def _answer(query: CannedQuery, over: Engine) -> bytes:
    offer = SOLUTIONS[0].media_type
    formats = {"solutions": offer, "boolean": offer, "graph": "application/n-triples"}
    job = canned_query(query, query.examples.items(), formats)  # type: ignore[arg-type]
    answer = await over.answer(job)
    return await answer.read()


def _write(query: CannedQuery, found: bytes) -> None:
    query.expected.parent.mkdir(exist_ok=True)
    is_graph = query.kind == "graph"
    text = turtle(found) if is_graph else _indented(json.loads(found))
    write_whole(query.expected, text.encode())


def _indented(found: Results) -> str:
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def _difference(query: CannedQuery, found: bytes) -> str:
    """How *found* differs from the expected answer, in one line; empty if it does not."""
    where = display(query.expected)
    try:
        expected = query.expected.read_text(encoding="utf-8")
        if query.kind == "graph":
            return graph_difference(expected, found)
        return _results_difference(where, json.loads(expected), json.loads(found))
    except OSError:
        return f"there is no expected answer {where}. Write it with --update."
    except SyntaxError as problem:
        return f"{where} is not Turtle: {problem}."
    except ValueError as problem:
        return f"{where} is not JSON: {problem}."


def _results_difference(where: str, expected: Results, found: Results) -> str:
    if found == expected:
        return ""
    try:
        return _different_results(expected, found)
    except (AttributeError, KeyError, TypeError):
        return f"{where} is not SPARQL results JSON."


def _different_results(expected: Results, found: Results) -> str:
    if "boolean" in found or "boolean" in expected:
        return f"expected {_shown_results(expected)}, and the answer is {_shown_results(found)}."
    return _different_rows(expected, found)


def _shown_results(results: Results) -> str:
    return str(results["boolean"]).lower() if "boolean" in results else "rows"


def _different_rows(expected: Results, found: Results) -> str:
    names, others = expected["head"].get("vars", []), found["head"]["vars"]
    if names != others:
        return f"expected the columns {', '.join(names)}, and the answer has {', '.join(others)}."
    rows = (results["results"]["bindings"] for results in (expected, found))
    for number, (wanted, got) in enumerate(zip_longest(*rows, fillvalue={}), start=1):
        for name in names:
            if wanted.get(name) != got.get(name):
                return (
                    f"row {number}, {name}: expected {_cell(wanted, name)}, and the answer has "
                    f"{_cell(got, name)}{_counts(expected, found)}."
                )
    return f"the answers differ beside their rows{_counts(expected, found)}."


def _counts(expected: Results, found: Results) -> str:
    """The numbers of rows, where they differ."""
    wanted, got = (len(results["results"]["bindings"]) for results in (expected, found))
    return "" if wanted == got else f" ({wanted} rows are expected, and there are {got})"


def _cell(row: dict[str, dict[str, Any]], name: str) -> str:
    if name not in row:
        return "nothing"
    term = from_json(row[name])
    return repr(turtle_term(term) if term is not None else str(row[name]["value"]))[1:-1]
