"""What a format is, those of triples and of pages, how rows are counted; others: ``result_formats``.

A format has names, and for each kind of result the functions without which it cannot be: one of results
that lacks its writer, its empty answer or its counter of rows is a TypeError where its row stands. The
order of rows is the order of preference among formats of equal quality.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple, Protocol, Self, TypeVar

from pyoxigraph import QueryResultsFormat, RdfFormat

from gbagraph.rdf.results import Term

Row = Sequence[Term | None]
Rows = Iterable[Row]
Scan = Callable[[bytes], int]
"""Takes a text part by part, and says how many rows begin or end in each."""
Kind = Literal["solutions", "boolean", "graph"]
BRIEF: Final = "brief"
Explained = bool | Literal["brief"]
"""Whether rows come with what they rest on, or with that in brief."""


_Offer = TypeVar("_Offer", bound="Format")

_W3C: Final = "http://www.w3.org/ns/formats/"
_MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types/"


class Writer(Protocol):
    """A way to write rows under the names of their columns."""

    def __call__(self, names: Sequence[str], rows: Rows) -> Iterator[bytes]:
        """Write the parts of the whole, one or more for each row."""
        ...


class ByEngine(NamedTuple):
    """How pyoxigraph writes rows, and what counts them in the text that it writes."""

    serializer: QueryResultsFormat
    counter: Callable[[], Scan]
    written: Writer
    """Writes other rows, to the byte as pyoxigraph would have written them."""


@dataclass(frozen=True, slots=True, eq=False)
class Format:
    """One serialization; of itself one of pages, the subclasses are those of results.

    Clients request it by its ``media_type``; ``extension`` is the extension of its files, ``w3c_name``
    its name among W3C's formats. ``standard`` formats are offered to people, the others are aliases for
    clients that request them. ``alias`` is its name in the parameter ``format`` where the extension
    names another row, ``names`` are further ones; ``word`` is its name on the command line, by default
    the first of them. Two formats are equal only if they are the same row.
    """

    media_type: str
    extension: str
    label: str
    w3c_name: str = ""
    standard: bool = True
    alias: str = ""
    names: tuple[str, ...] = ()
    word: str = ""

    @property
    def name(self) -> str:
        """The name by which the parameter ``format`` requests it."""
        return self.alias or self.extension

    @property
    def option(self) -> str:
        """The name by which the command line requests it."""
        return self.word or (*self.names, self.name)[0]

    @property
    def iri(self) -> str:
        """The IRI of the format: W3C's, or that of the media type where W3C has none."""
        return _W3C + self.w3c_name if self.w3c_name else _MEDIA_TYPES + self.media_type

    @property
    def content_type(self) -> str:
        """The Content-Type header; text formats name their charset (RFC 6657)."""
        media_type = self.media_type.partition(";")[0]
        return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type

    def also(self, media_type: str) -> Self:
        """Return the same format under another media type, for clients that request it."""
        return replace(self, media_type=media_type, standard=False)

    def has_no_rows(self, body: bytes) -> bool:  # noqa: ARG002  only results have rows
        """Return whether *body* are results without a row, or the boolean false."""
        return False

    def with_link(self, body: bytes, link: str) -> bytes:  # noqa: ARG002  only results have a head
        """Return *body* with *link* in its head, where the format has a place for it."""
        return body


_SHOWS_EMPTY: Final = 100
"""Bytes at the end of results in which it shows that they have no row."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GraphFormat(Format):
    """A format of triples: pyoxigraph's ``rdf_format``; ``datasets``: it keeps named graphs apart."""

    rdf_format: RdfFormat
    datasets: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AskFormat(Format):
    """A format of answers to ASK.

    ``boolean`` writes one; ``empty`` matches results, as they are written here, without a row, or the
    boolean false; ``link`` puts a link into the head of an answer, None where there is no place for it.
    """

    boolean: Callable[[bool], bytes]
    empty: re.Pattern[bytes]
    link: Callable[[bytes, str], bytes] | None = None

    def has_no_rows(self, body: bytes) -> bool:
        """Return whether results, as they are written here, have no row, or are the boolean false.

        What shows it is the whole of them, or stands at their end: so long ones are not searched.
        """
        at_end = max(0, len(body) - _SHOWS_EMPTY)
        return bool(self.empty.match(body) or self.empty.search(body, at_end))

    def with_link(self, body: bytes, link: str) -> bytes:
        """Return *body* with *link* in its head, where the format has a place for it."""
        return self.link(body, link) if self.link else body


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RowsFormat(AskFormat):
    """A format of the answers to SELECT and ASK.

    ``rows`` writes rows as they come, and they are counted as they pass; ``engine`` is for what
    pyoxigraph writes itself, in which they are counted. ``takes_labels``: it has room for labels beside
    IRIs.
    """

    rows: Writer
    takes_labels: bool
    engine: ByEngine | None = None

    def written(self, names: Sequence[str], rows: Rows) -> bytes:
        """Return a whole answer: as pyoxigraph writes it, where it knows the format."""
        write = self.rows if self.engine is None else self.engine.written
        return b"".join(write(names, rows))


