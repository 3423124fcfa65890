"""Jobs: what a worker can do, as typed values that are the same on both sides of the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from gbagraph.engine.paging import Page  # noqa: TC001  msgspec reads the annotations
from gbagraph.explain.extending import Column  # noqa: TC001  msgspec reads the annotations
from gbagraph.explain.reconciling import NameQuery  # noqa: TC001  msgspec reads the annotations
from gbagraph.queries.parameters import Reference  # noqa: TC001  msgspec reads the annotations
from gbagraph.rdf import formats
from gbagraph.rdf.formats import JSON, TEXT, Kind
from gbagraph.sparql.parsed import ParsedQuery

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.queries.canned import CannedQuery
    from gbagraph.rdf.format import Format

DEFAULT_GRAPH: Final = ""
"""Name of the default graph in a Dump; no IRI is empty."""


class _Job(msgspec.Struct, frozen=True, tag=True):
    def format(self, kind: Kind) -> Format:
        """The format in which a result of this *kind* is written; raises KeyError if there is none."""
        return formats.of(kind, getattr(self, "media_type", "application/ld+json"))


class _JsonJob(_Job, frozen=True):
    """A job whose result is JSON of ours."""

    def format(self, kind: Kind) -> Format:  # noqa: ARG002  it has no result of another kind
        """The format of the result."""
        return JSON


class Query(_Job, frozen=True):
    """Evaluate a query.

    ``formats`` maps each kind of result to the media type in which to write it; a result of a kind that
    is missing cannot be written. ``default_graphs`` and ``named_graphs`` are the dataset that the
    request gives (SPARQL 1.1 Protocol, section 2.1.4): both None, or both given. ``infer`` says whether
    the default graph of the dataset contains the inferred triples; None leaves that to the server. With
    ``evidence``, each row of a SELECT query comes with what it rests on, in results JSON. ``help`` is
    the address, relative to that of the results, which an answer without rows names in its head.
    ``labels`` are the languages, the preferred first, of labels to stand beside the IRIs of rows.

    With a ``page``, only that part of the rows is written, in results JSON; the triples of a graph are
    rows there too.

    ``references`` are the values of parameters that only the data can check. Each must name a thing, by
    its IRI or by its label, or be one of the values that another query finds; in place of a label, the
    IRI is bound.
    """

    text: str
    formats: dict[Kind, str]
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    infer: bool | None = None
    evidence: bool = False
    help: str = ""
    references: tuple[Reference, ...] = ()
    labels: tuple[str, ...] = ()
    page: Page | None = None

    def format(self, kind: Kind) -> Format:
        """The format requested for a result of this *kind*."""
        return formats.of(kind, self.formats[kind])


def canned_query(
    query: CannedQuery, given: Iterable[tuple[str, object]], formats: dict[Kind, str]
) -> Query:
    """The job for a canned query with the values *given*.

    Raises:
        BadParameter: a value is not of its type; of one that means a thing, only the data tell.
    """
    text, references = query.bind_references(given)
    return Query(text, formats, references=references)


class Dump(_Job, frozen=True):
    """Write one graph, or the whole dataset if *graph* is None."""

    graph: str | None
    media_type: str


class Quads(_Job, frozen=True):
    """Write the solutions of a SELECT query as RDF: ?subject, ?predicate, ?object and ?graph.

    A quad with ?graph unbound is in the default graph. A format without named graphs gets triples.
    """

    text: str
    media_type: str


class JsonLdDocument(_Job, frozen=True):
    """Write the result of a CONSTRUCT query as a JSON-LD document about *iri*."""

    text: str
    iri: str


class JsonLdContext(_Job, frozen=True):
    """Write the JSON-LD context of the ontology."""


class SyntaxCheck(_Job, frozen=True):
    """Parse *texts* as queries. The answer is a JSON list that says what is wrong with each.

    An entry is null for a valid query, else a sentence and a line number (from 1; 0 if not known).
    """

    texts: tuple[str, ...]


class Why(_Job, frozen=True):
    """Prove a triple, whose terms are in N-Triples syntax, as JSON or as text."""

    subject: str
    predicate: str
    value: str
    media_type: str = JSON.media_type

    def format(self, kind: Kind) -> Format:  # noqa: ARG002  it has no result of another kind
        """The format of the proof."""
        return TEXT if self.media_type == TEXT.media_type else JSON


class Explain(_Job, frozen=True):
    """Find what is wrong or misleading in a query, as JSON or as text.

    With *calls*, the endpoints that it calls with SERVICE are asked, to tell what comes of that.
    """

    text: str
    infer: bool | None = None
    media_type: str = JSON.media_type
    calls: bool = True

    def format(self, kind: Kind) -> Format:  # noqa: ARG002  it has no result of another kind
        """The format of the diagnostics."""
        return TEXT if self.media_type == TEXT.media_type else JSON


class Search(_JsonJob, frozen=True):
    """Look up what *text* may mean, as JSON: at most *limit* results after the first *offset*.

    Only those of *kinds* count, if any are named. With *of_each*, the limit is that of each kind.
    """

    text: str
    limit: int = 10
    offset: int = 0
    kinds: tuple[str, ...] = ()
    of_each: bool = False


class Meanings(_JsonJob, frozen=True):
    """Say which thing each of *references* means, or which it may mean, as a JSON list."""

    references: tuple[Reference, ...]


class Lookup(_JsonJob, frozen=True):
    """Say which things each of *iris* is or is linked to, as JSON, with labels in *labels*."""

    iris: tuple[str, ...]
    labels: tuple[str, ...] = ()


class Reconcile(_JsonJob, frozen=True):
    """Give the candidates for each of *queries*, as a JSON list of lists."""

    queries: tuple[NameQuery, ...]


class Extend(_JsonJob, frozen=True):
    """Give the values of *columns* for the things *ids*, as JSON."""

    ids: tuple[str, ...]
    columns: tuple[Column, ...]


class Counts(_JsonJob, frozen=True):
    """Give the triples of each property and the things of each class, from the index, as JSON.

    ``properties`` and ``classes`` are lists of IRIs with numbers. Where they are not known, ``index``
    says why: it is ``building`` or ``off``, or empty where there is none.
    """


class Completions(_JsonJob, frozen=True):
    """Write everything that an editor of queries needs to complete what is typed, as JSON."""


Job = (
    Query
    | Dump
    | Quads
    | JsonLdDocument
    | JsonLdContext
    | SyntaxCheck
    | Why
    | Explain
    | Search
    | Meanings
    | Lookup
    | Reconcile
    | Extend
    | Completions
    | Counts
)

ByNames = Search | Meanings | Reconcile | Extend | Completions
"""Jobs that are done by the names of the data, and take little time once these are read."""


def needs_names(job: Job) -> bool:
    """Whether a worker needs the names of the data for *job*."""
    if isinstance(job, Query):
        return any(reference.is_label for reference in job.references)
    return isinstance(job, ByNames | Explain)


def has_services(job: Job) -> bool:
    """Whether *job* is of a query that has SERVICE in it, and calls."""
    is_calling = isinstance(job, Query) or (isinstance(job, Explain) and job.calls)
    return is_calling and ParsedQuery(job.text).calls_services  # type: ignore[union-attr]


encode = msgspec.msgpack.Encoder().encode
"""A job as bytes; equal jobs give equal bytes."""

_decoder: Final[msgspec.msgpack.Decoder[Job]] = msgspec.msgpack.Decoder(Job)
decode = _decoder.decode
"""The job from its bytes."""
