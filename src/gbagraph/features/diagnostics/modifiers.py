"""The steps after the pattern of a query: computed columns, groups, HAVING, DISTINCT and LIMIT.

Each is measured by the engine, and says what it makes of the solutions: the values of a column, the
sizes of groups, what HAVING asks for, and the sort keys on both sides of LIMIT.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from gbagraph.api.explanations import BOUND, Step
from gbagraph.features.diagnostics.asked import takes_all
from gbagraph.features.diagnostics.left_out import SHOWN, Both, Sides
from gbagraph.features.diagnostics.parting import parted, tested
from gbagraph.features.diagnostics.schema import NUMBERS
from gbagraph.features.diagnostics.worded import TOGETHER
from gbagraph.sparql.nodes import NAMES, Aggregate, Optional, Term, parts
from gbagraph.sparql.tokens import line_and_column

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyoxigraph as ox

    from gbagraph.api.explanations import StepKind
    from gbagraph.features.diagnostics.case import Case
    from gbagraph.sparql.nodes import Element, Expression, Node, Query

_SLICE: Final = re.compile(r"\b(?:LIMIT|OFFSET)\s+\d+(?:\s+(?:LIMIT|OFFSET)\s+\d+)?", re.IGNORECASE)
_AFTER_ORDER: Final = re.compile(r"\b(?:LIMIT|OFFSET|VALUES)\b", re.IGNORECASE)

Ask = Callable[[Sides], Both]
"""What asks for what a step leaves out and keeps."""
Measured = tuple[Step, Ask]


def made(
    case: Case, part: Node, kind: StepKind, *figures: int, counts: dict[str, int] | None = None
) -> Step:
    """A part of the query, how deep it stands, and the solutions before and after it."""
    text = case.query.text
    place = line_and_column(text, part.start)
    depth, before, after = figures
    piece = text[part.start : part.end]
    return Step(kind, piece, *place, depth, before, after, counts or {})


def nothing(_: Sides) -> Both:
    """What is said of a step of which nothing is said."""
    return (), ()


def marked(case: Case, element: Element) -> str:
    """An element which, if it is an OPTIONAL, also says whether it has matched."""
    if not isinstance(element, Optional):
        return case.of_element(element)
    return f"OPTIONAL {{ {case.written(element.group)[1:-1]} BIND(true AS ?__matched) }}"


def count(case: Case, pattern: str) -> int:
    """How many solutions a pattern has, up to :data:`BOUND`."""
    return sum(number for _, number in parted(case, pattern)) if pattern.strip() else 1


def after_pattern(case: Case, query: Query, depth: int, before: int) -> Iterator[Measured]:
    """The steps behind the pattern, each if it is there.

    Of large data, what takes all solutions is measured only if these are counted whole.
    """
    if takes_all(query) and before >= BOUND and case.schema.is_large:
        case.is_cut |= not depth
        return
    for step, ask in (_grouped if query.is_aggregated else _computed)(case, query, depth, before):
        before = step.after
        yield step, ask
    if query.form == "SELECT":
        yield from _rows(case, query, depth, before)


def _computed(case: Case, query: Query, depth: int, before: int) -> Iterator[Measured]:
    """The columns that are computed of each solution."""
    own = case.whole(query)
    for item in query.items or ():
        if item.variable is not None and not isinstance(item.expression, Term) and before:
            own += f" BIND{case.written(item)}"
            counts, ask = given(case, own, item.expression, item.variable.text)
            yield made(case, item, "bind", depth, before, before, counts=counts), ask


def given(
    case: Case,
    own: str,
    expression: Expression,
    variable: str,
    placed: Callable[[str], str] = str,
) -> tuple[dict[str, int], Ask]:
    """How many solutions are left without a value of an expression, and what the others have."""
    _, names = tested(case, expression)
    name = names[0] if len(names) == 1 else ""
    pattern = placed(f"{own} FILTER(!BOUND({variable}))")
    values = parted(case, pattern, *[name] * bool(name))

    def ask(sides: Sides) -> Both:
        kept = () if isinstance(expression, Term) else sides.of_variable(variable, placed(own))
        return sides.of_things(name, values), kept

    return {"unbound": sum(number for _, number in values)}, ask


def _grouped(case: Case, query: Query, depth: int, before: int) -> Iterator[Measured]:
    """The groups, and what each HAVING keeps of them."""
    keys = " ".join(map(case.written, query.keys))
    whole = f"{{ {case.whole(query)} }} {f'GROUP BY {keys}' * bool(keys)}"
    groups = count(case, f"{{ SELECT (COUNT(*) AS ?__c) {whole} }}")
    shown = query.keys or (query.items or (query,))[:1]
    part = replace(shown[0], end=shown[-1].end)
    step = made(case, part, "group", depth, before, groups)
    step = replace(step, text=f"GROUP BY {step.text}") if query.keys else step
    yield step, partial(_sizes, case, query, before)
    before = groups
    for index, having in enumerate(query.having):
        text = case.written(having)
        found = [*dict.fromkeys(case.written(p) for p in parts(having) if isinstance(p, Aggregate))]
        names = [f"?__a{number}" for number in range(len(found))]
        truth = f"(COALESCE(IF({text}, 1, 0), 2) AS ?__truth)"
        taken = " ".join(f"({a} AS {name})" for a, name in zip(found, names, strict=True))
        values = parted(case, f"{{ SELECT {truth} {taken} {whole} }}", "?__truth", *names)
        after = sum(number for (is_true, *_), number in values if is_true.value == "1")
        is_told = 0 < len(found) <= TOGETHER
        ask = partial(Sides.of_values, condition=text, names=found, values=values)
        yield made(case, having, "having", depth, before, after), ask if is_told else nothing
        whole += f"{'' if index else ' HAVING'} ({text})"
        before = after


def _sizes(case: Case, query: Query, before: int, sides: Sides) -> Both:
    """How many solutions there are in the groups, the largest first.

    That none is larger than others is not told.
    """
    names = [f"?__k{index}" for index in range(len(query.keys))]
    keys = zip(names, query.keys, strict=True)
    binds = " ".join(f"BIND({case.written(key.expression)} AS {name})" for name, key in keys)
    if not 0 < len(names) <= TOGETHER:
        return (), ()
    values = parted(case, f"{case.whole(query)} {binds}", *names)
    texts = [case.written(key.expression) for key in query.keys]
    if sum(number for _, number in values) != before:
        return (), ()
    sizes = sorted((number for _, number in values), reverse=True)
    if len(sizes) > 2 * SHOWN and sizes[0] == sizes[SHOWN - 1]:
        return (), ()
    first = BOUND * (before >= BOUND)
    return (), sides.of_combined(texts, values, first)


def _rows(case: Case, query: Query, depth: int, before: int) -> Iterator[Measured]:
    """Which rows are left: each once, and those of a slice."""
    head = case.query.text[query.body or query.start : query.where.end]
    sliced = " ".join(_SLICE.findall(case.query.text, query.where.end, query.end))
    for clause in ("DISTINCT",) * query.is_distinct + (sliced,) * query.is_sliced:
        is_each, tail = clause == "DISTINCT", _tail(case, query)
        after = count(case, f"{{ {head} {_SLICE.sub('', tail) if is_each else tail} }}")
        step = made(case, query, "rows", depth, before, after)
        ask = partial(_cut, case, query, step) if after < before < BOUND else nothing
        yield replace(step, text=clause or step.text), nothing if is_each else ask
        before = after


def _tail(case: Case, query: Query, *, is_ordered: bool = False) -> str:
    """What follows the pattern: without an order, on which their number does not depend."""
    text, start = case.query.text, query.where.end
    if is_ordered or not query.order:
        return text[start : query.end]
    first = text.upper().rfind("ORDER", start, query.order[0].start)
    then = _AFTER_ORDER.search(text, query.order[-1].end, query.end)
    return text[start:first] + (text[then.start() : query.end] if then else "")


def _selected(case: Case, query: Query, more: str = "", *, is_ordered: bool = False) -> str:
    """The columns of a SELECT, and *more*, with all that follows them but for a slice."""
    columns = "*" if query.items is None else " ".join(map(case.written, query.items))
    tail = _SLICE.sub("", _tail(case, query, is_ordered=is_ordered))
    return f"{columns} {more} {case.written(query.where)} {tail}"


def _cut(case: Case, query: Query, step: Step, sides: Sides) -> Both:
    """The sort keys of the rows that LIMIT keeps, and of those that come next."""
    if not query.order and not query.is_distinct and not query.offset:
        return sides.unordered(step.before - step.after), ()
    columns, names, more = NAMES.columns(query), [], ""
    for index, key in enumerate(query.order):
        if isinstance(key, Term) and key.value in columns:
            names.append(key.text)
        elif query.items is not None and not query.is_distinct:
            names.append(f"?__k{index}")
            more += f" ({case.written(key)} AS ?__k{index})"
    is_known = 0 < len(names) == len(query.order) <= TOGETHER
    if not is_known or query.offset or query.values:
        return (), ()
    select = f"SELECT {'DISTINCT' * query.is_distinct}"
    if not _is_ordered(case, f"{{ {select} {_selected(case, query, more)} }}", names):
        return (), ()
    select += f" {_selected(case, query, more, is_ordered=True)}"
    some = f"{{ {select} LIMIT {step.after + SHOWN} }}"
    rows = [tuple(row[i] for i in range(len(names))) for row in case.rows(" ".join(names), some)]
    if len(rows) <= step.after:
        return (), ()
    texts = [case.written(key) for key in query.order]
    return (
        sides.in_order(texts, rows[step.after :], step.before - len(rows)),
        sides.in_order(texts, rows[: step.after]),
    )


def _is_ordered(case: Case, some: str, names: list[str]) -> bool:
    """Whether the values of each variable are of one kind: of others the engine may not come back."""
    kinds = " ".join(f"(DATATYPE({name}) AS ?__d{i})" for i, name in enumerate(names))
    rows = case.rows(f"DISTINCT {kinds}", some)
    columns = ({_family(row[i]) for row in rows} - {None} for i in range(len(names)))
    return all(len(column) < 2 for column in columns)


def _family(datatype: ox.NamedNode | None) -> str | None:
    """The datatype of a value, all numbers being of one."""
    return datatype and (min(NUMBERS) if datatype.value in NUMBERS else datatype.value)
