"""What ORDER BY and FILTER do that is not meant: an order of texts, and an OPTIONAL that is undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import Finding, instead
from gbagraph.features.diagnostics.rules.candidates import bare, numeric
from gbagraph.features.diagnostics.rules.measured import (
    inside,
    kinds_of,
    line,
    sampled,
    true,
    values_of,
)
from gbagraph.features.diagnostics.schema import DATES, NUMBERS, STRING, kind_of
from gbagraph.sparql.message import say
from gbagraph.sparql.nodes import NAMES, Call, Expression, Filter, Optional, Term, variables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.diagnostics.rules.measured import Solutions

GUARDS: Final = frozenset({"||", "IF", "COALESCE", "BOUND", "!"})
"""Calls that may be true though one of their arguments is in error or false."""

_CODE: Final = 4
"""Characters from which a whole number that is a text is a code, whose order is nobody's concern."""


def order(solutions: Solutions, root: Expression) -> Iterator[Finding]:
    """Values that are put in order though their kinds have none in common."""
    case, kinds = solutions.case, solutions.kinds(root)
    values = [v for v in solutions.values(root) or () if v is not None]
    text, texts = case.written(root), sorted({v.value for v in values if kind_of(v) == STRING})
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
            "%(part)s has numbers, and texts that are put after all of them: %(values)s.",
            part=text, values=values_of(case, others),
        )  # fmt: skip
        yield Finding("order-of-mixed-kinds", "info", said + sampled(solutions), root.start)
    elif isinstance(root, Term) and texts and all(bare(v) for v in values):
        is_code = len(min(texts, key=len)) >= _CODE and not any("." in each for each in texts)
        if is_code or (texts == sorted(texts, key=float) and set(kinds) == {STRING}):
            return
        cast, declared = case.prefix(numeric(values)[1:-1])
        said = say(
            "%(part)s has numbers written as texts (%(values)s), which are put in order letter by "
            "letter: \"9\" comes after \"10\".",
            part=text, values=values_of(case, map(ox.Literal, texts)),
        )  # fmt: skip
        repair = instead(root, f"{cast}({text})", *declared)
        yield Finding("order-of-mixed-kinds", "warning", said, root.start, repair)


def undone(solutions: Solutions, root: Expression) -> Iterator[Finding]:
    """A FILTER on what OPTIONAL alone binds, which drops things for which OPTIONAL is written."""
    case, elements = solutions.case, solutions.scope.group.elements
    condition = next((e for e in elements if isinstance(e, Filter) and e.expression is root), None)
    wanted = {term.value for term in variables(root, GUARDS)}
    others = NAMES.visible(*(e for e in elements if not isinstance(e, Optional)))
    optional = next(
        (e for e in elements if isinstance(e, Optional) and wanted <= {*NAMES.visible(e)}), None
    )
    if not wanted or condition is None or optional is None or wanted & {*others} or not others:
        return
    rows = solutions.rows([*(f"?{name}" for name in others), solutions.text(root)], others)
    things = {tuple(row)[:-1]: False for row in rows}
    things.update((tuple(row)[:-1], True) for row in rows if true(tuple(row)[-1]))
    if all(things.values()) or not any(things.values()):
        return
    said = say(
        "%(filter)s drops %(n)s of the %(total)s solutions before OPTIONAL altogether, as if OPTIONAL "
        "were not there. In the braces of OPTIONAL, FILTER would keep them.",
        filter=line(case.written(condition)), total=len(things),
        n=sum(not kept for kept in things.values()),
    ) + sampled(solutions)  # fmt: skip
    asked = {part.name for part in inside(root) if isinstance(part, Call)}
    if asked & {"LANG", "LANGMATCHES"} and not asked & GUARDS:
        repair = case.moved(condition, optional.group, case.written(condition))
        yield Finding("filter-undoes-optional", "warning", said, condition.start, repair)
    else:
        yield Finding("filter-undoes-optional", "info", said, condition.start)
