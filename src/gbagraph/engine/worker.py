"""The worker process: read a job, evaluate it, write the answer to the socket, and again.

A result of pyoxigraph must be used and dropped on the thread that made it, and it is lazy: an error may
come after the first bytes. So evaluation and writing happen together, here, and only the frame END (or
WHOLE) says that an answer is complete.
"""

from __future__ import annotations

import json
import re
import resource
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple, cast

import msgspec
import pyoxigraph as ox

from gbagraph.dataset.default_graph import inferring
from gbagraph.dataset.description.catalog import META, published
from gbagraph.dataset.elsewhere import Elsewhere
from gbagraph.dataset.loader import own_default_quads
from gbagraph.dataset.replies import readable
from gbagraph.dataset.view import graph_node, view
from gbagraph.engine import jobs, paging, results, wire
from gbagraph.engine.asked import Asker
from gbagraph.engine.jobs import (
    DEFAULT_GRAPH,
    Counts,
    Dump,
    Explain,
    Extend,
    Job,
    JsonLdDocument,
    Lookup,
    Meanings,
    Quads,
    Query,
    Reconcile,
    Search,
    SyntaxCheck,
    Why,
)
from gbagraph.engine.labels import LabelFinder
from gbagraph.engine.tally import Tally
from gbagraph.errors import (
    GbaGraphError,
    NotAcceptable,
    ResultTooLarge,
)
from gbagraph.explain import (
    completions,
    diagnosing,
    extending,
    identifiers,
    indexed,
    reconciling,
    rows,
    searching,
    writing,
)
from gbagraph.explain.diagnosing import names_of
from gbagraph.explain.diagnostics import Services
from gbagraph.explain.proof import proofs_of
from gbagraph.explain.terms import triple_of
from gbagraph.explain.values import meanings, resolved
from gbagraph.federation import messages
from gbagraph.federation.evaluation import evaluated
from gbagraph.federation.explained import explained
from gbagraph.paths import own_query
from gbagraph.queries.catalog import all_queries
from gbagraph.rdf import json_ld
from gbagraph.rdf.format import Format, GraphFormat, narrowed
from gbagraph.rdf.formats import JSON, TEXT, Kind
from gbagraph.rdf.namespaces import prefixes
from gbagraph.sparql.failures import syntax_error, translated_errors
from gbagraph.sparql.parsed import ParsedQuery

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gbagraph.dataset.view import View
    from gbagraph.engine.paging import Page
    from gbagraph.explain.diagnostics import Asked
    from gbagraph.explain.explanations import RowEvidence
    from gbagraph.rdf.dataset import Dataset, Triples
    from gbagraph.setting import AllowedService

_NOT_IN_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_BLOCK = 64 * 1024
_GROWTH = 64 * 1024
"""By how much ru_maxrss (kilobytes; bytes on macOS) may grow before a worker has to be replaced."""

_SMALL: Final = 100_000
"""Quads up to which the names are read at the start: it takes a tenth of a second."""


@dataclass(slots=True)
class _Limits:
    """The socket for answers, their largest size in bytes, and the memory use at which to retire.

    If it *counts_rows*, it tells how many each answer has. *services* are the endpoints that may be
    called, by IRI. The default graph *is_merged* from named graphs, but for a store or an engine.
    """

    connection: socket.socket
    max_size: int
    retire_at: int
    counts_rows: bool = False
    services: Mapping[str, AllowedService] = field(default_factory=dict)
    is_merged: bool = True

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """What is read here for good, such as names, needs memory, which is no reason to retire."""
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            yield
        finally:
            self.retire_at += resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    def call(self, call: messages.Call) -> list[messages.Reply]:
        """Have the server call an endpoint, and wait for its replies."""
        self.connection.sendall(wire.pack(wire.CALL, messages.encode(call)))
        return [self._reply() for _ in call.queries]

    def _reply(self) -> messages.Reply:
        frame = wire.receive(self.connection)
        if frame is None:
            raise BrokenPipeError  # the server is gone, or wants this no more
        return messages.decode_reply(frame[1])


