"""The formats of results: what writes rows of terms in each, as they come; below it the formats."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from functools import partial
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pyoxigraph as ox

from gbagraph.rdf.formats import (
    GRAPH,
    AskFormat,
    ByEngine,
    Format,
    JsonCounter,
    Kind,
    LineCounter,
    QuotedLineCounter,
    RowsFormat,
    XmlCounter,
    in_html,
)
from gbagraph.rdf.namespaces import compact
from gbagraph.rdf.results import Term, as_json, json_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gbagraph.rdf.formats import Row, Rows, Scan


BOM: Final = b"\xef\xbb\xbf"
"""The byte order mark by which spreadsheets know that a file is UTF-8."""

_json: Final = msgspec.json.encode
record_json: Final = msgspec.json.Encoder(decimal_format="number").encode
_IS_LINK: Final = re.compile(r"https?:", re.IGNORECASE)
_MARKDOWN: Final = re.compile(r"([\\`*_\[\]<>&|~])")
_FORMULA: Final = re.compile(
    r"(?![+\u2212-][0-9.]+(?:[eE][+-]?[0-9]+)?\Z)(?:[\t\r\n]|"
    r"[\x00-\x20\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f"
    r"\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb]*"
    r"[=+@\u2212\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20-])"
)
"""What spreadsheets read as a formula, or may: all but numbers that begins so, unseen ones aside."""
_LINE_END: Final = re.compile(r"\r\n|\r|\n")


def results_json(names: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """Write SPARQL results JSON (SPARQL 1.2 Query Results JSON Format, section 3)."""
    yield b'{"head":' + _json({"vars": list(names)}) + b',"results":{"bindings":['
    before = b""
    for row in rows:
        pairs = zip(names, row, strict=True)
        yield before + _json({name: as_json(term) for name, term in pairs if term is not None})
        before = b","
    yield b"]}}"


def _through_engine(
    serializer: ox.QueryResultsFormat, names: Sequence[str], rows: Rows
) -> Iterator[bytes]:
    """Write rows as pyoxigraph does, which writes only what it has read or made itself."""
    yield _reserialized(b"".join(results_json(names, rows)), serializer)


def _reserialized(results: bytes, serializer: ox.QueryResultsFormat) -> bytes:
    parsed = ox.parse_query_results(results, format=ox.QueryResultsFormat.JSON)
    return parsed.serialize(format=serializer) or b""


def _tsv(names: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """SPARQL 1.1 Query Results TSV (section 4), a thousand rows at a time."""
    rest, head = iter(rows), 0
    while (some := list(islice(rest, 1000))) or not head:
        text = b"".join(_through_engine(ox.QueryResultsFormat.TSV, names, some))
        yield text[head:]
        head = text.index(b"\n") + 1


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
    return record_json(dict(zip(names, map(json_value, row), strict=True)))


class _Echo:
    """A file that gives back what is written to it, and so does a writer of CSV."""

    def write(self, text: str) -> str:
        return text


def _csv(
    names: Sequence[str], rows: Rows, cell: Callable[[Term | None], str] | None = None
) -> Iterator[bytes]:
    """SPARQL 1.1 Query Results CSV (section 3); *cell* writes a term, by default as that says."""
    writer: Any = csv.writer(_Echo())
    yield writer.writerow(names).encode()
    for row in rows:
        yield writer.writerow(map(cell or _plain, row)).encode()


def _csv_with_bom(names: Sequence[str], rows: Rows) -> Iterator[bytes]:
    yield BOM
    yield from _csv(names, rows)


def _csv_for_spreadsheets(names: Sequence[str], rows: Rows) -> Iterator[bytes]:
    yield BOM
    yield from _csv(names, rows, _no_formula)


def _no_formula(term: Term | None) -> str:
    text = _plain(term)
    return f"'{text}" if _FORMULA.match(text) else text


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
        target = re.sub(r"[()<>|\\\s]", lambda sign: f"%{ord(sign[0]):02X}", term.value)
        return f"[{_in_markdown(compact(term.value))}]({target})"
    return _in_markdown(_plain(term))


def _in_markdown(text: str) -> str:
    return _LINE_END.sub("<br>", _MARKDOWN.sub(r"\\\1", text))


def _html(names: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """An HTML table, to be put into a page; IRIs are links with their short names."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    yield f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n".encode()
    for row in rows:
        yield in_html(f"<tr>{''.join(map(html_cell, row))}</tr>\n").encode()
    yield b"</tbody>\n</table>\n"


