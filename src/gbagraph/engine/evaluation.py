"""How a worker evaluates the jobs of the kernel."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import msgspec
import pyoxigraph as ox

from gbagraph.dataset.default_graph import inferring, own_default_quads
from gbagraph.dataset.description.catalog import META, published
from gbagraph.dataset.view import graph_node, view
from gbagraph.engine import paging, results
from gbagraph.engine.query import DEFAULT_GRAPH
from gbagraph.errors import GbaGraphError
from gbagraph.feature import hook, needed
from gbagraph.rdf.dataset import access
from gbagraph.rdf.format import GraphFormat, narrowed
from gbagraph.rdf.formats import JSON
from gbagraph.rdf.namespaces import prefixes
from gbagraph.sparql.failures import translated_errors
from gbagraph.sparql.parsed import ParsedQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gbagraph.dataset.view import View
    from gbagraph.engine.query import Dump, Page, Quads, Query, SyntaxCheck
    from gbagraph.engine.worker import Work, Writer
    from gbagraph.rdf.dataset import Dataset, Triples


def answer(job: Query, work: Work) -> None:
    """Evaluate a query, and send its result.

    Raises:
        RequestError: it is not valid, or its result is of another kind than is wanted.
        EvaluationError: its evaluation failed.
    """
    store = work.store
    if job.references:
        with work.keeping():
            text = needed("references")(job.text, job.references, store)
        job = msgspec.structs.replace(job, text=text)
    parsed = ParsedQuery(job.text)
    with translated_errors(job.text), access(store).reading(), inferring(store, job.infer):
        dataset = view(store, parsed, job.default_graphs, job.named_graphs)
        query, dataset = _with_services(work, parsed, dataset)
        result = dataset.query(query.text)
        kind = results.kind_of(result)
        if job.evidence and kind != "solutions":
            raise needed("evidence refused")(kind)
        if job.page is not None:
            if not isinstance(result, ox.QueryBoolean):
                explain = partial(needed("page evidence"), store, dataset, query)
                _send_page(work, job, result, explain)
                return
            job = msgspec.structs.replace(job, labels=())
        written_in = results.format_for(job, kind)
        writer = work.writer(written_in, kind)
        if isinstance(result, ox.QuerySolutions) and job.evidence:
            names = [variable.value for variable in result.variables]
            rows = writer.tally.of(result)
            for part in needed("row evidence")(store, dataset, query, names, rows):
                writer.write(part)
        else:
            _write(job, parsed, result, writer, store)
    if job.help:
        always = writer.tally.rows == 0 or parsed.may_lose_rows
        writer.name_help(job.help, always=always)
    writer.finish()


def _with_services(work: Work, query: ParsedQuery, dataset: View) -> tuple[ParsedQuery, View]:
    """Return the query that is left, and what it is asked of, once other endpoints have answered."""
    rules = access(work.store)
    query = rules.rewritten(query)
    if work.services and query.calls_services and (federated := hook("service")):
        return cast("tuple[ParsedQuery, View]", federated(query, dataset, work))
    query = query.normalized
    rules.require_query(query)
    return query, dataset


def _write(
    job: Query,
    parsed: ParsedQuery,
    result: ox.QuerySolutions | ox.QueryBoolean | Triples,
    writer: Writer,
    store: Dataset,
) -> None:
    """Write a result as it is, with labels where they are wanted."""
    written_in, file = writer.format, writer.file
    if isinstance(result, ox.QueryBoolean):
        results.write_boolean(result, written_in, file)
    elif isinstance(result, ox.QuerySolutions):
        results.write_solutions(result, written_in, file, writer.tally, store, labels=job.labels)
    else:
        form = narrowed(written_in, GraphFormat).rdf_format
        ox.serialize(writer.tally.of(result), file, form, prefixes=parsed.prefixes)


def _send_page(
    work: Work,
    job: Query,
    result: ox.QuerySolutions | Triples,
    explain: Callable[..., list[dict[str, Any]]],
) -> None:
    """Send the page of rows that *job* wants."""
    writer = work.writer(JSON, "solutions")
    explained = None
    if job.evidence and isinstance(result, ox.QuerySolutions):
        explained = partial(explain, [variable.value for variable in result.variables])
    label = paging.finder(work.store, job.labels)
    for part in paging.written(result, cast("Page", job.page), label, explained):
        writer.write(part)
    writer.finish()


def check(job: SyntaxCheck, work: Work) -> None:
    """Send what is wrong with the syntax of each text."""
    work.send(job, json.dumps([syntax_fault(text) for text in job.texts]).encode())


def syntax_fault(query: str) -> tuple[str, int] | None:
    """Return what is wrong with *query*, and in which line; None for a valid query.

    It is evaluated on an empty store, which takes no time, and calls no other endpoint.
    """
    try:
        with translated_errors(query):
            ParsedQuery(query).require_valid()
    except GbaGraphError as problem:
        return problem.message, problem.details.get("line", 0)
    return None


def dump(job: Dump, work: Work) -> None:
    """Send a graph, or all of them as they were loaded."""
    store, written_in = work.store, job.format("graph")
    writer = work.writer(written_in)
    rdf_format = narrowed(written_in, GraphFormat).rdf_format
    declared = dict(prefixes())
    if job.graph == META.value:
        ox.serialize(published(store), writer.file, rdf_format, prefixes=declared)
    elif job.graph is not None:
        graph = graph_node(job.graph) if job.graph != DEFAULT_GRAPH else ox.DefaultGraph()
        store.dump(writer.file, rdf_format, from_graph=graph, prefixes=declared)
    elif not work.is_merged:
        store.dump(writer.file, rdf_format, prefixes=declared)
    else:
        ox.serialize(_own_quads(store), writer.file, rdf_format, prefixes=declared)
    writer.finish()


def _own_quads(store: Dataset) -> Iterator[ox.Quad]:
    """All quads as loaded: the merge in the default graph is left out, since loading makes it again."""
    yield from own_default_quads(store)
    for graph in sorted(store.named_graphs(), key=str):
        yield from store.quads_for_pattern(None, None, None, graph)


def quads(job: Quads, work: Work) -> None:
    """Send the solutions of a query as quads, or each triple once in a format without graphs."""
    written_in = narrowed(job.format("graph"), GraphFormat)
    solutions: Any = work.store.query(job.text)
    found = [
        ox.Quad(row["subject"], row["predicate"], row["object"], row["graph"] or ox.DefaultGraph())
        for row in solutions
    ]
    rows = found if written_in.datasets else dict.fromkeys(quad.triple for quad in found)
    writer = work.writer(written_in)
    ox.serialize(rows, writer.file, written_in.rdf_format, prefixes=dict(prefixes()))
    writer.finish()
