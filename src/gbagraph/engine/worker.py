"""The worker process: read a job, evaluate it, write the answer to the socket, and again.

A result of pyoxigraph must be used and dropped on the thread that made it, and it is lazy: an error may
come after the first bytes. So evaluation and writing happen together, here, and only the frame END (or
WHOLE) says that an answer is complete.
"""

from __future__ import annotations

import re
import resource
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final, Protocol, TypeVar, cast

import msgspec

from gbagraph.engine import wire
from gbagraph.errors import GbaGraphError, NotAcceptable, ResultTooLarge
from gbagraph.feature import hook
from gbagraph.rdf.dataset import access

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Iterator

    from gbagraph.rdf.dataset import Dataset
    from gbagraph.rdf.formats import Format, Kind, Scan
    from gbagraph.sparql.sources import Source

_NOT_IN_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_BLOCK = 64 * 1024
_GROWTH = 64 * 1024
"""By how much ru_maxrss (kilobytes; bytes on macOS) may grow before a worker has to be replaced."""

_MEGABYTE: Final = 1024 * 1024
VERSIONS: Final = "/versions/"
"""What follows the server's address in the IRI of a version of its own."""

_Item = TypeVar("_Item")

_encode_sources = msgspec.msgpack.Encoder().encode


class Runnable(Protocol):
    """A job."""

    def format(self, kind: Kind, /) -> Format:
        """Return the format in which a result of this *kind* is written."""

    def run(self, work: Work, /) -> None:
        """Evaluate it, and send the answer."""


class Work:
    """What a job has of its worker: the data, limits, the writer of its answer, exchanges.

    *services* are the endpoints that may be called, by IRI, *rules* how *store* is asked. Its default
    graph *is_merged* from named graphs, but for a store or an engine.
    """

    def __init__(
        self,
        store: Dataset,
        connection: socket.socket,
        options: wire.WorkerOptions,
        *,
        is_merged: bool = True,
    ) -> None:
        self.store, self.is_merged = store, is_merged
        self.rules = access(store)
        self.frames = wire.Reader(connection)
        self.services = {each.iri: each for each in options.services}
        is_for_others = any(not each.version for each in options.services)
        self.bases = (
            set() if is_for_others else {iri.partition(VERSIONS)[0] for iri in self.services}
        )
        self._connection = connection
        self._max_size = options.result_size * _MEGABYTE
        self._counts_rows = options.counts_rows
        self._retire_at = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + _GROWTH

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """What is read here for good, such as names, needs memory, which is no reason to retire."""
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            yield
        finally:
            self._retire_at += resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    def read_names(self) -> None:
        """Read the names of the data, if they are not read yet."""
        if (names := hook("names")) is not None:
            with self.keeping():
                _ = names(self.store).finder

    def writer(self, written_in: Format, kind: Kind = "graph") -> Writer:
        """Return the writer of the answer, a result of this *kind*; it must be finished."""
        limits = (self._max_size, self._retire_at)
        return Writer(self._connection, kind, written_in, limits, counts_rows=self._counts_rows)

    def send(self, job: Runnable, body: bytes) -> None:
        """Send the answer to *job*."""
        writer = self.writer(job.format("graph"))
        writer.write(body)
        writer.finish()

    def exchange(self, kind: bytes, payload: bytes, replies: int) -> list[bytes]:
        """Send the server a frame, and wait for that number of *replies*."""
        self._connection.sendall(wire.pack(kind, payload))
        return [self._reply() for _ in range(replies)]

    def _reply(self) -> bytes:
        frame = self.frames.read()
        if frame is None:
            raise BrokenPipeError  # the server is gone, or wants this no more
        return frame[1]

    def note_sources(self, sources: Iterable[Source]) -> None:
        """Have the answer name the endpoints that were called for it."""
        self._connection.sendall(wire.pack(wire.SOURCES, _encode_sources(sources)))


