"""SPARQL results: terms of the JSON form as values to show, and results without rows."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from gbagraph.rdf.namespaces import compact


@dataclass(frozen=True, slots=True)
class Value:
    """A term as a page shows it: text, and the IRI to link to if it is one."""

    text: str
    iri: str | None = None
    note: str = ""


def value_of(term: dict[str, Any], label: dict[str, Any] | None = None) -> Value:
    """A term of SPARQL results JSON as a page shows it."""
    if term["type"] == "uri":
        return Value(label["value"] if label else compact(term["value"]), term["value"])
    kind = term.get("xml:lang") or compact(term.get("datatype", "")).removeprefix("xsd:")
    return Value(str(term["value"]), None, "" if kind == "string" else kind)


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