class _Writer:
    """A file object that sends what is written to it: short answers whole, long ones in blocks."""

    def __init__(self, limits: _Limits, kind: Kind, written_in: Format) -> None:
        self._connection = limits.connection
        self._max_size = limits.max_size
        self._retire_at = limits.retire_at
        self._kind = kind[:1].encode()
        self._is_xml = "xml" in written_in.media_type
        self._written = 0
        self._has_begun = False
        self._blocks: list[bytes] = []
        self._size = 0
        self.tally = Tally(scans=limits.counts_rows)

    @property
    def file(self) -> IO[bytes]:
        """The same object, typed for functions that only write and flush."""
        return cast("IO[bytes]", self)

    def write(self, data: bytes) -> int:
        taken = len(data)
        if self._is_xml:
            data = _in_xml(data)
        self._blocks.append(data)
        self._size += len(data)
        self._written += len(data)
        if self._written > self._max_size:
            raise ResultTooLarge(
                f"The result is larger than {self._max_size} bytes, the most that this server sends. "
                "Ask for it in parts, with LIMIT and OFFSET over a total order.",
                limit=self._max_size,
            )
        if self._size >= _BLOCK:
            self._send()
        return taken

    def name_help(self, link: str, written_in: Format, *, always: bool) -> None:
        """Name *link* in the head of an answer without rows, or *always*, if none of it is sent yet."""
        body = b"".join(self._blocks)
        if self._has_begun or not (always or written_in.has_no_rows(body)):
            return
        self._kind = self._kind.upper()
        self._blocks = [written_in.with_link(body, link)]

    def flush(self) -> None:
        """Do nothing: blocks are sent when they are full, and at the end."""

    def finish(self) -> None:
        state = _state(self._kind, self._retire_at, self.tally.rows)
        if self._has_begun:
            if self._blocks:
                self._send()
            self._connection.sendall(wire.pack(wire.END, state))
        else:
            self._connection.sendall(wire.pack(wire.WHOLE, b"".join([state, *self._blocks])))

    def _send(self) -> None:
        data = wire.pack(wire.DATA, b"".join(self._blocks))
        if not self._has_begun:
            data = wire.pack(wire.HEAD, _state(self._kind, self._retire_at)) + data
        self._connection.sendall(data)
        self._has_begun, self._blocks, self._size = True, [], 0


def _state(kind: bytes = b"g", retire_at: int | None = None, rows: int | None = None) -> bytes:
    used = resource.getrusage(resource.RUSAGE_SELF)
    retires = retire_at is not None and used.ru_maxrss > retire_at
    return wire.STATE.pack(
        used.ru_utime + used.ru_stime, retires, -1 if rows is None else rows, kind
    )


def _in_xml(data: bytes) -> bytes:
    """*data* as XML can represent it: a carriage return as a reference, since a parser would drop it.

    Raises:
        NotAcceptable: a literal contains a character that XML 1.0 (section 2.2) does not allow.
    """
    found = _NOT_IN_XML.search(data)
    if found is not None:
        raise NotAcceptable(
            f"The result contains the character U+{ord(found[0].decode()):04X}, which XML does not "
            "allow. Ask for JSON, or for Turtle or N-Triples if the result is a graph.",
            available=["application/sparql-results+json", "text/turtle", "application/n-triples"],
        )
    return data.replace(b"\r", b"&#13;")


def prepare(store: Dataset | None) -> None:
    """Read what workers need before any is forked: files, which they cannot open, and a few names.

    The names are those in a *store* in memory.

    All workers share what is read here. Of a large graph, a worker reads the names when a search comes:
    they take seconds, and most of the servers of large graphs are never searched.
    """
    own_query("rdf", "context-terms")
    all_queries()
    if store is not None and len(store) <= _SMALL:
        _ = names_of(store).finder


def work(store: Dataset, connection: socket.socket, options: wire.ForkServerOptions) -> None:
    """Answer jobs from *connection* until it closes, within the limits of *options*."""
    _warm_up(store)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    size = options.result_size * 1024 * 1024
    limits = _Limits(connection, size, grown + _GROWTH, options.counts_rows)
    limits.services = {each.iri: each for each in options.services}
    limits.is_merged = not (options.store or options.engines)
    next_job = _jobs(store, connection)
    connection.sendall(wire.pack(wire.READY, _state()))
    while (order := next_job()) is not None:
        try:
            _answer(store, limits, jobs.decode(order))
        except BrokenPipeError:
            return
        except GbaGraphError as problem:
            failure = (problem.name, problem.message, problem.details)
            connection.sendall(wire.pack(wire.FAILURE, msgspec.json.encode(failure)))


def _jobs(store: Dataset, connection: socket.socket) -> Callable[[], bytes | None]:
    """What gives the next job from *connection*; a store elsewhere is asked over it from now on."""
    if not isinstance(store, Elsewhere):
        return lambda: frame[1] if (frame := wire.receive(connection)) else None
    store.ask = asker = Asker(connection)

    def next_job() -> bytes | None:
        store.forget()
        return asker.next_job()

    return next_job


def _warm_up(store: Dataset) -> None:
    """Touch the memory that every query writes to, so that the first one need not copy those pages."""
    if isinstance(store, Elsewhere):
        return
    found = store.query("SELECT ?s { ?s ?p ?o } LIMIT 1")
    if isinstance(found, ox.QuerySolutions):
        found.serialize(format=ox.QueryResultsFormat.JSON)


