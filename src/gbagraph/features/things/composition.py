"""What the page of a thing shows first: its key facts, and its relations as lines.

Numbers, dates and parties are key facts; which these are, follows from properties, datatypes and kinds.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gbagraph.features.things import meanings
from gbagraph.features.things.meanings import CONTAINMENT
from gbagraph.rdf.namespaces import PREFIXES
from gbagraph.web.templating import date_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.features.things.page import Around, Line, Lines, Thing
    from gbagraph.web.kinds import Schema

    Shares = tuple[tuple["Line", ...], ...]


_KEYS: Final = 6
"""Key facts of a page."""

_SHOWN: Final = 12
"""Values of a property that stand in a line; the table has all."""

_LINES: Final = ("where", "who", "part", "links", "about", "amount", "when", "what")
"""The groups of facts that are lines, in their order."""


@dataclass(frozen=True, slots=True)
class Row:
    """The values of a property in a line: in each of the *shares*, those that rest on the same.

    *otherwise* is what other sources say instead, *more* the number of values that are not shown.
    Without *lines* these are the events in which the thing took part.
    """

    lines: Lines | None
    shares: Shares = ()
    otherwise: tuple[Line, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Composition:
    """The key facts, and what else is told of a thing in lines."""

    keys: tuple[Row, ...] = ()
    rows: tuple[Row, ...] = ()


def compose(thing: Thing, around: Around, schema: Schema) -> Composition:
    """Return what the page of *thing*, which is in what is *around* it, shows first."""
    events = [line for lines in thing.pointing for line in lines.lines if _is_event(line, schema)]
    events.sort(key=lambda line: line.node.earliest or line.fact.value.text)
    keys = [lines for lines in _keys(thing, events[:1]) if not _is_of_evidence(lines)][:_KEYS]
    rest = [_row(lines) for lines in _rest(thing, around, schema) if lines not in keys]
    rest.sort(key=lambda row: not row.lines or not row.lines.asserted)
    happened = [Row(None, _shares(events))] if events else []
    parts = list(map(_row, keys)), [*rest, *happened]
    return Composition(*_with_differing(parts, thing.differing, events))


def _is_event(line: Line, schema: Schema) -> bool:
    """Whether a thing that points here is something that happened at a known time."""
    return bool(line.node.date or line.node.earliest) and meanings.is_event(line.node.types, schema)


def _keys(thing: Thing, first: list[Line]) -> Iterator[Lines]:
    """Numbers, then dates and when it began, then who takes part in it."""
    yield from thing.groups.get("amount", ())
    dates = thing.groups.get("when", ())
    yield from (lines for lines in dates if date_parts(lines.lines[0].fact.value))
    for lines in thing.pointing:
        if first and first[0] in lines.lines:
            yield replace(lines, lines=tuple(first))
    yield from (lines for lines in thing.groups.get("who", ()) if lines.asserted)


def _is_of_evidence(lines: Lines) -> bool:
    """Whether it tells of words and hashes, which only the table has."""
    return (lines.relation.iri or "").startswith(PREFIXES["ev"])


def _rest(thing: Thing, around: Around, schema: Schema) -> Iterator[Lines]:
    wider = {step.iri for step in around.steps}
    every = [lines for group in _LINES for lines in thing.groups.get(group, ())]
    values = {line.fact.key for lines in every for line in lines.lines}

    def is_told(line: Line) -> bool:
        """Whether it is an event, or told from this end or by the path at the head of the page."""
        if not line.fact.forward:
            return line.fact.key in values or _is_event(line, schema)
        is_place = schema.is_one_of(line.fact.term, CONTAINMENT[0])
        return is_place and line.fact.derived and line.fact.value.iri in wider

    for lines in [*every, *thing.pointing]:
        if _is_of_evidence(lines):
            continue
        kept = tuple(line for line in lines.lines if not is_told(line))
        if kept:
            yield replace(lines, lines=kept)


def _row(lines: Lines) -> Row:
    return Row(lines, _shares(lines.lines[:_SHOWN]), more=len(lines.lines[_SHOWN:]))


def _shares(lines: Iterable[Line]) -> Shares:
    """Return the lines in parts that rest on the same, for the same reason."""
    shares: dict[object, list[Line]] = defaultdict(list)
    for line in lines:
        fact = line.fact
        places = [(each.basis, each.source, each.sentences) for each in fact.evidence]
        shares[str((fact.derived, places, fact.notes, fact.words))].append(line)
    return tuple(map(tuple, shares.values()))


def _with_differing(
    parts: tuple[list[Row], list[Row]], differing: Iterable[Lines], events: list[Line]
) -> Iterator[tuple[Row, ...]]:
    """Yield the *parts* with what differs beside the first row that it concerns, or in one of its own."""
    waiting = list(differing)
    happened = {line.fact.term for line in events}
    for number, rows in enumerate(parts):
        done = []
        for row in rows:
            terms = {_from_here(row.lines)} if row.lines else happened
            found = [lines for lines in waiting if _from_here(lines) in terms]
            waiting = [lines for lines in waiting if lines not in found]
            done.append(replace(row, otherwise=tuple(each for one in found for each in one.lines)))
        left = [Row(each, (), each.lines) for each in waiting] if number else []
        yield (*done, *left)


def _from_here(lines: Lines) -> str | None:
    """The property that leads from the thing to the values, if it is known."""
    return (lines.inverse or lines.relation).iri