def html_link(iri: str, text: str = "") -> str:
    """*text*, by default the short name of *iri*, as a link to it, if that is an address of the web."""
    shown = escape(text or compact(iri))
    return f'<a href="{escape(iri)}">{shown}</a>' if _IS_LINK.match(iri) else shown


def html_cell(term: Term | None) -> str:
    """A term as the cell of a table; an IRI of the web is a link with its short name."""
    if isinstance(term, ox.NamedNode) and _IS_LINK.match(term.value):
        return f"<td>{html_link(term.value)}</td>"
    attributes = ""
    if isinstance(term, ox.Literal) and term.language:
        direction = f' dir="{term.direction.value}"' if term.direction else ""
        attributes = f' lang="{escape(term.language)}"{direction}'
    return f"<td{attributes}>{escape(_plain(term))}</td>"


_JSON_HEAD: Final = b'{"head":{'


def _json_link(body: bytes, link: str) -> bytes:
    """SPARQL 1.2 Query Results JSON Format, section 3.1.2."""
    rest = body.removeprefix(_JSON_HEAD)
    comma = b"" if rest.startswith(b"}") else b","
    return _JSON_HEAD + b'"link":' + json.dumps([link]).encode() + comma + rest


def _xml_link(body: bytes, link: str) -> bytes:
    """SPARQL Query Results XML Format, section 2.3.1."""
    return body.replace(b"</head>", f'<link href="{escape(link)}"/></head>'.encode(), 1)


def _word(template: bytes) -> Callable[[bool], bytes]:
    """What writes the answer to ASK as a word in *template*."""
    return lambda value: template % (b"true" if value else b"false")


def _engine_word(serializer: ox.QueryResultsFormat) -> Callable[[bool], bytes]:
    return lambda value: _reserialized(_json({"head": {}, "boolean": value}), serializer)


def _engine(serializer: ox.QueryResultsFormat, counter: Callable[[], Scan]) -> ByEngine:
    return ByEngine(serializer, counter, partial(_through_engine, serializer))


