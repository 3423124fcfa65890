"""What the ontology of a dataset says of its properties: what is above them, their inverses, ranges."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gbagraph.rdf.namespaces import expand
from gbagraph.rdf.results import Value, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gbagraph.web.kinds import Kinds

_ABOVE: Final = expand("rdfs:subPropertyOf")
_RANGE: Final = expand("rdfs:range")
_INVERSE: Final = expand("owl:inverseOf")
_TYPE: Final = expand("rdf:type")


@dataclass(frozen=True, slots=True)
class Schema:
    """The properties of a dataset; of one that is not declared nothing is known.

    ``names`` are the properties that are the inverse of another, with their labels; ``kinds`` are
    the classes.
    """

    _above: Mapping[str, tuple[str, ...]]
    _ranges: Mapping[str, tuple[str, ...]]
    _inverses: Mapping[str, frozenset[str]]
    names: Mapping[str, Value]
    kinds: Kinds

    def above(self, term: str) -> tuple[str, ...]:
        """The properties above *term*, at any height, the nearest first."""
        return self._above.get(term, ())

    def ranges(self, term: str) -> tuple[str, ...]:
        """The classes of which the values of *term* are, those above them too."""
        return self._ranges.get(term, ())

    def inverses(self, term: str) -> frozenset[str]:
        """The properties that hold from B to A where *term* holds from A to B."""
        found = (self._inverses.get(each, frozenset()) for each in (term, *self.above(term)))
        return frozenset[str]().union(*found)

    def inverse_name(self, term: str) -> Value | None:
        """The property that is declared as the inverse of *term*, if there is one with a name."""
        found = sorted(self._inverses.get(term, ()))
        return next((self.names[each] for each in found if each in self.names), None)

    def with_all_below(self, terms: Iterable[str]) -> tuple[str, ...]:
        """These properties and all that are below one of them."""
        known = tuple(terms)
        below = (each for each, above in self._above.items() if not set(known).isdisjoint(above))
        return tuple(dict.fromkeys((*known, *below)))


def read(results: bytes, kinds: Kinds) -> Schema:
    """The schema, from the answer to the query ``properties`` in SPARQL results JSON."""
    said: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    names: dict[str, Value] = {}
    for row in json.loads(results)["results"]["bindings"]:
        term, value = row["property"]["value"], row["value"]["value"]
        said[row["tells"]["value"]][term].append(value)
        if row["tells"]["value"] == _INVERSE:
            names |= {term: _named(row, "property"), value: _named(row, "value")}
    return Schema(
        {term: _reached(term, said[_ABOVE]) for term in said[_ABOVE]},
        {term: _with_above(found, kinds) for term, found in said[_RANGE].items()},
        _both_ways(said),
        {iri: name for iri, name in names.items() if name.name},
        kinds,
    )


def _named(row: Mapping[str, Any], name: str) -> Value:
    return value_of(row[name], row.get(f"{name}Label"))


def _reached(start: str, direct: Mapping[str, list[str]]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    waiting = list(direct[start])
    while waiting:
        each = waiting.pop(0)
        if each not in found:
            found[each] = None
            waiting += direct.get(each, ())
    return tuple(found)


def _with_above(classes: Iterable[str], kinds: Kinds) -> tuple[str, ...]:
    return tuple(each for one in classes for each in (one, *sorted(kinds.above.get(one, ()))))


def _both_ways(said: Mapping[str, Mapping[str, list[str]]]) -> Mapping[str, frozenset[str]]:
    """The inverses; a symmetric property is its own."""
    found: dict[str, set[str]] = defaultdict(set)
    for term, inverses in said[_INVERSE].items():
        for each in inverses:
            found[term].add(each)
            found[each].add(term)
    for term in said[_TYPE]:
        found[term].add(term)
    return {term: frozenset(inverses) for term, inverses in found.items()}
