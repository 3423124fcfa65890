"""Terms of SPARQL results JSON as values to show to a reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
