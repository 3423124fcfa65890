"""How a worker evaluates the jobs of the kernel."""

from __future__ import annotations

import json
from functools import partial
from typing import IO, TYPE_CHECKING, Any, cast

import msgspec
import pyoxigraph as ox

from gbagraph.dataset.catalog import published
from gbagraph.dataset.identity import META
from gbagraph.dataset.view import View, graph_node, inferring, own_default_quads, view
from gbagraph.engine import paging
from gbagraph.engine.jobs import DEFAULT_GRAPH
from gbagraph.engine.worker import VERSIONS
from gbagraph.errors import GbaGraphError, NotAcceptable, RequestError
from gbagraph.feature import hook, needed
from gbagraph.rdf.formats import (
    BRIEF,
    JSON,
    QUERY_FORMS,
    AskFormat,
    Format,
    GraphFormat,
    Kind,
    RowsFormat,
    narrowed,
)
from gbagraph.rdf.labels import LabelFinder, with_labels
from gbagraph.rdf.namespaces import prefixes
from gbagraph.rdf.result_formats import ALL, OFFERS
from gbagraph.sparql.failures import OF_ENGINE, translated, translated_errors
from gbagraph.sparql.parsed import ParsedQuery

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gbagraph.engine.jobs import Dump, Page, Quads, Query, SyntaxCheck
    from gbagraph.engine.worker import Tally, Work, Writer
    from gbagraph.rdf.dataset import Dataset, Triples
    from gbagraph.rdf.formats import Rows
    from gbagraph.setting import AllowedService


def kind_of(result: object) -> Kind:
    """The kind of a result of the engine."""
    if isinstance(result, ox.QuerySolutions):
        return "solutions"
    return "boolean" if isinstance(result, ox.QueryBoolean) else "graph"


def format_for(job: Query, kind: Kind) -> Format:
    """The format in which *job* wants a result of this *kind*.

    Raises:
        NotAcceptable: it wants none that fits this kind, or labels in a format without room for them.
        RequestError: it wants labels, and the result has no rows, or rows with evidence.
    """
    if job.labels and job.evidence:
        raise RequestError(
            "Rows come with evidence or with labels, not with both. Ask for one of them."
        )
    if job.labels and kind != "solutions":
        raise RequestError(
            "Labels stand beside the IRIs in the rows of a SELECT query, and this one is of the form "
            f"{QUERY_FORMS[kind]}. Ask without labels."
        )
    if kind not in job.formats:
        raise _not_acceptable(kind)
    written_in = job.format(kind)
    if job.labels and not narrowed(written_in, RowsFormat).takes_labels:
        raise _no_room_for_labels(written_in)
    return written_in


def _not_acceptable(kind: Kind) -> NotAcceptable:
    available = [offer.media_type for offer in OFFERS[kind] if offer.standard]
    names = dict.fromkeys(offer.name for offer in ALL[kind])
    return NotAcceptable(
        f"None of the requested formats can represent the result of {QUERY_FORMS[kind]}. "
        f"Available: {', '.join(available)}; by name: {', '.join(names)}.",
        available=available,
    )


def _no_room_for_labels(written_in: Format) -> NotAcceptable:
    offers = [offer for offer in ALL["solutions"] if narrowed(offer, RowsFormat).takes_labels]
    names = dict.fromkeys(offer.name for offer in offers)
    return NotAcceptable(
        f"{written_in.label} has no room for labels here. Ask without labels, or for one of "
        f"{', '.join(names)}.",
        available=list(dict.fromkeys(offer.media_type for offer in offers if offer.standard)),
    )


def write_solutions(  # noqa: PLR0913  what is written, where, and what else is wanted
    result: ox.QuerySolutions,
    written_in: Format,
    file: IO[bytes],
    tally: Tally,
    store: Dataset,
    *,
    labels: Sequence[str],
) -> None:
    """Write the rows of a SELECT query to *file*, each as it comes.

    Args:
        result: the rows, of which nothing has been read.
        written_in: the format.
        file: where to write.
        tally: counts the rows.
        store: where labels are looked up.
        labels: the languages of labels beside IRIs, the preferred first; without any, there are none.
    """
    offer = narrowed(written_in, RowsFormat)
    if offer.engine and not labels:
        if tally.scans:
            file = tally.through(file, offer.engine.counter())
        result.serialize(file, offer.engine.serializer)
        return
    names = [variable.value for variable in result.variables]
    rows: Rows = map(tuple, tally.of(result))
    if labels:
        names, rows = with_labels(store, labels, names, rows)
    for part in offer.rows(names, rows):
        file.write(part)


