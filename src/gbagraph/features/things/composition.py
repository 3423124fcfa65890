"""What the page of a thing shows first: its key facts, and its relations as lines.

Numbers, dates and parties are key facts; which these are, follows from properties, datatypes and kinds.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gbagraph.features.things import meanings
from gbagraph.rdf.namespaces import PREFIXES
from gbagraph.web.templating import date_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.features.things.page import Around, Line, Lines, Thing
    from gbagraph.web.kinds import Schema


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
    shares: tuple[tuple[Line, ...], ...]
    otherwise: tuple[Line, ...]
    more: int = 0


def compose(thing: Thing, around: Around, schema: Schema) -> tuple[list[Row], list[Row]]:
    """Return the key facts of *thing*, which is in what is *around* it, and its other relations."""
    events = sorted(
        (line for lines in thing.pointing for line in lines.lines if _is_event(line, schema)),
        key=lambda line: line.node.earliest or line.fact.value.text,
    )
    keys = [lines for lines in _keys(thing, events[:1]) if not _is_of_evidence(lines)][:_KEYS]
    rest = sorted(
        (lines for lines in _rest(thing, around, schema) if lines not in keys),
        key=lambda lines: not lines.asserted,
    )
    rows = [[_row(lines, thing) for lines in part] for part in (keys, rest)]
    told = {_from_here(lines) for lines in (*keys, *rest)}
    left = [lines for lines in thing.differing if _from_here(lines) not in told]
    if events:
        happened = {line.fact.term for line in events}
        others = (lines.lines for lines in left if lines.relation.iri in happened)
        rows[1].append(Row(None, _shares(events), tuple(line for each in others for line in each)))
        left = [lines for lines in left if lines.relation.iri not in happened]
    rows[1] += [Row(lines, (), lines.lines) for lines in left]
    return rows[0], rows[1]


def _is_event(line: Line, schema: Schema) -> bool:
    """Whether a thing that points here is something that happened at a known time."""
    return bool(line.node.date) and meanings.is_of("when", line.node.types, schema)


def _is_of_evidence(lines: Lines) -> bool:
    """Whether it tells of words and hashes, which only the table has."""
    return (lines.relation.iri or "").startswith(PREFIXES["ev"])


def _keys(thing: Thing, first: list[Line]) -> Iterator[Lines]:
    """Numbers, then dates and when it began, then who takes part in it."""
    yield from thing.groups.get("amount", ())
    dates = thing.groups.get("when", ())
    yield from (lines for lines in dates if date_parts(lines.lines[0].fact.value))
    begun = (lines for lines in thing.pointing if first and first[0] in lines.lines)
    yield from (replace(lines, lines=tuple(first)) for lines in begun)
    yield from (lines for lines in thing.groups.get("who", ()) if lines.asserted)


def _rest(thing: Thing, around: Around, schema: Schema) -> Iterator[Lines]:
    wider = {step.iri for step in around.steps}
    every = [lines for group in _LINES for lines in thing.groups.get(group, ())]
    values = {line.fact.key for lines in every for line in lines.lines}

    def is_told(line: Line) -> bool:
        """Whether it is an event, or told from this end or by the path at the head of the page."""
        if not line.fact.forward:
            return line.fact.key in values or _is_event(line, schema)
        is_place = schema.is_one_of(line.fact.term, meanings.CONTAINMENT[0])
        return is_place and line.fact.derived and line.fact.value.iri in wider

    for lines in (*every, *thing.pointing):
        kept = tuple(line for line in lines.lines if not is_told(line))
        if kept and not _is_of_evidence(lines):
            yield replace(lines, lines=kept)


def _row(lines: Lines, thing: Thing) -> Row:
    term = _from_here(lines)
    others = (each.lines for each in thing.differing if _from_here(each) == term)
    return Row(
        lines,
        _shares(lines.lines[:_SHOWN]),
        tuple(line for each in others for line in each),
        max(0, len(lines.lines) - _SHOWN),
    )


def _from_here(lines: Lines) -> str | None:
    """The property that leads from the thing to the values, if it is known."""
    return (lines.inverse or lines.relation).iri


def _shares(lines: Iterable[Line]) -> tuple[tuple[Line, ...], ...]:
    """Return the lines in parts that rest on the same, for the same reason."""
    shares: dict[object, list[Line]] = defaultdict(list)
    for line in lines:
        fact = line.fact
        places = [(each.basis, each.source, each.sentences) for each in fact.evidence]
        shares[str((fact.derived, places, fact.notes, fact.words))].append(line)
    return tuple(map(tuple, shares.values()))
