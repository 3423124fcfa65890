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


def as_json(term: Term) -> dict[str, Any]:
    """*term* as SPARQL JSON results have it (SPARQL 1.2 Query Results JSON Format, section 3.2.2)."""
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, ox.Triple):
        parts = zip(("subject", "predicate", "object"), term, strict=True)
        return {"type": "triple", "value": {name: as_json(part) for name, part in parts}}
    return {"type": "literal", "value": term.value, **_kind(term)}


def _kind(literal: ox.Literal) -> dict[str, str]:
    if literal.language:
        direction = {"its:dir": literal.direction.value} if literal.direction else {}
        return {"xml:lang": literal.language, **direction}
    datatype = literal.datatype.value
    return {} if datatype == _STRING else {"datatype": datatype}


def from_json(term: dict[str, Any]) -> Any:  # noqa: ANN401  a term; where it stands says of which kind
    """The term that :func:`as_json` wrote so."""
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
