"""The formats that are read and written: one table, which all other modules use.

The order of the rows is the order of preference among formats of equal quality.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["solutions", "boolean", "graph"]

_W3C: Final = "http://www.w3.org/ns/formats/"
_MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types/"


@dataclass(frozen=True, slots=True, eq=False)
class Format:
    """One serialization.

    Clients request it by its ``media_type``; ``extension`` is the extension of its files, ``serializer``
    the file extension by which pyoxigraph knows it (empty if pyoxigraph does not write it), ``w3c_name``
    its name among W3C's formats. ``standard`` formats are offered to people, the others are aliases
    for clients that request them. ``datasets``: the format keeps named graphs apart. ``alias`` is its
    name in the parameter ``format`` where the extension names another row; ``takes_labels``: it has room
    for labels beside IRIs. A format is one row of a table: two formats are equal only if they are the
    same row.
    """

    media_type: str
    extension: str
    label: str
    serializer: str = ""
    w3c_name: str = ""
    standard: bool = True
    datasets: bool = False
    alias: str = ""
    takes_labels: bool = False

    @property
    def name(self) -> str:
        """The name by which the parameter ``format`` requests it."""
        return self.alias or self.extension

    @property
    def iri(self) -> str:
        """The IRI of the format: W3C's, or that of the media type where W3C has none."""
        return _W3C + self.w3c_name if self.w3c_name else _MEDIA_TYPES + self.media_type

    @property
    def content_type(self) -> str:
        """The Content-Type header; text formats name their charset (RFC 6657)."""
        media_type = self.media_type.partition(";")[0]
        return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _results(media_type: str, extension: str, label: str, *, standard: bool = True) -> Format:
    name = f"SPARQL_Results_{label.rpartition(' ')[2]}"
    labels = extension in ("srj", "csv")
    return Format(
        media_type, extension, label, extension, name, standard=standard, takes_labels=labels
    )


def _records(
    media_type: str, extension: str, label: str, alias: str = "", *, standard: bool = True
) -> Format:
    """A format beside those of SPARQL, which this package writes itself."""
    return Format(media_type, extension, label, standard=standard, alias=alias, takes_labels=True)


def _rdf(
    media_type: str, extension: str, label: str, *, standard: bool = True, datasets: bool = False
) -> Format:
    name = label.replace("/", "_").replace("Notation3", "N3")
    return Format(
        media_type, extension, label, extension, name, standard=standard, datasets=datasets
    )


RECORDS: Final = (
    _records("application/vnd.gbagraph.records+json", "json", "JSON records", "records"),
    _records("application/x-ndjson", "ndjson", "NDJSON"),
    _records("text/markdown", "md", "Markdown"),
    _records("application/ndjson", "ndjson", "NDJSON", standard=False),
    _records("application/jsonl", "ndjson", "NDJSON", standard=False),
)
"""Plain records and tables, for programs that do not know SPARQL and for people."""
BY_NAME: Final = (
    _records("text/csv;bom=true", "csv", "CSV with a byte order mark", "csv-bom"),
    _records("text/html;fragment=table", "html", "HTML table", "html-table"),
)
"""Formats that only the parameter ``format`` requests: in Accept, their media types mean others."""

SOLUTIONS: Final = (
    _results("application/sparql-results+json", "srj", "SPARQL results JSON"),
    _results("application/sparql-results+xml", "srx", "SPARQL results XML"),
    _results("text/csv", "csv", "SPARQL results CSV"),
    _results("text/tab-separated-values", "tsv", "SPARQL results TSV"),
    _results("application/json", "srj", "SPARQL results JSON", standard=False),
    _results("text/json", "srj", "SPARQL results JSON", standard=False),
    _results("application/xml", "srx", "SPARQL results XML", standard=False),
    _results("text/xml", "srx", "SPARQL results XML", standard=False),
    *RECORDS,
)
BOOLEAN: Final = (
    *SOLUTIONS[:2],
    Format("text/boolean", "boolean", "true or false"),
    # No standard defines ASK in these formats; all servers write the word.
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
ALL: Final[dict[Kind, tuple[Format, ...]]] = {
    "solutions": (*SOLUTIONS, *BY_NAME),
    "boolean": (*BOOLEAN, *BY_NAME),
    "graph": GRAPH,
}
"""The formats of each kind of result with those that only their name requests."""
QUERY_FORMS: Final[dict[Kind, str]] = {
    "solutions": "SELECT",
    "boolean": "ASK",
    "graph": "CONSTRUCT or DESCRIBE",
}
"""The query form of each kind of result."""

TABLES: Final = tuple(offer for offer in SOLUTIONS if offer.standard and offer.w3c_name)
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
    "markdown": ("md",),
    "jsonl": ("ndjson",),
}
"""Further names of formats, which clients use in parameters: the extensions that each may mean."""


def of(kind: Kind, media_type: str) -> Format:
    """The format for a kind of result; raises KeyError if there is none."""
    return _ROWS[kind, media_type]


_ROWS: Final = {(kind, offer.media_type): offer for kind, offers in ALL.items() for offer in offers}


def by_extension(offers: tuple[Format, ...], extension: str) -> Format | None:
    """The first of *offers* with this file extension, or None."""
    return next((offer for offer in offers if offer.extension == extension), None)


def by_name(value: str, offers: tuple[Format, ...]) -> Format | None:
    """The first of *offers* that *value* names: by a name, a file extension or a media type.

    *value* may be a list with commas: SPARQLWrapper sends several media types.
    """
    for part in value.lower().split(","):
        name = part.partition(";")[0].strip()
        for known in _OTHER_NAMES.get(name, (name,)):
            for offer in offers:
                if known in (offer.name, offer.media_type):
                    return offer
    return None
