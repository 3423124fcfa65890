"""What the start page shows first: a few things with their figures, and a chain of facts."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gbagraph.feature import hook
from gbagraph.rdf.results import Value, in_first, named, value_of
from gbagraph.sparql.terms import from_json
from gbagraph.web.table import of_proof
from gbagraph.web.templating import called, date_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gbagraph.web.context import Context

    Row = Mapping[str, Any]

_VALUES: Final = 3
"""Values of a figure of a thing."""

Triple = tuple[str, str, str]
"""The terms of a fact in N-Triples syntax."""


class Rests(NamedTuple):
    """How something is known (``stated``, ``inferred`` …), and the passages on which it rests."""

    basis: str
    places: tuple[Value, ...]


class Figure(NamedTuple):
    """A number, a date or a few things under a name; what *others* say instead, or more *exactly*."""

    name: Value
    status: Value | None
    values: tuple[Value, ...]
    unit: Value | None
    bound: Value | None
    others: tuple[Value, ...]
    exactly: tuple[Value, ...]
    triples: tuple[Triple, ...]


class Card(NamedTuple):
    """A thing, its kind or the place where it is, and its figures, or the sentences on it."""

    thing: Value
    kind: Value | None
    place: Value | None
    placed: tuple[Triple, ...]
    figures: tuple[Figure, ...]
    comments: tuple[Value, ...] = ()

    @property
    def triples(self) -> tuple[Triple, ...]:
        """The facts of all figures, and of the place."""
        return tuple(triple for figure in self.figures for triple in figure.triples) + self.placed


class Step(NamedTuple):
    """A fact of a chain."""

    thing: Value
    property: Value
    other: Value
    triples: tuple[Triple, ...]


class Chain(NamedTuple):
    """Facts of which each leads to the next, and the query of ``/why`` for what follows of all."""

    steps: tuple[Step, ...] = ()
    why: str = ""


def read_cards(answer: Iterable[Row], most: int) -> tuple[Card, ...]:
    """Return the things with the first *most* figures of each, from the rows of ``start-things``."""
    return tuple(_card(list(of_thing), most) for _, of_thing in _together(answer, "thing"))


def _together(answer: Iterable[Row], name: str) -> Any:  # noqa: ANN401  as groupby has it
    return groupby(answer, lambda row: row[name]["value"] if name in row else "")


def _card(of_thing: list[Row], most: int) -> Card:
    groups = [list(figure) for name, figure in _together(of_thing, "figure") if name]
    first = of_thing[0]
    placed = "within" in first and _triple(first["thing"], first["within"], first.get("place"))
    return Card(
        _called(named(first, "thing")),
        bound(first, "kind"),
        bound(first, "place"),
        (placed,) if placed else (),
        tuple(_figure(each) for each in groups[:most]),
        _distinct(of_thing, "comment"),
    )


def mixed(cards: Iterable[Card], languages: tuple[str, ...], most: int) -> tuple[Card, ...]:
    """Return *cards* with dates, two links each time, and numbers in turn, or else with a sentence.

    A thing of which there is neither is left out.
    """
    mixture = []
    for card in cards:
        turns: Counter[str] = Counter()
        ranked = []
        for figure in card.figures:
            sort = _sort(figure.values[0])
            turns[sort] += 1
            place = (turns[sort] + 1) // 2 if sort == "link" else turns[sort]
            ranked.append((place, sort, figure._replace(values=figure.values[:_VALUES])))
        figures = tuple(each[-1] for each in sorted(ranked, key=lambda each: each[:2])[:most])
        comments = () if figures else tuple(in_first(card.comments, languages)[:1])
        mixture.append(card._replace(figures=figures, comments=comments))
    return tuple(card for card in mixture if card.figures or card.comments)


def _sort(value: Value) -> str:
    return "link" if value.iri else "date" if date_parts(value) else "number"


def _called(value: Value) -> Value:
    return replace(value, text=called(value))


def _figure(of_name: list[Row]) -> Figure:
    first = of_name[0]
    return Figure(
        named(first, "figure"),
        bound(first, "status"),
        _distinct(of_name, "value"),
        bound(first, "unit"),
        bound(first, "bound"),
        _distinct(of_name, "other"),
        _distinct(of_name, "exactly"),
        tuple(dict.fromkeys(filter(None, map(_fact, of_name)))),
    )


def bound(row: Row, name: str) -> Value | None:
    """Return what stands in a column of a row; None for nothing."""
    return named(row, name) if name in row else None


def _distinct(answer: Iterable[Row], name: str) -> tuple[Value, ...]:
    return tuple(dict.fromkeys(_called(named(row, name)) for row in answer if name in row))


def _fact(row: Row) -> Triple | None:
    """The triple that says the figure: of the thing and the figure, if no other is named."""
    ends = row.get("subject", row["thing"]), row.get("object", row["value"])
    return _triple(ends[0], row.get("predicate", row["figure"]), ends[1])


def _triple(*terms: dict[str, Any] | None) -> Triple | None:
    subject, predicate, value = (from_json(term) if term else None for term in terms)
    return (
        None if None in (subject, predicate, value) else (str(subject), str(predicate), str(value))
    )


def read_chain(answer: Sequence[Row]) -> Chain:
    """Return the chain, from the rows of ``start-chain``."""
    steps = tuple(map(_step, answer))
    if not answer or "whole" not in answer[0]:
        return Chain(steps)
    return Chain(steps, of_proof(answer[0]["thing"], answer[0]["whole"], answer[-1]["other"]))


def _step(row: Row) -> Step:
    triple = _triple(row["thing"], row["property"], row["other"])
    thing, relation, other = (named(row, name) for name in ("thing", "property", "other"))
    return Step(thing, relation, other, (triple,) if triple else ())


async def evidence(
    context: Context, triples: Iterable[Triple], labels: tuple[str, ...]
) -> dict[Triple, Rests]:
    """Return on what *triples* rest, where the data say so and proofs are served."""
    asked, job = tuple(dict.fromkeys(triples)), hook("evidence of facts job")
    if not asked or job is None or not await context.has_claims():
        return {}
    answers = json.loads((await context.result(job(asked, labels))).body)
    return {triple: _rests(each) for triple, each in zip(asked, answers, strict=True) if each}


def _rests(known: Mapping[str, Any]) -> Rests:
    places = (value_of(place["source"], place["label"]) for place in known["places"])
    return Rests(known["basis"], tuple(places))


def places(known: Mapping[Triple, Rests], triples: Iterable[Triple]) -> dict[Value, list[str]]:
    """Return the first passage of each of *triples*, by what is *known* of it, and their bases."""
    by_place: dict[Value, dict[str, None]] = {}
    for each in triples:
        for place in known[each].places[:1] if each in known else ():
            by_place.setdefault(place, {})[known[each].basis] = None
    return {place: list(bases) for place, bases in by_place.items()}
