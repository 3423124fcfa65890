"""The kinds of things: which class says most of a thing, how many there are, which colour they have.

Classes of one family, such as cities and districts that are places, have one colour on all pages.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from gbagraph.explain.spelling import local_name
from gbagraph.rdf.results import Value, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COLOURS: Final = 12
"""Colours of kinds: the classes ``kind-0`` to ``kind-11`` of the style sheet."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A class, the number of its instances, and one of them."""

    term: Value
    number: int
    example: Value


@dataclass(frozen=True)
class Kinds:
    """The classes that have instances, the largest first, and for each class those above it."""

    classes: tuple[Kind, ...]
    above: Mapping[str, frozenset[str]]

    def specific(self, types: Iterable[str]) -> list[str]:
        """Those of *types* that say most: none of them is above another."""
        found = list(dict.fromkeys(types))
        general = {each for one in found for each in self.above.get(one, ())} - {
            one for one in found if one in self.above.get(one, ())
        }
        return [one for one in found if one not in general]

    def colour(self, kind: str) -> int:
        """The number of the colour of things of the class *kind*."""
        return self._colours.get(self._family(kind), 0)

    def _family(self, kind: str) -> str:
        """The highest class above *kind* in its namespace; *kind* itself if there is none."""
        space = _space(kind)
        higher = {one for one in self.above.get(kind, ()) if _space(one) == space} - {kind}
        tops = [one for one in higher if not self._is_below_another(one, space)]
        return min(tops, default=kind)

    def _is_below_another(self, kind: str, space: str) -> bool:
        return any(_space(one) == space and one != kind for one in self.above.get(kind, ()))

    @cached_property
    def _colours(self) -> dict[str, int]:
        iris = (kind.term.iri or "" for kind in self.classes)
        families = dict.fromkeys(self._family(iri) for iri in iris)
        return {family: place % COLOURS for place, family in enumerate(families)}


NO_KINDS: Final = Kinds((), {})
"""The kinds of data in which they are not counted."""


def _space(iri: str) -> str:
    return iri.removesuffix(local_name(iri))


def read(counted: bytes, superclasses: bytes) -> Kinds:
    """The kinds, from the answers to the queries ``kinds`` and ``superclasses`` in SPARQL results JSON.

    The answers have labels of their IRIs. Of an engine that knows no least IRI there are no kinds.
    """
    found = tuple(
        Kind(_named(row, "class"), int(row["number"]["value"]), _named(row, "example"))
        for row in _rows(counted)
        if "example" in row
    )
    return Kinds(found, _above(_rows(superclasses)))


def _named(row: Mapping[str, Any], name: str) -> Value:
    return value_of(row[name], row.get(f"{name}Label"))


def _rows(answer: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(answer)["results"]["bindings"]
    return found


def _above(rows: Iterable[Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """For each class all above it, also those above these."""
    direct: dict[str, set[str]] = {}
    for row in rows:
        direct.setdefault(row["class"]["value"], set()).add(row["above"]["value"])
    return {each: _reached(each, direct) for each in direct}


def _reached(start: str, direct: Mapping[str, set[str]]) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(direct[start])
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += direct.get(each, ())
    return frozenset(found)
