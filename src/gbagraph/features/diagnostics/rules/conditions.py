"""Conditions that are never true together, that join texts, or that part what reads alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gbagraph.features.diagnostics.finding import Finding, instead
from gbagraph.features.diagnostics.rules.measured import (
    is_constant,
    line,
    sampled,
    true,
    values_of,
)
from gbagraph.features.diagnostics.rules.samples import short
from gbagraph.features.diagnostics.schema import STRING, is_text, kind_of
from gbagraph.names.texts import plain
from gbagraph.sparql.message import say
from gbagraph.sparql.nodes import Call, Expression, Filter, Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.features.diagnostics.rules.measured import Solutions


def joined(part: Expression, names: frozenset[str]) -> list[Expression]:
    """Return the conditions that calls with these *names* join."""
    if isinstance(part, Call) and part.name in names:
        return [one for each in part.arguments for one in joined(each, names)]
    return [part]


AND: Final = frozenset({"&&"})


def apart(solutions: Solutions) -> Iterator[Finding]:
    """Yield conditions that are each true of some solutions, and never all of the same."""
    elements = solutions.scope.group.elements
    roots = [root for root, role in solutions.roots if role == "filter"]
    filters = [e for e in elements if isinstance(e, Filter) and e.expression in roots]
    sides = [side for each in filters for side in joined(each.expression, AND)]
    texts = [solutions.text(side) for side in sides]
    both = ", ".join(map(line, texts))
    twice = _equal_to_two(sides)
    if twice:
        said = say(
            "%(conditions)s are never true together, for %(variable)s has one value in each solution. "
            "To ask for what has two values, write the pattern twice, with a variable for each.",
            conditions=both, variable=twice,
        )  # fmt: skip
        yield Finding("filter-removes-all", "error", said, filters[-1].start)
        return
    met = [[true(v) is True for v in solutions.values(side) or ()] for side in sides]
    if len(sides) < 2 or not all(map(any, met)) or any(map(all, zip(*met, strict=False))):
        return
    if solutions.is_sample and solutions.holds(" && ".join(f"({text})" for text in texts)):
        return
    said = say(
        "Each of %(conditions)s is true of some solutions, but never all of them of the same.",
        conditions=both,
    )  # fmt: skip
    for side, part in enumerate(map(_measured, sides)):
        rest = [row[:side] + row[side + 1 :] for row in zip(*met, strict=True)]
        values = [v for v, row in zip(solutions.values(part) or (), rest, strict=False) if all(row)]
        if values:
            said += say(
                "Where the others are true, %(part)s is: %(values)s.",
                part=line(solutions.text(part)), values=values_of(solutions.case, values, 4),
            )  # fmt: skip
    yield Finding("filter-removes-all", "info", said + sampled(solutions), filters[-1].start)


def _measured(side: Expression) -> Expression:
    """What a condition tests."""
    tested = (part for part in getattr(side, "arguments", ()) if not is_constant(part))
    return next(tested, side)


def _equal_to_two(sides: Iterable[Expression]) -> str:
    """The variable that is to be equal to two constants at once; empty if there is none."""
    seen: dict[str, str] = {}
    for side in sides:
        if isinstance(side, Call) and side.name == "=":
            one, other = sorted(side.arguments, key=is_constant)
            is_test = isinstance(one, Term) and one.is_free and isinstance(other, Term)
            if is_test and seen.setdefault(one.text, other.text) != other.text:  # type: ignore[union-attr]
                return one.text  # type: ignore[union-attr]
    return ""


def texts_joined(solutions: Solutions, root: Expression) -> Iterator[Finding]:
    """Yield a value in which ``||`` or ``+`` joins texts, as in other languages."""
    sign = root.name if isinstance(root, Call) else ""
    parts = joined(root, frozenset({sign}))
    kinds = [{*solutions.kinds(part)} for part in parts]
    are_values = all(kinds) and not any(map(_is_truth, parts, kinds))
    if sign not in _JOINING or not (are_values and any(all(map(is_text, each)) for each in kinds)):
        return
    case = solutions.case
    texts = (
        case.written(part) if each == {STRING} else f"STR({case.written(part)})"
        for part, each in zip(parts, kinds, strict=True)
    )
    text = f"CONCAT({', '.join(texts)})"
    code = "arithmetic-of-other" if sign == "+" else "text-function-of-other"
    yield Finding(code, "error", say(_JOINING[sign], text=text), root.start, instead(root, text))


_JOINING: Final = {
    "||": "|| means or, and gives true or false; CONCAT joins texts: %(text)s.",
    "+": "+ adds numbers; CONCAT joins texts: %(text)s.",
}
"""What is said of signs that join texts elsewhere."""


def _is_truth(part: Expression, kinds: set[str]) -> bool:
    is_test = isinstance(part, Call) and not is_constant(part) and not kinds
    return is_test or any(kind.endswith("#boolean") for kind in kinds)


def alike(
    solutions: Solutions, call: Call, one: Expression, other: Expression, met: Iterable[Any]
) -> Iterator[Finding]:
    """Yield that values of another kind, which read like the constant, are not equal to it."""
    (value, *_) = solutions.values(other) or (None,)
    wanted = plain(short(value))
    others = {
        each for each in met
        if wanted and is_text(kind_of(each)) != is_text(kind_of(value)) and plain(short(each)) == wanted
    }  # fmt: skip
    if others:
        said = say(
            "Some values of %(part)s are %(values)s, which is not equal to %(other)s.",
            part=line(solutions.case.written(one)), values=values_of(solutions.case, others),
            other=line(solutions.case.written(other)),
        )  # fmt: skip
        is_kept = call.name == "!="
        said += say("FILTER keeps them.") if is_kept else say("FILTER drops them.")
        severity = "warning" if is_kept else "info"
        yield Finding("comparison-drops-values", severity, said, other.start)  # type: ignore[arg-type]
