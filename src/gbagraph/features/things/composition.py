"""What the page of a thing shows first: its key facts, and its relations as lines.

Numbers, dates and parties are key facts; which these are, follows from properties, datatypes and kinds.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.features.things import meanings
from gbagraph.rdf.namespaces import PREFIXES
from gbagraph.web.templating import date_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gbagraph.features.things.facts import Fact
    from gbagraph.features.things.nodes import Node
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

    *others* is what other sources say, by the key of the value that it concerns, which has a share of
    its own; or of none. *more* is the number of values that are not shown. Without *lines* these are the
    events in which the thing took part.
    """

    lines: Lines | None
    shares: tuple[tuple[Line, ...], ...]
    others: dict[str, tuple[Others, ...]]
    more: int = 0


class Others(NamedTuple):
    """What other sources say: it ``differs``, is more ``exact``, or ``adds`` what nobody else says."""

    how: str
    lines: tuple[Line, ...]
    against: Line | None = None


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
    others = _Differing(line for lines in thing.differing for line in lines.lines)
    rows = [[_row(lines, others) for lines in part] for part in (keys, rest)]
    if events:
        rows[1].append(Row(None, *others.beside(events)))
    told = {_from_here(row.lines): row for part in rows for row in part if row.lines}
    for lines in thing.differing:
        left = tuple(line for line in lines.lines if line not in others.told)
        row = told.get(_from_here(lines))
        if left and row:
            row.others[""] = (Others("differs", left),)
        elif left:
            rows[1].append(Row(lines, (), {"": (Others("adds", left),)}))
    return rows[0], rows[1]


class _Differing:
    """What other sources say of the values of a page, each of which is shown once."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._of: dict[str, list[Line]] = defaultdict(list)
        self.told: list[Line] = []
        for line in lines:
            if line.node.differs_from:
                self._of[line.node.differs_from].append(line)

    def beside(
        self, lines: Sequence[Line]
    ) -> tuple[tuple[tuple[Line, ...], ...], dict[str, tuple[Others, ...]]]:
        """Return the shares of *lines*, and what others say of each by its key."""
        of_each = {line.fact.key: self._of_line(line) for line in lines}
        others = {key: several for key, several in of_each.items() if several}
        return _shares(lines, others), others

    def _of_line(self, line: Line) -> tuple[Others, ...]:
        every = self._of.pop(line.fact.value.iri or "", ())
        self.told += every
        exact = tuple(each for each in every if _is_within(each.node, line.node))
        rest = tuple(each for each in every if each not in exact)
        pairs = ("exact", exact), ("differs", rest)
        return tuple(Others(how, several, line) for how, several in pairs if several)


def _is_within(node: Node, other: Node) -> bool:
    """Whether a date says the same as the other, and more exactly."""
    if not (node.earliest and other.earliest):
        return False
    days = (node.earliest, node.latest), (other.earliest, other.latest)
    return days[0] != days[1] and days[1][0] <= days[0][0] and days[0][1] <= days[1][1]


def _is_event(line: Line, schema: Schema) -> bool:
    """Whether a thing that points here is something that happened at a known time."""
    return bool(line.node.date) and meanings.is_of("when", line.node.types, schema)


def _is_of_evidence(lines: Lines) -> bool:
    """Whether it is about words and hashes, which only the table has."""
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
        """Whether it is an event, or shown from this end or by the path at the head of the page."""
        if not line.fact.forward:
            return line.fact.key in values or _is_event(line, schema)
        is_place = schema.is_one_of(line.fact.term, meanings.CONTAINMENT[0])
        return is_place and line.fact.derived and line.fact.value.iri in wider

    for lines in (*every, *thing.pointing):
        around_others = {iri for line in lines.lines for iri in line.node.within}
        kept = tuple(
            line
            for line in lines.lines
            if not is_told(line)
            and not (line.fact.derived and line.fact.value.iri in around_others)
        )
        if kept and not _is_of_evidence(lines):
            yield replace(lines, lines=kept)


def _row(lines: Lines, others: _Differing) -> Row:
    more = max(0, len(lines.lines) - _SHOWN)
    return Row(lines, *others.beside(lines.lines[:_SHOWN]), more)


def _from_here(lines: Lines) -> str | None:
    """The property that leads from the thing to the values, if it is known."""
    return (lines.inverse or lines.relation).iri


def _shares(lines: Iterable[Line], apart: Mapping[str, object]) -> tuple[tuple[Line, ...], ...]:
    """Return the lines in parts that rest on the same, for the same reason; each of *apart* alone."""
    shares: dict[object, list[Line]] = defaultdict(list)
    for line in lines:
        key = line.fact.key if line.fact.key in apart else ""
        shares[key, str([_grounds(fact) for _, fact in line.rests])].append(line)
    return tuple(map(tuple, shares.values()))


def _grounds(fact: Fact) -> tuple[object, ...]:
    places = [(each.basis, each.source, each.sentences) for each in fact.evidence]
    return fact.derived, places, fact.notes, fact.words
