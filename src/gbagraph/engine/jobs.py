"""What a worker is asked to do, as plain values that travel as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gbagraph.formats import Kind


DEFAULT_GRAPH: Final = ""
"""Name of the default graph in a Dump; no IRI is empty."""


class Encoded:
    """What all jobs have: their form for the way to a worker."""

    @cached_property
    def encoded(self) -> bytes:
        """The job as JSON, to be read by :func:`from_json`."""
        return json.dumps({"kind": type(self).__name__, **vars(self)}).encode()


@dataclass(frozen=True)
class Query(Encoded):
    """Evaluate a query.

    ``formats`` maps each kind of result to the (content type, file extension) it is to be written
    in; a kind that is missing cannot be written in any acceptable format. ``default_graphs`` and
    ``named_graphs`` are the protocol's dataset: both None, or both given.
    """

    text: str
    formats: dict[Kind, tuple[str, str]]
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Dump(Encoded):
    """Write one graph, or all of the dataset when *graph* is None."""

    graph: str | None
    content_type: str
    extension: str


@dataclass(frozen=True)
class Quads(Encoded):
    """Write the solutions of a SELECT query as RDF: ?subject, ?predicate, ?object and ?graph.

    Where ?graph is unbound a quad is in the default graph; a format without graphs gets triples.
    """

    text: str
    content_type: str
    extension: str


@dataclass(frozen=True)
class Document(Encoded):
    """Write the result of a CONSTRUCT query as a JSON-LD document about *iri*."""

    text: str
    iri: str
    content_type: str


@dataclass(frozen=True)
class Context(Encoded):
    """Write the JSON-LD context of the ontology."""

    content_type: str


Job = Query | Dump | Quads | Document | Context

_KINDS: Final[dict[str, type[Job]]] = {
    kind.__name__: kind for kind in (Query, Dump, Quads, Document, Context)
}


def from_json(encoded: bytes) -> Job:
    """The job that was *encoded*."""
    values = json.loads(encoded)
    return _KINDS[values.pop("kind")](**values)
