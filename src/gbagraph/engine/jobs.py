"""Jobs: what a worker can do, as typed values that are the same on both sides of the wire; and answers.

A module that declares a job is light: the server process imports it too. Where the function is that
evaluates it, the job says by its name; a fork server imports that before it forks. The kernel's own jobs
are here: to ask a query, to write what is in a graph, to check queries.
"""

from __future__ import annotations

from collections import deque
from functools import reduce
from importlib import import_module
from operator import or_
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple, Protocol, Self
from urllib.parse import quote, urlencode

import msgspec

from gbagraph.feature import hook, resolve
from gbagraph.rdf import result_formats
from gbagraph.rdf.formats import JSON, Explained, Kind
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.sparql.terms import Reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gbagraph.engine.worker import Work
    from gbagraph.rdf.dataset import Dataset
    from gbagraph.rdf.formats import Format
    from gbagraph.sparql.sources import Source


_LONGEST_LINK: Final = 2000
"""Characters of the longest link in a header field: some proxies refuse more."""

_classes: Final[dict[str, type[Job]]] = {}
"""All kinds of jobs by their names."""


class Job(msgspec.Struct, frozen=True, tag=True):
    """A job; equal jobs have equal answers, as long as the data are the same."""

    evaluator: ClassVar[str] = ""
    """The function that evaluates it in a worker, called with the job and the Work: ``module:name``."""
    is_by_names: ClassVar[bool] = False
    """Whether it is done by the names of the data, and takes little time once these are read."""
    is_page: ClassVar[bool] = False
    """Whether it makes a page of what was given to it alone, and so is done by a renderer."""

    def __init_subclass__(cls) -> None:
        _classes[cls.__name__] = cls

    def format(self, kind: Kind) -> Format:
        """Return the format in which a result of this *kind* is written; KeyError if there is none."""
        return result_formats.of(kind, getattr(self, "media_type", "application/ld+json"))

    @property
    def needs_names(self) -> bool:
        """Whether a worker needs the names of the data for it."""
        return self.is_by_names

    @property
    def is_by_index(self) -> bool:
        """Whether the answer is another once there is an index of names."""
        return self.needs_names

    @property
    def calls_services(self) -> bool:
        """Whether it is of a query that has SERVICE in it, and calls."""
        return False

    @classmethod
    def prepare(cls, store: Dataset | None) -> None:  # noqa: ARG003  for those that read it
        """Import and read what workers need, before any is forked: they cannot open files.

        *store* is the data, None where only a worker can open them.
        """
        if cls.evaluator:
            resolve(cls.evaluator)

    def run(self, work: Work) -> None:
        """Evaluate it in a worker, and send the answer."""
        if self.needs_names:
            work.read_names()
        resolve(self.evaluator)(self, work)


class JsonJob(Job, frozen=True):
    """A job whose result is JSON of ours."""

    def format(self, kind: Kind) -> Format:  # noqa: ARG002  it has no result of another kind
        """Return the format of the result."""
        return JSON


encode = msgspec.msgpack.Encoder().encode
"""A job as bytes; equal jobs give equal bytes."""


class Decoder:
    """Reads jobs from bytes: those that *modules* declare, which are imported."""

    def __init__(self, modules: Iterable[str]) -> None:
        for module in modules:
            import_module(module)
        self.jobs = tuple(each for each in _classes.values() if each.evaluator)
        self.decode = msgspec.msgpack.Decoder(reduce(or_, self.jobs)).decode
        """The job from its bytes."""

    def prepare(self, store: Dataset | None) -> None:
        """Import and read what workers need for any of the jobs."""
        for job in self.jobs:
            job.prepare(store)


DEFAULT_GRAPH: Final = ""
"""Name of the default graph in a Dump; no IRI is empty."""

POINTS: Final = (
    *("references", "row evidence", "page evidence", "evidence refused"),
    *("service", "service explained", "names"),
)
"""The extension points that workers use."""


class Page(msgspec.Struct, frozen=True):
    """Which rows of an answer: *size* of them after the first *offset*.

    *order* names the column by which they are sorted, with a minus sign before it for the reverse;
    *find* is a text that some cell contains, in any case. If both are empty: all rows, as they come.
    Where it *counts*, it also says how many rows there are; else no row after the next is read.
    """

    size: int
    offset: int = 0
    order: str = ""
    find: str = ""
    counts: bool = True


class QueryJob(Job, frozen=True):
    """A job that evaluates the query *text*: what that calls may change the answer."""

    text: str


