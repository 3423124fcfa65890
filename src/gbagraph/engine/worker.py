"""A worker's life: take a job, evaluate it, write the answer to the socket, take the next.

Results of the engine must be used and dropped on the thread that made them, and they are lazy: an
error may come after the first bytes. So evaluation and writing happen here, in one place, and the
frame END alone says that an answer is whole.
"""

from __future__ import annotations

import json
import re
import resource
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

import pyoxigraph as ox

from gbagraph import json_ld
from gbagraph.dataset import own_default_quads
from gbagraph.engine import frames
from gbagraph.engine.diagnosis import syntax_error
from gbagraph.engine.jobs import (
    DEFAULT_GRAPH,
    Document,
    Dump,
    Job,
    Quads,
    Query,
    from_json,
)
from gbagraph.engine.mending import mended
from gbagraph.errors import (
    EvaluationError,
    GbaGraphError,
    NotAcceptable,
    RemoteEndpointError,
    ResultTooLarge,
)
from gbagraph.formats import OFFERS, Kind
from gbagraph.sparql_text import dataset_clauses, declared_prefixes
from gbagraph.vocabulary import BASE_IRI, PREFIXES

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

_NOT_IN_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_BLOCK = 64 * 1024
_GROWTH = 64 * 1024
"""By how much ru_maxrss (kilobytes; bytes on macOS) may grow before a worker asks to be replaced."""


class _Limits(NamedTuple):
    """Where a worker's answers go, their largest size in bytes, and the size it may grow to."""

    connection: socket.socket
    most: int
    tired_at: int


class _Writer:
    """A file object that sends what is written: a small answer at once, a longer one in blocks."""

    def __init__(self, limits: _Limits, content_type: str) -> None:
        self._connection = limits.connection
        self._most = limits.most
        self._tired_at = limits.tired_at
        self._xml = "xml" in content_type
        self._written = 0
        self._content_type = content_type.encode()
        self._begun = False
        self._block: list[bytes] = []
        self._size = 0

    @property
    def file(self) -> IO[bytes]:
        """The same, for a function that only writes and flushes."""
        return cast("IO[bytes]", self)

    def write(self, data: bytes) -> int:
        taken = len(data)
        if self._xml:
            data = _in_xml(data)
        self._block.append(data)
        self._size += len(data)
        self._written += len(data)
        if self._written > self._most:
            raise ResultTooLarge(
                f"The result is larger than {self._most} bytes, the most that this server sends. "
                "Ask for less of it at a time, with LIMIT and OFFSET over a total order.",
                limit=self._most,
            )
        if self._size >= _BLOCK:
            self._send()
        return taken

    def flush(self) -> None:
        """Nothing: blocks are sent when they are full, and at the end."""

    def finish(self) -> None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        state = _state(used, tired=used.ru_maxrss > self._tired_at)
        if self._begun:
            if self._block:
                self._send()
            self._connection.sendall(frames.pack(frames.END, state))
        else:
            whole = b"".join([state, self._content_type, b"\n", *self._block])
            self._connection.sendall(frames.pack(frames.WHOLE, whole))

    def _send(self) -> None:
        data = frames.pack(frames.DATA, b"".join(self._block))
        if not self._begun:
            data = frames.pack(frames.HEAD, self._content_type) + data
        self._connection.sendall(data)
        self._begun, self._block, self._size = True, [], 0


def _in_xml(data: bytes) -> bytes:
    """*data* as XML can carry it: a carriage return by reference, for a parser would lose it.

    Raises:
        NotAcceptable: a literal holds a character that XML 1.0 (section 2.2) does not have.
    """
    found = _NOT_IN_XML.search(data)
    if found is not None:
        raise NotAcceptable(
            f"The result holds the character U+{ord(found[0].decode()):04X}, which XML cannot carry. "
            "Ask for JSON, or for Turtle or N-Triples where the result is a graph.",
            available=["application/sparql-results+json", "text/turtle", "application/n-triples"],
        )
    return data.replace(b"\r", b"&#13;")


def _state(used: resource.struct_rusage, *, tired: bool) -> bytes:
    return frames.STATE.pack(used.ru_utime + used.ru_stime, tired)


def work(store: ox.Store, connection: socket.socket, megabytes: int) -> None:
    """Answer jobs from *connection* until it closes, each with at most *megabytes* of result."""
    _warm_up(store)
    used = resource.getrusage(resource.RUSAGE_SELF)
    limits = _Limits(connection, megabytes * 1024 * 1024, used.ru_maxrss + _GROWTH)
    connection.sendall(frames.pack(frames.READY, _state(used, tired=False)))
    while (frame := frames.receive(connection)) is not None:
        try:
            _answer(store, limits, from_json(frame[1]))
        except BrokenPipeError:
            return
        except GbaGraphError as problem:
            connection.sendall(frames.pack(frames.FAILURE, _as_json(problem)))


def _warm_up(store: ox.Store) -> None:
    """Touch what every query touches: a forked process gets its own copy of a page when it writes it."""
    found = store.query("SELECT ?s { ?s ?p ?o } LIMIT 1")
    if isinstance(found, ox.QuerySolutions):
        found.serialize(format=ox.QueryResultsFormat.JSON)


def _as_json(problem: GbaGraphError) -> bytes:
    fields = {"name": problem.name, "message": problem.message, "details": problem.details}
    return json.dumps(fields).encode()


def _answer(store: ox.Store, limits: _Limits, job: Job) -> None:
    if isinstance(job, Query):
        _query(store, limits, job)
        return
    writer = _Writer(limits, job.content_type)
    if isinstance(job, Dump):
        _dump(store, writer, job)
    elif isinstance(job, Quads):
        _quads(store, writer, job)
    elif isinstance(job, Document):
        found: Any = store.query(job.text)
        writer.write(json_ld.document(job.iri, found, json_ld.context(store)))
    else:
        writer.write(json_ld.context(store).as_json())
    writer.finish()


