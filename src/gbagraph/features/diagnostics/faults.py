"""What keeps a text from being a query, or a query from being evaluated: its first fault."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from gbagraph.errors import QuerySyntaxError, RequestError, UnsupportedFunction
from gbagraph.features.diagnostics.asked import OutOfTime
from gbagraph.features.diagnostics.finding import Edit, Finding, Repair
from gbagraph.features.diagnostics.rules.calls import of_function
from gbagraph.sparql.expressions import NotRead
from gbagraph.sparql.failures import fault
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.slips.clauses import OF_ALL
from gbagraph.sparql.tokens import offset

if TYPE_CHECKING:
    from collections.abc import Callable

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.sparql.parsed import ParsedQuery
    from gbagraph.sparql.slips.signs import Slip


def fault_of(query: ParsedQuery) -> Finding | None:
    """Return what the engine's parser says against *query*: over an empty store, and without a call."""
    try:
        query.require_valid()
    except SyntaxError as problem:
        return of_slip("syntax", fault(query.text, str(problem)))
    except (QuerySyntaxError, UnsupportedFunction) as problem:
        details = problem.details
        start = offset(query.text, details.get("line", 1), details.get("column", 1))
        code = "syntax" if isinstance(problem, QuerySyntaxError) else problem.name
        return Finding(code, "error", problem.reason, start)
    except RuntimeError as problem:
        return of_function(query, str(problem))
    except (RequestError, OSError, ValueError):
        pass
    return None


def by_group(fault: Finding, repaired: Callable[[], Case]) -> Finding:
    """A *fault* that GROUP BY mends, as it is meant: for each group, or for all.

    Where each group has one solution, its least or greatest is the value itself: that of all is meant.
    """
    if OF_ALL not in (template for template, _ in fault.message.sentences):
        return fault
    with suppress(NotRead, OutOfTime):
        case = repaired()
        keys = " ".join(case.written(key) for key in case.tree.keys)
        several = f"{{ {case.whole(case.tree)} }} GROUP BY {keys} HAVING(COUNT(*) > 1)"
        if case.holds(f"{{ SELECT {keys} {several} }}"):
            return replace(fault, message=Message(fault.message.sentences[:1]))
    return replace(fault, repair=None)


def of_slip(code: str, slip: Slip) -> Finding:
    """Return the finding of a slip, with its repair."""
    edits = tuple(Edit(*edit) for edit in slip.edits)
    repair = Repair(edits[-1].text.strip() or say("leave it out"), edits) if edits else None
    return Finding(code, "error", slip.reason, slip.token.start, repair)
