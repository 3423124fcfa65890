"""Rows of terms as records and tables: JSON, NDJSON, CSV, Markdown and HTML, each row as it comes."""

from __future__ import annotations

import csv
import re
from html import escape
from typing import TYPE_CHECKING, Final, Protocol

import msgspec
import pyoxigraph as ox

from gbagraph.rdf.namespaces import compact
from gbagraph.rdf.native import json_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gbagraph.rdf.formats import Format
    from gbagraph.rdf.native import Term

    Row = Sequence[Term | None]
    Rows = Iterable[Row]

BOM: Final = b"\xef\xbb\xbf"
"""The byte order mark by which spreadsheets know that a file is UTF-8."""

_json: Final = msgspec.json.Encoder(decimal_format="number").encode
_IS_LINK: Final = re.compile(r"https?:", re.IGNORECASE)
_MARKDOWN: Final = re.compile(r"([\\`*_\[\]<>&|~])")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")


class Writer(Protocol):
    """A way to write rows under the names of their columns."""

    def __call__(self, names: Sequence[str], rows: Rows) -> Iterator[bytes]:
        """The parts of the whole, one or more for each row."""
        ...


def _json_records(names: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """A JSON array with an object for each row: a member for each column, null where it is unbound."""
    before = b"["
    for row in rows:
        yield before + _record(names, row)
        before = b",\n"
    yield b"]\n" if before != b"[" else b"[]\n"


def _ndjson(names: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """The same objects, one a line."""
    for row in rows:
        yield _record(names, row) + b"\n"


def _record(names: Sequence[str], row: Row) -> bytes:
    return _json(dict(zip(names, map(json_value, row), strict=True)))


class _Line:
    """A file that keeps the last line written to it."""

    text = ""

    def write(self, text: str) -> int:
        self.text = text
        return len(text)


def _csv(names: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """SPARQL 1.1 Query Results CSV (section 3)."""
    line = _Line()
    writer = csv.writer(line)
    writer.writerow(names)
    yield line.text.encode()
    for row in rows:
        writer.writerow(map(_plain, row))
        yield line.text.encode()


def _csv_with_bom(names: Sequence[str], rows: Rows) -> Iterator[bytes]:
    yield BOM
    yield from _csv(names, rows)


def _plain(term: Term | None) -> str:
    if term is None:
        return ""
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else str(term)


def _markdown(names: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """A table of GitHub Flavored Markdown (section 4.10); IRIs are links with their short names."""
    yield _markdown_line(map(_in_markdown, names))
    yield _markdown_line("---" for _ in names)
    for row in rows:
        yield _markdown_line(map(_markdown_cell, row))


def _markdown_line(cells: Iterable[str]) -> bytes:
    return f"| {' | '.join(cells)} |\n".encode()


def _markdown_cell(term: Term | None) -> str:
    if isinstance(term, ox.NamedNode) and _IS_LINK.match(term.value):
        target = re.sub(r"[()<>|\\\s]", lambda found: f"%{ord(found[0]):02X}", term.value)
        return f"[{_in_markdown(compact(term.value))}]({target})"
    return _in_markdown(_plain(term))


def _in_markdown(text: str) -> str:
    return _LINE_END.sub("<br>", _MARKDOWN.sub(r"\\\1", text))


def _html(names: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """An HTML table, to be put into a page; IRIs are links with their short names."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    yield f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n".encode()
    for row in rows:
        yield f"<tr>{''.join(map(_html_cell, row))}</tr>\n".encode()
    yield b"</tbody>\n</table>\n"


def _html_cell(term: Term | None) -> str:
    if isinstance(term, ox.NamedNode) and _IS_LINK.match(term.value):
        return f'<td><a href="{escape(term.value)}">{escape(compact(term.value))}</a></td>'
    language = term.language if isinstance(term, ox.Literal) else None
    attribute = f' lang="{escape(language)}"' if language else ""
    return f"<td{attribute}>{escape(_plain(term))}</td>"


def writer(of: Format) -> Writer | None:
    """What writes rows in this format; None for one that the engine writes, and only the engine."""
    return _WRITERS.get(of.name)


_WRITERS: Final[dict[str, Writer]] = {
    "records": _json_records,
    "ndjson": _ndjson,
    "csv": _csv,
    "csv-bom": _csv_with_bom,
    "md": _markdown,
    "html-table": _html,
}

_BOOLEANS: Final[dict[str, bytes]] = {
    "boolean": b"%s",
    "csv-bom": BOM + b"%s",
    "html-table": b"<p>%s</p>\n",
}
"""What stands around the word, where that is not an end of line."""


def boolean(of: Format, *, value: bool) -> bytes:
    """The answer to ASK in a format that the engine does not write."""
    return _BOOLEANS.get(of.name, b"%s\n") % (b"true" if value else b"false")
