"""What a format is: its names, and for each kind of result the functions without which it cannot be.

The rows are in :mod:`gbagraph.rdf.result_formats` and :mod:`gbagraph.rdf.formats`. A format of results
that lacks its writer, its empty answer or its counter of rows is a TypeError where its row stands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, Self, TypeVar

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pyoxigraph as ox

    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
    Row = Sequence[Term | None]
    Rows = Iterable[Row]
    Scan = Callable[[bytes], int]
    """Takes a text part by part, and says how many rows begin or end in each."""

_Kind = TypeVar("_Kind", bound="Format")

_W3C: Final = "http://www.w3.org/ns/formats/"
_MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types/"


class Writer(Protocol):
    """A way to write rows under the names of their columns."""

    def __call__(self, names: Sequence[str], rows: Rows) -> Iterator[bytes]:
        """Write the parts of the whole, one or more for each row."""
        ...


class ByEngine(NamedTuple):
    """How pyoxigraph writes rows, and what counts them in the text that it writes."""

    serializer: ox.QueryResultsFormat
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


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GraphFormat(Format):
    """A format of triples: pyoxigraph's ``rdf_format``; ``datasets``: it keeps named graphs apart."""

    rdf_format: ox.RdfFormat
    datasets: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AskFormat(Format):
    """A format of answers to ASK.

    ``boolean`` writes one; ``empty`` matches results, as they are written here, without a row, or the
    boolean false; ``link`` puts a link into the head of an answer, or leaves it as it is.
    """

    boolean: Callable[[bool], bytes]
    empty: re.Pattern[bytes]
    link: Callable[[bytes, str], bytes]

    def has_no_rows(self, body: bytes) -> bool:
        """Return whether results, as they are written here, have no row, or are the boolean false."""
        return self.empty.search(body) is not None

    def with_link(self, body: bytes, link: str) -> bytes:
        """Return *body* with *link* in its head, where the format has a place for it."""
        return self.link(body, link)


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


def narrowed(offer: Format, kind: type[_Kind]) -> _Kind:
    """Return *offer* as a format of this *kind* of result; raises TypeError if it is of another."""
    if not isinstance(offer, kind):
        raise TypeError(f"{offer.label} is no {kind.__name__}")
    return offer