def _answer(store: Dataset, limits: _Limits, job: Job) -> None:
    if isinstance(job, Query):
        _query(store, limits, job)
        return
    if jobs.needs_names(job):
        with limits.keeping():
            _ = names_of(store).finder
    writer = _Writer(limits, "graph", job.format("graph"))
    if isinstance(job, Dump):
        _dump(store, writer, job, is_merged=limits.is_merged)
    elif isinstance(job, Quads):
        _quads(store, writer, job)
    elif isinstance(job, JsonLdDocument):
        found: Any = store.query(job.text)
        writer.write(json_ld.document(job.iri, found, json_ld.context(store)))
    elif isinstance(job, Why):
        _why(store, writer, job)
    elif isinstance(job, Explain):
        _explain(store, limits, writer, job)
    elif isinstance(job, jobs.ByNames | Lookup | Counts):
        writer.write(_found(store, limits, job))
    elif isinstance(job, SyntaxCheck):
        writer.write(json.dumps([syntax_fault(text) for text in job.texts]).encode())
    else:
        writer.write(json_ld.context(store).as_json())
    writer.finish()


def _query(store: Dataset, limits: _Limits, job: Query) -> None:
    if job.references:
        with limits.keeping():
            job = msgspec.structs.replace(job, text=resolved(job.text, job.references, store))
    parsed = ParsedQuery(job.text)
    with _translated_errors(store, job.text), inferring(store, job.infer):
        dataset = view(store, parsed, job.default_graphs, job.named_graphs)
        query, dataset = _asked_of_others(store, limits, parsed, dataset)
        found = dataset.query(query.text)
        kind = results.kind_of(found)
        if job.evidence and kind != "solutions":
            raise rows.no_rows(kind)
        if job.page is not None:
            if not isinstance(found, ox.QueryBoolean):
                _page(store, _Writer(limits, "solutions", JSON), job, _Asked(dataset, query, found))
                return
            job = msgspec.structs.replace(job, labels=())
        written_in = results.format_for(job, kind)
        writer = _Writer(limits, kind, written_in)
        if isinstance(found, ox.QueryBoolean):
            results.write_boolean(found, written_in, writer.file)
        elif isinstance(found, ox.QuerySolutions) and job.evidence:
            names = [variable.value for variable in found.variables]
            for part in rows.results_json(store, dataset, query, names, writer.tally.of(found)):
                writer.write(part)
        elif isinstance(found, ox.QuerySolutions):
            results.write_solutions(
                found, written_in, writer.file, writer.tally, store, labels=job.labels
            )
        else:
            form = narrowed(written_in, GraphFormat).rdf_format
            ox.serialize(writer.tally.of(found), writer.file, form, prefixes=parsed.prefixes)
    if job.help:
        always = writer.tally.rows == 0 or parsed.may_lose_rows
        writer.name_help(job.help, written_in, always=always)
    writer.finish()


@contextmanager
def _translated_errors(store: Dataset, query: str) -> Iterator[None]:
    """Errors of the evaluation of *query*, as ours; what it is asked of may be elsewhere."""
    if isinstance(store, Elsewhere):
        with translated_errors(query), readable():
            yield
    else:
        with translated_errors(query):
            yield


def _require_query(query: ParsedQuery) -> None:
    """Raise QuerySyntaxError unless *query* is one: then an engine reads in it what we do."""
    try:
        query.require_valid()
    except SyntaxError as problem:
        raise syntax_error(query.text, str(problem)) from None
    except (OSError, RuntimeError, ValueError):
        return  # such as a function of that engine


def _asked_of_others(
    store: Dataset, limits: _Limits, query: ParsedQuery, dataset: View
) -> tuple[ParsedQuery, View]:
    """The query that is left, and of what to ask it, once other endpoints have answered their part."""
    is_elsewhere = isinstance(store, Elsewhere)
    if is_elsewhere:
        query = query.without_code_points
    if not limits.services or not query.calls_services:
        query = query.normalized
        if is_elsewhere:
            _require_query(query)
        return query, dataset
    query = query.standard
    # First what is wrong is found: nobody is called for a query that is none.
    query.require_valid()
    query, federated = evaluated(query, dataset, limits.services, limits.call)
    limits.connection.sendall(wire.pack(wire.SOURCES, messages.encode(federated.called)))
    return query, federated


class _Asked(NamedTuple):
    """A query, what it was asked of, and its answer, of which nothing has been read."""

    view: View
    query: ParsedQuery
    found: ox.QuerySolutions | Triples


