"""What stands in the line of a value that is a node: its number with the unit, its date, its kinds."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gbagraph.explain.spelling import local_name
from gbagraph.rdf.results import Value, value_of
from gbagraph.web.things import meanings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gbagraph.web.things.schema import Schema

_EXACT: Final = "Exact"
"""The bound of a number that stands as it is."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node beside a thing, as far as the page of the thing tells of it."""

    types: tuple[str, ...] = ()
    is_amount: bool = False
    """Whether it is there for its number alone."""
    number: Value | None = None
    unit: Value | None = None
    bound: Value | None = None
    date: Value | None = None
    earliest: str = ""
    latest: str = ""
    latitude: float | None = None
    longitude: float | None = None


NOTHING: Final = Node()
"""A node of which nothing is known."""


def read(results: bytes, schema: Schema) -> dict[str, Node]:
    """The nodes by their IRI or blank name, from the answer to ``thing-around`` with labels."""
    said: dict[str, dict[str, list[Value]]] = defaultdict(lambda: defaultdict(list))
    for row in json.loads(results)["results"]["bindings"]:
        value = value_of(row["value"], row.get("valueLabel"))
        said[row["node"]["value"]][row["property"]["value"]].append(value)
    return {node: _node(found, schema) for node, found in said.items()}


def _node(said: Mapping[str, list[Value]], schema: Schema) -> Node:
    types = tuple(value.iri for value in said.get(meanings.TYPE, ()) if value.iri)
    number = _first(said, meanings.NUMBER)
    earliest, latest = _first(said, meanings.EARLIEST), _first(said, meanings.LATEST)
    bound = _first(said, meanings.BOUND)
    is_exact = bound is not None and local_name(bound.iri or "") == _EXACT
    return Node(
        types=types,
        is_amount=number is not None and (not types or meanings.is_amount(types, schema)),
        number=number,
        unit=_first(said, meanings.UNIT),
        bound=None if is_exact else bound,
        date=_first(said, meanings.DATE),
        earliest=earliest.text if earliest else "",
        latest=latest.text if latest else "",
        latitude=degrees(_first(said, meanings.LATITUDE)),
        longitude=degrees(_first(said, meanings.LONGITUDE)),
    )


def _first(said: Mapping[str, list[Value]], terms: Iterable[str]) -> Value | None:
    return next((said[term][0] for term in terms if said.get(term)), None)


def degrees(value: Value | None) -> float | None:
    """A coordinate as a number; None if it is none."""
    try:
        return None if value is None else float(value.text)
    except ValueError:
        return None
