"""The media types the endpoint writes: which exist for which kind of result, and how to read files.

Preference among equals is the order of the rows. A row is (media type sent, name of the format).
Format names are those of pyoxigraph's format classes' file extensions, which the worker looks up,
so that the server process needs no engine to negotiate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["solutions", "boolean", "graph"]


@dataclass(frozen=True, slots=True)
class Format:
    """One serialization: what the Content-Type says, and the file extension that names it."""

    media_type: str
    extension: str
    label: str
    standard: bool = True

    @property
    def content_type(self) -> str:
        """The Content-Type to send: text formats name their charset (RFC 6657)."""
        return (
            f"{self.media_type}; charset=utf-8"
            if self.media_type.startswith("text/")
            else self.media_type
        )


SOLUTIONS: Final = (
    Format("application/sparql-results+json", "srj", "SPARQL results JSON"),
    Format("application/sparql-results+xml", "srx", "SPARQL results XML"),
    Format("text/csv", "csv", "SPARQL results CSV"),
    Format("text/tab-separated-values", "tsv", "SPARQL results TSV"),
    Format("application/json", "srj", "SPARQL results JSON", standard=False),
    Format("application/xml", "srx", "SPARQL results XML", standard=False),
    Format("text/xml", "srx", "SPARQL results XML", standard=False),
)
BOOLEAN: Final = (
    Format("application/sparql-results+json", "srj", "SPARQL results JSON"),
    Format("application/sparql-results+xml", "srx", "SPARQL results XML"),
    Format("text/boolean", "boolean", "true or false"),
    Format("application/json", "srj", "SPARQL results JSON", standard=False),
    Format("application/xml", "srx", "SPARQL results XML", standard=False),
    Format("text/xml", "srx", "SPARQL results XML", standard=False),
)
GRAPH: Final = (
    Format("text/turtle", "ttl", "Turtle"),
    Format("application/n-triples", "nt", "N-Triples"),
    Format("application/rdf+xml", "rdf", "RDF/XML"),
    Format("application/ld+json", "jsonld", "JSON-LD"),
    Format("application/trig", "trig", "TriG"),
    Format("application/n-quads", "nq", "N-Quads"),
    Format("text/n3", "n3", "Notation3"),
    Format("application/turtle", "ttl", "Turtle", standard=False),
    Format("application/x-turtle", "ttl", "Turtle", standard=False),
    Format("application/json", "jsonld", "JSON-LD", standard=False),
    Format("application/xml", "rdf", "RDF/XML", standard=False),
    Format("text/xml", "rdf", "RDF/XML", standard=False),
    Format("text/plain", "nt", "N-Triples", standard=False),
)
HTML: Final = Format("text/html", "html", "HTML")

OFFERS: Final[dict[Kind, tuple[Format, ...]]] = {
    "solutions": SOLUTIONS,
    "boolean": BOOLEAN,
    "graph": GRAPH,
}


NAMES: Final = {
    "json": ("srj", "jsonld"),
    "xml": ("srx", "rdf"),
    "turtle": ("ttl",),
    "ntriples": ("nt",),
    "n-triples": ("nt",),
    "nquads": ("nq",),
    "n-quads": ("nq",),
    "rdfxml": ("rdf",),
    "rdf+xml": ("rdf",),
    "json-ld": ("jsonld",),
    "text": ("boolean",),
}
"""Other names for file extensions, as clients use them in the parameter ``format``."""


def wished(values: tuple[str, ...]) -> tuple[str, ...]:
    """The file extensions that the values of the parameter ``format`` mean."""
    return tuple(name for value in values for name in NAMES.get(value.lower(), (value.lower(),)))


def by_extension(offers: tuple[Format, ...], extension: str) -> Format | None:
    """The first of *offers* with this file extension, or None."""
    return next((offer for offer in offers if offer.extension == extension), None)
