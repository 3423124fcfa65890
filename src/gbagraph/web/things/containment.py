"""What a thing is in, step by step up to the widest."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gbagraph.rdf.results import Value, value_of
from gbagraph.web.own_queries import about
from gbagraph.web.things import meanings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gbagraph.web.things.schema import Schema

_ASKED: Final = "schema:containedInPlace"
"""What stands in the query in place of all properties that lead to what a thing is in."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a thing is in, the nearest first; and the nearest point of it that is known, with its name.

    Of a point of its own the name is None.
    """

    steps: tuple[Value, ...] = ()
    point: tuple[float, float] | None = None
    point_of: Value | None = None


def query(iri: str, schema: Schema) -> str:
    """A SELECT query for what *iri* is in, by all properties that the ontology knows for that."""
    every = (term for family in meanings.CONTAINMENT for term in schema.with_all_below(family))
    terms = [f"<{term}>" for term in dict.fromkeys(every)]
    text = about("thing-containment", iri)
    text = text.replace(f"({_ASKED})*", f"({'|'.join(terms)})*")
    return text.replace(f"{{ {_ASKED} }}", f"{{ {' '.join(terms)} }}")


def read(iri: str, results: bytes, schema: Schema) -> Around:
    """What *iri* is in, from the answer to the query, with labels."""
    names: dict[str, Value] = {}
    points: dict[str, tuple[float, float]] = {}
    outward: list[tuple[str, str, str]] = []
    for row in json.loads(results)["results"]["bindings"]:
        inner = row["inner"]["value"]
        names[inner] = _named(row, "inner")
        if "outer" in row:
            names[row["outer"]["value"]] = _named(row, "outer")
            outward.append((inner, row["property"]["value"], row["outer"]["value"]))
        else:
            _add_point(points, inner, row)
    path = _path(iri, outward, schema)
    place = next((each for each in (iri, *path) if each in points), None)
    return Around(
        tuple(names[each] for each in path),
        points.get(place or ""),
        names[place] if place and place != iri else None,
    )


def _named(row: Mapping[str, Any], name: str) -> Value:
    return value_of(row[name], row.get(f"{name}Label"))


def _add_point(points: dict[str, tuple[float, float]], iri: str, row: Mapping[str, Any]) -> None:
    try:
        points.setdefault(iri, (float(row["latitude"]["value"]), float(row["longitude"]["value"])))
    except ValueError:
        return


def _path(iri: str, outward: list[tuple[str, str, str]], schema: Schema) -> list[str]:
    """The steps from *iri* outwards, by the first family of properties that has any."""
    for family in meanings.CONTAINMENT:
        terms = frozenset(schema.with_all_below(family))
        steps: dict[str, set[str]] = defaultdict(set)
        for inner, term, outer in outward:
            if term in terms and inner != outer:
                steps[inner].add(outer)
        if steps.get(iri):
            return _longest(iri, steps)
    return []


def _longest(iri: str, steps: Mapping[str, set[str]]) -> list[str]:
    """The path that takes the nearest step each time: the one from which most are still around."""
    path: list[str] = []
    here = iri
    while True:
        next_steps = {each for each in steps.get(here, ()) if each != iri and each not in path}
        if not next_steps:
            return path
        here = min(next_steps, key=lambda each: (-len(_all_around(each, steps)), each))
        path.append(here)


def _all_around(start: str, steps: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for each in steps.get(waiting.pop(), ()):
            if each not in found:
                found.add(each)
                waiting.append(each)
    return found
