"""The smallest part of a pattern that has no solution."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from gbagraph.explain.diagnostics.finding import Finding, Repair
from gbagraph.sparql.nodes import Bind, Element, Filter, Minus, Optional, Service, Triple
from gbagraph.sparql.scope import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gbagraph.explain.diagnostics.case import Case
    from gbagraph.explain.diagnostics.scopes import Scope


def smallest_part(case: Case, scope: Scope) -> Iterator[Finding]:
    """The smallest part of a group that has no solution, or the FILTER that leaves none."""
    elements: list[Element] = [
        e for e in scope.group.elements if not isinstance(e, Optional | Minus)
    ]
    if scope.query.values is not None and scope.group is scope.query.where:
        elements.append(scope.query.values)
    small = _smallest_of(case, scope, _own(elements, case))
    if not small and case.services.have_solutions:
        small = _smallest_of(case, scope, elements)
    if not small:
        return
    if scope.graph is not None and case.holds(case.rendered(small)):
        yield _in_other_graphs(case, scope, small)
        return
    shown = " ".join(" ".join(case.of_element(e).split()) for e in small)
    first = small[-1] if isinstance(small[-1], Filter) else small[0]
    if any(isinstance(e, Filter) for e in small):
        removed = next(e for e in small if isinstance(e, Filter))
        rest = [e for e in small if e is not removed]
        yield Finding(
            "filter-removes-all",
            "info",
            f"{case.written(removed)} is true of no solution of the rest"
            f"{_values(case, scope, removed, rest)}.",
            removed.start,
        )
        return
    start = first.path.start if isinstance(first, Triple) else first.start
    what = "This part has" if len(small) == 1 else "These parts together have"
    yield Finding(
        "no-solution",
        "info",
        f"{what} no solution, and each smaller part has: {shown[:400]}",
        start,
    )


def _own(elements: Sequence[Element], case: Case) -> list[Element]:
    """*elements* without those that call other endpoints, and without conditions on their values."""
    own: list[Element] = [e for e in elements if not isinstance(e, Service)]
    if case.services.answer is None:
        return own
    bound = set(NAMES.visible(*own))
    return [e for e in own if not isinstance(e, Filter | Bind) or NAMES.mentioned(e) <= bound]


def _in_other_graphs(case: Case, scope: Scope, small: list[Element]) -> Finding:
    """The parts are in the default graph together, and in no named graph."""
    element = scope.above[-1][1]
    body = case.written(scope.group)[1:-1].strip()
    where = (
        "this graph"
        if scope.graph is not None and scope.graph.kind == "iri"
        else "one and the same graph"
    )
    shown = " ".join(" ".join(case.of_element(e).split()) for e in small)
    return Finding(
        "graph-matches-nothing",
        "error" if any(case.schema.store.named_graphs()) else "info",
        f"No triples of {where} match this together; those of the default graph do: {shown[:300]}",
        element.start,
        (Repair("no GRAPH", (case.replaced(element, body),)),),
    )


def _smallest_of(case: Case, scope: Scope, elements: list[Element]) -> list[Element]:
    """The fewest elements without a common solution; of one or two, else by leaving out what can go."""

    def is_dead(some: Sequence[Element]) -> bool:
        return case.holds(case.in_context(scope, some)) is False

    patterns = [e for e in elements if not isinstance(e, Filter | Bind)]
    for element in patterns:
        if is_dead([element]):
            return [element]
    for pair in combinations(patterns, 2):
        if NAMES.mentioned(pair[0]) & NAMES.mentioned(pair[1]) and is_dead(pair):
            return list(pair)
    rest = list(elements)
    if not is_dead(rest):
        return []
    for part in elements:
        without = [e for e in rest if e is not part]
        if without and _is_whole(without) and is_dead(without):
            rest = without
    return rest


def _is_whole(elements: Sequence[Element]) -> bool:
    """Whether what a FILTER or BIND needs is bound by the others."""
    bound = set(NAMES.visible(*elements))
    needing = [e for e in elements if isinstance(e, Filter | Bind)]
    return all(NAMES.mentioned(e) <= bound for e in needing)


def _values(case: Case, scope: Scope, condition: Filter, rest: Sequence[Element]) -> str:
    names = sorted(NAMES.mentioned(condition))
    if len(names) != 1 or not rest:
        return ""
    rows = case.rows(f"DISTINCT ?{names[0]}", case.in_context(scope, rest), "LIMIT 4")
    values = [str(row[0]) for row in rows if row[0] is not None]
    return (
        f"; ?{names[0]} is {', '.join(values[:3])}{' …' if len(values) > 3 else ''}"
        if values
        else ""
    )
