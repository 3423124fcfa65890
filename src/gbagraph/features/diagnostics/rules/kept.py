"""Negated conditions: what has the value is kept by another one, and what has no value is not."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final

from gbagraph.features.diagnostics.finding import Advice, Finding
from gbagraph.features.diagnostics.rules.measured import FAR
from gbagraph.features.diagnostics.rules.samples import shown
from gbagraph.features.diagnostics.schema import LARGE
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import NAMES, Call, Filter, Minus, Optional, Term, Triple, variables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.finding import Scope


def kept_by_another(case: Case) -> Iterator[Finding]:
    """A negated condition on one of several values: what has the value is kept by another one.

    Where a column is made of these values, it is the others that are asked for.
    """
    for scope in () if case.is_heavy else case.scopes:
        if any(isinstance(element, Filter | Minus) for _, element in scope.above):
            continue  # what is taken away by its other values is rightly so
        made = (part for item in scope.query.items or () for part in variables(item.expression))
        asked = {*NAMES.columns(scope.query), *(term.value for term in made)}
        for element in (each for each in scope.group.elements if isinstance(each, Filter)):
            condition, names = element.expression, {t.value for t in variables(element.expression)}
            is_open = len(names) == 1 and not names & asked
            if is_open and isinstance(condition, Call) and condition.name in _NEGATED:
                yield from _kept(case, scope, element, condition, *names)


_NEGATED: Final = frozenset({"!=", "!", "NOT IN"})


def _kept(
    case: Case, scope: Scope, element: Filter, condition: Call, name: str
) -> Iterator[Finding]:
    """What is kept though it has a value of ?*name* of which the *condition* is not true."""
    one, other = (condition.arguments * 2)[:2]
    value = other if isinstance(one, Term) and one.is_free else one
    for triple in (t for t in scope.triples if t.object.value == name and t.subject.is_free):
        pattern = f"{case.of_element(triple)} FILTER({_opposite(case, condition)})"
        if condition.name == "!=" and isinstance(value, Term) and not value.is_free:
            pattern = case.of_element(Triple(0, 0, triple.subject, triple.path, value))
        pattern = re.sub(rf"[?$]{name}\b", case.fresh(name), pattern)
        some = f"{{ SELECT * {{ {case.rendered(scope.group.elements, scope)} }} LIMIT {LARGE} }}"
        whole = f"{some} {scope.around(pattern)}"
        rows = case.rows(f"DISTINCT {triple.subject.text}", whole, "LIMIT 3")
        if rows and case.uses(name) > 1:
            said = say(
                "FILTER keeps what has such a value of ?%(name)s (%(value)s) beside another one, as "
                "%(things)s.",
                name=name, value=_opposite(case, condition), things=shown(case, (r[0] for r in rows)),
            )  # fmt: skip
            advice = (_without(case, element, pattern),)
            start = condition.start
            yield Finding("kept-by-another-value", "warning", said, start, None, advice)
            return
    yield from _kept_in_columns(case, scope, element, condition, name)


def _without(case: Case, element: Filter, pattern: str) -> Advice:
    """What leaves out all that has *pattern*, in place of a condition."""
    text = " ".join(pattern.split())
    said = say("FILTER NOT EXISTS { %(pattern)s } leaves it out.", pattern=text)
    edit = case.replaced(element, f"FILTER NOT EXISTS {{ {pattern} }}")
    return Advice(said, (edit,), is_fewer=True)


def _kept_in_columns(
    case: Case, scope: Scope, element: Filter, condition: Call, name: str
) -> Iterator[Finding]:
    """What the columns have in another solution of which the *condition* is not true."""
    columns = {*NAMES.columns(scope.query)} & {*NAMES.visible(*scope.triples)}
    others = {*NAMES.visible(*scope.triples)} - columns
    is_whole = scope.group is scope.query.where and not scope.query.is_aggregated
    if not columns or name not in others or not is_whole:
        return
    select = " ".join(f"?{column}" for column in sorted(columns))
    rest = [each for each in scope.group.elements if each is not element]
    asked = f"{select} (({case.written(condition)}) AS ?__kept)"
    some = f"{{ SELECT {asked} {{ {case.rendered(rest)} }} LIMIT {FAR} }} FILTER(BOUND(?__kept))"
    by, both = f"GROUP BY {select} HAVING", "(COUNT(DISTINCT ?__kept) > 1)"
    rows = case.rows(select, some, f"{by} {both} ORDER BY {select} LIMIT 3")
    if rows:
        said = say(
            "FILTER keeps also what has %(value)s in another solution, as %(things)s.",
            value=_opposite(case, condition), things=shown(case, (row[0] for row in rows)),
        )  # fmt: skip
        inner = _between([e for e in rest if isinstance(e, Triple)], name, columns)
        pattern = f"{case.rendered(inner)} FILTER({_opposite(case, condition)})"
        for other in NAMES.mentioned(*inner) - columns:
            pattern = re.sub(rf"[?$]{other}\b", case.fresh(other), pattern)
        left = _without(case, element, pattern)
        advice = (left._replace(said=said + left.said),)
        yield Finding("kept-by-another-value", "info", Message(), condition.start, None, advice)


def _between(triples: list[Triple], name: str, columns: set[str]) -> tuple[Triple, ...]:
    """The fewest patterns that join a variable to one of the *columns*."""
    ways: list[tuple[str, tuple[Triple, ...]]] = [(name, ())]
    for last, way in ways:  # which grows, the shortest first
        for triple in (t for t in triples if t not in way and last in NAMES.mentioned(t)):
            if NAMES.mentioned(triple) & columns:
                return (*way, triple)
            ways += ((each, (*way, triple)) for each in NAMES.mentioned(triple) - {last})
    return ()


def _opposite(case: Case, condition: Call) -> str:
    """A negated condition without its negation."""
    written = [case.written(each) for each in condition.arguments]
    if condition.name == "!=":
        return " = ".join(written)
    if condition.name == "NOT IN":
        return f"{written[0]} IN ({', '.join(written[1:])})"
    return written[0]


def without_value(case: Case, scope: Scope, condition: Filter) -> Iterator[Advice]:
    """Yield what has no such value at all, in place of a pattern and the FILTER that it is another."""
    test = condition.expression
    one, other = test.arguments if isinstance(test, Call) and test.name == "!=" else (test, test)
    name = one.value if isinstance(one, Term) and one.is_free else ""
    if not name or not isinstance(other, Term) or other.is_free:
        return
    elements, columns = scope.group.elements, {*NAMES.columns(scope.query)} - {name}
    binding = [
        e for e in elements if isinstance(e, Triple | Optional) and NAMES.mentioned(e) - columns
    ]
    groups = ((e,) if isinstance(e, Triple) else e.group.elements for e in binding)
    pattern = case.rendered(chain.from_iterable(groups))
    pattern = re.sub(rf"[?$]{name}\b", lambda _: other.text, pattern).removesuffix(" .")
    text = f"FILTER NOT EXISTS {{ {pattern} }}"
    changes = {elements.index(each): "" for each in (*binding, condition)}
    said = say(
        "What has no such value at all is found by %(text)s, in place of FILTER and its patterns.",
        text=text,
    )
    yield Advice(said, (case.rewritten(scope.group, changes, [text]),), without=name)
