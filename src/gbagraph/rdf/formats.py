"""The formats that are read and written, which all other modules use by these tables.

The order of the rows is the order of preference among formats of equal quality.
"""

from __future__ import annotations

from typing import Final, Literal, TypeVar

from pyoxigraph import RdfFormat

from gbagraph.rdf.format import Format, GraphFormat
from gbagraph.rdf.result_formats import BOOLEAN, BY_NAME, SOLUTIONS

__all__ = [
    "ALL",
    "BOOLEAN",
    "BY_NAME",
    "DOCUMENTS",
    "GRAPH",
    "GRAPHS",
    "HTML",
    "JSON",
    "OFFERS",
    "QUERY_FORMS",
    "SOLUTIONS",
    "TABLES",
    "TEXT",
    "Format",
    "Kind",
    "by_extension",
    "of",
]

Kind = Literal["solutions", "boolean", "graph"]

_Offer = TypeVar("_Offer", bound=Format)


def _rdf(
    media_type: str, extension: str, label: str, rdf_format: RdfFormat, *names: str
) -> GraphFormat:
    return GraphFormat(
        media_type,
        extension,
        label,
        label.replace("/", "_").replace("Notation3", "N3"),
        names=names,
        rdf_format=rdf_format,
        datasets=rdf_format.supports_datasets,
    )


_TURTLE: Final = _rdf("text/turtle", "ttl", "Turtle", RdfFormat.TURTLE, "turtle")
_N_TRIPLES: Final = _rdf(
    "application/n-triples", "nt", "N-Triples", RdfFormat.N_TRIPLES, "ntriples", "n-triples"
)
_RDF_XML: Final = _rdf(
    "application/rdf+xml", "rdf", "RDF/XML", RdfFormat.RDF_XML, "rdfxml", "rdf+xml", "xml"
)
_JSON_LD: Final = _rdf(
    "application/ld+json", "jsonld", "JSON-LD", RdfFormat.JSON_LD, "jsonld", "json-ld", "json"
)
GRAPH: Final = (
    *(_TURTLE, _N_TRIPLES, _RDF_XML, _JSON_LD),
    _rdf("application/trig", "trig", "TriG", RdfFormat.TRIG),
    _rdf("application/n-quads", "nq", "N-Quads", RdfFormat.N_QUADS, "nquads", "n-quads"),
    _rdf("text/n3", "n3", "Notation3", RdfFormat.N3),
    *(_TURTLE.also("application/turtle"), _TURTLE.also("application/x-turtle")),
    _JSON_LD.also("application/json"),
    *(_RDF_XML.also("application/xml"), _RDF_XML.also("text/xml")),
    _N_TRIPLES.also("text/plain"),
)
HTML: Final = Format("text/html", "html", "HTML", names=("htm",))
JSON: Final = Format("application/json", "json", "JSON")
TEXT: Final = Format("text/plain", "txt", "text", names=("text",))

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


def of(kind: Kind, media_type: str) -> Format:
    """The format for a kind of result; raises KeyError if there is none."""
    return _ROWS[kind, media_type]


_ROWS: Final = {(kind, offer.media_type): offer for kind, offers in ALL.items() for offer in offers}


def by_extension(offers: tuple[_Offer, ...], extension: str) -> _Offer | None:
    """The first of *offers* with this file extension, or None."""
    return next((offer for offer in offers if offer.extension == extension), None)
