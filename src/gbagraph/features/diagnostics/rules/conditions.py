"""Conditions never true together, that join texts or part what reads alike; what has no common order."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import Advice, Finding, instead
from gbagraph.features.diagnostics.rules.candidates import SEARCHES, bare, numeric
from gbagraph.features.diagnostics.rules.measured import (
    changed,
    is_constant,
    kinds_of,
    line,
    sampled,
    true,
    values_of,
)
from gbagraph.features.diagnostics.rules.samples import short
from gbagraph.features.diagnostics.schema import DATES, NUMBERS, STRING, is_text, kind_of
from gbagraph.names.texts import plain
from gbagraph.sparql.message import say
from gbagraph.sparql.nodes import (
    NAMES,
    Bind,
    Call,
    Expression,
    Filter,
    Item,
    Term,
    parts,
    variables,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.rules.measured import Solutions


def joined(part: Expression, names: frozenset[str]) -> list[Expression]:
    """Return the conditions that calls with these *names* join."""
    if isinstance(part, Call) and part.name in names:
        return [one for each in part.arguments for one in joined(each, names)]
    return [part]


AND: Final = frozenset({"&&"})


def apart(solutions: Solutions) -> Iterator[Finding]:
    """Yield conditions that are each true of some solutions, and never all of the same."""
    case, elements = solutions.case, solutions.scope.group.elements
    roots = [root for root, role in solutions.roots if role == "filter"]
    filters = [e for e in elements if isinstance(e, Filter) and e.expression in roots]
    sides = [side for each in filters for side in joined(each.expression, AND)]
    texts = [solutions.text(side) for side in sides]
    twice = _equal_to_two(sides)
    if twice:
        its = (s for s in sides if isinstance(s, Call) and s.name == "=")
        pairs = (case.written(s) for s in its if twice.text in map(case.written, s.arguments))
        said = say(
            "%(conditions)s are never true together, for %(variable)s has one value in each solution.",
            conditions=", ".join(map(line, pairs)), variable=twice.text,
        )  # fmt: skip
        advice = (*_with_both(solutions, twice),)
        yield Finding("filter-removes-all", "error", said, filters[-1].start, None, advice)
        return
    met = [[true(v) is True for v in solutions.values(side) or ()] for side in sides]
    if len(sides) < 2 or not all(map(any, met)) or any(map(all, zip(*met, strict=False))):
        return
    if solutions.is_sample and solutions.holds(" && ".join(f"({text})" for text in texts)):
        return
    said = say(
        "Each of %(conditions)s is true of some solutions, but never all of them of the same.",
        conditions=", ".join(map(line, texts)),
    )  # fmt: skip
    for side, part in enumerate(map(_measured, sides)):
        rest = [row[:side] + row[side + 1 :] for row in zip(*met, strict=True)]
        values = [v for v, row in zip(solutions.values(part) or (), rest, strict=False) if all(row)]
        if any(values):
            said += say(
                "Where the others are true, %(part)s is: %(values)s.",
                part=line(solutions.text(part)), values=values_of(solutions.case, values, 4),
            )  # fmt: skip
    yield Finding("filter-removes-all", "info", said + sampled(solutions), filters[-1].start)


def always(solutions: Solutions) -> Iterator[Finding]:
    """Yield conditions joined by ``||`` that are true of everything: two ``!=``, or a text by itself."""
    case = solutions.case
    for root in (root for root, role in solutions.roots if role == "filter"):
        parts = joined(root, _OR)
        pairs = [_pair(solutions, part) for part in parts]
        given = [part for part in parts if isinstance(part, Term) and part.kind == "literal"]
        tested = {one for one, _, name in filter(None, pairs) if name == ("=" if given else "!=")}
        if len(parts) < 2 or len(tested) != 1 or None in pairs[: len(parts) - len(given)]:
            continue
        (one,) = tested
        values = [each[1] for each in pairs if each] + [case.written(each) for each in given]
        text = f"{one} {'IN' if given else 'NOT IN'} ({', '.join(values)})"
        if given:
            said = say(
                "%(value)s is true by itself, so this keeps everything. Each value is compared by "
                "%(text)s.", value=case.written(given[0]), text=text,
            )  # fmt: skip
        else:
            said = say(
                "%(one)s is always different from one of %(values)s, so this keeps everything. Join the "
                "conditions by &&, or write %(text)s.", one=one, values=", ".join(values), text=text,
            )  # fmt: skip
        yield Finding("filter-always-true", "warning", said, root.start, instead(root, text))


_OR: Final = frozenset({"||"})


def other_case(solutions: Solutions, root: Expression) -> Iterator[Finding]:
    """Yield how many more solutions a condition keeps where capitals do not count."""
    case, elements = solutions.case, solutions.scope.group.elements
    rest = [e for e in elements if isinstance(e, Filter) and e.expression is not root]
    is_asked = solutions.scope.is_required and not solutions.names and case.tree.form != "ASK"
    for call in joined(root, AND | _OR) if is_asked else ():
        text, tag = _in_any_case(case, call)
        asked = changed(case, root, ((call, text + tag),))
        known = f"COALESCE({case.written(root)}, false)"
        if text and (n := solutions.count(f"{case.rendered(rest)} FILTER(({asked}) && !{known})")):
            said = say("Ignoring case, %(n)s more match: %(text)s.", n=n, text=text)
            yield Finding("letter-case", "info", said, call.start)


def _in_any_case(case: Case, call: Expression) -> tuple[str, str]:
    """A search for a constant text, or = with one, so that capitals do not count; its language."""
    arguments = getattr(call, "arguments", ())
    name = getattr(call, "name", "") if len(arguments) == 2 else ""
    one, other = sorted(arguments, key=is_constant) if name in {*SEARCHES, "="} else (call, call)
    value, written = getattr(other, "value", ""), case.written(one)
    if (
        getattr(other, "kind", "") != "literal"
        or value.lower() == value.upper()
        or is_constant(one)
    ):
        return "", ""
    low, tag = ox.Literal(value.lower()), getattr(other, "language", "")
    forms = {
        "REGEX": f'REGEX({written}, {case.written(other)}, "i")',
        "=": f"LCASE(STR({written})) = {low}",
    }
    text = forms.get(name, f"{name}(LCASE(STR({written})), {low})")
    return text, f' && LANG({written}) = "{tag}"' * bool(tag or name == "=")


def no_truths(case: Case) -> Iterator[Finding]:
    """Yield each IRI that is taken for true or false: a condition on it is in error."""
    filters = (e for s in case.scopes for e in s.group.elements if isinstance(e, Filter))
    for root in (each.expression for each in filters):
        for part, whole in _tested(root):
            if part.kind != "iri":
                continue
            said = say("%(iri)s is neither true nor false.", iri=part.text)
            around = next((p for p in parts(root) if whole in getattr(p, "arguments", ())), None)
            repair = None
            if isinstance(around, Call) and around.name == "=" and whole is not part:
                one = next(each for each in around.arguments if each is not whole)
                repair = instead(around, f"{case.written(one)} != {part.text}")
            elif isinstance(around, Call) and (tested := _beside(case, around)):
                text = f"{tested} {part.text}"
                said += say(
                    "Each side of %(sign)s is a condition of its own: %(text)s.",
                    sign=around.name,
                    text=text,
                )
                repair = instead(part, text)
            yield Finding("expression-in-error", "error", said, whole.start, repair)


def _beside(case: Case, around: Call) -> str:
    """How what ``||`` or ``&&`` joins begins, if it is a test that is made of several constants."""
    sign = {"||": "=", "&&": "!="}.get(around.name, "")
    tests = (t for t in joined(around, AND | _OR) if isinstance(t, Call) and t.name == sign)
    return next((f"{case.written(t.arguments[0])} {sign}" for t in tests), "")


def truths(solutions: Solutions, root: Expression) -> Iterator[Finding]:
    """Yield each variable that is taken for true or false, and is neither."""
    for part, whole in _tested(root):
        values = [v for v in solutions.values(part) or () if v is not None]
        if part.kind != "variable" or not values:
            continue
        text, is_negated, kinds = part.text, whole is not part, Counter(map(kind_of, values))
        if all(true(value) is None for value in values):
            asked = f"{'!' * is_negated}BOUND({text})"
            said = say(
                "%(part)s is %(kinds)s, which is neither true nor false: the condition is in error. "
                "Whether it has a value is asked by %(test)s.",
                part=text, kinds=kinds_of(solutions.case, kinds), test=asked,
            )  # fmt: skip
            is_meant = len(values) < solutions.total
            repair = instead(whole, asked) if is_meant else None
            yield Finding("expression-in-error", "error", said, whole.start, repair)


def _tested(root: Expression) -> Iterator[tuple[Term, Expression]]:
    """Yield the terms that are asked whether they are true, each with the ``!`` before it."""
    for part in parts(root):
        if isinstance(part, Call) and part.name == "!" and isinstance(part.arguments[0], Term):
            yield part.arguments[0], part
    yield from ((each, each) for each in joined(root, AND | _OR) if isinstance(each, Term))


def _pair(solutions: Solutions, part: Expression) -> tuple[str, str, str] | None:
    """What a comparison compares with which constant, and how; None if it is none."""
    if not isinstance(part, Call) or part.name not in ("=", "!="):
        return None
    one, other = sorted(part.arguments, key=is_constant)
    if is_constant(one) or not is_constant(other):
        return None
    return solutions.case.written(one), solutions.case.written(other), part.name


def _measured(side: Expression) -> Expression:
    """What a condition tests."""
    tested = (part for part in getattr(side, "arguments", ()) if not is_constant(part))
    return next(tested, side)


def _with_both(solutions: Solutions, twice: Term) -> Iterator[Advice]:
    """The pattern of a variable again, with another one where that is compared with a second value."""
    case, scope, name = solutions.case, solutions.scope, solutions.case.fresh(twice.value)
    for triple in [t for t in scope.triples if twice.value in NAMES.mentioned(t)][:1]:
        text = re.sub(rf"[?$]{twice.value}\b", lambda _: name, case.of_element(triple))
        said = say(
            "What has two values is found with the pattern again, and %(name)s in the second "
            "comparison: %(text)s.", name=name, text=text.removesuffix(" ."),
        )  # fmt: skip
        yield Advice(said, (case.replaced(twice, name), case.appended(scope.group, text)))


def _equal_to_two(sides: Iterable[Expression]) -> Term | None:
    """The variable that is to be equal to two constants at once, where it is compared again."""
    seen: dict[str, str] = {}
    for side in sides:
        if isinstance(side, Call) and side.name == "=":
            one, other = sorted(side.arguments, key=is_constant)
            is_test = isinstance(one, Term) and one.is_free and isinstance(other, Term)
            if is_test and seen.setdefault(one.text, other.text) != other.text:  # type: ignore[union-attr]
                return one  # type: ignore[return-value]
    return None


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


def from_zero(root: Expression) -> Iterator[Finding]:
    """Yield each SUBSTR whose characters are counted from 0, as in other languages."""
    for call in parts(root):
        if isinstance(call, Call) and call.name == "SUBSTR" and len(call.arguments) == 3:
            start = call.arguments[1]
            if isinstance(start, Term) and start.value == "0":
                said = say(
                    "The first character of a text is at 1, so SUBSTR from 0 gives one character fewer."
                )
                yield Finding(
                    "text-function-of-other", "warning", said, start.start, instead(start, "1")
                )


def _is_truth(part: Expression, kinds: set[str]) -> bool:
    is_test = isinstance(part, Call) and not is_constant(part) and not kinds
    return is_test or any(kind.endswith("#boolean") for kind in kinds)


def alike(
    solutions: Solutions, call: Call, one: Expression, other: Expression, met: Iterable[Any]
) -> Iterator[Finding]:
    """Yield which values read like the constant and are not equal to it."""
    met = [*met]
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


_CODE: Final = 4
"""Characters from which a whole number that is a text is a code, whose order is nobody's concern."""


