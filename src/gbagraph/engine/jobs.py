"""What a worker is asked to do: typed values that are the same on both sides of the wire."""

from __future__ import annotations

from typing import Final

import msgspec

from gbagraph.rdf import formats
from gbagraph.rdf.formats import JSON, TEXT, Format, Kind

DEFAULT_GRAPH: Final = ""
"""Name of the default graph in a Dump; no IRI is empty."""


class _Job(msgspec.Struct, frozen=True, tag=True):
    def format(self, kind: Kind) -> Format:
        """The format of the answer, of a result of this *kind*; raises KeyError if there is none."""
        return formats.of(kind, getattr(self, "media_type", "application/ld+json"))


class Query(_Job, frozen=True):
    """Evaluate a query.

    ``formats`` has for each kind of result the media type it is to be written in; a result of a kind
    that is missing cannot be written. ``default_graphs`` and ``named_graphs`` are the protocol's
    dataset: both None, or both given. ``infer`` says whether what follows by the ontology belongs to
    the default graph of the dataset; None leaves that to the server.
    """

    text: str
    formats: dict[Kind, str]
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    infer: bool | None = None

    def format(self, kind: Kind) -> Format:
        """The format that is asked for a result of this *kind*."""
        return formats.of(kind, self.formats[kind])


class Dump(_Job, frozen=True):
    """Write one graph, or all of the dataset when *graph* is None."""

    graph: str | None
    media_type: str


class Quads(_Job, frozen=True):
    """Write the solutions of a SELECT query as RDF: ?subject, ?predicate, ?object and ?graph.

    Where ?graph is unbound a quad is in the default graph; a format without graphs gets triples.
    """

    text: str
    media_type: str


class Document(_Job, frozen=True):
    """Write the result of a CONSTRUCT query as a JSON-LD document about *iri*."""

    text: str
    iri: str


class Context(_Job, frozen=True):
    """Write the JSON-LD context of the ontology."""


class Check(_Job, frozen=True):
    """Parse *texts* as queries; the answer is a JSON list with what is wrong with each.

    That is null for a good one, else a sentence and the line it is about (from 1; 0 if not known).
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


Job = Query | Dump | Quads | Document | Context | Check | Why

encode = msgspec.msgpack.Encoder().encode
"""A job as bytes; equal jobs give equal bytes."""

_decoder: Final[msgspec.msgpack.Decoder[Job]] = msgspec.msgpack.Decoder(Job)
decode = _decoder.decode
"""The job that was encoded."""