def _query(store: ox.Store, limits: _Limits, job: Query) -> None:
    try:
        found = _evaluate(store, job)
        content_type, extension = _format(job, found)
        writer = _Writer(limits, content_type)
        if isinstance(found, ox.QueryBoolean):
            _boolean(found, extension, writer)
        elif isinstance(found, ox.QuerySolutions):
            found.serialize(writer.file, ox.QueryResultsFormat.from_extension(extension))
        else:
            _triples(found, extension, declared_prefixes(job.text), writer)
    except SyntaxError as problem:
        raise syntax_error(job.text, str(problem)) from None
    except BrokenPipeError:
        raise
    except (OSError, RuntimeError, ValueError) as problem:
        raise _explained(problem) from None
    writer.finish()


def _explained(problem: OSError | RuntimeError | ValueError) -> GbaGraphError:
    """What an exception of the engine's means."""
    if "RDF 1.2" in str(problem):
        return NotAcceptable(
            f"The result cannot be written in this format: {problem}. Ask for Turtle or N-Triples.",
            available=["text/turtle", "application/n-triples", "application/trig"],
        )
    if isinstance(problem, OSError):
        return RemoteEndpointError(
            "The query calls another endpoint with SERVICE, which this server does not do. Ask "
            "both endpoints from the client, or call this one from there with SERVICE."
        )
    return EvaluationError(f"The engine could not evaluate the query: {problem}")


def _evaluate(store: ox.Store, job: Query) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    """Evaluate over the protocol's dataset, else the query's own, else all.

    Given at all, the protocol's dataset is the whole dataset: what it leaves out is empty. A
    default graph of several graphs is their merge (SPARQL 1.1, section 13.2); the engine would
    return a triple once for each graph, so the merge is made first.
    """
    query = mended(job.text)
    given = job.default_graphs is not None
    default, named = (
        (job.default_graphs or (), job.named_graphs or ())
        if given
        else dataset_clauses(job.text, BASE_IRI)
    )
    graphs: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph]
    if len(set(default)) > 1:
        store, graphs = _merged(store, default, named), [ox.DefaultGraph()]
    elif given:
        graphs = [ox.NamedNode(iri) for iri in default]
    else:
        return store.query(query, base_iri=BASE_IRI)
    names: list[ox.NamedNode | ox.BlankNode] = [ox.NamedNode(iri) for iri in named]
    return store.query(query, base_iri=BASE_IRI, default_graph=graphs, named_graphs=names)


def _merged(store: ox.Store, default: Sequence[str], named: Sequence[str]) -> ox.Store:
    """A store whose default graph is the merge of *default*, with the graphs *named* as they are."""
    merged = ox.Store()
    for iri in default:
        quads = store.quads_for_pattern(None, None, None, ox.NamedNode(iri))
        merged.extend(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    for iri in named:
        merged.extend(store.quads_for_pattern(None, None, None, ox.NamedNode(iri)))
    return merged


def _format(job: Query, found: object) -> tuple[str, str]:
    kind: Kind = "graph"
    if isinstance(found, ox.QuerySolutions):
        kind = "solutions"
    elif isinstance(found, ox.QueryBoolean):
        kind = "boolean"
    if kind not in job.formats:
        available = [offer.media_type for offer in OFFERS[kind] if offer.standard]
        form = {"solutions": "SELECT", "boolean": "ASK", "graph": "CONSTRUCT or DESCRIBE"}[kind]
        raise NotAcceptable(
            f"The Accept header admits no format in which the result of a {form} query can be "
            f"written. Available: {', '.join(available)}.",
            available=available,
        )
    return job.formats[kind]


def _boolean(found: ox.QueryBoolean, extension: str, writer: _Writer) -> None:
    if extension == "boolean":
        writer.write(b"true" if found else b"false")
    else:
        found.serialize(writer.file, ox.QueryResultsFormat.from_extension(extension))


def _triples(
    found: ox.QueryTriples, extension: str, prefixes: dict[str, str], writer: _Writer
) -> None:
    rdf_format = ox.RdfFormat.from_extension(extension)
    ox.serialize(found, writer.file, rdf_format, prefixes=prefixes)


def _dump(store: ox.Store, writer: _Writer, job: Dump) -> None:
    rdf_format = ox.RdfFormat.from_extension(job.extension)
    if job.graph is not None:
        graph = ox.NamedNode(job.graph) if job.graph != DEFAULT_GRAPH else ox.DefaultGraph()
        store.dump(writer.file, rdf_format, from_graph=graph, prefixes=dict(PREFIXES))
    else:
        ox.serialize(_own_quads(store), writer.file, rdf_format, prefixes=dict(PREFIXES))


def _quads(store: ox.Store, writer: _Writer, job: Quads) -> None:
    rdf_format = ox.RdfFormat.from_extension(job.extension)
    found: Any = store.query(job.text)
    quads = [
        ox.Quad(row["subject"], row["predicate"], row["object"], row["graph"] or ox.DefaultGraph())
        for row in found
    ]
    apart = rdf_format is not None and rdf_format.supports_datasets
    triples = dict.fromkeys(quad.triple for quad in quads)
    ox.serialize(quads if apart else triples, writer.file, rdf_format, prefixes=dict(PREFIXES))


def _own_quads(store: ox.Store) -> Any:  # noqa: ANN401  an iterator of pyoxigraph's quads
    """All quads as loaded: the merge in the default graph is left out, so reloading makes it again."""
    yield from own_default_quads(store)
    for graph in sorted(store.named_graphs(), key=str):
        yield from store.quads_for_pattern(None, None, None, graph)