def order(solutions: Solutions, root: Expression) -> Iterator[Finding]:
    """Values that are put in order though their kinds have none in common."""
    case, kinds = solutions.case, solutions.kinds(root)
    values = [v for v in solutions.values(root) or () if v is not None]
    text = case.written(root)
    if len(set(kinds) & DATES) > 1:
        said = say(
            "%(part)s has dates of several datatypes (%(kinds)s), for which SPARQL has no order; here "
            "they are put in order as texts, so that 2020 comes before 2020-08.",
            part=text, kinds=kinds_of(case, kinds),
        )  # fmt: skip
        yield Finding("order-of-mixed-kinds", "info", said, root.start)
    elif set(kinds) & NUMBERS and STRING in kinds and not all(map(bare, values)):
        others = [v for v in values if kind_of(v) == STRING]
        said = say(
            "%(part)s has numbers, and texts, for which SPARQL has no order among numbers: %(values)s.",
            part=text, values=values_of(case, others),
        )  # fmt: skip
        yield Finding("order-of-mixed-kinds", "info", said + sampled(solutions), root.start)
    elif STRING in kinds and set(kinds) <= {STRING, *NUMBERS}:
        yield from _as_letters(solutions, root, values)


def _as_letters(solutions: Solutions, root: Expression, values: Sequence[Any]) -> Iterator[Finding]:
    """Texts that are numbers, or a number and a unit, where numbers have another order."""
    case, text, source = solutions.case, solutions.case.written(root), _source(solutions, root)
    parted = [re.fullmatch(_WITH_UNIT, value.value, re.DOTALL) for value in values]
    read = {m[0]: ox.Literal(m[1]) for m in parted if m and bare(ox.Literal(m[1]))}
    units = {m[2] for m in parted if m}
    texts = sorted({value.value for value in values})
    if set(texts) != {*read} or len(units) != 1 or not (source or isinstance(root, Term)):
        return
    (unit,) = units
    is_code = len(min(texts, key=len)) >= _CODE and not any("." in each for each in texts)
    if not source and (len(unit.strip()) > _UNIT or (is_code and not unit)):
        return
    is_mixed = any(kind_of(value) != STRING for value in values)
    if texts == sorted(texts, key=lambda each: float(bare(read[each]))) and not is_mixed:
        return
    cast, declared = case.prefix(numeric([*read.values()])[1:-1])
    said = say(
        "%(part)s has numbers written as texts (%(values)s), which are put in order letter by "
        "letter: \"9\" comes after \"10\".",
        part=text, values=values_of(case, map(ox.Literal, texts)),
    )  # fmt: skip
    number = f"STRBEFORE({text}, {ox.Literal(unit)})" if unit else text
    repair = instead(root, source) if source else instead(root, f"{cast}({number})", *declared)
    # By STR in ORDER BY itself, or behind another key, the order of texts may be meant.
    is_meant = (
        isinstance(root, Call) and root.name == "STR"
    ) or root not in solutions.scope.query.order[:1]
    found = Finding("order-of-mixed-kinds", "warning", said, root.start, repair)
    yield replace(found, severity="info", repair=None) if is_meant else found


def _source(solutions: Solutions, root: Expression) -> str:
    """The variable whose numbers a text is made of, and begins with; empty if there is none."""
    made: dict[str, Expression] = {}
    for each in (*(solutions.scope.query.items or ()), *solutions.scope.group.elements):
        if isinstance(each, Bind | Item) and each.variable:
            made[each.variable.value] = each.expression
    found = {term.value for term in variables(made.get(getattr(root, "value", ""), root))}
    texts = [solutions.text(root), *(f"?{name}" for name in found)]
    rows = [row for row in map(tuple, solutions.rows(texts, found)) if None not in row]
    are_same = len(found) == 1 and all(
        kind_of(number) in NUMBERS and re.match(rf"{re.escape(number.value)}(?![\d.])", text.value)
        for text, number in rows
    )
    return texts[1] if are_same and rows else ""


_WITH_UNIT: Final = r"(\s*[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\s*?)(\D.*|)"
_UNIT: Final = 3
"""Letters that the name of a unit has at most, where texts have one after their numbers."""
