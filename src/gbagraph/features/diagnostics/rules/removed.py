"""A FILTER or a MINUS that leaves no solution of its group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gbagraph.features.diagnostics.finding import Finding
from gbagraph.features.diagnostics.rules import kept
from gbagraph.features.diagnostics.rules.alternatives import values_of
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import NAMES, Filter, Minus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.finding import Scope
    from gbagraph.sparql.nodes import Element


def removed_by(case: Case, scope: Scope, condition: Filter, rest: Sequence[Element]) -> Finding:
    """The FILTER that leaves nothing, and the values of its variables."""
    message = say("%(filter)s removes all solutions.", filter=case.written(condition))
    before = [e for e in scope.group.elements if not isinstance(e, Filter)]
    bound, whole = NAMES.visible(*before), case.in_context(scope, before)
    for name in sorted(NAMES.mentioned(condition))[:2]:
        known = values_of(case, f"?{name}", case.in_context(scope, rest)) if rest else Message()
        message += known
        if name in bound and case.holds(f"{whole} FILTER(BOUND(?{name}))") is False:
            message += say("%(name)s has no value here.", name=f"?{name}")
    advice = tuple(kept.without_value(case, scope, condition))
    return Finding("filter-removes-all", "info", message, condition.start, None, advice)


def taken_away(case: Case, scope: Scope) -> Iterator[Finding]:
    """The MINUS that takes away all solutions."""
    elements = [*scope.group.elements]
    for minus in (e for e in reversed(elements) if isinstance(e, Minus)):
        rest = [e for e in elements if e is not minus]
        if case.holds(case.in_context(scope, rest)):
            message = say("%(filter)s removes all solutions.", filter=case.written(minus))
            yield Finding("no-solution", "info", message, minus.start)
            return
