"""What a worker is asked to do, as plain values that travel as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gbagraph.formats import Kind


DEFAULT_GRAPH: Final = ""
"""Name of the default graph in a Dump; no IRI is empty."""


@dataclass(frozen=True, slots=True)
class Query:
    """Evaluate a query.

    ``formats`` maps each kind of result to the (content type, file extension) it is to be written
    in; a kind that is missing cannot be written in any acceptable format. ``default_graphs`` and
    ``named_graphs`` are the protocol's dataset: both None, or both given.
    """

    text: str
    formats: dict[Kind, tuple[str, str]]
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Dump:
    """Write one graph, or all of the dataset when *graph* is None."""

    graph: str | None
    content_type: str
    extension: str


@dataclass(frozen=True, slots=True)
class Quads:
    """Write the solutions of a SELECT query as RDF: ?subject, ?predicate, ?object and ?graph.

    Where ?graph is unbound a quad is in the default graph; a format without graphs gets triples.
    """

    text: str
    content_type: str
    extension: str


@dataclass(frozen=True, slots=True)
class Document:
    """Write the result of a CONSTRUCT query as a JSON-LD document about *iri*."""

    text: str
    iri: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Context:
    """Write the JSON-LD context of the ontology."""

    content_type: str


Job = Query | Dump | Quads | Document | Context


def to_json(job: Job) -> bytes:
    """The job as JSON, to be read by :func:`from_json`."""
    fields = {name: getattr(job, name) for name in job.__slots__}
    return json.dumps({"kind": type(job).__name__, **fields}).encode()


def from_json(encoded: bytes) -> Job:
    """The job that :func:`to_json` wrote."""
    fields = json.loads(encoded)
    kinds: dict[str, type[Job]] = {
        kind.__name__: kind for kind in (Query, Dump, Quads, Document, Context)
    }
    return kinds[fields.pop("kind")](**fields)
