"""What stands in the line of a value that is a node: number, date, point, what is said of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from gbagraph.features.things import meanings
from gbagraph.features.things.facts import fact_of
from gbagraph.names.texts import local_name
from gbagraph.rdf.results import Value, named, rows
from gbagraph.web.kinds import about

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gbagraph.features.things.facts import Fact, Row
    from gbagraph.features.things.nested import Nested
    from gbagraph.web.kinds import Schema


_EXACT, _PLANNED = "Exact", "Planned"  # the bound of a number that stands as it is; a status


@dataclass(frozen=True, slots=True)
class Node:
    """A node beside a thing, as far as the page of the thing shows it."""

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
    is_planned: bool = False
    differs_from: str = ""
    within: frozenset[str] = frozenset()
    """The places that it is in."""
    shown: tuple[Fact, ...] = ()
    """The facts that say its number and its date, which are shown beside links to it."""
    nested: Nested | None = None
    """What is said of it, if it has no name."""


NOTHING: Final = Node()
"""A node of which nothing is known."""


def around_query(iri: str, schema: Schema) -> str:
    """Return a SELECT query for what the nodes beside *iri* are, and for their numbers and dates."""
    telling = (*schema.with_all_below(meanings.TELLING), *meanings.CONTAINMENT[0])
    return about("features/things", "thing-around", iri, telling=telling)


def read_nodes(results: bytes, schema: Schema) -> dict[str, Node]:
    """Return the nodes by their IRI or blank name, from the answer to ``thing-around`` with labels."""
    said: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows(results):
        said[row["node"]["value"]][row["property"]["value"]].append(row)
    return {node: _node(properties, schema) for node, properties in said.items()}


def unnamed(facts: Iterable[Fact]) -> set[str]:
    """Return the values of *facts* that have no name."""
    return {fact.terms[1]["value"] for fact in facts if fact.terms[1]["type"] == "bnode"}


def tell_of_unnamed(
    facts: Iterable[Fact], nodes: Mapping[str, Node], told: Mapping[str, Nested]
) -> dict[str, Node]:
    """Let *facts* have for values without a name what is *told* of them; return *nodes* with that."""
    for fact in facts:
        if fact.terms[1]["type"] == "bnode":
            fact.value = Value(told[fact.terms[1]["value"]].text)
    return {**nodes, **{k: replace(nodes.get(k, NOTHING), nested=each) for k, each in told.items()}}


def _node(said: Mapping[str, list[Row]], schema: Schema) -> Node:
    types = tuple(row["value"]["value"] for row in said.get(meanings.TYPE, ()))
    row_of = partial(_first, said, schema)

    def first(terms: tuple[str, ...]) -> Value | None:
        row = row_of(terms)
        return named(row, "value") if row else None

    number = first(meanings.NUMBER)
    earliest, latest = first(meanings.EARLIEST), first(meanings.LATEST)
    bound = first(meanings.BOUND)
    is_exact = bound is not None and local_name(bound.iri or "") == _EXACT
    is_amount = number is not None and (not types or meanings.is_of("amount", types, schema))
    telling = [meanings.NUMBER] if is_amount else [meanings.NUMBER, meanings.DATE]
    status, differs = first(meanings.STATUS), first(meanings.DIFFERS)
    return Node(
        types=types,
        is_amount=is_amount,
        number=number,
        unit=first(meanings.UNIT),
        bound=None if is_exact else bound,
        date=first(meanings.DATE),
        earliest=earliest.text if earliest else "",
        latest=latest.text if latest else "",
        latitude=degrees(first(meanings.LATITUDE)),
        longitude=degrees(first(meanings.LONGITUDE)),
        is_planned=status is not None and local_name(status.iri or "") == _PLANNED,
        differs_from=(differs.iri or "") if differs else "",
        within=frozenset(
            row["value"]["value"] for term in meanings.CONTAINMENT[0] for row in said.get(term, ())
        ),
        shown=tuple(fact_of(_narrowest(row, said, schema)) for row in map(row_of, telling) if row),
    )


def _first(said: Mapping[str, list[Row]], schema: Schema, terms: tuple[str, ...]) -> Row | None:
    """The row of the first of *terms* that has one, else of one below them."""
    below = (term for term in said if schema.is_one_of(term, terms))
    return next((said[term][0] for term in (*terms, *below) if said.get(term)), None)


def _narrowest(row: Row, said: Mapping[str, list[Row]], schema: Schema) -> Row:
    """The row with the same value and a property below that of *row*, which is what somebody said."""
    term = row["property"]["value"]
    every = (one for name in said if name != term for one in said[name])
    below = (one for one in every if schema.is_one_of(one["property"]["value"], (term,)))
    return next((one for one in below if one["value"] == row["value"]), row)


def degrees(value: Value | None) -> float | None:
    """Return a coordinate as a number; None if it is none."""
    try:
        return None if value is None else float(value.text)
    except ValueError:
        return None
