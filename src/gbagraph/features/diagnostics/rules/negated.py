"""Negated conditions: what they leave out, and what they keep by another value, or for want of one."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.case import ROWS
from gbagraph.features.diagnostics.finding import Advice, Finding, connected
from gbagraph.features.diagnostics.rules.conditions import AND, joined
from gbagraph.features.diagnostics.rules.measured import FAR
from gbagraph.features.diagnostics.rules.samples import shown
from gbagraph.features.diagnostics.schema import LARGE
from gbagraph.names.texts import is_slip, local_name
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import NAMES, Call, Filter, Minus, Optional, Term, Triple, variables

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from gbagraph.api.explanations import Severity
    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.finding import Scope


def conditions(case: Case, names: Container[str]) -> Iterator[tuple[Scope, Filter, Call]]:
    """The comparisons with these *names* that each solution of a group has to meet."""
    for scope in () if case.is_heavy else case.scopes:
        for element in (each for each in scope.group.elements if isinstance(each, Filter)):
            if not case.has_error(element.start, element.end):
                for call in joined(element.expression, AND):
                    if isinstance(call, Call) and call.name in names:
                        yield scope, element, call


def nothing(case: Case) -> Iterator[Finding]:
    """A value that none of the solutions has, and that is excluded."""
    told = {each.start for each in case.findings if each.code == "filter-always-true"}
    for scope, element, call in conditions(case, ("!=", "NOT IN")):
        one, *others = sorted(call.arguments, key=lambda each: not getattr(each, "is_free", False))
        constant = [each for each in others if isinstance(each, Term) and not each.is_free]
        if not isinstance(one, Term) or not one.is_free or not constant or call.start in told:
            continue
        rest = case.rendered(each for each in scope.group.elements if each is not element)
        some = f"{{ SELECT * {{ {scope.around(rest)} }} LIMIT {FAR} }}"
        sums = (
            f"(SUM(IF(COALESCE({one.text} = {each.text}, false), 1, 0)) AS ?__{index})"
            for index, each in enumerate(constant)
        )
        rows = case.rows(f"(COUNT({one.text}) AS ?__n) {' '.join(sums)}", some)
        n, *met = (int(rows[0][i].value) for i in range(len(constant) + 1)) if rows else (0,)
        missing = [each for each, number in zip(constant, met, strict=False) if not number]
        if 0 < n < FAR and missing:
            rows = case.rows(f"DISTINCT {one.text}", some, f"LIMIT {ROWS}")
            yield from _excluded(case, one, missing, [row[0] for row in rows])


def _excluded(
    case: Case, one: Term, missing: list[Term], values: list[object]
) -> Iterator[Finding]:
    """What is said of constants that none of the *values* of a variable is."""
    for each in missing:
        near = [v for v in values if _is_like(each, v)]
        is_there = each.kind != "iri" or case.schema.occurs(
            None, None, ox.NamedNode(each.value), (None,)
        )
        is_there = is_there or case.schema.is_declared(each.value)
        told = {"name": one.text, "value": each.text, "values": shown(case, near or values)}
        said = say(
            "No %(name)s is %(value)s here, so this leaves nothing out. %(name)s is: %(values)s.", **told
        ) if is_there else say(
            "The data has no %(value)s, so this leaves nothing out. %(name)s is: %(values)s.", **told
        )  # fmt: skip
        severity: Severity = "warning" if near or not is_there else "info"
        yield Finding("filter-always-true", severity, said, each.start)


def _is_like(term: Term, value: object) -> bool:
    """Whether a value is written as a constant is, but for a slip, or the case of letters."""
    if term.kind == "iri":
        names = local_name(term.value), local_name(getattr(value, "value", ""))
        return isinstance(value, ox.NamedNode) and is_slip(*names)
    texts = term.value, getattr(value, "value", "")
    return isinstance(value, ox.Literal) and texts[0].casefold() == texts[1].casefold()


def apart(case: Case) -> Iterator[Finding]:
    """Patterns that only != joins to the rest: what differs from one match of theirs is kept."""
    for scope, element, call in conditions(case, ("!=",)):
        ends = [each for each in call.arguments if isinstance(each, Term) and each.is_free]
        names = [each.value for each in ends]
        rest = [each for each in scope.group.elements if each is not element]
        are_triples = all(isinstance(each, Triple) for each in rest)
        if len({*names}) < 2 or not are_triples or scope.above or case.schema.is_large:
            continue
        islands = connected(rest)
        for one, other in (names, names[::-1]) if len(islands) == 2 else ():
            own, foreign = (
                next((i for i in islands if name in NAMES.mentioned(*i)), islands[0])
                for name in (one, other)
            )
            used = {term.value for each in scope.query.order for term in variables(each)}
            used |= {*NAMES.columns(scope.query)}
            if (
                own is foreign
                or used & NAMES.mentioned(*foreign)
                or not used & NAMES.mentioned(*own)
            ):
                continue
            asked = re.sub(rf"[?$]{other}\b", f"?{one}", case.rendered(foreign))
            pattern = f"FILTER NOT EXISTS {{ {asked} }}"
            some = case.rendered(own)
            n, without = (
                sum(
                    int(row[0].value)
                    for row in case.rows(f"(COUNT(DISTINCT ?{one}) AS ?__n)", each)
                )
                for each in (some, f"{some} {pattern}")
            )
            if 0 < without < n:
                said = say(
                    "Nothing but != joins ?%(other)s to ?%(one)s, so a solution is kept wherever any "
                    "?%(other)s is another. %(pattern)s, in place of both, keeps what has none: "
                    "%(n)s of %(all)s ?%(one)s.", one=one, other=other, pattern=pattern, n=without,
                    all=n,
                )  # fmt: skip
                yield Finding("kept-by-another-value", "warning", said, call.start)
                break


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
