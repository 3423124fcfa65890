"""Where the rows went: the query's own evaluation, part by part, on the data that it is asked of.

Each part is measured by the engine itself, with a query made of the parts before it. So the steps of a
group are those of SPARQL 1.1, section 18.2.2: its patterns in their order, its FILTERs at the end.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from gbagraph.api.explanations import BOUND, Step
from gbagraph.features.diagnostics.asked import OutOfTime
from gbagraph.features.diagnostics.left_out import Sides
from gbagraph.features.diagnostics.modifiers import (
    after_pattern,
    count,
    given,
    made,
    marked,
    nothing,
)
from gbagraph.features.diagnostics.parting import Here, asked, nearest, parted, tested
from gbagraph.features.diagnostics.rules.units import asks_unit
from gbagraph.features.diagnostics.worded import TOGETHER
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
    Term,
    Triple,
    Union,
    Values,
    exists_in,
    groups_in,
    parts,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.api.explanations import StepKind
    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.left_out import Both
    from gbagraph.features.diagnostics.modifiers import Ask, Measured
    from gbagraph.features.diagnostics.parting import Parted

_ORDERED: Final = re.compile(r"STR\(\?\w+\)\s*[<>]=?\s*STR\(\?\w+\)", re.IGNORECASE)
"""What only takes each pair once."""
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


def way(case: Case, language: str = "en") -> list[Step]:
    """Return the steps of a query as far as its time goes; none where a product is too large.

    What they leave out and keep is asked for when all are measured, in the time that is left.
    """
    measured: list[Measured] = []
    sides, said = Sides(case, language), list[Step]()
    try:
        if not case.is_heavy:
            measured.extend(_of_query(case, case.tree, 0))
    except OutOfTime:
        case.is_cut = True
    with suppress(OutOfTime):
        for step, ask in measured:
            left_out, kept = ask(sides)
            if said and said[-1].depth > step.depth and said[-1].left_out == left_out:
                said[-1] = replace(said[-1], left_out=())  # it is told of the whole
            if step.kind != "group" and any(kept == each.kept for each in said):
                kept = ()
            said.append(replace(step, left_out=left_out, kept=kept))
    return [*said, *(step for step, _ in measured[len(said) :])]


def _of_query(case: Case, query: Query, depth: int) -> Iterator[Measured]:
    values = (query.values,) if query.values and not query.is_aggregated else ()
    after = 1
    for step, ask in _of_group(case, (*query.where.elements, *values), Here(), depth):
        after = step.after if step.depth == depth else after
        yield step, ask
    yield from after_pattern(case, query, depth, after)


def _of_group(
    case: Case, elements: Iterable[Element], around: Here, depth: int
) -> Iterator[Measured]:
    """The steps of a group, with what stands before and around it."""
    own, before, is_product = "", count(case, around.placed("")), False
    done: list[Element] = []
    for element in sorted(elements, key=lambda each: isinstance(each, Filter)):
        # The engine compares each solution with each where no variable is bound on both sides.
        names = NAMES.mentioned(element)
        is_joined = isinstance(element, Filter) or bool(names & NAMES.certain(*done))
        if not before:
            return
        inner = (q for q in case.queries[1:] if element.start <= q.start < element.end)
        if (before >= BOUND and not is_joined) or any(map(case.takes_many, inner)):
            case.is_cut |= not depth
            return
        text = case.of_element(element)
        here = around._replace(names=around.names | NAMES.certain(*done))
        yield from _inside(case, element, own, here, depth + 1)
        if isinstance(element, Filter):
            counts, ask = _truths(case, own, element, here)
            after = counts["true"]
        else:
            counts, ask = _besides(case, own, element, here)
            after = count(case, here.placed(f"{own} {text}"))
            # Of all pairs, what is left out or kept was never meant.
            is_apart = not names & here.names and after > before > 1
            joins = is_product and len(names & here.names) > 1
            if ask is nothing and not joins and not is_apart:
                ask = partial(
                    Sides.missing, element=element, own=own, here=here, figures=(before, after)
                )
            is_product = (is_product and not joins) or is_apart
        step = made(case, element, _KINDS[type(element)], depth, before, after, counts=counts)
        is_plain = isinstance(element, Triple) and "blank" not in {
            element.subject.kind,
            element.object.kind,
        }
        # A triple is told with what it shares with the one before it.
        yield replace(step, text=text[:-2]) if is_plain else step, ask
        own, before = f"{own} {text}", after
        done.append(element)


def _inside(case: Case, element: Element, own: str, here: Here, depth: int) -> Iterator[Measured]:
    """The steps of the groups in *element*; a SELECT is evaluated by itself (section 12)."""
    if isinstance(element, SubSelect):
        yield from _of_query(case, element.query, depth)
    elif isinstance(element, Optional | InGraph | Union):
        form = "{}" if isinstance(element, Optional) else "{{ {} }}"
        graph = element.name.text if isinstance(element, InGraph) else here.graph
        form = f"GRAPH {graph} {form}" if isinstance(element, InGraph) else form
        before = here.placed(own)
        groups = groups_in(element)
        for branch, group in enumerate(groups):
            if len(groups) == len(group.elements) == 1 and isinstance(group.elements[0], SubSelect):
                yield from _of_query(case, group.elements[0].query, depth)
                return
            inner = Here(lambda own: f"{before} {form.format(own)}", here.names, graph)
            sign = ("UNION { " if branch else "{ ") if isinstance(element, Union) else ""
            for step, ask in _of_group(case, group.elements, inner, depth):
                yield replace(step, text=f"{sign}{step.text}"), ask
                sign = ""


def _besides(case: Case, own: str, element: Element, here: Here) -> tuple[dict[str, int], Ask]:
    """What is counted of an OPTIONAL or a BIND beside the solutions after it, and what that has."""
    if isinstance(element, Optional):
        name, *_ = asked(case, element, here)
        pattern = here.placed(f"{own} {marked(case, element)} FILTER(!BOUND(?__matched))")
    elif isinstance(element, Bind):
        own += f" {case.of_element(element)}"
        return given(case, own, element.expression, element.variable.text, here.placed)
    else:
        return {}, nothing
    values = parted(case, pattern, *[name] * bool(name))
    return {"unmatched": sum(n for _, n in values)}, lambda sides: (
        sides.of_things(name, values),
        (),
    )


def _counted(values: Parted) -> dict[str, int]:
    """For how many solutions a condition is what, of values parted by its truth."""
    return {
        told: sum(number for key, number in values if key[0] and key[0].value == truth)
        for truth, told in _TRUTHS.items()
    }


def _truths(case: Case, own: str, condition: Filter, here: Here) -> tuple[dict[str, int], Ask]:
    """For how many solutions a FILTER is true, false, or in error , and for which values."""
    text, exists = case.written(condition.expression), exists_in(condition.expression)
    part, names = tested(case, condition.expression)
    if len(exists) == 1 and not names:
        part = asked(case, exists[0], here)[0]
        names = [part] * bool(part)
    if len(names) > (1 if exists else TOGETHER):
        names = []
    binds = f"BIND(COALESCE(IF({text}, 1, 0), 2) AS ?__truth)"
    by = names
    if len(names) == 1:
        binds += f" BIND(COALESCE({part}, {names[0]}) AS ?__value)"
        by = ["?__value"]
    values = parted(case, here.placed(f"{own} {binds}"), "?__truth", *by)
    counts = _counted(values)
    if not names or _ORDERED.fullmatch(text):
        return counts, nothing
    if exists:
        dropped = [(key[1:], number) for key, number in values if key[0].value != "1"]
        return counts, lambda sides: (sides.of_things(names[0], dropped), ())
    is_plain = len(names) == 1 and re.fullmatch(
        rf"((xsd:\w+|STR)\()*{re.escape(names[0])}\)*", part
    )

    def ask(sides: Sides) -> Both:
        scope = next(s for s in case.scopes if condition in s.group.elements)
        asks, found = asks_unit(case, scope, names[0][1:]) if is_plain else ("", [])
        beside = f"{own} {binds} OPTIONAL {{ {asks} }}"
        units = parted(case, here.placed(beside), "?__truth", *by, "?__u") if asks else []
        terms = (each for each in parts(condition.expression) if isinstance(each, Term))
        near = nearest([each.value for each in terms if not each.is_free], "LANG" in text.upper())
        given = units if _counted(units) == counts else values
        return sides.of_values(text, names, given, found, near)

    return counts, ask
