"""What != and NOT IN leave out: nothing, or not what has no match."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gbagraph.features.diagnostics.case import ROWS
from gbagraph.features.diagnostics.finding import Finding, connected
from gbagraph.features.diagnostics.rules.conditions import AND, joined
from gbagraph.features.diagnostics.rules.measured import FAR
from gbagraph.features.diagnostics.rules.samples import shown
from gbagraph.names.texts import is_slip, local_name
from gbagraph.sparql.message import say
from gbagraph.sparql.nodes import NAMES, Call, Filter, Term, Triple, variables

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