def _page(store: Dataset, writer: _Writer, job: Query, asked: _Asked) -> None:
    """The page of rows that *job* wants."""
    explained = None
    if job.evidence and isinstance(asked.found, ox.QuerySolutions):
        names = [variable.value for variable in asked.found.variables]
        explained = partial(_evidence, store, asked, names)
    page = cast("Page", job.page)
    label = paging.finder(store, job.labels)
    for part in paging.written(asked.found, page, label, explained):
        writer.write(part)
    writer.finish()


def _evidence(
    store: Dataset, asked: _Asked, names: Sequence[str], solutions: Sequence[ox.QuerySolution]
) -> list[RowEvidence]:
    return rows.evidence(store, asked.view, asked.query, solutions, names)


def syntax_fault(query: str) -> tuple[str, int] | None:
    """What is wrong with *query*, and in which line; None for a valid query.

    It is evaluated on an empty store, which takes no time, and calls no other endpoint.
    """
    try:
        with translated_errors(query):
            ParsedQuery(query).require_valid()
    except GbaGraphError as problem:
        return problem.message, problem.details.get("line", 0)
    return None


def _dump(store: Dataset, writer: _Writer, job: Dump, *, is_merged: bool) -> None:
    written_in = narrowed(job.format("graph"), GraphFormat).rdf_format
    if job.graph == META.value:
        ox.serialize(published(store), writer.file, written_in, prefixes=dict(prefixes()))
    elif job.graph is not None:
        graph = graph_node(job.graph) if job.graph != DEFAULT_GRAPH else ox.DefaultGraph()
        store.dump(writer.file, written_in, from_graph=graph, prefixes=dict(prefixes()))
    elif not is_merged:
        store.dump(writer.file, written_in, prefixes=dict(prefixes()))
    else:
        ox.serialize(_own_quads(store), writer.file, written_in, prefixes=dict(prefixes()))


def _quads(store: Dataset, writer: _Writer, job: Quads) -> None:
    written_in = narrowed(job.format("graph"), GraphFormat)
    found: Any = store.query(job.text)
    quads = [
        ox.Quad(row["subject"], row["predicate"], row["object"], row["graph"] or ox.DefaultGraph())
        for row in found
    ]
    rows = quads if written_in.datasets else dict.fromkeys(quad.triple for quad in quads)
    ox.serialize(rows, writer.file, written_in.rdf_format, prefixes=dict(prefixes()))


def _why(store: Dataset, writer: _Writer, job: Why) -> None:
    proof = proofs_of(store).why(triple_of((job.subject, job.predicate, job.value)))
    is_text = job.media_type == TEXT.media_type
    written = writing.text(proof) if is_text else writing.json_text(proof)
    writer.write(written.encode())


def _explain(store: Dataset, limits: _Limits, writer: _Writer, job: Explain) -> None:
    services = tuple(limits.services.values())
    ask = partial(_asked_to_explain, store, limits)
    others = Services(services, ask if services and job.calls else None)
    with inferring(store, job.infer):
        found = diagnosing.explainer_of(store).diagnose(job.text, services=others)
    is_text = job.media_type == TEXT.media_type
    writer.write(diagnosing.text(found) if is_text else diagnosing.json_text(found))


def _asked_to_explain(store: Dataset, limits: _Limits, query: ParsedQuery) -> Asked:
    """What comes of the calls of *query*; the server is told who was called."""
    found = explained(query, store, limits.services, limits.call)
    limits.connection.sendall(wire.pack(wire.SOURCES, messages.encode(found.sources)))
    return found


def _found(store: Dataset, limits: _Limits, job: jobs.ByNames | Lookup | Counts) -> bytes:
    """What is found by names or by identifiers."""
    if isinstance(job, Lookup):
        return identifiers.lookup(store, job.iris, LabelFinder(store, job.labels))
    if isinstance(job, Search):
        return searching.search(store, **msgspec.structs.asdict(job))
    if isinstance(job, Meanings):
        return msgspec.json.encode(meanings(job.references, store))
    if isinstance(job, Reconcile):
        return reconciling.reconcile(store, job.queries)
    if isinstance(job, Extend):
        return extending.extend(store, job.ids, job.columns)
    if isinstance(job, Counts):
        found = msgspec.json.encode(indexed.counts())
    else:
        found = completions.document(store, limits.services.values())
    return found


def _own_quads(store: Dataset) -> Any:  # noqa: ANN401  an iterator of quads
    """All quads as loaded: the merge in the default graph is left out, since loading makes it again."""
    yield from own_default_quads(store)
    for graph in sorted(store.named_graphs(), key=str):
        yield from store.quads_for_pattern(None, None, None, graph)
