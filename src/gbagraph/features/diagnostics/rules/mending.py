"""How a call that is in error, or never true, is mended: the least change that makes a difference."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gbagraph.features.diagnostics.case import ROWS
from gbagraph.features.diagnostics.finding import Advice, Edit, Finding, Repair, edited
from gbagraph.features.diagnostics.rules.candidates import EQUAL, MEMBERS, ORDERS, SEARCHES
from gbagraph.features.diagnostics.rules.measured import Solutions, changed, line, true
from gbagraph.features.diagnostics.schema import DATES, XSD
from gbagraph.names.texts import local_name
from gbagraph.sparql.functions import GEOSPARQL, UNITS
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import NAMES, Aggregate, Filter, Term, parts, variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gbagraph.features.diagnostics.rules.measured import Change
    from gbagraph.sparql.nodes import Call, Expression, Query


_UOM: Final = "http://www.opengis.net/def/uom/OGC/1.0/"
_SHOWN: Final = 4
"""Values that a repaired condition finds and that are shown."""


@dataclass(frozen=True)
class Condition:
    """A call in a condition, or in a value; the solutions that are *lost*, or *false* anyway.

    Those that are *gone* are left out by another condition.
    """

    solutions: Solutions
    atom: Expression
    call: Call
    lost: Sequence[bool]
    false: Sequence[bool]
    gone: Sequence[bool]
    is_whole: bool
    is_filter: bool

    def values(self, part: Expression) -> list[Any]:
        """What *part* gives for each solution, None in error."""
        return self.solutions.values(part) or []

    def text(self, part: Expression) -> str:
        """*part* for a reader."""
        return line(self.solutions.case.written(part))

    def elsewhere(self) -> bool:
        """Whether the condition is true of something outside the graph that is asked."""
        patterns = [e for e in self.solutions.scope.group.elements if not isinstance(e, Filter)]
        case = self.solutions.case
        return bool(case.holds(f"{case.rendered(patterns)} FILTER({case.written(self.atom)})"))

    def repair_of(
        self, changes: Iterable[Change], errors: list[int], member: Expression | None = None
    ) -> Repair | None:
        """Return the least change that makes a difference, if it leaves none of the errors."""
        case, solutions = self.solutions.case, self.solutions
        tried = [
            change
            for change in dict.fromkeys(changes)
            if any(text != case.written(node) for node, text in change)
        ]
        texts = [self._changed(change, member) for change in tried]
        columns = list(zip(*solutions.rows(texts), strict=True)) if tried else []
        before = self.values(self.atom)
        few = len(errors) // 4
        most = sum(value is None for value in before) - len(errors) + few
        for change, text, values in zip(tried, texts, columns, strict=False):
            left = sum(value is None for value in values)
            if left <= most and self._differs(text, values):
                return self._repair(change) if left <= most - few else None
        return None

    def of_repaired(self, repair: Repair | None, part: Expression) -> list[Any]:
        """Some values of *part* of which the repaired condition is true."""
        if repair is None or not self.is_filter:
            return []
        text, start = self.solutions.text(self.atom), self.atom.start
        within = (e for e in repair.edits if start <= e.start and e.end <= self.atom.end)
        text = edited(text, [Edit(e.start - start, e.end - start, e.text) for e in within])
        return self.solutions.some(part, f"FILTER({text})", _SHOWN)

    def tags(self, repair: Repair) -> list[str]:
        """The languages of a range in which one thing has a text each, where each is an answer."""
        case, scope, ((_, _, text), *_) = self.solutions.case, self.solutions.scope, repair.edits
        name = next((term.value for term in variables(self.call)), "")
        triple = next((t for t in scope.triples if t.object.value == name), None)
        if triple is None or not text.startswith("LANGMATCHES(") or _is_once(scope.query, name):
            return []
        pattern = case.in_context(scope, scope.group.elements)
        pattern = pattern.replace(case.written(self.call), text)
        asked = f"DISTINCT {triple.subject.text} (LANG(?{name}) AS ?__tag)"
        found = defaultdict[Any, list[str]](list)
        for thing, tag in case.rows(asked, pattern, f"LIMIT {ROWS}"):
            found[thing].append(tag.value)
        most = max(found.values(), key=len, default=[])
        return [f'"{each}"' for each in sorted(most)] if len(most) > 1 else []

    def of_unit(self, n: int) -> Iterator[Finding]:
        """Yield a call that is in error for *n* solutions, since its unit is none of geometries."""
        unit, case = self.call.arguments[-1], self.solutions.case
        name = (
            unit.value.removeprefix(_UOM) if isinstance(unit, Term) and unit.kind == "iri" else ""
        )
        if not (name and self.call.name.startswith(GEOSPARQL)) or name in UNITS:
            return
        said = say(
            "%(call)s is an error for %(n)s of %(total)s solutions: %(unit)s is no unit of geometries. "
            "These are %(units)s, each behind %(space)s.",
            call=self.text(self.call), n=n, total=self.gone.count(False), unit=self.text(unit),
            units=UNITS, space=f"<{_UOM}>",
        )  # fmt: skip
        name = local_name(name).lower().removesuffix("s").replace("meter", "metre")
        change = ((unit, case.short(f"{_UOM}{name}")),)
        repair = self._repair(change) if name in UNITS else None
        yield Finding("expression-in-error", "error", said, unit.start, repair)

    def _changed(self, change: Change, member: Expression | None) -> str:
        """The condition with a change; of a list, *member* alone."""
        if member is not None and self.call.name in MEMBERS:
            text = next((text for node, text in change if node is member), "")
            return f"{self.solutions.text(self.call.arguments[0])} {self.call.name} ({text})"
        return self.solutions.text(self.atom, change)

    def _differs(self, text: str, values: tuple[Any, ...]) -> bool:
        """Whether what is repaired is true of others, or gives another value."""
        before = self.values(self.atom)
        if not self.is_filter and self.call.name not in EQUAL | ORDERS | SEARCHES:
            return list(values) != before
        return [true(v) or False for v in values] != [true(v) or False for v in before] or (
            self.solutions.is_sample
            and self.solutions.holds(
                f"({text}) != COALESCE(({self.solutions.text(self.atom)}), false)"
            )
        )

    def _repair(self, change: Change) -> Repair:
        case = self.solutions.case
        short, declared = case.prefix(f"{XSD}x")
        head, _, tail = short.rpartition("x")
        texts = tuple(
            (node, re.sub(rf"<{re.escape(XSD)}(\w+)>", rf"{head}\1{tail}", text))
            for node, text in change
        )
        edits = [Edit(n.start, n.end, text) for n, text in texts if text != case.written(n)]
        suggestion = edits[0].text if len(edits) == 1 else changed(case, self.call, texts)
        return Repair(suggestion, (*edits, *(declared if texts != change else ())))


def of_nothing(
    solutions: Solutions, call: Call, part: Expression, other: Expression | None
) -> Iterator[Advice]:
    """Yield what finds things without a value, where one is compared with a sign for none."""
    scope, case = solutions.scope, solutions.case
    name = part.value if isinstance(part, Term) else ""
    if call.name != "=" or getattr(other, "value", None) not in _NOTHING or not name:
        return
    edit = case.replaced(call, f"!BOUND(?{name})")
    triple = next((t for t in scope.triples if t.object.value == name), None)
    if triple is None:
        said = say("What has no value is found by %(text)s in its place.", text=edit.text)
        yield Advice(said, (edit,), without=name)
        return
    pattern = case.of_element(triple).removesuffix(" .")
    text = f"FILTER NOT EXISTS {{ {pattern} }}"
    condition = next(e for e in scope.group.elements if e.start <= call.start < e.end)
    changes = {scope.group.elements.index(each): "" for each in (triple, condition)}
    said = say(
        "What has no value is found by %(text)s, in place of FILTER and its patterns.", text=text
    )
    yield Advice(said, (case.rewritten(scope.group, changes, [text]),), without=name)


def of_meaning(call: Call, bad: set[str]) -> Message:
    """Return of which dates there is a difference."""
    return say(_DIFFERENCE) if call.name == "-" and bad <= DATES else Message()


def _is_once(query: Query, name: str) -> bool:
    """Whether several values of a variable make no more rows of an answer, nor greater ones."""
    roots = [item.expression for item in (*(query.items or ()), *query.keys)]
    if query.form != "SELECT" or not query.is_aggregated:
        shown = {*NAMES.columns(query), *(term.value for root in roots for term in variables(root))}
        return query.form != "SELECT" or (query.is_distinct and name not in shown)
    taken = [p for root in (*roots, *query.having) for p in parts(root) if isinstance(p, Aggregate)]
    are_few = all(
        each.name in _OF_ONE
        or (each.is_distinct and name not in {term.value for term in variables(each)})
        for each in taken
    )
    keys = {term.value for item in query.keys for term in variables(item.expression)}
    return are_few and name not in keys


_OF_ONE: Final = frozenset({"MIN", "MAX", "SAMPLE"})
"""Aggregates that give one of the values."""

_NOTHING: Final = frozenset({"", "NA", "N/A", "NaN", "NULL", "null", "None", "undefined", "-"})
"""Texts that stand for no value elsewhere."""


def in_one_language(
    said: Message, found: Repair | None, kinds: set[str]
) -> tuple[Message, Repair | None]:
    """What leaves out a text in one of several languages is told, and is no repair."""
    if found is None or sum(kind[0] == "@" for kind in kinds) < 2:
        return said, found
    return said + say(_IN_ONE, value=found.suggestion), None


_IN_ONE: Final = (
    "%(value)s would leave out only this one; what it is called in other languages stays."
)
_DIFFERENCE: Final = (
    "Only two values of xsd:date, or two of xsd:dateTime, have a difference, and only if both have a "
    "time zone or both have none."
)