class Query(QueryJob, frozen=True):
    """Evaluate a query.

    ``formats`` maps each kind of result to the media type in which to write it; a result of a kind that
    is missing cannot be written. ``default_graphs`` and ``named_graphs`` are the dataset that the
    request gives (SPARQL 1.1 Protocol, section 2.1.4): both None, or both given. ``infer`` says whether
    the default graph of the dataset contains the inferred triples; None leaves that to the server. With
    ``evidence``, each row of a SELECT query comes with what it rests on, ``"brief"`` in short. ``help``
    is where queries are explained, relative to the address of the results: an answer without rows names
    :attr:`help_address` in its head.
    ``labels`` are the languages, the preferred first, of labels to stand beside the IRIs of rows.

    With a ``page``, only that part of the rows is written, in results JSON; the triples of a graph are
    rows there too.

    ``references`` are the values of parameters that only the data can check. Each must name a thing, by
    its IRI or by its label, or be one of the values that another query finds; in place of a label, the
    IRI is bound.
    """

    evaluator: ClassVar[str] = "gbagraph.engine.evaluation:answer"

    formats: dict[Kind, str]
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    infer: bool | None = None
    evidence: Explained = False
    help: str = ""
    references: tuple[Reference, ...] = ()
    labels: tuple[str, ...] = ()
    page: Page | None = None

    def format(self, kind: Kind) -> Format:
        """Return the format requested for a result of this *kind*."""
        return result_formats.of(kind, self.formats[kind])

    @property
    def needs_names(self) -> bool:
        """Whether a parameter is given by a label."""
        return any(reference.is_label for reference in self.references)

    @property
    def calls_services(self) -> bool:
        """Whether it has SERVICE in it."""
        return ParsedQuery(self.text).calls_services

    @property
    def help_address(self) -> str:
        """The address at which it is explained, relative to that of its results.

        What would be too long for a header field is left out: there, the query is to be sent by POST.
        """
        if len(self.text) > _LONGEST_LINK:
            return (
                self.help
            )  # encoding the values of a bound join would take longer than all else here
        parameters = [
            ("query", self.text),
            *[("infer", str(self.infer).lower())] * (self.infer is not None),
            *(("default-graph-uri", graph) for graph in self.default_graphs or ()),
            *(("named-graph-uri", graph) for graph in self.named_graphs or ()),
        ]
        address = f"{self.help}?{urlencode(parameters, quote_via=quote)}"
        return address if len(address.removeprefix("../")) <= _LONGEST_LINK else self.help

    @classmethod
    def prepare(cls, store: Dataset | None) -> None:
        """Import the evaluation, and what features add to it."""
        super().prepare(store)
        for name in POINTS:
            hook(name)

    def run(self, work: Work) -> None:
        """Evaluate it in a worker, and send the answer; names are read where a value is one."""
        resolve(self.evaluator)(self, work)


class _Bindable(Protocol):
    def bind_references(
        self, given: Iterable[tuple[str, object]], /
    ) -> tuple[str, Sequence[Reference]]: ...


def canned_query(
    query: _Bindable, given: Iterable[tuple[str, object]], formats: dict[Kind, str]
) -> Query:
    """Return the job for a canned query with the values *given*.

    Raises:
        BadParameter: a value is not of its type; of one that means a thing, only the data can say that.
    """
    text, references = query.bind_references(given)
    return Query(text, formats, references=tuple(references))


class Dump(Job, frozen=True):
    """Write one graph, or the whole dataset if *graph* is None."""

    evaluator: ClassVar[str] = "gbagraph.engine.evaluation:dump"

    graph: str | None
    media_type: str


class Quads(Job, frozen=True):
    """Write the solutions of a SELECT query as RDF: ?subject, ?predicate, ?object and ?graph.

    A quad with ?graph unbound is in the default graph. A format without named graphs gets triples.
    """

    evaluator: ClassVar[str] = "gbagraph.engine.evaluation:quads"

    text: str
    media_type: str


class SyntaxCheck(Job, frozen=True):
    """Parse *texts* as queries. The answer is a JSON list that says what is wrong with each.

    An entry is null for a valid query, else a sentence and a line number (from 1; 0 if not known).
    """

    evaluator: ClassVar[str] = "gbagraph.engine.evaluation:check"

    texts: tuple[str, ...]


class Evaluation(Protocol):
    """What writes a large answer."""

    rows: int | None

    async def read(self) -> bytes | None:
        """Return the next block; None at the end."""

    def close(self) -> None:
        """Release what it holds."""


class Timing(NamedTuple):
    """Where the time of an answer went, in seconds.

    It was *queued* until a worker had the job, and *evaluated* until it was whole or, of a large one,
    until its first bytes could be sent; *processor* is the processor time of a whole one.
    """

    queued: float
    evaluated: float
    processor: float = 0.0


class Answer(msgspec.Struct):
    """An answer: all of it in *body*, or, if it is large, block by block, by iterating over it.

    If the evaluation fails after the first blocks, the iteration raises, and the sender must break the
    connection, so that no truncated answer is taken for a complete one. :meth:`close` releases what a
    large answer holds; at the time limit this happens in any case. *sources* are the other endpoints
    that were called for it.
    """

    format: Format
    body: bytes = b""
    execution: Evaluation | None = None
    calls_for_help: bool = False
    sources: tuple[Source, ...] = ()
    timing: Timing | None = None
    counted: int | None = None
    buffered: deque[bytes] = msgspec.field(default_factory=deque)

    @property
    def is_whole(self) -> bool:
        """Whether *body* is the whole answer."""
        return self.execution is None

    @property
    def rows(self) -> int | None:
        """Its rows or triples; None before all of it is there, and where they are not counted."""
        return self.counted if self.execution is None else self.execution.rows

    async def read(self) -> bytes:
        """All of it; what the answer holds is released, also if its evaluation fails."""
        try:
            return b"".join([self.body, *[block async for block in self]])
        finally:
            self.close()

    def close(self) -> None:
        """Release what the answer holds; does nothing for a whole answer, or the second time."""
        self.buffered.clear()
        if self.execution is not None:
            self.execution.close()

    def __aiter__(self) -> Self:
        """The blocks of a large answer."""
        return self

    async def __anext__(self) -> bytes:
        """The next block."""
        if self.buffered:
            return self.buffered.popleft()
        block = None if self.execution is None else await self.execution.read()
        if block is None:
            raise StopAsyncIteration
        return block
