"""What leaves no solution: conditions that no value comes near, and the FILTER or MINUS by itself."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import Finding, instead
from gbagraph.features.diagnostics.rules import alternatives, negated
from gbagraph.features.diagnostics.rules.candidates import ORDERS, bare
from gbagraph.features.diagnostics.rules.conditions import AND, joined
from gbagraph.features.diagnostics.rules.measured import inside, is_constant, line, true, values_of
from gbagraph.features.diagnostics.rules.units import TIMES
from gbagraph.features.diagnostics.schema import DATES, NUMBERS, STRING, kind_of
from gbagraph.rdf.namespaces import expand
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import NAMES, Call, Expression, Filter, Minus, Term, variables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.finding import Scope
    from gbagraph.features.diagnostics.rules.measured import Solutions
    from gbagraph.features.diagnostics.schema import Place
    from gbagraph.sparql.nodes import Element

_FEW: Final = 4
"""Values up to which all are shown, and not the least and the greatest."""
_WKT: Final = expand("geo:wktLiteral")


def unreached(solutions: Solutions, root: Expression) -> Iterator[Finding]:
    """Yield which of the conditions that are joined are true of nothing, and what their values are."""
    case, said, ranges = solutions.case, Message(), dict[str, Message]()
    for part in joined(root, AND):
        met = [true(v) for v in solutions.values(part) or (True,)]
        if any(met) or 2 * met.count(None) >= len(met):
            continue
        if found := _turned(solutions, part):
            yield found
            return
        is_test = isinstance(part, Call) and part.name in ORDERS | {"="}
        one, other = sorted(part.arguments, key=is_constant) if is_test else (part, part)  # type: ignore[union-attr]
        if not is_test or is_constant(one) or not is_constant(other):
            continue
        text, values = line(case.written(one)), _all_of(solutions, one)
        is_part = (
            len({kind_of(v) in NUMBERS for v in solutions.values(one) or () if v is not None}) > 1
        )
        range_ = _range(case, text, values, is_part=is_part, is_of_ends=solutions.is_sample)
        if range_.sentences and text not in ranges:
            said += say(
                "%(condition)s is true of nothing here.", condition=line(case.written(part))
            )
            wanted = next(iter(solutions.values(other) or ()), None)
            ranges[text] = range_
            said += range_ + _in_other_unit(values, wanted)
    if ranges:
        said += _exchanged(solutions, root, [*ranges])
        yield Finding("filter-removes-all", "info", said, solutions.start(root))


def _all_of(solutions: Solutions, part: Expression) -> set[Any]:
    """The values of a part that are numbers, else all; of very many solutions the least and greatest."""
    values = {v for v in solutions.values(part) or () if v is not None}
    numbers = {v for v in values if kind_of(v) in NUMBERS}
    return solutions.ends(part) if solutions.is_sample else numbers or values


def _exchanged(solutions: Solutions, root: Expression, names: list[str]) -> Message:
    """That two variables, of which neither has such values, would have them the other way round."""
    terms = [*variables(root)]
    if len(names) != _TWO or {term.text for term in terms} != {*names}:
        return Message()
    one, other = names
    change = tuple((term, other if term.text == one else one) for term in terms)
    if not solutions.holds(solutions.text(root, change)):
        return Message()
    return say("With %(one)s and %(other)s exchanged, some match.", one=one, other=other)


_TWO: Final = 2


def _in_other_unit(values: set[Any], wanted: Any) -> Message:  # noqa: ANN401  a term
    """The value that a number is in a unit of another size."""
    number = float(bare(wanted) or 0)
    numbers = {float(bare(v) or 0) for v in values} - {0.0}
    fitting = [n for times in TIMES for n in numbers if math.isclose(n * times, number)]
    return (
        say("In another unit it may be %(n)s.", n=f"{fitting[0]:,.10g}") if fitting else Message()
    )


def _range(case: Case, part: str, values: set[Any], *, is_part: bool, is_of_ends: bool) -> Message:
    """The values of a part, or the least and the greatest, where they have an order."""
    kinds = {"number" if kind_of(v) in NUMBERS else kind_of(v) for v in values}
    if len(kinds) != 1 or not kinds <= {"number", *DATES}:
        return Message()
    is_number = kinds == {"number"}
    ordered = sorted(values, key=lambda v: float(bare(v) or 0) if is_number else v.value)
    if is_number:
        shown = [f"{float(bare(v) or 0):.15g}" for v in ordered]
    else:
        shown = [values_of(case, [each]) for each in ordered]
    if len(shown) <= _FEW and not (is_part or is_of_ends):
        return say("%(name)s is: %(values)s.", name=part, values=", ".join(shown))
    said = "%(part)s is %(least)s to %(most)s."
    if is_part:
        said = "%(part)s is %(least)s to %(most)s, where it is a number."
    return say(said, part=part, least=shown[0], most=shown[-1])


def turned(text: str) -> str:
    """Coordinates with the other number of each pair first."""
    return re.sub(r"(-?[\d.]+)\s+(-?[\d.]+)", r"\2 \1", text)


def _turned(solutions: Solutions, part: Expression) -> Finding | None:
    """Constant coordinates that match in the other order."""
    shapes = (p for p in inside(part) if isinstance(p, Term) and p.datatype == _WKT)
    for shape in shapes:
        value = ox.Literal(turned(shape.value), datatype=ox.NamedNode(_WKT))
        text = solutions.case.term(value)
        if solutions.holds(solutions.text(part, ((shape, text),))):
            return Finding(
                "filter-removes-all", "error", said_of_axes(text), shape.start, instead(shape, text)
            )
    return None


def said_of_axes(text: str) -> Message:
    """That longitude comes first."""
    return say(
        "Coordinates are written with the longitude first, then the latitude, as the data has them: "
        "%(text)s.", text=line(text),
    )  # fmt: skip


def of_axes(case: Case, literal: Term, property_: str, places: tuple[Place, ...]) -> Finding | None:
    """Coordinates of which the data has the other order."""
    other = ox.Literal(turned(literal.value), datatype=ox.NamedNode(literal.datatype or STRING))
    if literal.datatype != _WKT or not case.schema.occurs(None, property_, other, places):
        return None
    repair = instead(literal, case.term(other))
    return Finding("unknown-text", "error", said_of_axes(case.term(other)), literal.start, repair)


def removed_by(case: Case, scope: Scope, condition: Filter, rest: Sequence[Element]) -> Finding:
    """The FILTER that leaves nothing, and the values of its variables."""
    message = say("%(filter)s removes all solutions.", filter=case.written(condition))
    before = [e for e in scope.group.elements if not isinstance(e, Filter)]
    bound, whole = NAMES.visible(*before), case.in_context(scope, before)
    met = [*before, *(e for e in rest if e not in before)]  # not by the part alone that is dead
    for name in sorted(NAMES.mentioned(condition))[:2]:
        message += alternatives.values_of(case, f"?{name}", case.in_context(scope, met))
        if name in bound and case.holds(f"{whole} FILTER(BOUND(?{name}))") is False:
            message += say("%(name)s has no value here.", name=f"?{name}")
    advice = tuple(negated.without_value(case, scope, condition))
    return Finding("filter-removes-all", "info", message, condition.start, None, advice)


def taken_away(case: Case, scope: Scope) -> Iterator[Finding]:
    """The MINUS that takes away all solutions."""
    elements = [*scope.group.elements]
    for minus in (e for e in reversed(elements) if isinstance(e, Minus)):
        rest = [e for e in elements if e is not minus]
        if case.holds(case.in_context(scope, rest)):
            message = say("%(filter)s removes all solutions.", filter=case.written(minus))
            yield Finding("no-solution", "info", message, minus.start)
            return