class Writer:
    """A file object that sends what is written to it: short answers whole, long ones in blocks.

    *limits* are the most bytes of an answer, and the memory use at which the worker is to retire.
    """

    def __init__(
        self,
        connection: socket.socket,
        kind: Kind,
        written_in: Format,
        limits: tuple[int, int],
        *,
        counts_rows: bool,
    ) -> None:
        self.format = written_in
        self.tally = Tally(scans=counts_rows)
        self._connection = connection
        self._max_size, self._retire_at = limits
        self._kind = kind[:1].encode()
        self._is_xml = "xml" in written_in.media_type
        self._written = 0
        self._has_begun = False
        self._blocks: list[bytes] = []
        self._size = 0

    @property
    def file(self) -> IO[bytes]:
        """The same object, typed for functions that only write and flush."""
        return cast("IO[bytes]", self)

    def write(self, data: bytes) -> int:
        """Take *data*; raises ResultTooLarge beyond the limit."""
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

    def can_name_help(self, *, always: bool) -> bool:
        """Whether it is an answer without rows, or *always*, of which nothing is sent yet."""
        if self._has_begun:
            return False
        return always or self.format.has_no_rows(b"".join(self._blocks))

    def name_help(self, link: str) -> None:
        """Name *link* in the head of the answer."""
        self._kind = self._kind.upper()
        self._blocks = [self.format.with_link(b"".join(self._blocks), link)]
        self._size = len(self._blocks[0])

    def flush(self) -> None:
        """Do nothing: blocks are sent when they are full, and at the end."""

    def finish(self) -> None:
        """Send the rest, and that the answer is complete."""
        state = _state(self._kind, self._retire_at, self.tally.rows)
        if self._has_begun:
            if self._blocks:
                self._send()
            self._connection.sendall(wire.pack(wire.END, state))
        else:
            size = wire.STATE.size + self._size
            head = wire.HEADER.pack(wire.WHOLE, size) + state
            self._connection.sendall(b"".join([head, *self._blocks]))

    def _send(self) -> None:
        data = wire.pack(wire.DATA, b"".join(self._blocks))
        if not self._has_begun:
            data = wire.pack(wire.HEAD, _state(self._kind, self._retire_at)) + data
        self._connection.sendall(data)
        self._has_begun, self._blocks, self._size = True, [], 0


class Tally:
    """Counts the *rows* of one answer; None while nothing is counted."""

    def __init__(self, *, scans: bool) -> None:
        self.rows: int | None = None
        self.scans = scans
        """Whether what the engine writes is to be counted."""

    def of(self, items: Iterable[_Item]) -> Iterator[_Item]:
        """The same *items*, counted."""
        self.rows = 0
        for item in items:
            self.rows += 1
            yield item

    def through(self, file: IO[bytes], scan: Scan) -> IO[bytes]:
        """Return a file for rows that the engine writes; *scan* counts them on their way to *file*."""
        self.rows = 0
        return cast("IO[bytes]", _Counting(self, file, scan))

    def add(self, count: int) -> None:
        """Count more rows."""
        self.rows = (self.rows or 0) + count


class _Counting:
    """A file object that passes on what is written to it."""

    def __init__(self, tally: Tally, file: IO[bytes], scan: Scan) -> None:
        self._tally, self._file, self._scan = tally, file, scan

    def write(self, data: bytes) -> int:
        self._tally.add(self._scan(data))
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()


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
    match = _NOT_IN_XML.search(data)
    if match is not None:
        raise NotAcceptable(
            f"The result contains the character U+{ord(match[0].decode()):04X}, which XML does not "
            "allow. Ask for JSON, or for Turtle or N-Triples if the result is a graph.",
            available=["application/sparql-results+json", "text/turtle", "application/n-triples"],
        )
    return data.replace(b"\r", b"&#13;")


def work(
    store: Dataset,
    connection: socket.socket,
    options: wire.WorkerOptions,
    decode: Callable[[bytes], Runnable],
    *,
    is_merged: bool = True,
) -> None:
    """Answer the jobs that come over *connection* until it closes, within the limits of *options*."""
    own = Work(store, connection, options, is_merged=is_merged)
    own.rules.warm_up(store)
    own.rules.open(connection, own.frames)
    connection.sendall(wire.pack(wire.READY, _state()))
    while (frame := own.frames.read()) is not None:
        if frame[0] != wire.JOB:
            continue  # it is left of an exchange that was not read to its end
        if own.rules.is_far:
            own.rules.begin_job()
        try:
            decode(frame[1]).run(own)
        except BrokenPipeError:
            return
        except GbaGraphError as problem:
            failure = (problem.name, problem.message, problem.details)
            connection.sendall(wire.pack(wire.FAILURE, msgspec.json.encode(failure)))