def answer(job: Query, work: Work) -> None:
    """Evaluate a query, and send its result.

    Raises:
        RequestError: it is not valid, or its result is of another kind than is wanted.
        EvaluationError: its evaluation failed.
    """
    text = job.text
    if job.references:
        with work.keeping():
            text = needed("references")(text, job.references, work.store)
    parsed = ParsedQuery(text)
    try:
        if job.infer is None and not work.rules.is_far:
            _answer(job, parsed, work)
        else:
            with work.rules.reading(), inferring(work.store, job.infer):
                _answer(job, parsed, work)
    except BrokenPipeError:
        raise
    except OF_ENGINE as problem:
        raise translated(problem, text) from None


def _answer(job: Query, parsed: ParsedQuery, work: Work) -> None:
    store = work.store
    if job.default_graphs is None and job.named_graphs is None and "FROM" not in parsed.upper:
        dataset = View(store)
    else:
        dataset = view(store, parsed, job.default_graphs, job.named_graphs)
    if work.rules.is_far or "SERVICE" in parsed.upper:
        query, dataset = _with_services(work, parsed, dataset)
    else:
        query = parsed.standard
    result = dataset.query(query.text)
    kind = kind_of(result)
    if job.evidence and kind != "solutions":
        raise needed("evidence refused")(kind)
    if job.page is not None:
        if not isinstance(result, ox.QueryBoolean):
            _send_page(work, job, result, store, dataset, query)
            return
        job = msgspec.structs.replace(job, labels=())
    writer = work.writer(format_for(job, kind), kind)
    if isinstance(result, ox.QuerySolutions) and job.evidence:
        names = [variable.value for variable in result.variables]
        rows = writer.tally.of(result)
        asked = store, dataset, query, names, rows
        how: dict[str, Any] = {"brief": job.evidence == BRIEF, "form": writer.format}
        for part in needed("row evidence")(*asked, **how):
            writer.write(part)
    else:
        _write(job, parsed, result, writer, store)
    if job.help:
        always = writer.tally.rows == 0 or parsed.may_lose_rows
        if writer.can_name_help(always=always):
            writer.name_help(job.help_address)
    writer.finish()


def services_of(work: Work, query: ParsedQuery) -> Mapping[str, AllowedService]:
    """Return the endpoints that *query* may have called, by IRI: none if it calls nobody.

    Where only versions of the server itself can be called, and it calls none, nobody is.
    """
    if not work.services or not query.calls_services:
        return {}
    is_meant = not work.bases or any(
        not call.endpoint or call.endpoint.partition(VERSIONS)[0] in work.bases
        for call in query.service_calls()
    )
    return work.services if is_meant else {}


def _with_services(work: Work, query: ParsedQuery, dataset: View) -> tuple[ParsedQuery, View]:
    """Return the query that is left, and what it is asked of, once other endpoints have answered."""
    query = work.rules.rewritten(query)
    if services_of(work, query) and (federated := hook("service")):
        return cast("tuple[ParsedQuery, View]", federated(query, dataset, work))
    query = query.normalized
    work.rules.require_query(query)
    return query, dataset


def _write(
    job: Query,
    parsed: ParsedQuery,
    result: ox.QuerySolutions | ox.QueryBoolean | Triples,
    writer: Writer,
    store: Dataset,
) -> None:
    """Write a result as it is, with labels where they are wanted."""
    written_in, file = writer.format, cast("IO[bytes]", writer)
    if isinstance(result, ox.QueryBoolean):
        file.write(narrowed(written_in, AskFormat).boolean(bool(result)))
    elif isinstance(result, ox.QuerySolutions):
        write_solutions(result, written_in, file, writer.tally, store, labels=job.labels)
    else:
        form = narrowed(written_in, GraphFormat).rdf_format
        ox.serialize(writer.tally.of(result), file, form, prefixes=parsed.prefixes)


def _send_page(work: Work, job: Query, result: ox.QuerySolutions | Triples, *asked: object) -> None:
    """Send the page of rows that *job* wants; evidence is of the result of what was *asked*."""
    writer = work.writer(JSON, "solutions")
    explained = None
    if job.evidence and isinstance(result, ox.QuerySolutions):
        names = [variable.value for variable in result.variables]
        brief = job.evidence == BRIEF
        explained = partial(needed("page evidence"), *asked, names, brief=brief)
    label = LabelFinder(work.store, job.labels or None)
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
    with translated_errors(""):  # JSON-LD has no triple terms
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
    all_quads = [
        ox.Quad(row["subject"], row["predicate"], row["object"], row["graph"] or ox.DefaultGraph())
        for row in solutions
    ]
    rows = all_quads if written_in.datasets else dict.fromkeys(quad.triple for quad in all_quads)
    writer = work.writer(written_in)
    ox.serialize(rows, writer.file, written_in.rdf_format, prefixes=dict(prefixes()))
    writer.finish()
