"""SPARQL results: terms of the JSON form as values to show, and results without rows."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

from gbagraph.rdf.namespaces import compact

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Value:
    """A term as a page shows it: text, and the IRI to link to if it is one.

    *note* says what kind of text it is: its language tag or its datatype. *language* is the tag of the
    text, which for an IRI is that of its label.
    """

    text: str
    iri: str | None = None
    note: str = ""
    language: str = ""

    @property
    def name(self) -> str:
        """The IRI with a prefix, as a query writes it; empty for a literal, or if it is the text."""
        short = compact(self.iri) if self.iri else ""
        return "" if short == self.text else short


def value_of(term: dict[str, Any], label: dict[str, Any] | None = None) -> Value:
    """A term of SPARQL results JSON as a page shows it."""
    if term["type"] == "uri":
        if label is None:
            return Value(compact(term["value"]), term["value"])
        return Value(label["value"], term["value"], language=label.get("xml:lang", ""))
    if term["type"] == "triple":
        parts = (term["value"][part] for part in ("subject", "predicate", "object"))
        return Value(f"<<( {' '.join(value_of(part).text for part in parts)} )>>")
    language = term.get("xml:lang", "")
    kind = language or compact(term.get("datatype", "")).removeprefix("xsd:")
    return Value(str(term["value"]), None, "" if kind == "string" else kind, language)


_JSON_HEAD: Final = b'{"head":{'
_NO_ROWS: Final = {
    "srj": re.compile(rb'"bindings":\[\](,"evidence":\[\])?\}\}\Z|"boolean":false\}\Z'),
    "srx": re.compile(rb"<results></results></sparql>\Z|<boolean>false</boolean></sparql>\Z"),
    "csv": re.compile(rb"\A[^\n]*\n\Z|\A(\xef\xbb\xbf)?false\Z"),
    "tsv": re.compile(rb"\A[^\n]*\n\Z|\Afalse\Z"),
    "json": re.compile(rb"\A(\[\]|false)\n\Z"),
    "ndjson": re.compile(rb"\A(false\n)?\Z"),
    "md": re.compile(rb"\A[^\n]*\n\|[ \-|]*\n\Z|\Afalse\n\Z"),
    "html": re.compile(rb"<tbody>\n</tbody>\n</table>\n\Z|\A<p>false</p>\n\Z"),
}
"""For each format of results by its extension, the end of those without rows."""


def has_no_rows(body: bytes, extension: str) -> bool:
    """Whether results, as the engine writes them, have no row, or are the boolean false."""
    found = _NO_ROWS.get(extension)
    return found is not None and found.search(body) is not None


def with_link(body: bytes, extension: str, link: str) -> bytes:
    """Results with *link* in their head, in the formats that have a place for it.

    Those are SPARQL Results JSON (section 3.1.2) and XML (section 2.3.1).
    """
    if extension == "srj":
        rest = body.removeprefix(_JSON_HEAD)
        comma = b"" if rest.startswith(b"}") else b","
        return _JSON_HEAD + b'"link":' + json.dumps([link]).encode() + comma + rest
    if extension == "srx":
        return body.replace(b"</head>", f'<link href="{escape(link)}"/></head>'.encode(), 1)
    return body


def rows(body: bytes) -> list[dict[str, Any]]:
    """The rows of an answer in SPARQL results JSON, each as terms by column."""
    found: list[dict[str, Any]] = json.loads(body)["results"]["bindings"]
    return found


def named(row: Mapping[str, Any], column: str) -> Value:
    """What stands in a column of a row, with its label where the answer has labels."""
    return value_of(row[column], row.get(f"{column}Label"))