def narrowed(offer: Format, kind: type[_Offer]) -> _Offer:
    """Return *offer* as a format of this *kind* of result; raises TypeError if it is of another."""
    if not isinstance(offer, kind):
        raise TypeError(f"{offer.label} is no {kind.__name__}")
    return offer


class JsonCounter:
    """In results JSON, only rows are objects in an array."""

    def __init__(self) -> None:
        self._before, self._is_inside = b"", False

    def __call__(self, data: bytes) -> int:
        """Return how many rows begin in the next part."""
        data = self._before + data
        # An escape may be cut, and so may the beginning of a row.
        is_cut = (len(data) - len(data.rstrip(b"\\"))) % 2
        data, self._before = data[: len(data) - is_cut], data[len(data) - is_cut :]
        parts = data.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
        outside = b'"'.join(parts[self._is_inside :: 2])
        self._is_inside ^= len(parts) % 2 == 0
        if not self._is_inside and data.endswith((b",", b"[")):
            self._before = data[-1:]
        return outside.count(b",{") + outside.count(b"[{")


class XmlCounter:
    """In results XML, no text has a less-than sign."""

    _row = b"<result>"

    def __init__(self) -> None:
        self._before = b""

    def __call__(self, data: bytes) -> int:
        """Return how many rows begin in the next part."""
        data = self._before + data
        self._before = data[1 - len(self._row) :]
        return data.count(self._row)


class LineCounter:
    """In TSV, each row is a line, and so is the head; their ends are escaped in terms."""

    _heads = 1

    def __call__(self, data: bytes) -> int:
        """Return how many rows end in the next part."""
        lines = self._ends(data)
        heads = min(self._heads, lines)
        self._heads -= heads
        return lines - heads

    def _ends(self, data: bytes) -> int:
        return data.count(b"\n")


class QuotedLineCounter(LineCounter):
    """In CSV, they are quoted (RFC 4180)."""

    _is_quoted = False

    def _ends(self, data: bytes) -> int:
        parts = data.split(b'"')
        ends = sum(part.count(b"\n") for part in parts[self._is_quoted :: 2])
        self._is_quoted ^= len(parts) % 2 == 0
        return ends


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
_PLANES: Final = range(0, sys.maxunicode, 0x10000)
_NOT_IN_HTML: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in _PLANES)
    + "]"
)


def in_html(text: str) -> str:
    """Return *text* with a sign for each character that HTML must not have, escaped or not.

    Literals of RDF may have them (HTML Living Standard, section 13.1.4).
    """
    return _NOT_IN_HTML.sub("\N{REPLACEMENT CHARACTER}", text)


TEXT: Final = Format("text/plain", "txt", "text", names=("text",))

QUERY_FORMS: Final[dict[Kind, str]] = {
    "solutions": "SELECT",
    "boolean": "ASK",
    "graph": "CONSTRUCT or DESCRIBE",
}
"""The query form of each kind of result."""


GRAPHS: Final = tuple(offer for offer in GRAPH if offer.standard)
DOCUMENTS: Final = tuple(
    offer for offer in GRAPHS if offer.extension in ("ttl", "nt", "rdf", "jsonld")
)
"""The formats in which one graph is offered to people."""


def by_extension(offers: tuple[_Offer, ...], extension: str) -> _Offer | None:
    """The first of *offers* with this file extension, or None."""
    return next((offer for offer in offers if offer.extension == extension), None)
