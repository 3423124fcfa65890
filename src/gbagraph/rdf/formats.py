"""The media types that are read and written: one table, which everything else looks things up in.

The order of the rows is the order of preference among equals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["solutions", "boolean", "graph"]

_W3C: Final = "http://www.w3.org/ns/formats/"


@dataclass(frozen=True, slots=True, eq=False)
class Format:
    """One serialization.

    ``media_type`` is what it is asked for by, ``extension`` names its files, ``serializer`` is the
    name of the engine's writer (for pyoxigraph a file extension; empty for what the engine does not
    write), ``iri`` the W3C's name of the format. ``standard`` rows are offered to people, the others
    are aliases for clients that ask for them. ``datasets``: named graphs stay apart in it. A format is
    one row of a table: two are equal when they are the same row.
    """

    media_type: str
    extension: str
    label: str
    serializer: str = ""
    iri: str = ""
    standard: bool = True
    datasets: bool = False

    @property
    def content_type(self) -> str:
        """The Content-Type to send: text formats name their charset (RFC 6657)."""
        if self.media_type.startswith("text/"):
            return f"{self.media_type}; charset=utf-8"
        return self.media_type


def _results(media_type: str, extension: str, label: str, *, standard: bool = True) -> Format:
    name = f"{_W3C}SPARQL_Results_{label.rpartition(' ')[2]}"
    return Format(media_type, extension, label, extension, name, standard)


def _rdf(
    media_type: str, extension: str, label: str, *, standard: bool = True, datasets: bool = False
) -> Format:
    name = _W3C + label.replace("/", "_").replace("Notation3", "N3")
    return Format(media_type, extension, label, extension, name, standard, datasets)


SOLUTIONS: Final = (
    _results("application/sparql-results+json", "srj", "SPARQL results JSON"),
    _results("application/sparql-results+xml", "srx", "SPARQL results XML"),
    _results("text/csv", "csv", "SPARQL results CSV"),
    _results("text/tab-separated-values", "tsv", "SPARQL results TSV"),
    _results("application/json", "srj", "SPARQL results JSON", standard=False),
    _results("text/json", "srj", "SPARQL results JSON", standard=False),
    _results("application/xml", "srx", "SPARQL results XML", standard=False),
    _results("text/xml", "srx", "SPARQL results XML", standard=False),
)
BOOLEAN: Final = (
    *SOLUTIONS[:2],
    Format("text/boolean", "boolean", "true or false"),
    # No standard has ASK in these; every server writes the word.
    *SOLUTIONS[2:],
)
GRAPH: Final = (
    _rdf("text/turtle", "ttl", "Turtle"),
    _rdf("application/n-triples", "nt", "N-Triples"),
    _rdf("application/rdf+xml", "rdf", "RDF/XML"),
    _rdf("application/ld+json", "jsonld", "JSON-LD", datasets=True),
    _rdf("application/trig", "trig", "TriG", datasets=True),
    _rdf("application/n-quads", "nq", "N-Quads", datasets=True),
    _rdf("text/n3", "n3", "Notation3"),
    _rdf("application/turtle", "ttl", "Turtle", standard=False),
    _rdf("application/x-turtle", "ttl", "Turtle", standard=False),
    _rdf("application/json", "jsonld", "JSON-LD", standard=False, datasets=True),
    _rdf("application/xml", "rdf", "RDF/XML", standard=False),
    _rdf("text/xml", "rdf", "RDF/XML", standard=False),
    _rdf("text/plain", "nt", "N-Triples", standard=False),
)
HTML: Final = Format("text/html", "html", "HTML")
JSON: Final = Format("application/json", "json", "JSON")
TEXT: Final = Format("text/plain", "txt", "text")

OFFERS: Final[dict[Kind, tuple[Format, ...]]] = {
    "solutions": SOLUTIONS,
    "boolean": BOOLEAN,
    "graph": GRAPH,
}
QUERY_FORMS: Final[dict[Kind, str]] = {
    "solutions": "SELECT",
    "boolean": "ASK",
    "graph": "CONSTRUCT or DESCRIBE",
}
"""The form of query that has each kind of result."""

TABLES: Final = tuple(offer for offer in SOLUTIONS if offer.standard)
GRAPHS: Final = tuple(offer for offer in GRAPH if offer.standard)
DOCUMENTS: Final = tuple(
    offer for offer in GRAPHS if offer.extension in ("ttl", "nt", "rdf", "jsonld")
)
"""The formats in which one graph is offered to people."""

_OTHER_NAMES: Final = {
    "json": ("srj", "jsonld", "json"),
    "xml": ("srx", "rdf"),
    "turtle": ("ttl",),
    "ntriples": ("nt",),
    "n-triples": ("nt",),
    "nquads": ("nq",),
    "n-quads": ("nq",),
    "rdfxml": ("rdf",),
    "rdf+xml": ("rdf",),
    "json-ld": ("jsonld",),
    "text": ("boolean", "txt"),
    "htm": ("html",),
}
"""Names for formats, beside file extension and media type, as clients use them in parameters."""


def of(kind: Kind, media_type: str) -> Format:
    """The row of the table for a kind of result; raises KeyError where there is none."""
    return _ROWS[kind, media_type]


_ROWS: Final = {
    (kind, offer.media_type): offer for kind, offers in OFFERS.items() for offer in offers
}


def by_extension(offers: tuple[Format, ...], extension: str) -> Format | None:
    """The first of *offers* with this file extension, or None."""
    return next((offer for offer in offers if offer.extension == extension), None)


def named(value: str, offers: tuple[Format, ...]) -> Format | None:
    """The first of *offers* that is called *value*: a name, a file extension or a media type.

    SPARQLWrapper writes several media types with commas between them.
    """
    for wish in value.lower().split(","):
        wish = wish.partition(";")[0].strip()  # noqa: PLW2901
        for name in _OTHER_NAMES.get(wish, (wish,)):
            for offer in offers:
                if name in (offer.extension, offer.media_type):
                    return offer
    return None