_SPARQL_JSON: Final = RowsFormat(
    "application/sparql-results+json",
    "srj",
    "SPARQL results JSON",
    "SPARQL_Results_JSON",
    names=("json",),
    boolean=_engine_word(ox.QueryResultsFormat.JSON),
    empty=re.compile(rb'"bindings":\[\](,"evidence":\[\])?\}\}\Z|"boolean":false\}\Z'),
    link=_json_link,
    rows=results_json,
    takes_labels=True,
    engine=_engine(ox.QueryResultsFormat.JSON, JsonCounter),
)
_SPARQL_XML: Final = RowsFormat(
    "application/sparql-results+xml",
    "srx",
    "SPARQL results XML",
    "SPARQL_Results_XML",
    names=("xml",),
    boolean=_engine_word(ox.QueryResultsFormat.XML),
    empty=re.compile(rb"<results></results></sparql>\Z|<boolean>false</boolean></sparql>\Z"),
    link=_xml_link,
    rows=partial(_through_engine, ox.QueryResultsFormat.XML),
    takes_labels=False,
    engine=_engine(ox.QueryResultsFormat.XML, XmlCounter),
)
_SPARQL_CSV: Final = RowsFormat(
    "text/csv",
    "csv",
    "SPARQL results CSV",
    "SPARQL_Results_CSV",
    boolean=_engine_word(ox.QueryResultsFormat.CSV),
    empty=re.compile(rb"\A[^\n]*\n\Z|\Afalse\Z"),
    rows=_csv,
    takes_labels=True,
    engine=_engine(ox.QueryResultsFormat.CSV, QuotedLineCounter),
)
_SPARQL_TSV: Final = RowsFormat(
    "text/tab-separated-values",
    "tsv",
    "SPARQL results TSV",
    "SPARQL_Results_TSV",
    boolean=_engine_word(ox.QueryResultsFormat.TSV),
    empty=re.compile(rb"\A[^\n]*\n\Z|\Afalse\Z"),
    rows=_tsv,
    takes_labels=False,
    engine=_engine(ox.QueryResultsFormat.TSV, LineCounter),
)
_RECORDS: Final = RowsFormat(
    "application/vnd.gbagraph.records+json",
    "json",
    "JSON records",
    alias="records",
    boolean=_word(b"%s\n"),
    empty=re.compile(rb"\A(\[\]|false)\n\Z"),
    rows=_json_records,
    takes_labels=True,
)
_NDJSON: Final = RowsFormat(
    "application/x-ndjson",
    "ndjson",
    "NDJSON",
    names=("jsonl",),
    word="ndjson",
    boolean=_word(b"%s\n"),
    empty=re.compile(rb"\A(false\n)?\Z"),
    rows=_ndjson,
    takes_labels=True,
)
_MARKDOWN_TABLE: Final = RowsFormat(
    "text/markdown",
    "md",
    "Markdown",
    names=("markdown",),
    boolean=_word(b"%s\n"),
    empty=re.compile(rb"\A[^\n]*\n\|[ \-|]*\n\Z|\Afalse\n\Z"),
    rows=_markdown,
    takes_labels=True,
)
_CSV_WITH_BOM: Final = RowsFormat(
    "text/csv;bom=true",
    "csv",
    "CSV with a byte order mark",
    alias="csv-bom",
    boolean=_word(BOM + b"%s"),
    empty=re.compile(rb"\A[^\n]*\n\Z|\A\xef\xbb\xbffalse\Z"),
    rows=_csv_with_bom,
    takes_labels=True,
)
_CSV_FOR_SPREADSHEETS: Final = replace(
    _CSV_WITH_BOM,
    media_type="text/csv;for=spreadsheets",
    label="CSV for spreadsheets",
    alias="csv-spreadsheet",
    rows=_csv_for_spreadsheets,
)
HTML_TABLE: Final = RowsFormat(
    "text/html;fragment=table",
    "html",
    "HTML table",
    alias="html-table",
    word="html",
    boolean=_word(b"<p>%s</p>\n"),
    empty=re.compile(rb"<tbody>\n</tbody>\n</table>\n\Z|\A<p>false</p>\n\Z"),
    rows=_html,
    takes_labels=True,
)
_BOOLEAN_WORD: Final = AskFormat(
    "text/boolean",
    "boolean",
    "true or false",
    names=("text",),
    boolean=_word(b"%s"),
    empty=re.compile(rb"\Afalse\Z"),
)

SOLUTIONS: Final = (
    *(_SPARQL_JSON, _SPARQL_XML, _SPARQL_CSV, _SPARQL_TSV),
    *(_SPARQL_JSON.also("application/json"), _SPARQL_JSON.also("text/json")),
    *(_SPARQL_XML.also("application/xml"), _SPARQL_XML.also("text/xml")),
    # Plain records and tables, for programs that do not know SPARQL and for people.
    *(_RECORDS, _NDJSON, _MARKDOWN_TABLE),
    *(_NDJSON.also("application/ndjson"), _NDJSON.also("application/jsonl")),
)
"""The formats of rows, in the order of preference among formats of equal quality."""
BOOLEAN: Final = (
    *SOLUTIONS[:2],
    _BOOLEAN_WORD,
    # No standard defines ASK in these formats; all servers write the word.
    *SOLUTIONS[2:],
)
BY_NAME: Final = (_CSV_WITH_BOM, _CSV_FOR_SPREADSHEETS, HTML_TABLE)
"""Formats that only the parameter ``format`` requests: in Accept, their media types mean others."""

OFFERS: Final[dict[Kind, tuple[Format, ...]]] = {
    "solutions": SOLUTIONS,
    "boolean": BOOLEAN,
    "graph": GRAPH,
}
"""The formats of each kind of result that Accept can request."""
ALL: Final[dict[Kind, tuple[Format, ...]]] = {
    "solutions": (*SOLUTIONS, *BY_NAME),
    "boolean": (*BOOLEAN, *BY_NAME),
    "graph": GRAPH,
}
"""The formats of each kind of result with those that only their name requests."""
TABLES: Final = tuple(offer for offer in SOLUTIONS if offer.standard and offer.w3c_name)
"""The formats in which results are offered to people."""
_ROWS: Final = {(kind, offer.media_type): offer for kind, offers in ALL.items() for offer in offers}


def of(kind: Kind, media_type: str) -> Format:
    """Return the format for a kind of result; raises KeyError if there is none."""
    return _ROWS[kind, media_type]
