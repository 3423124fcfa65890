"""Terms in SPARQL results JSON."""

from __future__ import annotations

from typing import Any, Final

import pyoxigraph as ox

from gbagraph.rdf.namespaces import PREFIXES

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Terms = ox.QuerySolution | tuple[Term | None, ...]
"""The terms of a row by place, None where a variable is unbound."""

_STRING: Final = PREFIXES["xsd"] + "string"
_DIRECTIONS: Final = {"ltr": ox.BaseDirection.LTR, "rtl": ox.BaseDirection.RTL}


def from_json(term: dict[str, Any]) -> Any:  # noqa: ANN401  a term; where it stands says of which kind
    """The term that :func:`gbagraph.rdf.results.as_json` wrote so."""
    kind, value = term["type"], term["value"]
    if kind == "triple":
        return triple_from_json(value)
    if kind == "uri":
        return ox.NamedNode(value)
    if kind == "bnode":
        return ox.BlankNode(value)
    if "xml:lang" in term:
        direction = _DIRECTIONS.get(term.get("its:dir", ""))
        return ox.Literal(value, language=term["xml:lang"], direction=direction)
    return ox.Literal(value, datatype=ox.NamedNode(term.get("datatype", _STRING)))


def triple_from_json(parts: dict[str, Any]) -> ox.Triple:
    """The triple from an object with a term for each part."""
    return ox.Triple(*(from_json(parts[name]) for name in ("subject", "predicate", "object")))
