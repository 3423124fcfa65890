"""Terms in SPARQL results JSON, and as rdflib has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.errors import NotAcceptable
from gbagraph.rdf.namespaces import PREFIXES

if TYPE_CHECKING:
    import rdflib.term

    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

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


def to_rdflib(term: Term) -> rdflib.term.Identifier:
    """*term* as rdflib has it: the same text, whether or not it is the one rdflib would write.

    Raises:
        NotAcceptable: it is a triple, or a text with a direction, which rdflib does not have.
    """
    import rdflib  # noqa: PLC0415  it takes longer to import than all of this package

    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    if isinstance(term, ox.Triple) or term.direction is not None:
        raise NotAcceptable(
            f"rdflib has no such term as {term}, which is of RDF 1.2. Read it from the answer itself."
        )
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    datatype = rdflib.URIRef(term.datatype.value)
    plain = term.datatype.value == _STRING
    return rdflib.Literal(term.value, datatype=None if plain else datatype, normalize=False)
