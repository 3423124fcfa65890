"""Which terms of an ontology no query asks: what the competency questions leave out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gbagraph.rdf import namespaces
from gbagraph.rdf.namespaces import PREFIXES, declarations, expand
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.sparql.tokens import declared_prefixes
from gbagraph.testing.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gbagraph.testing.asking import Asked

_EVERYWHERE: Final = "{{ {{ {0} }} UNION {{ GRAPH ?graph {{ {0} }} }} {1} }}"
_KINDS: Final = (
    "owl:Class, rdfs:Class, rdf:Property, owl:ObjectProperty, owl:DatatypeProperty, "
    "owl:AnnotationProperty"
)
_DECLARED: Final = f"{declarations()}SELECT DISTINCT ?term " + _EVERYWHERE.format(
    "?term a ?kind", f"FILTER (isIRI(?term) && ?kind IN ({_KINDS}))"
)
_RETIRED: Final = f"{declarations()}SELECT DISTINCT ?term " + _EVERYWHERE.format(
    "?term owl:deprecated true", ""
)
_PROPERTIES: Final = "SELECT ?term (COUNT(*) AS ?uses) { ?s ?term ?o } GROUP BY ?term"
_CLASSES: Final = (
    "SELECT ?term (COUNT(*) AS ?uses) { ?s a ?term FILTER isIRI(?term) } GROUP BY ?term"
)


@dataclass(frozen=True, slots=True)
class Unasked:
    """The *terms* that no query names, each with its number of uses, and how many terms there are."""

    terms: Mapping[str, int]
    total: int
    prefixes: Mapping[str, str]

    def text(self) -> str:
        """For people: those that the data use, the most used first; then those that it does not."""
        asked = self.total - len(self.terms)
        head = f"{asked} of {self.total} terms are asked by a query, {len(self.terms)} are not."
        lines = [
            f"  {namespaces.written(iri, self.prefixes)}  "
            f"{f'{uses:,} uses' if uses else 'not used in the data'}"
            for iri, uses in self.terms.items()
        ]
        return "\n".join([head, *lines])

    def as_json(self) -> str:
        """The same as JSON."""
        content = {"terms": self.total, "unasked": dict(self.terms)}
        return json.dumps(content, ensure_ascii=False, indent=1)


def unasked_terms(graph: Asked, queries: Iterable[Any], *, exempt: Iterable[str] = ()) -> Unasked:
    """The terms that are declared in *graph* and that none of *queries* names.

    Where nothing is declared, the terms are those that the data use. A term that is reached only by a
    variable or as a value is not named. Retired terms need no query.

    Args:
        graph: a graph or an endpoint.
        queries: texts, or what has a ``text``, as canned queries and query files have.
        exempt: IRIs of terms that need no query.
    """
    texts = [getattr(query, "text", query) for query in queries]
    uses = _uses(graph)
    terms = set(_column(graph, _DECLARED)) or uses.keys()
    terms -= {*_column(graph, _RETIRED), *exempt}
    asked = {iri for text in texts for iri in _named(text)}
    left = sorted(terms - asked, key=lambda iri: (-uses.get(iri, 0), iri))
    prefixes = {**PREFIXES, **{k: v for text in texts for k, v in declared_prefixes(text).items()}}
    return Unasked({iri: uses.get(iri, 0) for iri in left}, len(terms), prefixes)


def _named(query: str) -> set[str]:
    """The IRIs in a query, and rdf:type where it stands as ``a``."""
    parsed = ParsedQuery(query)
    is_typed = any(token.text == "a" for token in parsed.words)
    return {*parsed.iris, *([expand("rdf:type")] if is_typed else [])}


def _column(graph: Asked, query: str) -> list[str]:
    return [row[0].value for row in read(graph.query(query)).rows]  # type: ignore[union-attr]


def _uses(graph: Asked) -> dict[str, int]:
    """How often each property and each class is used in the default graph."""
    return {
        row[0].value: int(row[1].value)  # type: ignore[union-attr]
        for query in (_PROPERTIES, _CLASSES)
        for row in read(graph.query(query)).rows
    }
