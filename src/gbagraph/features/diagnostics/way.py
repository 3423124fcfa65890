"""Where the rows went: the query's own evaluation, part by part, on the data that it is asked of.

Each part is measured by the engine itself, with a query made of the parts before it. So the steps of a
group are those of SPARQL 1.1, section 18.2.2: its patterns in their order, its FILTERs at the end.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from gbagraph.api.explanations import Step
from gbagraph.features.diagnostics.asked import OutOfTime, takes_all
from gbagraph.sparql.nodes import (
    NAMES,
    Bind,
    Element,
    Filter,
    InGraph,
    Minus,
    Optional,
    Query,
    Service,
    SubSelect,
    Triple,
    Union,
    Values,
    groups_in,
)
from gbagraph.sparql.tokens import line_and_column

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gbagraph.api.explanations import StepKind
    from gbagraph.features.diagnostics.case import Case
    from gbagraph.sparql.nodes import Node

BOUND: Final = 10_000
"""Solutions up to which those of a part are counted."""

_TRUTHS: Final = {"1": "true", "0": "false", "2": "error"}

_KINDS: Final[dict[type, StepKind]] = {
    Triple: "pattern",
    Bind: "bind",
    Values: "values",
    Optional: "optional",
    Minus: "minus",
    InGraph: "graph",
    Service: "service",
    Union: "union",
    SubSelect: "subselect",
    Filter: "filter",
}


def way(case: Case) -> list[Step]:
    """Return the steps of a query as far as its time goes; none where a product is too large."""
    steps: list[Step] = []
    with suppress(OutOfTime):
        if not case.is_heavy:
            steps.extend(_of_query(case, case.tree, 0))
    return steps


def _step(
    case: Case, part: Node, kind: StepKind, *figures: int, counts: dict[str, int] | None = None
) -> Step:
    """A part of the query, how deep it stands, and the solutions before and after it."""
    text = case.query.text
    place = line_and_column(text, part.start)
    depth, before, after = figures
    piece = text[part.start : part.end]
    return Step(kind, piece, *place, depth, before, after, counts or {})


def _of_query(case: Case, query: Query, depth: int) -> Iterator[Step]:
    given = (query.values,) if query.values and not query.is_aggregated else ()
    after = 1
    for step in _of_group(case, (*query.where.elements, *given), str, depth):
        after = step.after if step.depth == depth else after
        yield step
    yield from _of_modifiers(case, query, depth, after)


def _of_modifiers(case: Case, query: Query, depth: int, before: int) -> Iterator[Step]:
    """The steps behind the pattern: groups, HAVING, and which rows are left, each if it is there.

    Of large data, what takes all solutions is measured only if these are counted whole.
    """
    if takes_all(query) and before >= BOUND and case.schema.is_large:
        return
    if query.is_aggregated:
        keys = " ".join(map(case.written, query.keys))
        text = (
            f"SELECT (COUNT(*) AS ?__c) {{ {case.whole(query)} }} {f'GROUP BY {keys}' * bool(keys)}"
        )
        groups = _count(case, f"{{ {text} }}")
        yield _step(case, query.keys[0] if query.keys else query, "group", depth, before, groups)
        before = groups
        for index, having in enumerate(query.having):
            text += f"{'' if index else ' HAVING'} ({case.written(having)})"
            after = _count(case, f"{{ {text} }}")
            yield _step(case, having, "having", depth, before, after)
            before = after
    if query.form == "SELECT" and (query.is_distinct or query.is_sliced):
        whole = case.query.text[query.body or query.start : query.end]
        yield _step(case, query, "rows", depth, before, _count(case, f"{{ {whole} }}"))


def _of_group(
    case: Case, elements: Iterable[Element], placed: Callable[[str], str], depth: int
) -> Iterator[Step]:
    """The steps of a group; *placed* puts a pattern of its own into what stands before and around it."""
    own, before = "", _count(case, placed(""))
    done: list[Element] = []
    for element in sorted(elements, key=lambda each: isinstance(each, Filter)):
        # The engine compares each solution with each where no variable is bound on both sides.
        is_joined = bool(NAMES.mentioned(element) & NAMES.certain(*done))
        if not before or (before >= BOUND and not is_joined):
            return
        inner = (q for q in case.queries[1:] if element.start <= q.start < element.end)
        if any(map(case.takes_many, inner)):
            return
        text = case.of_element(element)
        yield from _inside(case, element, placed(own), depth + 1)
        if isinstance(element, Filter):
            counts = _truths(case, own, element, placed)
            after = counts["true"]
        else:
            counts = _besides(case, own, element, placed)
            after = _count(case, placed(f"{own} {text}"))
        yield _step(case, element, _KINDS[type(element)], depth, before, after, counts=counts)
        own, before = f"{own} {text}", after
        done.append(element)


def _inside(case: Case, element: Element, before: str, depth: int) -> Iterator[Step]:
    """The steps of the groups in *element*; a SELECT is evaluated by itself (section 12)."""
    if isinstance(element, SubSelect):
        yield from _of_query(case, element.query, depth)
    elif isinstance(element, Optional | InGraph | Union):
        form = "{}" if isinstance(element, Optional) else "{{ {} }}"
        form = f"GRAPH {element.name.text} {form}" if isinstance(element, InGraph) else form
        for group in groups_in(element):
            yield from _of_group(
                case, group.elements, lambda own: f"{before} {form.format(own)}", depth
            )


def _besides(
    case: Case, own: str, element: Element, placed: Callable[[str], str]
) -> dict[str, int]:
    """What is counted of an OPTIONAL or a BIND beside the solutions after it."""
    if isinstance(element, Optional):
        body = case.written(element.group)[1:-1]
        marked = f"{own} OPTIONAL {{ {body} BIND(true AS ?__matched) }}"
        return {"unmatched": _count(case, placed(f"{marked} FILTER(!BOUND(?__matched))"))}
    if isinstance(element, Bind):
        unbound = f"FILTER(!BOUND({element.variable.text}))"
        return {"unbound": _count(case, placed(f"{own} {case.of_element(element)} {unbound}"))}
    return {}


def _truths(
    case: Case, own: str, condition: Filter, placed: Callable[[str], str]
) -> dict[str, int]:
    """For how many solutions a FILTER is true, false, or in error (section 17.2)."""
    value = f"BIND(COALESCE(IF({case.written(condition.expression)}, 1, 0), 2) AS ?__truth)"
    rows = case.rows(
        "?__truth (COUNT(*) AS ?__n)",
        f"{{ SELECT ?__truth {{ {placed(f'{own} {value}')} }} LIMIT {BOUND} }}",
        "GROUP BY ?__truth",
    )
    found = {row[0].value: int(row[1].value) for row in rows if row[0] is not None}
    return {name: found.get(key, 0) for key, name in _TRUTHS.items()}


def _count(case: Case, pattern: str) -> int:
    if not pattern.strip():
        return 1
    rows = case.rows("(COUNT(*) AS ?__n)", f"{{ SELECT * {{ {pattern} }} LIMIT {BOUND} }}")
    return int(rows[0][0].value) if rows else 0
