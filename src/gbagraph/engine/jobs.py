"""What a worker is asked to do: typed values that are the same on both sides of the wire."""

from __future__ import annotations

from typing import Final

import msgspec

from gbagraph import formats
from gbagraph.formats import Format, Kind  # noqa: TC001  msgspec reads the annotations

DEFAULT_GRAPH: Final = ""
"""Name of the default graph in a Dump; no IRI is empty."""


class Query(msgspec.Struct, frozen=True, tag=True):
    """Evaluate a query.

    ``formats`` has for each kind of result the media type it is to be written in; a result of a kind
    that is missing cannot be written. ``default_graphs`` and ``named_graphs`` are the protocol's
    dataset: both None, or both given.
    """

    text: str
    formats: dict[Kind, str]
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None

    def format(self, kind: Kind) -> Format:
        """The format of a result of that *kind*; raises KeyError where it cannot be written."""
        return formats.of(kind, self.formats[kind])


class Dump(msgspec.Struct, frozen=True, tag=True):
    """Write one graph, or all of the dataset when *graph* is None."""

    graph: str | None
    media_type: str

    def format(self, kind: Kind) -> Format:
        """The format of the answer."""
        return formats.of(kind, self.media_type)


class Quads(msgspec.Struct, frozen=True, tag=True):
    """Write the solutions of a SELECT query as RDF: ?subject, ?predicate, ?object and ?graph.

    Where ?graph is unbound a quad is in the default graph; a format without graphs gets triples.
    """

    text: str
    media_type: str

    def format(self, kind: Kind) -> Format:
        """The format of the answer."""
        return formats.of(kind, self.media_type)


class Document(msgspec.Struct, frozen=True, tag=True):
    """Write the result of a CONSTRUCT query as a JSON-LD document about *iri*."""

    text: str
    iri: str

    def format(self, kind: Kind) -> Format:
        """The format of the answer: JSON-LD."""
        return formats.of(kind, "application/ld+json")


class Context(msgspec.Struct, frozen=True, tag=True):
    """Write the JSON-LD context of the ontology."""

    def format(self, kind: Kind) -> Format:
        """The format of the answer: JSON-LD."""
        return formats.of(kind, "application/ld+json")


class Check(msgspec.Struct, frozen=True, tag=True):
    """Parse *texts* as queries; the answer is a JSON list with what is wrong with each.

    That is null for a good one, else a sentence and the line it is about (from 1; 0 if not known).
    """

    texts: tuple[str, ...]

    def format(self, kind: Kind) -> Format:  # noqa: ARG002  as the other jobs have it
        """The format of the answer: JSON."""
        return formats.JSON


Job = Query | Dump | Quads | Document | Context | Check

encode = msgspec.msgpack.Encoder().encode
"""A job as bytes; equal jobs give equal bytes."""

_decoder: Final[msgspec.msgpack.Decoder[Job]] = msgspec.msgpack.Decoder(Job)


def decode(encoded: bytes) -> Job:
    """The job that was *encoded*."""
    return _decoder.decode(encoded)
